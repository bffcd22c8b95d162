#include "store/prune.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/arena.h"
#include "base/vec.h"
#include "store/inner.h"

enum { BATCH_JOBS = 32, ROW_BYTES = 200, JOB_BYTES = 4096 };

/* A job that holds its console is not yet done with its rows, whatever its state says. */
static const char candidates_select[] =
    "WITH pin(job) AS (SELECT job FROM taint WHERE cleared_at IS NULL UNION SELECT job FROM config_stage "
    "UNION "
    "SELECT job FROM permit WHERE spent_at IS NOT NULL AND outcome IS NULL), "
    "last(job) AS (SELECT MAX(j.id) FROM job j JOIN switch_job s ON s.job = j.id WHERE j.state = 'PASSED' "
    "GROUP BY s.switch, j.type), "
    "part(job, bytes) AS (SELECT job, LENGTH(bytes) FROM transcript UNION ALL "
    "SELECT job, LENGTH(frame) FROM transcript_z UNION ALL "
    "SELECT job, COALESCE(LENGTH(CAST(output AS BLOB)), 0) + ?2 FROM log_event), "
    "size(job, bytes) AS (SELECT job, SUM(bytes) FROM part GROUP BY job) "
    "SELECT j.id, COALESCE(j.finished_at, j.submitted_at) AS ended, COALESCE(size.bytes, 0), j.type, "
    "COALESCE(s.switch, ''), j.state, j.id IN (SELECT job FROM pin) AS pinned "
    "FROM job j LEFT JOIN switch_job s ON s.job = j.id LEFT JOIN size ON size.job = j.id "
    "WHERE j.state NOT IN ('QUEUED', 'RUNNING') AND j.id NOT IN (SELECT job FROM console_lock) "
    "AND CASE WHEN ?1 THEN NOT pinned OR size.bytes > 0 "
    "ELSE NOT pinned AND j.id NOT IN (SELECT job FROM last) END ORDER BY ended, j.id";
/* Whatever table points to a job, of this version or a later one. */
static const char references_select[] =
    "SELECT m.name, f.\"from\" FROM sqlite_master m, pragma_foreign_key_list(m.name) f "
    "WHERE m.type = 'table' AND f.\"table\" = 'job' ORDER BY m.name";
/* What the guard reads, and what names the job it was. */
static const char *const kept_with_a_line[] = {"switch_job", "taint", "config_stage", "permit"};

struct reference {
    const char *table, *column;
};

struct prune {
    struct database *d;
    const char *path;
    const struct prune_wish *wish;
    struct arena arena;
    VEC(struct pruned) jobs;
    VEC(struct reference) references;
    struct str sql;
};

static const char *keep_text(struct prune *p, const struct cell *c)
{
    return arena_strndup(&p->arena, c->bytes, c->len);
}

static bool read_candidate(void *ctx, const struct cell *cells, size_t count)
{
    struct prune *p = ctx;
    const struct pruned job = {.job = cells[0].number,
                               .ended_us = cells[1].number,
                               .bytes = cells[2].number + JOB_BYTES,
                               .type = keep_text(p, &cells[3]),
                               .switch_name = keep_text(p, &cells[4]),
                               .state = keep_text(p, &cells[5]),
                               .line_stays = cells[6].number != 0};
    VEC_ADD(&p->jobs, job);
    return count == 7;
}

static bool read_reference(void *ctx, const struct cell *cells, size_t count)
{
    struct prune *p = ctx;
    const struct reference r = {keep_text(p, &cells[0]), keep_text(p, &cells[1])};
    VEC_ADD(&p->references, r);
    return count == 2;
}

static bool used_bytes(struct prune *p, int64_t *out, struct err *e)
{
    int64_t pages = 0, unused = 0, size = 0;
    if (!database_number(p->d, "PRAGMA page_count", &pages, e) ||
        !database_number(p->d, "PRAGMA freelist_count", &unused, e) ||
        !database_number(p->d, "PRAGMA page_size", &size, e))
        return false;
    *out = (pages - unused) * size;
    return true;
}

static int64_t file_bytes(const char *path)
{
    static const char *const ends[] = {"", "-wal"};
    int64_t total = 0;
    for (size_t i = 0; i < 2; i++) {
        struct str name = {0};
        struct stat st;
        str_printf(&name, "%s%s", path, ends[i]);
        total += stat(name.data, &st) == 0 ? (int64_t)st.st_size : 0;
        str_clear(&name);
    }
    return total;
}

static bool is_kept(const char *table)
{
    for (size_t i = 0; i < sizeof kept_with_a_line / sizeof *kept_with_a_line; i++)
        if (strcmp(table, kept_with_a_line[i]) == 0)
            return true;
    return false;
}

/* " IN (1, 2, 3)" of those of the batch whose line stays, or goes. */
static bool add_ids(struct str *sql, const struct pruned *jobs, size_t count, bool line_stays)
{
    bool any = false;
    for (size_t i = 0; i < count; i++)
        if (jobs[i].line_stays == line_stays) {
            str_printf(sql, "%s%lld", any ? ", " : " IN (", (long long)jobs[i].job);
            any = true;
        }
    str_add_char(sql, ')');
    return any;
}

static bool remove_rows(struct prune *p, const struct pruned *jobs, size_t count, bool line_stays,
                        struct err *e)
{
    struct str ids = {0};
    bool ok = true, any = add_ids(&ids, jobs, count, line_stays);
    for (size_t i = 0; ok && any && i < p->references.count; i++) {
        const struct reference *r = &p->references.items[i];
        bool owned = strcmp(r->column, "job") == 0;
        if (line_stays && (!owned || is_kept(r->table)))
            continue;
        str_reset(&p->sql);
        if (owned)
            str_printf(&p->sql, "DELETE FROM %s WHERE job%s", r->table, ids.data);
        else
            str_printf(&p->sql, "UPDATE %s SET %s = NULL WHERE %s%s", r->table, r->column, r->column,
                       ids.data);
        ok = database_exec(p->d, p->sql.data, e);
    }
    if (ok && any && !line_stays) {
        str_reset(&p->sql);
        str_printf(&p->sql, "DELETE FROM job WHERE id%s", ids.data);
        ok = database_exec(p->d, p->sql.data, e);
    }
    str_clear(&ids);
    return ok;
}

static bool remove_batch(struct prune *p, const struct pruned *jobs, size_t count, struct err *e)
{
    if (!database_exec(p->d, "BEGIN IMMEDIATE", e))
        return false;
    bool ok = remove_rows(p, jobs, count, false, e) && remove_rows(p, jobs, count, true, e) &&
              database_exec(p->d, "COMMIT", e);
    if (!ok)
        database_exec(p->d, "ROLLBACK", NULL);
    return ok;
}

/* How many of those from `first` on are to go now; `used` is what the store holds now. */
static size_t next_batch(const struct prune *p, size_t first, size_t most, int64_t used)
{
    size_t n = 0;
    for (; n < most && first + n < p->jobs.count; n++) {
        const struct pruned *job = &p->jobs.items[first + n];
        if (job->ended_us >= p->wish->before_us && used <= p->wish->keep_bytes)
            break;
        used -= job->bytes;
    }
    return n;
}

static void empty_log(struct prune *p)
{
    /* Not for long: who waits for readers here keeps writers out. */
    database_exec(p->d, "PRAGMA busy_timeout = 100; PRAGMA wal_checkpoint(TRUNCATE)", NULL);
}

/* On a disk that is full a small transaction may still find room in the log, once that is empty. */
static bool remove_some(struct prune *p, size_t first, size_t *count, size_t *most, struct err *e)
{
    if (p->wish->dry_run || remove_batch(p, &p->jobs.items[first], *count, e))
        return true;
    if (*most == 1)
        return false;
    *most = *count = 1;
    empty_log(p);
    return database_exec(p->d, "PRAGMA busy_timeout = 30000", e) &&
           remove_batch(p, &p->jobs.items[first], 1, e);
}

static bool remove_all(struct prune *p, void (*tell)(void *ctx, const struct pruned *job), void *ctx,
                       struct prune_tally *t, struct err *e)
{
    size_t count, most = BATCH_JOBS;
    for (size_t i = 0; (count = next_batch(p, i, most, t->used_after)) > 0; i += count) {
        if (!remove_some(p, i, &count, &most, e))
            return false;
        for (size_t k = 0; k < count; k++) {
            tell(ctx, &p->jobs.items[i + k]);
            t->used_after -= p->jobs.items[i + k].bytes;
            t->jobs++;
        }
        if (!p->wish->dry_run && !used_bytes(p, &t->used_after, e))
            return false;
    }
    if (t->used_after < 0)
        t->used_after = 0;
    return true;
}

/* Without this the room serves jobs to come. The file is written anew, for steps (auto_vacuum) would cost each commit a page; so
   only when that keeps nobody from writing, and on a disk that can hold the copies: one aside, one in the log. */
static const char *rewrite(struct prune *p, int64_t used)
{
    struct statvfs fs;
    struct stat st;
    int64_t at_work = 1;
    if (!database_number(p->d, "SELECT COUNT(*) FROM job WHERE state = 'RUNNING'", &at_work, NULL) || at_work)
        return "jobs are running; prune again when none is";
    if (stat(p->path, &st) != 0 || file_bytes(p->path) != (int64_t)st.st_size)
        return "the log could not be emptied, as a program reads the store or its disk is full; prune again "
               "later";
    if (statvfs(p->path, &fs) != 0 || (int64_t)fs.f_bavail * (int64_t)fs.f_frsize < 2 * used)
        return "writing the file anew takes twice its content of free room on that disk";
    if (!database_exec(p->d, "VACUUM", NULL))
        return "it could not be written anew, as another program holds it or its disk is full; prune again "
               "later";
    return NULL;
}

static void give_back(struct prune *p, struct prune_tally *t)
{
    empty_log(p);
    t->not_given_back = rewrite(p, t->used_after);
    empty_log(p);
}

static bool look(struct prune *p, struct prune_tally *t, struct err *e)
{
    const struct cell parameters[] = {cell_int("all", p->wish->all), cell_int("row", ROW_BYTES)};
    t->file_before = t->file_after = file_bytes(p->path);
    bool ok = used_bytes(p, &t->used_before, e) &&
              database_select(p->d, references_select, NULL, 0, read_reference, p, e) &&
              database_select(p->d, candidates_select, parameters, 2, read_candidate, p, e);
    t->used_after = t->used_before;
    return ok;
}

bool store_prune(struct store *s, const struct prune_wish *wish,
                 void (*tell)(void *ctx, const struct pruned *job), void *ctx, struct prune_tally *tally,
                 struct err *e)
{
    struct prune p = {.d = store_connect(s, e), .path = store_path(s), .wish = wish};
    *tally = (struct prune_tally){0};
    if (!p.d)
        return false;
    /* Rows go with their job here, all of them; asking for each whether another points to it reads whole tables. */
    bool ok = database_exec(p.d, "PRAGMA foreign_keys = OFF", e) && look(&p, tally, e) &&
              remove_all(&p, tell, ctx, tally, e);
    if (!wish->dry_run && tally->jobs)
        give_back(&p, tally);
    tally->file_after = wish->dry_run ? tally->file_before : file_bytes(p.path);
    database_close(p.d);
    VEC_CLEAR(&p.jobs);
    VEC_CLEAR(&p.references);
    str_clear(&p.sql);
    arena_clear(&p.arena);
    return ok;
}
