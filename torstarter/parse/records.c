#include "parse/records.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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
