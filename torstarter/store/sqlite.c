#include <sqlite3.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "store/database.h"

struct database {
    sqlite3 *handle;
    char *path;
    struct map by_sql; /* prepared writes; their shapes are few */
    VEC(sqlite3_stmt *) prepared;
    struct str sql;
};

enum {
    CHECKPOINT_PAGES = 4000, /* 16 MB of log: a checkpoint costs two flushes, so not too often */
    RETRY_MS = 10,
    BUSY_SHORT = 50, /* first so many waits of 1 ms, then of BUSY_LONG_MS */
    BUSY_LONG_MS = 5
};

/* What to do about it; by primary result code. */
static const char *advice(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return "free space on that disk, or name another place with --db";
    case SQLITE_IOERR:
        return "look at the disk's health and free space (df, dmesg), or name another place with --db";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another program holds it: end that one (fuser shows which), then try again";
    case SQLITE_CORRUPT:
        return "it is damaged: move it away, `sqlite3 FILE .recover` saves what can be read";
    case SQLITE_NOTADB:
        return "it is no torstarter store: move it away, or name another with --db";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return "check who may write the file and its folder, or name another with --db";
    default:
        return "this is a mistake in torstarter: please report it";
    }
}

static bool fail(const struct database *d, int rc, const char *what, struct err *e)
{
    const char *why = d->handle ? sqlite3_errmsg(d->handle) : sqlite3_errstr(rc);
    int number = d->handle ? sqlite3_system_errno(d->handle) : 0;
    bool by_system = (rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN;
    return err_set(e, ERR_IO, "cannot %s the store %s: %s%s%s; %s", what, d->path, why,
                   by_system && number ? ": " : "", by_system && number ? strerror(number) : "", advice(rc));
}

bool database_exec(struct database *d, const char *sql, struct err *e)
{
    int rc = sqlite3_exec(d->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK || fail(d, rc, "write", e);
}

static bool take_first(void *ctx, const struct cell *cells, size_t count)
{
    struct cell *out = ctx;
    *out = cells[0];
    return count == 0;
}

bool database_number(struct database *d, const char *sql, int64_t *out, struct err *e)
{
    struct cell first = cell_null(NULL);
    if (!database_select(d, sql, NULL, 0, take_first, &first, e))
        return false;
    if (first.kind != CELL_INT)
        return err_set(e, ERR_FAILED, "the store %s gives no number for: %s", d->path, sql);
    *out = first.number;
    return true;
}

static bool bind(sqlite3_stmt *stmt, const struct cell *cells, size_t count)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; i < count && rc == SQLITE_OK; i++) {
        const struct cell *c = &cells[i];
        int at = (int)i + 1;
        if (c->kind == CELL_INT)
            rc = sqlite3_bind_int64(stmt, at, c->number);
        else if (c->kind == CELL_REAL)
            rc = sqlite3_bind_double(stmt, at, c->real);
        else if (c->kind == CELL_TEXT)
            rc = sqlite3_bind_text64(stmt, at, c->bytes, c->len, SQLITE_STATIC, SQLITE_UTF8);
        else if (c->kind == CELL_BLOB)
            rc = sqlite3_bind_blob64(stmt, at, c->bytes, c->len, SQLITE_STATIC);
        else
            rc = sqlite3_bind_null(stmt, at);
    }
    return rc == SQLITE_OK;
}

static sqlite3_stmt *prepare_cached(struct database *d, const struct write *w)
{
    str_reset(&d->sql);
    write_sql(w, &d->sql);
    sqlite3_stmt *stmt = map_get(&d->by_sql, d->sql.data);
    if (stmt)
        return stmt;
    if (sqlite3_prepare_v3(d->handle, d->sql.data, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
        return NULL;
    map_put(&d->by_sql, d->sql.data, stmt);
    VEC_ADD(&d->prepared, stmt);
    return stmt;
}

/* Errors of the row itself leave the transaction standing: SQLite undoes that one statement (its ABORT). */
static bool is_row_error(const struct database *d, int rc)
{
    static const int of_the_row[] = {SQLITE_CONSTRAINT, SQLITE_ERROR, SQLITE_MISMATCH, SQLITE_TOOBIG,
                                     SQLITE_RANGE};
    for (size_t i = 0; i < sizeof of_the_row / sizeof *of_the_row; i++)
        if ((rc & 0xff) == of_the_row[i])
            return !sqlite3_get_autocommit(d->handle);
    return false;
}

static enum applied refused(struct database *d, const struct write *w, struct err *e)
{
    int rc = sqlite3_extended_errcode(d->handle);
    if (!is_row_error(d, rc)) {
        fail(d, rc, "write", e);
        return GROUP_LOST;
    }
    err_set(e, ERR_FAILED, "the store %s refuses a row of %s: %s; %s", d->path, w->table,
            sqlite3_errmsg(d->handle), advice(rc));
    return ROW_REFUSED;
}

enum applied database_apply(struct database *d, const struct write *w, struct err *e)
{
    sqlite3_stmt *stmt = prepare_cached(d, w);
    if (!stmt || !bind(stmt, w->cells, w->count + w->key_count) || sqlite3_step(stmt) != SQLITE_DONE) {
        enum applied result = refused(d, w, e);
        if (stmt)
            sqlite3_reset(stmt);
        return result;
    }
    if (w->id)
        *w->id = sqlite3_last_insert_rowid(d->handle);
    sqlite3_reset(stmt);
    return APPLIED;
}

static struct cell read_cell(sqlite3_stmt *stmt, int i)
{
    const char *name = sqlite3_column_name(stmt, i);
    switch (sqlite3_column_type(stmt, i)) {
    case SQLITE_INTEGER:
        return cell_int(name, sqlite3_column_int64(stmt, i));
    case SQLITE_FLOAT:
        return cell_real(name, sqlite3_column_double(stmt, i));
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_column_text(stmt, i);
        return cell_text_len(name, text, (size_t)sqlite3_column_bytes(stmt, i));
    }
    case SQLITE_BLOB: {
        const void *blob = sqlite3_column_blob(stmt, i);
        return cell_blob(name, blob, (size_t)sqlite3_column_bytes(stmt, i));
    }
    default:
        return cell_null(name);
    }
}

static int step_rows(sqlite3_stmt *stmt, store_row *row, void *ctx)
{
    size_t count = (size_t)sqlite3_column_count(stmt);
    struct cell *cells = mem_alloc_array(count, sizeof *cells);
    int rc;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        for (size_t i = 0; i < count; i++)
            cells[i] = read_cell(stmt, (int)i);
        if (!row(ctx, cells, count)) {
            rc = SQLITE_DONE;
            break;
        }
    }
    mem_free(cells);
    return rc;
}

bool database_select(struct database *d, const char *select, const struct cell *parameters,
                     size_t parameter_count, store_row *row, void *ctx, struct err *e)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(d->handle, select, -1, &stmt, NULL);
    if (rc == SQLITE_OK && !bind(stmt, parameters, parameter_count))
        rc = sqlite3_errcode(d->handle);
    if (rc == SQLITE_OK)
        rc = step_rows(stmt, row, ctx);
    bool ok = rc == SQLITE_DONE || fail(d, rc, "read", e);
    sqlite3_finalize(stmt);
    return ok;
}

/* Two programs that turn a new file into WAL mode at once meet SQLITE_BUSY without the busy handler being asked. */
static bool enter_wal(struct database *d, struct err *e)
{
    int64_t until_ms = clock_now_ms(NULL) + DATABASE_BUSY_MS;
    int rc;
    while ((rc = sqlite3_exec(d->handle, "PRAGMA journal_mode = WAL", NULL, NULL, NULL)) == SQLITE_BUSY &&
           clock_now_ms(NULL) < until_ms)
        sqlite3_sleep(RETRY_MS);
    return rc == SQLITE_OK || fail(d, rc, "open", e);
}

struct mode_wish {
    const char *want;
    bool met;
};

static bool compare_mode(void *ctx, const struct cell *cells, size_t count)
{
    struct mode_wish *wish = ctx;
    wish->met = count == 1 && cells[0].kind == CELL_TEXT && cells[0].len == strlen(wish->want) &&
                memcmp(cells[0].bytes, wish->want, cells[0].len) == 0;
    return false;
}

/* SQLite ignores a pragma it cannot obey; durability is not to rest on a wish. */
static bool check_modes(struct database *d, bool sync_off, struct err *e)
{
    struct mode_wish wal = {.want = "wal"};
    int64_t synchronous = -1;
    if (!database_select(d, "PRAGMA journal_mode", NULL, 0, compare_mode, &wal, e) ||
        !database_number(d, "PRAGMA synchronous", &synchronous, e))
        return false;
    if (!wal.met)
        return err_set(e, ERR_IO,
                       "cannot open the store %s: its file system does not allow a write-ahead log; name a "
                       "place on a local disk with --db",
                       d->path);
    if (synchronous != (sync_off ? 0 : 2))
        return err_set(e, ERR_FAILED, "the store %s did not accept synchronous=FULL; use Debian's SQLite",
                       d->path);
    return true;
}

/* Another program's commit takes a few milliseconds; SQLite's own handler soon sleeps a hundred, and a busy neighbour would
   win each time. */
static int wait_for_lock(void *ctx, int tries)
{
    (void)ctx;
    if (tries > BUSY_SHORT + DATABASE_BUSY_MS / BUSY_LONG_MS)
        return 0;
    sqlite3_sleep(tries < BUSY_SHORT ? 1 : BUSY_LONG_MS);
    return 1;
}

static bool configure(struct database *d, unsigned flags, struct err *e)
{
    sqlite3_extended_result_codes(d->handle, 1);
    sqlite3_busy_handler(d->handle, wait_for_lock, NULL);
    sqlite3_db_config(d->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(d->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    if (flags & STORE_READ_ONLY)
        return database_exec(d, "PRAGMA query_only = ON", e);
    if (flags & STORE_MEMORY)
        return database_exec(
            d, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON", e);
    sqlite3_wal_autocheckpoint(d->handle, CHECKPOINT_PAGES);
    bool sync_off = flags & STORE_SYNC_OFF;
    return enter_wal(d, e) &&
           database_exec(d, sync_off ? "PRAGMA synchronous = OFF" : "PRAGMA synchronous = FULL", e) &&
           /* Debian's SQLite writes zeros over all that is removed; what is here holds no secret, and is packed job by job. */
           database_exec(d, "PRAGMA secure_delete = FAST", e) &&
           database_exec(d, "PRAGMA foreign_keys = ON", e) && check_modes(d, sync_off, e);
}

struct database *database_open(const char *path, const char *vfs, unsigned flags, struct err *e)
{
    struct database *d = MEM_NEW(struct database);
    d->path = mem_strdup(path);
    int mode = flags & STORE_READ_ONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    mode |= flags & STORE_MEMORY ? SQLITE_OPEN_CREATE : 0;
    int rc = sqlite3_open_v2(path, &d->handle, mode | SQLITE_OPEN_NOMUTEX, vfs);
    if (rc == SQLITE_OK ? configure(d, flags, e) : fail(d, rc, "open", e))
        return d;
    database_close(d);
    return NULL;
}

void database_close(struct database *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->prepared.count; i++)
        sqlite3_finalize(d->prepared.items[i]);
    VEC_CLEAR(&d->prepared);
    map_clear(&d->by_sql);
    str_clear(&d->sql);
    sqlite3_close(d->handle);
    mem_free(d->path);
    mem_free(d);
}
