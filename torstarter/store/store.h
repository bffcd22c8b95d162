/* The store: rows in, rows out. It knows no job logic; the tables are those of migrations/NNNN_*.sql. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct store;

enum cell_kind { CELL_NULL, CELL_INT, CELL_REAL, CELL_TEXT, CELL_BLOB };

struct cell {
    const char *column;
    enum cell_kind kind;
    int64_t number;
    double real;
    const void *bytes; /* TEXT and BLOB; copied when it is put */
    size_t len;
};

struct cell cell_null(const char *column);
struct cell cell_int(const char *column, int64_t value);
struct cell cell_real(const char *column, double value);
struct cell cell_text(const char *column, const char *text); /* NULL gives CELL_NULL */
struct cell cell_text_len(const char *column, const char *text, size_t len);
struct cell cell_blob(const char *column, const void *bytes, size_t len);

enum store_flags {
    STORE_READ_ONLY = 1, /* show, log, why, report: works while others write */
    STORE_SYNC_OFF = 2,  /* benchmarks only: no flush per commit */
    STORE_MEMORY =
        4 /* in no file, gone when closed: for jobs that are only played again; `uri` is not looked at */
};

/* `uri`: a file path, sqlite:PATH, or sqlite:PATH?vfs=NAME (a SQLite VFS registered before: tests, benches). Makes the folder (0700) and the file (0600), brings the tables up to date, starts the writer
   thread. WAL, synchronous=FULL, foreign keys on. Errors say what to do (disk full, not a database, newer than this program). */
struct store *store_open(const char *uri, unsigned flags, struct err *e);
void store_close(struct store *s); /* waits until everything put is durable */
const char *store_path(const struct store *s);

/* A write is put into the writer's queue; groups are committed together, as large as they come. Any thread.
   Names of tables and columns are borrowed: literals. The ticket is durable when store_wait returns true. After the first failed commit every later wait fails
   (disk full, …). A row that the database refuses (a constraint) is a programmer's mistake: the rows before it and beside it are
   kept, its own wait and all later ones fail. */
typedef uint64_t store_ticket;
store_ticket store_insert(struct store *s, const char *table, const struct cell *cells, size_t count);
/* UPDATE table SET cells WHERE keys (all equal). */
store_ticket store_update(struct store *s, const char *table, const struct cell *cells, size_t count,
                          const struct cell *keys, size_t key_count);
/* INSERT cells and keys; where a row with these keys is there already, UPDATE it. The keys are the table's primary key. */
store_ticket store_upsert(struct store *s, const char *table, const struct cell *cells, size_t count,
                          const struct cell *keys, size_t key_count);
store_ticket store_delete(struct store *s, const char *table, const struct cell *keys, size_t key_count);
bool store_wait(struct store *s, store_ticket ticket, struct err *e);
/* *id is the row's rowid once store_wait has returned true; it must stay valid until store_wait returns. */
store_ticket store_insert_for_id(struct store *s, const char *table, const struct cell *cells, size_t count,
                                 int64_t *id);
/* Inserts and waits; *id is the row's rowid. */
bool store_insert_id(struct store *s, const char *table, const struct cell *cells, size_t count, int64_t *id,
                     struct err *e);

/* Reading: its own connection; one row at a time; cells are borrowed during the call; return false from `row` to stop.
   Do not select inside `row`. `select` is SQL with ? for parameters; only files of room store and those that list in cli write it. */
typedef bool store_row(void *ctx, const struct cell *cells, size_t count);
bool store_select(struct store *s, const char *select, const struct cell *parameters, size_t parameter_count,
                  store_row *row, void *ctx, struct err *e);

/* For benches and tests: commits made, rows written, microseconds spent inside COMMIT. */
struct store_stats {
    uint64_t commits, rows, commit_us, largest_group;
};
struct store_stats store_stats(struct store *s);

#endif
