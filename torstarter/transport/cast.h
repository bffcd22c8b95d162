/* A recorded console session, as read from an asciicast v2 file: what came and what was typed, with its times. */
#ifndef TRANSPORT_CAST_H
#define TRANSPORT_CAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { CAST_FILE_MAX_BYTES = 256 * 1024 * 1024 };

struct cast_event {
    int64_t at_ms;
    bool
        typed; /* an `i` event; else `o`, with the true bytes of the `b` event behind it where there is one */
    const char *bytes;
    size_t len;
    unsigned line; /* in the file */
};

struct cast_mark { /* an `m` event */
    int64_t at_ms;
    const char *text;
    unsigned line;
};

struct cast {
    const char *header; /* the first line: JSON */
    struct cast_event *events;
    size_t count, cap;
    struct cast_mark *marks;
    size_t mark_count, mark_cap;
    unsigned lines;
    int64_t
        end_ms; /* time of the last event of any kind: a marker at the end tells how long the silence before it was */
    struct arena arena;
};

/* Refuses a damaged file, one that is cut inside a line too, with file:line and the reason (ERR_SYNTAX). */
bool cast_read(const char *path, struct cast *out, struct err *e);
/* The same from memory; `name` stands for the file. */
bool cast_read_text(const char *name, const char *text, size_t len, struct cast *out, struct err *e);
void cast_clear(struct cast *c);

/* The writer: a header and events, a line each, appended to a text. `time_ms` since the beginning, never less than before. */
enum { CAST_WIDTH = 80, CAST_HEIGHT = 24 };

/* `torstarter`: a JSON object, ours, as it stands. */
void cast_write_header(struct str *out, int64_t timestamp_s, const char *title, const char *torstarter);
/* `code` o or i: the bytes as text, U+FFFD where they are no UTF-8; an `o` of which that is not all is followed by a `b` event with
   the true bytes. m: words. */
void cast_write_event(struct str *out, int64_t time_ms, char code, const char *bytes, size_t len);
/* How many of the bytes form whole characters; what is left is the beginning of one that later bytes may complete. */
size_t cast_whole(const char *bytes, size_t len);

#endif
