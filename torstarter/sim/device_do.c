/* A command of the model at work: its questions, its time, its operations one after another, and what it says. */
#include <string.h>

#include "base/mem.h"
#include "sim/device_self.h"

static void fill(const struct device *d, const struct device_op *op, char *args[DEVICE_OP_ARGS])
{
    for (int i = 0; i < DEVICE_OP_ARGS; i++) {
        struct str s = {0};
        device_expand(d, op->args[i], strlen(op->args[i]), &s);
        args[i] = s.len > 0 ? str_take(&s) : mem_strdup("");
    }
}

static void set_page_length(struct device *d, const char *lines)
{
    unsigned long n = 0;
    for (const char *p = lines; *p >= '0' && *p <= '9' && n < 100000; p++)
        n = n * 10 + (unsigned long)(*p - '0');
    if (!d->setup->pager_stays)
        d->page_lines = (unsigned)n;
}

static enum device_reload_reason reason_named(const char *name)
{
    if (strcmp(name, "crash") == 0)
        return RELOAD_CRASH;
    return strcmp(name, "power") == 0 ? RELOAD_POWER : RELOAD_COMMAND;
}

/* False when it failed, with d->reason. What takes its time leaves d->pending set. */
static bool operate(struct device *d, const struct device_op *op)
{
    char *args[DEVICE_OP_ARGS];
    bool done = true;
    fill(d, op, args);
    switch (op->verb) {
    case VERB_PAGE_LENGTH:
        set_page_length(d, args[0]);
        break;
    case VERB_FETCH:
        done = device_copy_begin(d, args);
        break;
    case VERB_DELETE:
    case VERB_CHECKSUM:
    case VERB_BOOT:
    case VERB_INSTALL:
        done = device_flash_do(d, op, args);
        break;
    case VERB_RELOAD:
        d->reloads = true;
        d->reload_reason = reason_named(args[0]);
        break;
    default:
        done = device_config_do(d, op, args);
    }
    for (int i = 0; i < DEVICE_OP_ARGS; i++)
        mem_free(args[i]);
    return done;
}

static void say_failure(struct device *d, struct str *out)
{
    const struct device_command *c = d->command;
    const char *text = NULL;
    for (size_t i = 0; i < c->fail_count; i++) {
        if (strcmp(c->fails[i].reason, d->reason) == 0) {
            text = c->fails[i].text;
            break;
        }
        if (strcmp(c->fails[i].reason, "otherwise") == 0)
            text = c->fails[i].text;
    }
    device_say(d, text ? text : d->model->texts[DEVICE_TEXT_REJECTED], out);
}

static void over(struct device *d, struct str *out)
{
    d->command = NULL;
    d->state = d->back;
    device_prompt(d, out);
}

static void failed(struct device *d, struct str *out)
{
    say_failure(d, out);
    over(d, out);
}

static void finish(struct device *d, int64_t now_us, struct str *out)
{
    const struct device_command *c = d->command;
    struct str label = {0};
    device_say(d, c->says, out);
    d->command = NULL;
    d->state = d->back;
    if (c->label) {
        device_expand(d, c->label, strlen(c->label), &label);
        label.len = label.len < sizeof d->label ? label.len : sizeof d->label - 1;
        memcpy(d->label, str_cstr(&label), label.len);
        d->label[label.len] = '\0';
        str_clear(&label);
    }
    if (d->reloads) {
        d->reloads = false;
        device_turn_to(d, DEVICE_BOOTING, now_us, out);
    } else if (c->then != DEVICE_STATE_COUNT) {
        device_turn_to(d, c->then, now_us, out);
    } else if (c->to == DEVICE_LOGIN) {
        device_show_login(d, out);
    } else {
        d->state = c->to != DEVICE_STATE_COUNT ? c->to : d->state;
        device_prompt(d, out);
    }
}

/* The next question whose condition holds. False: there is none left. */
static bool ask(struct device *d, struct str *out)
{
    const struct device_command *c = d->command;
    for (; d->question < c->question_count; d->question++) {
        if (!device_holds(d, &c->questions[d->question].when))
            continue;
        device_say(d, c->questions[d->question].ask, out);
        d->state = DEVICE_ASKING;
        return true;
    }
    d->state = d->back;
    return false;
}

/* False when it waits, or is over. */
static bool operations(struct device *d, struct str *out)
{
    const struct device_command *c = d->command;
    while (d->op < c->ops.count) {
        d->reason = NULL;
        if (!operate(d, &c->ops.items[d->op])) {
            failed(d, out);
            return false;
        }
        if (d->pending != PENDING_NOTHING)
            return false;
        d->op++;
    }
    return true;
}

static void steps(struct device *d, int64_t now_us, struct str *out)
{
    const struct device_command *c = d->command;
    switch (d->step) {
    case STEP_ASK:
        if (ask(d, out))
            return;
        d->step = STEP_WAIT;
        if (c->takes_ms > 0) {
            device_wait_ms(d, PENDING_COMMAND, c->takes_ms);
            return;
        }
        /* fall through */
    case STEP_WAIT:
        device_say(d, c->begins, out);
        if (c->paste) {
            d->step = STEP_PASTE;
            d->state = DEVICE_PASTE;
            return;
        }
        /* fall through */
    case STEP_BEGIN:
    case STEP_PASTE:
        d->step = STEP_OPS;
        d->state = d->back;
        /* fall through */
    case STEP_OPS:
        if (!operations(d, out))
            return;
        /* fall through */
    case STEP_END:
        finish(d, now_us, out);
    }
}

void device_do(struct device *d, const struct device_command *c, int64_t now_us, struct str *out)
{
    d->command = c;
    d->step = STEP_ASK;
    d->question = d->op = 0;
    d->reloads = false;
    d->back = d->state;
    steps(d, now_us, out);
}

void device_go_on(struct device *d, int64_t now_us, struct str *out)
{
    if (d->step == STEP_OPS) {
        if (d->command->ops.items[d->op].verb == VERB_FETCH) {
            d->reason = NULL;
            if (device_copy_on(d, out))
                return;
            if (d->reason) {
                failed(d, out);
                return;
            }
        }
        d->op++;
    }
    steps(d, now_us, out);
}

static bool goes_on(const struct device_question *q, const char *answer)
{
    for (size_t i = 0; i < q->go_count; i++)
        if (strcasecmp(q->go[i], answer) == 0)
            return true;
    return q->go_count == 0;
}

void device_answered(struct device *d, const char *answer, int64_t now_us, struct str *out)
{
    const struct device_question *q = &d->command->questions[d->question];
    answer += strspn(answer, " ");
    if (!goes_on(q, answer)) {
        device_say(d, q->stop, out);
        over(d, out);
        return;
    }
    device_bind(d, "answer", strlen("answer"), answer, strlen(answer));
    if (q->as && *answer)
        device_bind(d, q->as, strlen(q->as), answer, strlen(answer));
    d->question++;
    steps(d, now_us, out);
}

/* Of a file: every line counts, twice where it comes twice. */
static void paste_raw(struct device *d, const char *line)
{
    struct config *had = device_slot(d, d->command->paste), *c = had ? config_ref(had) : config_new();
    config_add_raw(config_unshare(&c), line);
    device_slot_set(d, d->command->paste, c, false);
}

void device_pasted(struct device *d, const char *line, int64_t now_us, struct str *out)
{
    const struct device_command *c = d->command;
    char was[DEVICE_NAME_MAX_BYTES];
    if (c->paste_end && strcmp(line, c->paste_end) == 0) {
        device_paste_ends(d, now_us, out);
        return;
    }
    if (c->paste_raw) {
        paste_raw(d, line);
        return;
    }
    memcpy(was, d->target, sizeof was);
    strncpy(d->target, c->paste, sizeof d->target - 1);
    if (*line && !device_config_line(d, line, out))
        device_say(d, d->model->texts[DEVICE_TEXT_REJECTED], out);
    memcpy(d->target, was, sizeof was);
}

void device_paste_ends(struct device *d, int64_t now_us, struct str *out)
{
    d->step = STEP_PASTE;
    d->state = d->back;
    steps(d, now_us, out);
}

bool device_interrupt(struct device *d, int64_t now_us, struct str *out)
{
    if (!d->command || d->pending != PENDING_COMMAND)
        return false;
    (void)now_us;
    bool copies = d->step == STEP_OPS && d->command->ops.items[d->op].verb == VERB_FETCH;
    if (!copies && d->step == STEP_OPS && d->command->ops.items[d->op].verb != VERB_CHECKSUM)
        return false;
    if (copies)
        device_copy_stops(d);
    d->reason = "interrupted";
    device_wait(d, PENDING_NOTHING, 0);
    str_add_cstr(out, "^C\r\n");
    failed(d, out);
    return true;
}
