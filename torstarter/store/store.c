#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "store/inner.h"
#include "store/writer.h"

struct store {
    char *path, *vfs;      /* vfs NULL: the system's */
    struct writer *writer; /* NULL when read-only */
    pthread_mutex_t reading, packing;
    struct database *reader;
    bool in_memory;
};

/* PATH, sqlite:PATH or sqlite:PATH?vfs=NAME (a shim under SQLite: tests and benches). */
static bool parse_uri(struct store *s, const char *uri, struct err *e)
{
    const char *vfs = NULL;
    if (str_starts(uri, "sqlite:")) {
        uri += strlen("sqlite:");
        vfs = strstr(uri, "?vfs=");
    } else if (strstr(uri, "://")) {
        return err_set(e, ERR_USAGE, "--db %s: give a file, or sqlite:FILE", uri);
    }
    s->path = vfs ? mem_strndup(uri, (size_t)(vfs - uri)) : mem_strdup(uri);
    s->vfs = vfs ? mem_strdup(vfs + strlen("?vfs=")) : NULL;
    return *s->path != '\0' || err_set(e, ERR_USAGE, "--db: the name of the store's file is empty");
}

/* A new file's name is durable only when its folder is flushed too. */
static bool sync_folder(const char *dir, struct err *e)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(e, "cannot open the folder %s", dir);
    bool ok = fsync(fd) == 0 || err_errno(e, "cannot flush the folder %s", dir);
    close(fd);
    return ok;
}

static bool sync_folders(const char *dir, bool made, struct err *e)
{
    if (!sync_folder(dir, e))
        return false;
    char *parent = file_dir(dir);
    bool ok = !made || sync_folder(parent, e);
    mem_free(parent);
    return ok;
}

/* SQLite would make the file readable to all; its -wal and -shm take the mode of the file. */
static bool make_file(const struct store *s, struct err *e)
{
    int fd = open(s->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return true;
    if (fd < 0)
        return err_errno(e, "cannot make the store %s", s->path);
    close(fd);
    return true;
}

static bool make_place(const struct store *s, struct err *e)
{
    char *dir = file_dir(s->path);
    bool made = !file_exists(dir);
    bool ok = file_exists(s->path) ||
              (file_make_dirs(dir, 0700, e) && make_file(s, e) && sync_folders(dir, made, e)) ||
              err_wrap(e, "the store needs a place that can be written (--db names another): ");
    mem_free(dir);
    return ok;
}

static bool open_reader(struct store *s, bool check, struct err *e)
{
    s->reader = database_open(s->path, s->vfs, STORE_READ_ONLY, e);
    return s->reader && (!check || database_check_version(s->reader, s->path, e));
}

static bool open_to_read(struct store *s, struct err *e)
{
    if (!file_exists(s->path))
        return err_set(e, ERR_FAILED, "no jobs yet: the store %s does not exist; a run makes it", s->path);
    return open_reader(s, true, e);
}

static bool open_to_write(struct store *s, unsigned flags, struct err *e)
{
    if (!make_place(s, e))
        return false;
    struct database *d = database_open(s->path, s->vfs, flags, e);
    if (!d)
        return false;
    if (!database_migrate(d, s->path, e)) {
        database_close(d);
        return false;
    }
    s->writer = writer_start(d, e);
    return s->writer && open_reader(s, false, e);
}

/* SQLite's memdb: what has a name that begins with / is shared by the connections of this process, and lives as long as they do. */
static bool open_in_memory(struct store *s, unsigned flags, struct err *e)
{
    struct str name = {0};
    s->in_memory = true;
    str_printf(&name, "/torstarter-memory-%p", (void *)s);
    s->path = str_take(&name);
    s->vfs = mem_strdup("memdb");
    struct database *d = database_open(s->path, s->vfs, flags, e);
    if (!d)
        return false;
    if (!database_migrate(d, s->path, e)) {
        database_close(d);
        return false;
    }
    s->writer = writer_start(d, e);
    return s->writer && (s->reader = database_open(s->path, s->vfs, flags, e));
}

struct store *store_open(const char *uri, unsigned flags, struct err *e)
{
    struct store *s = MEM_NEW(struct store);
    pthread_mutex_init(&s->reading, NULL);
    pthread_mutex_init(&s->packing, NULL);
    if (flags & STORE_MEMORY) {
        if (open_in_memory(s, flags, e))
            return s;
        store_close(s);
        return NULL;
    }
    if (parse_uri(s, uri, e) && (flags & STORE_READ_ONLY ? open_to_read(s, e) : open_to_write(s, flags, e)))
        return s;
    store_close(s);
    return NULL;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    database_close(s->reader); /* first, so that the writer is the last and folds the log into the file */
    if (s->writer)
        writer_stop(s->writer);
    pthread_mutex_destroy(&s->reading);
    pthread_mutex_destroy(&s->packing);
    mem_free(s->path);
    mem_free(s->vfs);
    mem_free(s);
}

const char *store_path(const struct store *s)
{
    return s->path;
}

store_ticket store_put(struct store *s, struct write *take)
{
    if (s->writer)
        return writer_put(s->writer, take);
    write_free(take);
    return 0;
}

void store_pack_lock(struct store *s)
{
    pthread_mutex_lock(&s->packing);
}

void store_pack_unlock(struct store *s)
{
    pthread_mutex_unlock(&s->packing);
}

bool store_in_memory(const struct store *s)
{
    return s->in_memory;
}

struct database *store_connect(struct store *s, struct err *e)
{
    return database_open(s->path, s->vfs, 0, e);
}

store_ticket store_insert(struct store *s, const char *table, const struct cell *cells, size_t count)
{
    return store_put(s, write_new(WRITE_INSERT, table, cells, count, NULL, 0));
}

store_ticket store_update(struct store *s, const char *table, const struct cell *cells, size_t count,
                          const struct cell *keys, size_t key_count)
{
    return store_put(s, write_new(WRITE_UPDATE, table, cells, count, keys, key_count));
}

store_ticket store_upsert(struct store *s, const char *table, const struct cell *cells, size_t count,
                          const struct cell *keys, size_t key_count)
{
    return store_put(s, write_new(WRITE_UPSERT, table, cells, count, keys, key_count));
}

store_ticket store_delete(struct store *s, const char *table, const struct cell *keys, size_t key_count)
{
    return store_put(s, write_new(WRITE_DELETE, table, NULL, 0, keys, key_count));
}

store_ticket store_insert_for_id(struct store *s, const char *table, const struct cell *cells, size_t count,
                                 int64_t *id)
{
    struct write *w = write_new(WRITE_INSERT, table, cells, count, NULL, 0);
    w->id = id;
    return store_put(s, w);
}

bool store_insert_id(struct store *s, const char *table, const struct cell *cells, size_t count, int64_t *id,
                     struct err *e)
{
    return store_wait(s, store_insert_for_id(s, table, cells, count, id), e);
}

bool store_wait(struct store *s, store_ticket ticket, struct err *e)
{
    if (!s->writer)
        return err_set(e, ERR_STATE, "the store %s is open for reading only", s->path);
    return writer_wait(s->writer, ticket, e);
}

bool store_select(struct store *s, const char *select, const struct cell *parameters, size_t parameter_count,
                  store_row *row, void *ctx, struct err *e)
{
    pthread_mutex_lock(&s->reading);
    bool ok = database_select(s->reader, select, parameters, parameter_count, row, ctx, e);
    pthread_mutex_unlock(&s->reading);
    return ok;
}

struct store_stats store_stats(struct store *s)
{
    return s->writer ? writer_stats(s->writer) : (struct store_stats){0};
}
