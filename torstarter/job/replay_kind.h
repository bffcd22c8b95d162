/* Platforms and job types that recordings share: loaded once, then frozen. */
#ifndef JOB_REPLAY_KIND_H
#define JOB_REPLAY_KIND_H

#include "model/job_type.h"
#include "model/platform.h"

struct kind { /* a platform as a job type's rules make it */
    struct platform *platform;
    struct job_type *type;
    char *platform_name, *type_name, *mistakes; /* mistakes NULL: it is loaded */
    struct kind *next;
};

struct kinds;
struct kinds *kinds_new(const struct search_path *path);
void kinds_free(struct kinds *k);
/* NULL with all mistakes in their files. */
const struct kind *kinds_get(struct kinds *k, const char *platform, const char *type, struct err *e);

#endif
