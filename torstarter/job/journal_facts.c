#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "job/component.h"
#include "job/journal.h"
#include "session/change.h"

enum { PROGRESS_EVENT_MS = 200 };

struct row { /* cells being gathered; texts masked in `room` */
    struct cell *cells;
    size_t count;
    struct arena room;
};

/* As journal_masked, kept in the row's arena. */
static const char *masked(const struct journal *j, const char *text, struct arena *room)
{
    struct str out = {0};
    const char *copy = arena_strdup(room, journal_masked(j, text, &out));
    str_clear(&out);
    return copy;
}

static const struct fact *fact_named(const struct fact *facts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(facts[i].column, name) == 0)
            return &facts[i];
    return NULL;
}

static bool is_key(const struct component_table *t, const char *name)
{
    for (size_t i = 0; t->keys[i]; i++)
        if (strcmp(t->keys[i], name) == 0)
            return true;
    return false;
}

static void add_fact(const struct journal *j, const struct component_table *t, const struct fact *f,
                     struct row *r)
{
    const char *column = component_column(t, f->column);
    if (!column) {
        log_line(LOG_JOB, LOG_ERROR, "%s has no column %s: a fact is not stored", t->table, f->column);
        return;
    }
    r->cells[r->count++] =
        f->is_number ? cell_real(column, f->number) : cell_text(column, masked(j, f->text, &r->room));
}

/* Rows are written over: a plugin that runs again may find the same part again. */
static void component_seen(void *ctx, enum component what, const char *status, bool failed,
                           const struct fact *facts, size_t count)
{
    struct journal *j = ctx;
    const struct component_table *t = component_table(what);
    struct row r = {.cells = mem_alloc_array(count + 2, sizeof *r.cells)};
    struct cell keys[3] = {cell_int("job", j->job)};
    size_t key_count = 1;
    const char *name = "";
    r.cells[r.count++] = cell_text("status", status);
    r.cells[r.count++] = cell_int("failed", failed);
    for (size_t i = 0; t->keys[i]; i++) {
        const struct fact *key = fact_named(facts, count, t->keys[i]);
        const char *value = key && key->text ? key->text : "";
        name = i == 0 ? value : name;
        keys[key_count++] = cell_text(t->keys[i], value);
    }
    for (size_t i = 0; i < count; i++)
        if (!is_key(t, facts[i].column))
            add_fact(j, t, &facts[i], &r);
    store_upsert(j->store, t->table, r.cells, r.count, keys, key_count);
    char *text = arena_printf(&r.room, "%s %s: %s", t->table, name, status);
    journal_tell(j, EVENT_COMPONENT, text, 0);
    arena_clear(&r.room);
    mem_free(r.cells);
}

static void fact_seen(void *ctx, const char *column, const char *text)
{
    static const char *const columns[] = {"serial_found", "mac", "model", "firmware_found"};
    struct journal *j = ctx;
    struct arena room = {0};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (strcmp(columns[i], column) != 0)
            continue;
        const struct cell found = cell_text(columns[i], masked(j, text, &room));
        const struct cell key = cell_int("job", j->job);
        store_update(j->store, "switch_job", &found, 1, &key, 1);
        if (i == 0)
            snprintf(j->serial_found, sizeof j->serial_found, "%s", text ? text : "");
        arena_clear(&room);
        return;
    }
    log_line(LOG_JOB, LOG_ERROR, "switch_job takes no fact %s: it is not stored", column);
}

static void note_seen(void *ctx, const char *text)
{
    journal_note(ctx, text);
}

/* "copy the image: 43 %": for whoever watches; the bytes it was read from are in the transcript. */
static void progress_seen(void *ctx, const struct change_progress *p)
{
    struct journal *j = ctx;
    struct str text = {0};
    int64_t now_ms = clock_now_ms(NULL);
    if (now_ms - j->progress_told_ms < PROGRESS_EVENT_MS)
        return;
    j->progress_told_ms = now_ms;
    str_add_cstr(&text, p->about ? p->about : "");
    if (p->percent >= 0)
        str_printf(&text, ": %d %%", p->percent);
    else if (p->of_bytes)
        str_printf(&text, ": %llu of %llu KB", (unsigned long long)p->done_bytes / 1000,
                   (unsigned long long)p->of_bytes / 1000);
    else if (p->done_bytes)
        str_printf(&text, ": %llu KB", (unsigned long long)p->done_bytes / 1000);
    journal_tell(j, EVENT_PROGRESS, str_cstr(&text), 0);
    str_clear(&text);
}

static void wanted_seen(void *ctx, const char *text, size_t len)
{
    struct journal *j = ctx;
    str_reset(&j->wanted);
    if (j->mask)
        mask_text(j->mask, text, len, &j->wanted);
    else
        str_add(&j->wanted, text, len);
}

struct run_hooks journal_run_hooks(struct journal *j)
{
    return (struct run_hooks){.ctx = j,
                              .component = component_seen,
                              .note = note_seen,
                              .fact = fact_seen,
                              .progress = progress_seen,
                              .wanted = wanted_seen};
}
