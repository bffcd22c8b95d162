/* A write: one row to be inserted, changed or deleted, copied so that it can wait in the writer's queue. */
#ifndef STORE_WRITE_H
#define STORE_WRITE_H

#include "base/str.h"
#include "store/store.h"

enum write_kind { WRITE_INSERT, WRITE_UPSERT, WRITE_UPDATE, WRITE_DELETE, WRITE_STATEMENT };

struct write {
    struct write *next;
    store_ticket ticket;
    enum write_kind kind;
    const char *table;  /* WRITE_STATEMENT: SQL with ? for the cells in order */
    struct cell *cells; /* `count` to be set, then `key_count` that say which row */
    size_t count, key_count;
    int64_t *id; /* where the rowid goes; NULL: nobody asks */
};

/* One allocation, bytes of the cells included; table and column names are borrowed. */
struct write *write_new(enum write_kind kind, const char *table, const struct cell *cells, size_t count,
                        const struct cell *keys, size_t key_count);
void write_free(struct write *take); /* and all that are linked to it; NULL is fine */
/* The statement of this shape, with ? for each cell in order. */
void write_sql(const struct write *w, struct str *sql);

#endif
