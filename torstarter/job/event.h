/* Events for whoever watches a job: made here, freed by job_event_free. */
#ifndef JOB_EVENT_H
#define JOB_EVENT_H

#include "job/engine.h"

/* Copies `e` with its texts into the queue; `events` NULL: nobody watches. */
void event_push(struct queue *events, const struct job_event *e);

#endif
