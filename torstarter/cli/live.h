/* The live view: what a person at the rack sees while jobs run; a plain line per event where there is no terminal. */
#ifndef CLI_LIVE_H
#define CLI_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/engine.h"

struct live;

struct live_switch {
    const struct site_switch *sw;
    uint64_t planned_bytes; /* of its whole job, for the estimate; 0: unknown */
};

/* `title` such as "provision · rack r1 · 11 switches"; borrowed. json: one object a line instead. */
struct live *live_new(const char *title, const struct live_switch *switches, size_t count, bool json);
void live_event(struct live *l, const struct job_event *e);
void live_tick(struct live *l); /* redraws when something changed, at most ten times a second */
/* The last picture, the tally, and what to do next about each switch that is not ready. */
void live_end(struct live *l, const char *command, bool by_uri);
void live_free(struct live *l);

#endif
