/* Hostile replay: a recording served by command over a bad line. A job over it may fail, but never pass for another. */
#ifndef CLI_HOSTILE_H
#define CLI_HOSTILE_H

#include "cli/faults.h"
#include "job/replay.h"

struct hostile_wishes {
    const struct faults *faults; /* these; NULL: those that the seed chooses */
    bool shrink;                 /* of what fails, find the fewest faults that still do */
};

/* ok: ended with a code, or as on a good line. Skipped: by command it does not end as recorded on a good line either. */
void hostile_play(struct replays *r, const struct hostile_wishes *wishes, const char *path, uint64_t seed,
                  struct replay_result *out);

#endif
