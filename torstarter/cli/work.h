/* What a command that works on switches needs: site, job type, switches, platforms, store; every mistake said. */
#ifndef CLI_WORK_H
#define CLI_WORK_H

#include "base/vec.h"
#include "cli/cli.h"
#include "job/engine.h"

struct work { /* filled step by step, freed at once; all zero is empty */
    struct cli *cli;
    const char *command; /* as typed, to be shown again: "provision" or "run mytype" */
    struct search_path path;
    struct site *site;
    struct job_type *type;
    struct switch_list chosen;
    VEC(struct platform *) platforms;
    struct job_spec *specs;
    struct engine_options options;
    struct store *store;
    char *selectors;
    const char *platform; /* instead of the one that the site file names; NULL: that one */
};

/* Everything up to the first byte: what is wrong is said on stderr and becomes the status. `type` names a job type's file. */
enum status work_prepare(struct work *w, const char *type, char **selectors, int count);
/* Opens the store, marks what dead processes left. */
enum status work_open_store(struct work *w);
void work_clear(struct work *w);

#endif
