/* Is a change safe now? Each evidence is a query of this moment with a declared reading of "safe"; whatever is not positively safe refuses. */
#ifndef PLUGIN_EVIDENCE_H
#define PLUGIN_EVIDENCE_H

#include "plugin/run.h"

enum safety {
    SAFE,
    UNSAFE, /* read, and a sign of production or of another switch */
    UNKNOWN /* could not be read, or is not declared */
};

struct evidence_found {
    const char *name; /* "routing_sessions" */
    enum safety safety;
    const char *text; /* "10.9.0.1 is established and no uplink of the site" */
    struct evidence evidence;
};

enum { EVIDENCE_MAX = 16 };
struct evidence_report {
    struct evidence_found items[EVIDENCE_MAX];
    size_t count;
    int64_t oldest_ms;  /* when the first of the queries was typed, on the session's clock */
    const char *serial; /* as read */
};

/* Asks the switch anew (nothing from the cache), in the order: identity, users, pending_changes, routing_sessions, traffic, hosts,
   configuration, assets. `stages`: hashes (sha256 of the normalised configuration) that this tool itself has put on this serial.
   Memory of the run's arena. */
void evidence_read(struct run *run, const char *const *stages, size_t stage_count,
                   struct evidence_report *out);
/* PASS when each is SAFE; else FAIL with IN_PRODUCTION (one is UNSAFE; IDENTITY_MISMATCH where it is another switch) or GUARD_UNPROVEN. */
struct verdict evidence_verdict(struct run *run, const struct evidence_report *r);

#endif
