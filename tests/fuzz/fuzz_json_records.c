/* The JSON reader under arbitrary bytes: "ROWS\nCOLUMN\nANSWER". Rows of a whole value, or unread. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parse/json_path.h"
#include "parse/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next line, as a text in the arena. */
static const char *take_line(const uint8_t **data, size_t *size, struct arena *arena)
{
    const uint8_t *lf = *size ? memchr(*data, '\n', *size) : NULL;
    size_t len = lf ? (size_t)(lf - *data) : *size;
    const char *line = arena_strndup(arena, (const char *)*data, len);
    *data += lf ? len + 1 : len;
    *size -= lf ? len + 1 : len;
    return line;
}

static unsigned lines_in(const char *text, size_t len)
{
    unsigned lines = 1;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    return lines;
}

static void judge(const struct reader *reader, const char *text, size_t len, struct arena *arena)
{
    struct records records = {0}, less = {0};
    struct err e = {0};
    if (!reader_read(reader, text, len, arena, &records, &e)) {
        if (e.code != ERR_UNREAD || e.failure != FAILURE_PARSE_FAILURE || records.count || !*e.msg)
            abort();
        return;
    }
    if (records.count < reader->min_rows)
        abort();
    struct json *whole = json_parse(text, len, &e);
    if (!whole)
        abort();
    /* Without its last bracket or quote it is no value any more. */
    size_t end = len;
    while (end > 0 && strchr(" \t\r\n", text[end - 1]))
        end--;
    if (json_kind(whole) == JSON_OBJECT || json_kind(whole) == JSON_LIST || json_kind(whole) == JSON_TEXT)
        if (reader_read(reader, text, end - 1, arena, &less, NULL))
            abort();
    json_free(whole);
    for (size_t i = 0; i < records.count; i++)
        if (!records.rows[i].values[0] || records.rows[i].line > lines_in(text, len) ||
            (i && records.rows[i].line < records.rows[i - 1].line))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct json_path rows, path;
    const char *rows_text = take_line(&data, &size, &arena), *column_text = take_line(&data, &size, &arena);
    if (json_path_rows(rows_text, &arena, &rows, NULL) &&
        json_path_column(column_text, rows.wildcards, &arena, &path, NULL)) {
        const struct column_map column = {
            .column = "v", .source = column_text, .paths = &path, .path_count = 1, .required = true};
        const struct reader reader = {.query = "fuzz",
                                      .kind = READER_JSON,
                                      .rows = &rows,
                                      .template_file = "fuzz",
                                      .line = 1,
                                      .columns = &column,
                                      .column_count = 1,
                                      .min_rows = 1};
        judge(&reader, arena_strndup(&arena, (const char *)data, size), size, &arena);
    }
    arena_clear(&arena);
    return 0;
}
