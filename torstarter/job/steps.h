/* The steps of a run: those of the job type that the operator's --only and --skip leave, each with its plugin. */
#ifndef JOB_STEPS_H
#define JOB_STEPS_H

#include "base/arena.h"
#include "job/engine.h"
#include "job/policy.h"

/* Memory from the arena. */
bool steps_make(const struct engine_options *o, struct arena *arena, struct steps *out, struct err *e);
/* The plugin of a step, a rule's as well; NULL: there is none of that name. */
const struct plugin *steps_plugin(const struct job_step *s, struct arena *arena);
/* The query that a usual run of the plugin on this switch asks and its platform does not declare; NULL: none. */
const char *steps_missing_query(const struct plugin *p, const struct site_switch *sw,
                                const struct platform *platform);
/* Every step that is not optional finds the queries that it needs for this switch. */
bool steps_check_switch(const struct steps *steps, const struct site_switch *sw,
                        const struct platform *platform, struct err *e);

#endif
