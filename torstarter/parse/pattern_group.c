/* Groups: (…) (?:…) (?P<n>…) (?P=n) (?#…) (?=…) (?!…) (?<=…) (?<!…) (?>…) (?(n)…|…) (?i-s:…), and what Python refuses. */
#include <ctype.h>
#include <string.h>

#include "parse/pattern_parser.h"

enum { GROUP_DEPTH_MAX = 200 /* PCRE2 stops at 250 */ };

static bool close_group(struct parser *p, const char *opened)
{
    if (!parser_take(p, ')'))
        return parser_refuse(p, opened, "missing ), unterminated subpattern");
    str_add_char(p->out, ')');
    return true;
}

/* What stands between the prefix just written and the closing bracket. */
static bool body(struct parser *p, const char *opened, unsigned flags, struct node *out)
{
    if (p->depth >= GROUP_DEPTH_MAX)
        return parser_refuse(p, opened, "groups are nested deeper than %d", GROUP_DEPTH_MAX);
    p->depth++;
    bool good = parser_choice(p, flags, out) && close_group(p, opened);
    p->depth--;
    return good;
}

static struct element other(struct node node)
{
    node.size += 8;
    return (struct element){.kind = ITEM_OTHER, .node = node, .least = 1, .most = 1};
}

static bool capturing(struct parser *p, const char *opened, unsigned flags, const char *name,
                      struct element *out)
{
    struct group g = {.name = name};
    VEC_ADD(&p->groups, g);
    size_t at = p->groups.count - 1;
    struct node node;
    str_add_char(p->out, '(');
    if (!body(p, opened, flags, &node))
        return false;
    p->groups.items[at].low = node.low;
    p->groups.items[at].high = node.high;
    p->groups.items[at].closed = true;
    *out = other(node);
    return true;
}

/* A name up to `end`, which is taken. */
static const char *read_name(struct parser *p, char end)
{
    const char *from = p->at;
    while (p->at < p->end && *p->at != end)
        p->at++;
    size_t len = (size_t)(p->at - from);
    if (p->at == p->end) {
        parser_refuse(p, from, "missing %s", len ? "end of the group name" : "group name");
        return NULL;
    }
    p->at++;
    bool good = len > 0 && !isdigit((unsigned char)*from);
    for (size_t i = 0; i < len; i++)
        good = good && (isalnum((unsigned char)from[i]) || from[i] == '_');
    if (!good) {
        parser_refuse(p, from, len ? "bad character in group name '%.*s'" : "missing group name", (int)len,
                      from);
        return NULL;
    }
    return arena_strndup(p->arena, from, len);
}

static bool named_group(struct parser *p, const char *opened, unsigned flags, struct element *out)
{
    const char *at = p->at, *name = read_name(p, '>');
    if (!name)
        return false;
    int before = parser_group_by_name(p, name);
    if (before)
        return parser_refuse(p, at, "redefinition of group name '%s' as group %zu; was group %d", name,
                             p->groups.count + 1, before);
    return capturing(p, opened, flags, name, out);
}

static bool named_reference(struct parser *p, struct element *out)
{
    const char *at = p->at, *name = read_name(p, ')');
    if (!name)
        return false;
    int group = parser_group_by_name(p, name);
    if (group == 0)
        return parser_refuse(p, at, "unknown group name '%s'", name);
    const struct group *g = &p->groups.items[group - 1];
    if (!g->closed)
        return parser_refuse(p, at, "cannot refer to an open group");
    if (!parser_may_refer(p, at, (unsigned)group))
        return false;
    str_printf(p->out, "\\g{%d}", group);
    struct node node = {.low = g->low, .high = g->high, .eats = SYMBOLS_ALL, .passes = SYMBOLS_ALL};
    *out = other(node);
    p->pattern->unsure = true;
    return true;
}

static bool python_extension(struct parser *p, const char *opened, unsigned flags, struct element *out)
{
    if (parser_take(p, '<'))
        return named_group(p, opened, flags, out);
    if (parser_take(p, '='))
        return named_reference(p, out);
    if (p->at == p->end)
        return parser_refuse(p, opened, "unexpected end of pattern");
    return parser_refuse(p, opened, "unknown extension ?P%c%s", *p->at,
                         *p->at == '>' ? ": Python has no recursion; write the pattern out" : "");
}

static bool comment(struct parser *p, const char *opened)
{
    while (p->at < p->end && *p->at != ')')
        p->at += *p->at == '\\' && p->at + 1 < p->end ? 2 : 1;
    if (!parser_take(p, ')'))
        return parser_refuse(p, opened, "missing ), unterminated comment");
    return true;
}

static bool lookaround(struct parser *p, const char *opened, unsigned flags, bool behind, struct element *out)
{
    static const struct symbols all = SYMBOLS_ALL;
    if (behind && (p->at == p->end || (*p->at != '=' && *p->at != '!')))
        return parser_refuse(p, opened,
                             p->at == p->end
                                 ? "unexpected end of pattern"
                                 : "unknown extension ?<%.1s: write (?P<name>…) for a named group",
                             p->at);
    bool negative = *p->at++ == '!', outermost = behind && !p->in_lookbehind;
    if (outermost) {
        p->in_lookbehind = true;
        p->lookbehind_groups = (unsigned)p->groups.count;
    }
    str_printf(p->out, "(?%s%c", behind ? "<" : "", negative ? '!' : '=');
    struct node node;
    if (!body(p, opened, flags, &node))
        return false;
    if (outermost)
        p->in_lookbehind = false;
    if (behind && node.low != node.high)
        return parser_refuse(p, opened, "look-behind requires fixed-width pattern");
    p->pattern->unsure |= behind;
    *out = other(node_place(behind || negative ? all : symbols_or(node.eats, node.passes)));
    out->node.size = node.size;
    return true;
}

static bool condition_group(struct parser *p, unsigned *group)
{
    const char *at = p->at;
    unsigned long number = 0;
    while (p->at < p->end && isdigit((unsigned char)*p->at) && number < 100000)
        number = number * 10 + (unsigned long)(*p->at++ - '0');
    if (p->at > at && parser_take(p, ')')) {
        if (number == 0)
            return parser_refuse(p, at, "bad group number");
        *group = (unsigned)number;
        if (*group > p->largest_condition)
            p->largest_condition = *group;
    } else {
        p->at = at;
        const char *name = read_name(p, ')');
        if (!name)
            return false;
        *group = (unsigned)parser_group_by_name(p, name);
        if (*group == 0)
            return parser_refuse(p, at, "unknown group name '%s'", name);
    }
    return parser_may_refer(p, at, *group);
}

static bool condition(struct parser *p, const char *opened, unsigned flags, struct element *out)
{
    static const struct symbols all = SYMBOLS_ALL;
    unsigned group = 0;
    if (!condition_group(p, &group))
        return false;
    if (p->depth >= GROUP_DEPTH_MAX)
        return parser_refuse(p, opened, "groups are nested deeper than %d", GROUP_DEPTH_MAX);
    str_printf(p->out, "(?(%u)", group);
    p->depth++;
    struct node yes, no = node_place(all);
    bool good = parser_sequence(p, &flags, false, &yes);
    if (good && parser_take(p, '|')) {
        str_add_char(p->out, '|');
        good = parser_sequence(p, &flags, false, &no);
        if (good && p->at < p->end && *p->at == '|')
            good = parser_refuse(p, p->at, "conditional backref with more than two branches");
    }
    p->depth--;
    p->pattern->unsure = true;
    *out = other(node_either(yes, no));
    return good && close_group(p, opened);
}

static unsigned flag_of(char c)
{
    return c == 'i'   ? FLAG_CASELESS
           : c == 'm' ? FLAG_MULTILINE
           : c == 's' ? FLAG_DOTALL
           : c == 'x' ? FLAG_VERBOSE
                      : 0;
}

static bool read_flags(struct parser *p, const char *opened, bool turn_off, unsigned *flags)
{
    const char *from = p->at;
    for (; p->at < p->end && !strchr(turn_off ? ":" : ")-:", *p->at); p->at++) {
        if (strchr("aLtu", *p->at) && turn_off)
            return parser_refuse(p, p->at, "bad inline flags: cannot turn off flag '%c'", *p->at);
        if (strchr("aLt", *p->at))
            return parser_refuse(p, p->at, "inline flag '%c' is not supported: write the characters out",
                                 *p->at);
        if (!flag_of(*p->at) && *p->at != 'u')
            return parser_refuse(p, p->at, "unknown flag '%.1s'", p->at);
        *flags |= flag_of(*p->at);
    }
    if (p->at == p->end)
        return parser_refuse(p, opened, turn_off ? "missing :" : "missing -, : or )");
    if (turn_off && p->at == from)
        return parser_refuse(p, p->at, "missing flag");
    return true;
}

static void emit_flags(struct parser *p, unsigned flags)
{
    static const char letters[] = "ims"; /* x is obeyed here already */
    for (unsigned i = 0; letters[i]; i++)
        if (flags & flag_of(letters[i]))
            str_add_char(p->out, letters[i]);
}

/* (?i) at the very start, or (?i-s:…). */
static bool flagged(struct parser *p, const char *opened, unsigned *flags, bool very_first,
                    struct element *out, bool *kept)
{
    unsigned on = 0, off = 0;
    if (!read_flags(p, opened, false, &on))
        return false;
    if (*p->at == ')' && !very_first)
        return parser_refuse(p, opened, "global flags not at the start of the expression; write (?i:…)");
    bool global = *p->at == ')';
    if (*p->at++ == '-' && (!read_flags(p, opened, true, &off) || !parser_take(p, ':')))
        return false;
    if (on & off)
        return parser_refuse(p, opened, "bad inline flags: flag turned on and off");
    str_add_cstr(p->out, "(?");
    emit_flags(p, on);
    if (off & ~(unsigned)FLAG_VERBOSE) {
        str_add_char(p->out, '-');
        emit_flags(p, off);
    }
    if (global) {
        p->flags |= on;
        *flags |= on;
        *kept = false;
        str_add_char(p->out, ')');
        return true;
    }
    struct node node;
    str_add_char(p->out, ':');
    if (!body(p, opened, (*flags | on) & ~off, &node))
        return false;
    *out = other(node);
    return true;
}

static bool unknown_extension(struct parser *p, const char *opened)
{
    char c = *p->at;
    const char *why = c == '|' ? ": Python has no branch reset"
                      : c == 'R' || c == '&' || c == '+' || isdigit((unsigned char)c)
                          ? ": Python has no recursion"
                      : c == 'C'  ? ": Python has no callouts"
                      : c == '\'' ? ": write (?P<name>…)"
                                  : "";
    p->at++;
    return parser_refuse(p, opened, "unknown extension ?%c%s", c, why);
}

bool parser_group(struct parser *p, unsigned *flags, bool very_first, struct element *out, bool *kept)
{
    const char *opened = p->at - 1;
    if (!parser_take(p, '?'))
        return capturing(p, opened, *flags, NULL, out);
    if (p->at == p->end)
        return parser_refuse(p, opened, "unexpected end of pattern");
    char c = *p->at;
    if (c == 'P' || c == '#' || c == '<' || c == '(')
        p->at++;
    switch (c) {
    case 'P':
        return python_extension(p, opened, *flags, out);
    case '#':
        *kept = false;
        return comment(p, opened);
    case '<':
        return lookaround(p, opened, *flags, true, out);
    case '=':
    case '!':
        return lookaround(p, opened, *flags, false, out);
    case '(':
        return condition(p, opened, *flags, out);
    case ':':
    case '>': {
        struct node node;
        str_printf(p->out, "(?%c", *p->at++);
        if (!body(p, opened, *flags, &node))
            return false;
        *out = other(node);
        return true;
    }
    default:
        if (strchr("iLmsxatu-", c))
            return flagged(p, opened, flags, very_first, out, kept);
        return unknown_extension(p, opened);
    }
}
