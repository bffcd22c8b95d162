#include "store/change_rows.h"

#include <string.h>

#include "base/mem.h"
#include "base/vec.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

bool permit_row_add(struct store *s, const struct permit_row *row, int64_t *id, struct err *e)
{
    const struct cell cells[] = {cell_int("job", row->job),
                                 cell_int("at", row->at_us),
                                 cell_text("procedure", row->procedure),
                                 cell_text("serial", row->serial ? row->serial : ""),
                                 cell_text("evidence", row->evidence),
                                 cell_text("override_reason", row->override_reason),
                                 cell_text("refused", row->refused),
                                 cell_text("text", row->text ? row->text : "")};
    return store_insert_id(s, "permit", cells, COUNT(cells), id, e);
}

void permit_row_spend(struct store *s, int64_t id, int64_t at_us)
{
    const struct cell spent = cell_int("spent_at", at_us), key = cell_int("id", id);
    store_update(s, "permit", &spent, 1, &key, 1);
}

bool permit_row_end(struct store *s, int64_t id, const char *outcome, const char *text, struct err *e)
{
    const struct cell cells[] = {cell_text("outcome", outcome), cell_text("text", text ? text : "")};
    const struct cell key = cell_int("id", id);
    return store_wait(s, store_update(s, "permit", cells, COUNT(cells), &key, 1), e);
}

bool stage_row_add(struct store *s, const struct stage_row *row, struct err *e)
{
    const struct cell cells[] = {cell_int("job", row->job), cell_int("at", row->at_us)};
    const struct cell keys[] = {cell_text("serial", row->serial), cell_text("sha256", row->sha256)};
    return store_wait(s, store_upsert(s, "config_stage", cells, COUNT(cells), keys, COUNT(keys)), e);
}

static const char *text_of(const struct cell *cells, size_t count, const char *column, struct arena *arena)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(cells[i].column, column) == 0)
            return arena_strndup(arena, cells[i].bytes ? cells[i].bytes : "",
                                 cells[i].bytes ? cells[i].len : 0);
    return "";
}

static int64_t number_of(const struct cell *cells, size_t count, const char *column)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(cells[i].column, column) == 0)
            return cells[i].number;
    return 0;
}

struct stages {
    struct arena *arena;
    VEC(const char *) hashes;
};

static bool add_stage(void *ctx, const struct cell *cells, size_t count)
{
    struct stages *f = ctx;
    VEC_ADD(&f->hashes, text_of(cells, count, "sha256", f->arena));
    return true;
}

bool stage_rows(struct store *s, const char *serial, struct arena *arena, const char *const **out,
                size_t *count, struct err *e)
{
    struct stages f = {.arena = arena};
    const struct cell key = cell_text("serial", serial);
    bool ok = store_select(s, "SELECT sha256 FROM config_stage WHERE serial = ? COLLATE NOCASE ORDER BY at",
                           &key, 1, add_stage, &f, e);
    const char **list = arena_alloc_array(arena, f.hashes.count + 1, sizeof *list);
    if (f.hashes.count)
        memcpy(list, f.hashes.items, f.hashes.count * sizeof *list);
    *out = list;
    *count = f.hashes.count;
    VEC_CLEAR(&f.hashes);
    return ok;
}

bool taint_row_add(struct store *s, const struct taint_row *row, struct err *e)
{
    const struct cell cells[] = {cell_text("switch", row->switch_name),
                                 cell_text("serial", row->serial ? row->serial : ""),
                                 cell_int("job", row->job),
                                 cell_int("at", row->at_us),
                                 cell_text("procedure", row->procedure ? row->procedure : ""),
                                 cell_text("text", row->text)};
    return store_wait(s, store_insert(s, "taint", cells, COUNT(cells)), e);
}

struct taints {
    struct arena *arena;
    VEC(struct taint_row) rows;
};

static bool add_taint(void *ctx, const struct cell *cells, size_t count)
{
    struct taints *f = ctx;
    struct taint_row row = {.id = number_of(cells, count, "id"),
                            .job = number_of(cells, count, "job"),
                            .at_us = number_of(cells, count, "at"),
                            .switch_name = text_of(cells, count, "switch", f->arena),
                            .serial = text_of(cells, count, "serial", f->arena),
                            .procedure = text_of(cells, count, "procedure", f->arena),
                            .text = text_of(cells, count, "text", f->arena)};
    VEC_ADD(&f->rows, row);
    return true;
}

/* The mark is on the hardware: a switch that took its place under the same name has another serial number and no mark. */
bool taint_rows(struct store *s, const char *switch_name, const char *serial, struct arena *arena,
                struct taint_row **out, size_t *count, struct err *e)
{
    struct taints f = {.arena = arena};
    const struct cell keys[] = {cell_text("switch", switch_name), cell_text("serial", serial ? serial : "")};
    bool ok = store_select(
        s,
        "SELECT id, job, at, switch, serial, procedure, text FROM taint WHERE cleared_at IS NULL AND "
        "CASE WHEN serial = '' OR ?2 = '' THEN switch = ?1 ELSE serial = ?2 COLLATE NOCASE END "
        "ORDER BY id",
        keys, COUNT(keys), add_taint, &f, e);
    *out = arena_alloc_array(arena, f.rows.count + 1, sizeof **out);
    if (f.rows.count)
        memcpy(*out, f.rows.items, f.rows.count * sizeof **out);
    *count = f.rows.count;
    VEC_CLEAR(&f.rows);
    return ok;
}

bool taint_row_clear(struct store *s, int64_t id, int64_t job, int64_t at_us, struct err *e)
{
    const struct cell cells[] = {cell_int("cleared_at", at_us), cell_int("cleared_by", job)};
    const struct cell key = cell_int("id", id);
    return store_wait(s, store_update(s, "taint", cells, COUNT(cells), &key, 1), e);
}

struct open_permits {
    struct arena *arena;
    VEC(struct open_permit) rows;
};

static bool add_open(void *ctx, const struct cell *cells, size_t count)
{
    struct open_permits *f = ctx;
    struct open_permit row = {.id = number_of(cells, count, "id"),
                              .job = number_of(cells, count, "job"),
                              .procedure = text_of(cells, count, "procedure", f->arena),
                              .serial = text_of(cells, count, "serial", f->arena),
                              .switch_name = text_of(cells, count, "switch", f->arena)};
    VEC_ADD(&f->rows, row);
    return true;
}

bool permit_rows_open(struct store *s, int64_t job, struct arena *arena, struct open_permit **out,
                      size_t *count, struct err *e)
{
    struct open_permits f = {.arena = arena};
    const struct cell key = cell_int("job", job);
    bool ok = store_select(
        s,
        "SELECT p.id, p.job, p.procedure, p.serial, j.switch FROM permit p JOIN switch_job j ON "
        "j.job = p.job WHERE p.job = ? AND p.spent_at IS NOT NULL AND p.outcome IS NULL ORDER BY p.id",
        &key, 1, add_open, &f, e);
    *out = arena_alloc_array(arena, f.rows.count + 1, sizeof **out);
    if (f.rows.count)
        memcpy(*out, f.rows.items, f.rows.count * sizeof **out);
    *count = f.rows.count;
    VEC_CLEAR(&f.rows);
    return ok;
}

static bool see_row(void *ctx, const struct cell *cells, size_t count)
{
    (void)cells;
    (void)count;
    *(bool *)ctx = true;
    return false;
}

bool permit_rows_unproven(struct store *s, int64_t job, bool *unproven, struct err *e)
{
    static const char select[] =
        "WITH RECURSIVE chain(id) AS (SELECT parent_job FROM job WHERE id = ? UNION "
        "SELECT j.parent_job FROM job j JOIN chain c ON j.id = c.id) "
        "SELECT p.id FROM permit p JOIN chain c ON p.job = c.id WHERE p.spent_at IS NOT NULL AND "
        "p.outcome IS NOT 'undone' AND NOT (p.outcome IS 'done' AND p.procedure IN ('management_up', "
        "'management_down', 'uplink_address_set', 'uplink_address_clear', 'image_fetch', 'image_delete')) "
        "AND "
        "NOT EXISTS (SELECT 1 FROM phase_run r JOIN chain d ON r.job = d.id WHERE r.plugin = 'reboot_verify' "
        "AND r.state = 'PASSED' AND r.finished_at >= p.spent_at) LIMIT 1";
    const struct cell key = cell_int("id", job);
    *unproven = false;
    return store_select(s, select, &key, 1, see_row, unproven, e);
}
