#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "parse/pattern_parser.h"

bool parser_refuse(struct parser *p, const char *at, const char *fmt, ...)
{
    char what[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    unsigned character = 1;
    for (const char *c = p->start; c < at; c++)
        character += ((unsigned char)*c & 0xC0) != 0x80;
    return err_set(p->e, ERR_SYNTAX, "%s (at character %u of the pattern)", what, character);
}

bool parser_take(struct parser *p, char c)
{
    if (p->at == p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

uint32_t parser_next(struct parser *p)
{
    const unsigned char *c = (const unsigned char *)p->at;
    size_t len = str_utf8_len(c, (size_t)(p->end - p->at));
    p->at += len;
    static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t value = c[0] & lead[len];
    for (size_t i = 1; i < len; i++)
        value = value << 6 | (c[i] & 0x3F);
    return value;
}

static void add_utf8(struct str *out, uint32_t c)
{
    char bytes[4];
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = len; i-- > 1; c >>= 6)
        bytes[i] = (char)(0x80 | (c & 0x3F));
    bytes[0] = (char)(lead[len] | c);
    str_add(out, bytes, len);
}

void parser_emit_literal(struct parser *p, struct str *out, uint32_t c)
{
    if (c >= 0x80) {
        p->pattern->ascii_form = false;
        add_utf8(out, c);
    } else if (c < 0x20 || c == 0x7F) {
        str_printf(out, "\\x{%x}", (unsigned)c);
    } else {
        if (!isalnum((int)c) && c != ' ')
            str_add_char(out, '\\');
        str_add_char(out, (char)c);
    }
}

bool parser_is_caseless_i(const struct parser *p, uint32_t c, unsigned flags)
{
    return flags & FLAG_CASELESS && p->form == PATTERN_UNICODE &&
           (c == 'i' || c == 'I' || c == 0x130 || c == 0x131);
}

uint32_t width_add(uint32_t a, uint32_t b)
{
    return a > WIDTH_UNLIMITED - b ? WIDTH_UNLIMITED : a + b;
}

struct node node_class(struct symbols eats)
{
    return (struct node){.low = 1, .high = 1, .size = 40, .eats = eats, .passes = SYMBOLS_NONE};
}

struct node node_place(struct symbols passes)
{
    return (struct node){.size = 2, .eats = SYMBOLS_NONE, .passes = passes};
}

struct node node_literal(uint32_t c, unsigned flags)
{
    struct symbols eats = SYMBOLS_NONE;
    if (c < 0x80)
        symbols_add(&eats, c);
    if (flags & FLAG_CASELESS && c < 0x80) {
        symbols_add(&eats, (unsigned)tolower((int)c));
        symbols_add(&eats, (unsigned)toupper((int)c));
    } else if (flags & FLAG_CASELESS) {
        eats = SYMBOLS_CHARACTERS; /* the Kelvin sign is a k, the long s is an s */
    }
    struct node n = node_class(eats);
    n.size = 5;
    return n;
}

struct node node_after(struct node a, struct node b)
{
    return (struct node){.low = width_add(a.low, b.low),
                         .high = width_add(a.high, b.high),
                         .size = width_add(a.size, b.size),
                         .eats = symbols_or(a.eats, symbols_and(a.passes, b.eats)),
                         .passes = symbols_and(a.passes, b.passes)};
}

struct node node_either(struct node a, struct node b)
{
    return (struct node){.low = a.low < b.low ? a.low : b.low,
                         .high = a.high > b.high ? a.high : b.high,
                         .size = width_add(width_add(a.size, b.size), 3),
                         .eats = symbols_or(a.eats, b.eats),
                         .passes = symbols_or(a.passes, b.passes)};
}
