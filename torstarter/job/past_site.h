/* With whose values a past job is judged: the site file's of today where it names the switch, else those kept with the job. */
#ifndef JOB_PAST_SITE_H
#define JOB_PAST_SITE_H

#include "job/past.h"
#include "model/site.h"

struct past_site {
    struct site *site;
    const struct site_switch *sw;
    const char *values; /* "site.yaml", "kept with the job" */
    bool whole;         /* all that the job knew; else serial number, firmware and neighbours only */
    struct site *own;   /* loaded for it; NULL: none */
};

/* `today` may be NULL. Memory from the job's arena; past_site_clear before that is cleared. */
void past_site_of(struct past_job *job, struct site *today, const struct search_path *path,
                  struct past_site *out);
void past_site_clear(struct past_site *s);

#endif
