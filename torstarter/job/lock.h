/* Console locks: one job on one console. A flock on a file per console dies with its process; a row says who holds it. */
#ifndef JOB_LOCK_H
#define JOB_LOCK_H

#include "base/err.h"
#include "job/process.h"
#include "store/store.h"

struct console_lock {
    const char *console; /* borrowed */
    int fd;              /* -1: not held */
};

/* False: ERR_STATE with CONSOLE_BUSY that names holder, host and job; or what is wrong with the folder or the store. */
bool console_lock_take(struct console_lock *l, struct store *store, const char *locks_dir,
                       const char *console, int64_t job, const struct process *self, struct err *e);
/* Waits until the row is gone, so that the next one does not take it for a holder. */
void console_lock_release(struct console_lock *l, struct store *store);

#endif
