#include "model/sample.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 24, SAMPLE_MAX_BYTES = 256 };

struct sampler {
    const char *hostname;
    unsigned turn; /* each choice uses it up a little, so that turns differ in every choice */
    struct str *out;
};

struct set {
    bool has[128];
};

static void sample_alternatives(struct sampler *s, const char *from, const char *to, unsigned depth);

static unsigned choose(struct sampler *s, unsigned count)
{
    unsigned chosen = s->turn % count;
    s->turn = s->turn / count + s->turn % count * 7;
    return chosen;
}

static void put(struct sampler *s, char c)
{
    if (s->out->len < SAMPLE_MAX_BYTES)
        str_add_char(s->out, c);
}

static bool in_class(char class, unsigned char c)
{
    switch (tolower((unsigned char)class)) {
    case 'd':
        return isdigit(c);
    case 'w':
        return isalnum(c) || c == '_';
    case 's':
        return c == ' ' || c == '\t';
    default:
        return false;
    }
}

static void add_escape(struct set *set, char class)
{
    bool negated = isupper((unsigned char)class);
    if (!strchr("dwsDWS", class)) {
        set->has[class & 0x7F] = true;
        return;
    }
    for (unsigned char c = 0x20; c < 0x7F; c++)
        if (in_class(class, c) != negated)
            set->has[c] = true;
}

static void put_one_of(struct sampler *s, const struct set *set)
{
    static const char likely[] = "a1Z-_.# ";
    char usable[128];
    unsigned count = 0;
    for (const char *p = likely; *p; p++)
        if (set->has[(unsigned char)*p])
            usable[count++] = *p;
    for (char c = 0x20; c < 0x7F && count < 8; c++)
        if (set->has[(unsigned char)c])
            usable[count++] = c;
    if (count)
        put(s, usable[choose(s, count)]);
}

/* End of the class that begins at p ("["). */
static const char *class_end(const char *p, const char *to)
{
    const char *q = p + 1;
    if (q < to && *q == '^')
        q++;
    if (q < to && *q == ']')
        q++;
    for (; q < to && *q != ']'; q++)
        if (*q == '\\' && q + 1 < to)
            q++;
    return q < to ? q + 1 : to;
}

static void sample_class(struct sampler *s, const char *p, const char *end)
{
    struct set set = {{false}};
    bool negated = p[1] == '^';
    for (const char *q = p + 1 + negated; q < end - 1; q++) {
        if (*q == '\\' && q + 1 < end - 1) {
            add_escape(&set, *++q);
        } else if (q + 2 < end - 1 && q[1] == '-') {
            for (int c = (unsigned char)*q; c <= (unsigned char)q[2] && c < 128; c++)
                set.has[c] = true;
            q += 2;
        } else {
            set.has[*q & 0x7F] = true;
        }
    }
    for (unsigned char c = 0x20; negated && c < 0x7F; c++)
        set.has[c] = !set.has[c];
    put_one_of(s, &set);
}

/* End of the group that begins at p ("("). */
static const char *group_end(const char *p, const char *to)
{
    unsigned open = 0;
    for (; p < to; p++) {
        if (*p == '\\')
            p++;
        else if (*p == '[')
            p = class_end(p, to) - 1;
        else if (*p == '(')
            open++;
        else if (*p == ')' && --open == 0)
            return p + 1;
    }
    return to;
}

static void sample_group(struct sampler *s, const char *p, const char *end, unsigned depth)
{
    p++;
    if (*p == '?') {
        bool named = (p[1] == '<' || p[1] == 'P') && p[2] != '=' && p[2] != '!';
        const char *body = named ? memchr(p, '>', (size_t)(end - p)) : memchr(p, ':', (size_t)(end - p));
        if (!body || strchr("=!#", p[1]) || (p[1] == '<' && !named))
            return; /* a look-around, flags or a comment: it makes no characters */
        p = body + 1;
    }
    sample_alternatives(s, p, end - 1, depth + 1);
}

/* End of the atom at p. */
static const char *atom_end(const char *p, const char *to)
{
    if (str_starts(p, "{hostname}"))
        return p + strlen("{hostname}");
    if (*p == '[')
        return class_end(p, to);
    if (*p == '(')
        return group_end(p, to);
    return *p == '\\' && p + 1 < to ? p + 2 : p + 1;
}

static void sample_atom(struct sampler *s, const char *p, const char *end, unsigned depth)
{
    struct set set = {{false}};
    if (*p == '{' && end - p > 1) {
        str_add_cstr(s->out, s->hostname);
    } else if (*p == '[') {
        sample_class(s, p, end);
    } else if (*p == '(') {
        sample_group(s, p, end, depth);
    } else if (*p == '\\' && end - p > 1) {
        if (strchr("bBAzZG", p[1]))
            return;
        add_escape(&set, p[1]);
        put_one_of(s, &set);
    } else if (*p == '.') {
        put(s, "a1-"[choose(s, 3)]);
    } else if (*p != '^' && *p != '$') {
        put(s, *p);
    }
}

/* The quantifier at p: its end, with the fewest and most repeats (few of them, where there is no most). */
static const char *quantifier(const char *p, const char *to, unsigned *min, unsigned *max)
{
    *min = *max = 1;
    if (p >= to)
        return p;
    if (*p == '{' && isdigit((unsigned char)p[1])) {
        char *end;
        *min = *max = (unsigned)strtoul(p + 1, &end, 10);
        if (*end == ',')
            *max = isdigit((unsigned char)end[1]) ? (unsigned)strtoul(end + 1, &end, 10) : (end++, *min + 2);
        p = *end == '}' && end < to ? end + 1 : p + 1;
    } else if (strchr("?*+", *p)) {
        *min = *p == '+';
        *max = *p == '?' ? 1 : *min + 2;
        p++;
    } else {
        return p;
    }
    return p < to && (*p == '?' || *p == '+') ? p + 1 : p; /* lazy, possessive */
}

static void sample_sequence(struct sampler *s, const char *from, const char *to, unsigned depth)
{
    for (const char *p = from; p < to && s->out->len < SAMPLE_MAX_BYTES;) {
        unsigned min, max;
        const char *end = atom_end(p, to), *next = quantifier(end, to, &min, &max);
        if (max > min + 2)
            max = min + 2;
        unsigned times = max < min ? min : min + choose(s, max - min + 1);
        for (unsigned i = 0; i < times && s->out->len < SAMPLE_MAX_BYTES; i++)
            sample_atom(s, p, end, depth);
        p = next;
    }
}

static const char *alternative_end(const char *p, const char *to)
{
    while (p < to && *p != '|')
        p = atom_end(p, to);
    return p < to ? p : to;
}

static void sample_alternatives(struct sampler *s, const char *from, const char *to, unsigned depth)
{
    unsigned count = 1;
    if (depth > DEPTH_MAX)
        return;
    for (const char *p = alternative_end(from, to); p < to; p = alternative_end(p + 1, to))
        count++;
    const char *begin = from, *end = alternative_end(from, to);
    for (unsigned chosen = choose(s, count); chosen; chosen--) {
        begin = end + 1;
        end = alternative_end(begin, to);
    }
    sample_sequence(s, begin, end, depth);
}

void sample_line(const char *pattern, const char *hostname, unsigned turn, struct str *out)
{
    struct sampler s = {.hostname = hostname, .turn = turn, .out = out};
    sample_alternatives(&s, pattern, pattern + strlen(pattern), 0);
}
