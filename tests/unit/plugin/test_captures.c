/* Real answers of real switches, with the padding stripped in some: each gives the right rows or is refused, none is read wrongly.
   They lie outside the repository, in ../shared/captures; without them every test says so and passes. What must come of each stands in
   tests/data/captures/PLATFORM.tsv, tab-separated, lines that begin with # aside:

     FILE   QUERY   ROWS   CELLS      read: so many rows (`none`: the answer "nothing there"); CELLS of some of them, rows from 1:
                                      1:slot=1|state=ok 2:slot=2|state=no input
     FILE   QUERY   refused   REASON  no way of asking QUERY reads it, and why that is right; QUERY -: the platform asks no such command

   QUERY is that of the platform; QUERY#2 its second way to ask; QUERY@Ethernet1/1 was asked about that interface. The head line
   `# refused: N` holds how many are refused; the list may only shrink. $TORSTARTER_PLATFORM: that platform alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/platform.h"

#define CAPTURES "../shared/captures/"
#define TABLES   "tests/data/captures/"

static const char *const checks[] = {"psu",  "fans",    "serial", "uplinks", "lldp",   "optics",
                                     "ping", "version", "bgp",    "reload",  "config", "golden"};
enum { CHECKS = sizeof checks / sizeof *checks, FIELDS_MAX = 12, PLATFORMS_MAX = 32 };

enum came { NOT_NAMED, READ, REFUSED, WRONG };

struct capture {                                   /* a line of INDEX.tsv */
    const char *platform, *check, *command, *file; /* file: below the platform's folder */
    enum came came;
};

struct table { /* platform × check */
    const char *platforms[PLATFORMS_MAX];
    size_t count;
};

static struct arena arena;
static struct capture *captures;
static size_t capture_count;
static struct table table;

/* ---- files of tab-separated lines ---- */

static const char *read_file(const char *path)
{
    struct str s = {0};
    const char *text = file_read(path, &s, NULL) ? arena_strndup(&arena, str_cstr(&s), s.len) : NULL;
    str_clear(&s);
    return text;
}

/* Splits the line at *at in place; moves *at behind it. */
static size_t fields(char **at, char *out[FIELDS_MAX])
{
    char *line = *at, *end = strchr(line, '\n');
    size_t n = 0;
    *at = end ? end + 1 : line + strlen(line);
    if (end)
        *end = '\0';
    while (n < FIELDS_MAX && line)
        out[n++] = strsep(&line, "\t");
    return n;
}

static void read_index(void)
{
    const char *text = read_file(CAPTURES "INDEX.tsv");
    size_t lines = 0;
    for (const char *p = text; p && *p; p++)
        lines += *p == '\n';
    captures = arena_alloc_array(&arena, lines + 1, sizeof *captures);
    char *at = text ? arena_strdup(&arena, text) : NULL, *f[FIELDS_MAX];
    while (at && *at) {
        if (fields(&at, f) < 4 || strcmp(f[0], "platform") == 0)
            continue;
        const char *below = strchr(f[3], '/');
        captures[capture_count++] = (struct capture){f[0], f[1], f[2], below ? below + 1 : f[3], NOT_NAMED};
    }
}

/* ---- one line ---- */

struct judging {
    const struct platform *platform;
    const char *name;
    struct str complaints;
    size_t refused, lines;
};

struct line {
    const char *file, *query, *rows, *rest;
    unsigned number;
};

static void complain(struct judging *j, const struct line *l, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void complain(struct judging *j, const struct line *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    str_printf(&j->complaints, TABLES "%s.tsv:%u: %s as %s: ", j->name, l->number, l->file, l->query);
    str_vprintf(&j->complaints, fmt, ap);
    str_add_char(&j->complaints, '\n');
    va_end(ap);
}

struct asked {
    const struct query *q;
    bool every_way;
    const char *interface;
};

static struct asked asked_of(const struct judging *j, const char *text)
{
    const char *interface = strchr(text, '@'), *hash = strchr(text, '#');
    size_t len = strcspn(text, "#@");
    const struct dialect *d = &j->platform->dialect;
    struct asked a = {.q = dialect_query(d, arena_strndup(&arena, text, len)), .every_way = !hash};
    if (interface)
        a.interface = interface + 1;
    for (unsigned long way = hash ? strtoul(hash + 1, NULL, 10) : 1; a.q && way > 1; way--)
        a.q = dialect_query_otherwise(d, a.q);
    return a;
}

/* Length of a row's mark at p: "12:" before a column's name. */
static size_t row_mark(const char *p)
{
    size_t digits = strspn(p, "0123456789"), name = digits + 1;
    if (digits == 0 || p[digits] != ':')
        return 0;
    name += strspn(p + name, "abcdefghijklmnopqrstuvwxyz_");
    return p[name] == '=' && name > digits + 1 ? digits + 1 : 0;
}

/* Length of the cell at p: up to a bar, or to a blank before the next row's mark. Values may hold blanks. */
static size_t cell_len(const char *p)
{
    size_t n = 0;
    while (p[n] && p[n] != '|' && !(strchr(" ;,", p[n]) && row_mark(p + n + strspn(p + n, " ;,"))))
        n++;
    return n;
}

static bool cell_is_right(struct judging *j, const struct line *l, const struct records *r, size_t row,
                          const char *cell, size_t len)
{
    const char *equals = memchr(cell, '=', len);
    if (!equals) {
        complain(j, l, "\"%.*s\" is no column=value", (int)len, cell);
        return false;
    }
    const char *column = arena_strndup(&arena, cell, (size_t)(equals - cell));
    size_t value_len = len - (size_t)(equals - cell) - 1;
    if (!records_has(r, column)) {
        complain(j, l, "the platform maps no column %s", column);
        return false;
    }
    const char *found = record_get(r, row, column);
    if (strlen(found) == value_len && strncmp(found, equals + 1, value_len) == 0)
        return true;
    complain(j, l, "row %zu: %s is \"%s\", not \"%.*s\"", row + 1, column, record_get(r, row, column),
             (int)value_len, equals + 1);
    return false;
}

static bool cells_are_right(struct judging *j, const struct line *l, const struct records *r)
{
    size_t row = 0;
    bool right = true;
    for (const char *p = l->rest + strspn(l->rest, " "); *p; p += strspn(p, "|;, ")) {
        size_t mark = row_mark(p);
        if (mark > 0)
            row = strtoul(p, NULL, 10) - 1;
        p += mark;
        size_t len = cell_len(p);
        if (row >= r->count) {
            complain(j, l, "there is no row %zu", row + 1);
            return false;
        }
        right = cell_is_right(j, l, r, row, p, len) && right;
        p += len;
    }
    return right;
}

static enum came judge_read(struct judging *j, const struct line *l, const struct asked *a, const char *text)
{
    struct records r;
    struct err e = {0};
    bool none = strcmp(l->rows, "none") == 0;
    if (!reader_read_for(platform_reader_of(j->platform, a->q), a->interface, text, strlen(text), &arena, &r,
                         &e)) {
        complain(j, l, "expected %s rows, it was refused: %s", l->rows, e.msg);
        return WRONG;
    }
    if (r.none != none || (!none && r.count != strtoul(l->rows, NULL, 10))) {
        complain(j, l, "expected %s rows, got %zu%s", l->rows, r.count, r.none ? " (none)" : "");
        return WRONG;
    }
    return cells_are_right(j, l, &r) ? READ : WRONG;
}

static enum came judge_refused(struct judging *j, const struct line *l, const struct asked *a,
                               const char *text)
{
    const struct dialect *d = &j->platform->dialect;
    j->refused++;
    if (!*l->rest)
        complain(j, l, "why it is refused is not said");
    for (const struct query *q = a->q; q; q = a->every_way ? dialect_query_otherwise(d, q) : NULL) {
        struct records r;
        struct err e = {0};
        if (!reader_read_for(platform_reader_of(j->platform, q), a->interface, text, strlen(text), &arena, &r,
                             &e))
            continue;
        complain(j, l, "it is not refused: %zu rows by \"%s\"", r.count, q->command);
        return WRONG;
    }
    return REFUSED;
}

/* QUERY -: no query of the platform types this command. */
static enum came judge_other(struct judging *j, const struct line *l, const struct capture *c)
{
    const struct dialect *d = &j->platform->dialect;
    for (size_t i = 0; i < d->query_count; i++)
        if (strcmp(d->queries[i].command, c->command) == 0) {
            complain(j, l, "\"%s\" is what the platform asks for %s", c->command, d->queries[i].name);
            return WRONG;
        }
    j->refused++;
    if (strcmp(l->rows, "refused") == 0 && *l->rest)
        return REFUSED;
    complain(j, l, "without a query it is refused, with a reason");
    return WRONG;
}

static enum came judge_line(struct judging *j, const struct line *l, const struct capture *c)
{
    if (strcmp(l->query, "-") == 0)
        return judge_other(j, l, c);
    struct asked a = asked_of(j, l->query);
    const char *text = read_file(arena_printf(&arena, CAPTURES "%s/%s", j->name, l->file));
    if (!a.q || !text) {
        complain(j, l, "%s", a.q ? "there is no such file" : "the platform asks no such query");
        return WRONG;
    }
    return strcmp(l->rows, "refused") == 0 ? judge_refused(j, l, &a, text) : judge_read(j, l, &a, text);
}

/* A file may be listed in several checks, and judged as several queries: the worst counts, and read before refused. */
static void judge_file(struct judging *j, const struct line *l)
{
    const struct capture *first = NULL;
    enum came came = NOT_NAMED;
    for (size_t i = 0; i < capture_count; i++) {
        struct capture *c = &captures[i];
        if (strcmp(c->platform, j->name) != 0 || strcmp(c->file, l->file) != 0)
            continue;
        if (!first)
            came = judge_line(j, l, first = c);
        if (came == WRONG || c->came == NOT_NAMED || (came == READ && c->came == REFUSED))
            c->came = came;
    }
    if (!first)
        complain(j, l, "INDEX.tsv has no such file");
}

/* ---- one platform ---- */

static void judge_lines(struct judging *j, const char *text)
{
    char *at = arena_strdup(&arena, text), *f[FIELDS_MAX];
    long stored = -1;
    for (unsigned number = 1; *at; number++) {
        if (*at == '#' && sscanf(at, "# refused: %ld", &stored) > 0)
            stored = stored < 0 ? 0 : stored;
        bool comment = *at == '#' || *at == '\n';
        size_t n = fields(&at, f);
        if (comment)
            continue;
        struct line l = {f[0], n > 1 ? f[1] : "", n > 2 ? f[2] : "", n > 3 ? f[3] : "", number};
        j->lines++;
        if (n < 3 || n > 4)
            complain(j, &l, "a line is FILE, QUERY, ROWS and CELLS or REASON, with tabs between");
        else
            judge_file(j, &l);
    }
    if (stored >= 0 && j->refused == (size_t)stored)
        return;
    str_printf(&j->complaints,
               TABLES "%s.tsv: %zu captures are refused, its head says `# refused: %ld`: %s\n", j->name,
               j->refused, stored,
               stored >= 0 && j->refused > (size_t)stored ? "the list may only shrink"
                                                          : "write the new number there");
}

static void complain_of_the_rest(struct judging *j)
{
    for (size_t i = 0; i < capture_count; i++)
        if (strcmp(captures[i].platform, j->name) == 0 && captures[i].came == NOT_NAMED)
            str_printf(&j->complaints, TABLES "%s.tsv: no line judges %s (%s: %s)\n", j->name,
                       captures[i].file, captures[i].check, captures[i].command);
}

static void print_lines(const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        printf("# %.*s\n", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

static void the_captures_of(void **state)
{
    struct judging j = {.name = *state};
    if (capture_count == 0) {
        printf("# SKIP no captures at " CAPTURES "\n");
        return;
    }
    struct search_path path;
    struct mistakes m = {0};
    search_path_init(&path, (const char *[]){"."}, 1, NULL, &arena);
    struct platform *platform = platform_load(j.name, &path, &m);
    const char *text = read_file(arena_printf(&arena, TABLES "%s.tsv", j.name));
    str_add_cstr(&j.complaints, str_cstr(&m.text));
    j.platform = platform;
    if (platform && text) {
        judge_lines(&j, text);
        complain_of_the_rest(&j);
    }
    printf("# %s: %zu lines, %zu refused\n", j.name, j.lines, j.refused);
    print_lines(str_cstr(&j.complaints));
    bool good = platform && text && j.complaints.len == 0;
    platform_free(platform);
    mistakes_clear(&m);
    str_clear(&j.complaints);
    assert_true(good);
}

/* ---- the table ---- */

static void print_cell(const char *platform, const char *check)
{
    size_t count[WRONG + 1] = {0}, all = 0;
    for (size_t i = 0; i < capture_count; i++)
        if (strcmp(captures[i].platform, platform) == 0 && strcmp(captures[i].check, check) == 0) {
            count[captures[i].came]++;
            all++;
        }
    char text[40] = "unproven";
    if (all > 0)
        snprintf(text, sizeof text, "%zu/%zu/%zu", count[READ], count[REFUSED] + count[NOT_NAMED],
                 count[WRONG]);
    printf(" %9s", text);
}

static void no_capture_is_read_wrongly(void **state)
{
    (void)state;
    if (capture_count == 0) {
        printf("# SKIP no captures at " CAPTURES "\n");
        return;
    }
    printf("# read/refused/wrong");
    for (size_t i = 0; i < CHECKS; i++)
        printf(" %9s", checks[i]);
    for (size_t p = 0; p < table.count; p++) {
        printf("\n# %-18s", table.platforms[p]);
        for (size_t i = 0; i < CHECKS; i++)
            print_cell(table.platforms[p], checks[i]);
    }
    printf("\n");
    for (size_t i = 0; i < capture_count; i++)
        assert_int_not_equal(captures[i].came, WRONG);
}

int main(void)
{
    const char *only = getenv("TORSTARTER_PLATFORM");
    struct CMUnitTest tests[PLATFORMS_MAX + 1];
    char **names;
    size_t count = file_list(TABLES, ".tsv", &names);
    read_index();
    for (size_t i = 0; i < count; i++) {
        char *name = arena_strndup(&arena, names[i], strlen(names[i]) - strlen(".tsv"));
        mem_free(names[i]);
        if (table.count == PLATFORMS_MAX || (only && *only && strcmp(only, name) != 0))
            continue;
        tests[table.count] = (struct CMUnitTest){.name = arena_printf(&arena, "the_captures_of_%s", name),
                                                 .test_func = the_captures_of,
                                                 .initial_state = name};
        table.platforms[table.count++] = name;
    }
    mem_free(names);
    tests[table.count] = (struct CMUnitTest)cmocka_unit_test(no_capture_is_read_wrongly);
    int failed = _cmocka_run_group_tests("plugin/captures", tests, table.count + 1, NULL, NULL);
    arena_clear(&arena);
    return failed;
}
