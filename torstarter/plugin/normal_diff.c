/* What two configurations differ in, for a person: by the path of the block, as `diff -u` shows it. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "plugin/normal.h"

struct side { /* one configuration's lines, by their path */
    const struct normal_line **lines;
    size_t count;
    const struct normal_line **ordered; /* those whose place counts: by block, and there by place */
    size_t ordered_count;
};

struct diff {
    struct side wanted, found;
    bool exact, same;
    size_t max_lines, lines, more;
    struct str *out;
    char *block; /* the last one named */
};

static int by_path(const void *a, const void *b)
{
    const struct normal_line *x = *(const struct normal_line *const *)a,
                             *y = *(const struct normal_line *const *)b;
    int order = strcmp(x->path, y->path);
    return order ? order : strcmp(x->key, y->key);
}

static int by_place(const void *a, const void *b)
{
    const struct normal_line *x = *(const struct normal_line *const *)a,
                             *y = *(const struct normal_line *const *)b;
    int order = strcmp(x->block, y->block);
    return order ? order : strcmp(x->key, y->key);
}

static void side_init(struct side *s, const struct normal *n)
{
    s->lines = mem_alloc_array(n->count + 1, sizeof *s->lines);
    s->ordered = mem_alloc_array(n->count + 1, sizeof *s->ordered);
    for (size_t i = 0; i < n->count; i++) {
        s->lines[s->count++] = &n->lines[i];
        if (n->lines[i].block)
            s->ordered[s->ordered_count++] = &n->lines[i];
    }
    if (s->count)
        qsort(s->lines, s->count, sizeof *s->lines, by_path);
    if (s->ordered_count)
        qsort(s->ordered, s->ordered_count, sizeof *s->ordered, by_place);
}

/* The first line whose path does not come before this one. */
static size_t side_find(const struct side *s, const char *path)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(s->lines[middle]->path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool side_has(const struct side *s, const char *path)
{
    size_t at = side_find(s, path);
    return at < s->count && strcmp(s->lines[at]->path, path) == 0;
}

/* One line of the diff; those beyond the limit are counted. */
__attribute__((format(printf, 2, 3))) static void say(struct diff *d, const char *fmt, ...)
{
    va_list ap;
    if (d->lines >= d->max_lines) {
        d->more++;
        return;
    }
    va_start(ap, fmt);
    str_vprintf(d->out, fmt, ap);
    va_end(ap);
    str_add_char(d->out, '\n');
    d->lines++;
}

static void say_line(struct diff *d, char mark, const struct normal_line *line, const char *note)
{
    size_t len = (size_t)(line->text - line->path);
    char *block = mem_strndup(line->path, len > 3 ? len - 3 : 0);
    d->same = false;
    if (!d->block || strcmp(d->block, block) != 0)
        say(d, "@@ %s @@", *block ? block : "top");
    say(d, "%c%s%s", mark, line->text, note);
    mem_free(d->block);
    d->block = block;
}

static size_t words_of(const char *text)
{
    size_t words = 0;
    for (const char *p = text; *p; words++) {
        p += strcspn(p, " ");
        p += strspn(p, " ");
    }
    return words;
}

/* Does a found line of the same block begin with `start` and end there, or go on with more words (as many as `words`, 0: any)? */
static bool has_beginning(const struct side *found, const struct normal_line *line, const char *start,
                          size_t len, size_t words)
{
    struct str path = {0};
    bool has = false;
    str_add(&path, line->path, (size_t)(line->text - line->path));
    size_t head = path.len;
    str_add(&path, start, len);
    for (size_t i = side_find(found, str_cstr(&path)); !has && i < found->count; i++) {
        const struct normal_line *other = found->lines[i];
        if (strncmp(other->path, str_cstr(&path), path.len) != 0)
            break;
        bool is_word = other->path[path.len] == '\0' || other->path[path.len] == ' ';
        has = is_word && (size_t)(other->text - other->path) == head &&
              strcmp(other->text, line->text) != 0 && (words == 0 || words_of(other->text) == words);
    }
    str_clear(&path);
    return has;
}

/* A default need not be printed, but its contrary must not be: "shutdown" for "no shutdown", and the other way round; another last
   word for "mtu 9214". */
static bool has_contrary(const struct side *found, const struct normal_line *line)
{
    const char *text = line->text, *last = strrchr(text, ' ');
    if (strncmp(text, "no ", 3) == 0)
        return has_beginning(found, line, text + 3, strlen(text + 3), 0);
    struct str no = {0};
    str_printf(&no, "no %s", text);
    bool has = has_beginning(found, line, str_cstr(&no), no.len, 0);
    if (!has && last)
        has = has_beginning(found, line, text, (size_t)(last - text), words_of(text)) ||
              has_beginning(found, line, str_cstr(&no), no.len - strlen(last), words_of(text));
    str_clear(&no);
    return has;
}

/* The first of the ordered lines whose block does not come before this one. */
static size_t side_find_block(const struct side *s, const char *block)
{
    size_t low = 0, high = s->ordered_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(s->ordered[middle]->block, block) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_of_block(const struct side *s, size_t at, const char *block)
{
    return at < s->ordered_count && strcmp(s->ordered[at]->block, block) == 0;
}

/* A list that is wanted is wanted as it is. */
static bool is_wanted_list(const struct diff *d, const char *block)
{
    return block && is_of_block(&d->wanted, side_find_block(&d->wanted, block), block);
}

static void judge_missing(struct diff *d, const struct normal_line *line)
{
    if (!line->is_default)
        say_line(d, '-', line, "");
    else if (has_contrary(&d->found, line))
        say_line(d, '-', line, " (the default, but not what is there)");
}

static void judge_extra(struct diff *d, const struct normal_line *line)
{
    if (!line->is_default && (d->exact || is_wanted_list(d, line->block)))
        say_line(d, '+', line, "");
}

static void compare_lines(struct diff *d)
{
    size_t w = 0, f = 0;
    while (w < d->wanted.count || f < d->found.count) {
        int order = w == d->wanted.count  ? 1
                    : f == d->found.count ? -1
                                          : strcmp(d->wanted.lines[w]->path, d->found.lines[f]->path);
        if (order < 0)
            judge_missing(d, d->wanted.lines[w++]);
        else if (order > 0)
            judge_extra(d, d->found.lines[f++]);
        else
            w++, f++;
    }
}

/* The next line of the block that stands on both sides. */
static const struct normal_line *next_common(const struct side *s, size_t *at, const char *block,
                                             const struct side *other)
{
    while (is_of_block(s, *at, block)) {
        const struct normal_line *line = s->ordered[(*at)++];
        if (side_has(other, line->path))
            return line;
    }
    return NULL;
}

/* Tells the first line of a list that stands elsewhere; lines that one side lacks have been told. Gives where the list ends. */
static size_t compare_order(struct diff *d, size_t w)
{
    const char *block = d->wanted.ordered[w]->block;
    const struct normal_line *a, *b;
    size_t f = side_find_block(&d->found, block);
    do {
        a = next_common(&d->wanted, &w, block, &d->found);
        b = next_common(&d->found, &f, block, &d->wanted);
    } while (a && b && strcmp(a->path, b->path) == 0);
    if (a && b)
        say_line(d, '~', a, " (stands elsewhere in its list)");
    while (is_of_block(&d->wanted, w, block))
        w++;
    return w;
}

bool normal_same(const struct normal *wanted, const struct normal *found, bool exact, size_t max_lines,
                 struct str *diff)
{
    struct diff d = {.exact = exact, .same = true, .max_lines = max_lines, .out = diff};
    side_init(&d.wanted, wanted);
    side_init(&d.found, found);
    compare_lines(&d);
    for (size_t w = 0; w < d.wanted.ordered_count;)
        w = compare_order(&d, w);
    if (d.more)
        str_printf(diff, "… and %zu more\n", d.more);
    mem_free(d.wanted.lines);
    mem_free(d.found.lines);
    mem_free(d.wanted.ordered);
    mem_free(d.found.ordered);
    mem_free(d.block);
    return d.same;
}
