/* The console server before the switch: where its port is, who holds it, what its words mean. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"

enum { TEMPLATE_MAX_BYTES = 256 };

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
bool console_fill(const char *form, const char *user, const char *port, struct str *out, struct err *e)
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
    if (!console_fill(driver->user ? driver->user : "{user}", user, port, &text, e)) {
        str_clear(&text);
        return false;
    }
    *out = *base;
    if (out->port == 0)
        out->port = driver->tcp_port;
    out->user = arena_strdup(arena, str_cstr(&text));
    str_clear(&text);
    if (driver->port_base > 0 || driver->port_is_tcp) {
        if (!number(port, &n) || driver->port_base + n > 65535)
            return err_set(e, ERR_SYNTAX,
                           "console port \"%.40s\" must be a number: kind %s counts TCP ports from %u", port,
                           driver->kind, driver->port_base);
        out->port = driver->port_base + n;
    }
    return true;
}

const struct console_driver *session_driver(const struct session *s)
{
    return s->options.console ? s->options.console->driver : NULL;
}

size_t console_schemes(const char **names, size_t max)
{
    size_t count, n = 0;
    const struct transport_driver *const *drivers = transport_drivers(&count);
    for (; n < count && n < max; n++)
        names[n] = drivers[n]->scheme;
    return n;
}

bool console_send_break(const struct console *c, struct transport *t, struct err *e)
{
    const struct console_driver *d = c->driver;
    if (d->break_method == BREAK_KEYS)
        return transport_write(t, d->break_keys, strlen(d->break_keys), e);
    if (d->break_method == BREAK_LINE)
        return transport_send_break(t, e);
    return err_set(e, ERR_STATE, "%s: no way is known to send a BREAK through a console server of kind %s",
                   c->name, d->kind);
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

static const struct busy_sign *first_found(const struct busy_sign *list, size_t count, const char *text,
                                           size_t len)
{
    for (size_t i = 0; i < count; i++)
        if (found(list[i].regex, text, len))
            return &list[i];
    return NULL;
}

/* Which port it was and who held it may be said in two lines: the one with a name is the better. */
static void hear_busy(struct session *s, const struct console_driver *d, const char *text, size_t len)
{
    const struct busy_sign *sign = first_found(d->busy, d->busy_count, text, len);
    bool named = sign && regex_group_number(sign->regex, "holder") > 0;
    if (sign && (!s->busy[0] || (named && !str_starts(s->busy, "held by "))))
        note_busy(s, sign, text, len);
}

void console_hear(struct session *s, const char *text, size_t len, bool unfinished)
{
    const struct console_driver *d = session_driver(s);
    bool clearing = s->dialogue && s->dialogue->clearing;
    if (!d || len > MATCH_PROMPT_MAX_BYTES)
        return;
    if (!unfinished)
        clear_hear(s, text, len);
    if (!clearing) {
        hear_busy(s, d, text, len);
        if (!s->astray[0] && first_found(d->lost, d->lost_count, text, len)) {
            char *words = session_quote(s, text, len, sizeof s->astray - 1);
            snprintf(s->astray, sizeof s->astray, "%s", words);
            mem_free(words);
        }
        if (!unfinished && found(d->replay, text, len))
            s->replayed = true;
    }
    if (s->dialogue && found(s->dialogue->ready, text, len))
        s->on_line = true;
    if (s->dialogue && !unfinished)
        dialogue_hear(s, text, len);
}

bool console_busy(struct session *s, struct err *e)
{
    return err_fail(e, ERR_STATE, FAILURE_CONSOLE_BUSY, "%s: the port is in use: %s", session_name(s),
                    s->busy);
}

bool console_astray(struct session *s, struct err *e)
{
    return err_fail(e, ERR_FAILED, FAILURE_OOB_CONNECT_FAIL,
                    "%s: the console server did not connect us to the port, it says \"%s\": check the port's "
                    "name or number",
                    session_name(s), s->astray);
}

bool console_closed_is_busy(struct session *s)
{
    const struct console_driver *d = session_driver(s);
    if (!d || !(d->busy_when & BUSY_CLOSED) || s->line.raw_bytes != s->line.raw_at_attach)
        return false;
    snprintf(s->busy, sizeof s->busy,
             "the console server closed the connection at once, as it does for a port "
             "that somebody holds");
    return true;
}
