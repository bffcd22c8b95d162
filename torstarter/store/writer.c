#include "store/writer.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* Rows in one transaction at most; only so that a steady stream cannot keep a group from ever being committed. */
enum { GROUP_MAX = 20000 };

struct writer {
    struct database *database; /* of the thread */
    pthread_t thread;
    pthread_mutex_t lock; /* all below */
    pthread_cond_t work, done;
    struct write *first, **last;
    bool closing, failed;
    store_ticket put, durable;
    store_ticket refused; /* the first row refused, 0: none */
    struct err failure;   /* why all waits fail from now on */
    struct store_stats stats;
};

struct group {
    uint64_t rows;
    store_ticket end;     /* of its last row */
    store_ticket refused; /* of its first row that was refused, 0: none */
    bool lost;
    struct err failure;
};

static void drop(struct write *list)
{
    while (list) {
        struct write *next = list->next;
        mem_free(list);
        list = next;
    }
}

static struct write *take_all(struct writer *w, bool wait)
{
    pthread_mutex_lock(&w->lock);
    while (wait && !w->first && !w->closing)
        pthread_cond_wait(&w->work, &w->lock);
    struct write *list = w->first;
    w->first = NULL;
    w->last = &w->first;
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
        drop(list);
        list = g.rows < GROUP_MAX ? take_all(w, false) : NULL;
    }
    int64_t before_us = clock_now_us(NULL);
    if (!g.lost)
        g.lost = !database_exec(w->database, "COMMIT", &g.failure);
    if (g.lost)
        database_exec(w->database, "ROLLBACK", NULL);
    publish(w, &g, clock_now_us(NULL) - before_us);
}

static void *run(void *ctx)
{
    struct writer *w = ctx;
    struct write *list;
    while ((list = take_all(w, true))) {
        pthread_mutex_lock(&w->lock);
        bool failed = w->failed;
        pthread_mutex_unlock(&w->lock);
        if (failed)
            drop(list);
        else
            write_group(w, list);
    }
    return NULL;
}

struct writer *writer_start(struct database *take_database, struct err *e)
{
    struct writer *w = MEM_NEW(struct writer);
    w->database = take_database;
    w->last = &w->first;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
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
    store_ticket ticket = take->ticket = ++w->put;
    bool was_empty = !w->first;
    *w->last = take;
    w->last = &take->next;
    if (was_empty)
        pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
    return ticket;
}

bool writer_wait(struct writer *w, store_ticket ticket, struct err *e)
{
    pthread_mutex_lock(&w->lock);
    while (w->durable < ticket && !w->failed)
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
