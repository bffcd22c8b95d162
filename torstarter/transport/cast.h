/* A recorded console session, as read from an asciicast v2 file: what came and what was typed, with its times. */
#ifndef TRANSPORT_CAST_H
#define TRANSPORT_CAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum { CAST_FILE_MAX_BYTES = 256 * 1024 * 1024 };

struct cast_event {
    int64_t at_ms;
    bool
        typed; /* an `i` event; else `o`, with the true bytes of the `b` event behind it where there is one */
    const char *bytes;
    size_t len;
    unsigned line; /* in the file */
};

struct cast {
    struct cast_event *events;
    size_t count, cap;
    int64_t
        end_ms; /* time of the last event of any kind: a marker at the end tells how long the silence before it was */
    struct arena arena;
};

/* Refuses a damaged file, one that is cut inside a line too, with file:line and the reason (ERR_SYNTAX). */
bool cast_read(const char *path, struct cast *out, struct err *e);
void cast_clear(struct cast *c);

#endif
