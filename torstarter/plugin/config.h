/* The wanted configuration of a run: had and rendered once, compared with what the switch holds. */
#ifndef PLUGIN_CONFIG_H
#define PLUGIN_CONFIG_H

#include "plugin/normal.h"
#include "plugin/run.h"

struct config_text {
    const char *name; /* of its source, for errors */
    char *
        text; /* as it is typed: lines that may cut our own branch come last; holds secrets until config_forget */
    size_t len;
    const unsigned *lines; /* per line of text: the source's line */
    size_t line_count;
    struct normal normal; /* run->wanted points here */
};

/* Fills run->wanted and run->wanted_text, once. True as well where the site names no source: both stay NULL. False: run->err is
   CONFIG_SOURCE_FAIL. */
bool config_wanted(struct run *run);
/* Wipes the text; run->wanted stays. */
void config_forget(struct run *run);
/* The lines with whole blocks of those that `cutting` finds moved behind the others, and without `end`,
   after which the procedure could not go on. Arena memory; from[i]: the line it was, from 0. */
char *config_cut_last(const struct platform *p, const char *text, size_t len, struct arena *arena,
                      size_t **from, size_t *count);
/* Reads `query` (running_config, startup_config) anew. False: run->err. */
bool config_read(struct run *run, const char *query, struct normal *out);
/* Is it what the site wants? A diff for a person goes to diff (may be NULL). */
bool config_same(struct run *run, const struct normal *found, struct str *diff);

#endif
