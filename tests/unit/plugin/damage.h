/* Damage as a bad line does it, and worse: bytes, words and lines lost, doubled, exchanged. For the mutation tests. */
#ifndef UNIT_PLUGIN_DAMAGE_H
#define UNIT_PLUGIN_DAMAGE_H

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* ---- random numbers: splitmix64 (Steele, Lea, Flood 2014) ---- */

static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t below(uint64_t *seed, size_t n)
{
    return n ? (size_t)(next_random(seed) % n) : 0;
}

/* ---- damage ---- */

enum damage {
    DROP_LINE,
    DROP_WORD,
    DROP_BYTE,
    TRUNCATE,
    SPLICE_LOG,
    UNKNOWN_WORD,
    DOUBLE_LINE,
    CHANGE_DIGIT,
    CHANGE_BYTE,
    INSERT_BYTE,
    BAD_STATE,
    SWAP_LINES,
    SWAP_CELLS,
    DAMAGE_COUNT
};
static const char *const damage_names[DAMAGE_COUNT] = {
    "drop line",    "drop word",   "drop byte",   "truncate",  "splice log", "unknown word", "double line",
    "change digit", "change byte", "insert byte", "bad state", "swap lines", "swap cells"};

/* What the platform's texts are damaged with. */
struct damage_words {
    const char *log_line;                 /* with its line end */
    const char *const *good, *const *bad; /* NULL-terminated */
};

struct span {
    size_t from, to;
};

static void replace(struct str *s, struct span what, const char *with, size_t len)
{
    struct str out = {0};
    str_add(&out, s->data, what.from);
    str_add(&out, with, len);
    str_add(&out, s->data + what.to, s->len - what.to);
    str_clear(s);
    *s = out;
}

static struct span a_line(const struct str *s, uint64_t *seed)
{
    struct span l = {below(seed, s->len), 0};
    l.to = l.from;
    while (l.from > 0 && s->data[l.from - 1] != '\n')
        l.from--;
    while (l.to < s->len && s->data[l.to] != '\n')
        l.to++;
    l.to += l.to < s->len;
    return l;
}

static bool blank(char c)
{
    return c == ' ' || c == '\n';
}

static struct span a_word(const struct str *s, uint64_t *seed)
{
    struct span w = {below(seed, s->len), 0};
    while (w.from < s->len && blank(s->data[w.from]))
        w.from++;
    while (w.from > 0 && !blank(s->data[w.from - 1]))
        w.from--;
    w.to = w.from;
    while (w.to < s->len && !blank(s->data[w.to]))
        w.to++;
    return w;
}

static bool change_digit(struct str *s, uint64_t *seed)
{
    size_t start = below(seed, s->len), i = start;
    do {
        if (isdigit((unsigned char)s->data[i])) {
            s->data[i] = (char)('0' + (s->data[i] - '0' + 1 + (int)below(seed, 9)) % 10);
            return true;
        }
        i = (i + 1) % s->len;
    } while (i != start);
    return false;
}

/* A state word for one that means something else; false when the text holds none. */
static bool bad_state(struct str *s, const struct damage_words *words, uint64_t *seed)
{
    struct span found[64];
    size_t n = 0, bad = 0;
    for (size_t i = 0; words->good[i]; i++)
        for (const char *p = s->data; (p = strstr(p, words->good[i])) && n < 64; p++)
            found[n++] = (struct span){(size_t)(p - s->data) + (*p == ' '),
                                       (size_t)(p - s->data) + strlen(words->good[i])};
    while (words->bad[bad])
        bad++;
    if (n == 0 || bad == 0)
        return false;
    const char *with = words->bad[below(seed, bad)];
    replace(s, found[below(seed, n)], with, strlen(with));
    return true;
}

static bool swap_spans(struct str *s, struct span a, struct span b)
{
    if (a.from > b.from) {
        struct span t = a;
        a = b;
        b = t;
    }
    if (a.to > b.from)
        return false;
    char *first = mem_strndup(s->data + a.from, a.to - a.from),
         *second = mem_strndup(s->data + b.from, b.to - b.from);
    replace(s, b, first, a.to - a.from);
    replace(s, a, second, b.to - b.from);
    mem_free(first);
    mem_free(second);
    return true;
}

static bool damage_text(struct str *s, enum damage d, const struct damage_words *words, uint64_t *seed)
{
    static const char *const unknown[] = {"Zorp", "Okk", "0x7f", "-", "Degraded", "up"};
    size_t at = below(seed, s->len);
    char byte = (char)(' ' + below(seed, 95));
    struct span line = a_line(s, seed), word = a_word(s, seed);
    const char *w = unknown[below(seed, sizeof unknown / sizeof unknown[0])];
    switch (d) {
    case DROP_LINE:
        replace(s, line, "", 0);
        return true;
    case DROP_WORD:
        replace(s, word, "", 0);
        return true;
    case DROP_BYTE:
        replace(s, (struct span){at, at + 1}, "", 0);
        return true;
    case TRUNCATE:
        replace(s, (struct span){at, s->len}, "", 0);
        return true;
    case SPLICE_LOG:
        replace(s, (struct span){at, at}, words->log_line, strlen(words->log_line));
        return true;
    case UNKNOWN_WORD:
        replace(s, word, w, strlen(w));
        return true;
    case DOUBLE_LINE: {
        char *copy = mem_strndup(s->data + line.from, line.to - line.from);
        replace(s, (struct span){line.to, line.to}, copy, line.to - line.from);
        mem_free(copy);
        return true;
    }
    case CHANGE_DIGIT:
        return change_digit(s, seed);
    case CHANGE_BYTE:
        s->data[at] = byte;
        return true;
    case INSERT_BYTE:
        replace(s, (struct span){at, at}, &byte, 1);
        return true;
    case BAD_STATE:
        return bad_state(s, words, seed);
    case SWAP_LINES:
        return swap_spans(s, line, a_line(s, seed));
    case SWAP_CELLS:
        return swap_spans(s, word, a_word(s, seed));
    default:
        return false;
    }
}

#endif
