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

struct evidence_known { /* what its reading may rest on, beside the site */
    const char *const
        *stages; /* sha256 of the normal form of configurations that this tool itself put on this serial */
    size_t stage_count;
    bool
        half_ours; /* a change of its configuration by this tool was cut off: a part of what is wanted may be there */
};

enum { EVIDENCE_MAX = 16 };
struct evidence_report {
    struct evidence_found items[EVIDENCE_MAX];
    size_t count;
    int64_t oldest_ms;  /* when the first of the queries was typed, on the session's clock */
    const char *serial; /* as read; "" */
    const char *mac;
    struct err
        broken; /* why nothing more could be asked: CONSOLE_LOST, CANCELLED; code ERR_NONE: all was asked */
};

/* The names of all evidences there must be, NULL-terminated. */
const char *const *evidence_names(void);
/* The serial number that the switch must have: the site's, else its asset's; NULL where nobody says. */
const char *evidence_serial_wanted(const struct run *run);
const struct evidence_found *evidence_named(const struct evidence_report *r, const char *name);

/* Asks the switch anew (nothing from the cache), in the order: identity, users, pending_changes, routing_sessions, traffic, hosts,
   configuration, assets. `known` NULL: nothing is known. Memory of the run's arena. */
void evidence_read(struct run *run, const struct evidence_known *known, struct evidence_report *out);
/* PASS when each is there and SAFE; else FAIL with IN_PRODUCTION (one is UNSAFE; IDENTITY_MISMATCH where it is another switch) or GUARD_UNPROVEN. */
struct verdict evidence_verdict(struct run *run, const struct evidence_report *r);

#endif
