/* A serial line for one program at a time: flock(2), which picocom, tio and we ourselves ask, TIOCEXCL, and a UUCP lock file for the rest. */
#ifndef TRANSPORT_SERIAL_LOCK_H
#define TRANSPORT_SERIAL_LOCK_H

#include <stdbool.h>

#include "base/err.h"

#define SERIAL_LOCK_DIR "/var/lock"

struct serial_lock {
    int fd;          /* the line itself, open and locked; -1: not held */
    char *lock_file; /* "/var/lock/LCK..ttyUSB0"; NULL where that folder cannot be written */
};

/* Opens the line (without waiting for a carrier, without taking it as our terminal) and locks it. Failure CONSOLE_BUSY names the
   holder; OOB_CONNECT_FAIL. lock_dir: SERIAL_LOCK_DIR. */
bool serial_lock_take(struct serial_lock *l, const char *path, const char *lock_dir, struct err *e);
void serial_lock_release(struct serial_lock *l);

#endif
