/* The steps of a run: those of the job type that the operator's --only and --skip leave, each with its plugin. */
#ifndef JOB_STEPS_H
#define JOB_STEPS_H

#include "base/arena.h"
#include "job/engine.h"
#include "job/policy.h"

/* Memory from the arena. */
bool steps_make(const struct engine_options *o, struct arena *arena, struct steps *out, struct err *e);
/* Every step that is not optional finds its queries on this platform. */
bool steps_check_platform(const struct steps *steps, const struct platform *platform, struct err *e);

#endif
