/* A descriptor that carries a console's bytes, socket or tty: its waits end with what comes, with the time, or with the operator. */
#ifndef TRANSPORT_STREAM_H
#define TRANSPORT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/transport.h"

struct stream {
    int fd; /* non-blocking; -1: none */
    bool is_socket;
    const struct transport_options *options; /* borrowed */
    int64_t dead_after_ms;
    int64_t opened_until_ms; /* machine's clock: the opening must be done by then */
    struct str early;        /* came while we were sending; bounded */
};

/* The time for the opening begins to run. */
void stream_init(struct stream *s, const struct transport_options *options);
/* To the URI's host; without a port in it, to `port` (0: it must name one). */
bool stream_connect(struct stream *s, const struct uri *uri, unsigned port, struct err *e);
/* As transport_read and transport_write. Sending goes on reading, so that a far side that only reads when it was read ends no one. */
bool stream_read(struct stream *s, struct str *into, int64_t until_ms, struct err *e);
bool stream_write(struct stream *s, const void *bytes, size_t len, struct err *e);
/* Lets time pass (the length of a break); false when the operator said stop. */
bool stream_pause(struct stream *s, int64_t pause_ms, struct err *e);
int64_t stream_now_ms(const struct stream *s); /* of the caller's clock, as until_ms is */
void stream_clear(struct stream *s);           /* closes */

#endif
