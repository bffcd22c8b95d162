/* A recording in memory, played as a console: what was typed then must be typed now. */
#ifndef TRANSPORT_REPLAY_H
#define TRANSPORT_REPLAY_H

#include "transport/cast.h"
#include "transport/transport.h"

enum { REPLAY_SECRETS_MAX = 32 };

struct replay_secret {
    const char *mask; /* "{secret:NAME}" as recorded */
    size_t len;
    struct str typed; /* what was typed for it now: it comes back wherever the mask stands */
};

/* Where the recording stands: it goes on when the console is opened anew. */
struct replay_tape {
    const struct cast *cast;
    /* The first thing typed that was not typed then: as it was, as it is now, and where that stands. */
    bool diverged;
    int64_t diverged_ms;
    unsigned diverged_line;
    struct str expected, typed;
    bool ended; /* more was wanted than was recorded */
    /* its own: */
    size_t next_out;                   /* event to be delivered next; the ones before it are done */
    size_t next_in;                    /* first event at or behind which something not yet typed lies */
    size_t in_done;                    /* bytes of it */
    bool in_secret;                    /* up to the CR everything fits */
    bool new_secret;                   /* and is the last of `secrets` */
    int64_t anchor_ms, anchor_cast_ms; /* the clock's time at which the recording was at … */
    struct replay_secret secrets[REPLAY_SECRETS_MAX];
    size_t secret_count;
    struct str line;              /* typed since the last CR */
    size_t line_event, line_from; /* where that line begins */
};

struct replay_clock {
    struct clock clock; /* first member: the driver finds the tape by it */
    struct replay_tape *tape;
};

void replay_tape_init(struct replay_tape *t, const struct cast *cast, const struct clock *clock);
void replay_tape_clear(struct replay_tape *t);
/* Everything that was typed then was typed. */
bool replay_tape_is_done(const struct replay_tape *t);
/* A connection to it on a virtual clock. */
struct transport *replay_open_tape(struct replay_clock *clock, const struct transport_options *options,
                                   struct err *e);

#endif
