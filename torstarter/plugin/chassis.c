#include <string.h>

#include "plugin/shared.h"

static const char *first_text(const struct records *a, size_t row_a, const struct records *b, size_t row_b,
                              const char *column)
{
    const char *text = record_text(a, row_a, column);
    return *text ? text : record_text(b, row_b, column);
}

/* Members of a stack, line cards: whose number is the switch's cannot be told. */
static bool chassis_row(struct run *run, const struct records *r, size_t *row)
{
    size_t count = 0;
    *row = ROW_NONE;
    for (size_t i = 0; i < r->count; i++) {
        if (!record_is(r, i, "kind", "chassis"))
            continue;
        *row = *row == ROW_NONE ? i : *row;
        count++;
    }
    return count <= 1 || run_unread(run, r, *row, "the inventory lists %zu chassis", count);
}

bool chassis_needs_inventory(const struct platform *p)
{
    return !platform_maps(p, "version", "serial");
}

static bool wants_inventory(const struct run *run, const struct chassis *c)
{
    return dialect_query(&run->platform->dialect, "inventory") && (!*c->serial || (run->sw->mac && !*c->mac));
}

/* `version` has a place for the serial number and left it empty (virtual switches do): that is an answer, if the line still holds. */
static bool may_do_without(const struct run *run, const struct chassis *c, const struct records *version)
{
    enum err_code code = run->err.code;
    return !*c->serial && records_has(version, "serial") &&
           (code == ERR_UNREAD || code == ERR_REJECTED || code == ERR_STATE);
}

bool chassis_read(struct run *run, struct chassis *out)
{
    struct records v, inventory;
    size_t row;
    if (!run_query(run, "version", &v))
        return false;
    if (v.count != 1)
        return run_unread(run, &v, ROW_NONE, "the version answer describes %zu switches", v.count);
    *out = (struct chassis){.serial = record_text(&v, 0, "serial"),
                            .mac = record_text(&v, 0, "mac"),
                            .model = record_text(&v, 0, "model"),
                            .version = record_text(&v, 0, "version"),
                            .from = v};
    if (!wants_inventory(run, out))
        return true;
    if (!run_query(run, "inventory", &inventory))
        return may_do_without(run, out, &v);
    if (!chassis_row(run, &inventory, &row))
        return false;
    if (row == ROW_NONE)
        return records_has(&v, "serial") ||
               run_unread(run, &inventory, ROW_NONE, "the inventory lists no chassis");
    if (!*out->serial && *record_get(&inventory, row, "serial")) {
        out->from = inventory;
        out->row = row;
    }
    out->serial = first_text(&v, 0, &inventory, row, "serial");
    out->mac = first_text(&v, 0, &inventory, row, "mac");
    out->model = first_text(&v, 0, &inventory, row, "model");
    return true;
}
