/* Pasting a configuration. A line's characters go ahead of the switch by at most a window that fits its console buffer; its end is
   typed only when all of them have come back right. So what is lost or garbled on the way is seen before it can act: the line is
   cleared and typed again. The next line's characters may follow the end at once: when the prompt comes, they are its echo already.

   The terminal's unfinished row is what is judged: the prompt, then as much of the line as has come back. A log line may break the
   row; the echo then goes on without a prompt. A row that ends before we ended it, and not for a log line, was executed by the switch
   in half: that stops the paste, since nobody can tell what it did. */
#include "session/paste.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"

enum {
    WINDOW_BYTES = 100,
    STALL_MS = 30 * 1000,
    ECHO_STALL_MS = 2000,
    CLEAR_MS = 5 * 1000,
    TRIES = 3,
    PROGRESS_EVERY_MS = 500,
    OUTPUT_MAX_BYTES = 4096,
    ROWS_MAX = 10000 /* of output behind one line */
};

struct pasting {
    struct session *s;
    const struct procedure_step *step;
    const struct change_watch *watch;
    struct paste_result *out;
    struct paste_lines lines;
    size_t window, done_bytes;
    enum state mode;
    size_t at;           /* the line being typed */
    size_t typed, acked; /* of it */
    bool rowed;          /* its row is on disk */
    bool ready;          /* its prompt is there */
    bool returning;      /* the end of the line before was typed and has not come back */
    bool
        fresh; /* nothing has come back of the first line without a prompt: the switch may still explain itself */
    bool in_row; /* the row began with the prompt */
    size_t from; /* characters that stood in rows before, which a log line ended */
    size_t
        broken_at; /* characters of it in a row that ended before its time; 0: none did; SIZE_MAX: nothing explains it */
    bool noise_since;  /* a log line may explain it */
    struct str prompt; /* of the line being typed, or while returning of the one before */
    size_t lead;       /* bytes before it in its row: what was typed ahead was echoed twice */
    struct str shown, output, answer_shown;
    uint64_t answer_event; /* of the line before */
    bool counted;
    unsigned tries;
    bool end_typed; /* the bytes that close the paste */
    enum failure refusal;
    uint64_t raw_at_return, event, received_from;
    int64_t began_ms, told_ms, returned_us;
};

enum turn { TURN_ON, TURN_DONE, TURN_FAILED };

static const struct paste_line *line_at(const struct pasting *p, size_t at)
{
    static const struct paste_line none = {.text = ""};
    return at < p->lines.count ? &p->lines.items[at] : &none;
}

/* The line whose echo the row holds: the one before while its end has not come back. */
static size_t echoing(const struct pasting *p)
{
    return p->returning ? p->at - 1 : p->at;
}

static unsigned line_number(const struct pasting *p, size_t at)
{
    return line_at(p, at)->number;
}

static bool fail(struct pasting *p, enum err_code code, size_t at, const char *why, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&p->s->line, &len);
    char *words = session_quote(p->s, text, len, 80);
    err_fail(e, code, p->step->code ? p->step->code : FAILURE_CONFIG_REJECTED,
             "%s: line %u of the configuration: %s; on the line stands \"%s\"", session_name(p->s),
             line_number(p, at), why, words);
    mem_free(words);
    return false;
}

/* The row is the prompt (or goes on from the one before) and `rest` behind it. */
static bool row_shows(const struct str *prompt, bool in_row, const char *text, size_t len, const char **rest,
                      size_t *rest_len)
{
    size_t skip = in_row ? prompt->len : 0;
    if (len < skip || (skip && memcmp(text, prompt->data, skip) != 0))
        return false;
    *rest = text + skip;
    *rest_len = len - skip;
    return true;
}

static size_t common(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t n = 0;
    while (n < a_len && n < b_len && a[n] == b[n])
        n++;
    return n;
}

/* After a log line some switches draw prompt and line anew. */
static void see_redraw(struct pasting *p, const char *text, size_t len)
{
    const char *rest;
    size_t rest_len;
    if (p->in_row || !p->prompt.len || !row_shows(&p->prompt, true, text, len, &rest, &rest_len))
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
    const struct paste_line *line = line_at(p, p->at - 1);
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

static void hear_output(struct pasting *p, const char *text, size_t len)
{
    if (noise_is(p->s, text, len) || p->at == 0)
        return;
    enum failure failure = change_refusal(p->s, p->step, text, len);
    size_t ahead = common(text, len, line_at(p, p->at)->text, p->typed);
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
static void count_line(struct pasting *p)
{
    const struct paste_line *line = line_at(p, p->at - 1);
    if (p->counted)
        return;
    p->counted = true;
    p->tries = 0;
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
    const struct paste_line *line = line_at(p, p->at - 1);
    p->returning = false;
    p->ready = line->alone;
    p->fresh = line->alone && (p->at == 1 || !line_at(p, p->at - 2)->alone);
    p->in_row = true;
    p->from = p->broken_at = 0;
    str_reset(&p->output);
    if (!line->alone)
        return;
    str_reset(&p->prompt);
    p->lead = 0;
    count_line(p);
}

/* A finished row while a line's echo is expected in it. */
static void hear_echo(struct pasting *p, const char *text, size_t len)
{
    const struct paste_line *line = line_at(p, echoing(p));
    const char *rest;
    size_t rest_len, typed = p->returning ? line->len : p->typed;
    see_redraw(p, text, len);
    bool mine = row_shows(&p->prompt, p->in_row, text, len, &rest, &rest_len);
    if (!mine && noise_is(p->s, text, len)) {
        p->noise_since = true; /* it pushed the prompt away; whether the row is drawn anew will be seen */
        go_on_below(p, p->returning ? line->len : p->acked);
        return;
    }
    size_t n = mine ? common(rest, rest_len, line->text + p->from, typed - p->from) : 0;
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

static void take_prompt(struct pasting *p, const char *text, size_t len, size_t lead)
{
    struct str prompt = {0};
    str_add(&prompt, text, len);
    str_clear(&p->prompt);
    p->prompt = prompt;
    p->lead = lead;
    p->ready = p->in_row = true;
    p->from = p->broken_at = 0;
    p->noise_since = false;
}

/* Prompt and echo may have come and been broken by a log line within one read. */
static bool is_prompt_and_echo(struct pasting *p, const char *text, size_t len)
{
    const struct paste_line *line = line_at(p, p->at);
    const char *rest;
    size_t rest_len;
    if (!p->prompt.len || p->typed == 0 || !row_shows(&p->prompt, true, text, len, &rest, &rest_len))
        return false;
    size_t n = common(rest, rest_len, line->text, p->typed);
    return n == rest_len || noise_is(p->s, rest + n, rest_len - n);
}

static void arrive(struct pasting *p, const char *text, size_t len, size_t lead)
{
    take_prompt(p, text, len, lead);
    count_line(p);
}

static void hear(struct session *s, void *ctx, const char *text, size_t len)
{
    struct pasting *p = ctx;
    (void)s;
    if (!p->returning && !p->ready && is_prompt_and_echo(p, text, len))
        arrive(p, p->prompt.data, p->prompt.len, p->lead);
    if (p->returning)
        hear_echo(p, text, len);
    else if (!p->ready || (p->fresh && p->acked == 0 && len > 0 &&
                           common(text, len, line_at(p, p->at)->text, p->typed) < len))
        hear_output(p, text, len);
    else
        hear_echo(p, text, len);
}

/* Where a prompt ends and what was typed ahead begins: the first place that leaves a prompt in front. SIZE_MAX: no prompt yet. */
static size_t find_prompt(const struct pasting *p, const char *text, size_t len, size_t *lead)
{
    const struct paste_line *line = line_at(p, p->at);
    const char *last = str_cstr(&p->prompt) + p->lead, *rest;
    size_t rest_len, most = p->typed < len ? p->typed : len, last_len = p->prompt.len - p->lead;
    *lead = 0;
    if (last_len && p->lead == 0 && row_shows(&p->prompt, true, text, len, &rest, &rest_len) &&
        common(rest, rest_len, line->text, p->typed) == rest_len)
        return last_len;
    for (size_t k = most + 1; k-- > 0;) {
        size_t at = len - k;
        if (memcmp(text + at, line->text, k) != 0)
            continue;
        const struct prompt *found = match_prompt(p->s->dialect, text, at);
        if (found && state_is_prompt(found->state))
            return at;
        *lead = at - last_len;
        if (last_len && at > last_len && memcmp(text + *lead, last, last_len) == 0)
            return at;
    }
    return SIZE_MAX;
}

static bool quiet(const struct pasting *p)
{
    return line_quiet_ms(&p->s->line) >= or_else(p->s->dialect->settle_ms, SETTLE_MS);
}

/* The prompt after a line. It is believed at once where it is the one before, or where our own characters stand behind it. */
static bool look_for_prompt(struct pasting *p, const char *text, size_t len)
{
    size_t lead, at = find_prompt(p, text, len, &lead);
    bool same = at == p->prompt.len && at && memcmp(text, p->prompt.data, at) == 0;
    if (at == SIZE_MAX || len == 0 || (at == len && !quiet(p) && !(same && !line_at(p, p->at - 1)->cutting)))
        return false;
    const struct prompt *found = match_prompt(p->s->dialect, text, at);
    arrive(p, text, at, found ? 0 : lead);
    return true;
}

static enum state prompt_state(const struct pasting *p)
{
    const struct prompt *found =
        match_prompt(p->s->dialect, str_cstr(&p->prompt) + p->lead, p->prompt.len - p->lead);
    return found ? found->state : STATE_UNKNOWN;
}

/* How much of the line being typed the row shows; false: something else stands there. */
static bool judge_echo(struct pasting *p, const char *text, size_t len)
{
    const struct paste_line *line = line_at(p, p->at);
    const char *rest;
    size_t rest_len;
    see_redraw(p, text, len);
    if (!row_shows(&p->prompt, p->in_row, text, len, &rest, &rest_len))
        return false;
    size_t n = common(rest, rest_len, line->text + p->from, p->typed - p->from);
    if (n < rest_len)
        return false;
    p->acked = p->from + n;
    return true;
}

static bool type_bytes(struct pasting *p, const char *bytes, size_t len, const char *shown, struct err *e)
{
    p->s->state = p->mode;
    return session_paste_bytes(p->s, bytes, len, shown, e);
}

static bool make_row(struct pasting *p, struct err *e)
{
    const struct paste_line *line = line_at(p, p->at);
    if (p->rowed)
        return true;
    str_reset(&p->shown);
    paste_show(p->s, line, &p->shown);
    p->s->state = p->mode;
    p->rowed = session_paste_row(p->s, line->text, line->len, str_cstr(&p->shown), &p->event, e);
    p->out->event = p->event;
    return p->rowed;
}

/* As much as the window has room for, but no crumbs: each write may be a packet. */
static bool type_ahead(struct pasting *p, struct err *e)
{
    const struct paste_line *line = line_at(p, p->at);
    size_t pending = p->typed - p->acked + p->returning;
    size_t room = pending < p->window ? p->window - pending : 0, rest = line->len - p->typed;
    size_t n = rest < room ? rest : room;
    if (p->at == p->lines.count || p->refusal || n == 0 || (n < rest && n < p->window / 4))
        return true;
    if (!p->ready && p->at && line_at(p, p->at - 1)->cutting)
        return true;
    if (!make_row(p, e) || !type_bytes(p, line->text + p->typed, n, p->typed ? "" : str_cstr(&p->shown), e))
        return false;
    p->s->unfinished_line = true;
    p->typed += n;
    return true;
}

static bool type_return(struct pasting *p, struct err *e)
{
    if (!make_row(p, e))
        return false;
    p->raw_at_return = p->s->line.raw_bytes;
    p->received_from = p->s->line.received;
    p->returned_us = clock_now_us(p->s->line.clock);
    p->answer_event = p->event;
    str_reset(&p->answer_shown);
    str_add(&p->answer_shown, str_cstr(&p->shown), p->shown.len);
    if (!type_bytes(p, "\r", 1, "\r", e))
        return false;
    p->s->unfinished_line = false;
    p->returning = true;
    p->ready = p->rowed = p->counted = false;
    p->broken_at = 0;
    p->noise_since = false;
    p->at++;
    p->typed = p->acked = 0;
    return true;
}

static bool read_until(struct pasting *p, int64_t until_ms, struct err *e)
{
    size_t got;
    if (p->s->boot.seen)
        return boot_fail(p->s, e);
    return line_read(&p->s->line, until_ms, true, &got, e) && (!p->s->boot.seen || boot_fail(p->s, e));
}

static bool stands_at_prompt(const struct pasting *p)
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

/* Clears what was typed of the line, until the prompt alone stands there in silence. */
static bool clear_line(struct pasting *p, struct err *e)
{
    char kill = session_line_kill(p->s);
    for (unsigned i = 0; i < TRIES; i++) {
        int64_t until = line_now_ms(&p->s->line) + CLEAR_MS;
        uint64_t event = 0;
        p->s->state = p->mode;
        p->in_row = true;
        p->from = p->broken_at = 0;
        if (!session_paste_row(p->s, &kill, 1, "^U", &event, e) || !type_bytes(p, &kill, 1, "^U", e))
            return false;
        p->typed = p->acked = 0;
        while (line_now_ms(&p->s->line) < until && !p->broken_at) {
            if (!read_until(p, line_now_ms(&p->s->line) + SETTLE_MS, e))
                return false;
            if (quiet(p) && stands_at_prompt(p)) {
                p->s->unfinished_line = false;
                return true;
            }
        }
        if (p->broken_at)
            break;
    }
    return fail(p, ERR_UNREAD, p->at,
                p->broken_at ? "a part of it may have been executed while it was cleared"
                             : "what was typed of it could not be cleared; half of it stands there",
                e);
}

static bool fail_broken(struct pasting *p, struct err *e)
{
    return fail(p, ERR_UNREAD, p->at,
                "it broke off before its end was typed; half of it may have been executed", e);
}

/* What was typed came back otherwise, or not at all. */
static bool repeat_line(struct pasting *p, struct err *e)
{
    if (p->returning) { /* its end never arrived: it stands there whole, and perhaps more */
        p->returning = false;
        p->ready = true;
        p->at--;
        p->s->unfinished_line = true;
    }
    if (p->broken_at)
        return fail_broken(p, e);
    if (++p->tries > TRIES)
        return fail(p, ERR_UNREAD, p->at,
                    "was typed three times and came back damaged: the line loses characters", e);
    bool known = p->ready;
    if (!clear_line(p, e))
        return false;
    if (!known) {
        size_t len;
        const char *text = line_unfinished(&p->s->line, &len);
        arrive(p, text, len, 0);
    }
    p->rowed = false;
    p->out->repeated++;
    return true;
}

/* Some prompt of the mode with text behind it. */
static bool prompt_and_more(const struct pasting *p, const char *text, size_t len)
{
    for (size_t i = 1; i < len && i < MATCH_PROMPT_MAX_BYTES; i++) {
        const struct prompt *found =
            strchr("#>$%] ", text[i - 1]) ? match_prompt(p->s->dialect, text, i) : NULL;
        if (found && found->state == p->mode)
            return true;
    }
    return false;
}

static bool fail_asked(struct pasting *p, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&p->s->line, &len);
    char *words = session_quote(p->s, text, len, 120);
    p->s->state = STATE_UNKNOWN;
    err_fail(e, ERR_STATE, FAILURE_QUESTION_UNKNOWN,
             "%s: after line %u of the configuration the switch asks \"%s\"; nothing was answered",
             session_name(p->s), line_number(p, p->at - 1), words);
    mem_free(words);
    return false;
}

static bool fail_logged_out(struct pasting *p, struct err *e)
{
    p->s->state = STATE_UNKNOWN;
    return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "%s: line %u of the configuration logged us out",
                    session_name(p->s), line_number(p, p->at - 1));
}

static enum turn went(bool ok)
{
    return ok ? TURN_ON : TURN_FAILED;
}

/* The end of a line was typed: it comes back as a finished row, or shows that it was lost. */
static enum turn turn_returning(struct pasting *p, const char *text, size_t len, struct err *e)
{
    const struct paste_line *line = line_at(p, p->at - 1);
    int64_t quiet_ms = line_quiet_ms(&p->s->line);
    const char *rest = "";
    size_t rest_len = 0;
    bool mine = row_shows(&p->prompt, p->in_row, text, len, &rest, &rest_len);
    size_t n = mine ? common(rest, rest_len, line->text + p->from, line->len - p->from) : 0;
    bool whole = mine && p->from + n == line->len;
    see_redraw(p, text, len);
    if (p->broken_at == SIZE_MAX && quiet(p))
        return went(fail(p, ERR_UNREAD, p->at - 1, "its end came back as something else", e));
    if (whole && n < rest_len && quiet(p))
        return went(repeat_line(p, e)); /* behind it stands what should have been its end, or the next line */
    if (whole && quiet_ms >= ECHO_STALL_MS && p->s->line.raw_bytes == p->raw_at_return)
        return went(repeat_line(p, e));
    if (quiet_ms >= or_else(p->step->stall_ms, STALL_MS))
        return went(fail(p, ERR_TIMEOUT, p->at - 1, "the switch fell silent after it", e));
    return TURN_ON;
}

/* A line was executed: its output is coming, then a prompt. */
static enum turn turn_waiting(struct pasting *p, const char *text, size_t len, struct err *e)
{
    int64_t quiet_ms = line_quiet_ms(&p->s->line);
    if (look_for_prompt(p, text, len))
        return TURN_ON;
    if (quiet(p) && len) {
        struct sight sight = session_sight(p->s);
        if (sight.state == STATE_LOGIN)
            return went(fail_logged_out(p, e));
        if (sight.state == STATE_PAGER || sight.state == STATE_FIRST_BOOT ||
            (sight.state == STATE_QUESTION && (!sight.unknown || quiet_ms >= QUESTION_QUIET_MS)))
            return went(fail_asked(p, e));
    }
    if (p->typed && quiet_ms >= ECHO_STALL_MS && prompt_and_more(p, text, len))
        return went(repeat_line(p, e));
    if (quiet_ms >= or_else(p->step->stall_ms, STALL_MS))
        return went(fail(p, ERR_TIMEOUT, p->at - 1, "no prompt came after it", e));
    return TURN_ON;
}

/* The prompt is there and the line is being typed. */
static enum turn turn_typing(struct pasting *p, const char *text, size_t len, struct err *e)
{
    const struct paste_line *line = line_at(p, p->at);
    bool right = judge_echo(p, text, len);
    if (p->broken_at && right && p->in_row && p->acked >= p->broken_at)
        p->broken_at = 0; /* all of it stands there again: nothing was executed */
    if (p->broken_at && (!right || p->in_row || !p->noise_since))
        return went(!quiet(p) || fail_broken(p, e));
    if (p->broken_at && !quiet(p))
        return TURN_ON; /* it may yet be drawn anew */
    if (!right && quiet(p))
        return went(repeat_line(p, e));
    if (right && p->acked == line->len && p->typed == line->len)
        return went(type_return(p, e));
    if (p->typed > p->acked && line_quiet_ms(&p->s->line) >= ECHO_STALL_MS)
        return went(repeat_line(p, e));
    return TURN_ON;
}

static bool type_end(struct pasting *p, struct err *e)
{
    uint64_t event = 0;
    const char *end = p->step->paste_end;
    p->end_typed = true;
    p->ready = false;
    p->s->state = p->mode;
    return session_paste_row(p->s, "", 0, "(end of the paste)", &event, e) &&
           type_bytes(p, end, strlen(end), "", e);
}

/* Refused, or at the end: nothing more is typed but what clears the line and closes the paste. */
static enum turn turn_ending(struct pasting *p, struct err *e)
{
    if (p->typed && !clear_line(p, e))
        return TURN_FAILED;
    if (p->step->paste_end && !p->end_typed)
        return went(type_end(p, e));
    return TURN_DONE;
}

static void tell_progress(struct pasting *p)
{
    int64_t now = line_now_ms(&p->s->line);
    if (!p->watch || !p->watch->progress || now - p->told_ms < PROGRESS_EVERY_MS)
        return;
    p->told_ms = now;
    struct change_progress progress = {
        .about = p->step->about ? p->step->about : "paste the configuration",
        .percent = p->lines.total_bytes ? (int)(p->done_bytes * 100 / p->lines.total_bytes) : -1,
        .done_bytes = p->done_bytes,
        .of_bytes = p->lines.total_bytes,
        .elapsed_ms = now - p->began_ms};
    p->watch->progress(p->watch->ctx, &progress);
}

static bool left_mode(const struct pasting *p)
{
    return p->prompt.len && prompt_state(p) != p->mode && p->at < p->lines.count;
}

static enum turn turn(struct pasting *p, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&p->s->line, &len);
    uint64_t writes = p->s->line.writes;
    size_t at = p->at;
    enum turn next;
    tell_progress(p);
    if (p->ready && (p->refusal || p->at == p->lines.count))
        next = quiet(p) || !p->typed ? turn_ending(p, e) : TURN_ON;
    else if (p->returning)
        next = turn_returning(p, text, len, e);
    else if (!p->ready)
        next = turn_waiting(p, text, len, e);
    else if (left_mode(p))
        next = went(fail(p, ERR_STATE, p->at - 1, "it left the mode that the configuration is typed in", e));
    else
        next = turn_typing(p, text, len, e);
    if (next != TURN_ON)
        return next;
    bool goes_on_below = p->noise_since && !p->in_row && quiet(p);
    if ((!p->broken_at || goes_on_below) && !type_ahead(p, e))
        return TURN_FAILED;
    if (p->s->line.writes != writes || p->at != at)
        return read_until(p, line_now_ms(&p->s->line), e) ? TURN_ON : TURN_FAILED;
    int64_t step = or_else(p->s->dialect->settle_ms, SETTLE_MS);
    return read_until(p, line_now_ms(&p->s->line) + step, e) ? TURN_ON : TURN_FAILED;
}

static void begin(struct pasting *p)
{
    size_t len;
    const char *text = line_unfinished(&p->s->line, &len);
    take_prompt(p, text, len, 0);
    p->mode = p->s->state;
    p->began_ms = line_now_ms(&p->s->line);
    p->s->sink = hear;
    p->s->sink_ctx = p;
    p->s->accepted = false;
}

static bool fail_refused(struct pasting *p, struct err *e)
{
    const char *words = str_cstr(&p->out->rejected), *lf = strchr(words, '\n');
    return err_fail(e, ERR_REJECTED, p->refusal,
                    "%s: the switch refused line %zu of the configuration, \"%.*s\": %s", session_name(p->s),
                    p->out->rejected_line, (int)strcspn(words, "\n"), words, lf ? lf + 1 : "");
}

static bool end(struct pasting *p, enum turn last, struct err *e)
{
    struct session *s = p->s;
    bool whole = last == TURN_DONE;
    if (!whole && (e->code == ERR_UNREAD || e->code == ERR_TIMEOUT) && !s->line.lost && !s->boot.seen &&
        s->unfinished_line)
        clear_line(p, NULL);
    s->sink = NULL;
    s->sink_ctx = NULL;
    line_show_held(&s->line);
    s->state = s->boot.seen ? STATE_BOOTING : STATE_UNKNOWN;
    if (!s->boot.seen && !s->line.lost && !s->unfinished_line && stands_at_prompt(p) && p->prompt.len) {
        s->state = prompt_state(p);
        session_learn(s, s->state);
    }
    if (whole && p->refusal)
        return fail_refused(p, e);
    return whole;
}

/* The text that closes it may be said once for the whole: "load complete". */
static bool check_success(struct pasting *p, struct err *e)
{
    const struct procedure_step *step = p->step;
    if (!step->success ||
        regex_match(step->success, str_cstr(&p->output), p->output.len, 0, NULL, 0) == REGEX_MATCH)
        return true;
    return fail(p, ERR_FAILED, p->at ? p->at - 1 : 0, "what should say that all went well did not come", e);
}

static bool paste_lines(struct pasting *p, struct err *e)
{
    enum turn next = TURN_ON;
    begin(p);
    while (next == TURN_ON)
        next = turn(p, e);
    return end(p, next, e) && check_success(p, e);
}

bool change_paste(struct session *s, struct permit *permit, const struct procedure *p, size_t i,
                  const struct paste *what, const struct change_watch *watch, struct paste_result *out,
                  struct err *e)
{
    memset(out, 0, sizeof *out);
    if (!permit_covers(permit, s, p, e) || !change_declared(s, p, i, STEP_PASTE, e) ||
        !paste_check(s, what->text, what->len, e))
        return false;
    const struct procedure_step *step = &p->steps[i];
    struct pasting run = {.s = s,
                          .step = step,
                          .watch = watch,
                          .out = out,
                          .window = what->window_bytes ? what->window_bytes : WINDOW_BYTES};
    struct err why = {0};
    bool ok = paste_split(s, step, what, &run.lines, &why) && change_ready(s, step, &why);
    s->begun.step = ok ? step : NULL;
    ok = ok && paste_lines(&run, &why);
    s->begun.step = NULL;
    mem_free(run.lines.items);
    str_clear(&run.prompt);
    str_clear(&run.shown);
    str_clear(&run.output);
    str_clear(&run.answer_shown);
    return ok || err_fail(e, why.code, why.failure, "%s", why.msg);
}
