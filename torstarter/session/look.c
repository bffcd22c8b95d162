/* Looking: what the unfinished line means, and listening until that may be believed. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"
#include "session/procedure.h"

bool session_has_learned(const struct session *s)
{
    for (unsigned i = 0; i < STATE_COUNT; i++)
        if (line_is(&s->line, &s->learned[i]))
            return true;
    return false;
}

void session_learn(struct session *s, enum state state)
{
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    const struct prompt *p = match_prompt(s->dialect, text, len);
    if (!p || p->state != state)
        return;
    str_reset(&s->learned[state]);
    str_add(&s->learned[state], text, len);
    struct regex_span name = {0, match_trim(text, len)};
    if (!match_hostname(p, text, len, &name))
        while (name.end && strchr("#>$%: ", text[name.end - 1]))
            name.end--;
    snprintf(s->hostname, sizeof s->hostname, "%.*s", (int)(name.end - name.start), text + name.start);
}

static struct sight meaning(const struct session *s, const char *text, size_t len)
{
    const struct dialect *d = s->dialect;
    struct regex_span at;
    const struct prompt *p = match_prompt(d, text, len);
    const struct sign *sign = match_any(&d->booting, text, len, NULL);
    if (sign)
        return (struct sight){sign->failure == FAILURE_NONE ? STATE_BOOTING : STATE_LOADER, sign, false};
    if (p && p->state == STATE_LOADER)
        return (struct sight){STATE_LOADER, NULL, false};
    if ((sign = match_sign(&d->first_boot, text, len, true, NULL)))
        return (struct sight){STATE_FIRST_BOOT, sign, false};
    if ((sign = match_any(&d->pager, text, len, &at)) && match_trim(text, len) <= at.end)
        return (struct sight){STATE_PAGER, sign, false};
    if ((sign = match_any(&d->questions, text, len, NULL)))
        return (struct sight){STATE_QUESTION, sign, false};
    if (p)
        return (struct sight){p->state, NULL, false};
    if (match_question(text, len))
        return (struct sight){STATE_QUESTION, NULL, true};
    return (struct sight){STATE_UNKNOWN, NULL, false};
}

/* After a sign of booting only these are believed: the switch is up, waits for its own known answer, or fell into a loader. */
static bool ends_booting(const struct sight *sight)
{
    return sight->state == STATE_LOGIN || sight->state == STATE_LOADER || sight->state == STATE_FIRST_BOOT ||
           (sight->state == STATE_QUESTION && !sight->unknown);
}

struct sight session_sight(struct session *s)
{
    static const struct sight nothing = {STATE_UNKNOWN, NULL, false};
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    /* What stood there when something was typed says nothing about what came of it. */
    bool old = s->line.writes && s->line.raw_bytes == s->line.raw_at_send;
    if (len == 0 || len > MATCH_PROMPT_MAX_BYTES || old || terminal_in_escape(s->line.terminal))
        return nothing;
    struct sight sight = meaning(s, text, len);
    if (s->boot.seen && sight.state == STATE_UNKNOWN && boot_is_ready(s, text, len))
        boot_over(s);
    bool input = sight.state == STATE_LOGIN || sight.state == STATE_PASSWORD || state_is_prompt(sight.state);
    if (input && terminal_returned(s->line.terminal))
        return nothing;
    if (sight.state == STATE_BOOTING || sight.state == STATE_LOADER)
        boot_note(s, text, len);
    if (sight.state == STATE_BOOTING || (s->boot.seen && !ends_booting(&sight)))
        return nothing;
    return sight;
}

static int64_t quiet_needed(const struct session *s, const struct sight *sight)
{
    int64_t settle = or_else(s->dialect->settle_ms, SETTLE_MS);
    if (sight->state == STATE_LOADER)
        return LOADER_QUIET_MS;
    if (sight->state == STATE_QUESTION && sight->unknown)
        return QUESTION_QUIET_MS;
    if (sight->state == STATE_LOGIN &&
        s->login.step == LOGIN_USER_SENT) /* the echo of a late wake-up, perhaps */
        return settle + LINE_SLICE_MS * 4;
    return settle;
}

static bool must_stop(const struct session *s)
{
    return s->heard.first_boot || s->boot.loop || s->busy[0] || s->astray[0];
}

bool session_listen(struct session *s, int64_t until_ms, struct sight *sight, struct err *e)
{
    static const struct sight nothing = {STATE_UNKNOWN, NULL, false};
    int64_t settle = or_else(s->dialect->settle_ms, SETTLE_MS);
    uint64_t judged_at = UINT64_MAX, first = s->line.raw_bytes;
    bool booting = s->boot.seen;
    *sight = nothing;
    for (;;) {
        int64_t now = line_now_ms(&s->line), last = now - line_quiet_ms(&s->line);
        bool exact = session_has_learned(s) && s->line.raw_bytes != s->line.raw_at_send && !s->boot.seen;
        if ((exact || now >= last + settle) && judged_at != s->line.raw_bytes) {
            *sight = session_sight(s);
            judged_at = s->line.raw_bytes;
        }
        bool judged = judged_at == s->line.raw_bytes && sight->state != STATE_UNKNOWN;
        int64_t due = judged ? last + (exact ? 0 : quiet_needed(s, sight)) : last + settle;
        if (judged && now >= due)
            return true;
        bool came_up = booting && !s->boot.seen && !judged; /* whoever waited for that may act again */
        if ((now >= until_ms && !judged) || ((must_stop(s) || came_up) && now >= last + settle) ||
            s->line.raw_bytes - first > LISTEN_MAX_BYTES) {
            *sight = nothing;
            return true;
        }
        if (!judged && (now >= due || due > until_ms))
            due = until_ms;
        size_t got;
        if (!line_read(&s->line, due, s->logged_in || s->leaving, &got, e))
            return false;
    }
}

/* A password that comes back on the screen went to no password prompt: nothing secret is typed here any more. */
static void judge_password_echo(struct session *s, const char *text, size_t len)
{
    struct login *login = &s->login;
    if (login->step != LOGIN_PASSWORD_SENT || login->echo_judged)
        return;
    login->echo_judged = true;
    if (match_any(&s->dialect->booting, text, len, NULL))
        return; /* the power went while the prompt stood there */
    size_t prompt = match_trim(str_cstr(&login->prompt), login->prompt.len);
    if (len <= prompt || memcmp(text, str_cstr(&login->prompt), prompt) != 0)
        return;
    for (size_t i = prompt; i < len; i++)
        if (!strchr(" *\t", text[i]))
            login->echoed = true;
}

static bool is_answered(const struct session *s, const struct sign *sign)
{
    return s->options.answer_first_boot && sign->send;
}

static bool is_common(const struct sign *sign)
{
    const struct sign_list *list = dialect_common_first_boot();
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].text, sign->text) == 0)
            return true;
    return false;
}

/* A platform that gives a login in its provisioning mode, and leaves it by a procedure that is typed there, as any change is: what it
   says of that mode is no reason not to log in. */
static bool is_left_later(const struct session *s, const struct sign *sign)
{
    const struct procedure *p = dialect_procedure(s->dialect, "first_boot_end");
    return s->options.answer_first_boot && !sign->unfinished && !sign->send &&
           sign->failure == FAILURE_FIRST_BOOT && p && p->step_count > 0 &&
           p->steps[0].mode != STATE_FIRST_BOOT && !is_common(sign);
}

static bool is_echo_of_answer(const struct session *s, const char *text, size_t len)
{
    size_t n = strlen(s->login.answered);
    return n && len >= n && memcmp(text, s->login.answered, n) == 0;
}

void session_hear(struct session *s, void *ctx, const char *text, size_t len)
{
    (void)ctx;
    const struct dialect *d = s->dialect;
    const struct sign *sign;
    if (!s->present)
        console_hear(s, text, len, false);
    judge_password_echo(s, text, len);
    if (s->login.step == LOGIN_USER_SENT &&
        memmem(text, len, s->login.current->user, strlen(s->login.current->user)))
        s->login.user_echoed = true;
    if (match_any(&d->login_failed, text, len, NULL))
        s->heard.login_failed = &d->login_failed.items[0];
    if ((sign = match_any(&d->first_boot, text, len, NULL)) && is_left_later(s, sign)) {
        s->in_first_boot = true;
        return;
    }
    if (sign && !s->heard.first_boot && !is_answered(s, sign) && !is_echo_of_answer(s, text, len)) {
        s->heard.first_boot = sign;
    } else if ((sign = match_any(&d->dirty, text, len, NULL)) && !s->heard.dirty) {
        s->heard.dirty = sign;
    } else {
        return;
    }
    char *words = session_quote(s, text, len, sizeof s->heard.text - 1);
    snprintf(s->heard.text, sizeof s->heard.text, "%s", words);
    mem_free(words);
}
