#include "helpers/support_line.h"

#include <string.h>

#include "base/mem.h"

enum { MILLION = 1000 * 1000, CONSOLE_BUFFER = 115, CTRL_R = 0x12, CTRL_U = 0x15 };

struct wire {
    struct slow_switch *w;
};

static uint64_t random_next(struct slow_switch *w)
{
    uint64_t z = w->seed += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static bool happens(struct slow_switch *w, unsigned of_a_million)
{
    return of_a_million && random_next(w) % MILLION < of_a_million;
}

static void put(struct slow_queue *q, int64_t at_us, char c)
{
    if (q->first == q->count)
        q->first = q->count = 0;
    if (q->count == q->cap) {
        q->cap = q->cap ? q->cap * 2 : 1024;
        q->items = mem_resize_array(q->items, q->cap, sizeof *q->items);
    }
    q->items[q->count++] = (struct slow_byte){at_us, c};
}

static int64_t byte_us(const struct slow_switch *w)
{
    return w->baud ? 10 * MILLION / w->baud : 0;
}

static void show(struct slow_switch *w, int64_t now_us, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        w->out_free_us = (w->out_free_us > now_us ? w->out_free_us : now_us) + byte_us(w);
        w->shown_bytes++;
        if (happens(w, w->lose_out))
            continue;
        if (happens(w, w->garble_out))
            c = (char)random_next(w);
        put(&w->out, w->out_free_us + w->latency_us, c);
    }
}

static void show_text(struct slow_switch *w, int64_t now_us, const char *text)
{
    show(w, now_us, text, strlen(text));
}

static bool in_banner(struct slow_switch *w, int64_t now_us)
{
    if (!w->banner_end)
        return false;
    if (memchr(w->line.data, w->banner_end, w->line.len))
        w->banner_end = 0;
    show_text(w, now_us, w->banner_end ? "" : w->prompt);
    return true;
}

static void run_line(struct slow_switch *w, int64_t now_us)
{
    const char *line = str_cstr(&w->line);
    show_text(w, now_us, "\r\n");
    if (w->line.len || w->banner_end)
        str_printf(&w->config, "%s\n", line);
    w->busy_until_us = now_us + w->exec_us;
    now_us = w->busy_until_us;
    if (in_banner(w, now_us)) {
        str_reset(&w->line);
        return;
    }
    if (strstr(line, "bogus"))
        show_text(w, now_us, "% Invalid input detected\r\n");
    if (str_starts(line, "interface ") && w->echoed_ahead)
        show_text(w, now_us, w->echoed_ahead);
    if (str_starts(line, "interface "))
        w->prompt = "tor01(config-if)#";
    if (str_starts(line, "router "))
        w->prompt = "tor01(config-router)#";
    if (strcmp(line, "ask") == 0) {
        show_text(w, now_us, "Really? [yes/no]: ");
    } else if (str_starts(line, "banner ")) {
        w->banner_end = line[w->line.len - 1];
        show_text(w, now_us, "Enter the text, end it with the character\r\n");
    } else {
        show_text(w, now_us, w->prompt);
    }
    str_reset(&w->line);
}

static void log_line(struct slow_switch *w, int64_t now_us)
{
    show_text(w, now_us, "\r\nJan 31 09:00:00 tor01 Ebra: %LINEPROTO-5-UPDOWN: Line protocol up\r\n");
    if (w->redraws) {
        show_text(w, now_us, w->banner_end ? "" : w->prompt);
        show(w, now_us, str_cstr(&w->line), w->line.len);
    }
}

static void kill_line(struct slow_switch *w, int64_t now_us)
{
    for (size_t i = 0; i < w->line.len; i++)
        show_text(w, now_us, "\b \b");
    str_reset(&w->line);
}

static void take(struct slow_switch *w, int64_t now_us, char c)
{
    if (happens(w, w->lose_in))
        return;
    if (happens(w, w->garble_in))
        c = (char)random_next(w);
    if (c == '\r') {
        run_line(w, now_us);
    } else if (c == CTRL_U) {
        kill_line(w, now_us);
    } else if (c == CTRL_R) {
        show_text(w, now_us, "\r\n");
        show_text(w, now_us, w->banner_end ? "" : w->prompt);
        show(w, now_us, str_cstr(&w->line), w->line.len);
    } else if (c == '\b' || c == 0x7F) {
        if (w->line.len) {
            w->line.data[--w->line.len] = '\0';
            show_text(w, now_us, "\b \b");
        }
    } else if ((unsigned char)c >= 0x20) {
        str_add_char(&w->line, c);
        show(w, now_us, &c, 1);
        if (w->log_lines && random_next(w) % 30000 < w->log_lines)
            log_line(w, now_us);
    }
}

/* What has arrived by now is taken, or waits in the buffer while the switch is busy. */
static bool take_arrived(struct slow_switch *w, int64_t now_us)
{
    struct slow_queue *q = &w->in;
    size_t waiting = 0, max = w->buffer_bytes ? w->buffer_bytes : CONSOLE_BUFFER;
    if (w->busy_until_us > now_us) {
        for (size_t i = q->first; i < q->count && q->items[i].at_us <= now_us; i++)
            waiting++;
        w->most_buffered = waiting > w->most_buffered ? waiting : w->most_buffered;
        if (waiting > max) {
            w->overflowed += waiting - max;
            memmove(q->items + q->first + max, q->items + q->first + waiting,
                    (q->count - q->first - waiting) * sizeof *q->items);
            q->count -= waiting - max;
        }
        return false;
    }
    if (q->first == q->count || q->items[q->first].at_us > now_us)
        return false;
    int64_t at = q->items[q->first].at_us;
    take(w, at > w->busy_until_us ? at : w->busy_until_us, q->items[q->first].c);
    q->first++;
    return true;
}

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t next_event_us(const struct slow_switch *w)
{
    int64_t next = w->out.first < w->out.count ? w->out.items[w->out.first].at_us : INT64_MAX;
    if (w->in.first < w->in.count) {
        int64_t at = w->in.items[w->in.first].at_us;
        next = min64(next, at > w->busy_until_us ? at : w->busy_until_us);
    }
    return next;
}

static bool slow_open(void *self, const struct uri *uri, const struct transport_options *options,
                      struct err *e)
{
    (void)uri;
    (void)e;
    ((struct wire *)self)->w = (struct slow_switch *)options->clock;
    return true;
}

static bool slow_read(void *self, struct str *into, int64_t until_ms, struct err *e)
{
    struct slow_switch *w = ((struct wire *)self)->w;
    (void)e;
    for (;;) {
        int64_t now_us = w->clock.now_ms * 1000;
        while (take_arrived(w, now_us))
            ;
        size_t before = into->len;
        while (w->out.first < w->out.count && w->out.items[w->out.first].at_us <= now_us)
            str_add_char(into, w->out.items[w->out.first++].c);
        if (into->len > before || w->clock.now_ms >= until_ms)
            return true;
        int64_t next_ms = next_event_us(w) == INT64_MAX ? until_ms : (next_event_us(w) + 999) / 1000;
        if (next_ms <= w->clock.now_ms)
            next_ms = w->clock.now_ms + 1;
        clock_wait_until(&w->clock, min64(next_ms, until_ms));
    }
}

static bool slow_write(void *self, const void *bytes, size_t len, struct err *e)
{
    struct slow_switch *w = ((struct wire *)self)->w;
    int64_t now_us = w->clock.now_ms * 1000;
    (void)e;
    for (size_t i = 0; i < len; i++) {
        w->in_free_us = (w->in_free_us > now_us ? w->in_free_us : now_us) + byte_us(w);
        put(&w->in, w->in_free_us + w->latency_us, ((const char *)bytes)[i]);
        w->typed_bytes++;
    }
    return true;
}

static void slow_close(void *self)
{
    (void)self;
}

const struct transport_driver slow_driver = {
    .scheme = "slow",
    .about = "a switch on a slow line",
    .size_bytes = sizeof(struct wire),
    .open = slow_open,
    .read = slow_read,
    .write = slow_write,
    .close = slow_close,
};

void slow_init(struct slow_switch *w, unsigned baud, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    w->baud = baud;
    w->seed = seed;
    w->prompt = "tor01(config)#";
    w->clock.utc_us = INT64_C(1767258000000000);
    for (const char *c = w->prompt; *c; c++)
        put(&w->out, 0, *c);
}

void slow_clear(struct slow_switch *w)
{
    mem_free(w->in.items);
    mem_free(w->out.items);
    str_clear(&w->config);
    str_clear(&w->line);
}

struct transport *slow_transport(struct slow_switch *w)
{
    static const struct uri uri = {.scheme = "slow", .user = "", .host = "switch", .path = ""};
    struct transport_options options = {.clock = &w->clock};
    return transport_open_driver(&slow_driver, &uri, &options, NULL);
}
