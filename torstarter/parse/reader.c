#include "parse/records.h"

#include <string.h>

#include "base/str.h"
#include "parse/lines.h"
#include "parse/reading.h"
#include "parse/textfsm.h"
#include "text/regex.h"

/* ---- no rows, said in words ---- */

static bool only_blank(const char *from, const char *to)
{
    size_t len = (size_t)(to - from);
    trimmed(from, &len);
    return len == 0;
}

/* Whether nothing stands beside the lines of a match in text. */
static bool stands_alone(const char *text, size_t len, struct regex_span match)
{
    const char *end = text + len, *first = text + match.start, *last = text + match.end;
    while (first > text && first[-1] != '\n' && first[-1] != '\r')
        first--;
    while (last < end && *last != '\n' && *last != '\r')
        last++;
    return only_blank(text, first) && only_blank(last, end);
}

/* true when the answer has been dealt with: out->none, or an error and *good false. */
static bool read_none(const struct reading *r, bool *good)
{
    *good = true;
    if (!r->reader->none)
        return false;
    struct str copy = {0};
    struct regex_span match;
    size_t len;
    const char *text = lines_text(r->answer, r->len, &copy, &len);
    text = trimmed(text, &len);
    enum regex_result found = regex_match(r->reader->none, text, len, 0, &match, 1);
    if (found == REGEX_GAVE_UP)
        *good = reading_unread(r, 0, "the pattern `none` passed its match limit; make it simpler");
    r->out->none = found == REGEX_MATCH && stands_alone(text, len, match);
    str_clear(&copy);
    return r->out->none || !*good;
}

/* ---- a template's table ---- */

static bool read_list(const struct reading *r, const struct column_map *column, unsigned line,
                      const struct textfsm_value *v, const char **value, const char **raw)
{
    struct str values = {0}, raws = {0};
    bool good = true;
    for (size_t i = 0; good && i < v->count; i++) {
        good = v->items[i].kind != TEXTFSM_DICT ||
               reading_unread(r, line, "%s: the template gives dictionaries, which are no column",
                              column->source);
        const char *text = good ? reading_trimmed(r, v->items[i].text) : NULL;
        const char *word = good ? reading_word(r, column, line, text) : NULL;
        good = word != NULL;
        if (good) {
            str_printf(&values, "%s%s", i ? "," : "", word);
            str_printf(&raws, "%s%s", i ? "," : "", text);
        }
    }
    *value = arena_strdup(r->arena, str_cstr(&values));
    *raw = arena_strdup(r->arena, str_cstr(&raws));
    str_clear(&values);
    str_clear(&raws);
    return good;
}

static bool read_value(const struct reading *r, const struct column_map *column, unsigned line,
                       const struct textfsm_value *v, const char **value, const char **raw)
{
    if (v->kind == TEXTFSM_LIST)
        return read_list(r, column, line, v, value, raw);
    *raw = reading_trimmed(r, v->text);
    *value = reading_word(r, column, line, *raw);
    return *value != NULL;
}

static bool find_columns(const struct reading *r, size_t *index)
{
    const struct textfsm *t = r->reader->template;
    for (size_t i = 0; i < r->reader->column_count; i++) {
        size_t j = 0;
        if (r->reader->columns[i].is_interface)
            continue;
        while (j < textfsm_column_count(t) && strcmp(textfsm_column(t, j), r->reader->columns[i].source) != 0)
            j++;
        if (j == textfsm_column_count(t))
            return err_set(r->e, ERR_SYNTAX, "%s: the template has no Value '%s'", textfsm_name(t),
                           r->reader->columns[i].source);
        index[i] = j;
    }
    return true;
}

static bool read_row(const struct reading *r, const struct textfsm_row *from, const size_t *index,
                     struct record *to)
{
    size_t count = r->reader->column_count;
    const char **values = arena_alloc_array(r->arena, count, sizeof *values);
    const char **raw = arena_alloc_array(r->arena, count, sizeof *raw);
    unsigned line = from->first_line ? from->first_line : from->line;
    for (size_t i = 0; i < count; i++) {
        const struct column_map *column = &r->reader->columns[i];
        if (column->is_interface)
            values[i] = raw[i] = reading_interface(r, column);
        else if (!read_value(r, column, line, &from->values[index[i]], &values[i], &raw[i]))
            return false;
        if (!values[i])
            return false;
    }
    *to = (struct record){.values = values, .raw = raw, .line = line, .rule_line = from->rule_line};
    return true;
}

bool reading_enough(const struct reading *r, size_t count)
{
    return count >= r->reader->min_rows ||
           reading_unread(r, 1, "%zu row(s) read by %s, at least %u expected; the answer begins", count,
                          r->reader->template_file, r->reader->min_rows);
}

static bool check_table(const struct reading *r, const struct textfsm_table *table)
{
    if (table->unmatched_lines)
        return reading_unread(r, table->first_unmatched_line,
                              "%u line(s) that no rule of %s reads; the first is line %u",
                              table->unmatched_lines, r->reader->template_file, table->first_unmatched_line);
    if (table->gave_up_rules)
        return reading_unread(r, table->gave_up_line, "the rule at %s:%u passed its match limit on line %u",
                              r->reader->template_file, table->gave_up_rule_line, table->gave_up_line);
    return reading_enough(r, table->row_count);
}

static bool read_table(const struct reading *r, const struct textfsm_table *table)
{
    size_t *index = arena_alloc_array(r->arena, r->reader->column_count, sizeof *index);
    if (!find_columns(r, index) || !check_table(r, table))
        return false;
    struct record *rows = arena_alloc_array(r->arena, table->row_count, sizeof *rows);
    for (size_t i = 0; i < table->row_count; i++)
        if (!read_row(r, &table->rows[i], index, &rows[i]))
            return false;
    r->out->rows = rows;
    r->out->count = table->row_count;
    return true;
}

static bool read_textfsm(const struct reading *r)
{
    struct textfsm_table table = {0};
    bool good = textfsm_parse(r->reader->template, r->answer, r->len, &table, r->e);
    if (!good && r->e) {
        r->e->code = ERR_UNREAD; /* also where one of the engine's own limits was passed */
        r->e->failure = FAILURE_PARSE_FAILURE;
        err_wrap(r->e, "%s: ", r->reader->query);
    }
    good = good && read_table(r, &table);
    textfsm_table_clear(&table);
    return good;
}

/* ---- the answer as it is ---- */

static bool read_whole(const struct reading *r)
{
    struct str copy = {0};
    size_t len, left;
    const char *text = lines_text(r->answer, r->len, &copy, &len);
    left = len;
    trimmed(text, &left);
    bool good = reading_enough(r, left ? 1 : 0);
    if (good && left) {
        const char **value = ARENA_NEW(r->arena, const char *);
        *value = arena_strndup(r->arena, text, len);
        struct record *row = ARENA_NEW(r->arena, struct record);
        *row = (struct record){value, value, 1, r->reader->line};
        r->out->rows = row;
        r->out->count = 1;
    }
    str_clear(&copy);
    return good;
}

static void describe(const struct reading *r)
{
    const char **columns = arena_alloc_array(r->arena, r->reader->column_count, sizeof *columns);
    for (size_t i = 0; i < r->reader->column_count; i++)
        columns[i] = r->reader->columns[i].column;
    *r->out = (struct records){.columns = columns,
                               .column_count = r->reader->column_count,
                               .query = r->reader->query,
                               .reader = r->reader->template_file,
                               .answer = r->answer,
                               .answer_len = r->len};
}

/* An answer that lost its end would be taken for a short one. */
static bool has_its_end(const struct reading *r)
{
    size_t len = r->len, begin;
    while (len && strchr(" \t\r\n", r->answer[len - 1]))
        len--;
    for (begin = len; begin && r->answer[begin - 1] != '\n';)
        begin--;
    if (!r->reader->last_line ||
        regex_match(r->reader->last_line, r->answer + begin, len - begin, 0, NULL, 0) == REGEX_MATCH)
        return true;
    return reading_unread(
        r, 0, "the answer does not end as one of %s does: it was cut off, its last line is \"%.*s\"",
        r->reader->query, (int)(len - begin < 80 ? len - begin : 80), r->answer + begin);
}

bool reader_read(const struct reader *reader, const char *answer, size_t len, struct arena *arena,
                 struct records *out, struct err *e)
{
    return reader_read_for(reader, NULL, answer, len, arena, out, e);
}

bool reader_read_for(const struct reader *reader, const char *interface, const char *answer, size_t len,
                     struct arena *arena, struct records *out, struct err *e)
{
    struct reading r = {reader, answer, len, arena, out, e, interface};
    bool good;
    describe(&r);
    if (read_none(&r, &good))
        return good;
    if (!has_its_end(&r))
        return false;
    switch (reader->kind) {
    case READER_JSON:
        return reading_json(&r);
    case READER_TEXT:
        return read_whole(&r);
    case READER_TEXTFSM:
        break;
    }
    return read_textfsm(&r);
}
