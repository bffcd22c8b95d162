#include "session/line.h"

#include <string.h>

#include "base/clock.h"

void line_init(struct line *l, struct transport *take_transport, const struct session_options *options,
               terminal_line *finished, void *ctx)
{
    l->transport = take_transport;
    l->clock = take_transport     ? transport_clock(take_transport)
               : options->console ? options->console->options.clock
                                  : NULL;
    l->terminal = terminal_new(finished, ctx);
    l->cancel = options->cancel;
    l->hooks = &options->hooks;
    l->mask_in = mask_new();
    l->mask_out = mask_new();
    l->raw = STR_MAX(LINE_RAW_BYTES);
    l->last_byte_ms = l->last_sent_ms = line_now_ms(l);
}

int64_t line_now_ms(const struct line *l)
{
    return clock_now_ms(l->clock);
}

int64_t line_quiet_ms(const struct line *l)
{
    int64_t last = l->last_byte_ms > l->last_sent_ms ? l->last_byte_ms : l->last_sent_ms;
    return line_now_ms(l) - last;
}

static void remember(struct line *l)
{
    if (l->shown.len == 0)
        return;
    l->received += l->shown.len;
    if (l->hooks->bytes)
        l->hooks->bytes(l->hooks->ctx, true, l->shown.data, l->shown.len, clock_utc_us(l->clock));
    if (l->attendant)
        l->attendant->show(l->attendant->ctx, l->shown.data, l->shown.len);
    size_t skip = l->shown.len > LINE_TAIL_BYTES ? l->shown.len - LINE_TAIL_BYTES : 0;
    str_add(&l->tail, l->shown.data + skip, l->shown.len - skip);
    if (l->tail.len > 2 * LINE_TAIL_BYTES)
        str_drop(&l->tail, l->tail.len - LINE_TAIL_BYTES);
    str_reset(&l->shown);
}

void line_show_held(struct line *l)
{
    mask_flush(l->mask_in, &l->shown);
    remember(l);
}

void line_clear(struct line *l)
{
    if (!l->terminal)
        return;
    line_show_held(l);
    transport_close(l->transport);
    l->transport = NULL;
    terminal_free(l->terminal);
    l->terminal = NULL;
    mask_free(l->mask_in);
    mask_free(l->mask_out);
    str_clear(&l->chunk);
    str_clear(&l->shown);
    str_clear(&l->tail);
    str_clear(&l->raw);
}

void line_take_transport(struct line *l, struct transport *take_transport)
{
    line_show_held(l);
    transport_close(l->transport);
    l->transport = take_transport;
    if (take_transport)
        l->clock = transport_clock(take_transport);
    terminal_reset(l->terminal);
    str_reset(&l->tail);
    l->writes = 0;
    l->lost = !take_transport;
    l->raw_at_send = l->raw_at_attach = l->raw_bytes;
    l->last_byte_ms = l->last_sent_ms = line_now_ms(l);
}

/* While an echo is awaited the bytes are fed line by line, so that whoever judges a line has exactly its bytes in `raw`. */
static void feed(struct line *l, const char *bytes, size_t len)
{
    while (len && l->watch_raw) {
        const char *lf = memchr(bytes, '\n', len);
        size_t n = lf ? (size_t)(lf - bytes) + 1 : len;
        str_add(&l->raw, bytes, n);
        terminal_feed(l->terminal, bytes, n);
        bytes += n;
        len -= n;
    }
    if (len)
        terminal_feed(l->terminal, bytes, len);
}

static bool cancelled(const struct line *l, bool patient, struct err *e)
{
    enum cancel_level level = cancel_level(l->cancel);
    if (level >= CANCEL_NOW || (level >= CANCEL_ASKED && !patient)) {
        err_fail(e, ERR_CANCELLED, FAILURE_CANCELLED, "stopped by the operator");
        return true;
    }
    return false;
}

bool line_read(struct line *l, int64_t until_ms, bool patient, size_t *got, struct err *e)
{
    *got = 0;
    if (cancelled(l, patient, e))
        return false;
    if (!l->transport)
        return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "there is no connection to the console");
    /* The transport wakes up for CANCEL_NOW only; a wait that CANCEL_ASKED may end is cut into slices. */
    int64_t slice = line_now_ms(l) + LINE_SLICE_MS;
    if (l->cancel && !patient && until_ms > slice)
        until_ms = slice;
    str_reset(&l->chunk);
    bool ok = transport_read(l->transport, &l->chunk, until_ms, e);
    *got = l->chunk.len;
    if (l->chunk.len) {
        l->raw_bytes += l->chunk.len;
        l->last_byte_ms = line_now_ms(l);
        mask_feed(l->mask_in, l->chunk.data, l->chunk.len, &l->shown);
        remember(l);
        feed(l, l->chunk.data, l->chunk.len);
    }
    if (!ok)
        l->lost = true;
    return ok;
}

const char *line_unfinished(const struct line *l, size_t *len)
{
    return terminal_unfinished(l->terminal, len);
}

bool line_is(const struct line *l, const struct str *text)
{
    size_t len;
    const char *now = line_unfinished(l, &len);
    return len && len == text->len && memcmp(now, text->data, len) == 0 && !terminal_in_escape(l->terminal);
}

/* A secret's echo is expected from here on, and a short one counts too. */
static void show_typed(struct line *l, const char *bytes, size_t len, bool is_secret)
{
    str_reset(&l->chunk);
    if (is_secret) {
        mask_expect(l->mask_in);
        mask_sent(l->mask_out, bytes, len, &l->chunk);
    } else {
        mask_feed(l->mask_out, bytes, len, &l->chunk);
        mask_flush(l->mask_out, &l->chunk);
    }
}

static bool send_bytes(struct line *l, const char *bytes, size_t len, struct err *e)
{
    if (l->hooks->bytes && l->chunk.len)
        l->hooks->bytes(l->hooks->ctx, false, str_cstr(&l->chunk), l->chunk.len, clock_utc_us(l->clock));
    l->writes++;
    l->raw_at_send = l->raw_bytes;
    bool ok = transport_write(l->transport, bytes, len, e);
    l->last_sent_ms = line_now_ms(l);
    if (!ok)
        l->lost = true;
    return ok;
}

bool line_write(struct line *l, const char *bytes, size_t len, bool is_secret, struct err *e)
{
    show_typed(l, bytes, len, is_secret);
    return send_bytes(l, bytes, len, e);
}

bool line_write_as(struct line *l, const char *bytes, size_t len, const char *shown, struct err *e)
{
    str_reset(&l->chunk);
    str_add_cstr(&l->chunk, shown);
    return send_bytes(l, bytes, len, e);
}

bool line_pass(struct line *l, const char *bytes, size_t len, const char *stands_for, struct err *e)
{
    show_typed(l, bytes, len, false);
    if (stands_for) {
        str_reset(&l->chunk);
        str_add_cstr(&l->chunk, stands_for);
    }
    return send_bytes(l, bytes, len, e);
}
