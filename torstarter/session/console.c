/* The console server before the switch: where its port is, its own login, who holds it. Its credential is typed here and nowhere
   else; the switch's credentials are typed only after the proof that this dialogue is over. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"

enum { CONNECT_MS = 15 * 1000, DIALOGUE_QUIET_MS = 100, TEMPLATE_MAX_BYTES = 256 };

static bool number(const char *text, unsigned *out)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || n > 65535)
        return false;
    *out = (unsigned)n;
    return true;
}

/* {user}, {port}, {port:02}, {label}; anything else stands for itself. */
static bool fill(const char *form, const char *user, const char *port, struct str *out, struct err *e)
{
    for (const char *p = form; *p;) {
        unsigned n = 0;
        if (str_starts(p, "{user}")) {
            str_add_cstr(out, user);
            p += strlen("{user}");
        } else if (str_starts(p, "{port}") || str_starts(p, "{label}")) {
            str_add_cstr(out, port);
            p = strchr(p, '}') + 1;
        } else if (str_starts(p, "{port:02}")) {
            if (!number(port, &n))
                return err_set(e, ERR_SYNTAX,
                               "console port \"%s\" must be a number for this kind of console server", port);
            str_printf(out, "%02u", n);
            p += strlen("{port:02}");
        } else {
            str_add_char(out, *p++);
        }
    }
    return !out->overflowed ||
           err_set(e, ERR_SYNTAX, "the address of console port \"%.40s\" is too long", port);
}

bool console_address(const struct console_driver *driver, const struct uri *base, const char *user,
                     const char *port, struct arena *arena, struct uri *out, struct err *e)
{
    struct str text = STR_MAX(TEMPLATE_MAX_BYTES);
    unsigned n = 0;
    user = user ? user : "";
    port = port ? port : "";
    if (driver->user && strstr(driver->user, "{port") && !*port)
        return err_set(e, ERR_SYNTAX, "a console server of kind %s needs a port", driver->kind);
    if (!fill(driver->user ? driver->user : "{user}", user, port, &text, e)) {
        str_clear(&text);
        return false;
    }
    *out = *base;
    out->user = arena_strdup(arena, str_cstr(&text));
    str_clear(&text);
    if (driver->port_base > 0) {
        if (!number(port, &n) || driver->port_base + n > 65535)
            return err_set(e, ERR_SYNTAX,
                           "console port \"%.40s\" must be a number: kind %s counts TCP ports from %u", port,
                           driver->kind, driver->port_base);
        out->port = driver->port_base + n;
    }
    return true;
}

static const struct console_driver *driver_of(const struct session *s)
{
    return s->options.console ? s->options.console->driver : NULL;
}

static bool found(const struct regex *re, const char *text, size_t len)
{
    return re && regex_match(re, text, len, 0, NULL, 0) == REGEX_MATCH;
}

static void note_busy(struct session *s, const struct busy_sign *sign, const char *text, size_t len)
{
    enum { GROUPS = 16 };
    struct regex_span spans[GROUPS];
    int group = regex_group_number(sign->regex, "holder");
    bool named = group > 0 && group < GROUPS &&
                 regex_match(sign->regex, text, len, 0, spans, GROUPS) == REGEX_MATCH &&
                 spans[group].start != REGEX_UNSET;
    char *words =
        named ? session_quote(s, text + spans[group].start, spans[group].end - spans[group].start, 100)
              : session_quote(s, text, len, 100);
    snprintf(s->busy, sizeof s->busy, "%s%s%s", named ? "held by " : "the console server says \"", words,
             named ? "" : "\"");
    mem_free(words);
}

void console_hear(struct session *s, const char *text, size_t len, bool unfinished)
{
    const struct console_driver *d = driver_of(s);
    if (!d || len > MATCH_PROMPT_MAX_BYTES)
        return;
    for (size_t i = 0; i < d->busy_count && !s->busy[0]; i++)
        if (found(d->busy[i].regex, text, len))
            note_busy(s, &d->busy[i], text, len);
    if (!unfinished && found(d->replay, text, len))
        s->replayed = true;
    if (found(d->ready, text, len))
        s->on_line = true;
}

bool console_busy(struct session *s, struct err *e)
{
    return err_fail(e, ERR_STATE, FAILURE_CONSOLE_BUSY, "%s: the port is in use: %s", session_name(s),
                    s->busy);
}

static bool type_answer(struct session *s, const struct dialogue_step *step, struct err *e)
{
    const struct console *c = s->options.console;
    struct str text = STR_MAX(TEMPLATE_MAX_BYTES);
    struct typing t = {.kind = SENT_ANSWER};
    bool ok = true;
    s->state = STATE_QUESTION;
    if (step->answer == DIALOGUE_PASSWORD) {
        s->state = STATE_PASSWORD;
        t.kind = SENT_PASSWORD;
        t.secret = c->options.password;
        if (!t.secret)
            return err_fail(e, ERR_FAILED, FAILURE_OOB_AUTH_FAIL,
                            "%s: the console server asks for a password and none is configured",
                            session_name(s));
    } else if (step->answer == DIALOGUE_USER) {
        s->state = STATE_LOGIN;
        t.kind = SENT_USER;
        ok = str_add_cstr(&text, c->options.user ? c->options.user : c->uri.user);
    } else {
        ok = fill(step->send ? step->send : "", "", c->port ? c->port : "", &text, e);
    }
    t.text = t.secret ? NULL : str_cstr(&text);
    ok = ok && session_type(s, &t, NULL, e);
    str_clear(&text);
    return ok;
}

struct dialogue {
    const struct console_driver *driver;
    size_t done; /* steps answered */
    int64_t deadline_ms;
};

static bool over(const struct session *s, const struct dialogue *d)
{
    return s->on_line || (d->done == d->driver->step_count && !d->driver->ready);
}

static bool judge(struct session *s, struct dialogue *d, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    if (s->line.writes && s->line.raw_bytes == s->line.raw_at_send)
        return true;
    console_hear(s, text, len, true);
    if (s->on_line)
        return true;
    if (d->done < d->driver->step_count && found(d->driver->steps[d->done].expect, text, len))
        return type_answer(s, &d->driver->steps[d->done++], e);
    for (size_t i = 0; i < d->done; i++)
        if (d->driver->steps[i].answer != DIALOGUE_TEXT && found(d->driver->steps[i].expect, text, len))
            return err_fail(e, ERR_FAILED, FAILURE_OOB_AUTH_FAIL,
                            "%s: the console server refused the login of %s", session_name(s),
                            s->options.console->options.user ? s->options.console->options.user
                                                             : s->options.console->uri.user);
    return true;
}

static bool dialogue_turn(struct session *s, struct dialogue *d, struct err *e)
{
    size_t got;
    int64_t now = line_now_ms(&s->line), quiet_at = now - line_quiet_ms(&s->line) + DIALOGUE_QUIET_MS;
    bool quiet = now >= quiet_at;
    if (quiet && !judge(s, d, e))
        return false;
    if (s->busy[0])
        return console_busy(s, e);
    if (over(s, d))
        return true;
    if (now >= d->deadline_ms) {
        char *tail = session_tail(s, 60);
        err_fail(e, ERR_TIMEOUT, FAILURE_OOB_CONNECT_FAIL,
                 "%s: the console server's dialogue came to no end; its last bytes are \"%s\"",
                 session_name(s), tail);
        mem_free(tail);
        return false;
    }
    int64_t until = quiet || quiet_at > d->deadline_ms ? d->deadline_ms : quiet_at;
    if (line_read(&s->line, until, false, &got, e))
        return true;
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    console_hear(s, text, len, true);
    return s->busy[0] ? console_busy(s, e) : false;
}

static bool sends_password(const struct console_driver *driver)
{
    for (size_t i = 0; i < driver->step_count; i++)
        if (driver->steps[i].answer == DIALOGUE_PASSWORD)
            return true;
    return false;
}

bool console_dialogue(struct session *s, struct err *e)
{
    const struct console *c = s->options.console;
    struct dialogue d = {.driver = driver_of(s)};
    if (!d.driver || (d.driver->step_count == 0 && !d.driver->ready)) {
        s->on_line = true;
        return true;
    }
    if (sends_password(d.driver) &&
        !d.driver->ready) /* a second login prompt of the server would pass for the switch's */
        return err_set(e, ERR_STATE,
                       "console server kind %s has a login dialogue but no `ready` that proves its end",
                       d.driver->kind);
    d.deadline_ms = line_now_ms(&s->line) + or_else(c->options.connect_timeout_ms, CONNECT_MS);
    while (!over(s, &d))
        if (!dialogue_turn(s, &d, e))
            return false;
    s->on_line = true;
    return true;
}
