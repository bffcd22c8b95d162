/* A switch behind a slow serial line, character by character, on a virtual clock: it echoes, edits its line, runs it at the return, and
   has a console buffer that can overflow while it is busy. The line may lose and garble characters, each way. */
#ifndef HELPERS_SUPPORT_LINE_H
#define HELPERS_SUPPORT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"
#include "transport/transport.h"

struct slow_byte {
    int64_t at_us;
    char c;
};

struct slow_queue {
    struct slow_byte *items;
    size_t count, cap, first;
};

struct slow_switch {
    struct clock clock; /* first member: the driver finds the switch by it */
    unsigned baud;
    int64_t latency_us;            /* each way */
    int64_t exec_us;               /* a line takes so long to run */
    size_t buffer_bytes;           /* of its console; 0: 115 */
    unsigned lose_in, garble_in;   /* of a million characters typed */
    unsigned lose_out, garble_out; /* of a million characters shown */
    unsigned
        log_lines; /* of a thousand executed lines, so many are followed by a log line that breaks the echo */
    const char
        *echoed_ahead; /* this piece of what was typed ahead is echoed before an interface's prompt too */
    bool redraws;      /* prompt and line are drawn anew after a log line */
    bool quiet_kill;   /* Ctrl-U erases with a blank row instead of backspaces */
    uint64_t seed;
    /* What became of it. */
    struct str config; /* lines that were run, each with its LF */
    size_t overflowed, most_buffered;
    uint64_t typed_bytes, shown_bytes;
    /* Inside. */
    struct slow_queue in, out;
    struct str line;
    const char *prompt;
    char banner_end; /* inside a banner until this character */
    int64_t in_free_us, out_free_us, busy_until_us;
    size_t buffered;
};

extern const struct transport_driver slow_driver;

void slow_init(struct slow_switch *w, unsigned baud, uint64_t seed);
void slow_clear(struct slow_switch *w);
struct transport *slow_transport(struct slow_switch *w);

#endif
