/* What comes back while a configuration is pasted: which part of the row is prompt and which is echo, what broke the row, what the
   switch says of the line before. */
#include "session/paste.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"

enum { OUTPUT_MAX_BYTES = 4096, ERASED_MAX = 3 };

const struct paste_line *paste_line_at(const struct pasting *p, size_t at)
{
    static const struct paste_line none = {.text = ""};
    return at < p->lines.count ? &p->lines.items[at] : &none;
}

/* The line whose echo the row holds: the one before while its end has not come back. */
static size_t echoing(const struct pasting *p)
{
    return p->returning ? p->at - 1 : p->at;
}

unsigned paste_line_number(const struct pasting *p, size_t at)
{
    return paste_line_at(p, at)->number;
}

bool paste_fail(struct pasting *p, enum err_code code, size_t at, const char *why, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&p->s->line, &len);
    char *words = session_quote(p->s, text, len, 80);
    err_fail(e, code, p->step->code ? p->step->code : FAILURE_CONFIG_REJECTED,
             "%s: line %u of the configuration: %s; on the line stands \"%s\"", session_name(p->s),
             paste_line_number(p, at), why, words);
    mem_free(words);
    return false;
}

bool paste_row_shows(const struct str *prompt, bool in_row, const char *text, size_t len, const char **rest,
                     size_t *rest_len)
{
    size_t skip = in_row ? prompt->len : 0;
    if (len < skip || (skip && memcmp(text, prompt->data, skip) != 0))
        return false;
    *rest = text + skip;
    *rest_len = len - skip;
    return true;
}

size_t paste_common(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t n = 0;
    while (n < a_len && n < b_len && a[n] == b[n])
        n++;
    return n;
}

/* After a log line some switches draw prompt and line anew. */
void paste_see_redraw(struct pasting *p, const char *text, size_t len)
{
    const char *rest;
    size_t rest_len;
    if (p->in_row || !p->prompt.len || !paste_row_shows(&p->prompt, true, text, len, &rest, &rest_len))
        return;
    p->in_row = true;
    p->from = 0;
}

static void add_output(struct pasting *p, const char *text, size_t len)
{
    if (p->output.len + len < OUTPUT_MAX_BYTES) {
        str_add(&p->output, text, len);
        str_add_char(&p->output, '\n');
    }
}

static void refuse_line(struct pasting *p, enum failure failure, const char *text, size_t len)
{
    const struct paste_line *line = paste_line_at(p, p->at - 1);
    struct str shown = {0};
    if (p->refusal != FAILURE_NONE)
        return;
    p->refusal = failure;
    p->out->rejected_line = line->number;
    paste_show(p->s, line, &shown);
    char *words = session_quote(p->s, text, len, 200);
    str_reset(&p->out->rejected);
    str_printf(&p->out->rejected, "%s\n%s", str_cstr(&shown), words);
    mem_free(words);
    str_clear(&shown);
}

void paste_hear_output(struct pasting *p, const char *text, size_t len)
{
    bool noise = noise_is(p->s, text, len);
    p->noise_after = p->noise_after || noise;
    if (noise || p->at == 0)
        return;
    p->heard += len > 0;
    enum failure failure = change_refusal(p->s, p->step, text, len);
    size_t ahead = paste_common(text, len, paste_line_at(p, p->at)->text, p->typed);
    if (failure == FAILURE_NONE &&
        ahead) /* a terminal that echoes at once puts what was typed ahead in front */
        failure = change_refusal(p->s, p->step, text + ahead, len - ahead);
    add_output(p, text, len);
    if (failure != FAILURE_NONE)
        refuse_line(p, failure == FAILURE_COMMAND_REJECTED ? FAILURE_CONFIG_REJECTED : failure, text, len);
}

/* The row goes on below, without its prompt. */
static void go_on_below(struct pasting *p, size_t from)
{
    p->in_row = false;
    p->from = from;
}

static void tell_answer(struct pasting *p)
{
    const struct session_hooks *hooks = &p->s->options.hooks;
    struct answer a = {.text = p->output,
                       .status = p->refusal ? ANSWER_REJECTED : ANSWER_OK,
                       .event = p->answer_event,
                       .received_from = p->received_from,
                       .received_to = p->s->line.received,
                       .duration_us = clock_now_us(p->s->line.clock) - p->returned_us};
    snprintf(a.command, sizeof a.command, "%s", str_cstr(&p->answer_shown));
    if (hooks->after_answer && p->answer_event)
        hooks->after_answer(hooks->ctx, p->answer_event, &a);
}

/* The line before is done. */
void paste_count_line(struct pasting *p)
{
    const struct paste_line *line = paste_line_at(p, p->at - 1);
    if (p->counted)
        return;
    p->counted = true;
    p->tries = p->looks = 0;
    p->done_bytes += line->len + 1;
    if (line->number && !p->refusal) {
        p->out->lines++;
        p->out->bytes += line->len + 1;
    }
    tell_answer(p);
}

/* The end of the line before has come back: what comes now is its output, then the next prompt. */
static void executed(struct pasting *p)
{
    const struct paste_line *line = paste_line_at(p, p->at - 1);
    p->returning = false;
    p->ready = line->alone;
    p->fresh = line->alone && (p->at == 1 || !paste_line_at(p, p->at - 2)->alone);
    p->in_row = true;
    p->from = p->broken_at = 0;
    p->noise_after = false;
    p->heard = 0;
    str_reset(&p->output);
    if (!line->alone)
        return;
    str_reset(&p->prompt);
    p->lead = 0;
    paste_count_line(p);
}

/* A finished row while a line's echo is expected in it. */
static void hear_echo(struct pasting *p, const char *text, size_t len)
{
    const struct paste_line *line = paste_line_at(p, echoing(p));
    const char *rest;
    size_t rest_len, typed = p->returning ? line->len : p->typed;
    paste_see_redraw(p, text, len);
    bool mine = paste_row_shows(&p->prompt, p->in_row, text, len, &rest, &rest_len);
    if (!mine && noise_is(p->s, text, len)) {
        p->noise_since = true; /* it pushed the prompt away; whether the row is drawn anew will be seen */
        go_on_below(p, p->returning ? line->len : p->acked);
        return;
    }
    size_t n = mine ? paste_common(rest, rest_len, line->text + p->from, typed - p->from) : 0;
    bool whole = mine && n == rest_len && p->from + n == line->len;
    if (p->returning && whole) {
        executed(p);
        return;
    }
    bool noise = mine && n < rest_len && noise_is(p->s, rest + n, rest_len - n);
    if (!mine || (!noise && n < rest_len)) {
        p->broken_at = SIZE_MAX;
        return;
    }
    p->noise_since = noise || (p->noise_since && rest_len == 0);
    p->broken_at = p->broken_at > p->from + n ? p->broken_at : p->from + n;
    go_on_below(p, p->from + n);
}

void paste_take_prompt(struct pasting *p, const char *text, size_t len, size_t lead)
{
    struct str prompt = {0};
    str_add(&prompt, text, len);
    str_clear(&p->prompt);
    p->prompt = prompt;
    p->lead = lead;
    p->ready = p->in_row = true;
    p->from = p->broken_at = 0;
    p->noise_since = p->cut_prompt = false;
}

/* Prompt and echo may have come and been broken by a log line within one read. */
static bool is_prompt_and_echo(struct pasting *p, const char *text, size_t len)
{
    const struct paste_line *line = paste_line_at(p, p->at);
    const char *rest;
    size_t rest_len;
    if (!p->prompt.len || p->typed == 0 || !paste_row_shows(&p->prompt, true, text, len, &rest, &rest_len))
        return false;
    size_t n = paste_common(rest, rest_len, line->text, p->typed);
    return n == rest_len || noise_is(p->s, rest + n, rest_len - n);
}

void paste_arrive(struct pasting *p, const char *text, size_t len, size_t lead)
{
    paste_take_prompt(p, text, len, lead);
    paste_count_line(p);
}

/* A log line ended the row of the line before, not our return: prompt and line are drawn anew. */
bool paste_shows_line_before(const struct pasting *p, const char *text, size_t len)
{
    const struct paste_line *line = paste_line_at(p, p->at - 1);
    const char *rest;
    size_t rest_len;
    return p->at && p->noise_after && paste_row_shows(&p->prompt, true, text, len, &rest, &rest_len) &&
           rest_len >= line->len && line->len && memcmp(rest, line->text, line->len) == 0;
}

void paste_hear(struct session *s, void *ctx, const char *text, size_t len)
{
    struct pasting *p = ctx;
    (void)s;
    if (p->drawing) {
        p->drawn = true;
        return;
    }
    if (!p->returning && len == p->prompt.len + paste_line_at(p, p->at - 1)->len &&
        paste_shows_line_before(p, text, len)) {
        p->ready = false; /* and now it is our return */
        p->noise_after = false;
        p->acked = 0;
        return;
    }
    if (!p->returning && !p->ready && is_prompt_and_echo(p, text, len))
        paste_arrive(p, p->prompt.data, p->prompt.len, p->lead);
    if (p->returning)
        hear_echo(p, text, len);
    else if (!p->ready || (p->fresh && p->acked == 0 && len > 0 &&
                           paste_common(text, len, paste_line_at(p, p->at)->text, p->typed) < len))
        paste_hear_output(p, text, len);
    else
        hear_echo(p, text, len);
}

/* A prompt may end in a blank, and an indented line begins with some: until something else of the line has come, only a prompt that
   ends like the ones before tells whose they are. */
static bool parts_blanks(const struct pasting *p, const char *text, size_t at, size_t k)
{
    const struct paste_line *line = paste_line_at(p, p->at);
    size_t indent = 0;
    while (indent < line->len && line->text[indent] == ' ')
        indent++;
    return indent == 0 || k > indent || at - match_trim(text, at) == p->prompt_blanks;
}

/* A terminal that is switched to echo between two lines (readline's) echoes some piece of what was typed ahead before the prompt
   comes, which may be a new one. How long that piece is, which leaves a prompt behind it; 0: there is none. */
static size_t piece_before_prompt(const struct pasting *p, const char *text, size_t at)
{
    const struct paste_line *line = paste_line_at(p, p->at);
    size_t n = 0;
    while (n < at && n < p->typed && memmem(line->text, p->typed, text, n + 1))
        n++;
    for (; n > 0; n--) {
        const struct prompt *found = match_prompt(p->s->dialect, text + n, at - n);
        if (found && state_is_prompt(found->state))
            return n;
    }
    return 0;
}

/* Where a prompt ends and what was typed ahead begins: the first place that leaves a prompt in front. SIZE_MAX: no prompt yet. */
size_t paste_find_prompt(const struct pasting *p, const char *text, size_t len, size_t *lead)
{
    const struct paste_line *line = paste_line_at(p, p->at);
    const char *last = str_cstr(&p->prompt) + p->lead, *rest;
    size_t rest_len, most = p->typed < len ? p->typed : len, last_len = p->prompt.len - p->lead;
    *lead = 0;
    if (last_len && p->lead == 0 && paste_row_shows(&p->prompt, true, text, len, &rest, &rest_len) &&
        paste_common(rest, rest_len, line->text, p->typed) == rest_len)
        return last_len;
    for (size_t k = most + 1; k-- > 0;) {
        size_t at = len - k;
        if (memcmp(text + at, line->text, k) != 0 || !parts_blanks(p, text, at, k))
            continue;
        const struct prompt *found = match_prompt(p->s->dialect, text, at);
        if (found && state_is_prompt(found->state))
            return at;
        *lead = at - last_len;
        if (last_len && at > last_len && memcmp(text + *lead, last, last_len) == 0)
            return at;
        if ((*lead = piece_before_prompt(p, text, at)) > 0)
            return at;
    }
    return SIZE_MAX;
}

bool paste_quiet(const struct pasting *p)
{
    return line_quiet_ms(&p->s->line) >= or_else(p->s->dialect->settle_ms, SETTLE_MS);
}

/* The prompt after a line. It is believed at once where it is the one before, or where our own characters stand behind it. */
bool paste_look_for_prompt(struct pasting *p, const char *text, size_t len)
{
    size_t lead, at = paste_find_prompt(p, text, len, &lead);
    bool same = at == p->prompt.len && at && memcmp(text, p->prompt.data, at) == 0;
    if (at == SIZE_MAX || len == 0 ||
        (at == len && !paste_quiet(p) && !(same && !paste_line_at(p, p->at - 1)->cutting)))
        return false;
    const struct prompt *found = match_prompt(p->s->dialect, text, at);
    paste_arrive(p, text, at, found ? 0 : lead);
    return true;
}

enum state paste_prompt_state(const struct pasting *p)
{
    const struct prompt *found =
        match_prompt(p->s->dialect, str_cstr(&p->prompt) + p->lead, p->prompt.len - p->lead);
    return found ? found->state : STATE_UNKNOWN;
}

/* How much of the line being typed the row shows; false: something else stands there. */
bool paste_judge_echo(struct pasting *p, const char *text, size_t len)
{
    const struct paste_line *line = paste_line_at(p, p->at);
    const char *rest;
    size_t rest_len;
    paste_see_redraw(p, text, len);
    if (!paste_row_shows(&p->prompt, p->in_row, text, len, &rest, &rest_len))
        return false;
    size_t n = paste_common(rest, rest_len, line->text + p->from, p->typed - p->from);
    if (n < rest_len)
        return false;
    p->acked = p->from + n;
    return true;
}

bool paste_erased_too_much(const struct pasting *p)
{
    size_t len;
    const char *text = line_unfinished(&p->s->line, &len);
    return p->ready && len && len < p->prompt.len && p->prompt.len - len <= ERASED_MAX &&
           memcmp(text, p->prompt.data, len) == 0;
}

bool paste_stands_at_prompt(const struct pasting *p)
{
    size_t len;
    const char *text = line_unfinished(&p->s->line, &len);
    if (p->ready && len == p->prompt.len && (len == 0 || memcmp(text, p->prompt.data, len) == 0))
        return true;
    if (p->ready && p->prompt.len)
        return false;
    const struct prompt *found = match_prompt(p->s->dialect, text, len);
    return found && found->state == p->mode;
}
