/* Taking a busy port: only where the site says so, never from somebody who typed in the last minutes, and never silently: the
   holder is in the notes and in the finding. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "session/inner.h"

enum {
    TYPED_LATELY_MS = 5 * 60 * 1000,
    WAIT_SLICE_MS = 200,
    PATTERN_MAX_BYTES = 512,
    GROUPS = 16,
    SPAN_BYTES = 24
};

static bool site_allows(const struct session *s)
{
    const struct console *c = s->options.console;
    return c && c->clear_policy != CLEAR_NEVER && c->driver && c->driver->clear.step_count > 0;
}

/* {port} in the pattern is this console's, every character for itself. */
static void add_port(struct str *out, const char *port)
{
    for (; *port; port++) {
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", *port))
            str_add_char(out, '\\');
        str_add_char(out, *port);
    }
}

void clear_init(struct session *s)
{
    const char *form = site_allows(s) ? s->options.console->driver->clear.idle : NULL;
    struct str pattern = STR_MAX(PATTERN_MAX_BYTES);
    for (const char *p = form; p && *p; p++) {
        if (str_starts(p, "{port}")) {
            add_port(&pattern, s->options.console->port ? s->options.console->port : "");
            p += strlen("{port}") - 1;
        } else {
            str_add_char(&pattern, *p);
        }
    }
    if (form && !pattern.overflowed)
        s->idle.regex = regex_new(str_cstr(&pattern), REGEX_BYTES, NULL);
    str_clear(&pattern);
}

static int64_t group_number(const struct regex *re, const char *name, const char *text,
                            const struct regex_span *spans)
{
    int group = regex_group_number(re, name);
    if (group <= 0 || group >= GROUPS || spans[group].start == REGEX_UNSET)
        return 0;
    long n = strtol(text + spans[group].start, NULL, 10); /* digits, ended by what follows them in the line */
    return n < 0 || n > 1000000 ? 0 : n;
}

void clear_hear(struct session *s, const char *text, size_t len)
{
    static const struct {
        const char *group;
        int64_t ms;
    } units[] = {{"w", 604800000}, {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}};
    struct regex_span spans[GROUPS];
    if (!s->idle.regex || regex_match(s->idle.regex, text, len, 0, spans, GROUPS) != REGEX_MATCH)
        return;
    int64_t ms = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        ms += group_number(s->idle.regex, units[i].group, text, spans) * units[i].ms;
    if (!s->idle.known || ms < s->idle.ms)
        s->idle.ms = ms;
    s->idle.known = true;
    int holder = regex_group_number(s->idle.regex, "holder");
    if (holder > 0 && holder < GROUPS && spans[holder].start != REGEX_UNSET) {
        char *name =
            session_quote(s, text + spans[holder].start, spans[holder].end - spans[holder].start, 100);
        snprintf(s->busy, sizeof s->busy, "held by %s", name);
        mem_free(name);
    }
}

static const char *idle_text(const struct session *s, char out[CLOCK_TEXT_MAX])
{
    return clock_format_span(s->idle.ms, out);
}

bool clear_allowed(struct session *s, struct err *e)
{
    const struct console *c = s->options.console;
    int64_t least = c->clear_policy == CLEAR_IDLE && c->clear_idle_ms > TYPED_LATELY_MS ? c->clear_idle_ms
                                                                                        : TYPED_LATELY_MS;
    char idle[CLOCK_TEXT_MAX] = "", want[CLOCK_TEXT_MAX];
    if (c->clear_policy == CLEAR_NEVER)
        return console_busy(s, e);
    if (!s->idle.known && c->clear_policy == CLEAR_IDLE)
        return err_fail(
            e, ERR_STATE, FAILURE_CONSOLE_BUSY,
            "%s: the port is in use: %s; it was not cleared: the console server does not tell when the "
            "holder last typed",
            session_name(s), s->busy);
    if (s->idle.known && s->idle.ms < least)
        return err_fail(
            e, ERR_STATE, FAILURE_CONSOLE_BUSY,
            "%s: the port is in use: %s, who typed %s ago; it was not cleared: that takes %s of silence",
            session_name(s), s->busy, idle_text(s, idle), clock_format_span(least, want));
    if (s->idle.known)
        idle_text(s, idle);
    session_note(s, "clearing the console port: %s%s%s", s->busy, *idle ? ", silent for " : "", idle);
    str_printf(&s->finding, "%sthe console port was taken by force: %s%s%s", s->finding.len ? "; " : "",
               s->busy, *idle ? ", silent for " : "", idle);
    return true;
}

static bool wait_for(struct session *s, int64_t ms, struct err *e)
{
    for (int64_t until = line_now_ms(&s->line) + ms, now; (now = line_now_ms(&s->line)) < until;) {
        if (cancel_level(s->options.cancel) >= CANCEL_ASKED)
            return err_fail(e, ERR_CANCELLED, FAILURE_CANCELLED, "stopped by the operator");
        clock_wait_until(s->line.clock, until - now > WAIT_SLICE_MS ? now + WAIT_SLICE_MS : until);
    }
    return true;
}

/* The server's own command line: same host, same credential. */
static bool open_server(struct session *s, const struct console_clear *how, struct err *e)
{
    const struct console *c = s->options.console;
    struct str user = STR_MAX(256);
    struct uri uri = c->uri;
    if (how->scheme)
        uri.scheme = how->scheme;
    uri.port = how->tcp_port;
    uri.path = "";
    bool ok = console_fill(how->user ? how->user : "{user}", c->user ? c->user : c->uri.user,
                           c->port ? c->port : "", &user, e);
    uri.user = str_cstr(&user);
    ok = ok && console_open(s, &uri, e);
    str_clear(&user);
    return ok;
}

static bool take(struct session *s, const struct console_clear *how, struct err *e)
{
    struct dialogue d = {.steps = how->steps,
                         .count = how->step_count,
                         .ready = how->ready,
                         .times = how->times,
                         .clearing = true};
    bool ok = how->where == CLEAR_SERVER    ? open_server(s, how, e)
              : how->where == CLEAR_CONSOLE ? console_reach(s, e)
                                            : true;
    ok = ok && dialogue_run(s, &d, e);
    if (!ok)
        return false;
    s->busy[0] = s->astray[0] = '\0';
    if (how->where != CLEAR_SERVER) {
        s->on_line = true;
        return true;
    }
    line_take_transport(&s->line, NULL);
    return wait_for(s, how->wait_ms, e) && console_reach(s, e) && console_dialogue(s, e);
}

bool console_clear_busy(struct session *s, struct err *e)
{
    struct err why = {0};
    if (!site_allows(s))
        return console_busy(s, e);
    if (s->cleared)
        return err_fail(e, ERR_STATE, FAILURE_CONSOLE_BUSY,
                        "%s: the port is in use again after it was cleared: %s", session_name(s), s->busy);
    char holder[sizeof s->busy];
    memcpy(holder, s->busy, sizeof holder);
    s->cleared = true;
    if (take(s, &s->options.console->driver->clear, &why))
        return true;
    if (why.code == ERR_CANCELLED || why.failure == FAILURE_CONSOLE_BUSY)
        return err_fail(e, why.code, why.failure, "%s", why.msg);
    return err_fail(e, ERR_STATE, FAILURE_CONSOLE_BUSY,
                    "%s: the port is in use: %s; clearing it failed: %.200s", session_name(s), holder,
                    why.msg);
}
