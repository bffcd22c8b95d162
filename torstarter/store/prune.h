/* Prune: removes ended jobs with all that hangs on them, the oldest first, and gives the room back to the disk. */
#ifndef STORE_PRUNE_H
#define STORE_PRUNE_H

#include "store/store.h"

struct prune_wish {
    int64_t before_us;  /* jobs that ended before that (UTC); INT64_MIN: by size only */
    int64_t keep_bytes; /* and as many as it takes until the store uses no more; INT64_MAX: by age only */
    /* The last PASSED job of each type on each switch too; and what a TAINTED mark, a recorded configuration or a procedure without an
       end points to: of these the recording goes, the mark and the job's line stay, for the guard reads them. */
    bool all;
    bool dry_run; /* tells what would go; sizes are estimates */
};

struct pruned {
    int64_t job, ended_us, bytes; /* bytes: about */
    const char *type, *switch_name, *state;
    bool line_stays;
};

struct prune_tally {
    unsigned jobs;
    int64_t used_before, used_after; /* bytes of the file that hold something; a dry run: about */
    int64_t file_before, file_after; /* bytes on the disk, log included */
    const char *not_given_back;      /* why free room stays in the file (static); NULL: it does not */
};

/* A connection of its own and short transactions: jobs of this program and of others keep running. False: what was told is removed,
   the rest is as it was. */
bool store_prune(struct store *s, const struct prune_wish *wish,
                 void (*tell)(void *ctx, const struct pruned *job), void *ctx, struct prune_tally *tally,
                 struct err *e);

#endif
