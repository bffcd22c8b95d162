/* A shim under SQLite: counts flushes of the log, makes them slow, or pretends that the disk is full. */
#ifndef TESTS_SUPPORT_VFS_H
#define TESTS_SUPPORT_VFS_H

#include <stdatomic.h>
#include <stdint.h>

struct support_vfs {
    atomic_ullong wal_writes, wal_syncs; /* so far */
    atomic_ullong wal_unsynced;          /* writes to the log since its last flush */
    atomic_llong flush_us;               /* each flush takes at least so long */
    atomic_bool full;                    /* every write says that the disk is full */
    atomic_bool sync_fails;
};

/* Registered once under the name "shim": open sqlite:PATH?vfs=shim. */
struct support_vfs *support_vfs(void);

#endif
