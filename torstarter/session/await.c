/* Watching a switch boot. Nothing is typed to it: the milestones of its platform are recognised as they pass, each with a time of its
   own, so that what is late can be named. A console server may drop the line meanwhile; the same console is opened again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "session/change.h"
#include "session/inner.h"
#include "session/matcher.h"

enum {
    SILENCE_MS = 10 * 60 * 1000, /* where the plan says nothing */
    TOTAL_MS = 30 * 60 * 1000,
    REOPEN_EVERY_MS = 5 * 1000,
    REOPEN_MAX_MS = 5 * 60 * 1000,
    PROMPT_QUIET_MS = 5 * 1000, /* a prompt without a login is believed after so much silence */
    READY_QUIET_MS = 2 * 1000,
    TELL_EVERY_MS = 1000
};

struct watching {
    const struct boot_plan *plan;
    const struct change_watch *watch;
    struct boot_report *out;
    bool any; /* a milestone was seen */
    bool reopened, ready;
    size_t at; /* the last milestone seen */
    int64_t began_ms, reached_ms, heard_ms, told_ms;
    int64_t started_ms; /* when the first milestone was last seen */
    uint64_t heard_bytes;
};

enum outcome { GOES_ON, IS_UP, FAILED };

static void reach(struct session *s, struct watching *w, size_t i)
{
    int64_t now = line_now_ms(&s->line);
    bool anew = !w->any || i < w->at;
    if (w->any && i == w->at && i > 0)
        return;
    if (i == 0 && (!w->any || now - w->started_ms >= BOOT_APART_MS)) {
        w->out->starts++;
        anew = true;
    }
    if (i == 0)
        w->started_ms = now;
    if (!anew && i == w->at)
        return;
    w->any = true;
    w->at = i;
    w->reached_ms = now;
    snprintf(w->out->reached, sizeof w->out->reached, "%s", w->plan->milestones[i].name);
    w->told_ms = 0;
}

static bool has_begun(const struct session *s, const struct watching *w)
{
    return w->any || w->reopened || s->boot.seen;
}

/* One line may show several; the last of them counts. The last milestone of all, a login prompt, is the old system's as long as nothing
   was seen of the restart. */
static void look_for_milestones(struct session *s, struct watching *w, const char *text, size_t len)
{
    size_t count = w->plan->count > 1 && !has_begun(s, w) ? w->plan->count - 1 : w->plan->count;
    for (size_t i = 0; i < count; i++)
        if (regex_match(w->plan->milestones[i].regex, text, len, 0, NULL, 0) == REGEX_MATCH)
            reach(s, w, i);
}

static void hear(struct session *s, void *ctx, const char *text, size_t len)
{
    struct watching *w = ctx;
    look_for_milestones(s, w, text, len);
    w->ready = (w->ready && !s->boot.seen) || (has_begun(s, w) && boot_is_ready(s, text, len));
    session_hear(s, NULL, text, len);
}

static const char *next_name(const struct watching *w)
{
    size_t next = w->any ? w->at + 1 : 0;
    return next < w->plan->count ? w->plan->milestones[next].name : "a login prompt";
}

static bool fail_late(struct session *s, const struct watching *w, const char *why, int64_t ms, struct err *e)
{
    char span[CLOCK_TEXT_MAX];
    char *tail = session_tail(s, 80);
    err_fail(
        e, ERR_TIMEOUT, FAILURE_REBOOT_TIMEOUT,
        "%s: %s for %s: the switch reached \"%s\", then %s was to come; its last bytes are \"%s\"; nothing "
        "was typed",
        session_name(s), why, clock_format_span(ms, span), w->any ? w->out->reached : "no milestone",
        next_name(w), tail);
    mem_free(tail);
    return false;
}

static int64_t due_ms(const struct watching *w)
{
    int64_t due = w->began_ms + or_else(w->plan->total_ms, TOTAL_MS);
    int64_t silent = w->heard_ms + or_else(w->plan->silence_ms, SILENCE_MS);
    size_t next = w->any ? w->at + 1 : 0;
    int64_t within = next < w->plan->count ? w->plan->milestones[next].within_ms : 0;
    int64_t late = within ? w->reached_ms + within : INT64_MAX;
    due = silent < due ? silent : due;
    return late < due ? late : due;
}

static bool fail_due(struct session *s, const struct watching *w, struct err *e)
{
    int64_t now = line_now_ms(&s->line);
    if (now - w->heard_ms >= or_else(w->plan->silence_ms, SILENCE_MS))
        return fail_late(s, w, "nothing came", now - w->heard_ms, e);
    if (now - w->began_ms >= or_else(w->plan->total_ms, TOTAL_MS))
        return fail_late(s, w, "no login prompt came", now - w->began_ms, e);
    return fail_late(s, w, "the next milestone is late, it did not come", now - w->reached_ms, e);
}

static bool fail_loop(struct session *s, const char *what, unsigned times, struct err *e)
{
    return err_fail(e, ERR_FAILED, FAILURE_BOOT_LOOP,
                    "%s: the switch boots again and again: \"%s\" came %u times; nothing was typed",
                    session_name(s), what, times);
}

static bool fail_first_boot(struct session *s, const char *text, size_t len, struct err *e)
{
    char *words = session_quote(s, text, len, 120);
    err_fail(e, ERR_STATE, FAILURE_FIRST_BOOT,
             "%s: the switch came up in its first-boot dialogue (\"%s\"); nothing was answered",
             session_name(s), words);
    mem_free(words);
    return false;
}

/* The last milestone came and a prompt has stood there in silence: a platform whose console asks for no login. */
static bool at_bare_prompt(const struct session *s, const struct watching *w, const char *text, size_t len)
{
    const struct prompt *p = match_prompt(s->dialect, text, len);
    return w->any && w->at + 1 == w->plan->count && p && state_is_prompt(p->state) &&
           !terminal_returned(s->line.terminal) && line_quiet_ms(&s->line) >= PROMPT_QUIET_MS;
}

static enum outcome judge(struct session *s, struct watching *w, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    int64_t quiet = line_quiet_ms(&s->line);
    if (quiet < or_else(s->dialect->settle_ms, SETTLE_MS))
        return GOES_ON;
    if (quiet >= READY_QUIET_MS && (w->ready || (has_begun(s, w) && boot_is_ready(s, text, len))))
        return IS_UP;
    if (len == 0)
        return GOES_ON;
    look_for_milestones(s, w, text, len);
    bool began = has_begun(s, w);
    struct sight sight = session_sight(s);
    if (sight.state == STATE_LOADER && quiet >= LOADER_QUIET_MS) {
        err_fail(e, ERR_STATE, FAILURE_BOOT_LOADER,
                 "%s: the switch stopped in its boot loader (\"%s\"); nothing was typed into it",
                 session_name(s), s->boot.last);
        return FAILED;
    }
    if (sight.state == STATE_FIRST_BOOT) {
        fail_first_boot(s, text, len, e);
        return FAILED;
    }
    if (began && (sight.state == STATE_LOGIN || (sight.state == STATE_QUESTION && !sight.unknown) ||
                  at_bare_prompt(s, w, text, len)))
        return IS_UP;
    return GOES_ON;
}

static void tell(struct session *s, struct watching *w)
{
    int64_t now = line_now_ms(&s->line);
    if (!w->watch || !w->watch->progress || (w->told_ms && now - w->told_ms < TELL_EVERY_MS))
        return;
    struct change_progress p = {
        .about = w->any ? w->out->reached : "restarting", .percent = -1, .elapsed_ms = now - w->began_ms};
    w->told_ms = now;
    w->watch->progress(w->watch->ctx, &p);
}

static bool wait_a_while(struct session *s, int64_t until_ms, struct err *e)
{
    while (line_now_ms(&s->line) < until_ms) {
        int64_t slice = line_now_ms(&s->line) + LINE_SLICE_MS;
        if (cancel_level(s->options.cancel) >= CANCEL_NOW)
            return err_fail(e, ERR_CANCELLED, FAILURE_CANCELLED, "stopped by the operator");
        clock_wait_until(s->line.clock, slice < until_ms ? slice : until_ms);
    }
    return true;
}

/* The same console only: its server's own dialogue is all that is typed. */
static bool reopen(struct session *s, struct watching *w, struct err *e)
{
    int64_t until = line_now_ms(&s->line) + REOPEN_MAX_MS;
    if (!s->options.console)
        return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST,
                        "%s: the connection broke while the switch was booting", session_name(s));
    session_note(s, "the connection broke while the switch was booting: opening the same console again");
    for (;;) {
        struct err why = {0};
        if (!wait_a_while(s, line_now_ms(&s->line) + REOPEN_EVERY_MS, e))
            return false;
        s->busy[0] = s->astray[0] = '\0';
        if (console_reach(s, &why) && console_dialogue(s, &why))
            break;
        if (why.code == ERR_CANCELLED || line_now_ms(&s->line) >= until)
            return err_fail(
                e, ERR_CLOSED, FAILURE_CONSOLE_LOST,
                "%s: the connection broke while the switch was booting, and the console could not be "
                "opened again: %.200s",
                session_name(s), why.msg);
    }
    w->reopened = true;
    s->state = s->boot.seen ? STATE_BOOTING : STATE_UNKNOWN;
    w->heard_ms = line_now_ms(&s->line);
    return true;
}

/* Where the plan knows how a boot begins its count is the better one: one boot may start two kernels. */
static bool loops(const struct session *s, const struct watching *w)
{
    return w->out->starts >= BOOT_LOOP_COUNT || (s->boot.loop && w->out->starts == 0);
}

static bool fail_heard(struct session *s, const struct watching *w, struct err *e)
{
    if (w->out->starts >= BOOT_LOOP_COUNT)
        return fail_loop(s, w->plan->milestones[0].name, w->out->starts, e);
    if (loops(s, w))
        return fail_loop(s, s->boot.loop, BOOT_LOOP_COUNT, e);
    return fail_first_boot(s, s->heard.text, strlen(s->heard.text), e);
}

static enum outcome turn(struct session *s, struct watching *w, struct err *e)
{
    struct err why = {0};
    size_t got;
    tell(s, w);
    if (loops(s, w) || s->heard.first_boot) {
        fail_heard(s, w, e);
        return FAILED;
    }
    enum outcome now = judge(s, w, e);
    if (now != GOES_ON)
        return now;
    int64_t until = due_ms(w), slice = line_now_ms(&s->line) + LINE_SLICE_MS;
    if (line_now_ms(&s->line) >= until) {
        fail_due(s, w, e);
        return FAILED;
    }
    bool ok = !s->line.lost && line_read(&s->line, slice < until ? slice : until, true, &got, &why);
    if (s->line.raw_bytes != w->heard_bytes)
        w->heard_ms = line_now_ms(&s->line);
    w->heard_bytes = s->line.raw_bytes;
    if (ok || (s->line.lost && reopen(s, w, &why)))
        return GOES_ON;
    err_fail(e, why.code, why.failure, "%s", why.msg);
    return FAILED;
}

bool session_await_boot(struct session *s, const struct boot_plan *plan, const struct change_watch *watch,
                        struct boot_report *out, struct err *e)
{
    int64_t now = line_now_ms(&s->line);
    struct watching w = {.plan = plan,
                         .watch = watch,
                         .out = out,
                         .began_ms = now,
                         .reached_ms = now,
                         .heard_ms = now,
                         .heard_bytes = s->line.raw_bytes};
    enum outcome outcome = GOES_ON;
    s->epoch++;
    s->in_first_boot = false;
    memset(out, 0, sizeof *out);
    memset(&s->heard, 0, sizeof s->heard);
    s->logged_in = s->present = false;
    s->sink = hear;
    s->sink_ctx = &w;
    if (s->boot.seen) /* its first sign has ended the step that reloads */
        look_for_milestones(s, &w, s->boot.last, strlen(s->boot.last));
    while (outcome == GOES_ON)
        outcome = turn(s, &w, e);
    s->sink = NULL;
    s->sink_ctx = NULL;
    out->took_ms = line_now_ms(&s->line) - now;
    out->login = outcome == IS_UP;
    if (out->login)
        boot_over(s);
    return out->login;
}
