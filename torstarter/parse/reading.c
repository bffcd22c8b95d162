/* Fail closed: what is not understood completely is not an answer. */
#include "parse/reading.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "parse/lines.h"
#include "text/regex.h"

enum { SHOWN_BYTES_MAX = 160 };

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

bool reading_unread(const struct reading *r, unsigned line, const char *fmt, ...)
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

/* "; read from line 7", for answers that are read by lines. */
static const char *from_line(unsigned line, char text[32])
{
    *text = '\0';
    if (line)
        snprintf(text, 32, "; read from line %u", line);
    return text;
}

static const char *one_more(const struct reading *r, const struct column_map *column, unsigned line,
                            const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (*text == '\0')
        return text;
    if (!text[digits] && digits < 9)
        return arena_printf(r->arena, "%lu", strtoul(text, NULL, 10) + 1);
    reading_unread(r, line, "%s \"%.80s\" is no whole number to count from", column->column, text);
    return NULL;
}

const char *reading_word(const struct reading *r, const struct column_map *column, unsigned line,
                         const char *text)
{
    char where[32];
    if (column->expect && !has_shape(column->expect, text)) {
        reading_unread(r, line, "%s \"%.80s\" has not the shape expected%s", column->column, text,
                       from_line(line, where));
        return NULL;
    }
    if (column->from_zero)
        return one_more(r, column, line, text);
    const char *word = column->words ? neutral_word(column, text) : text;
    if (!word)
        reading_unread(
            r, line,
            "%s \"%.80s\" is none of the platform's words for it (a new firmware may need one more "
            "under words:)%s",
            column->column, text, from_line(line, where));
    return word;
}

const char *reading_trimmed(const struct reading *r, const char *text)
{
    size_t len = strlen(text);
    text = trimmed(text, &len);
    return arena_strndup(r->arena, text, len);
}

const char *reading_interface(const struct reading *r, const struct column_map *column)
{
    if (!r->interface)
        err_set(r->e, ERR_USAGE,
                "%s: its column %s is the interface that was asked about, and none was named",
                r->reader->query, column->column);
    return r->interface ? arena_strdup(r->arena, r->interface) : NULL;
}
