/* A job type: an ordered list of plugins, configs/job-types/NAME.yaml. */
#ifndef MODEL_JOB_TYPE_H
#define MODEL_JOB_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "model/path.h"
#include "text/yaml.h"

struct rule;

struct job_step {
    const char *plugin; /* or a rule's name */
    struct rule *rule;  /* NULL: a plugin; owned */
    bool optional;      /* SKIPPED with the reason where the platform lacks a query */
    bool for_changes;   /* no part of a job whose switch is to get neither firmware nor configuration */
    struct yaml_place place;
};

struct job_type {
    const char *name, *about, *file;
    bool changes; /* may change the switch; validate never does */
    struct job_step *steps;
    size_t step_count;
    struct arena arena;
};

/* Plugin names are checked by the caller, who knows them: known[] with their count. A name that is none of them is a rule's,
   configs/rules/NAME.yaml. */
struct job_type *job_type_load(const char *name, const struct search_path *path, const char *const *known,
                               size_t known_count, struct mistakes *m);
void job_type_free(struct job_type *t);

#endif
