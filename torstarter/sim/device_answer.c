/* Commands and their answers: matching word by word, values filled in, paging. */
#include <stdlib.h>
#include <string.h>

#include "sim/device_self.h"

enum { VALUE_NAME_MAX_BYTES = 40 };

struct words { /* a walk over text whose words are separated by blanks */
    const char *word;
    size_t len;
};

static bool next_word(struct words *w)
{
    const char *p = w->word + w->len;
    p += strspn(p, " ");
    w->word = p;
    w->len = strcspn(p, " ");
    return w->len > 0;
}

static const char *value_of(const struct device *d, const char *name, size_t len)
{
    for (size_t i = 0; i < d->setup->value_count; i++) {
        const struct device_value *v = &d->setup->values[i];
        if (strlen(v->name) == len && memcmp(v->name, name, len) == 0)
            return v->text;
    }
    return len == 8 && memcmp(name, "hostname", 8) == 0 ? d->setup->name : NULL;
}

static bool is_place(const struct words *w)
{
    return w->len > 2 && w->word[0] == '{' && w->word[w->len - 1] == '}';
}

static bool word_matches(const struct device *d, const struct words *pattern, const struct words *typed)
{
    const char *text = pattern->word;
    size_t len = pattern->len;
    if (is_place(pattern)) {
        text = value_of(d, pattern->word + 1, pattern->len - 2);
        if (!text)
            return true;
        len = strlen(text);
    }
    return len == typed->len && memcmp(text, typed->word, len) == 0;
}

static bool command_matches(const struct device *d, const char *pattern, const char *typed)
{
    struct words p = {pattern, 0}, t = {typed, 0};
    while (next_word(&p))
        if (!next_word(&t) || !word_matches(d, &p, &t))
            return false;
    return !next_word(&t);
}

/* What the word {name} of the answered command was typed as. */
static bool word_typed(const struct device *d, const char *name, size_t len, struct words *out)
{
    if (!d->answer)
        return false;
    struct words p = {d->answer->command, 0};
    *out = (struct words){str_cstr(&d->said), 0};
    while (next_word(&p) && next_word(out))
        if (is_place(&p) && p.len - 2 == len && memcmp(p.word + 1, name, len) == 0)
            return true;
    return false;
}

/* Adds what stands at "{name}"; 0 when it is no place of ours (JSON is full of braces), else the length of "{name}". */
static size_t add_value(const struct device *d, const char *at, size_t left, struct str *out)
{
    const char *close = memchr(at, '}', left < VALUE_NAME_MAX_BYTES ? left : VALUE_NAME_MAX_BYTES);
    size_t len = close ? (size_t)(close - at - 1) : 0;
    struct words typed;
    if (len == 0)
        return 0;
    const char *value = value_of(d, at + 1, len);
    if (value)
        str_add_cstr(out, value);
    else if (word_typed(d, at + 1, len, &typed))
        str_add(out, typed.word, typed.len);
    else
        return 0;
    return len + 2;
}

void device_expand(const struct device *d, const char *text, size_t len, struct str *out)
{
    for (size_t i = 0; i < len;) {
        const char *brace = memchr(text + i, '{', len - i);
        size_t plain = brace ? (size_t)(brace - text) - i : len - i;
        str_add(out, text + i, plain);
        i += plain;
        if (!brace)
            break;
        size_t taken = add_value(d, brace, len - i, out);
        if (taken == 0) {
            str_add_char(out, '{');
            taken = 1;
        }
        i += taken;
    }
}

static const struct device_answer *find_in(const struct device *d, const struct device_answers *answers,
                                           const char *command)
{
    for (size_t i = 0; i < answers->count; i++)
        if ((answers->items[i].modes & 1u << d->state) &&
            command_matches(d, answers->items[i].command, command))
            return &answers->items[i];
    return NULL;
}

static const struct device_answer *find_answer(const struct device *d, const char *command)
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

static void set_page_length(struct device *d, const char *command)
{
    const char *last = strrchr(command, ' ');
    unsigned long lines = last ? strtoul(last + 1, NULL, 10) : 0;
    if (!d->setup->pager_stays)
        d->page_lines = lines > 100000 ? 100000 : (unsigned)lines;
}

static bool run_command(struct device *d, const char *command, struct str *out)
{
    const struct device_command *c = d->model->commands, *end = c + d->model->command_count;
    while (c < end && !((c->modes & 1u << d->state) && command_matches(d, c->command, command)))
        c++;
    if (c == end)
        return false;
    if (c->sets_page_length)
        set_page_length(d, command);
    d->back = d->state;
    d->asked = c->to;
    if (c->to == DEVICE_LOGIN) {
        device_show_login(d, out);
        return true;
    }
    if (c->asks && *d->setup->enable_password)
        d->state = DEVICE_ENABLE_PASSWORD;
    else if (c->to != DEVICE_STATE_COUNT)
        d->state = c->to;
    device_prompt(d, out);
    return true;
}

void device_run(struct device *d, const char *command, int64_t now_us, struct str *out)
{
    const char *comment = d->model->comment, *rejected = d->model->texts[DEVICE_TEXT_REJECTED];
    command += strspn(command, " ");
    if (!*command || (*comment && str_starts(command, comment))) {
        device_prompt(d, out);
        return;
    }
    if (run_command(d, command, out))
        return;
    d->answer = find_answer(d, command);
    if (!d->answer) {
        device_expand(d, rejected, strlen(rejected), out);
        device_prompt(d, out);
        return;
    }
    str_reset(&d->said);
    str_add_cstr(&d->said, command);
    d->pending = PENDING_ANSWER;
    d->due_us = now_us + d->answer->takes_ms * 1000;
}
