#include "plugin/config.h"

#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "model/config_source.h"

enum { DIFF_LINES = 40, HASH_DIGITS = 12 };

struct line {
    const char *text; /* with its end */
    size_t len;
    int rank; /* 0: as it stands; 1: behind those; 2: "end", which would leave the mode: not typed */
};

static bool matches(const struct sign_list *list, const char *text, size_t len)
{
    for (size_t i = 0; i < list->count; i++)
        if (regex_match(list->items[i].regex, text, len, 0, NULL, 0) == REGEX_MATCH)
            return true;
    return false;
}

static size_t bare_len(const struct line *l)
{
    size_t n = l->len;
    while (n > 0 && strchr(" \t\r\n", l->text[n - 1]))
        n--;
    return n;
}

/* Where a part that has no prompt per line ends, which begins in line i: it moves as one. */
static size_t part_end(const struct platform *p, const struct line *lines, size_t count, size_t i)
{
    const struct dialect *d = &p->dialect;
    struct regex_span spans[4];
    for (size_t m = 0; m < d->multiline_count; m++) {
        size_t n = bare_len(&lines[i]);
        if (regex_match(d->multiline[m].begin, lines[i].text, n, 0, spans, 4) != REGEX_MATCH)
            continue;
        const char *end = d->multiline[m].end ? d->multiline[m].end : lines[i].text + spans[1].start;
        size_t end_len = d->multiline[m].end ? strlen(end) : spans[1].end - spans[1].start;
        if (end_len == 0 ||
            (!d->multiline[m].end && memmem(lines[i].text + spans[1].end, n - spans[1].end, end, end_len)))
            return i;
        for (size_t k = i + 1; k < count; k++)
            if (d->multiline[m].end
                    ? bare_len(&lines[k]) == end_len && memcmp(lines[k].text, end, end_len) == 0
                    : memmem(lines[k].text, lines[k].len, end, end_len) != NULL)
                return k;
        return count - 1;
    }
    return i;
}

/* A block goes with its head. */
static void mark(const struct platform *p, struct line *lines, size_t count)
{
    bool blocks = p->config.blocks == BLOCKS_INDENT;
    int rank = 0;
    for (size_t i = 0; i < count; i++) {
        bool inside =
            blocks && i > 0 && lines[i].len > 0 && (lines[i].text[0] == ' ' || lines[i].text[0] == '\t');
        size_t n = bare_len(&lines[i]);
        if (!inside)
            rank = n == 3 && memcmp(lines[i].text, "end", 3) == 0  ? 2
                   : matches(&p->config.cutting, lines[i].text, n) ? 1
                                                                   : 0;
        size_t end = part_end(p, lines, count, i);
        for (; i < end; i++)
            lines[i].rank = rank;
        lines[i].rank = rank;
    }
}

char *config_cut_last(const struct platform *p, const char *text, size_t len, struct arena *arena,
                      size_t **from, size_t *count)
{
    VEC(struct line) lines = {0};
    for (size_t at = 0; at < len;) {
        const char *lf = memchr(text + at, '\n', len - at);
        struct line l = {.text = text + at, .len = lf ? (size_t)(lf - (text + at)) + 1 : len - at};
        VEC_ADD(&lines, l);
        at += l.len;
    }
    mark(p, lines.items, lines.count);
    char *out = arena_alloc(arena, len + 2), *to = out;
    *from = arena_alloc_array(arena, lines.count + 1, sizeof **from);
    *count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < lines.count; i++) {
            const struct line *l = &lines.items[i];
            if (l->rank != pass)
                continue;
            memcpy(to, l->text, l->len);
            to += l->len;
            if (to[-1] != '\n') /* the last line may have had no end, and now stands before others */
                *to++ = '\n';
            (*from)[(*count)++] = i;
        }
    VEC_CLEAR(&lines);
    return out;
}

static struct config_text *keep(struct run *run, const char *name, const struct rendered *r)
{
    struct config_text *t = ARENA_NEW(&run->arena, struct config_text);
    size_t *from;
    t->name = name;
    t->text =
        config_cut_last(run->platform, str_cstr(&r->text), r->text.len, &run->arena, &from, &t->line_count);
    t->len = strlen(t->text);
    unsigned *lines = arena_alloc_array(&run->arena, t->line_count + 1, sizeof *lines);
    for (size_t i = 0; i < t->line_count; i++)
        lines[i] = from[i] < r->lines.count ? r->lines.items[from[i]] : 0;
    t->lines = lines;
    normal_read(run->platform, str_cstr(&r->text), r->text.len, &run->arena, &t->normal);
    return t;
}

/* What was wanted, and with which version of each secret, can be told afterwards (behaviour 48). */
static void note(struct run *run, const struct config_text *t, const struct rendered *r)
{
    run_note(run, "configuration from %s: %zu lines, %s", t->name, t->line_count, t->normal.sha256);
    for (size_t i = 0; i < r->secrets.count; i++)
        run_note(run, "%s in it is the version with the hash sha256:%.*s", r->secrets.items[i].name,
                 HASH_DIGITS, r->secrets.items[i].sha256);
}

static bool is_text(const struct rendered *r, const char *name, struct err *e)
{
    const char *nul = memchr(str_cstr(&r->text), '\0', r->text.len);
    if (!nul)
        return true;
    return err_fail(e, ERR_SYNTAX, FAILURE_CONFIG_SOURCE_FAIL, "%s holds NUL bytes: it is no text", name);
}

bool config_wanted(struct run *run)
{
    struct rendered r = {0};
    if (run->wanted || !config_source_is_stated(run->sw))
        return true;
    run->err = (struct err){0};
    run->err_evidence = (struct evidence){0};
    const char *name = config_source_name(run->sw, &run->arena, &run->err);
    bool ok =
        config_source_read(run->sw, run->cancel, &run->arena, &r, &run->err) && is_text(&r, name, &run->err);
    if (ok) {
        struct config_text *t = keep(run, name, &r);
        run->wanted_text = t;
        run->wanted = &t->normal;
        note(run, t, &r);
        if (run->hooks.wanted)
            run->hooks.wanted(run->hooks.ctx, str_cstr(&r.text), r.text.len);
        if (t->normal.count == 0)
            ok = err_fail(&run->err, ERR_SYNTAX, FAILURE_CONFIG_SOURCE_FAIL, "%s holds no line that counts",
                          name);
    }
    rendered_clear(&r);
    return ok;
}

void config_forget(struct run *run)
{
    if (run->wanted_text)
        mem_wipe(run->wanted_text->text, run->wanted_text->len);
    run->wanted_text = NULL;
}

bool config_read(struct run *run, const char *query, struct normal *out)
{
    struct records r;
    run_forget(run, query);
    run->err = (struct err){0};
    if (!run_query(run, query, &r))
        return false;
    normal_read(run->platform, r.answer, r.answer_len, &run->arena, out);
    return true;
}

/* What only the switch says, beside what every switch of the kind says. */
static bool has_strangers(struct run *run, const struct normal *found, struct str *diff)
{
    struct str all = {0};
    const char *stranger = NULL;
    bool more = !normal_same(run->wanted, found, true, DIFF_LINES, &all);
    if (more) {
        struct normal extra = {.lines = arena_alloc_array(&run->arena, found->count, sizeof *extra.lines)};
        for (size_t i = 0; i < found->count; i++) {
            bool known = false;
            for (size_t k = 0; !known && k < run->wanted->count; k++)
                known = strcmp(run->wanted->lines[k].path, found->lines[i].path) == 0;
            if (!known)
                extra.lines[extra.count++] = found->lines[i];
        }
        more = !normal_is_factory(run->platform, &extra, &stranger);
    }
    if (more && diff)
        str_add(diff, str_cstr(&all), all.len);
    str_clear(&all);
    return more;
}

bool config_same(struct run *run, const struct normal *found, struct str *diff)
{
    struct str own = {0};
    bool same = normal_same(run->wanted, found, false, DIFF_LINES, diff ? diff : &own);
    str_clear(&own);
    return same && !(run->platform->config.replaces && has_strangers(run, found, diff));
}
