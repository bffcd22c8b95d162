/* The one place that types. A table says what each proven state allows; whatever it does not name cannot leave this file. The
   hook is asked before the first byte: it returns when the row is on disk. After typing, nothing is proven any more. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/secret_reveal.h"
#include "session/inner.h"
#include "session/procedure.h"

enum { PAGER_KEYS_MAX = 4, SERVER_KEYS_MAX = 16 };

#define MAY(kind) (1u << (kind))
#define READS     (MAY(SENT_MODE) | MAY(SENT_SETTING) | MAY(SENT_QUERY) | MAY(SENT_NONCE) | MAY(SENT_LOGOUT))
#define CHANGES   (MAY(SENT_CHANGE) | MAY(SENT_PASTE)) /* and a permit, see may_change */

static const unsigned allowed[STATE_COUNT] = {
    [STATE_UNKNOWN] = MAY(SENT_WAKE) | MAY(SENT_INTERRUPT), /* the latter: see may_interrupt */
    [STATE_BOOTING] = 0,
    [STATE_LOADER] = 0,
    [STATE_FIRST_BOOT] = MAY(SENT_ANSWER) | MAY(SENT_CHANGE),
    [STATE_QUESTION] = MAY(SENT_ANSWER) | MAY(SENT_CHANGE),
    [STATE_PAGER] = MAY(SENT_ANSWER),
    [STATE_PASSWORD] = MAY(SENT_PASSWORD) | MAY(SENT_ABORT),
    [STATE_LOGIN] = MAY(SENT_USER),
    [STATE_CONFIG] = MAY(SENT_MODE) | CHANGES,
    [STATE_SHELL] = READS | CHANGES,
    [STATE_ENABLE] = READS | CHANGES,
    [STATE_EXEC] = READS | CHANGES,
};

static const char *const kind_names[] = {
    [SENT_WAKE] = "wake",     [SENT_USER] = "user",           [SENT_PASSWORD] = "password",
    [SENT_MODE] = "mode",     [SENT_SETTING] = "setting",     [SENT_QUERY] = "query",
    [SENT_ANSWER] = "answer", [SENT_NONCE] = "nonce",         [SENT_ABORT] = "abort",
    [SENT_LOGOUT] = "logout", [SENT_KEYS] = "keys",           [SENT_CHANGE] = "change",
    [SENT_PASTE] = "paste",   [SENT_INTERRUPT] = "interrupt",
};

const char *sent_kind_name(enum sent_kind kind)
{
    return (unsigned)kind < sizeof kind_names / sizeof *kind_names ? kind_names[kind] : "unknown";
}

bool proof_allows(enum state state, enum sent_kind kind)
{
    return (unsigned)state < STATE_COUNT && (unsigned)kind <= SENT_INTERRUPT && kind != SENT_KEYS &&
           (allowed[state] & MAY(kind)) != 0;
}

static bool printable(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)bytes[i] < 0x20 || bytes[i] == 0x7F)
            return false;
    return true;
}

char session_line_kill(const struct session *s)
{
    enum { CTRL_U = 0x15 };
    return s->dialect->line_kill ? s->dialect->line_kill : CTRL_U;
}

/* Beside text: what clears a line or shows it anew, a line's end, and the step's own end of the paste. */
static bool paste_content_ok(const struct session *s, const struct typing *t, const char *bytes, size_t len)
{
    const char *end = s->begun.step->paste_end;
    bool one = t->no_return && len == 1;
    return printable(bytes, len) ||
           (one && (bytes[0] == session_line_kill(s) || bytes[0] == '\r' ||
                    (s->dialect->redraw && bytes[0] == s->dialect->redraw))) ||
           (t->no_return && end && strlen(end) == len && memcmp(bytes, end, len) == 0);
}

/* The few bytes that each kind may consist of. */
static bool content_ok(const struct session *s, const struct typing *t, const char *bytes, size_t len)
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
    case SENT_CHANGE:
        return !t->secret && !t->no_return && printable(bytes, len) &&
               (len > 0 || s->state == STATE_QUESTION);
    case SENT_INTERRUPT:
        return !t->secret && t->no_return && len == 1 && bytes[0] == s->begun.step->interrupt;
    case SENT_PASTE:
        return !t->secret && paste_content_ok(s, t, bytes, len);
    default:
        return !t->secret && len > 0 && printable(bytes, len);
    }
}

bool session_holds_escape(const struct session *s, const char *bytes, size_t len)
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

/* Once, against a command of a procedure that stands still, and only where the platform file says that it ends in a prompt. */
static bool may_interrupt(const struct session *s, struct err *e)
{
    const struct procedure_step *step = permit_holds(s) ? s->begun.step : NULL;
    return (step && step->kind == STEP_RUN && step->interrupt && s->begun.stalled) ||
           err_fail(e, ERR_STATE, FAILURE_GUARD_UNPROVEN,
                    "%s: an interrupt leaves only within a stalled step that the platform file lets be "
                    "interrupted: nothing was sent",
                    session_name(s));
}

/* A change leaves only as part of a step of the procedure that a permit was spent for, and only lines of a paste from a paste. What
   else would run half a line of it does not leave either. */
static bool may_change(const struct session *s, enum sent_kind kind, struct err *e)
{
    const struct procedure_step *step = permit_holds(s) ? s->begun.step : NULL;
    bool changes = kind == SENT_CHANGE || kind == SENT_PASTE;
    if (changes && (!step || (kind == SENT_PASTE) != (step->kind == STEP_PASTE)))
        return err_fail(e, ERR_STATE, FAILURE_GUARD_UNPROVEN,
                        "%s: a %s leaves only within a procedure that was begun under a permit: nothing was "
                        "sent",
                        session_name(s), sent_kind_name(kind));
    if (kind == SENT_INTERRUPT && !may_interrupt(s, e))
        return false;
    if (s->unfinished_line && kind != SENT_PASTE)
        return err_fail(e, ERR_STATE, FAILURE_CONSOLE_DIRTY,
                        "%s: part of a line stands at the switch's prompt, which a return would run: nothing "
                        "was sent",
                        session_name(s));
    return true;
}

/* A comment as proof of the present is harmless in a configuration too; but only who changes one comes there. */
static bool state_allows(const struct session *s, enum sent_kind kind)
{
    return proof_allows(s->state, kind) ||
           (kind == SENT_NONCE && s->state == STATE_CONFIG && permit_holds(s));
}

static bool may_leave(const struct session *s, const struct typing *t, const char *bytes, size_t len,
                      struct err *e)
{
    const char *kind = sent_kind_name(t->kind);
    if (s->line.lost)
        return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "%s: the connection to the console broke",
                        session_name(s));
    if (!may_change(s, t->kind, e))
        return false;
    if (!state_allows(s, t->kind))
        return err_set(e, ERR_STATE, "%s: a %s may not be typed in state %s: nothing was sent",
                       session_name(s), kind, state_name(s->state));
    if (!content_ok(s, t, bytes, len))
        return err_set(e, ERR_STATE, "%s: the %s holds bytes that may not be typed: nothing was sent",
                       session_name(s), kind);
    if (s->dialect->line_max_bytes && len > s->dialect->line_max_bytes)
        return err_fail(e, ERR_LIMIT, FAILURE_PARSE_FAILURE,
                        "%s: the %s has %zu bytes, the switch's line buffer %zu: nothing was sent",
                        session_name(s), kind, len, s->dialect->line_max_bytes);
    if (!t->to_server && session_holds_escape(s, bytes, len))
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
    else if (t->kind == SENT_INTERRUPT)
        str_add_cstr(&text, "{ctrl-c}");
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
    s->begun.stalled = s->begun.stalled && t->kind != SENT_INTERRUPT;
    s->begun.typed = s->begun.typed || t->kind == SENT_CHANGE;
    bool ok = line_write(&s->line, out.data, out.len, t->secret != NULL, e);
    mem_wipe(out.data, out.len);
    str_clear(&out);
    return ok;
}

bool session_paste_row(struct session *s, const char *text, size_t len, const char *shown, uint64_t *event,
                       struct err *e)
{
    struct typing t = {
        .kind = SENT_PASTE, .no_return = true, .query = permit_holds(s) ? s->begun.procedure->name : ""};
    return may_leave(s, &t, text, len, e) && tell(s, &t, shown, strlen(shown), event, e);
}

bool session_paste_bytes(struct session *s, const char *bytes, size_t len, const char *shown, struct err *e)
{
    struct typing t = {.kind = SENT_PASTE, .text = bytes, .no_return = true};
    if (!may_leave(s, &t, bytes, len, e))
        return false;
    s->begun.typed = true;
    return line_write_as(&s->line, bytes, len, shown, e);
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

/* Not a byte, but as much a thing typed as any: its row is on disk before the line is held low. */
bool session_type_break(struct session *s, struct err *e)
{
    const struct session_hooks *hooks = &s->options.hooks;
    uint64_t event = 0;
    struct sent what = {.kind = SENT_KEYS,
                        .state = session_sight(s).state,
                        .text = "{break}",
                        .query = "",
                        .at_utc_us = clock_utc_us(s->line.clock),
                        .received_from = s->line.received};
    if (hooks->before_send && !hooks->before_send(hooks->ctx, &what, &event, e))
        return false;
    s->state = STATE_UNKNOWN;
    return console_send_break(s->options.console, s->line.transport, e);
}
