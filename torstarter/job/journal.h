/* The journal of one job: what its session and its plugins do becomes rows, and events for whoever watches. It lives on the
   job's thread. Nothing is typed before its row is durable: before_send waits. */
#ifndef JOB_JOURNAL_H
#define JOB_JOURNAL_H

#include "base/mask.h"
#include "job/engine.h"
#include "job/policy.h"
#include "job/transcript.h"
#include "plugin/run.h"

struct journal {
    struct store *store;
    struct queue *events;    /* NULL: nobody watches */
    const struct mask *mask; /* NULL: no secret is known */
    const struct cancel *cancel;
    const struct clock *clock; /* of the console; NULL: the machine's */
    size_t index;              /* into the specs */
    int64_t job;
    unsigned plugins; /* steps of the job */
    /* its own: */
    struct transcript transcript;
    int64_t event_seq, phase_seq;
    int64_t unanswered;          /* the last thing typed, while no answer is known; 0: none */
    const struct plugin *plugin; /* of the phase that runs */
    unsigned passed;
    int64_t started_us, bytes_told_ms, progress_told_ms;
    bool failed; /* the store takes no more; err says why */
    struct err err;
    int64_t permit;    /* row of the permit that is out; 0: none */
    bool permit_spent; /* something that changes the switch was typed under it */
    bool taking_back;
    char serial_found[64];
    struct str wanted; /* the wanted configuration, secrets masked; empty: none */
    char left[200];    /* what the session left behind, when it could not log out; "" */
};

/* The members above the line are filled in. The job is RUNNING from here on, in the hands of `worker`. */
void journal_open(struct journal *j, const char *worker);
void journal_clear(struct journal *j);

struct session_hooks journal_session_hooks(struct journal *j);
struct run_hooks journal_run_hooks(struct journal *j);
void journal_note(struct journal *j, const char *text);

/* A permit is out (0: it is over): its row is marked spent before the first byte under it leaves. */
void journal_permit(struct journal *j, int64_t id);
bool journal_permit_spent(const struct journal *j);
/* A change is being taken back: the operator's first Ctrl-C does not keep that from the line. */
void journal_take_back(struct journal *j, bool on);

void journal_phase_start(struct journal *j, const struct plugin *plugin);
void journal_phase_end(struct journal *j, const struct verdict *v);
/* The job's end; waits until it and everything before is durable, then tells. False: j->err. */
bool journal_end(struct journal *j, const struct outcome *o);

/* For journal_*.c. Belt and braces: what is written is masked already. `room` keeps the text; NULL stays NULL. */
const char *journal_masked(const struct journal *j, const char *text, struct str *room);
struct job_event journal_event(const struct journal *j, enum job_event_kind kind);
void journal_tell(const struct journal *j, enum job_event_kind kind, const char *text, int64_t span_us);
/* What was typed beside queries has no answer of its own: its bytes end where the next thing is typed, or the phase. */
void journal_close_typed(struct journal *j);
bool journal_wait(struct journal *j, store_ticket ticket, struct err *e);

#define JOURNAL_PUT(j, table, row) store_insert((j)->store, table, row, sizeof(row) / sizeof *(row))
#define JOURNAL_CHANGE(j, table, cells, keys)                                                                \
    store_update((j)->store, table, cells, sizeof(cells) / sizeof *(cells), keys,                            \
                 sizeof(keys) / sizeof *(keys))

#endif
