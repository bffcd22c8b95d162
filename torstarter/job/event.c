#include "job/event.h"

#include "base/mem.h"

const char *job_state_name(enum job_state s)
{
    static const char *const names[] = {"QUEUED", "RUNNING",   "PASSED", "FAILED",
                                        "ERROR",  "CANCELLED", "LOST"};
    return names[s];
}

void event_push(struct queue *events, const struct job_event *e)
{
    if (!events)
        return;
    struct job_event *copy = MEM_NEW(struct job_event);
    *copy = *e;
    copy->text = mem_strdup(e->text);
    copy->remedy = mem_strdup(e->remedy);
    if (!queue_push(events, copy))
        job_event_free(copy);
}

void job_event_free(struct job_event *e)
{
    if (!e)
        return;
    mem_free(e->text);
    mem_free(e->remedy);
    mem_free(e);
}
