/* The crew: worker threads that take jobs in order, as many at once as the engine and each console server allow. */
#ifndef JOB_CREW_H
#define JOB_CREW_H

#include "job/engine.h"
#include "job/policy.h"

struct assignment {
    const struct job_spec *spec;
    int64_t id;                  /* of the job in the store */
    const struct verdict *given; /* see struct job; NULL: none */
};

/* Returns when every assignment has ended. False when the store failed, or no thread could be started. */
bool crew_run(const struct engine_options *o, const struct steps *steps, const struct assignment *work,
              size_t count, struct engine_tally *tally, struct err *e);

#endif
