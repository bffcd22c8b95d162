/* A recursive descent over Python's grammar that writes PCRE2's as it goes. Groups are written without names (PCRE2 allows
   32 characters, templates use 48) and every literal is written so that PCRE2 cannot see syntax in it. */
#include "parse/pattern.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "parse/pattern_parser.h"

enum {
    PCRE2_REPEAT_MAX = 65535,
    SIZE_SURELY_TAKEN = 8000 /* PCRE2 takes at least 64 KiB of compiled pattern */
};

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

static uint32_t width_add(uint32_t a, uint32_t b)
{
    return a > WIDTH_UNLIMITED - b ? WIDTH_UNLIMITED : a + b;
}

static uint32_t width_times(uint32_t a, uint32_t n)
{
    uint64_t product = (uint64_t)a * n;
    return product > WIDTH_UNLIMITED ? WIDTH_UNLIMITED : (uint32_t)product;
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

/* ---- repeats ---- */

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

enum repeat { REPEAT_NONE, REPEAT_READ, REPEAT_REFUSED };

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

static enum repeat read_repeat(struct parser *p, uint32_t *least, uint32_t *most)
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

static bool repeat(struct parser *p, const char *from, struct element *el, bool there, uint32_t least,
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

/* ---- elements ---- */

static void set_element(struct element *out, enum item_kind kind, struct node node)
{
    *out = (struct element){.kind = kind, .node = node, .least = 1, .most = 1};
}

static void literal_element(struct parser *p, uint32_t c, unsigned flags, struct element *out)
{
    if (parser_is_caseless_i(p, c, flags))
        str_add_cstr(p->out, "[" CASELESS_I "]");
    else
        parser_emit_literal(p, p->out, c);
    set_element(out, c < 0x80 && !(flags & FLAG_CASELESS) ? ITEM_LITERAL : ITEM_OTHER,
                node_literal(c, flags));
    out->literal = (unsigned char)c;
}

static void place_element(struct parser *p, char place, struct element *out)
{
    static const struct symbols all = SYMBOLS_ALL, end = SYMBOLS_END;
    bool unicode = p->form == PATTERN_UNICODE;
    set_element(out, place == 'Z' ? ITEM_END : ITEM_AT, node_place(place == 'Z' ? end : all));
    if (place == 'A')
        str_add_cstr(p->out, "\\A");
    else if (place == 'Z')
        str_add_cstr(p->out, "\\z");
    else if (place == 'b') /* spelled out for Unicode: what \b takes for a word changed with PCRE2 10.43 */
        str_add_cstr(
            p->out,
            unicode ? "(?:(?<=[\\p{L}\\p{N}_])(?![\\p{L}\\p{N}_])|(?<![\\p{L}\\p{N}_])(?=[\\p{L}\\p{N}_]))"
                    : "\\b");
    else /* an empty line is no \B to Python */
        str_add_cstr(p->out, unicode ? "(?:(?!\\A\\z)(?:(?<=[\\p{L}\\p{N}_])(?=[\\p{L}\\p{N}_])|"
                                       "(?<![\\p{L}\\p{N}_])(?![\\p{L}\\p{N}_])))"
                                     : "(?:(?!\\A\\z)\\B)");
}

static bool escape_element(struct parser *p, unsigned flags, struct element *out)
{
    struct escape escape;
    if (!parser_escape(p, false, &escape))
        return false;
    switch (escape.kind) {
    case ESCAPE_LITERAL:
        literal_element(p, escape.value, flags, out);
        break;
    case ESCAPE_CATEGORY:
        str_add_cstr(p->out, category_outside(p->form, (char)escape.value));
        set_element(out, escape.value == 's' ? ITEM_SPACE : ITEM_OTHER,
                    node_class(category_symbols((char)escape.value)));
        break;
    case ESCAPE_PLACE:
        place_element(p, (char)escape.value, out);
        break;
    case ESCAPE_REFERENCE: {
        const struct group *g = &p->groups.items[escape.value - 1];
        str_printf(p->out, "\\g{%u}", (unsigned)escape.value);
        struct node any = {
            .low = g->low, .high = g->high, .size = 3, .eats = SYMBOLS_ALL, .passes = SYMBOLS_ALL};
        set_element(out, ITEM_OTHER, any);
        p->pattern->unsure = true;
        break;
    }
    }
    return true;
}

static bool element(struct parser *p, unsigned *flags, bool very_first, struct element *out, bool *there)
{
    static const struct symbols all = SYMBOLS_ALL, end = SYMBOLS_END, characters = SYMBOLS_CHARACTERS;
    *there = true;
    switch (*p->at) {
    case '\\':
        p->at++;
        return escape_element(p, *flags, out);
    case '[':
        p->at++;
        return parser_class(p, *flags, out);
    case '(':
        p->at++;
        return parser_group(p, flags, very_first, out, there);
    case '.':
        str_add_char(p->out, *p->at++);
        set_element(out, ITEM_ANY, node_class(characters));
        return true;
    case '^':
    case '$':
        set_element(out, *p->at == '^' ? ITEM_BEGIN : ITEM_END, node_place(*p->at == '^' ? all : end));
        str_add_char(p->out, *p->at++);
        return true;
    default:
        literal_element(p, parser_next(p), *flags, out);
        return true;
    }
}

/* ---- sequences and choices ---- */

static void keep_item(struct parser *p, const struct element *el)
{
    if (p->has_branches)
        return;
    if (p->item_count == HEAD_ITEMS_MAX) {
        p->items_cut = true;
        return;
    }
    p->items[p->item_count++] = (struct item){.kind = el->kind,
                                              .literal = el->literal,
                                              .repeated = el->repeated,
                                              .least = el->least,
                                              .most = el->most,
                                              .eats = el->node.eats,
                                              .passes = el->node.passes};
}

/* (?x): blanks and comments between elements are nothing. */
static bool skip_verbose(struct parser *p, unsigned flags)
{
    if (!(flags & FLAG_VERBOSE) || p->at == p->end)
        return false;
    if (strchr(" \t\n\r\v\f", *p->at) && *p->at) {
        p->at++;
        return true;
    }
    if (*p->at != '#')
        return false;
    while (p->at < p->end && *p->at != '\n')
        p->at++;
    return true;
}

bool parser_sequence(struct parser *p, unsigned *flags, bool first, struct node *out)
{
    static const struct symbols all = SYMBOLS_ALL;
    struct element last = {0};
    bool there = false, outermost = p->depth == 0;
    *out = node_place(all);
    while (p->at < p->end && *p->at != '|' && *p->at != ')') {
        if (skip_verbose(p, *flags))
            continue;
        const char *from = p->at;
        uint32_t least = 0, most = 0;
        enum repeat r = read_repeat(p, &least, &most);
        if (r == REPEAT_REFUSED || (r == REPEAT_READ && !repeat(p, from, &last, there, least, most)))
            return false;
        if (r == REPEAT_READ)
            continue;
        struct element next;
        bool is_element;
        if (!element(p, flags, first && !there, &next, &is_element))
            return false;
        if (!is_element)
            continue;
        if (there) {
            *out = node_after(*out, last.node);
            if (outermost)
                keep_item(p, &last);
        }
        last = next;
        there = true;
    }
    if (there)
        *out = node_after(*out, last.node);
    if (there && outermost)
        keep_item(p, &last);
    return true;
}

bool parser_choice(struct parser *p, unsigned flags, struct node *out)
{
    unsigned own = flags;
    if (!parser_sequence(p, &own, p->depth == 0, out))
        return false;
    while (parser_take(p, '|')) {
        struct node other;
        str_add_char(p->out, '|');
        if (p->depth == 0) {
            own = p->flags;
            p->has_branches = true;
        }
        if (!parser_sequence(p, &own, false, &other))
            return false;
        *out = node_either(*out, other);
    }
    return true;
}

static bool translate(struct parser *p)
{
    struct node whole;
    if (!parser_choice(p, 0, &whole))
        return false;
    if (p->at < p->end)
        return parser_refuse(p, p->at, "unbalanced parenthesis");
    if (p->largest_condition > p->groups.count)
        return parser_refuse(p, p->end, "invalid group reference %u", p->largest_condition);
    struct pattern *pattern = p->pattern;
    pattern->group_count = (unsigned)p->groups.count;
    pattern->unsure |= whole.size > SIZE_SURELY_TAKEN;
    struct item choice = {.kind = ITEM_OTHER, .eats = whole.eats, .passes = whole.passes};
    if (p->has_branches)
        head_build(&pattern->head, &choice, 1, false, p->arena);
    else
        head_build(&pattern->head, p->items, p->item_count, p->items_cut, p->arena);
    return true;
}

static void keep_names(struct parser *p)
{
    struct pattern_name *names = arena_alloc_array(p->arena, p->groups.count, sizeof *names);
    unsigned count = 0;
    for (unsigned i = 0; i < p->groups.count; i++)
        if (p->groups.items[i].name)
            names[count++] = (struct pattern_name){p->groups.items[i].name, i + 1};
    p->pattern->names = names;
    p->pattern->name_count = count;
}

static bool check_utf8(struct parser *p)
{
    for (const char *c = p->start; c < p->end;) {
        size_t len =
            (unsigned char)*c < 0x80 ? 1 : str_utf8_len((const unsigned char *)c, (size_t)(p->end - c));
        if (len == 0)
            return parser_refuse(p, c, "not UTF-8");
        c += len;
    }
    return true;
}

bool pattern_translate(const char *source, size_t len, enum pattern_form form, struct arena *arena,
                       struct pattern *out, struct err *e)
{
    struct str text = {0};
    struct parser p = {.start = source, .at = source, .end = source + len, .form = form, .arena = arena};
    p.out = &text;
    p.pattern = out;
    p.e = e;
    *out = (struct pattern){.ascii_form = true};
    bool good = check_utf8(&p) && translate(&p);
    if (good) {
        out->text = arena_strndup(arena, str_cstr(&text), text.len);
        keep_names(&p);
    }
    VEC_CLEAR(&p.groups);
    str_clear(&text);
    return good;
}
