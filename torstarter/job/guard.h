/* The guard: the only maker of permits. It reads the evidence on the switch, in the same session, right before each procedure. */
#ifndef JOB_GUARD_H
#define JOB_GUARD_H

#include "base/mask.h"
#include "plugin/evidence.h"
#include "session/permit.h"
#include "store/store.h"

struct journal;

struct guard { /* of one job */
    struct store *store;
    int64_t job;
    const struct mask *mask; /* NULL: no secret is known */
    struct journal
        *journal; /* is told which permit is out, so that it can mark it spent; NULL: nobody marks */
    /* NULL: none. Else the operator named this switch and its serial on the command line. */
    const char *override_reason, *override_serial;
    /* its own: */
    bool tainted;             /* a procedure of this job ended half done */
    char stopped[200];        /* another switch answers: nothing is changed any more, and why; "" */
    char serial[64], mac[32]; /* of the first reading */
    int64_t open;             /* row of the permit that is out; 0: none */
    char open_procedure[64];
};

/* run->guard's function: NULL with run->err IN_PRODUCTION, GUARD_UNPROVEN or IDENTITY_MISMATCH and evidence. The permit's row, with all
   evidence and an override's reason, is durable before this returns. An override passes UNSAFE evidence of production, never
   identity, never what is UNKNOWN, and never the TAINTED mark. After
   the first Ctrl-C only what takes back gets one: management_down, uplink_address_clear, config_rollback, image_restore. */
struct permit *guard_permit(void *guard, struct run *run, const char *procedure);
struct run_guard guard_of(struct guard *g);

/* The job is over. A procedure that nobody told the end of leaves the switch TAINTED. */
void guard_end(struct guard *g, const char *switch_name);
/* What stands against this serial number is cleared by a job that proved its state: see policy_proved. */
bool guard_clear_taint(struct guard *g, const char *switch_name, bool configuration_proved, struct err *e);

#endif
