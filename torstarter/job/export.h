/* A stored job as a recording: asciicast v2 (face.md), which plays in asciinema and is a test of `torstarter replay`. */
#ifndef JOB_EXPORT_H
#define JOB_EXPORT_H

#include "base/str.h"
#include "store/store.h"

/* Marks a recording that is whole: its last event, an `m`. What ends before it was cut. */
#define EXPORT_END "END "

/* Appends the whole file to out. ERR_USAGE: there is no such job, or it is not over. */
bool export_job(struct store *store, int64_t job, struct str *out, struct err *e);

#endif
