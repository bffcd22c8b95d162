/* Which process: host, number, and when it started, so that a number used again is not taken for the old one. */
#ifndef JOB_PROCESS_H
#define JOB_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct process {
    char host[256];
    int64_t pid, start; /* start: clock ticks since boot, field 22 of /proc/PID/stat (proc(5)) */
};

enum { PROCESS_TEXT_MAX = 320 };

void process_self(struct process *out);
bool process_is(const struct process *a, const struct process *b);
/* On this host, and still running: a zombie is not. */
bool process_lives(const struct process *p);
/* "host:pid:start", as in job.worker. */
const char *process_format(const struct process *p, char out[PROCESS_TEXT_MAX]);
bool process_parse(const char *text, struct process *out);

#endif
