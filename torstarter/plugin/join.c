/* One table for all uplinks, also where the switch answers about one interface at a time. Each row keeps the way back to the answer
   it was read from: a verdict points there. */
#include <string.h>

#include "plugin/shared.h"

struct pile { /* the answers to be joined, each once */
    const struct cached_answer **answers;
    size_t count, rows;
};

static void pile_add(struct pile *p, const struct cached_answer *c)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->answers[i] == c)
            return; /* one answer about all of them */
    p->answers[p->count++] = c;
    p->rows += c->records.count;
}

static size_t column_at(const struct records *r, const char *column)
{
    size_t i = 0;
    while (i < r->column_count && strcmp(r->columns[i], column) != 0)
        i++;
    return i;
}

/* Answers that came in different ways may lack columns of each other. */
static void join_columns(struct arena *arena, const struct pile *p, struct records *out)
{
    size_t most = 0;
    for (size_t i = 0; i < p->count; i++)
        most += p->answers[i]->records.column_count;
    const char **columns = arena_alloc_array(arena, most, sizeof *columns);
    out->columns = columns;
    for (size_t i = 0; i < p->count; i++) {
        const struct records *r = &p->answers[i]->records;
        for (size_t k = 0; k < r->column_count; k++)
            if (column_at(out, r->columns[k]) == out->column_count)
                columns[out->column_count++] = r->columns[k];
    }
}

static struct record join_row(struct arena *arena, const struct records *from, const struct record *row,
                              const struct records *out)
{
    const char **values = arena_alloc_array(arena, out->column_count, sizeof *values);
    const char **raw = arena_alloc_array(arena, out->column_count, sizeof *raw);
    for (size_t i = 0; i < out->column_count; i++) {
        size_t k = column_at(from, out->columns[i]);
        values[i] = k < from->column_count ? row->values[k] : "";
        raw[i] = k < from->column_count ? row->raw[k] : "";
    }
    return (struct record){values, raw, row->line, row->rule_line};
}

static void join(struct run *run, const struct pile *p, struct records *out)
{
    struct joined_answer *j = ARENA_NEW(&run->arena, struct joined_answer);
    struct record *rows = arena_alloc_array(&run->arena, p->rows + 1, sizeof *rows);
    *out = p->answers[0]->records;
    out->columns = NULL;
    out->column_count = out->count = 0;
    out->rows = rows;
    join_columns(&run->arena, p, out);
    j->rows = rows;
    j->answers = arena_alloc_array(&run->arena, p->rows + 1, sizeof *j->answers);
    j->row_there = arena_alloc_array(&run->arena, p->rows + 1, sizeof *j->row_there);
    for (size_t i = 0; i < p->count; i++) {
        const struct records *from = &p->answers[i]->records;
        out->none = out->none && from->none;
        for (size_t k = 0; k < from->count; k++) {
            j->answers[out->count] = p->answers[i];
            j->row_there[out->count] = k;
            rows[out->count++] = join_row(&run->arena, from, &from->rows[k], out);
        }
    }
    if (out->count == 0)
        j->answers[0] = p->answers[0];
    j->next = run->joined;
    run->joined = j;
}

bool run_query_uplinks(struct run *run, const char *query, struct records *out)
{
    const struct site_switch *sw = run->sw;
    struct pile p = {.answers = arena_alloc_array(&run->arena, sw->uplink_count + 1, sizeof *p.answers)};
    for (size_t i = 0; i < sw->uplink_count; i++) {
        struct argument arg = {"interface",
                               platform_interface(run->platform, sw->uplinks[i].interface, &run->arena)};
        if (!run_query_with(run, query, &arg, 1, out))
            return false;
        pile_add(&p, run->last_read);
    }
    if (p.count == 0)
        return run_query_with(run, query, NULL, 0, out);
    if (p.count > 1)
        join(run, &p, out);
    return true;
}

const struct cached_answer *run_answer_of(const struct run *run, const struct records *r, size_t row,
                                          size_t *there)
{
    for (const struct joined_answer *j = run->joined; j; j = j->next)
        if (j->rows == r->rows) {
            size_t at = row < r->count ? row : 0;
            if (there)
                *there = row < r->count ? j->row_there[at] : row;
            return j->answers[at];
        }
    if (there)
        *there = row;
    for (const struct cached_answer *c = run->cache; c; c = c->next)
        if (c->records.answer == r->answer && c->records.rows == r->rows)
            return c;
    return NULL;
}
