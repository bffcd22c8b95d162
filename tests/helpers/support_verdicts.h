/* What each plugin must say about a platform's fixtures: fixtures/PLATFORM/verdicts.yaml, its switch, and answers laid where the
   session's would lie. The file:

     switch: {serial: …, mac: …, uplinks: […]}     as in a site file; its name is tor-r1-09
     role: {power_supplies: 2, …}                  as in a site file
     values: {slot: '3'}                           places of the fixtures beside {hostname} {serial} {mac} {interface} {address}
                                                   {source} {mtu} {payload}
     lacking: {AIRFLOW_MISMATCH: why}              failures that no answer of this platform can lead to
     cases:
       - {plugin: psu, expect: PASSED}             PASSED, SKIPPED or a failure's code
       - plugin: psu
         answers: {power_supplies: faults/power_supplies.failed.txt}      the others are healthy/QUERY.txt; a list: one per uplink
         expect: PSU_FAILURE
         says: power supply 2                      part of the verdict's text
         role: {…}, switch: {…}, values: {…}       keys that differ in this case; `key: ` alone takes one away

   `neighbors.2` in answers is the second way to ask (`otherwise:`); ways after the first that are not named count as rejected, the
   first too where only later ones are named. */
#ifndef HELPERS_SUPPORT_VERDICTS_H
#define HELPERS_SUPPORT_VERDICTS_H

#include "plugin/run.h"
#include "text/yaml.h"

struct case_answer {
    const char *query; /* "neighbors", "neighbors#2" */
    const char **files;
    size_t file_count; /* 1: the same for all uplinks */
};

struct verdict_case {
    const char *plugin, *says; /* says "": anything */
    enum verdict_kind kind;
    enum failure failure;
    struct case_answer *answers;
    size_t answer_count;
    const struct yaml_node *role, *sw, *values; /* NULL: as at the head of the file */
    unsigned line;
};

struct verdicts {
    const char *name; /* of the platform */
    const char *file;
    struct platform *platform;
    const struct yaml_node *role, *sw, *values, *lacking;
    struct verdict_case *cases;
    size_t case_count;
    struct str mistakes; /* of the files, of laying and of judging: one a line */
    struct arena arena;
};

/* Names of the platforms that have verdicts.yaml, or the one in $TORSTARTER_PLATFORM. Memory from the arena. */
size_t verdicts_platforms(struct arena *arena, const char ***names);
/* Never NULL; nothing can be judged when it has mistakes. */
struct verdicts *verdicts_open(const char *platform);
void verdicts_close(struct verdicts *v);

struct trial { /* one switch to be judged */
    struct verdicts *of;
    struct site *site;
    struct run run;
    const struct yaml_node *values; /* of the case */
    struct str notes;
    size_t components, failed;
};

/* False with a mistake in v. `c` NULL: the switch at the head of the file. */
bool trial_open(struct trial *t, struct verdicts *v, const struct verdict_case *c);
void trial_close(struct trial *t);
/* healthy/QUERY.txt of every query but those in `c`. Says what could not be read, unless quiet. */
void trial_lay_healthy(struct trial *t, const struct verdict_case *c);
void trial_lay_case(struct trial *t, const struct verdict_case *c);
/* The text of a fixture, its places filled in for that uplink (SIZE_MAX: none). Caller frees; NULL: a mistake in t->of. */
char *trial_text(struct trial *t, const char *file, size_t uplink);
/* As if the switch had just said it; false: not understood. */
bool trial_say(struct trial *t, const char *query, const char *text, size_t len, size_t uplink);
/* The query is asked once per uplink. */
bool trial_is_per_uplink(const struct trial *t, const char *query);
struct verdict trial_judge(struct trial *t, const char *plugin);

#endif
