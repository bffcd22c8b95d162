#include "cli/permits.h"

#include <string.h>

#include "base/clock.h"
#include "base/vec.h"
#include "cli/screen.h"
#include "text/json.h"

enum { ANSWER_LINES = 8 };

static const char permit_select[] =
    "SELECT id, job, at, procedure, serial, evidence, override_reason, refused, text, "
    "spent_at, outcome FROM permit WHERE job = ? ORDER BY id";
static const char taint_select[] = "SELECT * FROM taint WHERE job = ?1 OR (cleared_at IS NULL AND switch = "
                                   "(SELECT switch FROM switch_job WHERE job = ?1)) ORDER BY id";
static const char answer_select[] = "SELECT output FROM log_event WHERE job = ?1 AND seq = ?2";

struct kept { /* a row, kept until the next select */
    long long at_us, spent_us;
    const char *procedure, *serial, *evidence, *override_reason, *refused, *text, *outcome;
};

struct permits {
    struct cli *cli;
    struct store *store;
    int64_t job;
    VEC(struct kept) rows;
};

static const char *keep(struct permits *p, const struct cell *cells, size_t count, const char *column)
{
    char b[32];
    return arena_strdup(&p->cli->arena, cell_as_text(cells, count, column, b));
}

static bool keep_row(void *ctx, const struct cell *cells, size_t count)
{
    struct permits *p = ctx;
    if (p->cli->json) {
        screen_print_json_row("permit", cells, count);
        return true;
    }
    struct kept row = {.at_us = cell_as_int(cells, count, "at"),
                       .spent_us = cell_as_int(cells, count, "spent_at"),
                       .procedure = keep(p, cells, count, "procedure"),
                       .serial = keep(p, cells, count, "serial"),
                       .evidence = keep(p, cells, count, "evidence"),
                       .override_reason = keep(p, cells, count, "override_reason"),
                       .refused = keep(p, cells, count, "refused"),
                       .text = keep(p, cells, count, "text"),
                       .outcome = keep(p, cells, count, "outcome")};
    VEC_ADD(&p->rows, row);
    return true;
}

static bool read_permits(struct permits *p, struct err *e)
{
    struct cell key = cell_int("job", p->job);
    return store_select(p->store, permit_select, &key, 1, keep_row, p, e);
}

static const char *state_of(const struct kept *k)
{
    return *k->refused      ? k->refused
           : !*k->procedure ? "safe"
           : *k->outcome    ? k->outcome
           : k->spent_us    ? "open"
                            : "not used";
}

static bool is_bad(const struct kept *k)
{
    return *k->refused || (*k->outcome && strcmp(k->outcome, "done") != 0) || (k->spent_us && !*k->outcome);
}

static void print_permit(const struct kept *k)
{
    char at[CLOCK_TEXT_MAX];
    struct str line = {0}, state = {0};
    clock_format_utc(k->at_us, at);
    str_printf(&line, "  %.8s  ", at + 11);
    screen_put(&line, *k->procedure ? k->procedure : "(look)", 22);
    screen_put(&state, state_of(k), 20);
    screen_colour(&line, screen_has_colours(stdout), is_bad(k) ? COLOUR_RED : COLOUR_NONE, str_cstr(&state));
    str_add_printable(&line, k->text);
    if (*k->override_reason)
        str_printf(&line, " (reason: %s)", k->override_reason);
    puts(str_cstr(&line));
    str_clear(&line);
    str_clear(&state);
}

static bool print_taint(void *ctx, const struct cell *cells, size_t count)
{
    struct cli *cli = ctx;
    char b[32], at[CLOCK_TEXT_MAX];
    if (cli->json) {
        screen_print_json_row("taint", cells, count);
        return true;
    }
    long long cleared = cell_as_int(cells, count, "cleared_at");
    struct str mark = {0};
    screen_colour(&mark, screen_has_colours(stdout) && !cleared, COLOUR_RED, "TAINTED");
    printf("\n%s  %s: %s\n", str_cstr(&mark), cell_as_text(cells, count, "switch", b),
           cell_as_text(cells, count, "text", b));
    if (cleared)
        printf("  cleared %.16s by job %lld, which proved its state\n", clock_format_utc(cleared, at),
               cell_as_int(cells, count, "cleared_by"));
    else
        printf("  do this: torstarter retry %lld; where that is refused, bring it to its factory state by "
               "hand first\n",
               cell_as_int(cells, count, "job"));
    str_clear(&mark);
    return true;
}

bool permits_list(struct cli *cli, struct store *store, int64_t job, struct err *e)
{
    struct permits p = {.cli = cli, .store = store, .job = job};
    struct cell key = cell_int("job", job);
    bool ok = read_permits(&p, e);
    for (size_t i = 0; ok && i < p.rows.count; i++) {
        if (i == 0)
            puts("\npermits");
        print_permit(&p.rows.items[i]);
    }
    VEC_CLEAR(&p.rows);
    return ok && store_select(store, taint_select, &key, 1, print_taint, cli, e);
}

static bool print_output(void *ctx, const struct cell *cells, size_t count)
{
    const long long *wanted = ctx;
    char b[32];
    const char *p = cell_as_text(cells, count, "output", b);
    long long first = *wanted > ANSWER_LINES / 2 ? *wanted - ANSWER_LINES / 2 : 1;
    for (long long line = 1; *p; line++) {
        const char *end = strchrnul(p, '\n');
        if (line >= first && line < first + ANSWER_LINES)
            screen_print_block(stdout, p, (size_t)(end - p), line == *wanted ? "    > " : "      ");
        p = *end ? end + 1 : end;
    }
    return true;
}

static const char *member(const struct json *item, const char *key)
{
    const char *text = json_text_of(json_member(item, key), NULL);
    return text ? text : "";
}

static bool print_evidence(struct permits *p, const struct json *item, struct err *e)
{
    const struct json *event = json_member(item, "event"), *line = json_member(item, "line");
    long long wanted = line ? (long long)json_number_of(line) : 0;
    const struct cell keys[] = {cell_int("job", p->job),
                                cell_int("seq", event ? (int64_t)json_number_of(event) : 0)};
    struct str text = {0};
    screen_put(&text, member(item, "name"), 18);
    screen_put(&text, member(item, "safety"), 9);
    str_add_printable(&text, member(item, "text"));
    printf("  %s\n", str_cstr(&text));
    str_clear(&text);
    if (!*member(item, "command") || keys[1].number == 0)
        return true;
    printf("    \"%s\"\n", member(item, "command"));
    return store_select(p->store, answer_select, keys, 2, print_output, &wanted, e);
}

static bool explain(struct permits *p, const struct kept *k, struct err *e)
{
    struct json *list = json_parse(k->evidence, strlen(k->evidence), e);
    bool ok = list != NULL;
    puts("");
    print_permit(k);
    for (size_t i = 0; ok && i < json_count(list); i++)
        ok = print_evidence(p, json_item(list, i), e);
    json_free(list);
    return ok;
}

bool permits_explain(struct cli *cli, struct store *store, int64_t job, const char *which, unsigned *shown,
                     struct err *e)
{
    struct permits p = {.cli = cli, .store = store, .job = job};
    bool ok = read_permits(&p, e);
    for (size_t i = 0; ok && i < p.rows.count; i++) {
        const struct kept *k = &p.rows.items[i];
        bool asked = *which && (strcmp(which, "guard") == 0 || strcmp(which, k->procedure) == 0);
        bool refused = *k->refused && (!*which || strcmp(which, k->refused) == 0);
        if (!asked && !refused)
            continue;
        ok = explain(&p, k, e);
        ++*shown;
    }
    VEC_CLEAR(&p.rows);
    return ok;
}
