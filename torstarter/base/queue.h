/* A queue between threads: first in, first out; the one lock that jobs share with the writer. */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

struct queue *queue_new(void);
void queue_free(struct queue *q);             /* must be empty of owners; items left are not freed */
bool queue_push(struct queue *q, void *item); /* false once closed: the item stays the caller's */
void *queue_pop(struct queue *q);             /* waits; NULL when closed and empty */
void *queue_try_pop(struct queue *q);         /* does not wait; NULL when nothing is there */
/* Waits at most wait_ms; NULL when nothing came, or closed and empty. */
void *queue_pop_until(struct queue *q, int64_t wait_ms);
void queue_close(struct queue *q);
bool queue_is_closed(struct queue *q); /* closed and nothing left to pop */

#endif
