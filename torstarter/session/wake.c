/* Look before typing. A silent line is woken with single carriage returns, each after silence that grows, at most a handful, and
   one XON; never after a sign of booting, never over text that is still coming, never once a login prompt stands there. */
#include <string.h>

#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"

enum { SILENT_MS = 20 * 1000, SPEED_WAKES = 2 };

/* Silence before each step when silent_after is 20 s; the last one ends in the verdict. Together they are 20 s. */
static const struct {
    int64_t quiet_ms;
    const char *text;
    bool no_return;
} steps[] = {{300, "", false},  {1000, "", false},    {2000, "", false},
             {4000, "", false}, {6000, "\x11", true}, {1700, "", false}};

enum {
    STEPS = sizeof steps / sizeof *steps,
    SILENT_AT_LAST_MS = 5000,
    DIRECT_FIRST_MS = 1500,
    SLOW_MAX_MS = 6000
};

struct wake {
    size_t done;
    unsigned returns;
    int64_t began_ms, first_gap_ms;
    int64_t first_return_ms, answered_ms; /* 0: not yet */
    uint64_t first_byte;                  /* raw_bytes when the look began */
};

static int64_t silent_after(const struct session *s)
{
    return or_else(s->options.silent_after_ms, SILENT_MS);
}

static int64_t scaled(const struct session *s, int64_t ms)
{
    return ms * silent_after(s) / SILENT_MS;
}

/* Silence that the next step asks for. */
static int64_t gap(const struct session *s, const struct wake *w)
{
    if (w->done == STEPS)
        return scaled(s, SILENT_AT_LAST_MS);
    if (w->done > 0)
        return scaled(s, steps[w->done].quiet_ms);
    if (w->first_gap_ms)
        return w->first_gap_ms;
    if (s->line.raw_bytes || s->line.writes)
        return scaled(s, WAKE_QUIET_MS);
    return scaled(s, session_is_direct(s) ? DIRECT_FIRST_MS : steps[0].quiet_ms);
}

static int64_t due(const struct session *s, const struct wake *w)
{
    if (s->boot.seen)
        return s->deadline_ms;
    int64_t at = line_now_ms(&s->line) - line_quiet_ms(&s->line) + gap(s, w);
    int64_t last = w->began_ms + silent_after(s);
    if (s->line.raw_bytes == w->first_byte && !w->first_gap_ms && at > last)
        at = last;
    return at < s->deadline_ms ? at : s->deadline_ms;
}

static bool fail_silent(const struct session *s, const struct wake *w, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    if (match_trim(text, len)) {
        char *words = session_quote(s, text, len, 100);
        err_fail(e, ERR_UNREAD, FAILURE_QUESTION_UNKNOWN,
                 "%s: the line stands at \"%s\", which is no prompt of %s", session_name(s), words,
                 s->dialect->platform);
        mem_free(words);
        return false;
    }
    return diagnose_silence(s, s->line.raw_bytes == w->first_byte, line_now_ms(&s->line) - w->began_ms,
                            w->returns, e);
}

static bool fail_deadline(const struct session *s, struct err *e)
{
    if (speed_is_garbled(s))
        return speed_fail(s, e);
    if (s->boot.seen)
        return err_fail(e, ERR_TIMEOUT, FAILURE_BOOT_LOADER,
                        "%s: the switch was booting (\"%s\") and no login prompt came in the time allowed; "
                        "nothing was typed",
                        session_name(s), s->boot.last);
    return err_fail(e, ERR_TIMEOUT, FAILURE_COMMAND_TIMEOUT,
                    "%s: the console never came to rest at a prompt in the time allowed: look at it by hand",
                    session_name(s));
}

static bool fail_heard(const struct session *s, struct err *e)
{
    const struct sign *sign = s->heard.first_boot;
    if (s->boot.loop)
        return err_fail(e, ERR_FAILED, FAILURE_BOOT_LOOP,
                        "%s: the switch boots again and again: \"%s\" came %d times", session_name(s),
                        s->boot.loop, BOOT_LOOP_COUNT);
    return err_fail(e, ERR_FAILED, sign->failure ? sign->failure : FAILURE_FIRST_BOOT,
                    "%s: the switch says \"%s\"; it was not answered", session_name(s), s->heard.text);
}

/* Carriage return over somebody's half-typed command would run it. */
static bool fail_typed(const struct session *s, const char *text, size_t len, struct err *e)
{
    char *words = session_quote(s, text, len, 100);
    err_fail(e, ERR_STATE, FAILURE_CONSOLE_DIRTY,
             "%s: somebody's unfinished command stands on the line: \"%s\"; nothing was typed",
             session_name(s), words);
    mem_free(words);
    return false;
}

/* At another speed everything begins anew: look first, then wake. */
static bool try_next_speed(struct session *s, struct wake *w)
{
    if (!speed_next(s))
        return false;
    w->done = 0;
    w->began_ms = line_now_ms(&s->line);
    w->first_gap_ms = 0;
    w->first_byte = s->line.raw_bytes;
    return true;
}

/* A line that ends as a question does ("Enter host name:", "Enter token:", "Continue?") and that the platform does not know. A
   return would answer it. */
static bool is_unknown_prompt(const struct session *s, const char *text, size_t len)
{
    /* Late or damaged, but what a return only brings again; and a password nobody is to give: a return gives the login up. */
    static const char *const asks_login[] = {"login:", "sername:", "assword:"};
    size_t n = match_trim(text, len), known = s->login.step == LOGIN_USER_SENT ? 2 : 3;
    for (size_t i = 0; i < known; i++)
        if (n >= strlen(asks_login[i]) &&
            memcmp(text + n - strlen(asks_login[i]), asks_login[i], strlen(asks_login[i])) == 0)
            return false;
    return n && (text[n - 1] == ':' || text[n - 1] == '?');
}

static bool fail_unknown_prompt(const struct session *s, const char *text, size_t len, struct err *e)
{
    bool after_user = s->login.step == LOGIN_USER_SENT;
    char *words = session_quote(s, text, len, 100);
    err_fail(e, ERR_UNREAD, FAILURE_QUESTION_UNKNOWN,
             "%s: %sthe line stands at \"%s\", which is no %sprompt of %s; %s", session_name(s),
             after_user ? "after the user name " : "", words, after_user ? "password " : "",
             s->dialect->platform, after_user ? "no password was typed" : "it was not answered");
    mem_free(words);
    return false;
}

static bool wake_step(struct session *s, struct wake *w, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    if (is_unknown_prompt(s, text, len))
        return fail_unknown_prompt(s, text, len, e);
    if (!s->logged_in && match_typed(s->dialect, text, len) && !noise_is(s, text, len) &&
        noise_cut(s, text, len) == SIZE_MAX)
        return fail_typed(s, text, len, e);
    if (w->done >= SPEED_WAKES && speed_unproven(s))
        return try_next_speed(s, w) || speed_fail(s, e);
    if (w->done == STEPS)
        return fail_silent(s, w, e);
    struct typing wake = {
        .kind = SENT_WAKE, .text = steps[w->done].text, .no_return = steps[w->done].no_return};
    w->done++;
    s->state = STATE_UNKNOWN;
    if (!session_type(s, &wake, NULL, e))
        return false;
    if (wake.no_return)
        return true;
    if (w->returns++ == 0)
        w->first_return_ms = line_now_ms(&s->line);
    return true;
}

/* How long a line that is slow to answer may still owe answers to what was typed before: to the other returns, to a name that was
   given up. A prompt among them must not pass for the answer to what is typed next. */
static int64_t owed_ms(const struct session *s, struct wake *w)
{
    int64_t slow_ms = s->login.slow_ms;
    if (w->returns < 2)
        return slow_ms;
    if (w->answered_ms == 0)
        w->answered_ms = line_now_ms(&s->line);
    int64_t first_ms = w->answered_ms - w->first_return_ms;
    if (first_ms > SLOW_MAX_MS)
        first_ms = SLOW_MAX_MS;
    return first_ms > slow_ms ? first_ms : slow_ms;
}

/* True once it has been quiet for so long. */
static bool all_answered(struct session *s, struct wake *w, bool *ok, struct err *e)
{
    size_t got;
    int64_t now = line_now_ms(&s->line), until = now - line_quiet_ms(&s->line) + owed_ms(s, w);
    if (now >= until)
        return true;
    *ok = line_read(&s->line, until, false, &got, e);
    return false;
}

static void arrive(struct session *s, const struct wake *w, const struct sight *sight)
{
    if (s->boot.seen && sight->state != STATE_LOADER)
        boot_over(s);
    s->state = sight->state;
    speed_proven(s);
    if (w->returns)
        session_note(s, "woke after %u carriage return%s", w->returns, w->returns == 1 ? "" : "s");
}

/* A console server may refuse without ending the line. */
static void hear_unfinished(struct session *s)
{
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    bool old = s->line.writes && s->line.raw_bytes == s->line.raw_at_send;
    if (!s->present && len && !old)
        console_hear(s, text, len, true);
}

bool session_look(struct session *s, int64_t first_gap_ms, struct sight *sight, struct err *e)
{
    struct wake w = {
        .began_ms = line_now_ms(&s->line), .first_gap_ms = first_gap_ms, .first_byte = s->line.raw_bytes};
    line_sink *outer = s->sink;
    bool ok = true, found = false;
    s->sink = session_hear;
    while (ok && !found) {
        int64_t until = due(s, &w);
        ok = session_listen(s, until, sight, e);
        hear_unfinished(s);
        if (s->busy[0] && !s->present) {
            ok = console_busy(s, e);
        } else if (s->astray[0] && !s->present) {
            ok = console_astray(s, e);
        } else if (!ok) {
            ok = s->line.lost && !s->present && console_closed_is_busy(s) && console_busy(s, e);
            break;
        } else if (s->boot.loop || s->heard.first_boot) {
            ok = fail_heard(s, e);
        } else if (sight->state != STATE_UNKNOWN) {
            found = all_answered(s, &w, &ok, e);
            if (found)
                arrive(s, &w, sight);
        } else if (line_now_ms(&s->line) >= s->deadline_ms ||
                   s->line.raw_bytes - w.first_byte > LISTEN_MAX_BYTES) {
            ok = fail_deadline(s, e);
        } else if (line_now_ms(&s->line) >= due(s, &w)) {
            ok = speed_is_garbled(s) ? try_next_speed(s, &w) || speed_fail(s, e) : wake_step(s, &w, e);
        } else if (!s->present && speed_is_flooded(s)) {
            ok = try_next_speed(s, &w) || speed_fail(s, e);
        }
    }
    s->sink = outer;
    return ok;
}
