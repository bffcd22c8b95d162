/* Repeats: * + ? {n} {n,} {,m} {n,m} and {,}, greedy, lazy (?) or possessive (+). */
#include <ctype.h>

#include "parse/pattern_parser.h"

enum { PCRE2_REPEAT_MAX = 65535 };

static uint32_t width_times(uint32_t a, uint32_t n)
{
    uint64_t product = (uint64_t)a * n;
    return product > WIDTH_UNLIMITED ? WIDTH_UNLIMITED : (uint32_t)product;
}

/* The digits at p->at; a value of more than PCRE2 takes is kept as just that. false when there are none. */
static bool read_number(struct parser *p, uint32_t *out)
{
    uint32_t value = 0;
    const char *from = p->at;
    for (; p->at < p->end && isdigit((unsigned char)*p->at); p->at++)
        value = value > PCRE2_REPEAT_MAX ? value : value * 10 + (uint32_t)(*p->at - '0');
    if (p->at > from)
        *out = value;
    return p->at > from;
}

static enum repeat check_braces(struct parser *p, const char *from, uint32_t least, uint32_t most)
{
    if (most < least)
        parser_refuse(p, from, "min repeat greater than max repeat");
    else if (least > PCRE2_REPEAT_MAX || (most != WIDTH_UNLIMITED && most > PCRE2_REPEAT_MAX))
        parser_refuse(p, from, "a repeat of more than %d is more than PCRE2 takes", PCRE2_REPEAT_MAX);
    else
        return REPEAT_READ;
    return REPEAT_REFUSED;
}

/* {n} {n,} {,m} {n,m} and {,}; anything else is a literal brace. */
static enum repeat read_braces(struct parser *p, uint32_t *least, uint32_t *most)
{
    const char *from = p->at++;
    *least = 0;
    *most = WIDTH_UNLIMITED;
    bool has_least = read_number(p, least), has_comma = parser_take(p, ',');
    if (has_comma)
        read_number(p, most);
    else
        *most = *least;
    if ((!has_least && !has_comma) || !parser_take(p, '}')) {
        p->at = from;
        return REPEAT_NONE;
    }
    return check_braces(p, from, *least, *most);
}

enum repeat parser_read_repeat(struct parser *p, uint32_t *least, uint32_t *most)
{
    char c = *p->at;
    if (c == '{')
        return read_braces(p, least, most);
    if (c != '*' && c != '+' && c != '?')
        return REPEAT_NONE;
    p->at++;
    *least = c == '+';
    *most = c == '?' ? 1 : WIDTH_UNLIMITED;
    return REPEAT_READ;
}

static void emit_repeat(struct parser *p, uint32_t least, uint32_t most)
{
    if (most == WIDTH_UNLIMITED && least < 2)
        str_add_char(p->out, least ? '+' : '*');
    else if (least == 0 && most == 1)
        str_add_char(p->out, '?');
    else if (most == WIDTH_UNLIMITED)
        str_printf(p->out, "{%u,}", (unsigned)least);
    else if (least == most)
        str_printf(p->out, "{%u}", (unsigned)least);
    else
        str_printf(p->out, "{%u,%u}", (unsigned)least, (unsigned)most);
    if (p->at < p->end && (*p->at == '?' || *p->at == '+'))
        str_add_char(p->out, *p->at++);
}

static void element_repeat(struct element *el, uint32_t least, uint32_t most)
{
    struct node *n = &el->node;
    uint32_t copies = most != WIDTH_UNLIMITED ? most : least;
    n->low = width_times(n->low, least);
    n->high = most == WIDTH_UNLIMITED && n->high ? WIDTH_UNLIMITED : width_times(n->high, most);
    n->size = width_add(width_times(n->size, copies > 1 ? copies : 1), 8);
    if (least == 0)
        n->passes = SYMBOLS_ALL;
    if (most == 0)
        n->eats = SYMBOLS_NONE;
    el->repeated = true;
    el->least = least;
    el->most = most;
}

bool parser_repeat(struct parser *p, const char *from, struct element *el, bool there, uint32_t least,
                   uint32_t most)
{
    bool place = there && (el->kind == ITEM_BEGIN || el->kind == ITEM_END || el->kind == ITEM_AT);
    if (from > p->start && from[-1] == '(' && *from == '*' && !there)
        return parser_refuse(p, from,
                             "nothing to repeat: \"(*\" begins no group in Python (verbs are Perl's)");
    if (!there || place)
        return parser_refuse(p, from, "nothing to repeat");
    if (el->repeated)
        return parser_refuse(p, from, "multiple repeat");
    emit_repeat(p, least, most);
    element_repeat(el, least, most);
    return true;
}
