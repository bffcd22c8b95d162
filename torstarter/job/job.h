/* One job: one switch taken through the steps of a job type, on the thread that calls. */
#ifndef JOB_JOB_H
#define JOB_JOB_H

#include "job/engine.h"
#include "job/policy.h"
#include "job/process.h"

struct job {
    const struct engine_options *options;
    const struct job_spec *spec;
    const struct steps *steps;
    const struct process *self;
    size_t index; /* into the specs */
    int64_t id;   /* in the store */
    /* What is known before the console is opened (no credential, console named twice): it stands for the first step. NULL: none. */
    const struct verdict *given;
    /* Called once the console's login is done with, well or not: another may be begun. */
    void (*logged_in)(void *ctx);
    void *ctx;
};

/* Runs it to its end; all its rows are durable then. False only when the store failed. */
bool job_run(const struct job *job, enum job_state *state, struct err *e);
/* Marks a job that was never begun. */
bool job_cancel(const struct job *job, struct err *e);

#endif
