/* What the guard would say now, asked before anything else is: a job that may not change the switch should end early, with the
   evidence. The permits themselves are asked for one by one, each with evidence of its own moment (job/guard.c). */
#include <string.h>

#include "plugin/all.h"
#include "plugin/evidence.h"

static const enum failure codes[] = {FAILURE_IN_PRODUCTION, FAILURE_GUARD_UNPROVEN, FAILURE_IDENTITY_MISMATCH,
                                     FAILURE_NONE};
static const char *const needs[] = {"version",         "inventory",         "users",
                                    "pending_changes", "routing_neighbors", "interface_rates",
                                    "mac_table",       "running_config",    NULL};

static struct verdict guard_run(struct run *run)
{
    struct evidence_report r;
    if (run->guard.look)
        return run->guard.look(run->guard.ctx, run);
    evidence_read(run, NULL, &r);
    return evidence_verdict(run, &r);
}

/* A sign that the platform does not declare is this plugin's finding, not a reason to refuse the job type. */
static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    (void)sw;
    return dialect_query(&platform->dialect, query) != NULL;
}

const struct plugin plugin_guard = {
    .name = "guard",
    .about = "is it safe to change this switch now?",
    .phase = PHASE_GUARD_CHECK,
    .effect = READS,
    .needs = needs,
    .times = times,
    .codes = codes,
    .run = guard_run,
};
