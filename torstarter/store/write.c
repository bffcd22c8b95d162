#include "store/write.h"

#include <string.h>

#include "base/mem.h"

static size_t bytes_of(const struct cell *cells, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += cells[i].bytes ? cells[i].len : 0;
    return total;
}

static char *copy_cells(struct cell *to, const struct cell *from, size_t count, char *room)
{
    for (size_t i = 0; i < count; i++) {
        to[i] = from[i];
        if (!from[i].bytes)
            continue;
        to[i].bytes = room;
        memcpy(room, from[i].bytes, from[i].len);
        room += from[i].len;
    }
    return room;
}

struct write *write_new(enum write_kind kind, const char *table, const struct cell *cells, size_t count,
                        const struct cell *keys, size_t key_count)
{
    size_t cells_bytes = (count + key_count) * sizeof *cells;
    struct write *w = mem_alloc(sizeof *w + cells_bytes + bytes_of(cells, count) + bytes_of(keys, key_count));
    w->kind = kind;
    w->table = table;
    w->cells = (struct cell *)(w + 1);
    w->count = count;
    w->key_count = key_count;
    char *room = copy_cells(w->cells, cells, count, (char *)w->cells + cells_bytes);
    copy_cells(w->cells + count, keys, key_count, room);
    return w;
}

void write_free(struct write *take)
{
    while (take) {
        struct write *next = take->next;
        mem_free(take);
        take = next;
    }
}

static void add_list(struct str *sql, const struct cell *cells, size_t count, const char *after,
                     const char *between)
{
    for (size_t i = 0; i < count; i++)
        str_printf(sql, "%s%s%s", i ? between : "", cells[i].column, after);
}

static void add_insert(const struct write *w, struct str *sql)
{
    size_t all = w->count + w->key_count;
    str_printf(sql, "INSERT INTO %s (", w->table);
    add_list(sql, w->cells, all, "", ", ");
    str_add_cstr(sql, ") VALUES (");
    for (size_t i = 0; i < all; i++)
        str_add_cstr(sql, i ? ", ?" : "?");
    str_add_char(sql, ')');
}

static void add_conflict(const struct write *w, struct str *sql)
{
    str_add_cstr(sql, " ON CONFLICT (");
    add_list(sql, w->cells + w->count, w->key_count, "", ", ");
    str_add_cstr(sql, w->count ? ") DO UPDATE SET " : ") DO NOTHING");
    for (size_t i = 0; i < w->count; i++)
        str_printf(sql, "%s%s = excluded.%s", i ? ", " : "", w->cells[i].column, w->cells[i].column);
}

void write_sql(const struct write *w, struct str *sql)
{
    if (w->kind == WRITE_STATEMENT) {
        str_add_cstr(sql, w->table);
        return;
    }
    if (w->kind == WRITE_INSERT || w->kind == WRITE_UPSERT) {
        add_insert(w, sql);
        if (w->kind == WRITE_UPSERT)
            add_conflict(w, sql);
        return;
    }
    if (w->kind == WRITE_UPDATE) {
        str_printf(sql, "UPDATE %s SET ", w->table);
        add_list(sql, w->cells, w->count, " = ?", ", ");
    } else {
        str_printf(sql, "DELETE FROM %s", w->table);
    }
    str_add_cstr(sql, " WHERE ");
    add_list(sql, w->cells + w->count, w->key_count, " = ?", " AND ");
}
