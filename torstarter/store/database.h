/* One connection to the database: what a store needs of SQLite, and would need of another. One thread at a time. */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/store.h"
#include "store/write.h"

struct database;

enum { DATABASE_BUSY_MS = 30000 }; /* how long another program may hold the lock before it is an error */

/* `vfs` NULL: the system's. Sets WAL, synchronous, foreign keys, and reads back that they are so. */
struct database *database_open(const char *path, const char *vfs, unsigned flags, struct err *e);
void database_close(struct database *d); /* NULL is fine */

bool database_exec(struct database *d, const char *sql, struct err *e);
/* The first column of the first row; fails when there is no row. */
bool database_number(struct database *d, const char *sql, int64_t *out, struct err *e);

enum applied {
    APPLIED,
    ROW_REFUSED, /* this row is wrong (a constraint, no such column); the transaction stands */
    GROUP_LOST   /* the disk, the file, the lock: the transaction is to be rolled back */
};
enum applied database_apply(struct database *d, const struct write *w, struct err *e);

bool database_select(struct database *d, const char *select, const struct cell *parameters,
                     size_t parameter_count, store_row *row, void *ctx, struct err *e);

/* store/migration.c: brings the tables up to date; safe when several programs do it at once. */
bool database_migrate(struct database *d, const char *path, struct err *e);
/* The tables are those this program knows. */
bool database_check_version(struct database *d, const char *path, struct err *e);

#endif
