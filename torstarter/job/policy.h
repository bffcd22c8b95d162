/* Going on: what a verdict means for the steps after it, and for the job. Pure functions. */
#ifndef JOB_POLICY_H
#define JOB_POLICY_H

#include "job/engine.h"

struct step {
    const struct plugin *plugin;
    const struct rule *rule; /* that the plugin runs; NULL: none */
    bool optional;           /* may be skipped, and the job still passes */
    bool left_out;           /* by --only or --skip: the operator's wish; shown as SKIPPED */
    bool for_changes;        /* of no use where the site asks for no change of this switch */
    struct yaml_place place; /* in the job type */
};

struct steps {
    struct step *items;
    size_t count;
};

/* How a job ends; the first verdict that is no pass gives code and text (borrowed from the verdict). */
struct outcome {
    enum job_state state; /* JOB_RUNNING until outcome_end */
    enum failure failure;
    const char *text, *remedy;
    unsigned passed, skipped, steps; /* skipped: that may be, and are not counted as passed */
    struct str skips;                /* "light (…), psu (…)"; outcome_clear frees */
    bool found_bad;                  /* something was not as it should be: nothing that changes may run */
    bool stopped;                    /* nothing runs any more */
};

bool policy_may_run(const struct outcome *o, const struct plugin *p);
void outcome_add(struct outcome *o, const struct step *step, const struct verdict *v);
void outcome_cancel(struct outcome *o);
void outcome_end(struct outcome *o);
/* "6 of 8 passed, 2 skipped: light (why), psu (why)"; nothing when nothing was skipped. */
void outcome_say(const struct outcome *o, struct str *out);
void outcome_clear(struct outcome *o);
const char *verdict_state_name(const struct verdict *v); /* of a phase_run: "PASSED" */
const char *
verdict_remedy_text(const struct verdict *v); /* its own, else the code's; NULL when there is none */

#endif
