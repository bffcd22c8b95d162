#include "session/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"

enum { SIGN_LOOK_BYTES = 4096, LEAVE_MS = 2000, LEAVE_LISTEN_MS = 1000, LEAVE_TRIES = 3 };

int64_t or_else(int64_t value, int64_t otherwise)
{
    return value > 0 ? value : otherwise;
}

const char *session_name(const struct session *s)
{
    const struct console *c = s->options.console;
    return c && c->name && *c->name ? c->name
           : s->line.transport      ? transport_name(s->line.transport)
                                    : "console";
}

bool session_is_direct(const struct session *s)
{
    const struct console *c = s->options.console;
    return c && c->driver && c->driver->direct;
}

void session_note(struct session *s, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (s->options.hooks.note)
        s->options.hooks.note(s->options.hooks.ctx, text);
}

static char *escaped(const char *bytes, size_t len, size_t max, bool last)
{
    struct str out = {0};
    size_t skip = len > max && last ? len - max : 0;
    str_add_escaped(&out, bytes + skip, len > max ? max : len);
    return str_take(&out);
}

char *session_quote(const struct session *s, const char *text, size_t len, size_t max)
{
    struct str masked = {0};
    mask_text(s->line.mask_in, text, len < SIGN_LOOK_BYTES ? len : SIGN_LOOK_BYTES, &masked);
    char *words = escaped(str_cstr(&masked), match_trim(str_cstr(&masked), masked.len), max, false);
    str_clear(&masked);
    if (words && strlen(words) > max)
        words[max] = '\0';
    return words ? words : mem_strdup("");
}

char *session_tail(const struct session *s, size_t max)
{
    char *words = escaped(str_cstr(&s->line.tail), s->line.tail.len, max, true);
    return words ? words : mem_strdup("");
}

/* Every finished line passes here, whoever listens: a sign of booting is never missed. */
static void finished(void *ctx, const char *text, size_t len)
{
    struct session *s = ctx;
    size_t look = len < SIGN_LOOK_BYTES ? len : SIGN_LOOK_BYTES;
    if (!s->on_line) {
        console_hear(s, text, look, false);
        return;
    }
    boot_hear(s, text, look);
    if (!s->logged_in)
        persona_hear(s, text, look);
    if (s->sink)
        s->sink(s, s->sink_ctx, text, len);
}

static void mask_secret(struct session *s, const struct secret *secret)
{
    if (!secret)
        return;
    mask_add(s->line.mask_in, secret);
    mask_add(s->line.mask_out, secret);
}

static void mask_all(struct session *s)
{
    const struct session_options *o = &s->options;
    for (size_t i = 0; i < o->credential_count; i++) {
        mask_secret(s, o->credentials[i].password);
        mask_secret(s, o->credentials[i].enable_password);
    }
    for (size_t i = 0; i < o->other_secret_count; i++)
        mask_secret(s, o->other_secrets[i]);
    if (o->console)
        mask_secret(s, o->console->options.password);
}

static uint64_t seed(uint64_t wanted)
{
    uint64_t random = wanted;
    if (random == 0 && getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        random = (uint64_t)clock_now_us(NULL); /* a nonce has to be new, not secret */
    return random;
}

static void session_free(struct session *s)
{
    line_clear(&s->line);
    noise_clear(s);
    for (unsigned i = 0; i < STATE_COUNT; i++)
        str_clear(&s->learned[i]);
    str_clear(&s->login.names);
    str_clear(&s->login.prompt);
    str_clear(&s->finding);
    regex_free(s->idle.regex);
    mem_free(s);
}

static bool reach(struct session *s, struct err *e)
{
    if (!s->line.transport && !console_reach(s, e))
        return false;
    return console_dialogue(s, e);
}

struct session *session_open(const struct session_options *options, struct err *e)
{
    if (!options->take_transport && !options->console) {
        err_set(e, ERR_STATE, "a session needs a console");
        return NULL;
    }
    struct session *s = MEM_NEW(struct session);
    s->options = *options;
    s->dialect = options->dialect;
    s->random = seed(options->nonce_seed);
    if (options->console)
        s->uri = options->console->uri;
    line_init(&s->line, options->take_transport, &s->options, finished, s);
    mask_all(s);
    noise_init(s);
    clear_init(s);
    if (reach(s, e) || (s->busy[0] && console_clear_busy(s, e)))
        return s;
    session_free(s);
    return NULL;
}

bool session_in_first_boot(const struct session *s)
{
    return s->in_first_boot;
}

const char *session_finding(const struct session *s)
{
    return str_cstr(&s->finding);
}

enum state session_state(const struct session *s)
{
    return s->state;
}

const char *session_hostname(const struct session *s)
{
    return s->hostname;
}

const char *session_credential(const struct session *s)
{
    return s->credential ? s->credential->name : "";
}

int64_t session_now_ms(const struct session *s)
{
    return line_now_ms(&s->line);
}

uint64_t session_received(const struct session *s)
{
    return s->line.received;
}

struct mask *session_mask(struct session *s)
{
    return s->line.mask_in;
}

/* True once a prompt is proven without typing: the exact one, learned before. */
static bool at_learned_prompt(struct session *s)
{
    struct sight sight;
    if (!session_drain(s, NULL) || s->boot.seen)
        return false;
    if (state_is_prompt(s->state) && line_is(&s->line, &s->learned[s->state]))
        return true;
    if (!session_listen(s, line_now_ms(&s->line) + LEAVE_LISTEN_MS, &sight, NULL) ||
        !state_is_prompt(sight.state) || !session_has_learned(s))
        return false;
    s->state = sight.state;
    return true;
}

static bool is_out(const struct session *s, const struct sight *sight)
{
    return s->line.lost || sight->state == STATE_LOGIN || (sight->state == STATE_QUESTION && !sight->unknown);
}

static void log_out(struct session *s, struct str *left)
{
    struct typing t = {.kind = SENT_LOGOUT, .text = s->dialect->logout};
    struct sight sight = {STATE_UNKNOWN, NULL, false};
    int64_t until = line_now_ms(&s->line) + LEAVE_MS;
    for (unsigned i = 0; i < LEAVE_TRIES; i++) {
        if (!session_type(s, &t, NULL, NULL)) {
            str_add_cstr(left, "the session was left logged in: the logout could not be sent");
            return;
        }
        session_listen(s, until, &sight, NULL);
        if (is_out(s, &sight))
            return;
        if (!state_is_prompt(sight.state))
            break;
        s->state = sight.state; /* an outer shell, or a lower mode: out of that too */
    }
    if (s->boot.seen)
        str_add_cstr(left, "a logout was typed; then the switch began to boot");
    else
        str_printf(left, "a logout was typed, but no login prompt came (state %s)", state_name(sight.state));
}

/* A login that was begun and broken off: what it led to decides what may still be typed. */
static void leave_login(struct session *s, struct str *left)
{
    struct sight sight = {STATE_UNKNOWN, NULL, false};
    if (s->login.step == LOGIN_IDLE) {
        bool clean = s->line.writes == 0 || s->state == STATE_LOGIN || s->state == STATE_UNKNOWN;
        if (!clean)
            str_printf(left, "the console was left in state %s: nothing more was typed",
                       state_name(s->state));
        return;
    }
    session_listen(s, line_now_ms(&s->line) + LEAVE_MS, &sight, NULL);
    struct typing abort = {.kind = SENT_ABORT, .text = ""};
    bool logout = state_is_prompt(sight.state) && s->dialect->logout && *s->dialect->logout;
    s->state = sight.state;
    if (logout)
        log_out(s, left);
    else if (sight.state == STATE_PASSWORD)
        session_type(s, &abort, NULL, NULL);
    else if (sight.state != STATE_LOGIN)
        str_printf(left, "a login was begun and left in state %s: nothing more was typed",
                   state_name(s->state));
}

static void leave(struct session *s, struct str *left)
{
    s->leaving = true;
    if (s->line.lost) {
        str_add_cstr(left, s->logged_in ? "the connection broke: the session may still be logged in" : "");
        return;
    }
    if (!s->logged_in) {
        leave_login(s, left);
        return;
    }
    bool proven = at_learned_prompt(s);
    if (proven && s->state == STATE_CONFIG)
        proven = session_mode(s, s->dialect->home, NULL);
    if (s->boot.seen)
        str_printf(left, "the session was left in state %s: nothing was typed", state_name(STATE_BOOTING));
    else if (!proven)
        str_printf(left, "the session was left in state %s: nothing was typed", state_name(STATE_UNKNOWN));
    else if (!s->dialect->logout || !*s->dialect->logout)
        str_printf(left, "the session was left logged in: platform %s has no logout", s->dialect->platform);
    else
        log_out(s, left);
}

void session_close(struct session *s, struct str *left)
{
    struct str nobody = {0};
    if (!s)
        return;
    leave(s, left ? left : &nobody);
    str_clear(&nobody);
    session_free(s);
}
