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

enum { WINDOW_BYTES = 100, PROGRESS_EVERY_MS = 500 };

enum turn { TURN_ON, TURN_DONE, TURN_FAILED };

bool paste_type(struct pasting *p, const char *bytes, size_t len, const char *shown, struct err *e)
{
    p->s->state = p->mode;
    return session_paste_bytes(p->s, bytes, len, shown, e);
}

static bool make_row(struct pasting *p, struct err *e)
{
    const struct paste_line *line = paste_line_at(p, p->at);
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
    const struct paste_line *line = paste_line_at(p, p->at);
    size_t pending = p->typed - p->acked + p->returning;
    size_t room = pending < p->window ? p->window - pending : 0, rest = line->len - p->typed;
    size_t n = rest < room ? rest : room;
    if (p->step->ahead && !p->ready)
        return true; /* it will be typed with those behind it */
    if (p->at == p->lines.count || p->refusal || n == 0 || (n < rest && n < p->window / 4))
        return true;
    if (!p->ready && p->at && paste_line_at(p, p->at - 1)->cutting)
        return true;
    if (!make_row(p, e) || !paste_type(p, line->text + p->typed, n, p->typed ? "" : str_cstr(&p->shown), e))
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
    if (!paste_type(p, "\r", 1, "\r", e))
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

bool paste_read(struct pasting *p, int64_t until_ms, struct err *e)
{
    size_t got;
    if (p->s->boot.seen)
        return boot_fail(p->s, e);
    return line_read(&p->s->line, until_ms, true, &got, e) && (!p->s->boot.seen || boot_fail(p->s, e));
}

static bool fail_broken(struct pasting *p, struct err *e)
{
    return paste_fail(p, ERR_UNREAD, p->at,
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
    if (++p->tries > PASTE_TRIES)
        return paste_fail(p, ERR_UNREAD, p->at,
                          "was typed three times and came back damaged: the line loses characters", e);
    bool known = p->ready;
    if (!paste_clear(p, e))
        return false;
    if (!known) {
        size_t len;
        const char *text = line_unfinished(&p->s->line, &len);
        paste_arrive(p, text, len, 0);
    }
    p->rowed = false;
    p->out->repeated++;
    return true;
}

/* Some prompt of the mode with text behind it. */
bool paste_prompt_and_more(const struct pasting *p, const char *text, size_t len)
{
    for (size_t i = 1; i < len && i < MATCH_PROMPT_MAX_BYTES; i++) {
        const struct prompt *found =
            strchr("#>$%] ", text[i - 1]) ? match_prompt(p->s->dialect, text, i) : NULL;
        if (found && found->state == p->mode)
            return true;
    }
    return false;
}

bool paste_fail_asked(struct pasting *p, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&p->s->line, &len);
    char *words = session_quote(p->s, text, len, 120);
    p->s->state = STATE_UNKNOWN;
    err_fail(e, ERR_STATE, FAILURE_QUESTION_UNKNOWN,
             "%s: after line %u of the configuration the switch asks \"%s\"; nothing was answered",
             session_name(p->s), paste_line_number(p, p->at - 1), words);
    mem_free(words);
    return false;
}

bool paste_fail_logged_out(struct pasting *p, struct err *e)
{
    p->s->state = STATE_UNKNOWN;
    return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "%s: line %u of the configuration logged us out",
                    session_name(p->s), paste_line_number(p, p->at - 1));
}

static enum turn went(bool ok)
{
    return ok ? TURN_ON : TURN_FAILED;
}

/* What stands there is no prompt that is known: it may be one that was damaged on the way. A row that has
   ended since the line before may have been a part of this one that ran; and nothing is typed at a question. */
static bool may_look_again(struct pasting *p, size_t len)
{
    return p->s->dialect->redraw && p->looks < PASTE_TRIES && len > 0 && p->heard == 0 && !p->broken_at &&
           session_sight(p->s).state != STATE_QUESTION;
}

/* The end of a line was typed: it comes back as a finished row, or shows that it was lost. */
static enum turn turn_returning(struct pasting *p, const char *text, size_t len, struct err *e)
{
    const struct paste_line *line = paste_line_at(p, p->at - 1);
    int64_t quiet_ms = line_quiet_ms(&p->s->line);
    const char *rest = "";
    size_t rest_len = 0;
    bool mine = paste_row_shows(&p->prompt, p->in_row, text, len, &rest, &rest_len);
    size_t n = mine ? paste_common(rest, rest_len, line->text + p->from, line->len - p->from) : 0;
    bool whole = mine && p->from + n == line->len;
    paste_see_redraw(p, text, len);
    if (p->broken_at == SIZE_MAX && paste_quiet(p))
        return went(paste_fail(p, ERR_UNREAD, p->at - 1, "its end came back as something else", e));
    if (whole && n < rest_len && paste_quiet(p))
        return went(repeat_line(p, e)); /* behind it stands what should have been its end, or the next line */
    if (whole && quiet_ms >= PASTE_ECHO_STALL_MS && p->s->line.raw_bytes == p->raw_at_return)
        return went(repeat_line(p, e));
    if (quiet_ms >= or_else(p->step->stall_ms, PASTE_STALL_MS))
        return went(paste_fail(p, ERR_TIMEOUT, p->at - 1, "the switch fell silent after it", e));
    return TURN_ON;
}

/* A line was executed: its output is coming, then a prompt. */
static enum turn turn_waiting(struct pasting *p, const char *text, size_t len, struct err *e)
{
    int64_t quiet_ms = line_quiet_ms(&p->s->line);
    if (paste_look_for_prompt(p, text, len))
        return TURN_ON;
    if (paste_quiet(p) && len) {
        struct sight sight = session_sight(p->s);
        if (sight.state == STATE_LOGIN)
            return went(paste_fail_logged_out(p, e));
        if (sight.state == STATE_PAGER || sight.state == STATE_FIRST_BOOT ||
            (sight.state == STATE_QUESTION && (!sight.unknown || quiet_ms >= QUESTION_QUIET_MS)))
            return went(paste_fail_asked(p, e));
    }
    if (p->typed && quiet_ms >= PASTE_ECHO_STALL_MS && paste_prompt_and_more(p, text, len))
        return went(repeat_line(p, e));
    if (quiet_ms >= PASTE_ECHO_STALL_MS && may_look_again(p, len))
        return went(paste_look_again(p, e));
    if (quiet_ms >= or_else(p->step->stall_ms, PASTE_STALL_MS))
        return went(paste_fail(p, ERR_TIMEOUT, p->at - 1, "no prompt came after it", e));
    return TURN_ON;
}

/* What stands there is how the line begins, and how its rest would if a return had run the part that broke off: "   description"
   behind one blank. */
static bool may_be_rest(const struct pasting *p, const struct paste_line *line)
{
    for (size_t at = p->broken_at; at <= p->broken_at + 1 && at < line->len; at++)
        if (paste_common(line->text, p->acked, line->text + at, line->len - at) ==
            (p->acked < line->len - at ? p->acked : line->len - at))
            return true;
    return false;
}

/* The prompt is there and the line is being typed. */
static enum turn turn_typing(struct pasting *p, const char *text, size_t len, struct err *e)
{
    const struct paste_line *line = paste_line_at(p, p->at);
    bool right = paste_judge_echo(p, text, len);
    if (p->broken_at && right && p->in_row && p->acked >= p->broken_at && !may_be_rest(p, line))
        p->broken_at = 0; /* all of it stands there again: nothing was executed */
    if (p->broken_at && (!right || p->in_row || !p->noise_since))
        return went(!paste_quiet(p) || fail_broken(p, e));
    if (p->broken_at && !paste_quiet(p))
        return TURN_ON; /* it may yet be drawn anew */
    if (!right && paste_shows_line_before(p, text, len))
        return went(!paste_quiet(p) ||
                    paste_fail(p, ERR_UNREAD, p->at - 1,
                               "a log line came with its end, and it stands there again", e));
    if (!right && paste_quiet(p))
        return went(repeat_line(p, e));
    if (right && p->acked == line->len && p->typed == line->len)
        return went(type_return(p, e));
    if (p->typed > p->acked && line_quiet_ms(&p->s->line) >= PASTE_ECHO_STALL_MS)
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
           paste_type(p, end, strlen(end), "", e);
}

/* Refused, or at the end: nothing more is typed but what clears the line and closes the paste. */
static enum turn turn_ending(struct pasting *p, struct err *e)
{
    if (p->typed && !paste_clear(p, e))
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
    return p->prompt.len && !p->cut_prompt && paste_prompt_state(p) != p->mode && p->at < p->lines.count;
}

static enum turn turn(struct pasting *p, struct err *e)
{
    if (paste_goes_ahead(p)) {
        tell_progress(p);
        return went(paste_ahead(p, e) && paste_read(p, line_now_ms(&p->s->line) + paste_ahead_wait_ms(p), e));
    }
    size_t len;
    const char *text = line_unfinished(&p->s->line, &len);
    uint64_t writes = p->s->line.writes;
    size_t at = p->at;
    enum turn next;
    tell_progress(p);
    if (p->ready && (p->refusal || p->at == p->lines.count))
        next = paste_quiet(p) || !p->typed ? turn_ending(p, e) : TURN_ON;
    else if (p->returning)
        next = turn_returning(p, text, len, e);
    else if (!p->ready)
        next = turn_waiting(p, text, len, e);
    else if (left_mode(p) && may_look_again(p, len))
        next = went(!paste_quiet(p) || paste_look_again(p, e));
    else if (left_mode(p))
        next = went(
            paste_fail(p, ERR_STATE, p->at - 1, "it left the mode that the configuration is typed in", e));
    else
        next = turn_typing(p, text, len, e);
    if (next != TURN_ON)
        return next;
    bool goes_on_below = p->noise_since && !p->in_row && paste_quiet(p);
    if ((!p->broken_at || goes_on_below) && !type_ahead(p, e))
        return TURN_FAILED;
    if (p->s->line.writes != writes || p->at != at)
        return paste_read(p, line_now_ms(&p->s->line), e) ? TURN_ON : TURN_FAILED;
    int64_t step = or_else(p->s->dialect->settle_ms, SETTLE_MS);
    return paste_read(p, line_now_ms(&p->s->line) + step, e) ? TURN_ON : TURN_FAILED;
}

static void begin(struct pasting *p)
{
    size_t len;
    const char *text = line_unfinished(&p->s->line, &len);
    paste_take_prompt(p, text, len, 0);
    p->prompt_blanks = len - match_trim(text, len);
    p->mode = p->s->state;
    p->began_ms = line_now_ms(&p->s->line);
    p->s->sink = paste_hear;
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
    if (!whole && p->going_ahead && !s->line.lost && !s->boot.seen)
        paste_ahead_settle(p);
    if (!whole && (e->code == ERR_UNREAD || e->code == ERR_TIMEOUT) && !s->line.lost && !s->boot.seen &&
        s->unfinished_line)
        paste_clear(p, NULL);
    s->sink = NULL;
    s->sink_ctx = NULL;
    line_show_held(&s->line);
    s->state = s->boot.seen ? STATE_BOOTING : STATE_UNKNOWN;
    if (!s->boot.seen && !s->line.lost && !s->unfinished_line && paste_stands_at_prompt(p) && p->prompt.len) {
        s->state = paste_prompt_state(p);
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
    return paste_fail(p, ERR_FAILED, p->at ? p->at - 1 : 0, "what should say that all went well did not come",
                      e);
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
                          .window = what->window_bytes   ? what->window_bytes
                                    : step->window_bytes ? step->window_bytes
                                                         : WINDOW_BYTES};
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
