/* Commands and their answers: matching word by word, conditions, paging. */
#include <string.h>

#include "base/mem.h"
#include "sim/device_self.h"

static const struct device_answer *find_in(struct device *d, const struct device_answers *answers,
                                           const char *command)
{
    for (size_t i = 0; i < answers->count; i++)
        if ((answers->items[i].modes & 1u << d->state) &&
            device_command_matches(d, answers->items[i].command, command) &&
            device_holds(d, &answers->items[i].when))
            return &answers->items[i];
    return NULL;
}

static const struct device_answer *find_answer(struct device *d, const char *command)
{
    for (size_t i = 0; i < d->setup->answers_count; i++) {
        const struct device_answer *a = find_in(d, d->setup->answers[i], command);
        if (a)
            return a;
    }
    return find_in(d, &d->model->answers, command);
}

static void give_page(struct device *d, unsigned lines, struct str *out)
{
    size_t end = d->page_at;
    for (unsigned i = 0; i < lines && end < d->page.len; i++) {
        const char *nl = memchr(d->page.data + end, '\n', d->page.len - end);
        end = nl ? (size_t)(nl - d->page.data) + 1 : d->page.len;
    }
    str_add(out, str_cstr(&d->page) + d->page_at, end - d->page_at);
    d->page_at = end;
    if (end < d->page.len) {
        d->state = DEVICE_PAGER;
        str_add_cstr(out, d->model->pager);
        return;
    }
    str_clear(&d->page);
    d->state = d->back;
    device_prompt(d, out);
}

void device_page_key(struct device *d, char key, struct str *out)
{
    bool next = key == d->model->pager_next, line = key == '\r' || key == '\n',
         quit = key == d->model->pager_quit;
    if (!next && !line && !quit) {
        str_add_char(out, '\a');
        return;
    }
    str_add_char(out, '\r');
    for (size_t i = 0; i < strlen(d->model->pager); i++)
        str_add_char(out, ' ');
    str_add_char(out, '\r');
    if (quit)
        d->page_at = d->page.len;
    give_page(d, next ? d->page_lines - 1 : 1, out);
}

void device_give_answer(struct device *d, int64_t now_us, struct str *out)
{
    const struct device_answer *a = d->answer;
    bool stays = a->then == DEVICE_STATE_COUNT;
    struct str *into = d->page_lines > 1 && stays ? &d->page : out;
    for (unsigned i = 0; i < a->repeat; i++)
        device_expand(d, a->text, a->len, into);
    device_give_rows(d, a, into);
    if (!stays) {
        device_turn_to(d, a->then, now_us, out);
        return;
    }
    if (into == out) {
        device_prompt(d, out);
        return;
    }
    d->page_at = 0;
    d->back = d->state;
    give_page(d, d->page_lines - 1, out);
}

static const struct device_command *find_command(struct device *d, const char *command)
{
    for (size_t i = 0; i < d->model->command_count; i++) {
        const struct device_command *c = &d->model->commands[i];
        if ((c->modes & 1u << d->state) && device_command_matches(d, c->command, command) &&
            device_holds(d, &c->when))
            return c;
    }
    return NULL;
}

static bool is_comment(const struct device *d, const char *command)
{
    return !*command || (*d->model->comment && str_starts(command, d->model->comment));
}

static bool leaves_block(const struct device *d, const char *command)
{
    return d->state == DEVICE_CONFIG && d->path.depth > 0 && !*d->until && strcmp(command, "exit") == 0;
}

bool device_would_change(struct device *d, const char *command)
{
    command += strspn(command, " ");
    if (is_comment(d, command) || leaves_block(d, command))
        return false;
    const struct device_command *c = *d->until ? NULL : find_command(d, command);
    return c ? c->changes : d->state == DEVICE_CONFIG && device_config_accepts(d, command);
}

static void ask_password(struct device *d, const struct device_command *c, struct str *out)
{
    d->back = d->state;
    d->asked = c->to;
    d->state = DEVICE_ENABLE_PASSWORD;
    device_prompt(d, out);
}

void device_run(struct device *d, const char *command, int64_t now_us, struct str *out)
{
    const struct device_command *c;
    bool banner = d->state == DEVICE_CONFIG && *d->until;
    command += banner ? 0 : strspn(command, " ");
    if (!banner && leaves_block(d, command)) {
        mem_free((char *)d->path.blocks[--d->path.depth]);
        device_prompt(d, out);
    } else if (!banner && is_comment(d, command)) {
        device_prompt(d, out);
    } else if (!banner && (c = find_command(d, command))) {
        if (c->asks && *device_enable_password(d))
            ask_password(d, c, out);
        else
            device_do(d, c, now_us, out);
    } else if (d->state == DEVICE_CONFIG && device_config_line(d, command, out)) {
        device_prompt(d, out);
    } else if ((d->answer = find_answer(d, command))) {
        device_wait_ms(d, PENDING_ANSWER, d->answer->takes_ms);
    } else {
        device_say(d, d->model->texts[DEVICE_TEXT_REJECTED], out);
        device_prompt(d, out);
    }
}
