/* What a permit is made of. Only job/guard.c may make one and session/permit.c spend one: tests/lint/floors checks who includes this. */
#ifndef SESSION_PERMIT_SELF_H
#define SESSION_PERMIT_SELF_H

#include <stdbool.h>

#include "session/permit.h"
#include "session/session.h"

struct permit {
    const struct session *session;
    uint64_t epoch;     /* session_epoch() when the evidence was read: another connection or login voids it */
    int64_t oldest_ms;  /* the oldest evidence, on the session's clock */
    char serial[64];    /* of the switch, as read */
    char procedure[64]; /* the one it is for; its undo is included */
    int64_t store_id;   /* row of the table permit */
    bool spent;
};

/* Memory of the caller's: permit_free. */
struct permit *permit_make(const struct session *s, int64_t oldest_ms, const char *serial,
                           const char *procedure, int64_t store_id);

#endif
