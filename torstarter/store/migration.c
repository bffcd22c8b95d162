/* Migrations: numbered SQL files, embedded; PRAGMA user_version holds the number of the last one applied. Each is a
   transaction of its own that reads the number under the write lock, so programs that start at once do not collide. */
#include "store/database.h"

#include "migrations.inc"

enum { MIGRATION_COUNT = sizeof migrations / sizeof *migrations };

static int newest(void)
{
    return migrations[MIGRATION_COUNT - 1].number;
}

static bool apply(struct database *d, const struct migration *m, struct err *e)
{
    struct str done = {0};
    str_printf(&done, "PRAGMA user_version = %d", m->number);
    bool ok = (database_exec(d, m->sql, e) && database_exec(d, done.data, e)) ||
              err_wrap(e, "migration %s: ", m->name);
    str_clear(&done);
    return ok;
}

static bool apply_if_missing(struct database *d, const struct migration *m, struct err *e)
{
    int64_t version = 0;
    if (!database_exec(d, "BEGIN IMMEDIATE", e))
        return false;
    bool ok = database_number(d, "PRAGMA user_version", &version, e) &&
              (version >= m->number || apply(d, m, e)) && database_exec(d, "COMMIT", e);
    if (!ok)
        database_exec(d, "ROLLBACK", NULL);
    return ok;
}

static bool refuse_newer(const char *path, int64_t version, struct err *e)
{
    if (version <= newest())
        return true;
    return err_set(e, ERR_FAILED,
                   "the store %s was made by a newer torstarter (tables of version %d, this one knows %d): "
                   "use that one, or name another store with --db",
                   path, (int)version, newest());
}

/* Version 0 and tables in it: somebody else's file. */
static bool refuse_foreign(struct database *d, const char *path, int64_t version, struct err *e)
{
    int64_t tables = 0;
    if (version > 0)
        return true;
    if (!database_number(d, "SELECT count(*) FROM sqlite_master", &tables, e))
        return false;
    if (tables == 0)
        return true;
    return err_set(
        e, ERR_FAILED,
        "%s is a database of another program (it has tables, but none of torstarter's): name another "
        "store with --db",
        path);
}

static bool check_file(struct database *d, const char *path, int64_t *version, struct err *e)
{
    if (!database_exec(d, "BEGIN", e))
        return false;
    bool ok = database_number(d, "PRAGMA user_version", version, e) && refuse_newer(path, *version, e) &&
              refuse_foreign(d, path, *version, e);
    database_exec(d, "COMMIT", NULL);
    return ok;
}

bool database_migrate(struct database *d, const char *path, struct err *e)
{
    int64_t version = 0;
    bool ok = check_file(d, path, &version, e);
    for (int i = 0; ok && i < MIGRATION_COUNT; i++)
        if (version < migrations[i].number)
            ok = apply_if_missing(d, &migrations[i], e);
    return ok;
}

bool database_check_version(struct database *d, const char *path, struct err *e)
{
    int64_t version = 0;
    if (!check_file(d, path, &version, e))
        return false;
    if (version == 0)
        return err_set(e, ERR_FAILED, "no jobs yet: the store %s is empty", path);
    if (version < newest())
        return err_set(
            e, ERR_FAILED,
            "the store %s is from an older torstarter (tables of version %d, this one wants %d): any "
            "run brings it up to date",
            path, (int)version, newest());
    return true;
}
