/* Commands word by word: what {places} stand for, and whether a line is such a command. */
#include <ctype.h>
#include <string.h>

#include "sim/device_self.h"

struct words { /* a walk over text whose words are separated by blanks */
    const char *word, *end;
    size_t len;
};

static struct words words_of(const char *text, size_t len)
{
    return (struct words){text, text + len, 0};
}

static bool next_word(struct words *w)
{
    const char *p = w->word + w->len;
    while (p < w->end && *p == ' ')
        p++;
    w->word = p;
    while (p < w->end && *p != ' ')
        p++;
    w->len = (size_t)(p - w->word);
    return w->len > 0;
}

const char *device_bound(const struct device *d, const char *name, size_t len)
{
    const char *p = str_cstr(&d->binds), *end = p + d->binds.len, *found = NULL;
    while (p < end) {
        const char *text = p + strlen(p) + 1;
        if (strlen(p) == len && memcmp(p, name, len) == 0)
            found = text; /* the last one counts */
        p = text + strlen(text) + 1;
    }
    return found;
}

void device_bind(struct device *d, const char *name, size_t len, const char *text, size_t text_len)
{
    str_add(&d->binds, name, len);
    str_add_char(&d->binds, '\0');
    str_add(&d->binds, text, text_len);
    str_add_char(&d->binds, '\0');
}

static void unbind_to(struct device *d, size_t len)
{
    if (d->binds.data) {
        d->binds.len = len;
        d->binds.data[len] = '\0';
    }
}

struct place {
    const char *name;
    size_t len;     /* of the name */
    size_t written; /* with its braces */
    bool address;   /* {name:ip} */
};

static bool place_at(const char *p, const char *end, struct place *out)
{
    static const char ip[] = ":ip}";
    enum { IP = sizeof ip - 1 };
    const char *q = p + 1;
    while (q < end && (isalnum((unsigned char)*q) || *q == '_'))
        q++;
    if (p == end || *p != '{' || q == p + 1 || q >= end)
        return false;
    *out = (struct place){p + 1, (size_t)(q - p - 1), (size_t)(q - p) + 1, false};
    if (*q == '}')
        return true;
    out->address = (size_t)(end - q) >= IP && memcmp(q, ip, IP) == 0;
    out->written += out->address ? IP - 1 : 0;
    return out->address;
}

static bool part_matches(struct device *d, const char *p, const char *p_end, const char *t,
                         const char *t_end);

static bool is_address(const char *text, size_t len)
{
    bool parts = false;
    for (size_t i = 0; i < len; i++) {
        if (!isxdigit((unsigned char)text[i]) && text[i] != '.' && text[i] != ':')
            return false;
        parts = parts || text[i] == '.' || text[i] == ':';
    }
    return parts;
}

static bool place_matches(struct device *d, const struct place *at, const char *p, const char *p_end,
                          const char *t, const char *t_end)
{
    const char *value = device_setup_value(d, at->name, at->len);
    size_t mark = d->binds.len, used;
    if (!value)
        value = device_bound(d, at->name, at->len);
    if (value) {
        used = strlen(value);
        return used <= (size_t)(t_end - t) && memcmp(value, t, used) == 0 &&
               part_matches(d, p, p_end, t + used, t_end);
    }
    for (used = p == p_end ? (size_t)(t_end - t) : 1; used > 0 && used <= (size_t)(t_end - t); used++) {
        if (at->address && !is_address(t, used))
            continue;
        device_bind(d, at->name, at->len, t, used);
        if (part_matches(d, p, p_end, t + used, t_end))
            return true;
        unbind_to(d, mark);
    }
    return false;
}

static bool part_matches(struct device *d, const char *p, const char *p_end, const char *t, const char *t_end)
{
    for (; p < p_end; p++, t++) {
        struct place at;
        if (place_at(p, p_end, &at))
            return place_matches(d, &at, p + at.written, p_end, t, t_end);
        if (t == t_end || *p != *t)
            return false;
    }
    return t == t_end;
}

/* {name...}: all that is left of the line. */
static bool rest_matches(struct device *d, const struct words *p, struct words *t)
{
    static const char dots[] = "...}";
    enum { DOTS = sizeof dots - 1 };
    if (p->len < DOTS + 2 || p->word[0] != '{' || memcmp(p->word + p->len - DOTS, dots, DOTS) != 0 ||
        !next_word(t))
        return false;
    device_bind(d, p->word + 1, p->len - DOTS - 1, t->word, (size_t)(t->end - t->word));
    return true;
}

static bool words_match(struct device *d, const char *pattern, size_t len, const char *line, bool whole)
{
    struct words p = words_of(pattern, len), t = words_of(line, strlen(line));
    size_t mark = d->binds.len;
    while (next_word(&p)) {
        if (rest_matches(d, &p, &t))
            return true;
        if (!next_word(&t) || !part_matches(d, p.word, p.word + p.len, t.word, t.word + t.len)) {
            unbind_to(d, mark);
            return false;
        }
    }
    if (!whole || !next_word(&t))
        return true;
    unbind_to(d, mark);
    return false;
}

bool device_command_matches(struct device *d, const char *pattern, const char *typed)
{
    str_reset(&d->binds);
    return words_match(d, pattern, strlen(pattern), typed, true);
}

bool device_words_match(struct device *d, const char *pattern, size_t len, const char *line)
{
    return words_match(d, pattern, len, line, false);
}
