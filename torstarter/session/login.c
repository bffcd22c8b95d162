/* Logging in: as ourselves, from a clean login prompt, with each credential once and never a secret to anything but a password
   prompt that followed our own user name. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"

enum {
    LOGIN_TIMEOUT_MS = 120 * 1000,
    ABORTS_MAX = 3,
    LOGOUTS_MAX = 6,
    KEYS_MAX = 30,
    SETTING_STALL_MS = 10 * 1000
};

/* The one that worked before comes first. */
static const struct credential *credential_at(const struct session *s, size_t index)
{
    const struct credential *list = s->options.credentials;
    if (!s->credential)
        return &list[index];
    if (index == 0)
        return s->credential;
    size_t known = (size_t)(s->credential - list);
    return &list[index <= known ? index - 1 : index];
}

static void refuse_current(struct login *login)
{
    if (login->current)
        str_printf(&login->names, "%s%s", login->names.len ? ", " : "", login->current->name);
    login->current = NULL;
    login->step = LOGIN_IDLE;
}

/* What was typed before a boot has no answer any more, so nothing was refused: the same credential begins again. */
void login_forget(struct login *login)
{
    if (login->step == LOGIN_IDLE || !login->current)
        return;
    login->step = LOGIN_IDLE;
    login->current = NULL;
    login->tried--;
}

static bool fail_refused(struct session *s, struct err *e)
{
    size_t count = s->options.credential_count;
    refuse_current(&s->login);
    if (s->login.tried < count)
        return err_fail(
            e, ERR_FAILED, FAILURE_LOGIN_FAIL,
            "%s: the switch refused %s; the rest was not tried, since more attempts may lock the account",
            session_name(s), str_cstr(&s->login.names));
    return err_fail(e, ERR_FAILED, FAILURE_LOGIN_FAIL, "%s: the switch refused every credential: %s",
                    session_name(s),
                    s->login.names.len ? str_cstr(&s->login.names) : "none is configured for it");
}

static bool type_user(struct session *s, struct err *e)
{
    struct typing t = {.kind = SENT_USER, .text = s->login.current->user};
    s->login.user_echoed = false;
    s->login.step = LOGIN_USER_SENT;
    bool ok = session_type(s, &t, NULL, e);
    s->login.user_writes = s->line.writes;
    s->login.user_ms = line_now_ms(&s->line);
    return ok;
}

static bool at_login(struct session *s, struct err *e)
{
    struct login *login = &s->login;
    size_t count = s->options.credential_count;
    if (login->step == LOGIN_USER_SENT && !s->heard.login_failed && login->users_resent++ == 0)
        return type_user(s, e); /* it was lost: a getty that starts throws away what was typed before */
    refuse_current(login);
    do {
        if (login->tried >= count || login->tried >= LOGIN_ATTEMPTS_MAX || login->echoed)
            return fail_refused(s, e);
        login->current = credential_at(s, login->tried++);
    } while (!login->current->user || !*login->current->user);
    login->users_resent = 0;
    return type_user(s, e);
}

static bool give_up_password(struct session *s, struct err *e)
{
    struct typing t = {.kind = SENT_ABORT, .text = ""};
    if (s->login.aborts++ >= ABORTS_MAX)
        return err_fail(
            e, ERR_FAILED, FAILURE_LOGIN_FAIL,
            "%s: the switch keeps asking for a password without a user name; no password was given to it",
            session_name(s));
    login_forget(&s->login); /* it was given no password, so it was not refused */
    s->login.step = LOGIN_IDLE;
    return session_type(s, &t, NULL, e);
}

static bool at_password(struct session *s, struct err *e)
{
    struct login *login = &s->login;
    if (login->echoed)
        return err_fail(
            e, ERR_FAILED, FAILURE_LOGIN_FAIL,
            "%s: what was typed at the password prompt came back on the screen: no more passwords were typed",
            session_name(s));
    if (login->step == LOGIN_PASSWORD_SENT)
        refuse_current(login);
    /* A return that was typed since the name may have answered this prompt before it was seen. */
    if (login->step == LOGIN_USER_SENT && s->line.writes != login->user_writes)
        login->slow_ms = line_now_ms(&s->line) - login->user_ms;
    if (login->step != LOGIN_USER_SENT || !login->user_echoed || s->line.writes != login->user_writes)
        return give_up_password(s, e);
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    str_reset(&login->prompt);
    str_add(&login->prompt, text, len);
    login->echo_judged = false;
    login->step = LOGIN_PASSWORD_SENT;
    struct typing t = {.kind = SENT_PASSWORD, .secret = login->current->password};
    return session_type(s, &t, NULL, e);
}

static bool fail_dirty(struct session *s, const char *what, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    char *words = session_quote(s, text, len, 100);
    err_fail(e, ERR_STATE, FAILURE_CONSOLE_DIRTY,
             "%s: somebody's session has %s (\"%s\"); it was left as it is", session_name(s), what,
             s->heard.dirty ? s->heard.text : words);
    mem_free(words);
    return false;
}

static const char *way_out_of_config(const struct session *s)
{
    for (size_t i = 0; i < s->dialect->mode_count; i++)
        if (s->dialect->modes[i].to == STATE_CONFIG && s->dialect->modes[i].back)
            return s->dialect->modes[i].back;
    return NULL;
}

/* Somebody left a session open: back to a clean login, unless work is pending in it. A prompt that merely stood there may be an
   old one: it is believed only after a carriage return brought it again. */
static bool at_strangers_prompt(struct session *s, enum state state, struct err *e)
{
    struct login *login = &s->login;
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    if (s->heard.dirty || match_any(&s->dialect->dirty, text, len, NULL))
        return fail_dirty(s, "pending changes", e);
    if ((s->line.writes == 0 || s->replayed) && login->elicited++ == 0) {
        struct typing wake = {.kind = SENT_WAKE, .text = ""};
        s->state = STATE_UNKNOWN;
        return session_type(s, &wake, NULL, e);
    }
    const char *out = state == STATE_CONFIG ? way_out_of_config(s) : s->dialect->logout;
    if (!out || !*out)
        return fail_dirty(
            s, state == STATE_CONFIG ? "the configuration open" : "been left open, with no way to log out",
            e);
    if (login->logouts++ == 0)
        session_note(s, "found somebody's session in mode %s; logging it out", state_name(state));
    if (login->logouts > LOGOUTS_MAX)
        return err_fail(e, ERR_FAILED, FAILURE_LOGIN_FAIL, "%s: the session found open cannot be logged out",
                        session_name(s));
    struct typing t = {.kind = state == STATE_CONFIG ? SENT_MODE : SENT_LOGOUT, .text = out};
    return session_type(s, &t, NULL, e);
}

static bool at_question(struct session *s, const struct sight *sight, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    const struct sign *sign = sight->sign;
    bool dirty = s->login.logouts > 0 || match_any(&s->dialect->dirty, text, len, NULL);
    bool may = sign && sign->send && s->login.answers++ < KEYS_MAX && !dirty;
    if (sight->state == STATE_PAGER)
        may = sign && sign->send && s->login.answers++ < KEYS_MAX;
    if (sight->state == STATE_FIRST_BOOT)
        may = may && s->options.answer_first_boot &&
              (sign->failure != FAILURE_LOGIN_POLICY || s->options.from_factory_ok);
    if (may) {
        snprintf(s->login.answered, sizeof s->login.answered, "%.*s", (int)match_trim(text, len), text);
        struct typing t = {.kind = SENT_ANSWER, .text = sign->send, .no_return = sight->state == STATE_PAGER};
        return session_type(s, &t, NULL, e);
    }
    if (dirty && sight->state == STATE_QUESTION)
        return fail_dirty(s, "a question open", e);
    enum failure failure = sight->state == STATE_FIRST_BOOT ? FAILURE_FIRST_BOOT : FAILURE_QUESTION_UNKNOWN;
    if (sign && sign->failure != FAILURE_NONE)
        failure = sign->failure;
    char *words = session_quote(s, text, len, 160);
    err_fail(e, ERR_STATE, failure, "%s: the switch asks \"%s\"; nothing was answered", session_name(s),
             words);
    mem_free(words);
    return false;
}

static bool fail_loader(struct session *s, struct err *e)
{
    return err_fail(e, ERR_STATE, FAILURE_BOOT_LOADER,
                    "%s: the switch sits in its boot loader (\"%s\"); nothing was typed into it",
                    session_name(s), s->boot.last);
}

static bool login_step(struct session *s, const struct sight *sight, bool *done, struct err *e)
{
    switch (sight->state) {
    case STATE_LOGIN:
        return at_login(s, e);
    case STATE_PASSWORD:
        return at_password(s, e);
    case STATE_LOADER:
        return fail_loader(s, e);
    case STATE_FIRST_BOOT:
    case STATE_QUESTION:
    case STATE_PAGER:
        return at_question(s, sight, e);
    default:
        break;
    }
    *done = s->login.step != LOGIN_IDLE || session_is_direct(s);
    return *done || at_strangers_prompt(s, sight->state, e);
}

static bool make_setting(struct session *s, const char *setting, struct err *e)
{
    struct answer a = {.status = ANSWER_OK};
    struct exchange x = {.kind = SENT_SETTING, .text = setting, .stall_ms = SETTING_STALL_MS, .answer = &a};
    bool ok = session_exchange(s, &x, e);
    const char *p = str_cstr(&a.text);
    for (size_t len; ok && *p; p += len + (p[len] == '\n')) {
        len = strcspn(p, "\n");
        if (match_any(&s->dialect->rejected, p, len, NULL)) {
            session_note(s, "the switch refused the setting \"%s\"", setting);
            break;
        }
    }
    answer_clear(&a);
    return ok;
}

static bool move_in(struct session *s, struct err *e)
{
    s->logged_in = true;
    s->credential = s->login.current;
    s->login.step = LOGIN_IDLE;
    session_learn(s, s->state);
    if (!session_mode(s, s->dialect->home, e) || !session_nonce(s, e))
        return false;
    for (size_t i = 0; i < s->dialect->on_login_count; i++)
        if (!make_setting(s, s->dialect->on_login[i], e))
            return false;
    return true;
}

static void login_begin(struct session *s)
{
    str_clear(&s->login.names);
    str_clear(&s->login.prompt);
    memset(&s->login, 0, sizeof s->login);
    memset(&s->heard, 0, sizeof s->heard);
    s->persona = NULL;
    s->limit[0] = '\0';
    s->begun = (struct begun){0};
    s->epoch++;
    s->unfinished_line = false;
    s->logged_in = s->present = s->accepted = s->late = false;
    s->deadline_ms = line_now_ms(&s->line) + or_else(s->options.login_timeout_ms, LOGIN_TIMEOUT_MS);
}

static bool log_in(struct session *s, struct err *e)
{
    bool done = false;
    login_begin(s);
    while (!done) {
        struct sight sight;
        /* A name that was given up is refused after the same silence as a wrong password. */
        int64_t patience = s->login.step == LOGIN_IDLE && s->login.aborts == 0
                               ? 0
                               : or_else(s->dialect->login_failed_ms, LOGIN_FAILED_MS) + WAKE_QUIET_MS;
        if (!session_look(s, patience, &sight, e) || !login_step(s, &sight, &done, e))
            return false;
    }
    return move_in(s, e);
}

/* A console server that hangs up often says why in its last line. */
static void tell_last_words(struct session *s, struct err *e)
{
    if (!e || e->failure != FAILURE_CONSOLE_LOST || s->line.raw_bytes == s->line.raw_at_attach)
        return;
    char *tail = session_tail(s, 80);
    size_t len = strlen(e->msg);
    snprintf(e->msg + len, sizeof e->msg - len, "; its last words are \"%s\"", tail);
    mem_free(tail);
}

bool session_login(struct session *s, struct err *e)
{
    bool ok = log_in(s, e);
    if (!ok && s->busy[0] && !s->logged_in)
        ok = console_clear_busy(s, e) && log_in(s, e);
    if (!ok && s->line.lost)
        tell_last_words(s, e);
    if (!ok)
        persona_name(s, e);
    return ok;
}
