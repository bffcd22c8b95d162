/* A serial line on this machine: a real port through libserialport, a pty through termios, one program at a time. */
#include <errno.h>
#include <linux/serial.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "base/file.h"
#include "base/mem.h"
#include "transport/serial_line.h"
#include "transport/serial_lock.h"
#include "transport/stream.h"

enum { BAUD_USUAL = 9600, BREAK_MS = 300, BITS_A_BYTE = 10, STALL_MS = 500, NAMED_MAX = 4 };
static const char BY_ID[] = "/dev/serial/by-id";

struct serial {
    struct stream stream;
    struct serial_lock lock;
    const struct serial_kind *kind; /* NULL: not open yet */
    struct serial_line line;
    struct serial_settings settings;
    bool counts; /* the driver counts errors; `before` is what it had counted at the opening */
    struct serial_icounter_struct before;
    int64_t wrote_ms; /* machine's clock */
};

static bool choose(const struct uri *uri, const char *key, const char *const *words, unsigned *index,
                   struct err *e)
{
    const char *given = uri_option(uri, key, words[*index]);
    size_t i = 0;
    while (words[i] && strcmp(words[i], given) != 0)
        i++;
    *index = (unsigned)i;
    return words[i] || err_set(e, ERR_USAGE, "console URI: %s=%.20s: one of %s, %s%s%s", key, given, words[0],
                               words[1], words[2] ? ", " : "", words[2] ? words[2] : "");
}

static bool read_settings(const struct uri *uri, const struct transport_options *options,
                          struct serial_settings *out, struct err *e)
{
    static const char *const names[] = {"baud", "data", "parity", "stop", "flow", "kind", NULL};
    static const char *const parities[] = {"none", "odd", "even", NULL};
    static const char *const flows[] = {"none", "xonxoff", "rtscts", NULL};
    unsigned parity = SERIAL_PARITY_NONE, flow = SERIAL_FLOW_NONE;
    *out = (struct serial_settings){options->baud ? options->baud : BAUD_USUAL, 8, 1, SERIAL_PARITY_NONE,
                                    SERIAL_FLOW_NONE};
    if (!uri_check_options(uri, names, e) ||
        !uri_option_number(uri, "baud", TRANSPORT_BAUD_MIN, TRANSPORT_BAUD_MAX, &out->baud, e) ||
        !uri_option_number(uri, "data", 7, 8, &out->data_bits, e) ||
        !uri_option_number(uri, "stop", 1, 2, &out->stop_bits, e) ||
        !choose(uri, "parity", parities, &parity, e) || !choose(uri, "flow", flows, &flow, e))
        return false;
    out->parity = (enum serial_parity)parity;
    out->flow = (enum serial_flow)flow;
    return true;
}

static bool not_there(const char *path, struct err *e)
{
    char **names;
    int why = errno;
    size_t count = file_list(BY_ID, "", &names);
    struct str there = {0};
    for (size_t i = 0; i < count; i++) {
        if (i < NAMED_MAX)
            str_printf(&there, "%s%s/%s", i ? ", " : "; there are: ", BY_ID, names[i]);
        mem_free(names[i]);
    }
    mem_free(names);
    err_set(e, ERR_IO, "%s: %s%s", path, strerror(why),
            there.len ? str_cstr(&there) : "; no USB serial adapter is plugged in");
    str_clear(&there);
    return false;
}

/* A name by id is a link that changes with the adapter: lock and messages are about what it leads to now. */
static bool take_lock(struct serial *s, const char *path, char **resolved, struct err *e)
{
    *resolved = realpath(path, NULL);
    return *resolved ? serial_lock_take(&s->lock, *resolved, SERIAL_LOCK_DIR, e) : not_there(path, e);
}

static bool open_line(struct serial *s, const char *path, struct err *e)
{
    int modem;
    s->kind = ioctl(s->lock.fd, TIOCMGET, &modem) == 0 ? &serial_kind_port : &serial_kind_termios;
    if (!s->kind->open(&s->line, path, s->lock.fd, e) || !s->kind->apply(&s->line, &s->settings, e))
        return false;
    s->counts = ioctl(s->lock.fd, TIOCGICOUNT, &s->before) == 0;
    s->stream.fd = s->line.fd;
    return true;
}

static bool serial_open(void *self, const struct uri *uri, const struct transport_options *options,
                        struct err *e)
{
    struct serial *s = self;
    char *path = NULL;
    s->lock.fd = -1;
    stream_init(&s->stream, options);
    if (*uri->host || !*uri->path)
        return err_set(e, ERR_USAGE, "write serial:/dev/NAME, with one slash");
    bool ok = read_settings(uri, options, &s->settings, e) && take_lock(s, uri->path, &path, e) &&
              open_line(s, path, e);
    free(path); /* realpath's */
    return ok;
}

static bool serial_read(void *self, struct str *into, int64_t until_ms, struct err *e)
{
    struct serial *s = self;
    return stream_read(&s->stream, into, until_ms, e);
}

static bool serial_write(void *self, const void *bytes, size_t len, struct err *e)
{
    struct serial *s = self;
    bool ok = stream_write(&s->stream, bytes, len, e);
    s->wrote_ms = clock_now_ms(NULL);
    return ok;
}

static bool serial_break(void *self, struct err *e)
{
    struct serial *s = self;
    struct err stopped = {0};
    if (!s->kind->set_break(&s->line, true, e))
        return false;
    bool waited = stream_pause(&s->stream, BREAK_MS, &stopped);
    if (!s->kind->set_break(&s->line, false, e)) /* in any case: a line left in break is dead */
        return false;
    if (!waited && e)
        *e = stopped;
    return waited;
}

static bool serial_set_baud(void *self, unsigned baud, struct err *e)
{
    struct serial *s = self;
    struct serial_settings wanted = s->settings;
    wanted.baud = baud;
    if (!s->kind->apply(&s->line, &wanted, e))
        return false;
    s->settings = wanted;
    tcflush(s->line.fd, TCIFLUSH);
    str_reset(&s->stream.early);
    return true;
}

/* Nothing can be written now, or what was written lies there longer than its speed explains. */
static bool is_stopped(const struct serial *s)
{
    struct pollfd p = {.fd = s->line.fd, .events = POLLOUT};
    int waiting = 0;
    if (poll(&p, 1, 0) == 0)
        return true;
    if (ioctl(s->line.fd, TIOCOUTQ, &waiting) != 0 || waiting <= 0)
        return false;
    int64_t needs_ms = (int64_t)waiting * BITS_A_BYTE * 1000 / s->settings.baud;
    return clock_now_ms(NULL) - s->wrote_ms > needs_ms + STALL_MS;
}

static void serial_line_state(void *self, struct transport_line_state *out)
{
    struct serial *s = self;
    struct serial_icounter_struct now;
    int modem;
    if (s->counts && ioctl(s->line.fd, TIOCGICOUNT, &now) == 0) {
        out->errors_known = true;
        out->framing_errors = (unsigned)(now.frame - s->before.frame);
        out->parity_errors = (unsigned)(now.parity - s->before.parity);
        out->overruns = (unsigned)(now.overrun - s->before.overrun + now.buf_overrun - s->before.buf_overrun);
        out->breaks = (unsigned)(now.brk - s->before.brk);
    }
    if (ioctl(s->line.fd, TIOCMGET, &modem) == 0) {
        out->modem_known = true;
        out->cts = (modem & TIOCM_CTS) != 0;
        out->dsr = (modem & TIOCM_DSR) != 0;
        out->dcd = (modem & TIOCM_CAR) != 0;
    }
    out->flow_known = s->settings.flow != SERIAL_FLOW_NONE;
    out->flow_stopped = out->flow_known && is_stopped(s);
}

static void serial_close(void *self)
{
    struct serial *s = self;
    s->stream.fd = -1; /* the line's */
    stream_clear(&s->stream);
    if (s->kind)
        s->kind->close(&s->line);
    serial_lock_release(&s->lock);
}

const struct transport_driver transport_serial = {
    .scheme = "serial",
    .about = "a serial line of this machine; baud=, data=, parity=, stop=, flow=",
    .size_bytes = sizeof(struct serial),
    .open = serial_open,
    .read = serial_read,
    .write = serial_write,
    .send_break = serial_break,
    .set_baud = serial_set_baud,
    .line_state = serial_line_state,
    .close = serial_close,
};
