/* States, time and the tally of what was typed; the line editor is in device_line.c, commands in device_answer.c. */
#include "sim/device.h"

#include <string.h>

#include "base/mem.h"
#include "sim/device_self.h"

static const char *const state_names[DEVICE_STATE_COUNT] = {
    "silent", "booting", "loader", "login", "password", "exec",   "enable_password",
    "enable", "config",  "pager",  "shell", "question", "asking", "paste",
};

enum { KEY_XON = 0x11, KEY_ABORT = 0x03 };

const char *device_state_name(enum device_state s)
{
    return s < DEVICE_STATE_COUNT ? state_names[s] : "none";
}

bool device_state_by_name(const char *name, enum device_state *out)
{
    for (int i = 0; i < DEVICE_STATE_COUNT; i++)
        if (strcmp(state_names[i], name) == 0) {
            *out = (enum device_state)i;
            return true;
        }
    return false;
}

struct device *device_new(const struct device_model *model, const struct device_setup *setup,
                          void (*typed)(void *ctx, const struct device_typed *what), void *ctx)
{
    struct device *d = MEM_NEW(struct device);
    d->model = model;
    d->setup = setup;
    d->typed = typed;
    d->ctx = ctx;
    d->state = setup->start;
    d->line.max_bytes = DEVICE_LINE_MAX_BYTES;
    d->page_lines = model->pager_lines;
    d->due_us = d->timer_due_us = INT64_MAX;
    return d;
}

void device_free(struct device *d)
{
    if (!d)
        return;
    str_clear(&d->line);
    str_clear(&d->ahead);
    str_clear(&d->taken);
    str_clear(&d->binds);
    str_clear(&d->page);
    device_config_clear(d);
    device_flash_clear(d);
    mem_free(d);
}

void device_wait(struct device *d, enum device_pending what, int64_t due_us)
{
    d->pending = what;
    d->due_us = what == PENDING_NOTHING ? INT64_MAX : due_us;
}

void device_wait_ms(struct device *d, enum device_pending what, long ms)
{
    device_wait(d, what, d->now_us + (int64_t)ms * 1000 / (d->setup->speed > 0 ? d->setup->speed : 1));
}

int64_t device_settled_us(const struct device *d)
{
    return (d->now_us - d->changed_us) * (d->setup->speed > 0 ? d->setup->speed : 1);
}

/* A switch is made of its files and configurations when it is first seen: most of a scenario's are not. */
static void see(struct device *d, int64_t now_us)
{
    d->now_us = now_us;
    if (d->begun)
        return;
    d->begun = true;
    d->began_us = now_us;
    d->booted_us = d->changed_us =
        now_us - (d->state == DEVICE_BOOTING ? 0 : (int64_t)d->model->clock.up_for_ms * 1000);
    device_flash_begin(d);
    device_config_begin(d);
    if (d->state == DEVICE_CONFIG && d->model->config.declared)
        memcpy(d->target, "running", sizeof "running");
}

void device_start(struct device *d, int64_t now_us)
{
    see(d, now_us);
    if (d->state == DEVICE_LOADER || d->setup->greeting)
        device_wait(d, PENDING_GREETING, now_us);
    if (d->state == DEVICE_BOOTING)
        device_boot_start(d, now_us);
}

static void come_due(struct device *d, int64_t now_us, struct str *out)
{
    const char *failed = d->model->texts[DEVICE_TEXT_LOGIN_FAILED];
    enum device_pending what = d->pending;
    if (what == PENDING_BOOT) {
        device_boot_on(d, now_us, out);
        return;
    }
    device_wait(d, PENDING_NOTHING, 0);
    if (what == PENDING_GREETING && d->setup->greeting)
        str_add_cstr(out, d->setup->greeting);
    else if (what == PENDING_GREETING)
        device_prompt(d, out);
    if (what == PENDING_ANSWER)
        device_give_answer(d, now_us, out);
    if (what == PENDING_COMMAND)
        device_go_on(d, now_us, out);
    if (what == PENDING_LINE)
        device_line_taken(d, now_us, out);
    if (what == PENDING_LOGIN_FAILED) {
        device_expand(d, failed, strlen(failed), out);
        device_show_login(d, out);
    }
}

static bool nothing_may_be_typed(enum device_state s)
{
    return s == DEVICE_SILENT || s == DEVICE_BOOTING || s == DEVICE_LOADER || s == DEVICE_QUESTION;
}

/* A silent line may be woken with CR and XON; in a boot, a loader or at a question every byte acts. */
static void count_unsafe(struct device *d, const char *bytes, size_t len)
{
    uint64_t unsafe = 0;
    for (size_t i = 0; i < len; i++)
        if (d->state != DEVICE_SILENT || (bytes[i] != '\r' && bytes[i] != KEY_XON))
            unsafe++;
    d->counts.unsafe_bytes += unsafe;
    d->counts.wake_bytes += len - unsafe;
    d->typed(d->ctx, &(struct device_typed){d->state, bytes, len, unsafe > 0, false});
}

static void take_key(struct device *d, char key, int64_t now_us, struct str *out)
{
    bool held = d->model->console_buffer > 0 && d->held_until_us > now_us;
    if (held && d->pending == PENDING_NOTHING && !nothing_may_be_typed(d->state))
        device_wait(d, PENDING_WIRE, d->held_until_us);
    if (nothing_may_be_typed(d->state))
        count_unsafe(d, &key, 1);
    else if (d->pending == PENDING_NOTHING)
        device_key(d, key, now_us, out);
    else if (key == KEY_ABORT && device_interrupt(d, now_us, out))
        str_reset(&d->ahead);
    else if (d->model->console_buffer == 0 || d->ahead.len < (size_t)d->model->console_buffer)
        str_add_char(&d->ahead, key);
    else
        d->counts.lost_bytes++;
}

/* Restarts in the middle of whatever it was saying: what lies behind that byte was never said. */
static void mind_reboot(struct device *d, size_t before, int64_t now_us, struct str *out)
{
    uint64_t at = d->setup->reboots_at;
    d->said_bytes += out->len - before;
    if (at == 0 || d->rebooted || d->said_bytes < at)
        return;
    out->len -= (size_t)(d->said_bytes - at);
    out->data[out->len] = '\0';
    d->rebooted = true;
    d->reload_reason = RELOAD_CRASH;
    device_turn_to(d, DEVICE_BOOTING, now_us, out);
}

/* What is due first comes first, each at its own time, however late somebody looks. */
static void tick(struct device *d, int64_t now_us, struct str *out)
{
    while (d->due_us <= now_us || d->timer_due_us <= now_us) {
        bool timer = d->timer_due_us < d->due_us;
        int64_t at_us = d->now_us = timer ? d->timer_due_us : d->due_us;
        if (timer) {
            device_timer_expires(d, out);
            continue;
        }
        come_due(d, at_us, out);
        if (d->pending != PENDING_NOTHING || d->ahead.len == 0)
            continue;
        struct str ahead = d->ahead;
        d->ahead = (struct str){0};
        for (size_t i = 0; i < ahead.len; i++)
            take_key(d, ahead.data[i], at_us, out);
        str_clear(&ahead);
    }
    d->now_us = now_us;
}

void device_tick(struct device *d, int64_t now_us, struct str *out)
{
    size_t before = out->len;
    see(d, now_us);
    tick(d, now_us, out);
    mind_reboot(d, before, now_us, out);
}

void device_type(struct device *d, const void *bytes, size_t len, int64_t now_us, struct str *out)
{
    const char *p = bytes;
    device_tick(d, now_us, out);
    size_t before = out->len;
    d->counts.typed_bytes += len;
    for (size_t i = 0; i < len; i++) {
        if (nothing_may_be_typed(d->state)) { /* the rest of it in one piece: so it is told */
            count_unsafe(d, p + i, len - i);
            break;
        }
        take_key(d, p[i], now_us, out);
    }
    tick(d, now_us, out);
    mind_reboot(d, before, now_us, out);
}

void device_hold(struct device *d, int64_t until_us)
{
    d->held_until_us = until_us;
}

int64_t device_due_us(const struct device *d)
{
    return d->due_us < d->timer_due_us ? d->due_us : d->timer_due_us;
}

void device_prompt(struct device *d, struct str *out)
{
    const char *prompt = d->model->prompts[d->state];
    device_expand(d, prompt, strlen(prompt), out);
}

void device_say(struct device *d, const char *text, struct str *out)
{
    device_expand(d, text, strlen(text), out);
}

static void say(struct device *d, const char *own, enum device_text text, struct str *out)
{
    const char *said = own ? own : d->model->texts[text];
    device_expand(d, said, strlen(said), out);
}

/* What the scenario has it say at a login is gone with the first restart, as a first-boot dialogue is. */
static bool first_boot(const struct device *d)
{
    return d->counts.reloads == 0;
}

void device_show_login(struct device *d, struct str *out)
{
    d->state = DEVICE_LOGIN;
    d->target[0] = d->label[0] = '\0';
    device_config_leave(d);
    say(d, first_boot(d) ? d->setup->issue : NULL, DEVICE_TEXT_ISSUE, out);
    device_prompt(d, out);
}

void device_log_in(struct device *d, struct str *out)
{
    d->state = DEVICE_EXEC;
    d->page_lines = d->model->pager_lines;
    d->counts.logins++;
    say(d, first_boot(d) ? d->setup->motd : NULL, DEVICE_TEXT_MOTD, out);
    if (d->setup->after_login && first_boot(d)) {
        d->state = DEVICE_QUESTION;
        str_add_cstr(out, d->setup->after_login);
    } else {
        device_prompt(d, out);
    }
}

static void forget_typing(struct device *d)
{
    str_reset(&d->line);
    str_reset(&d->ahead);
    str_reset(&d->page);
    str_reset(&d->taken);
    d->command = NULL;
    device_wait(d, PENDING_NOTHING, 0);
}

void device_turn_to(struct device *d, enum device_state s, int64_t now_us, struct str *out)
{
    forget_typing(d);
    if (s == DEVICE_LOGIN) {
        device_show_login(d, out);
        return;
    }
    d->state = s;
    if (s == DEVICE_BOOTING) {
        device_boot_begin(d);
        device_boot_start(d, now_us);
    } else if (s != DEVICE_QUESTION && s != DEVICE_SILENT)
        device_prompt(d, out);
}

void device_log_out(struct device *d)
{
    if (nothing_may_be_typed(d->state))
        return;
    forget_typing(d);
    device_config_leave(d);
    d->target[0] = d->label[0] = '\0';
    d->state = DEVICE_LOGIN;
}

enum device_state device_state(const struct device *d)
{
    return d->state;
}

const struct device_counts *device_counts(const struct device *d)
{
    return &d->counts;
}
