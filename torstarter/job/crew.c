#include "job/crew.h"

#include <pthread.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "job/job.h"
#include "store/transcript.h"

#ifdef __has_feature
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum { STACK_BYTES = (SANITIZED ? 1024 : 256) * 1024 }; /* their frames are several times as large */
enum { SESSIONS_DEFAULT = 16, LOGINS_DEFAULT = 8 };

struct lane { /* what one console server is doing for us */
    const struct console_server *server;
    unsigned sessions, logins;
};

struct crew {
    const struct engine_options *options;
    const struct steps *steps;
    const struct assignment *work;
    size_t count;
    struct process self;
    pthread_mutex_t lock; /* all below */
    pthread_cond_t changed;
    bool *taken;
    size_t first_left; /* all before it are taken */
    struct lane *lanes;
    size_t lane_count;
    struct engine_tally tally;
    bool failed;
    struct err err;
};

struct hand { /* one job in a worker's hands */
    struct crew *crew;
    struct lane *lane; /* NULL: no console server between */
    bool logging_in;
};

static struct lane *lane_of(struct crew *c, const struct console_server *server)
{
    for (size_t i = 0; server && i < c->lane_count; i++)
        if (c->lanes[i].server == server)
            return &c->lanes[i];
    return NULL;
}

static bool has_room(const struct lane *l)
{
    if (!l)
        return true;
    unsigned sessions = l->server->sessions ? l->server->sessions : SESSIONS_DEFAULT;
    unsigned logins = l->server->logins ? l->server->logins : LOGINS_DEFAULT;
    return l->sessions < sessions && l->logins < logins;
}

/* The first that is left and has room at its console server; so none is overtaken by one of the same server. */
static bool find_next(struct crew *c, bool cancelled, size_t *index)
{
    for (size_t i = c->first_left; i < c->count; i++)
        if (!c->taken[i] && (cancelled || has_room(lane_of(c, c->work[i].spec->sw->server)))) {
            *index = i;
            return true;
        }
    return false;
}

static void mark_taken(struct crew *c, size_t index)
{
    c->taken[index] = true;
    while (c->first_left < c->count && c->taken[c->first_left])
        c->first_left++;
}

/* Waits for room. False: nothing is left to do. */
static bool take_next(struct crew *c, struct hand *h, size_t *index, bool *cancelled)
{
    pthread_mutex_lock(&c->lock);
    bool found = false;
    while (!c->failed && c->first_left < c->count) {
        *cancelled = cancel_level(c->options->cancel) != CANCEL_NONE;
        found = find_next(c, *cancelled, index);
        if (found)
            break;
        pthread_cond_wait(&c->changed, &c->lock);
    }
    if (found) {
        mark_taken(c, *index);
        *h = (struct hand){
            .crew = c, .lane = lane_of(c, c->work[*index].spec->sw->server), .logging_in = true};
        if (h->lane) {
            h->lane->sessions++;
            h->lane->logins++;
        }
    }
    pthread_mutex_unlock(&c->lock);
    return found;
}

static void logged_in(void *ctx)
{
    struct hand *h = ctx;
    pthread_mutex_lock(&h->crew->lock);
    if (h->lane && h->logging_in)
        h->lane->logins--;
    h->logging_in = false;
    pthread_cond_broadcast(&h->crew->changed);
    pthread_mutex_unlock(&h->crew->lock);
}

static void count_state(struct engine_tally *t, enum job_state state)
{
    if (state == JOB_PASSED)
        t->passed++;
    else if (state == JOB_FAILED)
        t->failed++;
    else if (state == JOB_CANCELLED)
        t->cancelled++;
    else
        t->errors++;
}

static void put_down(struct hand *h, bool ok, enum job_state state, const struct err *e)
{
    struct crew *c = h->crew;
    logged_in(h);
    pthread_mutex_lock(&c->lock);
    if (h->lane)
        h->lane->sessions--;
    if (ok)
        count_state(&c->tally, state);
    else if (!c->failed)
        c->err = *e;
    c->failed = c->failed || !ok;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

/* What cannot be packed now stays plain until the next start: it costs room, not truth. */
static void pack_transcript(struct store *store, int64_t job)
{
    struct err e = {0};
    if (!transcript_pack(store, job, &e))
        log_line(LOG_JOB, LOG_WARN, "the transcript of job %lld stays plain: %s", (long long)job, e.msg);
}

static void *work_on(void *ctx)
{
    struct crew *c = ctx;
    struct hand h;
    size_t index;
    bool cancelled;
    while (take_next(c, &h, &index, &cancelled)) {
        const struct assignment *a = &c->work[index];
        const struct job job = {.options = c->options,
                                .spec = a->spec,
                                .steps = c->steps,
                                .self = &c->self,
                                .index = index,
                                .id = a->id,
                                .given = a->given,
                                .logged_in = logged_in,
                                .ctx = &h};
        enum job_state state = JOB_CANCELLED;
        struct err e = {0};
        bool ok = cancelled ? job_cancel(&job, &e) : job_run(&job, &state, &e);
        put_down(&h, ok, state, &e); /* first: nobody at the console server waits for a compressor */
        if (ok && !cancelled)
            pack_transcript(c->options->store, a->id);
    }
    return NULL;
}

static void make_lanes(struct crew *c)
{
    c->lanes = mem_alloc_array(c->count, sizeof *c->lanes);
    for (size_t i = 0; i < c->count; i++) {
        const struct console_server *server = c->work[i].spec->sw->server;
        if (server && !lane_of(c, server))
            c->lanes[c->lane_count++].server = server;
    }
}

/* Fewer threads than asked for do the same work, only later. */
static bool run_threads(struct crew *c, struct err *e)
{
    size_t wanted = c->options->jobs < c->count ? c->options->jobs : c->count, started = 0;
    pthread_t *threads = mem_alloc_array(wanted + 1, sizeof *threads);
    pthread_attr_t small;
    int rc = 0;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK_BYTES);
    while (started < (wanted ? wanted : 1) && rc == 0) {
        rc = pthread_create(&threads[started], &small, work_on, c);
        started += rc == 0;
    }
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_attr_destroy(&small);
    mem_free(threads);
    return started > 0 ||
           err_set(e, ERR_FAILED, "cannot start a worker thread: %s; see ulimit -u", strerror(rc));
}

bool crew_run(const struct engine_options *o, const struct steps *steps, const struct assignment *work,
              size_t count, struct engine_tally *tally, struct err *e)
{
    struct crew c = {.options = o, .steps = steps, .work = work, .count = count};
    pthread_mutex_init(&c.lock, NULL);
    pthread_cond_init(&c.changed, NULL);
    process_self(&c.self);
    c.taken = mem_alloc_array(count, sizeof *c.taken);
    make_lanes(&c);
    bool ok = run_threads(&c, e);
    if (ok && c.failed && e)
        *e = c.err;
    *tally = c.tally;
    mem_free(c.taken);
    mem_free(c.lanes);
    pthread_cond_destroy(&c.changed);
    pthread_mutex_destroy(&c.lock);
    return ok && !c.failed;
}
