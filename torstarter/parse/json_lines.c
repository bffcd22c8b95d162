/* On which lines the rows begin. The tree knows no places, so that the text is gone through once more; it is known to be JSON. */
#include <stdio.h>
#include <string.h>

#include "parse/json_path.h"

struct scan {
    const char *at, *end;
    unsigned line;
    const struct json_path *path;
    struct json_lines *out;
};

enum { OFF_THE_PATH = JSON_STEPS_MAX + 1 };

static void scan_value(struct scan *s, size_t step, bool by_key);

static char scan_blank(struct scan *s)
{
    while (s->at < s->end && strchr(" \t\r\n", *s->at))
        s->line += *s->at++ == '\n';
    return s->at < s->end ? *s->at : '\0';
}

/* Past a text; what stands between its quotes. */
static const char *scan_text(struct scan *s, size_t *len)
{
    const char *start = ++s->at;
    while (s->at < s->end && *s->at != '"')
        s->at += *s->at == '\\' ? 2 : 1;
    *len = (size_t)(s->at - start);
    s->at++;
    return start;
}

/* The step behind a member or item, or OFF_THE_PATH. */
static size_t step_behind(struct scan *s, size_t step, const char *name, size_t len)
{
    if (step >= s->path->step_count)
        return OFF_THE_PATH;
    const struct json_step *wanted = &s->path->steps[step];
    if (wanted->kind == STEP_EACH || wanted->kind == STEP_EACH_OR_SELF)
        return step + 1;
    if (memchr(name, '\\', len))
        s->out->lost = true; /* an escaped name: it would have to be read to be compared */
    return strlen(wanted->key) == len && memcmp(wanted->key, name, len) == 0 ? step + 1 : OFF_THE_PATH;
}

static bool scan_more(struct scan *s)
{
    return scan_blank(s) == ',' && s->at++;
}

static void scan_object(struct scan *s, size_t step)
{
    size_t len;
    s->at++;
    if (scan_blank(s) == '"')
        do {
            scan_blank(s);
            const char *name = scan_text(s, &len);
            size_t next = step_behind(s, step, name, len);
            scan_blank(s);
            s->at++; /* the colon */
            scan_value(s, next, next != OFF_THE_PATH && s->path->steps[step].kind != STEP_EACH);
        } while (scan_more(s));
    s->at++;
}

static void scan_list(struct scan *s, size_t step)
{
    char name[24];
    size_t i = 0;
    s->at++;
    if (scan_blank(s) != ']')
        do {
            int len = snprintf(name, sizeof name, "%zu", i++);
            size_t next = step_behind(s, step, name, (size_t)len);
            bool each = next != OFF_THE_PATH && (s->path->steps[step].kind == STEP_EACH ||
                                                 s->path->steps[step].kind == STEP_EACH_OR_SELF);
            scan_value(s, next, !each);
        } while (scan_more(s));
    s->at++;
}

/* `by_key`: where null counts as nothing. */
static void scan_value(struct scan *s, size_t step, bool by_key)
{
    char first = scan_blank(s);
    size_t len;
    while (step < s->path->step_count && first != '[' && s->path->steps[step].kind == STEP_EACH_OR_SELF &&
           !(by_key && first == 'n'))
        step++;
    if (step == s->path->step_count && !(by_key && first == 'n'))
        VEC_ADD(&s->out->lines, s->line);
    if (first == '{')
        scan_object(s, step);
    else if (first == '[')
        scan_list(s, step);
    else if (first == '"')
        scan_text(s, &len);
    else
        while (s->at < s->end && !strchr(" \t\r\n,]}", *s->at))
            s->at++;
}

void json_path_lines(const struct json_path *rows, const char *text, size_t len, struct json_lines *out)
{
    struct scan s = {text, text + len, 1, rows, out};
    scan_value(&s, 0, false);
}

unsigned json_lines_of(const struct json_lines *lines, size_t row)
{
    return lines->lost || row >= lines->lines.count ? 0 : lines->lines.items[row];
}

void json_lines_clear(struct json_lines *lines)
{
    VEC_CLEAR(&lines->lines);
}
