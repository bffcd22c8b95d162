#include "helpers/support_simline.h"

#include "sim/kind.h"

extern const struct transport_driver simline_driver;

struct link {
    struct simline *line;
};

void simline_init(struct simline *s, const struct device_model *model, const struct scenario_switch *sw,
                  line_typed *typed, void *ctx)
{
    *s = (struct simline){.end_after = UINT64_MAX};
    s->line = line_new(model, sw, typed, ctx);
}

void simline_clear(struct simline *s)
{
    line_free(s->line);
    str_clear(&s->waiting);
    *s = (struct simline){0};
}

struct transport *simline_open(struct simline *s, const struct uri *uri,
                               const struct transport_options *options, struct err *e)
{
    if (line_switch(s->line)->line.dead) {
        err_fail(e, ERR_CLOSED, FAILURE_OOB_CONNECT_FAIL, "the simulated port refuses the connection");
        return NULL;
    }
    s->options = *options;
    s->options.clock = &s->clock;
    return transport_open_driver(&simline_driver, uri, &s->options, e);
}

static bool link_open(void *self, const struct uri *uri, const struct transport_options *options,
                      struct err *e)
{
    struct simline *s = (struct simline *)options->clock;
    const char *holder = "";
    (void)uri, (void)e;
    ((struct link *)self)->line = s;
    s->opened++;
    s->delivered = 0;
    str_reset(&s->waiting);
    s->attached = line_attach(s->line, clock_now_us(&s->clock), &holder);
    s->closed = !s->attached;
    if (s->closed)
        kind_add_busy(kind_find("opengear"), line_switch(s->line)->port, holder, &s->waiting);
    return true;
}

static bool ended(const struct simline *s)
{
    return s->delivered >= s->end_after;
}

static bool fail_closed(struct err *e)
{
    return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "the simulated line broke");
}

/* Bytes into `waiting` without letting time pass; false when there are none now. */
static bool take(struct simline *s)
{
    if (s->waiting.len == 0 && s->attached && !s->closed)
        s->closed = !line_take(s->line, clock_now_us(&s->clock), &s->waiting);
    return s->waiting.len > 0;
}

static void deliver(struct simline *s, struct str *into)
{
    uint64_t left = s->end_after - s->delivered;
    size_t n = s->waiting.len < left ? s->waiting.len : (size_t)left;
    if (n > TRANSPORT_READ_MAX_BYTES)
        n = TRANSPORT_READ_MAX_BYTES;
    str_add(into, s->waiting.data, n);
    str_drop(&s->waiting, n);
    s->delivered += n;
}

static bool link_read(void *self, struct str *into, int64_t until_ms, struct err *e)
{
    struct simline *s = ((struct link *)self)->line;
    for (;;) {
        if (ended(s) && s->end == SIMLINE_DROPS)
            return fail_closed(e);
        if (!ended(s) && take(s)) {
            deliver(s, into);
            return true;
        }
        if (s->closed)
            return fail_closed(e);
        int64_t due_us = ended(s) ? INT64_MAX : line_due_us(s->line);
        if (due_us == INT64_MAX || due_us / 1000 >= until_ms) {
            clock_wait_until(&s->clock, until_ms);
            return true;
        }
        clock_wait_until(&s->clock, (due_us + 999) / 1000);
    }
}

static bool link_write(void *self, const void *bytes, size_t len, struct err *e)
{
    struct simline *s = ((struct link *)self)->line;
    if (s->closed || (ended(s) && s->end == SIMLINE_DROPS))
        return fail_closed(e);
    if (ended(s))
        s->writes_after_end++;
    else
        line_type(s->line, bytes, len, clock_now_us(&s->clock));
    return true;
}

static void link_close(void *self)
{
    struct simline *s = ((struct link *)self)->line;
    if (s && s->attached)
        line_detach(s->line, clock_now_us(&s->clock));
    if (s)
        s->attached = false;
}

const struct transport_driver simline_driver = {
    .scheme = "simline",
    .about = "a simulated line in this process",
    .size_bytes = sizeof(struct link),
    .open = link_open,
    .read = link_read,
    .write = link_write,
    .close = link_close,
};
