/* Escapes: only what Python knows. PCRE2 gives a meaning to many more letters (\h \R \K \Q \G \X …): they are refused. */
#include <ctype.h>
#include <string.h>

#include "parse/pattern_parser.h"

static const struct {
    char letter;
    const char *instead;
} foreign[] = {
    {'h', "write [ \\t]"},
    {'H', "write [^ \\t]"},
    {'R', "lines hold no line breaks"},
    {'V', "lines hold no line breaks"},
    {'K', "put what is wanted into a group"},
    {'Q', "escape the characters one by one"},
    {'E', "escape the characters one by one"},
    {'G', "rules are anchored already"},
    {'X', "write ."},
    {'C', "write ."},
    {'p', "write the characters or \\w \\d \\s"},
    {'P', "write the characters or \\W \\D \\S"},
    {'z', "write \\Z"},
    {'e', "write \\x1b"},
    {'c', "write \\x01 for Control-A"},
    {'o', "write three octal digits or \\xhh"},
    {'g', "write \\1 or (?P=name)"},
    {'k', "write (?P=name)"},
};

static bool bad_escape(struct parser *p, const char *from, char letter, bool in_class)
{
    const char *instead = NULL;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (foreign[i].letter == letter)
            instead = foreign[i].instead;
    if (in_class && strchr("AbBZ", letter))
        instead = "it is a place, not a character";
    return parser_refuse(p, from, "bad escape \\%c: it means nothing in Python%s%s", letter,
                         instead ? "; " : "", instead ? instead : "");
}

static bool hex_escape(struct parser *p, const char *from, unsigned digits, struct escape *out)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < digits; i++, p->at++) {
        if (p->at == p->end || !isxdigit((unsigned char)*p->at))
            return parser_refuse(p, from, "incomplete escape %.*s: %u hexadecimal digits are needed",
                                 (int)(p->at - from), from, digits);
        value = value << 4 |
                (uint32_t)(isdigit((unsigned char)*p->at) ? *p->at - '0' : tolower(*p->at) - 'a' + 10);
    }
    if (value > 0x10FFFF)
        return parser_refuse(p, from, "bad escape %.*s: there is no such character", (int)(p->at - from),
                             from);
    if (value >= 0xD800 && value <= 0xDFFF)
        return parser_refuse(p, from, "%.*s is half of a surrogate pair: no text can hold it",
                             (int)(p->at - from), from);
    *out = (struct escape){ESCAPE_LITERAL, value};
    return true;
}

static bool is_octal(const struct parser *p, const char *c)
{
    return c < p->end && *c >= '0' && *c <= '7';
}

static bool octal_escape(struct parser *p, const char *from, unsigned most_digits, struct escape *out)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < most_digits && is_octal(p, p->at); i++)
        value = value * 8 + (uint32_t)(*p->at++ - '0');
    if (value > 0377)
        return parser_refuse(p, from, "octal escape value %.*s outside of range 0-0o377", (int)(p->at - from),
                             from);
    *out = (struct escape){ESCAPE_LITERAL, value};
    return true;
}

bool parser_may_refer(struct parser *p, const char *at, unsigned group)
{
    bool closed = group <= p->groups.count && p->groups.items[group - 1].closed;
    if (p->in_lookbehind && !closed)
        return parser_refuse(p, at, "cannot refer to an open group");
    if (p->in_lookbehind && group > p->lookbehind_groups)
        return parser_refuse(p, at, "cannot refer to group defined in the same lookbehind subpattern");
    return true;
}

int parser_group_by_name(const struct parser *p, const char *name)
{
    for (size_t i = 0; i < p->groups.count; i++)
        if (p->groups.items[i].name && strcmp(p->groups.items[i].name, name) == 0)
            return (int)i + 1;
    return 0;
}

/* \1 to \99, or three octal digits (Python's "sigh"). */
static bool reference_escape(struct parser *p, const char *from, struct escape *out)
{
    const char *digits = p->at;
    if (is_octal(p, digits) && is_octal(p, digits + 1) && is_octal(p, digits + 2))
        return octal_escape(p, from, 3, out);
    unsigned group = (unsigned)(*p->at++ - '0');
    if (p->at < p->end && isdigit((unsigned char)*p->at))
        group = group * 10 + (unsigned)(*p->at++ - '0');
    if (group > p->groups.count)
        return parser_refuse(p, from, "invalid group reference %u", group);
    if (!p->groups.items[group - 1].closed)
        return parser_refuse(p, from, "cannot refer to an open group");
    *out = (struct escape){ESCAPE_REFERENCE, group};
    return parser_may_refer(p, from, group);
}

static bool digit_escape(struct parser *p, const char *from, bool in_class, struct escape *out)
{
    if (*p->at == '0' || (in_class && is_octal(p, p->at)))
        return octal_escape(p, from, 3, out);
    if (in_class)
        return parser_refuse(p, from, "bad escape \\%c", *p->at);
    return reference_escape(p, from, out);
}

bool parser_escape(struct parser *p, bool in_class, struct escape *out)
{
    const char *from = p->at - 1;
    if (p->at == p->end)
        return parser_refuse(p, from, "bad escape (end of pattern)");
    char c = *p->at;
    if (isdigit((unsigned char)c))
        return digit_escape(p, from, in_class, out);
    if (!isalpha((unsigned char)c)) {
        *out = (struct escape){ESCAPE_LITERAL, parser_next(p)};
        return true;
    }
    p->at++;
    static const char letters[] = "afnrtv", meant[] = "\a\f\n\r\t\v";
    const char *letter = strchr(letters, c);
    if (letter || (c == 'b' && in_class))
        *out = (struct escape){ESCAPE_LITERAL, letter ? (uint32_t)meant[letter - letters] : '\b'};
    else if (strchr("dDsSwW", c))
        *out = (struct escape){ESCAPE_CATEGORY, (uint32_t)c};
    else if (strchr("AbBZ", c) && !in_class)
        *out = (struct escape){ESCAPE_PLACE, (uint32_t)c};
    else if (c == 'x' || c == 'u' || c == 'U')
        return hex_escape(p, from, c == 'x' ? 2 : c == 'u' ? 4 : 8, out);
    else if (c == 'N')
        return parser_refuse(p, from, "\\N{name} needs Python's table of names: write \\uhhhh");
    else
        return bad_escape(p, from, c, in_class);
    return true;
}
