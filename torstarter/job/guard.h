/* The guard: the only maker of permits. It reads the evidence on the switch, in the same session, right before each procedure. */
#ifndef JOB_GUARD_H
#define JOB_GUARD_H

#include "plugin/evidence.h"
#include "session/permit.h"
#include "store/store.h"

struct guard {
    struct store *store;
    int64_t job;
    const char *
        override_reason; /* NULL: none. Else the operator named this switch and its serial on the command line */
    const char *override_serial;
    bool tainted; /* set when a procedure ends half done */
};

/* run->guard's function: NULL with run->err IN_PRODUCTION, GUARD_UNPROVEN or IDENTITY_MISMATCH and evidence. The permit's row, with all
   evidence and an override's reason, is durable before this returns. An override passes UNSAFE evidence of production, never
   identity, and never UNKNOWN identity. */
struct permit *guard_permit(void *guard, struct run *run, const char *procedure);

#endif
