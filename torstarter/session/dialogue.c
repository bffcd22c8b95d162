/* The console server's own dialogue, step by step from its data file. Its credential is typed here and nowhere else; the switch's
   credentials are typed only after the proof that this dialogue is over. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "session/inner.h"

enum { CONNECT_MS = 15 * 1000, DIALOGUE_QUIET_MS = 100, ANSWER_MAX_BYTES = 256, GROUPS = 16 };

bool console_open(struct session *s, const struct uri *uri, struct err *e)
{
    const struct transport_options *to = &s->options.console->options;
    line_take_transport(&s->line,
                        NULL); /* a server that allows one session has to see the end of the last one */
    struct transport *t =
        s->options.open ? s->options.open(s->options.open_ctx, uri, to, e) : transport_open(uri, to, e);
    if (!t)
        return false;
    line_take_transport(&s->line, t);
    s->epoch++;
    s->state = STATE_UNKNOWN;
    return true;
}

bool console_reach(struct session *s, struct err *e)
{
    const struct console_driver *d = session_driver(s);
    struct err why = {0};
    s->uri = s->options.console->uri;
    if (console_open(s, &s->uri, &why))
        return true;
    if (d && (d->busy_when & BUSY_REFUSED) && why.code == ERR_CLOSED &&
        why.failure == FAILURE_OOB_CONNECT_FAIL) {
        snprintf(s->busy, sizeof s->busy,
                 "the console server refuses the connection, as it does for a port that "
                 "somebody holds, or that has no such service");
        return console_busy(s, e);
    }
    return err_fail(e, why.code, why.failure, "%s", why.msg);
}

static bool found(const struct regex *re, const char *text, size_t len)
{
    return re && regex_match(re, text, len, 0, NULL, 0) == REGEX_MATCH;
}

static void capture_port(struct dialogue *d, const struct regex *re, const char *text, size_t len)
{
    struct regex_span spans[GROUPS];
    int group = regex_group_number(re, "port");
    d->port[0] = '\0';
    if (group > 0 && group < GROUPS && regex_match(re, text, len, 0, spans, GROUPS) == REGEX_MATCH &&
        spans[group].start != REGEX_UNSET && spans[group].end - spans[group].start < sizeof d->port)
        snprintf(d->port, sizeof d->port, "%.*s", (int)(spans[group].end - spans[group].start),
                 text + spans[group].start);
}

/* The step that this text answers: the next one, or a later one where those before it may be passed over. */
static const struct dialogue_step *step_for(struct dialogue *d, const char *text, size_t len, bool line)
{
    for (size_t i = d->done; i < d->count; i++) {
        const struct dialogue_step *step = &d->steps[i];
        if (step->expect && step->line == line && found(step->expect, text, len)) {
            capture_port(d, step->expect, text, len);
            return step;
        }
        if (!step->optional)
            return NULL;
    }
    return NULL;
}

void dialogue_hear(struct session *s, const char *text, size_t len)
{
    if (!s->dialogue->hit)
        s->dialogue->hit = step_for(s->dialogue, text, len, true);
}

static const char *server_user(const struct session *s)
{
    const struct console *c = s->options.console;
    return c->options.user ? c->options.user : c->user ? c->user : c->uri.user;
}

static bool type_answer(struct session *s, const struct dialogue_step *step, struct err *e)
{
    const struct console *c = s->options.console;
    struct str text = STR_MAX(ANSWER_MAX_BYTES);
    struct typing t = {.kind = SENT_ANSWER,
                       .to_server = true,
                       .no_return = step->answer == DIALOGUE_KEYS,
                       .line_end = c->driver->line_end};
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
        ok = str_add_cstr(&text, server_user(s));
    } else if (step->answer == DIALOGUE_KEYS) {
        ok = str_add_cstr(&text, step->send);
    } else {
        ok = console_fill(step->send ? step->send : "", server_user(s), c->port ? c->port : "", &text, e);
    }
    t.text = t.secret ? NULL : str_cstr(&text);
    ok = ok && session_type(s, &t, NULL, e);
    str_clear(&text);
    return ok;
}

/* The captured port only, never a host: this dialogue goes on to type the credential there. */
static bool redirect(struct session *s, struct dialogue *d, struct err *e)
{
    unsigned port = 0;
    if (sscanf(d->port, "%5u", &port) != 1 || port == 0 || port > 65535)
        return err_fail(e, ERR_FAILED, FAILURE_OOB_CONNECT_FAIL,
                        "%s: the console server named \"%s\" as the port to go on at", session_name(s),
                        d->port);
    s->uri.port = port;
    d->base = d->done;
    return console_open(s, &s->uri, e);
}

static void begin_again(struct dialogue *d)
{
    if (d->done < d->count || d->times <= 1 || !d->taken)
        return;
    d->times--;
    for (size_t i = 0; i < d->count; i++)
        if (d->steps[i].clears) {
            d->done = i;
            return;
        }
}

static bool act(struct session *s, struct dialogue *d, const struct dialogue_step *step, struct err *e)
{
    d->hit = NULL;
    d->done = (size_t)(step - d->steps) + 1;
    if (step->clears && !d->taken && !clear_allowed(s, e))
        return false;
    d->taken = d->taken || step->clears;
    bool ok = step->answer == DIALOGUE_WAIT       ? true
              : step->answer == DIALOGUE_REDIRECT ? redirect(s, d, e)
                                                  : type_answer(s, step, e);
    begin_again(d);
    return ok;
}

static bool over(const struct session *s, const struct dialogue *d)
{
    return s->on_line || (d->done == d->count && !d->ready);
}

static bool asked_again(const struct dialogue *d, const char *text, size_t len)
{
    for (size_t i = d->base; i < d->done; i++)
        if ((d->steps[i].answer == DIALOGUE_USER || d->steps[i].answer == DIALOGUE_PASSWORD) &&
            !d->steps[i].line && found(d->steps[i].expect, text, len))
            return true;
    return false;
}

static bool judge(struct session *s, struct dialogue *d, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    const struct dialogue_step *step = d->hit;
    if (!step && d->done < d->count && !d->steps[d->done].expect)
        step = &d->steps[d->done];
    if (!step && s->line.raw_bytes == s->line.raw_at_send)
        return true;
    if (!step)
        step = step_for(d, text, len, false);
    if (!step) {
        console_hear(s, text, len, true);
        if (s->on_line)
            return true;
    }
    if (step)
        return act(s, d, step, e);
    return !asked_again(d, text, len) ||
           err_fail(e, ERR_FAILED, FAILURE_OOB_AUTH_FAIL, "%s: the console server refused the login of %s",
                    session_name(s), server_user(s));
}

static bool fail_endless(struct session *s, struct err *e)
{
    char *tail = session_tail(s, 60);
    err_fail(e, ERR_TIMEOUT, FAILURE_OOB_CONNECT_FAIL,
             "%s: the console server's dialogue came to no end; its last bytes are \"%s\"", session_name(s),
             tail);
    mem_free(tail);
    return false;
}

/* The last words of a server that closes: what it says of the port, or that our login was wrong. */
static bool fail_closed(struct session *s, struct dialogue *d, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    console_hear(s, text, len, true);
    if (s->busy[0] || (!d->clearing && console_closed_is_busy(s)))
        return console_busy(s, e);
    if (s->astray[0])
        return console_astray(s, e);
    if (s->line.lost && d->done > d->base && d->steps[d->done - 1].answer == DIALOGUE_PASSWORD)
        return err_fail(e, ERR_FAILED, FAILURE_OOB_AUTH_FAIL,
                        "%s: the console server refused the login of %s and closed", session_name(s),
                        server_user(s));
    if (!s->line.lost)
        return false;
    char *tail = session_tail(s, 80);
    err_fail(e, ERR_CLOSED, FAILURE_OOB_CONNECT_FAIL,
             "%s: the console server closed the connection before it had connected us to the port%s%s%s",
             session_name(s), *tail ? "; its last words are \"" : "", tail, *tail ? "\"" : "");
    mem_free(tail);
    return false;
}

static bool turn(struct session *s, struct dialogue *d, struct err *e)
{
    size_t got;
    int64_t now = line_now_ms(&s->line), quiet_at = now - line_quiet_ms(&s->line) + DIALOGUE_QUIET_MS;
    bool quiet = now >= quiet_at;
    if (quiet && !judge(s, d, e))
        return false;
    if (s->busy[0] && !d->clearing)
        return quiet ? console_busy(s, e)
                     : line_read(&s->line, quiet_at, false, &got, NULL) || console_busy(s, e);
    if (s->astray[0] && !d->clearing)
        return console_astray(s, e);
    if (over(s, d))
        return true;
    if (now >= d->deadline_ms)
        return fail_endless(s, e);
    int64_t until = quiet || quiet_at > d->deadline_ms ? d->deadline_ms : quiet_at;
    if (d->done < d->count && !d->steps[d->done].expect && quiet)
        until = now;
    return line_read(&s->line, until, false, &got, e) || (d->clearing && d->taken && s->line.lost) ||
           fail_closed(s, d, e);
}

bool dialogue_run(struct session *s, struct dialogue *d, struct err *e)
{
    bool ok = true;
    d->deadline_ms =
        line_now_ms(&s->line) + or_else(s->options.console->options.connect_timeout_ms, CONNECT_MS);
    s->dialogue = d;
    s->on_line = false;
    while (ok && !over(s, d) && !(d->clearing && d->taken && s->line.lost))
        ok = turn(s, d, e);
    s->dialogue = NULL;
    return ok;
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
    const struct console_driver *driver = session_driver(s);
    if (!driver || (driver->step_count == 0 && !driver->ready)) {
        s->on_line = true;
        return true;
    }
    if (sends_password(driver) &&
        !driver->ready) /* a second login prompt of the server would pass for the switch's */
        return err_set(e, ERR_STATE,
                       "console server kind %s has a login dialogue but no `ready` that proves its end",
                       driver->kind);
    struct dialogue d = {.steps = driver->steps, .count = driver->step_count, .ready = driver->ready};
    if (!dialogue_run(s, &d, e))
        return false;
    s->on_line = true;
    return true;
}
