/* Changing a switch: one step of a declared procedure at a time, under the permit that was spent for it. What the switch asks meanwhile
   is answered only where the step lists the question. */
#include "session/change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"

enum { FIRST_BOOT_MS = 5000, PROGRESS_EVERY_MS = 500, COMMAND_BYTES = 511, GROUPS = 2 };

struct running {
    const struct procedure_step *step;
    const struct change_watch *watch;
    int64_t began_ms, told_ms;
    int percent;
    uint64_t done_bytes;
};

uint64_t session_epoch(const struct session *s)
{
    return s->epoch;
}

bool change_typed(const struct session *s)
{
    return s->begun.typed;
}

bool change_declared(const struct session *s, const struct procedure *p, size_t i, enum step_kind kind,
                     struct err *e)
{
    const struct dialect *d = s->dialect;
    uintptr_t at = (uintptr_t)p, first = (uintptr_t)d->procedures;
    if (!d->procedure_count || at < first || at >= (uintptr_t)(d->procedures + d->procedure_count))
        return err_set(e, ERR_STATE, "procedure %s is not declared by platform %s: nothing was sent", p->name,
                       d->platform);
    if (i < p->step_count && p->steps[i].kind == kind)
        return true;
    return err_set(e, ERR_STATE, "procedure %s has no such step: nothing was sent", p->name);
}

bool change_begin(struct session *s, struct permit *permit, const struct procedure *p, struct err *e)
{
    if (s->begun.permit)
        return err_set(e, ERR_STATE, "%s: procedure %s has not ended: nothing was sent", session_name(s),
                       s->begun.procedure->name);
    if (p->step_count && !change_declared(s, p, 0, p->steps[0].kind, e))
        return false;
    if (session_late_bytes(s))
        return err_fail(
            e, ERR_UNREAD, FAILURE_GUARD_UNPROVEN,
            "%s: bytes came after the last answer had ended, so the evidence is not to be trusted; %s "
            "was not begun, nothing was typed",
            session_name(s), p->name);
    return permit_spend(permit, s, p, e);
}

/* The dialogue of first boot itself is where such a step is typed, before any login. */
static bool first_boot_ready(struct session *s, struct err *e)
{
    struct sight sight;
    if (!session_listen(s, line_now_ms(&s->line) + FIRST_BOOT_MS, &sight, e))
        return false;
    if (sight.state != STATE_FIRST_BOOT)
        return err_set(e, ERR_STATE, "%s: no first-boot dialogue stands there: nothing was sent",
                       session_name(s));
    s->state = STATE_FIRST_BOOT;
    return true;
}

/* At a prompt of the step's mode. Half a line that stands there ends it: a return would run it. */
bool change_ready(struct session *s, const struct procedure_step *step, struct err *e)
{
    if (step->mode == STATE_FIRST_BOOT)
        return first_boot_ready(s, e);
    if (s->boot.seen)
        return boot_fail(s, e);
    if (!s->logged_in)
        return err_set(e, ERR_STATE, "%s: not logged in: nothing was sent", session_name(s));
    if (!session_drain(s, e))
        return false;
    if (!state_is_prompt(s->state) && !session_resync(s, e))
        return false;
    s->late = false;
    return session_mode(s, step->mode == STATE_UNKNOWN ? s->dialect->home : step->mode, e);
}

static void tell(struct running *r, struct session *s)
{
    struct change_progress p = {.about = r->step->about ? r->step->about : r->step->command,
                                .percent = r->percent,
                                .done_bytes = r->done_bytes,
                                .elapsed_ms = line_now_ms(&s->line) - r->began_ms};
    r->told_ms = line_now_ms(&s->line);
    r->watch->progress(r->watch->ctx, &p);
}

/* The last number that the unfinished line shows: bars are written over and over in it. */
static void look_for_progress(void *ctx, struct session *s)
{
    struct running *r = ctx;
    struct regex_span spans[GROUPS];
    size_t len, from = 0;
    const char *text = line_unfinished(&s->line, &len);
    if (!r->watch || !r->watch->progress || line_now_ms(&s->line) - r->told_ms < PROGRESS_EVERY_MS)
        return;
    while (r->step->progress && len <= MATCH_PROMPT_MAX_BYTES && from <= len &&
           regex_match(r->step->progress, text, len, from, spans, GROUPS) == REGEX_MATCH &&
           spans[1].start != REGEX_UNSET) {
        uint64_t n = strtoull(text + spans[1].start, NULL, 10);
        if (r->step->progress_is_bytes)
            r->done_bytes = n;
        else
            r->percent = n > 100 ? 100 : (int)n;
        from = spans[0].end > from ? spans[0].end : from + 1;
    }
    tell(r, s);
}

static bool line_matches(const struct regex *re, const char *text, size_t len)
{
    return re && regex_match(re, text, len, 0, NULL, 0) == REGEX_MATCH;
}

enum failure change_refusal(const struct session *s, const struct procedure_step *step, const char *text,
                            size_t len)
{
    for (size_t i = 0; i < step->failure_count; i++)
        if (line_matches(step->failures[i].regex, text, len))
            return step->failures[i].failure ? step->failures[i].failure : step->code;
    if (!match_any(&s->dialect->rejected, text, len, NULL))
        return FAILURE_NONE;
    return step->code ? step->code : FAILURE_COMMAND_REJECTED;
}

static bool fail_refused(const struct session *s, struct answer *a, enum failure failure, const char *line,
                         size_t len, struct err *e)
{
    char *words = session_quote(s, line, len, 160);
    a->status = ANSWER_REJECTED;
    err_fail(e, ERR_REJECTED, failure, "%s: the switch answered \"%s\" with \"%s\"", session_name(s),
             a->command, words);
    mem_free(words);
    return false;
}

/* Every line of the answer counts: a copy may fail at its very end. */
static bool judge(const struct session *s, const struct procedure_step *step, struct answer *a, struct err *e)
{
    bool good = step->success == NULL;
    const char *p = str_cstr(&a->text);
    for (size_t len; *p; p += len + (p[len] == '\n')) {
        len = strcspn(p, "\n");
        enum failure failure = change_refusal(s, step, p, len);
        if (failure != FAILURE_NONE)
            return fail_refused(s, a, failure, p, len, e);
        good = good || line_matches(step->success, p, len);
    }
    if (good)
        return true;
    char *tail = session_tail(s, 120);
    err_fail(e, ERR_FAILED, step->code,
             "%s: what should say that \"%s\" went well did not come; the last bytes are \"%s\"",
             session_name(s), a->command, tail);
    mem_free(tail);
    return false;
}

static bool check_end(struct session *s, const struct procedure_step *step, const struct exchange *x,
                      enum state from, struct err *e)
{
    enum state wanted = step->then == STATE_UNKNOWN ? from : step->then;
    if (x->gone)
        return true;
    if (step->reloads)
        return err_fail(e, ERR_FAILED, step->code ? step->code : FAILURE_REBOOT_TIMEOUT,
                        "%s: after \"%s\" the prompt came back: the switch does not restart", session_name(s),
                        x->text);
    return s->state == wanted ||
           err_fail(e, ERR_FAILED, step->code, "%s: after \"%s\" the switch was in mode %s instead of %s",
                    session_name(s), x->text, state_name(s->state), state_name(wanted));
}

/* Silence and the like end in the step's own code; what has a code that says more keeps it. */
static void own_code(const struct procedure_step *step, struct err *e)
{
    if (step->code && (e->failure == FAILURE_COMMAND_TIMEOUT || e->failure == FAILURE_PARSE_FAILURE))
        e->failure = step->code;
}

/* A copy that hangs holds the line, so nothing could take it back. Whether the prompt is there again is proven, not believed. */
static void interrupt(struct session *s, const struct procedure_step *step, struct answer *a, struct err *why)
{
    const char key[] = {step->interrupt, '\0'};
    struct typing t = {
        .kind = SENT_INTERRUPT, .text = key, .no_return = true, .query = s->begun.procedure->name};
    struct err e = {0}, stalled = *why;
    if (!step->interrupt || a->status != ANSWER_TIMED_OUT || s->line.lost || s->boot.seen ||
        session_sight(s).state != STATE_UNKNOWN)
        return;
    s->begun.stalled = true;
    bool back = session_type(s, &t, NULL, &e) && session_resync(s, &e);
    s->begun.stalled = false;
    err_fail(why, stalled.code, stalled.failure, "%s; Ctrl-C %s%s", stalled.msg,
             back ? "brought its prompt back" : "did not bring its prompt back: ", back ? "" : e.msg);
}

static bool run_line(struct session *s, const struct procedure_step *step, const char *command,
                     const char *const *replies, struct running *r, struct answer *out, struct err *e)
{
    struct exchange x = {.kind = SENT_CHANGE,
                         .text = command,
                         .query = s->begun.procedure->name,
                         .stall_ms = step->stall_ms,
                         .total_ms = step->total_ms,
                         .then = step->then,
                         .step = step,
                         .replies = replies,
                         .watch = look_for_progress,
                         .watch_ctx = r,
                         .answer = out};
    enum state from = s->state;
    uint64_t writes = s->line.writes;
    struct err why = {0};
    bool ok =
        session_exchange(s, &x, &why) && judge(s, step, out, &why) && check_end(s, step, &x, from, &why);
    s->accepted = false;
    if (s->options.hooks.after_answer && s->line.writes != writes)
        s->options.hooks.after_answer(s->options.hooks.ctx, out->event, out);
    if (ok)
        return true;
    interrupt(s, step, out, &why);
    own_code(step, &why);
    return err_fail(e, why.code, why.failure, "%s", why.msg);
}

static bool fill_replies(const struct procedure_step *step, const struct argument *args, size_t count,
                         char **replies, struct err *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < step->answer_count; i++) {
        struct str text = STR_MAX(COMMAND_BYTES);
        ok = session_fill("an answer", step->answers[i].send, args, count, &text, e);
        replies[i] = mem_strdup(str_cstr(&text));
        str_clear(&text);
    }
    return ok;
}

bool change_step(struct session *s, struct permit *permit, const struct procedure *p, size_t i,
                 const struct argument *args, size_t arg_count, const struct change_watch *watch,
                 struct answer *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    out->status = ANSWER_LOST;
    if (!permit_covers(permit, s, p, e) || !change_declared(s, p, i, STEP_RUN, e))
        return false;
    const struct procedure_step *step = &p->steps[i];
    struct running r = {.step = step, .watch = watch, .began_ms = line_now_ms(&s->line), .percent = -1};
    struct str command = STR_MAX(COMMAND_BYTES);
    char **replies = mem_alloc_array(step->answer_count + 1, sizeof *replies);
    bool ok = session_fill(p->name, step->command, args, arg_count, &command, e) &&
              fill_replies(step, args, arg_count, replies, e) && change_ready(s, step, e);
    s->begun.step = ok ? step : NULL;
    ok = ok && run_line(s, step, str_cstr(&command), (const char *const *)replies, &r, out, e);
    s->begun.step = NULL;
    for (size_t k = 0; k < step->answer_count; k++)
        mem_free(replies[k]);
    mem_free(replies);
    str_clear(&command);
    return ok;
}

bool change_end(struct session *s, struct permit *permit, struct err *e)
{
    if (!permit || permit != s->begun.permit)
        return err_set(e, ERR_STATE, "%s: nothing was begun under this permit", session_name(s));
    bool away = s->boot.seen || s->line.lost || !s->logged_in || !permit_holds(s);
    bool ok =
        away || ((state_is_prompt(s->state) || session_resync(s, e)) && session_mode(s, s->dialect->home, e));
    s->begun = (struct begun){0};
    return ok;
}
