#include "helpers/support_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct support_vfs state;
static sqlite3_vfs shim;
static sqlite3_io_methods methods;
static pthread_once_t once = PTHREAD_ONCE_INIT;

struct shim_file {
    sqlite3_file base;
    bool is_wal;
    sqlite3_file real[]; /* szOsFile bytes of the system's VFS */
};

static sqlite3_vfs *system_vfs(void)
{
    return shim.pAppData;
}

static sqlite3_file *real(sqlite3_file *f)
{
    return ((struct shim_file *)f)->real;
}

static int shim_close(sqlite3_file *f)
{
    return real(f)->pMethods ? real(f)->pMethods->xClose(real(f)) : SQLITE_OK;
}

static int shim_read(sqlite3_file *f, void *to, int len, sqlite3_int64 at)
{
    return real(f)->pMethods->xRead(real(f), to, len, at);
}

static int shim_write(sqlite3_file *f, const void *from, int len, sqlite3_int64 at)
{
    if (state.full)
        return SQLITE_FULL;
    if (((struct shim_file *)f)->is_wal) {
        state.wal_writes++;
        state.wal_unsynced++;
    }
    return real(f)->pMethods->xWrite(real(f), from, len, at);
}

static int shim_sync(sqlite3_file *f, int flags)
{
    if (state.sync_fails)
        return SQLITE_IOERR_FSYNC;
    struct timespec pause = {.tv_nsec = state.flush_us * 1000};
    if (pause.tv_nsec)
        nanosleep(&pause, NULL);
    if (((struct shim_file *)f)->is_wal) {
        state.wal_syncs++;
        state.wal_unsynced = 0;
    }
    return real(f)->pMethods->xSync(real(f), flags);
}

static int shim_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return real(f)->pMethods->xTruncate(real(f), size);
}

static int shim_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return real(f)->pMethods->xFileSize(real(f), size);
}

static int shim_lock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xLock(real(f), level);
}

static int shim_unlock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xUnlock(real(f), level);
}

static int shim_reserved(sqlite3_file *f, int *out)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int shim_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int shim_sector(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int shim_device(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int shim_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **out)
{
    return real(f)->pMethods->xShmMap(real(f), region, size, extend, out);
}

static int shim_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void shim_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int shim_shm_unmap(sqlite3_file *f, int remove)
{
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    struct shim_file *file = (struct shim_file *)f;
    (void)vfs;
    memset(file, 0, (size_t)shim.szOsFile);
    file->is_wal = flags & SQLITE_OPEN_WAL;
    int rc = system_vfs()->xOpen(system_vfs(), name, file->real, flags, out);
    file->base.pMethods = rc == SQLITE_OK ? &methods : NULL;
    return rc;
}

static void set_up(void)
{
    sqlite3_vfs *real_vfs = sqlite3_vfs_find(NULL);
    methods = (sqlite3_io_methods){.iVersion = 2,
                                   .xClose = shim_close,
                                   .xRead = shim_read,
                                   .xWrite = shim_write,
                                   .xTruncate = shim_truncate,
                                   .xSync = shim_sync,
                                   .xFileSize = shim_size,
                                   .xLock = shim_lock,
                                   .xUnlock = shim_unlock,
                                   .xCheckReservedLock = shim_reserved,
                                   .xFileControl = shim_control,
                                   .xSectorSize = shim_sector,
                                   .xDeviceCharacteristics = shim_device,
                                   .xShmMap = shim_shm_map,
                                   .xShmLock = shim_shm_lock,
                                   .xShmBarrier = shim_shm_barrier,
                                   .xShmUnmap = shim_shm_unmap};
    shim = *real_vfs;
    shim.zName = "shim";
    shim.pNext = NULL;
    shim.pAppData = real_vfs;
    shim.szOsFile = (int)sizeof(struct shim_file) + real_vfs->szOsFile;
    shim.xOpen = shim_open;
    if (sqlite3_vfs_register(&shim, 0) != SQLITE_OK)
        abort();
}

struct support_vfs *support_vfs(void)
{
    pthread_once(&once, set_up);
    return &state;
}
