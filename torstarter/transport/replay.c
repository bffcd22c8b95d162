/* A recorded session as a console. What was typed then must be typed now, byte for byte; only {secret:NAME} stands for whatever is
   typed up to the CR. What came then comes again, as long after the last thing typed as it did then; the time passes on the
   virtual clock, or really where there is none. Behind its last event (a marker counts) the line is quiet for a moment, then
   it is gone: "recording ends at …". */
#include "transport/replay.h"

#include <string.h>

#include "transport/net.h"

enum { QUIET_AT_END_MS = 2000 };
static const char SECRET[] = "{secret:";

struct replay {
    struct replay_tape *tape;
    struct transport_options options; /* a copy; what it points to is borrowed */
    struct cast own_cast;             /* of a replay: URI; else all is borrowed */
    struct replay_tape own_tape;
};

static const struct cast *cast_of(const struct replay *r)
{
    return r->tape->cast;
}

static void find_typed(struct replay_tape *t)
{
    while (t->next_in < t->cast->count && !t->cast->events[t->next_in].typed)
        t->next_in++;
    t->in_done = 0;
}

void replay_tape_init(struct replay_tape *t, const struct cast *cast, const struct clock *clock)
{
    *t = (struct replay_tape){.cast = cast};
    t->anchor_ms = clock_now_ms(clock);
    find_typed(t);
}

void replay_tape_clear(struct replay_tape *t)
{
    for (size_t i = 0; i < t->secret_count; i++)
        str_clear(&t->secrets[i].typed);
    str_clear(&t->line);
    str_clear(&t->expected);
    str_clear(&t->typed);
}

bool replay_tape_is_done(const struct replay_tape *t)
{
    return t->next_in >= t->cast->count;
}

static bool replay_open(void *self, const struct uri *uri, const struct transport_options *options,
                        struct err *e)
{
    struct replay *r = self;
    r->options = *options;
    if (*uri->host)
        return err_fail(e, ERR_USAGE, FAILURE_OOB_CONNECT_FAIL, "write replay:PATH, without //");
    if (!cast_read(uri->path, &r->own_cast, e)) {
        if (e)
            e->failure = FAILURE_OOB_CONNECT_FAIL;
        return false;
    }
    r->tape = &r->own_tape;
    replay_tape_init(r->tape, &r->own_cast, options->clock);
    return true;
}

static bool open_tape(void *self, const struct uri *uri, const struct transport_options *options,
                      struct err *e)
{
    struct replay *r = self;
    (void)uri;
    (void)e;
    r->options = *options;
    r->tape = ((struct replay_clock *)options->clock)->tape;
    return true;
}

static bool pass_time(struct replay *r, int64_t until_ms, struct err *e)
{
    if (r->options.clock)
        clock_wait_until(r->options.clock, until_ms);
    else if (net_wait(-1, 0, until_ms, r->options.cancel) == NET_CANCELLED)
        return net_cancelled(e);
    return true;
}

static int64_t due_ms(const struct replay *r, int64_t cast_ms)
{
    return r->tape->anchor_ms + cast_ms - r->tape->anchor_cast_ms;
}

/* What comes is recorded when it is known to hold no secret, which may be after what was typed meanwhile: in the middle of a line the
   echo that stands behind it may come already. */
static size_t may_come(const struct replay_tape *t)
{
    size_t end = t->next_in + (t->in_done > 0);
    while (t->in_done > 0 && end < t->cast->count && !t->cast->events[end].typed)
        end++;
    return end;
}

/* The next thing to deliver, NULL when something must be typed first or nothing is left. What was recorded before something that
   is typed already is late. */
static const struct cast_event *next_out(struct replay *r, int64_t *due)
{
    struct replay_tape *t = r->tape;
    size_t end = may_come(t);
    while (t->next_out < end && t->cast->events[t->next_out].typed)
        t->next_out++;
    if (t->next_out >= end)
        return NULL;
    const struct cast_event *event = &t->cast->events[t->next_out];
    *due = due_ms(r, event->at_ms);
    return event;
}

static bool ended(const struct replay *r, struct err *e)
{
    char span[CLOCK_TEXT_MAX];
    r->tape->ended = true;
    return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "recording ends at %s",
                    clock_format_span(cast_of(r)->end_ms, span));
}

static bool wait_for_nothing(struct replay *r, int64_t until_ms, struct err *e)
{
    if (!replay_tape_is_done(r->tape))
        return pass_time(r, until_ms, e);
    int64_t end = due_ms(r, cast_of(r)->end_ms) + QUIET_AT_END_MS;
    if (clock_now_ms(r->options.clock) >= end)
        return ended(r, e);
    return pass_time(r, until_ms < end ? until_ms : end, e) && (until_ms < end || ended(r, e));
}

static const struct replay_secret *secret_at(const struct replay_tape *t, const char *p, size_t len)
{
    for (size_t i = 0; i < t->secret_count; i++)
        if (t->secrets[i].len <= len && memcmp(p, t->secrets[i].mask, t->secrets[i].len) == 0)
            return &t->secrets[i];
    return NULL;
}

/* An echo is that of what was typed now. */
static void deliver(const struct replay_tape *t, const struct cast_event *event, struct str *into)
{
    const char *p = event->bytes, *end = p + event->len;
    for (const char *brace; (brace = memmem(p, (size_t)(end - p), SECRET, sizeof SECRET - 1));) {
        const struct replay_secret *s = secret_at(t, brace, (size_t)(end - brace));
        str_add(into, p, (size_t)(brace - p));
        p = brace + (s ? s->len : 1);
        if (s)
            str_add(into, s->typed.data, s->typed.len);
        else
            str_add_char(into, *brace);
    }
    str_add(into, p, (size_t)(end - p));
}

static bool replay_read(void *self, struct str *into, int64_t until_ms, struct err *e)
{
    struct replay *r = self;
    int64_t due = 0;
    const struct cast_event *event = next_out(r, &due);
    if (!event)
        return wait_for_nothing(r, until_ms, e);
    if (due > until_ms)
        return pass_time(r, until_ms, e);
    if (!pass_time(r, due, e))
        return false;
    int64_t now = clock_now_ms(r->options.clock);
    for (size_t taken = 0;
         event && due <= now && (taken == 0 || taken + event->len <= TRANSPORT_READ_MAX_BYTES);
         event = next_out(r, &due)) {
        deliver(r->tape, event, into);
        taken += event->len;
        r->tape->next_out++;
    }
    return true;
}

/* The line that was typed then, from its beginning to its CR, over as many events as it has. */
static void recorded_line(const struct replay_tape *t, struct str *out)
{
    for (size_t i = t->line_event; i < t->cast->count; i++) {
        const struct cast_event *event = &t->cast->events[i];
        size_t from = i == t->line_event ? t->line_from : 0;
        const char *cr = event->typed ? memchr(event->bytes + from, '\r', event->len - from) : NULL;
        if (event->typed)
            str_add(out, event->bytes + from,
                    cr ? (size_t)(cr + 1 - event->bytes) - from : event->len - from);
        if (cr)
            return;
    }
}

static bool other_text(struct replay *r, const char *rest, size_t len, struct err *e)
{
    struct replay_tape *t = r->tape;
    const struct cast_event *event = &t->cast->events[t->next_in];
    const char *cr = memchr(rest, '\r', len);
    t->diverged = true;
    t->diverged_ms = event->at_ms;
    t->diverged_line = event->line;
    recorded_line(t, &t->expected);
    str_add(&t->typed, t->line.data, t->line.len);
    str_add(&t->typed, rest, cr ? (size_t)(cr + 1 - rest) : len);
    /* What was typed now is not told here: it may be a secret. */
    struct str recorded = {0}, same = {0};
    str_add_escaped(&recorded, event->bytes, event->len);
    str_add_escaped(&same, event->bytes, t->in_done);
    err_set(e, ERR_STATE,
            "line %u of the recording has \"%.120s\" typed; now something else was typed after \"%.120s\"",
            event->line, str_cstr(&recorded), str_cstr(&same));
    str_clear(&recorded);
    str_clear(&same);
    return false;
}

static bool at_secret(const struct cast_event *event, size_t done)
{
    size_t len = sizeof SECRET - 1;
    return event->len - done > len && memcmp(event->bytes + done, SECRET, len) == 0 &&
           memchr(event->bytes + done, '}', event->len - done);
}

/* The recorded CR that ends a secret, in this event or a later one; false when the recording has none. */
static bool skip_to_cr(struct replay_tape *t)
{
    while (t->next_in < t->cast->count) {
        const struct cast_event *event = &t->cast->events[t->next_in];
        const char *cr = memchr(event->bytes + t->in_done, '\r', event->len - t->in_done);
        if (cr) {
            t->in_done = (size_t)(cr - event->bytes);
            return true;
        }
        t->next_in++;
        find_typed(t);
    }
    return false;
}

/* A mask that was met before keeps its first meaning. */
static void begin_secret(struct replay_tape *t, const struct cast_event *event)
{
    const char *mask = event->bytes + t->in_done;
    size_t len = (size_t)((const char *)memchr(mask, '}', event->len - t->in_done) + 1 - mask);
    t->in_secret = true;
    t->new_secret = t->secret_count < REPLAY_SECRETS_MAX && !secret_at(t, mask, len);
    if (t->new_secret)
        t->secrets[t->secret_count++] = (struct replay_secret){.mask = mask, .len = len};
}

static void event_typed(struct replay *r)
{
    struct replay_tape *t = r->tape;
    t->anchor_ms = clock_now_ms(r->options.clock);
    t->anchor_cast_ms = t->cast->events[t->next_in].at_ms;
    t->next_in++;
    find_typed(t);
}

/* Where the line begins of which something is typed next. */
static void note_typed(struct replay_tape *t, char c)
{
    if (t->line.len == 0) {
        t->line_event = t->next_in;
        t->line_from = t->in_done;
    }
    if (c != '\r')
        str_add_char(&t->line, c);
}

static bool match_byte(struct replay *r, const char *p, size_t len, struct err *e)
{
    struct replay_tape *t = r->tape;
    if (t->in_secret && *p != '\r') {
        if (t->new_secret)
            str_add_char(&t->secrets[t->secret_count - 1].typed, *p);
        return true;
    }
    if (t->in_secret && !skip_to_cr(t))
        return ended(r, e);
    t->in_secret = false;
    if (t->next_in >= t->cast->count)
        return ended(r, e);
    const struct cast_event *event = &t->cast->events[t->next_in];
    if (at_secret(event, t->in_done)) {
        begin_secret(t, event);
        return match_byte(r, p, len, e);
    }
    if (t->line.len == 0)
        note_typed(t, '\r');
    if (t->in_done >= event->len || event->bytes[t->in_done] != *p)
        return other_text(r, p, len, e);
    note_typed(t, *p);
    if (*p == '\r')
        str_reset(&t->line);
    if (++t->in_done == event->len)
        event_typed(r);
    return true;
}

static bool replay_write(void *self, const void *bytes, size_t len, struct err *e)
{
    struct replay *r = self;
    const char *p = bytes;
    for (size_t i = 0; i < len; i++)
        if (!match_byte(r, p + i, len - i, e))
            return false;
    return true;
}

static void replay_close(void *self)
{
    struct replay *r = self;
    if (r->tape != &r->own_tape)
        return;
    replay_tape_clear(&r->own_tape);
    cast_clear(&r->own_cast);
}

const struct transport_driver transport_replay = {
    .scheme = "replay",
    .about = "a recorded session (asciicast v2), for tests and for looking again",
    .size_bytes = sizeof(struct replay),
    .open = replay_open,
    .read = replay_read,
    .write = replay_write,
    .close = replay_close,
};

static const struct transport_driver of_tape = {
    .scheme = "replay",
    .about = "a recording in memory",
    .size_bytes = sizeof(struct replay),
    .open = open_tape,
    .read = replay_read,
    .write = replay_write,
    .close = replay_close,
};

struct transport *replay_open_tape(struct replay_clock *clock, const struct transport_options *options,
                                   struct err *e)
{
    const struct uri uri = {.scheme = "replay", .user = "", .host = "", .path = ""};
    struct transport_options o = *options;
    o.clock = &clock->clock;
    return transport_open_driver(&of_tape, &uri, &o, e);
}
