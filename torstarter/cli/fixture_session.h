/* A job's session as a recording that may be passed on: exported, under other names, and played once to see that it ends alike. */
#ifndef CLI_FIXTURE_SESSION_H
#define CLI_FIXTURE_SESSION_H

#include "job/replay.h"
#include "store/store.h"
#include "text/disguise.h"

/* Writes `file`, unless nothing could play it (out->end REPLAY_REFUSED). `out`: how it plays; clear it in every case. */
bool fixture_session(struct store *store, int64_t job, struct disguise *d, const struct search_path *path,
                     const char *file, struct replay_result *out, struct err *e);

#endif
