/* A past to be judged again: the jobs of one store many times over in another, each with its answers and its verdicts.
     bench_rejudge FROM TO JOBS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "store/store.h"

struct row {
    struct cell *cells;
    size_t count;
};

struct table {
    const char *name, *select;
    const char *key; /* the column that holds the job's number */
    VEC(struct row) rows;
};

/* Parents before those that name them. */
static struct table tables[] = {
    {"job", "SELECT * FROM job WHERE state <> 'RUNNING' ORDER BY id", "id", {0}},
    {"switch_job", "SELECT * FROM switch_job ORDER BY job", "job", {0}},
    {"phase_run", "SELECT * FROM phase_run ORDER BY job, seq", "job", {0}},
    {"log_event", "SELECT * FROM log_event ORDER BY job, seq", "job", {0}},
    {"uplink", "SELECT * FROM uplink ORDER BY job", "job", {0}},
};
enum { TABLES = sizeof tables / sizeof *tables };

static bool keep(void *ctx, const struct cell *cells, size_t count)
{
    struct table *t = ctx;
    struct row row = {mem_alloc_array(count, sizeof *row.cells), count};
    for (size_t i = 0; i < count; i++) {
        row.cells[i] = cells[i];
        row.cells[i].column = mem_strdup(cells[i].column);
        if (cells[i].bytes)
            row.cells[i].bytes = mem_strndup(cells[i].bytes, cells[i].len);
    }
    VEC_ADD(&t->rows, row);
    return true;
}

static int64_t *number_of(const struct row *row, const char *column)
{
    for (size_t i = 0; i < row->count; i++)
        if (strcmp(row->cells[i].column, column) == 0)
            return &row->cells[i].number;
    return NULL;
}

/* The rows of one job under another number. */
static void put(struct store *to, const struct table *t, int64_t from, int64_t job)
{
    for (size_t i = 0; i < t->rows.count; i++) {
        const struct row *row = &t->rows.items[i];
        int64_t *number = number_of(row, t->key);
        if (*number != from)
            continue;
        *number = job;
        store_insert(to, t->name, row->cells, row->count);
        *number = from;
    }
}

static bool multiply(struct store *to, long jobs, struct err *e)
{
    int64_t id;
    const struct cell cells[] = {cell_text("type", "validate"), cell_text("state", "CANCELLED"),
                                 cell_int("submitted_at", 1)};
    for (long n = 1; n <= jobs; n++) {
        const struct row *job = &tables[0].rows.items[(size_t)(n - 1) % tables[0].rows.count];
        for (size_t t = 0; t < TABLES; t++)
            put(to, &tables[t], *number_of(job, "id"), n);
    }
    /* Durable with all that was put before it. */
    return store_insert_id(to, "job", cells, sizeof cells / sizeof *cells, &id, e);
}

int main(int argc, char **argv)
{
    struct err e = {0};
    long jobs = argc == 4 ? atol(argv[3]) : 0;
    struct store *from = jobs > 0 ? store_open(argv[1], STORE_READ_ONLY, &e) : NULL;
    bool ok = from != NULL;
    for (size_t t = 0; ok && t < TABLES; t++)
        ok = store_select(from, tables[t].select, NULL, 0, keep, &tables[t], &e);
    struct store *to = ok && tables[0].rows.count ? store_open(argv[2], STORE_SYNC_OFF, &e) : NULL;
    ok = to && multiply(to, jobs, &e);
    if (!ok)
        fprintf(stderr, "usage: bench_rejudge FROM TO JOBS   %s\n", e.msg);
    if (to)
        store_close(to);
    if (from)
        store_close(from);
    return ok ? 0 : 1;
}
