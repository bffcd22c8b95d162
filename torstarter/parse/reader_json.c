/* A JSON answer, read by pointers. The text has to be one whole value; what stands elsewhere than the platform says is unread. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "parse/json_path.h"
#include "parse/reading.h"

struct json_reading {
    const struct reading *r;
    const struct json *root;
    VEC(struct record) rows;
};

struct cell {
    const char *text; /* NULL: nothing is there */
    bool good;
};

/* The first of the column's paths at which there is something. */
static struct cell find_cell(const struct json_reading *jr, const struct column_map *column,
                             const struct json *row, const struct json_held *held)
{
    for (size_t i = 0; i < column->path_count; i++) {
        const struct json_path *path = &column->paths[i];
        const char *name = path->kind == IS_HELD ? held->names[path->steps[0].held] : NULL;
        if (path->kind == IS_EMPTY || name)
            return (struct cell){arena_strdup(jr->r->arena, name ? name : ""), true};
        const struct json *value = path->kind == IS_HELD ? NULL : json_path_at(path, jr->root, row, held);
        struct str text = {0};
        if (!value)
            continue;
        bool good = json_scalar_of(value, &text) ||
                    reading_unread(jr->r, 0, "row %zu: %s: at \"%s\" stands %s where one value is wanted",
                                   jr->rows.count + 1, column->column, path->text,
                                   json_kind(value) == JSON_LIST ? "a list" : "an object");
        struct cell cell = {good ? reading_trimmed(jr->r, str_cstr(&text)) : NULL, good};
        str_clear(&text);
        return cell;
    }
    if (!column->required)
        return (struct cell){"", true};
    return (struct cell){NULL, reading_unread(jr->r, 0, "row %zu: %s: there is nothing at \"%s\"",
                                              jr->rows.count + 1, column->column, column->source)};
}

static bool read_row(void *ctx, const struct json *row, const struct json_held *held)
{
    struct json_reading *jr = ctx;
    const struct reading *r = jr->r;
    size_t count = r->reader->column_count;
    const char **values = arena_alloc_array(r->arena, count, sizeof *values);
    const char **raw = arena_alloc_array(r->arena, count, sizeof *raw);
    for (size_t i = 0; i < count; i++) {
        const struct column_map *column = &r->reader->columns[i];
        if (column->is_interface) {
            values[i] = raw[i] = reading_interface(r, column);
        } else {
            struct cell cell = find_cell(jr, column, row, held);
            raw[i] = cell.text;
            values[i] = cell.good ? reading_word(r, column, 0, cell.text) : NULL;
        }
        if (!values[i])
            return false;
    }
    struct record record = {.values = values, .raw = raw, .rule_line = r->reader->line};
    VEC_ADD(&jr->rows, record);
    return true;
}

static bool read_rows(struct json_reading *jr)
{
    const struct reading *r = jr->r;
    struct err why = {0};
    if (!json_path_each(r->reader->rows, jr->root, r->arena, read_row, jr, &why))
        return why.code == ERR_NONE ? false : reading_unread(r, 0, "%s", why.msg);
    if (!reading_enough(r, jr->rows.count))
        return false;
    r->out->rows = arena_alloc_array(r->arena, jr->rows.count, sizeof *r->out->rows);
    if (jr->rows.count)
        memcpy(r->out->rows, jr->rows.items, jr->rows.count * sizeof *r->out->rows);
    r->out->count = jr->rows.count;
    return true;
}

bool reading_json(const struct reading *r)
{
    struct err why = {0};
    struct json_reading jr = {.r = r};
    struct json *root = json_parse(r->answer, r->len, &why);
    if (!root)
        return reading_unread(r, 0, "%s", why.msg);
    jr.root = root;
    bool good = read_rows(&jr);
    VEC_CLEAR(&jr.rows);
    json_free(root);
    return good;
}
