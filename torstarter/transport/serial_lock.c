#include "transport/serial_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

enum { PROC_FILE_MAX_BYTES = 4 * 1024 * 1024, LOCK_FILE_MAX_BYTES = 64 };

static bool open_failed(const char *path, struct err *e)
{
    int why = errno;
    if (why == EACCES)
        return err_fail(
            e, ERR_IO, FAILURE_OOB_CONNECT_FAIL,
            "no permission: put your user into the group that owns %s (dialout), then log in again", path);
    if (why == EBUSY)
        return err_fail(
            e, ERR_STATE, FAILURE_CONSOLE_BUSY,
            "another program has the line for itself alone; `fuser %s` finds it: end it, then try again",
            path);
    return err_fail(e, ERR_IO, FAILURE_OOB_CONNECT_FAIL, "cannot open it: %s", strerror(why));
}

/* "picocom (process 4711)" */
static void describe_process(long pid, struct str *out)
{
    char path[40];
    struct str name = STR_MAX(LOCK_FILE_MAX_BYTES);
    snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    if (file_read(path, &name, NULL) && name.len > 1)
        str_add_escaped(out, name.data, name.len - 1);
    else
        str_add_cstr(out, "another program");
    str_printf(out, " (process %ld)", pid);
    str_clear(&name);
}

/* From proc(5): "1: FLOCK  ADVISORY  WRITE 4711 00:1b:6 0 EOF"; the device's numbers are in hex, the inode's is not. */
static long flock_holder(int fd)
{
    struct stat st;
    struct str locks = STR_MAX(PROC_FILE_MAX_BYTES);
    long pid, found = 0;
    if (fstat(fd, &st) != 0 || !file_read("/proc/locks", &locks, NULL)) {
        str_clear(&locks);
        return 0;
    }
    for (const char *line = str_cstr(&locks); line && *line && !found;
         line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        unsigned high, low;
        unsigned long inode;
        if (sscanf(line, "%*d: FLOCK %*s %*s %ld %x:%x:%lu", &pid, &high, &low, &inode) == 4 &&
            high == major(st.st_dev) && low == minor(st.st_dev) && inode == st.st_ino)
            found = pid;
    }
    str_clear(&locks);
    return found;
}

static bool busy(long pid, const char *how, struct err *e)
{
    struct str who = {0};
    if (pid > 0)
        describe_process(pid, &who);
    else
        str_add_cstr(&who, "another program");
    err_fail(e, ERR_STATE, FAILURE_CONSOLE_BUSY, "%s holds the line%s: end it, then try again",
             str_cstr(&who), how);
    str_clear(&who);
    return false;
}

static bool lock_line(int fd, struct err *e)
{
    int exclusive = 0, modem;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? busy(flock_holder(fd), "", e) : err_errno(e, "cannot lock the line");
    /* The super-user's open is not stopped by TIOCEXCL. A pty keeps the mark when its holder was killed: not asked there. */
    if (ioctl(fd, TIOCMGET, &modem) == 0 && ioctl(fd, TIOCGEXCL, &exclusive) == 0 && exclusive)
        return busy(0, " for itself alone (TIOCEXCL)", e);
    return true;
}

/* "/dev/pts/3" → "LCK..pts_3" */
static char *lock_file_name(const char *path, const char *lock_dir)
{
    struct str name = {0};
    str_printf(&name, "%s/LCK..", lock_dir);
    for (const char *p = str_starts(path, "/dev/") ? path + 5 : path; *p; p++)
        str_add_char(&name, *p == '/' ? '_' : *p);
    return str_take(&name);
}

/* 1: made, 0: there is one, -1: not to be had here */
static int make_lock_file(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno == EEXIST ? 0 : -1;
    bool ok = dprintf(fd, "%10ld\n", (long)getpid()) > 0;
    close(fd);
    if (!ok)
        unlink(name);
    return ok ? 1 : -1;
}

/* The process that a lock file names; 0: gone (we hold the flock, so a file of our own number is an old one), -1: cannot be told. */
static long lock_file_holder(const char *name)
{
    struct str text = STR_MAX(LOCK_FILE_MAX_BYTES);
    char *end = NULL;
    bool there = file_read(name, &text, NULL);
    long pid = there ? strtol(str_cstr(&text), &end, 10) : -1;
    if (there && (end == str_cstr(&text) || pid <= 0))
        pid = -1;
    str_clear(&text);
    if (pid <= 0)
        return -1;
    return pid == getpid() || (kill((pid_t)pid, 0) != 0 && errno == ESRCH) ? 0 : pid;
}

static bool take_lock_file(struct serial_lock *l, const char *path, const char *lock_dir, struct err *e)
{
    char *name = lock_file_name(path, lock_dir);
    int made = make_lock_file(name);
    long holder = made == 0 ? lock_file_holder(name) : 0;
    if (made == 0 && holder == 0 && unlink(name) == 0)
        made = make_lock_file(name);
    if (made == 0) {
        char how[200];
        snprintf(how, sizeof how, ", or left its lock file %s behind", name);
        busy(holder, how, e);
    }
    if (made == 1)
        l->lock_file = name;
    else
        mem_free(name);
    return made != 0;
}

bool serial_lock_take(struct serial_lock *l, const char *path, const char *lock_dir, struct err *e)
{
    *l = (struct serial_lock){.fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
    if (l->fd < 0)
        return open_failed(path, e);
    if (!isatty(l->fd))
        err_fail(e, ERR_USAGE, FAILURE_OOB_CONNECT_FAIL, "%s is no serial line", path);
    else if (lock_line(l->fd, e) && take_lock_file(l, path, lock_dir, e)) {
        ioctl(l->fd, TIOCEXCL);
        return true;
    }
    close(l->fd);
    l->fd = -1;
    return false;
}

void serial_lock_release(struct serial_lock *l)
{
    if (l->fd < 0)
        return;
    ioctl(l->fd, TIOCNXCL);
    if (l->lock_file)
        unlink(l->lock_file);
    mem_free(l->lock_file);
    l->lock_file = NULL;
    close(l->fd);
    l->fd = -1;
}
