/* What provision, validate, run and retry share: a job type on switches, watched live. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/cli.h"

struct run_parent { /* the job that is gone on with */
    int64_t job;
    unsigned attempt;
};

extern const struct option_spec run_options[];
/* `command` as typed, to be shown again. `parent` NULL: none; else one switch is chosen. */
enum status run_type(struct cli *cli, const char *command, const char *type, char **selectors, int count,
                     const struct run_parent *parent);

#endif
