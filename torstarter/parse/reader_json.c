/* A JSON answer, read by pointers. The text has to be one whole value; what stands elsewhere than the platform says is unread. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "parse/json_path.h"
#include "parse/reading.h"

struct json_reading {
    const struct reading *r;
    const struct json *root;
    struct json_lines lines;
    VEC(struct record) rows;
};

struct cell {
    const char *text; /* NULL: unread */
    bool nothing;     /* is there, and that is right */
};

/* Of the row that is being read. */
static unsigned row_line(const struct json_reading *jr)
{
    return json_lines_of(&jr->lines, jr->rows.count);
}

static struct cell value_cell(const struct json_reading *jr, const struct column_map *column,
                              const struct json_path *path, const struct json *value)
{
    struct str text = {0};
    struct cell cell = {0};
    if (json_scalar_of(value, &text))
        cell.text = reading_trimmed(jr->r, str_cstr(&text));
    else
        reading_unread(jr->r, row_line(jr), "row %zu: %s: at \"%s\" stands %s where one value is wanted",
                       jr->rows.count + 1, column->column, path->text,
                       json_kind(value) == JSON_LIST ? "a list" : "an object");
    str_clear(&text);
    return cell;
}

/* The first of the column's paths at which there is something. */
static struct cell find_cell(const struct json_reading *jr, const struct column_map *column,
                             const struct json *row, const struct json_held *held)
{
    for (size_t i = 0; i < column->path_count; i++) {
        const struct json_path *path = &column->paths[i];
        const char *name = path->kind == IS_HELD ? held->names[path->steps[0].held] : NULL;
        if (name)
            return (struct cell){.text = arena_strdup(jr->r->arena, name)};
        if (path->kind == IS_EMPTY)
            return (struct cell){.text = "", .nothing = true};
        const struct json *value = path->kind == IS_HELD ? NULL : json_path_at(path, jr->root, row, held);
        if (value)
            return value_cell(jr, column, path, value);
    }
    if (column->required)
        reading_unread(jr->r, row_line(jr), "row %zu: %s: there is nothing at \"%s\"", jr->rows.count + 1,
                       column->column, column->source);
    return (struct cell){.text = column->required ? NULL : "", .nothing = true};
}

static const char *read_cell(const struct json_reading *jr, const struct column_map *column,
                             const struct json *row, const struct json_held *held, const char **raw)
{
    if (column->is_interface)
        return *raw = reading_interface(jr->r, column);
    struct cell cell = find_cell(jr, column, row, held);
    *raw = cell.text;
    /* That a required column is empty has to be one of its words; any other column may be. */
    if (!cell.text || (cell.nothing && !(column->required && column->words)))
        return cell.text;
    return reading_word(jr->r, column, row_line(jr), cell.text);
}

static bool read_row(void *ctx, const struct json *row, const struct json_held *held)
{
    struct json_reading *jr = ctx;
    const struct reading *r = jr->r;
    size_t count = r->reader->column_count;
    const char **values = arena_alloc_array(r->arena, count, sizeof *values);
    const char **raw = arena_alloc_array(r->arena, count, sizeof *raw);
    for (size_t i = 0; i < count; i++) {
        values[i] = read_cell(jr, &r->reader->columns[i], row, held, &raw[i]);
        if (!values[i])
            return false;
    }
    struct record record = {.values = values, .raw = raw, .line = row_line(jr), .rule_line = r->reader->line};
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
    for (size_t i = 0; jr->lines.lines.count != jr->rows.count && i < jr->rows.count; i++)
        jr->rows.items[i].line = 0;
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
    json_path_lines(r->reader->rows, r->answer, r->len, &jr.lines);
    bool good = read_rows(&jr);
    json_lines_clear(&jr.lines);
    VEC_CLEAR(&jr.rows);
    json_free(root);
    return good;
}
