/* Keeping in step: proof of the present by a nonce, and what becomes of bytes that nobody asked for. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"

enum {
    NONCE_STALL_MS = 10 * 1000,
    NONCE_TRIES = 2,
    DRAIN_MAX_BYTES = 1024 * 1024,
    RESYNC_MS = 30 * 1000,
    RESYNC_RETURNS = 3,
    RESYNC_KEYS = 50
};

/* splitmix64: Steele, Lea, Flood: Fast splittable pseudorandom number generators (OOPSLA 2014). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

bool session_nonce(struct session *s, struct err *e)
{
    if (!s->dialect->comment || !*s->dialect->comment) {
        session_learn(s, s->state);
        s->present = true;
        return true;
    }
    enum state mode = s->state;
    for (unsigned i = 0; i < NONCE_TRIES && s->state == mode; i++) {
        char text[64];
        struct answer a = {.status = ANSWER_OK};
        snprintf(text, sizeof text, "%s %012" PRIx64, s->dialect->comment, next_random(&s->random) >> 16);
        struct exchange x = {
            .kind = SENT_NONCE, .text = text, .stall_ms = NONCE_STALL_MS, .old_first = true, .answer = &a};
        bool ok = session_exchange(s, &x, e);
        answer_clear(&a);
        if (ok || (e && e->code != ERR_TIMEOUT))
            return ok;
    }
    return false;
}

struct drained {
    const struct str *prompt;
    bool strange;
};

static void hear_drained(struct session *s, void *ctx, const char *text, size_t len)
{
    struct drained *d = ctx;
    size_t skip =
        d->prompt->len && len >= d->prompt->len && memcmp(text, d->prompt->data, d->prompt->len) == 0
            ? d->prompt->len
            : 0;
    text += skip;
    len -= skip;
    if (match_trim(text, len) == 0)
        return;
    if (!noise_is(s, text, len))
        d->strange = true;
}

static const struct str *present_prompt(const struct session *s)
{
    return &s->learned[state_is_prompt(s->state) ? s->state : s->dialect->home];
}

static bool fail_logged_out(struct session *s, struct err *e)
{
    s->logged_in = false;
    return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "%s: the switch logged us out", session_name(s));
}

bool session_drain(struct session *s, struct err *e)
{
    struct drained d = {.prompt = present_prompt(s)};
    uint64_t first = s->line.raw_bytes;
    size_t got = 0;
    bool ok;
    s->sink = hear_drained;
    s->sink_ctx = &d;
    do
        ok = line_read(&s->line, line_now_ms(&s->line), true, &got, e);
    while (ok && got && s->line.raw_bytes - first < DRAIN_MAX_BYTES);
    s->sink = NULL;
    if (d.strange && s->accepted)
        s->late = true;
    if (!ok || !state_is_prompt(s->state))
        return ok && (!s->boot.seen || boot_fail(s, e));
    if (s->line.raw_bytes != first && !line_is(&s->line, d.prompt))
        s->state = STATE_UNKNOWN;
    return true;
}

static bool resync_step(struct session *s, unsigned *returns, unsigned *keys, struct err *e)
{
    struct sight sight;
    int64_t until = line_now_ms(&s->line) + WAKE_QUIET_MS * (1 + *returns);
    if (!session_listen(s, until, &sight, e))
        return false;
    if (s->boot.seen)
        return boot_fail(s, e);
    if (sight.state == STATE_LOGIN)
        return fail_logged_out(s, e);
    if (sight.state == STATE_PAGER && sight.sign->send && ++*keys < RESYNC_KEYS) {
        struct typing key = {.kind = SENT_ANSWER, .text = sight.sign->send, .no_return = true};
        s->state = STATE_PAGER;
        return session_type(s, &key, NULL, e);
    }
    if (state_is_prompt(sight.state)) {
        s->state = sight.state;
        return true;
    }
    char *tail = session_tail(s, 60);
    bool again = sight.state == STATE_UNKNOWN && *returns < RESYNC_RETURNS;
    if (!again)
        err_fail(e, ERR_TIMEOUT, FAILURE_COMMAND_TIMEOUT,
                 "%s: no way back to a prompt; the last bytes are \"%s\"", session_name(s), tail);
    mem_free(tail);
    struct typing wake = {.kind = SENT_WAKE, .text = ""};
    if (!again || line_quiet_ms(&s->line) < WAKE_QUIET_MS)
        return again;
    ++*returns;
    return session_type(s, &wake, NULL, e);
}

bool session_resync(struct session *s, struct err *e)
{
    struct drained d = {.prompt = present_prompt(s)};
    unsigned returns = 0, keys = 0;
    int64_t until = line_now_ms(&s->line) + RESYNC_MS;
    uint64_t first = s->line.raw_bytes;
    bool ok = true;
    s->sink = hear_drained;
    s->sink_ctx = &d;
    while (ok && !state_is_prompt(s->state)) {
        ok = resync_step(s, &returns, &keys, e);
        if (ok && !state_is_prompt(s->state) &&
            (line_now_ms(&s->line) > until || s->line.raw_bytes - first > LISTEN_MAX_BYTES))
            ok = err_fail(e, ERR_TIMEOUT, FAILURE_COMMAND_TIMEOUT, "%s: the switch does not stop printing",
                          session_name(s));
    }
    s->sink = NULL;
    if (d.strange && s->accepted)
        s->late = true;
    return ok && session_nonce(s, e);
}

bool session_late_bytes(struct session *s)
{
    session_drain(s, NULL);
    bool late = s->late;
    s->late = false;
    return late;
}
