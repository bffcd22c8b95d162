/* A recursive descent over Python's grammar that writes PCRE2's as it goes. Groups are written without names (PCRE2 allows
   32 characters, templates use 48) and every literal is written so that PCRE2 cannot see syntax in it. */
#include "parse/pattern.h"

#include <string.h>

#include "parse/pattern_parser.h"

enum { SIZE_SURELY_TAKEN = 8000 /* PCRE2 takes at least 64 KiB of compiled pattern */ };

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
        enum repeat r = parser_read_repeat(p, &least, &most);
        if (r == REPEAT_REFUSED || (r == REPEAT_READ && !parser_repeat(p, from, &last, there, least, most)))
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
