/* One line typed at a proven prompt, and what came of it: the echo, the output, the prompt that ends it. The bytes are looked at
   once: lines as they finish, the unfinished line only when it is the exact prompt or has been quiet. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "session/echo.h"
#include "session/inner.h"
#include "session/matcher.h"
#include "session/procedure.h"

enum {
    STALL_MS = 30 * 1000,
    LOGGED_OUT_QUIET_MS = 1000,
    ANSWER_MAX_BYTES = 16 * 1024 * 1024,
    ANSWERS_MAX = 3,
    SLOW_MS = 2000, /* TACACS+ clients give a server 5 s, RADIUS 3 s */
    SLOW_RUN = 3,
    RETURNS_MAX = 2,
    STEP_QUESTIONS = 32
};

struct reading {
    struct exchange *x;
    struct answer *a;
    enum state from;
    struct str prompt;  /* where the line was typed */
    struct str partial; /* a row's beginning, before a log line cut it */
    bool echoed, first; /* the echo was seen; the first line of output is yet to come */
    bool strange;       /* lines before the echo that nothing explains */
    bool glued;         /* a log line came directly behind the prompt: it has to be asked for again */
    const struct sign *pager;
    struct sign asked; /* the step's own question that stands there, and its answer */
    size_t asked_index;
    unsigned asked_times[STEP_QUESTIONS];
    unsigned answers, returns;
    uint64_t raw_began, judged_at;
    int64_t began_ms, echo_ms, first_ms; /* the echo was whole; the answer began. -1: not yet */
    struct sight sight;                  /* of the unfinished line, as judged */
};

enum turn { TURN_ON, TURN_DONE, TURN_FAILED };

static bool begins(const char *text, size_t len, const struct str *with)
{
    return with->len && len >= with->len && memcmp(text, with->data, with->len) == 0;
}

static bool explained(const struct session *s, const struct reading *r, const char *text, size_t len)
{
    if (begins(text, len, &r->prompt)) {
        text += r->prompt.len;
        len -= r->prompt.len;
    }
    return match_trim(text, len) == 0 || noise_is(s, text, len);
}

static void hear_echo(struct session *s, struct reading *r, const char *text, size_t len)
{
    enum echo_verdict verdict = echo_judge(r->x->text, &r->prompt, text, len, &s->line.raw);
    size_t want = strlen(r->x->text);
    if (verdict == ECHO_PART && !r->x->old_first)
        return; /* wrapped by a line feed: the rest follows */
    if (verdict == ECHO_NOT && r->x->old_first && len >= want &&
        memcmp(text + len - want, r->x->text, want) == 0)
        verdict = ECHO_WHOLE; /* old text that stood on the line is before it */
    str_reset(&s->line.raw);
    if (verdict != ECHO_WHOLE) {
        r->strange = r->strange || (!r->x->old_first && !explained(s, r, text, len));
        return;
    }
    r->echoed = r->first = true;
    r->echo_ms = line_now_ms(&s->line);
    s->line.watch_raw = false;
    if (r->strange && s->accepted)
        s->late = true;
    r->strange = false;
}

/* Where the pager was not erased by the switch itself it still stands in the row. True: nothing else was in it. */
static bool unpage(struct reading *r, struct str *row)
{
    struct regex_span at;
    const struct sign_list one = {(struct sign *)r->pager, 1};
    bool was_there = match_any(&one, str_cstr(row), row->len, &at) != NULL;
    r->pager = NULL;
    if (was_there) {
        struct str rest = {0};
        str_add(&rest, row->data, at.start);
        str_add(&rest, row->data + at.end, row->len - at.end);
        str_clear(row);
        *row = rest;
    }
    row->len = match_trim(str_cstr(row), row->len);
    return was_there && row->len == 0;
}

static void add_row(struct reading *r, const char *text, size_t len)
{
    str_add(&r->a->text, str_cstr(&r->partial), r->partial.len);
    str_reset(&r->partial);
    str_add(&r->a->text, text, len);
    str_add_char(&r->a->text, '\n');
}

static void hear_row(struct session *s, struct reading *r, const char *text, size_t len)
{
    size_t cut;
    bool first = r->first;
    r->first = false;
    if (first && echo_judge(r->x->text, &r->prompt, text, len, &(struct str){0}) == ECHO_WHOLE)
        return; /* a switch that fell behind repeats the echo */
    if (begins(text, len, &r->prompt) && noise_is(s, text + r->prompt.len, len - r->prompt.len)) {
        r->glued = true;
    } else if (r->glued && match_trim(text, len) == 0) {
        return; /* what our carriage return made */
    } else if (noise_is(s, text, len)) {
        r->a->noisy = r->a->noisy || !r->glued;
    } else if ((cut = noise_cut(s, text, len)) != SIZE_MAX) {
        str_add(&r->partial, text, cut);
        r->a->noisy = true;
    } else {
        r->a->noisy = r->a->noisy || r->glued;
        add_row(r, text, len);
    }
}

static void hear(struct session *s, void *ctx, const char *text, size_t len)
{
    struct reading *r = ctx;
    if (r->echoed && r->first_ms < 0)
        r->first_ms = line_now_ms(&s->line);
    if (!r->echoed) {
        hear_echo(s, r, text, len);
    } else if (!r->pager) {
        hear_row(s, r, text, len);
    } else {
        struct str row = {0};
        str_add(&row, text, len);
        if (!unpage(r, &row))
            hear_row(s, r, str_cstr(&row), row.len);
        str_clear(&row);
    }
}

static bool is_end(const struct reading *r, enum state state)
{
    if (!r->echoed)
        return false;
    return state == r->from || (r->x->then != STATE_UNKNOWN && state == r->x->then) ||
           (r->x->any_end && (state_is_prompt(state) || state == STATE_LOGIN || state == STATE_PASSWORD));
}

static int64_t stall(const struct reading *r)
{
    return or_else(r->x->stall_ms, STALL_MS);
}

/* How long the line must have been quiet before what it says is acted upon. */
static int64_t quiet_needed(const struct session *s, const struct reading *r)
{
    int64_t settle = or_else(s->dialect->settle_ms, SETTLE_MS);
    size_t len;
    line_unfinished(&s->line, &len);
    switch (r->sight.state) {
    case STATE_UNKNOWN:
        return r->glued && len == 0 && r->returns < RETURNS_MAX ? WAKE_QUIET_MS : stall(r);
    case STATE_QUESTION:
        return r->sight.unknown ? stall(r) : settle;
    case STATE_LOGIN:
        return r->x->any_end ? settle : LOGGED_OUT_QUIET_MS;
    default:
        return is_end(r, r->sight.state) || r->sight.state == STATE_PAGER ? settle
               : state_is_prompt(r->sight.state) && !r->echoed            ? stall(r)
                                                                          : LOGGED_OUT_QUIET_MS;
    }
}

static bool fail_stalled(struct session *s, const struct reading *r, const char *why, struct err *e)
{
    char *tail = session_tail(s, 60);
    r->a->status = ANSWER_TIMED_OUT;
    if (r->strange) {
        r->a->status = ANSWER_CUT;
        err_fail(e, ERR_UNREAD, FAILURE_PARSE_FAILURE,
                 "%s: the echo of \"%s\" was not seen, other bytes were: the dialogue is out of step",
                 session_name(s), r->x->text);
    } else {
        err_fail(
            e, ERR_TIMEOUT, FAILURE_COMMAND_TIMEOUT,
            "%s: %s after \"%s\"%s: %" PRIu64 " bytes came, the last are \"%s\"%s", session_name(s), why,
            r->x->text, r->echoed ? "" : " (its echo never came)", s->line.raw_bytes - r->raw_began, tail,
            r->echoed && r->first_ms < 0 && s->slow.run ? "; the command before was slow to begin too: the "
                                                          "switch may wait for an AAA server (TACACS+) "
                                                          "that is slow or down"
                                                        : "");
    }
    mem_free(tail);
    return false;
}

static bool fail_asked(struct session *s, struct reading *r, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    char *words = session_quote(s, text, len, 120);
    enum failure failure =
        r->sight.sign && r->sight.sign->failure ? r->sight.sign->failure : FAILURE_QUESTION_UNKNOWN;
    r->a->status = ANSWER_CUT;
    err_fail(e, ERR_STATE, failure, "%s: after \"%s\" the switch asks \"%s\"; nothing was answered",
             session_name(s), r->x->text, words);
    mem_free(words);
    return false;
}

static bool fail_moved(struct session *s, struct reading *r, struct err *e)
{
    r->a->status = ANSWER_LOST;
    if (r->sight.state == STATE_LOGIN)
        return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "%s: the switch logged us out after \"%s\"",
                        session_name(s), r->x->text);
    return err_fail(e, ERR_STATE, FAILURE_CONSOLE_LOST,
                    "%s: after \"%s\" the switch was in mode %s instead of %s", session_name(s), r->x->text,
                    state_name(r->sight.state), state_name(r->from));
}

/* Within a change the dialect's own answers do not count: only what the step lists, and that as often as it says. */
static struct sight sight_of(struct session *s, struct reading *r)
{
    const struct procedure_step *step = r->x->step;
    struct sight sight = session_sight(s);
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    if (!step || s->boot.seen || len == 0 || s->line.raw_bytes == s->line.raw_at_send)
        return sight;
    for (size_t i = 0; i < step->answer_count && i < STEP_QUESTIONS; i++) {
        if (regex_match(step->answers[i].regex, text, len, 0, NULL, 0) != REGEX_MATCH)
            continue;
        bool may = r->asked_times[i] < (step->answers[i].times ? step->answers[i].times : 1);
        r->asked = (struct sign){.text = step->answers[i].text, .send = may ? r->x->replies[i] : NULL};
        r->asked_index = i;
        return (struct sight){STATE_QUESTION, &r->asked, false};
    }
    if (sight.state == STATE_QUESTION && !sight.unknown)
        sight.sign = NULL;
    return sight;
}

static enum turn answer(struct session *s, struct reading *r, struct err *e)
{
    const struct sign *sign = r->sight.sign;
    bool paging = r->sight.state == STATE_PAGER;
    bool own = sign && sign == &r->asked;
    if (!sign || !sign->send || (!paging && !own && r->answers >= ANSWERS_MAX)) {
        fail_asked(s, r, e);
        return TURN_FAILED;
    }
    struct typing t = {.kind = own ? SENT_CHANGE : SENT_ANSWER,
                       .text = sign->send,
                       .query = r->x->query,
                       .no_return = paging};
    r->pager = paging ? sign : NULL;
    r->answers += !paging && !own;
    if (own)
        r->asked_times[r->asked_index]++;
    s->state = r->sight.state;
    r->judged_at = UINT64_MAX; /* what stands there now is answered */
    return session_type(s, &t, NULL, e) ? TURN_ON : TURN_FAILED;
}

static enum turn ask_again(struct session *s, struct reading *r, struct err *e)
{
    struct typing t = {.kind = SENT_WAKE, .text = "", .query = r->x->query};
    r->returns++;
    r->judged_at = UINT64_MAX;
    return session_type(s, &t, NULL, e) ? TURN_ON : TURN_FAILED;
}

/* The line has been quiet for as long as its meaning asks. */
static enum turn act(struct session *s, struct reading *r, struct err *e)
{
    enum state state = r->sight.state;
    r->x->gone = state == STATE_LOGIN && r->x->step && r->x->step->reloads;
    if (is_end(r, state) || r->x->gone) {
        r->x->end = r->sight;
        return TURN_DONE;
    }
    if (state == STATE_UNKNOWN) {
        if (quiet_needed(s, r) < stall(r))
            return ask_again(s, r, e);
        fail_stalled(s, r, "the switch fell silent", e);
        return TURN_FAILED;
    }
    if (state == STATE_PAGER || state == STATE_QUESTION)
        return answer(s, r, e);
    if (state == STATE_LOGIN || (state_is_prompt(state) && r->echoed))
        fail_moved(s, r, e);
    else if (state_is_prompt(state))
        fail_stalled(s, r, "the switch fell silent", e);
    else
        fail_asked(s, r, e);
    return TURN_FAILED;
}

static bool out_of_bounds(struct session *s, struct reading *r, int64_t now_ms, struct err *e)
{
    size_t max = r->x->max_bytes ? r->x->max_bytes : ANSWER_MAX_BYTES;
    if (s->boot.seen) {
        r->a->status = ANSWER_LOST;
        boot_fail(s, e);
    } else if (s->line.raw_bytes - r->raw_began > max) {
        r->a->status = ANSWER_CUT;
        err_fail(e, ERR_LIMIT, FAILURE_PARSE_FAILURE,
                 "%s: the answer to \"%s\" is longer than the %zu bytes allowed", session_name(s), r->x->text,
                 max);
    } else if (terminal_overlong(s->line.terminal)) {
        r->a->status = ANSWER_CUT;
        terminal_reset(s->line.terminal); /* the flag; what is left of that line means nothing */
        err_fail(e, ERR_LIMIT, FAILURE_PARSE_FAILURE,
                 "%s: the answer to \"%s\" has a line longer than %d bytes", session_name(s), r->x->text,
                 TERMINAL_LINE_MAX_BYTES);
    } else if (r->x->total_ms && now_ms - r->began_ms >= r->x->total_ms) {
        fail_stalled(s, r, "no prompt came in the time allowed", e);
    } else {
        return false;
    }
    return true;
}

/* A step that reloads ends when the line says that the switch has left: a sign of booting, a login prompt, a line that broke. */
static bool has_gone(const struct session *s, struct reading *r)
{
    if (!r->x->step || !r->x->step->reloads)
        return false;
    r->x->gone = r->x->gone || s->boot.seen || s->line.lost;
    if (r->x->gone)
        r->x->end = (struct sight){.state = s->boot.seen ? STATE_BOOTING : STATE_UNKNOWN};
    return r->x->gone;
}

static bool exact_end(const struct session *s, const struct reading *r)
{
    return r->echoed && s->line.raw_bytes != s->line.raw_at_send && line_is(&s->line, &r->prompt);
}

static enum turn turn(struct session *s, struct reading *r, struct err *e)
{
    int64_t now = line_now_ms(&s->line), last = now - line_quiet_ms(&s->line);
    int64_t settle = or_else(s->dialect->settle_ms, SETTLE_MS), until = last + settle;
    size_t got;
    if (r->x->watch)
        r->x->watch(r->x->watch_ctx, s);
    if (has_gone(s, r))
        return TURN_DONE;
    if (out_of_bounds(s, r, now, e))
        return TURN_FAILED;
    if (exact_end(s, r)) { /* zero quiet: only what is there already may contradict */
        if (!line_read(&s->line, now, true, &got, e))
            return TURN_FAILED;
        r->x->end = (struct sight){.state = r->from};
        return got ? TURN_ON : TURN_DONE;
    }
    if (now >= until) {
        if (r->judged_at != s->line.raw_bytes)
            r->sight = sight_of(s, r);
        r->judged_at = s->line.raw_bytes;
        if (s->boot.seen)
            return TURN_ON;
        until = last + quiet_needed(s, r);
        if (now >= until)
            return act(s, r, e);
    }
    if (r->x->total_ms && until > r->began_ms + r->x->total_ms)
        until = r->began_ms + r->x->total_ms;
    if (line_read(&s->line, until, true, &got, e))
        return TURN_ON;
    return has_gone(s, r) ? TURN_DONE : TURN_FAILED;
}

static void begin(struct session *s, struct reading *r)
{
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    str_add(&r->prompt, text, len);
    r->from = s->state;
    r->raw_began = s->line.raw_bytes;
    r->judged_at = UINT64_MAX;
    r->began_ms = line_now_ms(&s->line);
    r->echo_ms = r->first_ms = -1;
    s->sink = hear;
    s->sink_ctx = r;
    str_reset(&s->line.raw);
    s->line.watch_raw = true;
    snprintf(r->a->command, sizeof r->a->command, "%s", r->x->text);
    str_reset(&r->a->text);
    r->a->status = ANSWER_LOST;
    line_show_held(&s->line);
    r->a->received_from = s->line.received;
}

/* The echo comes from the line, the answer waits for whoever allows commands: an AAA server that is slow or down. */
static void judge_pace(struct session *s, const struct reading *r)
{
    if (r->x->kind != SENT_QUERY && r->x->kind != SENT_SETTING)
        return;
    int64_t first = r->first_ms >= 0 ? r->first_ms : s->line.last_byte_ms, gap = first - r->echo_ms;
    if (r->echo_ms < 0 || gap < SLOW_MS || r->echo_ms - r->began_ms > gap / 2) {
        s->slow.run = 0;
        return;
    }
    s->slow.ms = gap;
    if (++s->slow.run == SLOW_RUN)
        session_note(s,
                     "each of the last %d commands was echoed at once and began its answer %" PRId64
                     " s later: the switch may wait for an AAA server (TACACS+) that is slow or down",
                     SLOW_RUN, gap / 1000);
}

static bool end(struct session *s, struct reading *r, bool ok)
{
    if (ok)
        judge_pace(s, r);
    if (r->partial.len)
        add_row(r, "", 0);
    if (ok) {
        r->a->status = ANSWER_OK;
        s->state = r->x->end.state;
        s->present = !r->x->gone;
        if (state_is_prompt(s->state))
            session_learn(s, s->state);
        line_show_held(&s->line);
    } else if (s->state != STATE_BOOTING && s->state != STATE_LOADER) {
        s->state = STATE_UNKNOWN;
    }
    r->a->received_to = s->line.received;
    s->line.watch_raw = false;
    s->sink = NULL;
    s->sink_ctx = NULL;
    str_clear(&r->prompt);
    str_clear(&r->partial);
    return ok;
}

bool session_exchange(struct session *s, struct exchange *x, struct err *e)
{
    struct reading r = {.x = x, .a = x->answer};
    int64_t began_us = clock_now_us(s->line.clock);
    enum turn next = TURN_FAILED;
    begin(s, &r);
    struct typing t = {.kind = x->kind, .text = x->text, .query = x->query};
    if (session_type(s, &t, &r.a->event, e))
        do
            next = turn(s, &r, e);
        while (next == TURN_ON);
    r.a->duration_us = clock_now_us(s->line.clock) - began_us;
    return end(s, &r, next == TURN_DONE);
}
