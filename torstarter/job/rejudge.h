/* Judging the past again: today's templates and plugins over the answers that the store has of jobs that ended. Types nothing. */
#ifndef JOB_REJUDGE_H
#define JOB_REJUDGE_H

#include "base/cancel.h"
#include "job/past_site.h"
#include "model/rule.h"
#include "plugin/run.h"
#include "store/store.h"

enum rejudge_end {
    REJUDGE_SAME,
    REJUDGE_REWORDED, /* state and code are the same, the words are others */
    REJUDGE_FLIPPED,
    REJUDGE_NOT_JUDGED, /* `why` */
    REJUDGE_ENDS
};

struct past_verdict { /* as a phase_run has it; texts are never NULL */
    const char *state, *code, *text;
    const char *template_file; /* "": none */
    int64_t template_line;     /* 0: none */
    int64_t event;             /* of the log: the answer that decided; 0: none */
};

struct rejudged { /* one plugin of one job; borrowed during the call */
    enum rejudge_end end;
    int64_t job, seq; /* phase_run */
    const char *switch_name, *platform, *plugin;
    struct past_verdict then, now;
    struct evidence evidence;     /* of today's verdict */
    const char *command, *answer; /* what both read; "": the verdicts point at none */
    const char *values; /* whose values of the site it was judged with: "site.yaml", "kept with the job" */
    const char *why;    /* NOT_JUDGED */
};

struct rejudge {         /* borrowed and frozen while it runs */
    const char *store;   /* URI: each thread reads by a connection of its own */
    const int64_t *jobs; /* in the order in which they are told */
    size_t job_count;
    const char *plugin;                /* only this one; NULL: all that read */
    struct site *site;                 /* NULL: none is known today */
    const struct search_path *path;    /* as it was loaded with */
    struct platform *const *platforms; /* those that could be loaded, with the rules' queries */
    size_t platform_count;
    struct rule *const *rules;
    size_t rule_count;
    unsigned threads;
    const struct cancel *cancel;
    /* Called in the order of the jobs, by one thread at a time. */
    void (*tell)(void *ctx, const struct rejudged *r);
    void *ctx;
};

/* False: the store cannot be read, or the operator stopped it. */
bool rejudge_run(const struct rejudge *r, struct err *e);
/* One job as it stands in memory, with these values; of r: plugin, platforms, rules, tell. */
void rejudge_past(const struct rejudge *r, struct past_job *job, const struct past_site *site,
                  struct store *store);

#endif
