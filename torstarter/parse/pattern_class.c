/* Classes: [...] and the categories \d \s \w. In the Unicode form the categories are spelled out, because Python and PCRE2 (and
   PCRE2's own versions) disagree on what is white space and what is a word character. */
#include <ctype.h>
#include <string.h>

#include "parse/pattern_parser.h"

/* str.isspace(): U+001C to U+001F too, U+180E not. */
#define SPACES                                                                                               \
    "\\x{9}-\\x{d}\\x{1c}-\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{"  \
    "205f}\\x{3000}"
#define NO_SPACES                                                                                            \
    "\\x{0}-\\x{8}\\x{e}-\\x{1b}\\x{21}-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}"          \
    "\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}"
#define WORDS "\\p{L}\\p{N}_"

struct symbols category_symbols(char category)
{
    static const struct symbols digits = {{0x03FF000000000000u, 0}}, spaces = {{0x00000001F0003E00u, 0}},
                                words = {{0x03FF000000000000u, 0x07FFFFFE87FFFFFEu}};
    switch (category) {
    case 'd':
        return digits;
    case 'D':
        return symbols_other(digits);
    case 's':
        return spaces;
    case 'S':
        return symbols_other(spaces);
    case 'w':
        return words;
    default:
        return symbols_other(words);
    }
}

const char *category_outside(enum pattern_form form, char category)
{
    bool unicode = form == PATTERN_UNICODE;
    switch (category) {
    case 'd':
        return unicode ? "\\p{Nd}" : "\\d";
    case 'D':
        return unicode ? "\\P{Nd}" : "\\D";
    case 's':
        return unicode ? "[" SPACES "]" : "\\s";
    case 'S':
        return unicode ? "[" NO_SPACES "]" : "\\S";
    case 'w':
        return unicode ? "[" WORDS "]" : "\\w";
    default:
        return unicode ? "[^" WORDS "]" : "\\W";
    }
}

/* As a member of [...]; \W of the Unicode form cannot be one: see finish(). */
static const char *category_inside(enum pattern_form form, char category)
{
    if (form == PATTERN_UNICODE && category == 's')
        return SPACES;
    if (form == PATTERN_UNICODE && category == 'S')
        return NO_SPACES;
    if (form == PATTERN_UNICODE && category == 'w')
        return WORDS;
    return category_outside(form, category);
}

struct class
{
    struct str members;
    struct symbols symbols;
    bool negated, other_word; /* \W of the Unicode form */
    bool beyond_ascii;
};

struct member {
    bool is_category;
    uint32_t value; /* a character, or the category's letter */
};

static void add_symbol(struct class *c, uint32_t value, unsigned flags)
{
    c->symbols = symbols_or(c->symbols, node_literal(value, flags).eats);
    c->beyond_ascii |= value >= 0x80;
}

static void add_member(struct parser *p, struct class *c, struct member m, unsigned flags)
{
    if (!m.is_category) {
        if (parser_is_caseless_i(p, m.value, flags))
            str_add_cstr(&c->members, CASELESS_I);
        parser_emit_literal(p, &c->members, m.value);
        add_symbol(c, m.value, flags);
        return;
    }
    c->symbols = symbols_or(c->symbols, category_symbols((char)m.value));
    if (m.value == 'W' && p->form == PATTERN_UNICODE)
        c->other_word = true;
    else
        str_add_cstr(&c->members, category_inside(p->form, (char)m.value));
}

static void add_range(struct parser *p, struct class *c, uint32_t low, uint32_t high, unsigned flags)
{
    parser_emit_literal(p, &c->members, low);
    str_add_char(&c->members, '-');
    parser_emit_literal(p, &c->members, high);
    static const uint32_t all_i[] = {'i', 'I', 0x130, 0x131};
    for (size_t i = 0; i < 4; i++)
        if (all_i[i] >= low && all_i[i] <= high && parser_is_caseless_i(p, all_i[i], flags))
            str_add_cstr(&c->members, CASELESS_I);
    symbols_add_range(&c->symbols, low, high);
    for (uint32_t v = low; flags & FLAG_CASELESS && v <= high && v < 0x80; v++)
        add_symbol(c, v, flags);
    if (high >= 0x80)
        add_symbol(c, high, flags);
}

static bool read_member(struct parser *p, const char *opened, struct member *m)
{
    if (p->at == p->end)
        return parser_refuse(p, opened, "unterminated character set");
    m->is_category = false;
    if (*p->at != '\\') {
        m->value = parser_next(p);
        return true;
    }
    struct escape escape;
    p->at++;
    if (!parser_escape(p, true, &escape))
        return false;
    m->is_category = escape.kind == ESCAPE_CATEGORY;
    m->value = escape.value;
    return true;
}

/* One member, or a range, or the last one before "-]". */
static bool read_part(struct parser *p, const char *opened, struct class *c, unsigned flags)
{
    const char *from = p->at;
    struct member first, second;
    if (!read_member(p, opened, &first))
        return false;
    bool dash = p->at < p->end && *p->at == '-';
    bool last = dash && p->at + 1 < p->end && p->at[1] == ']';
    if (!dash || last) {
        add_member(p, c, first, flags);
        return true;
    }
    p->at++;
    if (!read_member(p, opened, &second))
        return false;
    if (first.is_category || second.is_category || second.value < first.value)
        return parser_refuse(p, from, "bad character range %.*s", (int)(p->at - from), from);
    add_range(p, c, first.value, second.value, flags);
    return true;
}

/* PCRE2 has no way to say "not a letter, number or _" inside [...] that means the same in all its versions. */
static void finish(struct parser *p, struct class *c)
{
    const char *members = str_cstr(&c->members);
    if (!c->other_word)
        str_printf(p->out, "[%s%s]", c->negated ? "^" : "", members);
    else if (c->members.len == 0)
        str_printf(p->out, "[%s" WORDS "]", c->negated ? "" : "^");
    else if (c->negated)
        str_printf(p->out, "(?:(?![%s])[" WORDS "])", members);
    else
        str_printf(p->out, "(?:[%s]|[^" WORDS "])", members);
}

bool parser_class(struct parser *p, unsigned flags, struct element *out)
{
    const char *opened = p->at - 1;
    struct class c = {.symbols = SYMBOLS_NONE};
    c.negated = parser_take(p, '^');
    bool good = true;
    for (bool first = true; good && (first || p->at == p->end || *p->at != ']'); first = false)
        good = read_part(p, opened, &c, flags);
    if (good) {
        p->at++;
        finish(p, &c);
        struct symbols eats = c.negated ? symbols_other(c.symbols) : c.symbols;
        if (flags & FLAG_CASELESS && c.beyond_ascii)
            eats = SYMBOLS_CHARACTERS;
        *out = (struct element){.kind = ITEM_OTHER, .node = node_class(eats), .least = 1, .most = 1};
        out->node.size += (uint32_t)c.members.len;
    }
    str_clear(&c.members);
    return good;
}
