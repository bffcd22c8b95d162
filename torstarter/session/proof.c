/* The one place that types. A table says what each proven state allows; whatever it does not name cannot leave this file. The
   hook is asked before the first byte: it returns when the row is on disk. After typing, nothing is proven any more. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/secret_reveal.h"
#include "session/inner.h"

enum { PAGER_KEYS_MAX = 4, SERVER_KEYS_MAX = 16 };

#define MAY(kind) (1u << (kind))

static const unsigned allowed[STATE_COUNT] = {
    [STATE_UNKNOWN] = MAY(SENT_WAKE),
    [STATE_BOOTING] = 0,
    [STATE_LOADER] = 0,
    [STATE_FIRST_BOOT] = MAY(SENT_ANSWER),
    [STATE_QUESTION] = MAY(SENT_ANSWER),
    [STATE_PAGER] = MAY(SENT_ANSWER),
    [STATE_PASSWORD] = MAY(SENT_PASSWORD) | MAY(SENT_ABORT),
    [STATE_LOGIN] = MAY(SENT_USER),
    [STATE_CONFIG] = MAY(SENT_MODE),
    [STATE_SHELL] = MAY(SENT_MODE) | MAY(SENT_SETTING) | MAY(SENT_QUERY) | MAY(SENT_NONCE) | MAY(SENT_LOGOUT),
    [STATE_ENABLE] =
        MAY(SENT_MODE) | MAY(SENT_SETTING) | MAY(SENT_QUERY) | MAY(SENT_NONCE) | MAY(SENT_LOGOUT),
    [STATE_EXEC] = MAY(SENT_MODE) | MAY(SENT_SETTING) | MAY(SENT_QUERY) | MAY(SENT_NONCE) | MAY(SENT_LOGOUT),
};

static const char *const kind_names[] = {
    [SENT_WAKE] = "wake",     [SENT_USER] = "user",       [SENT_PASSWORD] = "password",
    [SENT_MODE] = "mode",     [SENT_SETTING] = "setting", [SENT_QUERY] = "query",
    [SENT_ANSWER] = "answer", [SENT_NONCE] = "nonce",     [SENT_ABORT] = "abort",
    [SENT_LOGOUT] = "logout", [SENT_KEYS] = "keys",
};

const char *sent_kind_name(enum sent_kind kind)
{
    return (unsigned)kind < sizeof kind_names / sizeof *kind_names ? kind_names[kind] : "unknown";
}

bool proof_allows(enum state state, enum sent_kind kind)
{
    return (unsigned)state < STATE_COUNT && (unsigned)kind <= SENT_LOGOUT &&
           (allowed[state] & MAY(kind)) != 0;
}

static bool printable(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)bytes[i] < 0x20 || bytes[i] == 0x7F)
            return false;
    return true;
}

/* The few bytes that each kind may consist of. */
static bool content_ok(const struct typing *t, const char *bytes, size_t len)
{
    switch (t->kind) {
    case SENT_WAKE:
        return len == 0 || (len == 1 && bytes[0] == 0x11 && t->no_return); /* XON */
    case SENT_ABORT:
        return len == 0;
    case SENT_ANSWER:
        return t->no_return ? len >= 1 && len <= (t->to_server ? SERVER_KEYS_MAX : PAGER_KEYS_MAX)
                            : printable(bytes, len);
    case SENT_PASSWORD:
        return t->secret && printable(bytes, len);
    default:
        return !t->secret && len > 0 && printable(bytes, len);
    }
}

static bool holds_escape(const struct session *s, const char *bytes, size_t len)
{
    const struct console_driver *driver = s->options.console ? s->options.console->driver : NULL;
    size_t total = driver && driver->escapes ? driver->escapes_len : 0;
    for (size_t at = 0; at < total;) {
        size_t n = strnlen(driver->escapes + at, total - at);
        if (n && memmem(bytes, len, driver->escapes + at, n))
            return true;
        at += n + 1;
    }
    return false;
}

static bool may_leave(const struct session *s, const struct typing *t, const char *bytes, size_t len,
                      struct err *e)
{
    const char *kind = sent_kind_name(t->kind);
    if (s->line.lost)
        return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "%s: the connection to the console broke",
                        session_name(s));
    if (!proof_allows(s->state, t->kind))
        return err_set(e, ERR_STATE, "%s: a %s may not be typed in state %s: nothing was sent",
                       session_name(s), kind, state_name(s->state));
    if (!content_ok(t, bytes, len))
        return err_set(e, ERR_STATE, "%s: the %s holds bytes that may not be typed: nothing was sent",
                       session_name(s), kind);
    if (s->dialect->line_max_bytes && len > s->dialect->line_max_bytes)
        return err_fail(e, ERR_LIMIT, FAILURE_PARSE_FAILURE,
                        "%s: the %s has %zu bytes, the switch's line buffer %zu: nothing was sent",
                        session_name(s), kind, len, s->dialect->line_max_bytes);
    if (!t->to_server && holds_escape(s, bytes, len))
        return err_set(e, ERR_STATE,
                       "%s: the %s holds the escape sequence of the console server: nothing was sent; change "
                       "one of the two",
                       session_name(s), kind);
    return true;
}

static bool tell(struct session *s, const struct typing *t, const char *bytes, size_t len, uint64_t *event,
                 struct err *e)
{
    const struct session_hooks *hooks = &s->options.hooks;
    struct str text = {0};
    if (t->secret)
        str_printf(&text, "{secret:%s}", secret_name(t->secret));
    else
        mask_text(s->line.mask_out, bytes, len, &text);
    struct sent what = {
        .kind = t->kind,
        .state = s->state,
        .text = str_cstr(&text),
        .query = t->query ? t->query : "",
        .at_utc_us = clock_utc_us(s->line.clock),
        .received_from = s->line.received,
    };
    bool ok = !hooks->before_send || hooks->before_send(hooks->ctx, &what, event, e);
    str_clear(&text);
    return ok;
}

bool session_type(struct session *s, const struct typing *t, uint64_t *event, struct err *e)
{
    uint64_t ignored = 0;
    size_t len = t->text ? strlen(t->text) : 0;
    const char *bytes = t->secret ? secret_reveal(t->secret, &len) : t->text ? t->text : "";
    if (!may_leave(s, t, bytes, len, e))
        return false;
    if (s->state !=
        STATE_UNKNOWN) /* the line ends here: what the mask held back is no beginning of a secret */
        line_show_held(&s->line);
    if (!tell(s, t, bytes, len, event ? event : &ignored, e))
        return false;
    struct str out = {0};
    str_add(&out, bytes, len);
    if (!t->no_return)
        str_add_cstr(&out, t->line_end ? t->line_end : "\r");
    s->state = STATE_UNKNOWN;
    s->heard.login_failed = NULL;
    bool ok = line_write(&s->line, out.data, out.len, t->secret != NULL, e);
    mem_wipe(out.data, out.len);
    str_clear(&out);
    return ok;
}

bool session_type_keys(struct session *s, const char *keys, size_t len, bool is_secret, struct err *e)
{
    struct str text = {0};
    uint64_t event = 0;
    if (is_secret)
        str_add_cstr(&text, "{secret:typed}");
    else
        mask_text(s->line.mask_out, keys, len, &text);
    struct sent what = {.kind = SENT_KEYS,
                        .state = session_sight(s).state,
                        .text = str_cstr(&text),
                        .query = "",
                        .at_utc_us = clock_utc_us(s->line.clock),
                        .received_from = s->line.received};
    const struct session_hooks *hooks = &s->options.hooks;
    bool ok = !hooks->before_send || hooks->before_send(hooks->ctx, &what, &event, e);
    s->state = STATE_UNKNOWN;
    ok = ok && line_pass(&s->line, keys, len, is_secret ? str_cstr(&text) : NULL, e);
    str_clear(&text);
    return ok;
}
