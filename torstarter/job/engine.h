/* The engine: takes switches through a job type, each job on its own thread, everything in the store before it is typed. */
#ifndef JOB_ENGINE_H
#define JOB_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/failure.h"
#include "base/queue.h"
#include "model/job_type.h"
#include "model/platform.h"
#include "model/site.h"
#include "plugin/plugin.h"
#include "store/store.h"

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_PASSED, JOB_FAILED, JOB_ERROR, JOB_CANCELLED, JOB_LOST };
const char *job_state_name(enum job_state s); /* "PASSED" */

struct job_spec { /* one switch to take through; frozen while the engine runs */
    struct site_switch *sw;
    const struct platform *platform;
    int64_t parent_job; /* the job that this one goes on with; 0: none */
    unsigned attempt;   /* 0: the first */
    /* The operator named this switch and its serial number, and why it may be changed though it looks as if in service. */
    const char *override_serial, *override_reason;
    uint64_t
        nonce_seed; /* 0: from the system's random numbers; kept with the job, so that it can be played again */
};

enum job_event_kind {
    EVENT_JOB_STARTED,
    EVENT_PHASE_STARTED,
    EVENT_PHASE_FINISHED,
    EVENT_COMMAND,
    EVENT_ANSWER,
    EVENT_NOTE,
    EVENT_COMPONENT,
    EVENT_PROGRESS, /* text: how far a long step of a change is */
    EVENT_BYTES,
    EVENT_JOB_FINISHED
};

/* What the live view and --json see. Owned by whoever pops it: job_event_free. */
struct job_event {
    enum job_event_kind kind;
    size_t index; /* into specs */
    int64_t job;  /* id in the store */
    int64_t at_utc_us;
    const char *plugin; /* static */
    enum phase phase;
    enum job_state state;
    enum verdict_kind verdict; /* PHASE_FINISHED */
    enum failure failure;
    unsigned passed, plugins;
    uint64_t bytes_received; /* so far */
    int64_t span_us;         /* ANSWER: of the command; FINISHED: of the job */
    char *text;              /* command, note, verdict's text; may be NULL */
    char *remedy;            /* FINISHED: what to do now; may be NULL */
};
void job_event_free(struct job_event *e);

struct engine_options {
    struct site *site;
    const struct job_type *type;
    struct store *store;
    const char *locks_dir; /* a file per console is locked here; NULL: nobody else can reach these consoles */
    unsigned jobs;         /* at once */
    const char *const *only, *const *skip; /* plugin names, NULL-terminated; NULL: none */
    const char *submitted_by;
    struct cancel *cancel;
    const struct attendant *attendant; /* `torstarter console`; NULL: nobody is at the keyboard */
    const struct capturer *capturer;   /* `torstarter capture`; NULL: nobody writes answers down */
    struct queue *events;              /* of struct job_event *; NULL: nobody watches */
    /* Opens the consoles, on the threads of the jobs; NULL: transport_open. For lines that live in this process. */
    struct transport *(*open)(void *ctx, const struct uri *uri, const struct transport_options *options,
                              struct err *e);
    void *open_ctx;
};

struct engine_tally {
    unsigned passed, failed, errors, cancelled;
};

/* Before anything is typed: every plugin has its queries on every platform (or is optional), names in only/skip exist. */
bool engine_check(const struct engine_options *o, const struct job_spec *specs, size_t count, struct err *e);
/* Runs all, returns when all have ended and everything is durable. False only when torstarter itself could not work (store). */
bool engine_run(const struct engine_options *o, const struct job_spec *specs, size_t count,
                struct engine_tally *tally, struct err *e);
/* Marks RUNNING jobs of processes that are gone as LOST and releases their console locks; called at every start. */
bool engine_recover(struct store *store, unsigned *lost, struct err *e);

#endif
