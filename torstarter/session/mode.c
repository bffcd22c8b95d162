/* Changing the mode along the dialect's graph: the shortest way, each step proven by the prompt it leads to. */
#include <string.h>

#include "base/mem.h"
#include "session/inner.h"

enum { MODE_STALL_MS = 15 * 1000, MODE_ABORTS = 3 };

struct step {
    const struct mode_change *edge;
    bool back;
};

static enum state step_from(const struct step *step)
{
    return step->back ? step->edge->to : step->edge->from;
}

static enum state step_to(const struct step *step)
{
    return step->back ? step->edge->from : step->edge->to;
}

static void spread(const struct dialect *d, enum state at, struct step *came, enum state *queue,
                   size_t *queued, bool *seen)
{
    for (size_t i = 0; i < d->mode_count; i++)
        for (unsigned back = 0; back < 2; back++) {
            struct step step = {&d->modes[i], back == 1};
            enum state to = step_to(&step);
            if (step_from(&step) != at || seen[to] || (back && !step.edge->back))
                continue;
            seen[to] = true;
            came[to] = step;
            queue[(*queued)++] = to;
        }
}

/* Breadth first; the first step of the shortest way from `at` to `target`. */
static bool first_step(const struct dialect *d, enum state at, enum state target, struct step *out)
{
    struct step came[STATE_COUNT] = {{NULL, false}};
    bool seen[STATE_COUNT] = {false};
    enum state queue[STATE_COUNT];
    size_t queued = 0;
    seen[at] = true;
    queue[queued++] = at;
    for (size_t i = 0; i < queued; i++)
        spread(d, queue[i], came, queue, &queued, seen);
    if (!seen[target])
        return false;
    enum state to = target;
    while (step_from(&came[to]) != at)
        to = step_from(&came[to]);
    *out = came[to];
    return true;
}

static const struct secret *secret_for(const struct session *s, const struct step *step)
{
    const struct credential *mine = s->credential;
    if (!mine && s->options.credential_count) /* the transport logged in, with the first one */
        mine = &s->options.credentials[0];
    if (step->back || !mine)
        return NULL;
    if (step->edge->answer == ANSWER_ENABLE_PASSWORD)
        return mine->enable_password;
    return step->edge->answer == ANSWER_PASSWORD ? mine->password : NULL;
}

/* Gives the password prompt up with empty lines, until a command prompt stands there again. */
static void give_up(struct session *s, struct sight *sight)
{
    for (unsigned i = 0; i < MODE_ABORTS && sight->state == STATE_PASSWORD; i++) {
        struct typing abort = {.kind = SENT_ABORT, .text = ""};
        s->state = STATE_PASSWORD;
        if (!session_type(s, &abort, NULL, NULL) ||
            !session_listen(s, line_now_ms(&s->line) + MODE_STALL_MS, sight, NULL))
            return;
    }
    s->state = sight->state;
}

static bool give_password(struct session *s, const struct step *step, struct sight *sight, struct err *e)
{
    const struct secret *secret = secret_for(s, step);
    if (!secret) {
        give_up(s, sight);
        return err_fail(e, ERR_FAILED, FAILURE_LOGIN_FAIL,
                        "%s: \"%s\" asks for a password and credential %s has none for it", session_name(s),
                        step->edge->send, session_credential(s));
    }
    struct typing t = {.kind = SENT_PASSWORD, .secret = secret};
    s->state = STATE_PASSWORD;
    if (!session_type(s, &t, NULL, e) || !session_listen(s, line_now_ms(&s->line) + MODE_STALL_MS, sight, e))
        return false;
    if (sight->state == STATE_PASSWORD) {
        give_up(s, sight);
        return err_fail(e, ERR_FAILED, FAILURE_LOGIN_FAIL,
                        "%s: the password of credential %s for \"%s\" was refused", session_name(s),
                        session_credential(s), step->edge->send);
    }
    return true;
}

static bool take_step(struct session *s, const struct step *step, struct err *e)
{
    struct answer a = {.status = ANSWER_OK};
    struct exchange x = {
        .kind = SENT_MODE,
        .text = step->back ? step->edge->back : step->edge->send,
        .stall_ms = MODE_STALL_MS,
        .any_end = true,
        .answer = &a,
    };
    bool ok = session_exchange(s, &x, e);
    answer_clear(&a);
    if (!ok || (x.end.state == STATE_PASSWORD && !give_password(s, step, &x.end, e)))
        return false;
    s->state = x.end.state;
    if (s->state != step_to(step))
        return err_fail(e, ERR_FAILED, FAILURE_LOGIN_FAIL, "%s: \"%s\" led to mode %s instead of %s",
                        session_name(s), x.text, state_name(s->state), state_name(step_to(step)));
    session_learn(s, s->state);
    return true;
}

bool session_mode(struct session *s, enum state target, struct err *e)
{
    for (unsigned steps = 0; s->state != target; steps++) {
        struct step step;
        if (steps == STATE_COUNT || !first_step(s->dialect, s->state, target, &step))
            return err_set(e, ERR_STATE, "%s: platform %s has no way from mode %s to %s", session_name(s),
                           s->dialect->platform, state_name(s->state), state_name(target));
        if (!take_step(s, &step, e))
            return false;
    }
    return true;
}
