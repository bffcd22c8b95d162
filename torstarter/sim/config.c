#include "sim/config.h"

#include <string.h>

#include "base/mem.h"

enum { INDENT_MAX = 256 };
static const size_t nowhere = (size_t)-1;

struct config *config_new(void)
{
    struct config *c = MEM_NEW(struct config);
    c->refs = 1;
    return c;
}

struct config *config_ref(struct config *c)
{
    c->refs++;
    return c;
}

void config_unref(struct config *c)
{
    if (!c || --c->refs > 0)
        return;
    for (size_t i = 0; i < c->lines.count; i++)
        mem_free(c->lines.items[i].text);
    VEC_CLEAR(&c->lines);
    mem_free(c);
}

static void add(struct config *c, unsigned depth, const char *text, size_t len)
{
    struct config_line line = {mem_strndup(text, len), depth};
    VEC_ADD(&c->lines, line);
}

struct config *config_unshare(struct config **c)
{
    if ((*c)->refs == 1)
        return *c;
    struct config *own = config_new();
    for (size_t i = 0; i < (*c)->lines.count; i++) {
        const struct config_line *l = &(*c)->lines.items[i];
        add(own, l->depth, l->text, strlen(l->text));
    }
    config_unref(*c);
    return *c = own;
}

static size_t trimmed(const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    return len;
}

struct config *config_parse(const char *text, size_t len, bool flat,
                            bool (*reads_over)(const void *ctx, const char *line), const void *ctx)
{
    struct config *c = config_new();
    unsigned indents[CONFIG_DEPTH_MAX] = {0}, depth = 0;
    struct str line = {0};
    for (const char *p = text, *end = text + len; p < end;) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        size_t all = nl ? (size_t)(nl - p) : (size_t)(end - p), used = trimmed(p, all);
        unsigned indent = 0;
        while (indent < used && indent < INDENT_MAX && p[indent] == ' ')
            indent++;
        str_reset(&line);
        str_add(&line, p + indent, used - indent);
        p += all + (nl ? 1 : 0);
        if (line.len == 0 || reads_over(ctx, str_cstr(&line)))
            continue;
        while (depth > 0 && indent <= indents[depth - 1])
            depth--;
        add(c, flat ? 0 : depth, str_cstr(&line), line.len);
        if (depth < CONFIG_DEPTH_MAX - 1)
            indents[depth++] = indent;
    }
    str_clear(&line);
    return c;
}

size_t config_block_end(const struct config *c, size_t i)
{
    size_t end = i + 1;
    while (end < c->lines.count && c->lines.items[end].depth > c->lines.items[i].depth)
        end++;
    return end;
}

static size_t find_between(const struct config *c, size_t from, size_t to, unsigned depth, const char *text)
{
    for (size_t i = from; i < to; i++)
        if (c->lines.items[i].depth == depth && strcmp(c->lines.items[i].text, text) == 0)
            return i;
    return nowhere;
}

/* The lines of the innermost block stand in [*from, *to). */
static bool enter(const struct config *c, const struct config_path *at, size_t *from, size_t *to)
{
    *from = 0;
    *to = c->lines.count;
    for (unsigned d = 0; d < at->depth; d++) {
        size_t block = find_between(c, *from, *to, d, at->blocks[d]);
        if (block == nowhere)
            return false;
        *from = block + 1;
        *to = config_block_end(c, block);
    }
    return true;
}

size_t config_find(const struct config *c, const struct config_path *at, const char *text)
{
    size_t from, to;
    return enter(c, at, &from, &to) ? find_between(c, from, to, at->depth, text) : nowhere;
}

static void insert(struct config *c, size_t at, unsigned depth, const char *text)
{
    add(c, depth, text, strlen(text));
    struct config_line line = c->lines.items[c->lines.count - 1];
    memmove(c->lines.items + at + 1, c->lines.items + at, (c->lines.count - 1 - at) * sizeof line);
    c->lines.items[at] = line;
}

/* How many bytes the first words take; 0 where there are fewer. */
static size_t first_words(const char *text, unsigned words)
{
    const char *p = text;
    for (unsigned i = 0; i < words; i++) {
        p += strspn(p, " ");
        if (!*p)
            return 0;
        p += strcspn(p, " ");
    }
    return (size_t)(p - text);
}

static size_t find_same(const struct config *c, size_t from, size_t to, unsigned depth, const char *text,
                        unsigned words)
{
    size_t len = first_words(text, words);
    for (size_t i = from; i < to && len > 0; i++) {
        const struct config_line *l = &c->lines.items[i];
        if (l->depth == depth && first_words(l->text, words) == len && memcmp(l->text, text, len) == 0)
            return i;
    }
    return nowhere;
}

void config_put(struct config *c, const struct config_path *at, const char *text, unsigned same_words)
{
    struct config_path outer = *at;
    size_t from, to;
    if (!enter(c, at, &from, &to)) {
        outer.depth--;
        config_put(c, &outer, at->blocks[outer.depth], 0);
        enter(c, at, &from, &to);
    }
    if (find_between(c, from, to, at->depth, text) != nowhere)
        return;
    size_t same = find_same(c, from, to, at->depth, text, same_words);
    if (same == nowhere) {
        insert(c, to, at->depth, text);
        return;
    }
    mem_free(c->lines.items[same].text);
    c->lines.items[same].text = mem_strdup(text);
}

void config_add_raw(struct config *c, const char *line)
{
    add(c, 0, line, strlen(line));
}

static bool starts(const char *line, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(line, prefix, len) == 0 && (line[len] == '\0' || line[len] == ' ');
}

size_t config_remove(struct config *c, const struct config_path *at, const char *prefix)
{
    size_t from, to, removed = 0;
    if (!enter(c, at, &from, &to))
        return 0;
    for (size_t i = from; i < to;) {
        if (c->lines.items[i].depth != at->depth || !starts(c->lines.items[i].text, prefix)) {
            i++;
            continue;
        }
        size_t end = config_block_end(c, i);
        for (size_t k = i; k < end; k++)
            mem_free(c->lines.items[k].text);
        memmove(c->lines.items + i, c->lines.items + end, (c->lines.count - end) * sizeof *c->lines.items);
        c->lines.count -= end - i;
        to -= end - i;
        removed += end - i;
    }
    return removed;
}

void config_empty(struct config *c, const char *head)
{
    size_t kept = 0;
    for (size_t i = 0, end = 0; i < c->lines.count; i++) {
        if (i < end) {
            mem_free(c->lines.items[i].text);
            continue;
        }
        if (c->lines.items[i].depth == 0 && starts(c->lines.items[i].text, head))
            end = config_block_end(c, i);
        c->lines.items[kept++] = c->lines.items[i];
    }
    c->lines.count = kept;
}

bool config_equal(const struct config *a, const struct config *b)
{
    if (a == b)
        return true;
    if (a->lines.count != b->lines.count)
        return false;
    for (size_t i = 0; i < a->lines.count; i++)
        if (a->lines.items[i].depth != b->lines.items[i].depth ||
            strcmp(a->lines.items[i].text, b->lines.items[i].text) != 0)
            return false;
    return true;
}

static void show_line(const struct config_line *l, unsigned indent, const char *mark, struct str *out)
{
    str_printf(out, "%s%*s%s\r\n", mark, (int)(l->depth * indent), "", l->text);
}

void config_show(const struct config *c, unsigned indent, const char *separator, struct str *out)
{
    bool was_block = false;
    for (size_t i = 0; i < c->lines.count; i++) {
        const struct config_line *l = &c->lines.items[i];
        if (l->depth == 0) {
            bool block = config_block_end(c, i) > i + 1;
            if (*separator && i > 0 && (block || was_block))
                str_printf(out, "%s\r\n", separator);
            was_block = block;
        }
        show_line(l, indent, "", out);
    }
    if (*separator && was_block)
        str_printf(out, "%s\r\n", separator);
}

static void path_of(const struct config *c, size_t i, struct config_path *at)
{
    unsigned depth = c->lines.items[i].depth;
    at->depth = depth;
    for (size_t k = i; k-- > 0 && depth > 0;)
        if (c->lines.items[k].depth < depth)
            at->blocks[--depth] = c->lines.items[k].text;
}

/* The lines that `c` alone has, under those of their blocks that were not said yet. */
static void show_lacking(const struct config *c, const struct config *other, const char *mark,
                         unsigned indent, struct str *out)
{
    struct config_path at, said = {.depth = 0};
    for (size_t i = 0; i < c->lines.count; i++) {
        const struct config_line *l = &c->lines.items[i];
        path_of(c, i, &at);
        if (config_find(other, &at, l->text) != nowhere)
            continue;
        unsigned same = 0;
        while (same < at.depth && same < said.depth && strcmp(at.blocks[same], said.blocks[same]) == 0)
            same++;
        for (unsigned d = same; d < at.depth; d++)
            show_line(&(struct config_line){(char *)at.blocks[d], d}, indent, " ", out);
        show_line(l, indent, mark, out);
        said = at;
        if (said.depth < CONFIG_DEPTH_MAX)
            said.blocks[said.depth++] = l->text;
    }
}

void config_diff(const struct config *from, const struct config *to, unsigned indent, struct str *out)
{
    show_lacking(from, to, "-", indent, out);
    show_lacking(to, from, "+", indent, out);
}
