#include "transport/stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/net.h"

enum { CHUNK_BYTES = 16 * 1024 };

void stream_init(struct stream *s, const struct transport_options *options)
{
    int64_t timeout =
        options->connect_timeout_ms ? options->connect_timeout_ms : TRANSPORT_CONNECT_TIMEOUT_MS;
    *s = (struct stream){.fd = -1, .options = options};
    s->dead_after_ms = options->dead_after_ms ? options->dead_after_ms : TRANSPORT_DEAD_AFTER_MS;
    s->opened_until_ms = clock_now_ms(NULL) + timeout;
}

bool stream_connect(struct stream *s, const struct uri *uri, unsigned port, struct err *e)
{
    port = uri->port ? uri->port : port;
    if (!*uri->host || port == 0)
        return err_fail(e, ERR_USAGE, FAILURE_OOB_CONNECT_FAIL, "write %s://HOST:PORT", uri->scheme);
    struct net_target target = {uri->host, port, s->opened_until_ms, s->dead_after_ms, s->options->cancel};
    s->fd = net_connect(&target, e);
    s->is_socket = true;
    return s->fd >= 0;
}

static bool lost(const struct stream *s, int failed, struct err *e)
{
    if (failed == 0)
        return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "the far side closed the connection");
    if (failed == ETIMEDOUT)
        return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST,
                        "the link is dead: nothing was acknowledged for %lld s",
                        (long long)(s->dead_after_ms / 1000));
    if (!s->is_socket && (failed == EIO || failed == ENXIO || failed == ENODEV))
        return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST,
                        "the line was hung up, or its adapter unplugged");
    return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "the connection was lost: %s", strerror(failed));
}

static bool is_not_yet(int failed)
{
    return failed == EAGAIN || failed == EWOULDBLOCK || failed == EINTR;
}

/* What is there now: more than 0, 0 for nothing, less for lost. */
static int take(struct stream *s, struct str *into, struct err *e)
{
    char buffer[CHUNK_BYTES];
    ssize_t n = read(s->fd, buffer, sizeof buffer);
    if (n < 0 && is_not_yet(errno))
        return 0;
    if (n <= 0) {
        lost(s, n == 0 ? 0 : errno, e);
        return -1;
    }
    if (s->is_socket)
        net_quick_ack(s->fd);
    str_add(into, buffer, (size_t)n);
    return 1;
}

int64_t stream_now_ms(const struct stream *s)
{
    return clock_now_ms(s->options->clock);
}

bool stream_read(struct stream *s, struct str *into, int64_t until_ms, struct err *e)
{
    if (s->early.len) {
        str_add(into, s->early.data, s->early.len);
        str_reset(&s->early);
        return true;
    }
    int64_t until = until_ms - stream_now_ms(s) + clock_now_ms(NULL);
    for (;;) {
        int got = take(s, into, e);
        if (got)
            return got > 0;
        enum net_wait w = net_wait(s->fd, POLLIN, until, s->options->cancel);
        if (w != NET_READY)
            return w == NET_TIMED_OUT || net_cancelled(e);
    }
}

static bool wait_to_write(struct stream *s, int64_t moved_ms, struct err *e)
{
    int64_t until = moved_ms + s->dead_after_ms;
    bool has_room = s->early.len + CHUNK_BYTES <= TRANSPORT_READ_MAX_BYTES;
    enum net_wait w = net_wait(s->fd, (short)(POLLOUT | (has_room ? POLLIN : 0)), until, s->options->cancel);
    if (w == NET_CANCELLED)
        return net_cancelled(e);
    if (w == NET_TIMED_OUT || clock_now_ms(NULL) >= until)
        return err_fail(e, ERR_TIMEOUT, FAILURE_CONSOLE_LOST,
                        "nothing could be sent for %lld s: the link is dead, flow control holds it, or the "
                        "far side reads "
                        "no more",
                        (long long)(s->dead_after_ms / 1000));
    return !has_room || take(s, &s->early, e) >= 0;
}

static bool write_failed(const struct stream *s, int failed, struct err *e)
{
    lost(s, failed, e);
    if (e && failed == ETIMEDOUT)
        e->code = ERR_TIMEOUT;
    return false;
}

bool stream_write(struct stream *s, const void *bytes, size_t len, struct err *e)
{
    const char *p = bytes;
    int64_t moved_ms = clock_now_ms(NULL);
    while (len > 0) {
        ssize_t n = s->is_socket ? send(s->fd, p, len, MSG_NOSIGNAL) : write(s->fd, p, len);
        if (n > 0) {
            p += n;
            len -= (size_t)n;
            moved_ms = clock_now_ms(NULL);
        } else if (n < 0 && !is_not_yet(errno)) {
            return write_failed(s, errno, e);
        } else if (!wait_to_write(s, moved_ms, e)) {
            return false;
        }
    }
    return true;
}

bool stream_pause(struct stream *s, int64_t pause_ms, struct err *e)
{
    return net_wait(-1, 0, clock_now_ms(NULL) + pause_ms, s->options->cancel) != NET_CANCELLED ||
           net_cancelled(e);
}

void stream_clear(struct stream *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    str_clear(&s->early);
}
