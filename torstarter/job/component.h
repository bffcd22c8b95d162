/* Components as rows: which table holds what, and which columns it has beside job, status and failed. */
#ifndef JOB_COMPONENT_H
#define JOB_COMPONENT_H

#include "plugin/run.h"

struct component_table {
    const char *table;
    const char *keys[3];     /* beside job; NULL-terminated */
    const char *columns[16]; /* all facts it takes, keys not among them; NULL-terminated */
};

const struct component_table *component_table(enum component what);
/* The table's own name of it (static), or NULL: it has no such column. */
const char *component_column(const struct component_table *t, const char *name);

#endif
