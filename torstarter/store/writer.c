#include "store/writer.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

/* Rows in one transaction at most; only so that a steady stream cannot keep a group from ever being committed. */
enum { GROUP_MAX = 20000 };
/* A row that nobody waits for rides with the next one that somebody does, so that a command costs one flush and not two; after
   this long it is written by itself. */
enum { LAZY_MS = 25, LAZY_ROWS_MAX = 1000 };

struct writer {
    struct database *database; /* of the thread */
    pthread_t thread;
    pthread_mutex_t lock; /* all below */
    pthread_cond_t work, done;
    struct write *first, **last;
    bool closing, failed;
    bool busy;                         /* somebody has the database: the thread, or one who waits */
    store_ticket put, durable, wanted; /* wanted: the last one that somebody waits for */
    int64_t first_put_ms;              /* when the oldest row in the queue came */
    store_ticket refused;              /* the first row refused, 0: none */
    struct err failure;                /* why all waits fail from now on */
    struct store_stats stats;
};

struct group {
    uint64_t rows;
    store_ticket end;     /* of its last row */
    store_ticket refused; /* of its first row that was refused, 0: none */
    bool lost;
    struct err failure;
};

static bool is_due(const struct writer *w)
{
    return w->first && (w->wanted > w->durable || w->put - w->durable > LAZY_ROWS_MAX ||
                        clock_now_ms(NULL) >= w->first_put_ms + LAZY_MS);
}

static void wait_for_work(struct writer *w)
{
    if (!w->first) {
        pthread_cond_wait(&w->work, &w->lock);
        return;
    }
    int64_t due_ms = w->first_put_ms + LAZY_MS;
    struct timespec until = {.tv_sec = due_ms / 1000, .tv_nsec = due_ms % 1000 * 1000000};
    pthread_cond_timedwait(&w->work, &w->lock, &until);
}

static struct write *take_queue(struct writer *w)
{
    struct write *list = w->first;
    w->first = NULL;
    w->last = &w->first;
    return list;
}

static struct write *take_more(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    struct write *list = take_queue(w);
    pthread_mutex_unlock(&w->lock);
    return list;
}

static void apply_list(struct writer *w, const struct write *list, struct group *g)
{
    for (; list; list = list->next) {
        g->rows++;
        g->end = list->ticket;
        if (g->lost)
            continue;
        struct err why = {0};
        enum applied result = database_apply(w->database, list, &why);
        if (result != APPLIED && !g->refused)
            g->failure = why;
        if (result == ROW_REFUSED && !g->refused)
            g->refused = list->ticket;
        g->lost = result == GROUP_LOST;
    }
}

/* A row refused is a programmer's mistake: the other rows of the group are kept, and the store takes no more. */
static void publish(struct writer *w, const struct group *g, int64_t commit_us)
{
    pthread_mutex_lock(&w->lock);
    if (!g->lost) {
        w->durable = g->end;
        w->stats.commits++;
        w->stats.rows += g->rows;
        w->stats.commit_us += (uint64_t)commit_us;
        if (g->rows > w->stats.largest_group)
            w->stats.largest_group = g->rows;
    }
    if (g->lost || g->refused) {
        w->failed = true;
        w->refused = g->refused;
        w->failure = g->failure;
    }
    w->busy = false;
    if (w->first || w->closing)
        pthread_cond_signal(&w->work);
    pthread_cond_broadcast(&w->done);
    pthread_mutex_unlock(&w->lock);
}

/* Looks into the queue again before it commits: who was woken by the last commit has often put the next row by now. */
static void write_group(struct writer *w, struct write *list)
{
    struct group g = {0};
    g.lost = !database_exec(w->database, "BEGIN IMMEDIATE", &g.failure);
    while (list) {
        apply_list(w, list, &g);
        write_free(list);
        list = g.rows < GROUP_MAX ? take_more(w) : NULL;
    }
    int64_t before_us = clock_now_us(NULL);
    if (!g.lost)
        g.lost = !database_exec(w->database, "COMMIT", &g.failure);
    if (g.lost)
        database_exec(w->database, "ROLLBACK", NULL);
    publish(w, &g, clock_now_us(NULL) - before_us);
}

/* Called and left with the lock held; the database is free. */
static void write_queue(struct writer *w)
{
    struct write *list = take_queue(w);
    bool failed = w->failed;
    w->busy = !failed;
    pthread_mutex_unlock(&w->lock);
    if (failed)
        write_free(list);
    else
        write_group(w, list);
    pthread_mutex_lock(&w->lock);
}

/* Writes what nobody waits for, and what is left at the end. */
static void *run(void *ctx)
{
    struct writer *w = ctx;
    pthread_mutex_lock(&w->lock);
    while (!w->closing || w->first || w->busy) {
        if (w->busy)
            pthread_cond_wait(&w->work, &w->lock);
        else if (w->first && (w->closing || is_due(w)))
            write_queue(w);
        else
            wait_for_work(w);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

struct writer *writer_start(struct database *take_database, struct err *e)
{
    struct writer *w = MEM_NEW(struct writer);
    w->database = take_database;
    w->last = &w->first;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); /* the clock of first_put_ms */
    pthread_cond_init(&w->work, &attr);
    pthread_condattr_destroy(&attr);
    pthread_cond_init(&w->done, NULL);
    int rc = pthread_create(&w->thread, NULL, run, w);
    if (rc == 0)
        return w;
    err_set(e, ERR_FAILED, "cannot start the store's writer: %s", strerror(rc));
    database_close(take_database);
    mem_free(w);
    return NULL;
}

void writer_stop(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    w->closing = true;
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    database_close(w->database);
    pthread_cond_destroy(&w->work);
    pthread_cond_destroy(&w->done);
    pthread_mutex_destroy(&w->lock);
    mem_free(w);
}

store_ticket writer_put(struct writer *w, struct write *take)
{
    pthread_mutex_lock(&w->lock);
    bool was_empty = !w->first;
    for (*w->last = take; take; take = take->next) {
        take->ticket = ++w->put;
        w->last = &take->next;
    }
    store_ticket ticket = w->put;
    if (was_empty)
        w->first_put_ms = clock_now_ms(NULL);
    if (was_empty || w->put - w->durable > LAZY_ROWS_MAX)
        pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
    return ticket;
}

bool writer_wait(struct writer *w, store_ticket ticket, struct err *e)
{
    pthread_mutex_lock(&w->lock);
    if (ticket > w->wanted)
        w->wanted = ticket;
    /* Who waits while the database is free writes the group itself, for all: no thread has to be woken for it. */
    while (w->durable < ticket && !w->failed)
        if (!w->busy && w->first)
            write_queue(w);
        else
            pthread_cond_wait(&w->done, &w->lock);
    bool ok = w->durable >= ticket && (!w->refused || ticket < w->refused);
    if (!ok && e)
        *e = w->failure;
    pthread_mutex_unlock(&w->lock);
    return ok;
}

struct store_stats writer_stats(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    struct store_stats stats = w->stats;
    pthread_mutex_unlock(&w->lock);
    return stats;
}
