/* The plan: which phases, commands and bytes a job type costs on a switch, without touching it. */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "job/engine.h"

/* Bytes both ways on the serial line of one whole job; from the platform's typical answer lengths. */
uint64_t plan_bytes(const struct engine_options *o, const struct job_spec *spec);
/* Prints the plan of every spec; json: one object per command. */
void plan_print(const struct engine_options *o, const struct job_spec *specs, size_t count, bool json);

#endif
