#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"

bool file_read_fd(int fd, struct str *out, struct err *e)
{
    char buf[65536];
    for (;;) {
        ssize_t n = read(fd, buf, sizeof buf);
        if (n == 0)
            return true;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(e, "cannot read");
        if (!str_add(out, buf, (size_t)n))
            return err_set(e, ERR_LIMIT, "larger than %zu bytes", out->max_bytes);
    }
}

bool file_read(const char *path, struct str *out, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(e, "cannot open %s", path);
    bool ok = file_read_fd(fd, out, e) || err_wrap(e, "%s: ", path);
    close(fd);
    return ok;
}

static bool write_all(int fd, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

bool file_write(const char *path, const void *bytes, size_t len, unsigned mode, struct err *e)
{
    struct str temp = {0};
    str_printf(&temp, "%s.XXXXXX", path);
    int fd = mkstemp(temp.data);
    bool ok = fd >= 0;
    if (ok) {
        ok = fchmod(fd, mode) == 0 && write_all(fd, bytes, len) && fsync(fd) == 0;
        ok = close(fd) == 0 && ok;
        ok = ok && rename(temp.data, path) == 0;
        if (!ok) {
            int saved = errno;
            unlink(temp.data);
            errno = saved;
        }
    }
    if (!ok)
        err_errno(e, "cannot write %s", path);
    str_clear(&temp);
    return ok;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool file_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool file_make_dirs(const char *path, unsigned mode, struct err *e)
{
    char *copy = mem_strdup(path);
    bool ok = true;
    for (char *p = copy + 1; ok && *copy; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char was = *p;
        *p = '\0';
        ok = mkdir(copy, mode) == 0 || errno == EEXIST;
        *p = was;
        if (was == '\0')
            break;
    }
    if (ok && !file_is_dir(path)) {
        errno = ENOTDIR;
        ok = false;
    }
    if (!ok)
        err_errno(e, "cannot make the folder %s", path);
    mem_free(copy);
    return ok;
}

char *file_join(const char *dir, const char *name)
{
    struct str s = {0};
    if (name[0] == '~' && name[1] == '/' && getenv("HOME"))
        str_printf(&s, "%s%s", getenv("HOME"), name + 1);
    else if (name[0] == '/' || dir[0] == '\0')
        str_add_cstr(&s, name);
    else
        str_printf(&s, "%s%s%s", dir, str_ends(dir, "/") ? "" : "/", name);
    return str_take(&s);
}

char *file_dir(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return mem_strdup(".");
    return slash == path ? mem_strdup("/") : mem_strndup(path, (size_t)(slash - path));
}

char *file_program_dir(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return NULL;
    path[n] = '\0';
    return file_dir(path);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t file_list(const char *dir, const char *suffix, char ***names)
{
    VEC(char *) found = {0};
    DIR *d = opendir(dir);
    for (struct dirent *entry; d && (entry = readdir(d));)
        if (entry->d_name[0] != '.' && str_ends(entry->d_name, suffix))
            VEC_ADD(&found, mem_strdup(entry->d_name));
    if (d)
        closedir(d);
    if (found.count)
        qsort(found.items, found.count, sizeof *found.items, by_name);
    *names = found.items;
    return found.count;
}

int file_lock(const char *path, struct err *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        err_errno(e, "cannot open the lock file %s", path);
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    if (saved == EWOULDBLOCK)
        err_set(e, ERR_STATE, "%s is locked by another process", path);
    else
        err_errno(e, "cannot lock %s", path);
    return -1;
}

void file_unlock(int fd)
{
    if (fd >= 0)
        close(fd);
}
