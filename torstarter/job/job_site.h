/* What a job was judged by beside the switch's own words, kept with it: its part of the site, and how it was run. */
#ifndef JOB_JOB_SITE_H
#define JOB_JOB_SITE_H

#include "job/job.h"
#include "job/journal.h"

/* Of the spec, or a new one; never 0. */
uint64_t job_nonce_seed(const struct job_spec *spec);
/* When the job begins, and again at its end with what it found out. Not waited for. */
void job_site_put(struct store *store, const struct job *job, const struct journal *j, uint64_t nonce_seed);

#endif
