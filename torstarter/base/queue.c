#include "base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/mem.h"

struct link {
    struct link *next;
    void *item;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct link *first, **last;
    bool closed;
};

struct queue *queue_new(void)
{
    struct queue *q = MEM_NEW(struct queue);
    pthread_mutex_init(&q->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&q->changed, &attr);
    pthread_condattr_destroy(&attr);
    q->last = &q->first;
    return q;
}

void queue_free(struct queue *q)
{
    if (!q)
        return;
    while (q->first) {
        struct link *next = q->first->next;
        mem_free(q->first);
        q->first = next;
    }
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    mem_free(q);
}

bool queue_push(struct queue *q, void *item)
{
    struct link *l = MEM_NEW(struct link);
    l->item = item;
    pthread_mutex_lock(&q->lock);
    bool open = !q->closed;
    if (open) {
        *q->last = l;
        q->last = &l->next;
        pthread_cond_signal(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    if (!open)
        mem_free(l);
    return open;
}

static void *take_first(struct queue *q)
{
    struct link *l = q->first;
    if (!l)
        return NULL;
    q->first = l->next;
    if (!q->first)
        q->last = &q->first;
    void *item = l->item;
    mem_free(l);
    return item;
}

void *queue_try_pop(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    void *item = take_first(q);
    pthread_mutex_unlock(&q->lock);
    return item;
}

void *queue_pop(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (!q->first && !q->closed)
        pthread_cond_wait(&q->changed, &q->lock);
    void *item = take_first(q);
    pthread_mutex_unlock(&q->lock);
    return item;
}

void *queue_pop_until(struct queue *q, int64_t wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&q->lock);
    while (!q->first && !q->closed && pthread_cond_timedwait(&q->changed, &q->lock, &until) != ETIMEDOUT)
        ;
    void *item = take_first(q);
    pthread_mutex_unlock(&q->lock);
    return item;
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

bool queue_is_closed(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool closed = q->closed && !q->first;
    pthread_mutex_unlock(&q->lock);
    return closed;
}
