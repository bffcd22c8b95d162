/* The bytes of a TCP connection as they are: console servers' raw ports. */
#include "transport/stream.h"

static bool tcp_open(void *self, const struct uri *uri, const struct transport_options *options,
                     struct err *e)
{
    static const char *const names[] = {"baud", "kind", NULL};
    struct stream *s = self;
    stream_init(s, options);
    return uri_check_options(uri, names, e) && stream_connect(s, uri, 0, e);
}

static bool tcp_read(void *self, struct str *into, int64_t until_ms, struct err *e)
{
    return stream_read(self, into, until_ms, e);
}

static bool tcp_write(void *self, const void *bytes, size_t len, struct err *e)
{
    return stream_write(self, bytes, len, e);
}

static void tcp_close(void *self)
{
    stream_clear(self);
}

const struct transport_driver transport_tcp = {
    .scheme = "tcp",
    .about = "a console server's raw TCP port",
    .size_bytes = sizeof(struct stream),
    .open = tcp_open,
    .read = tcp_read,
    .write = tcp_write,
    .close = tcp_close,
};
