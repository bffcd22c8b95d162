/* A recorded session as a console. What was typed then must be typed now, byte for byte; only {secret:NAME} stands for whatever is
   typed up to the CR. What came then comes again, as long after the last thing typed as it did then; the time passes on the
   virtual clock, or really where there is none. Behind its last event (a marker counts) the line is quiet for a moment, then
   it is gone: "recording ends at …". */
#include <string.h>

#include "transport/cast.h"
#include "transport/net.h"
#include "transport/transport.h"

enum { QUIET_AT_END_MS = 2000 };
static const char SECRET[] = "{secret:";

struct replay {
    struct cast cast;
    struct transport_options options;  /* a copy; what it points to is borrowed */
    size_t next_out;                   /* event to be delivered next; the ones before it are done */
    size_t next_in;                    /* first event at or behind which something not yet typed lies */
    size_t in_done;                    /* bytes of it */
    bool in_secret;                    /* up to the CR everything fits */
    int64_t anchor_ms, anchor_cast_ms; /* the clock's time at which the recording was at … */
};

static void find_typed(struct replay *r)
{
    while (r->next_in < r->cast.count && !r->cast.events[r->next_in].typed)
        r->next_in++;
    r->in_done = 0;
}

static bool replay_open(void *self, const struct uri *uri, const struct transport_options *options,
                        struct err *e)
{
    struct replay *r = self;
    r->options = *options;
    if (*uri->host)
        return err_fail(e, ERR_USAGE, FAILURE_OOB_CONNECT_FAIL, "write replay:PATH, without //");
    if (!cast_read(uri->path, &r->cast, e)) {
        if (e)
            e->failure = FAILURE_OOB_CONNECT_FAIL;
        return false;
    }
    r->anchor_ms = clock_now_ms(options->clock);
    find_typed(r);
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
    return r->anchor_ms + cast_ms - r->anchor_cast_ms;
}

/* The next thing to deliver, NULL when something must be typed first or nothing is left. What was recorded before something that
   is typed already is late. */
static const struct cast_event *next_out(struct replay *r, int64_t *due)
{
    while (r->next_out < r->next_in && r->cast.events[r->next_out].typed)
        r->next_out++;
    if (r->next_out >= r->next_in)
        return NULL;
    const struct cast_event *event = &r->cast.events[r->next_out];
    *due = due_ms(r, event->at_ms);
    return event;
}

static bool ended(const struct replay *r, struct err *e)
{
    char span[CLOCK_TEXT_MAX];
    return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "recording ends at %s",
                    clock_format_span(r->cast.end_ms, span));
}

static bool wait_for_nothing(struct replay *r, int64_t until_ms, struct err *e)
{
    if (r->next_in < r->cast.count)
        return pass_time(r, until_ms, e);
    int64_t end = due_ms(r, r->cast.end_ms) + QUIET_AT_END_MS;
    if (clock_now_ms(r->options.clock) >= end)
        return ended(r, e);
    return pass_time(r, until_ms < end ? until_ms : end, e) && (until_ms < end || ended(r, e));
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
        str_add(into, event->bytes, event->len);
        taken += event->len;
        r->next_out++;
    }
    return true;
}

/* What was typed now is not told: it may be a secret. */
static bool other_text(const struct replay *r, struct err *e)
{
    const struct cast_event *event = &r->cast.events[r->next_in];
    struct str recorded = {0}, same = {0};
    str_add_escaped(&recorded, event->bytes, event->len);
    str_add_escaped(&same, event->bytes, r->in_done);
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
static bool skip_to_cr(struct replay *r)
{
    while (r->next_in < r->cast.count) {
        const struct cast_event *event = &r->cast.events[r->next_in];
        const char *cr = memchr(event->bytes + r->in_done, '\r', event->len - r->in_done);
        if (cr) {
            r->in_done = (size_t)(cr - event->bytes);
            return true;
        }
        r->next_in++;
        find_typed(r);
    }
    return false;
}

static void event_typed(struct replay *r)
{
    r->anchor_ms = clock_now_ms(r->options.clock);
    r->anchor_cast_ms = r->cast.events[r->next_in].at_ms;
    r->next_in++;
    find_typed(r);
}

static bool match_byte(struct replay *r, char c, struct err *e)
{
    if (r->in_secret && c != '\r')
        return true;
    if (r->in_secret && !skip_to_cr(r))
        return ended(r, e);
    r->in_secret = false;
    if (r->next_in >= r->cast.count)
        return ended(r, e);
    const struct cast_event *event = &r->cast.events[r->next_in];
    if (at_secret(event, r->in_done)) {
        r->in_secret = true;
        return match_byte(r, c, e);
    }
    if (r->in_done >= event->len || event->bytes[r->in_done] != c)
        return other_text(r, e);
    if (++r->in_done == event->len)
        event_typed(r);
    return true;
}

static bool replay_write(void *self, const void *bytes, size_t len, struct err *e)
{
    struct replay *r = self;
    const char *p = bytes;
    for (size_t i = 0; i < len; i++)
        if (!match_byte(r, p[i], e))
            return false;
    return true;
}

static void replay_close(void *self)
{
    struct replay *r = self;
    cast_clear(&r->cast);
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
