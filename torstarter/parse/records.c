/* Fail closed: what is not understood completely is not an answer. */
#include "parse/records.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "parse/lines.h"
#include "parse/textfsm.h"
#include "text/regex.h"

enum { SHOWN_BYTES_MAX = 160 };

struct reading {
    const struct reader *reader;
    const char *answer;
    size_t len;
    struct arena *arena;
    struct records *out;
    struct err *e;
    const char *interface; /* that was asked about; NULL: none */
};

/* ---- what could not be read ---- */

static void add_line(const struct reading *r, unsigned number, struct str *out)
{
    struct lines lines = {.at = r->answer, .end = r->answer + r->len};
    struct line line;
    while (lines_next(&lines, &line))
        if (line.number == number) {
            str_add_cstr(out, ": \"");
            str_add_escaped(out, line.text, line.len < SHOWN_BYTES_MAX ? line.len : SHOWN_BYTES_MAX);
            str_add_cstr(out, line.len < SHOWN_BYTES_MAX ? "\"" : "…\"");
            return;
        }
}

static bool unread(const struct reading *r, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static bool unread(const struct reading *r, unsigned line, const char *fmt, ...)
{
    struct str what = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vprintf(&what, fmt, ap);
    va_end(ap);
    add_line(r, line, &what);
    err_fail(r->e, ERR_UNREAD, FAILURE_PARSE_FAILURE, "%s: %s", r->reader->query, str_cstr(&what));
    str_clear(&what);
    return false;
}

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
        *good = unread(r, 0, "the pattern `none` passed its match limit; make it simpler");
    r->out->none = found == REGEX_MATCH && stands_alone(text, len, match);
    str_clear(&copy);
    return r->out->none || !*good;
}

/* ---- one value ---- */

static const char *neutral_word(const struct column_map *column, const char *text)
{
    for (size_t i = 0; i < column->word_count; i++)
        for (size_t j = 0; j < column->words[i].spelling_count; j++)
            if (strcmp(column->words[i].spellings[j], text) == 0)
                return column->words[i].word;
    return NULL;
}

static bool has_shape(const struct regex *expect, const char *text)
{
    struct regex_span whole;
    size_t len = strlen(text);
    return regex_match(expect, text, len, 0, &whole, 1) == REGEX_MATCH && whole.start == 0 &&
           whole.end == len;
}

/* Judges one text; gives what stands for it. NULL when it is not understood. */
static const char *read_text(const struct reading *r, const struct column_map *column, unsigned line,
                             const char *text)
{
    if (column->expect && !has_shape(column->expect, text)) {
        unread(r, line, "%s \"%.80s\" has not the shape expected; read from line %u", column->column, text,
               line);
        return NULL;
    }
    const char *word = column->words ? neutral_word(column, text) : text;
    if (!word)
        unread(r, line,
               "%s \"%.80s\" is none of the platform's words for it (a new firmware may need one more under "
               "words:); "
               "read from line %u",
               column->column, text, line);
    return word;
}

static const char *trimmed_copy(const struct reading *r, const char *text)
{
    size_t len = strlen(text);
    text = trimmed(text, &len);
    return arena_strndup(r->arena, text, len);
}

static bool read_list(const struct reading *r, const struct column_map *column, unsigned line,
                      const struct textfsm_value *v, const char **value, const char **raw)
{
    struct str values = {0}, raws = {0};
    bool good = true;
    for (size_t i = 0; good && i < v->count; i++) {
        good = v->items[i].kind != TEXTFSM_DICT ||
               unread(r, line, "%s: the template gives dictionaries, which are no column", column->source);
        const char *text = good ? trimmed_copy(r, v->items[i].text) : NULL;
        const char *word = good ? read_text(r, column, line, text) : NULL;
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
    *raw = trimmed_copy(r, v->text);
    *value = read_text(r, column, line, *raw);
    return *value != NULL;
}

/* ---- the table ---- */

static bool find_columns(const struct reading *r, size_t *index)
{
    const struct textfsm *t = r->reader->template;
    for (size_t i = 0; i < r->reader->column_count; i++) {
        size_t j = 0;
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
    for (size_t i = 0; i < count; i++)
        if (!read_value(r, &r->reader->columns[i], line, &from->values[index[i]], &values[i], &raw[i]))
            return false;
    *to = (struct record){.values = values, .raw = raw, .line = line, .rule_line = from->rule_line};
    return true;
}

static bool check_table(const struct reading *r, const struct textfsm_table *table)
{
    if (table->unmatched_lines)
        return unread(r, table->first_unmatched_line,
                      "%u line(s) that no rule of %s reads; the first is line %u", table->unmatched_lines,
                      r->reader->template_file, table->first_unmatched_line);
    if (table->gave_up_rules)
        return unread(r, table->gave_up_line, "the rule at %s:%u passed its match limit on line %u",
                      r->reader->template_file, table->gave_up_rule_line, table->gave_up_line);
    if (table->row_count < r->reader->min_rows)
        return unread(r, 1, "%zu row(s) read by %s, at least %u expected; the answer begins",
                      table->row_count, r->reader->template_file, r->reader->min_rows);
    return true;
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
    struct textfsm_table table = {0};
    good = textfsm_parse(reader->template, answer, len, &table, e);
    if (!good && e) {
        e->code = ERR_UNREAD; /* also where one of the engine's own limits was passed */
        e->failure = FAILURE_PARSE_FAILURE;
        err_wrap(e, "%s: ", reader->query);
    }
    good = good && read_table(&r, &table);
    textfsm_table_clear(&table);
    return good;
}

/* ---- what was read ---- */

static size_t column_index(const struct records *r, const char *column)
{
    size_t i = 0;
    while (i < r->column_count && strcmp(r->columns[i], column) != 0)
        i++;
    return i;
}

bool records_has(const struct records *r, const char *column)
{
    return column_index(r, column) < r->column_count;
}

const char *record_get(const struct records *r, size_t row, const char *column)
{
    size_t i = column_index(r, column);
    assert(i < r->column_count && row < r->count);
    return r->rows[row].values[i];
}

const char *record_raw(const struct records *r, size_t row, const char *column)
{
    size_t i = column_index(r, column);
    assert(i < r->column_count && row < r->count);
    return r->rows[row].raw[i];
}

bool record_is(const struct records *r, size_t row, const char *column, const char *word)
{
    return strcmp(record_get(r, row, column), word) == 0;
}

static size_t digits(const char *s)
{
    return strspn(s, "0123456789");
}

bool record_number(const struct records *r, size_t row, const char *column, double *out)
{
    const char *text = record_get(r, row, column), *p = text;
    p += *p == '-' || *p == '+';
    size_t whole = digits(p);
    p += whole;
    size_t fraction = *p == '.' ? digits(p + 1) : 0;
    p += fraction ? fraction + 1 : 0;
    if (whole + fraction == 0)
        return false;
    if (*p == 'e' || *p == 'E') {
        size_t sign = p[1] == '-' || p[1] == '+';
        size_t exponent = digits(p + 1 + sign);
        p += exponent ? 1 + sign + exponent : 0;
    }
    /* 10.0.0.1, 12:30, 1/2, 1,024 and 0x10 begin with a number but are none */
    if (*p && strchr(".:/,xX", *p) && isxdigit((unsigned char)p[1]))
        return false;
    char number[64];
    size_t len = (size_t)(p - text);
    if (len >= sizeof number)
        return false;
    memcpy(number, text, len);
    number[len] = '\0';
    *out = strtod(number, NULL);
    return true;
}
