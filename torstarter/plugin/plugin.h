/* A plugin: one check or one change. It sets the job's phase, looks at records, ends in a verdict. It knows no store. */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

enum effect { READS, CHANGES };
enum verdict_kind { VERDICT_PASS, VERDICT_FAIL, VERDICT_ERROR, VERDICT_SKIP };

/* The bytes that justify a verdict; all zero where there are none (a console that cannot be reached). */
struct evidence {
    const char *query, *command;
    uint64_t event;            /* of the log: the command whose answer it was */
    const char *template_file; /* as found */
    unsigned template_line;    /* rule that recorded the row */
    unsigned row, line;        /* of the records, of the answer; from 1 */
    const char *column, *raw;  /* what stood there, in the switch's own words */
    const char *word;          /* what it means */
    const char *word_place;    /* "platforms/arista_eos.yaml:61" */
    const char *wanted;        /* "role tor wants 2 with input" */
};

struct verdict {
    enum verdict_kind kind;
    enum failure failure; /* for FAIL and ERROR */
    const char *text;     /* one line for a person: what, where; lives in the run's arena */
    const char *remedy;   /* what to do now; NULL: the code's own */
    struct evidence evidence;
    bool not_asked; /* SKIP: the site does not ask for it, so it is no part of this job */
};

struct run;
struct site_switch;
struct platform;

struct plugin {        /* one file each; one line in plugins.def */
    const char *name;  /* "psu" */
    const char *about; /* the question it answers */
    enum phase phase;
    enum effect effect;
    const char *const *needs; /* NULL-terminated: queries it uses, checked when files load */
    /* How often a usual run asks a query of this switch (for all uplinks: once); NULL: once each. 0: it can do without. */
    unsigned (*times)(const struct site_switch *sw, const struct platform *platform, const char *query);
    const enum failure *codes; /* FAILURE_NONE-terminated: what it may end in beside the general ones */
    bool stops_job;            /* nothing after it makes sense when it fails: oob_connect, identity */
    struct verdict (*run)(struct run *run);
};

/* times(), or what stands for it. */
unsigned plugin_times(const struct plugin *p, const struct site_switch *sw, const struct platform *platform,
                      const char *query);
const struct plugin *plugin_by_name(const char *name);
const struct plugin *const *plugins(size_t *count); /* in the order of plugins.def */

#endif
