/* why: a verdict and the bytes behind it. The line of the answer that decided is shown with the deciding words underlined. */
#include <string.h>

#include "base/clock.h"
#include "base/failure.h"
#include "cli/cli.h"
#include "cli/evidence.h"
#include "cli/permits.h"
#include "cli/screen.h"
#include "cli/why_change.h"
#include "store/transcript.h"

static const char why_select[] =
    "SELECT p.*, s.switch, j.type, e.command, e.output, e.status AS answer_status, e.at AS command_at, "
    "e.transcript_from, "
    "e.transcript_to, s.platform, (SELECT q.procedure FROM permit q WHERE q.job = p.job AND q.procedure <> "
    "'' "
    "AND q.spent_at BETWEEN p.started_at AND p.finished_at AND COALESCE(q.outcome, 'lost') <> 'done' "
    "ORDER BY q.id DESC LIMIT 1) AS procedure FROM phase_run p JOIN switch_job s ON s.job = p.job JOIN job j "
    "ON j.id = p.job "
    "LEFT JOIN log_event e ON e.job = p.job AND e.seq = p.event "
    "WHERE p.job = ?1 AND p.state NOT IN ('PASSED', 'RUNNING') AND (?2 = '' OR p.failure_code = ?2 OR "
    "p.plugin = ?2) ORDER BY p.seq";
static const char passed_select[] = "SELECT p.*, s.switch, j.type, e.command, e.output, e.status AS "
                                    "answer_status, e.at AS command_at FROM phase_run p "
                                    "JOIN switch_job s ON s.job = p.job JOIN job j ON j.id = p.job LEFT JOIN "
                                    "log_event e ON e.job = p.job AND e.seq = p.event "
                                    "WHERE p.job = ?1 AND (p.plugin = ?2 OR p.phase = ?2) ORDER BY p.seq";
enum { TAIL_BYTES = 600, TAIL_KEPT = 64 * TAIL_BYTES };

struct why {
    struct cli *cli;
    struct store *store;
    unsigned shown;
    bool tail_wanted;
    int64_t job;
};

static void print_evidence(const struct cell *cells, size_t count)
{
    char b[32], line[32], row[32];
    const char *template = cell_as_text(cells, count, "template", b);
    const char *command = cell_as_text(cells, count, "command", b);
    if (!*command)
        return;
    printf("  \"%s\"", command);
    if (*template)
        printf(" → %s", template);
    const char *rule = cell_as_text(cells, count, "template_line", line);
    if (*rule && strcmp(rule, "0") != 0)
        printf(", rule at line %s", rule);
    const char *number = cell_as_text(cells, count, "answer_row", row);
    if (*number && strcmp(number, "0") != 0)
        printf(", row %s", number);
    putchar('\n');
    const char *raw = cell_as_text(cells, count, "raw", b);
    evidence_print(cell_as_text(cells, count, "output", b), cell_as_int(cells, count, "answer_line"), raw);
    const char *word = cell_as_text(cells, count, "word", b),
               *place = cell_as_text(cells, count, "word_place", b);
    if (*word && strcmp(word, raw) != 0)
        printf("  %s \"%s\" is %s%s%s%s\n", cell_as_text(cells, count, "column_name", b), raw, word,
               *place ? " (" : "", place, *place ? ")" : "");
    const char *wanted = cell_as_text(cells, count, "wanted", b);
    if (*wanted)
        printf("  wanted: %s\n", wanted);
}

static bool print_verdict(void *ctx, const struct cell *cells, size_t count)
{
    struct why *w = ctx;
    char b[32], at[CLOCK_TEXT_MAX];
    if (w->cli->json) {
        w->shown++;
        screen_print_json_row("phase_run", cells, count);
        return true;
    }
    const char *code = cell_as_text(cells, count, "failure_code", b);
    const char *remedy = cell_as_text(cells, count, "remedy", b);
    enum failure failure = FAILURE_NONE;
    failure_by_name(code, &failure);
    printf("%s%s  %s: %s\n", w->shown++ ? "\n" : "", *code ? code : cell_as_text(cells, count, "state", b),
           cell_as_text(cells, count, "switch", b), cell_as_text(cells, count, "text", b));
    clock_format_utc(cell_as_int(cells, count, "finished_at"), at);
    printf("  plugin %s, phase %s, %.12s\n", cell_as_text(cells, count, "plugin", b),
           cell_as_text(cells, count, "phase", b), at + 11);
    why_change_print(w->cli, cells, count);
    print_evidence(cells, count);
    if (!*cell_as_text(cells, count, "command", b))
        w->tail_wanted = true;
    const char *type = cell_as_text(cells, count, "type", b);
    if (*code)
        printf("  do this: %s\n  then:    torstarter %s%s %s\n",
               *remedy ? remedy : failure_info(failure)->remedy,
               strcmp(type, "provision") && strcmp(type, "validate") ? "run " : "", type,
               cell_as_text(cells, count, "switch", b));
    return true;
}

static bool add_bytes(void *ctx, const struct transcript_chunk *c)
{
    struct str *out = ctx;
    if (c->direction == 'm')
        return true;
    if (out->len > TAIL_KEPT)
        str_drop(out, out->len - TAIL_BYTES);
    if (c->direction == 'i')
        str_add_cstr(out, "⟨typed: ");
    str_add(out, c->bytes, c->len);
    if (c->direction == 'i')
        str_add_cstr(out, "⟩");
    return true;
}

/* Where no answer decided: the last words of the console. */
static bool print_tail(struct why *w, struct err *e)
{
    struct str bytes = {0};
    bool ok = transcript_each(w->store, w->job, add_bytes, &bytes, e);
    size_t from = bytes.len > TAIL_BYTES ? bytes.len - TAIL_BYTES : 0;
    if (ok && bytes.len) {
        puts("the last bytes on the console:");
        screen_print_block(stdout, bytes.data + from, bytes.len - from, "    ");
    } else if (ok) {
        puts("not a byte came from the console");
    }
    str_clear(&bytes);
    return ok;
}

static bool found(void *ctx, const struct cell *cells, size_t count)
{
    (void)cells;
    (void)count;
    *(bool *)ctx = true;
    return false;
}

static enum status explain(struct why *w, const char *which)
{
    struct err e;
    struct cell key = cell_int("job", w->job);
    bool exists = false;
    if (!store_select(w->store, "SELECT id FROM job WHERE id = ?", &key, 1, found, &exists, &e))
        return cli_error(&e);
    if (!exists)
        return cli_usage("there is no job %lld in %s; `torstarter jobs` lists them", (long long)w->job,
                         store_path(w->store));
    struct cell parameters[] = {cell_int("job", w->job), cell_text("which", which)};
    if (!store_select(w->store, why_select, parameters, 2, print_verdict, w, &e))
        return cli_error(&e);
    if (!w->shown && *which && !store_select(w->store, passed_select, parameters, 2, print_verdict, w, &e))
        return cli_error(&e);
    unsigned verdicts = w->shown;
    if (!permits_explain(w->cli, w->store, w->job, which, &w->shown, &e))
        return cli_error(&e);
    bool answered = w->shown > verdicts; /* the evidence says more than the last bytes on the line */
    if (w->tail_wanted && !answered && !print_tail(w, &e))
        return cli_error(&e);
    if (!w->shown && *which)
        return cli_usage("job %lld has no verdict %s; see `torstarter show %lld`", (long long)w->job, which,
                         (long long)w->job);
    if (!w->shown && !w->cli->json)
        printf(
            "job %lld: nothing failed; `torstarter why %lld PLUGIN` shows the bytes of a check that passed\n",
            (long long)w->job, (long long)w->job);
    return STATUS_OK;
}

static enum status why_run(struct cli *cli)
{
    enum status status = STATUS_OK;
    struct err e;
    struct why w = {.cli = cli};
    if (!cli_job_number(cli->args[0], &w.job, &e))
        return cli_error(&e);
    w.store = cli_open_store(cli, STORE_READ_ONLY, &status);
    if (!w.store)
        return status;
    status = explain(&w, cli->arg_count > 1 ? cli->args[1] : "");
    store_close(w.store);
    return status;
}

const struct command command_why = {
    .name = "why",
    .arguments = "JOB [CODE|PLUGIN|PROCEDURE]",
    .about = "the bytes behind a verdict, and what to do",
    .help = "PROCEDURE: the evidence of its permits; guard: of all of them.",
    .group = "look at jobs",
    .min_args = 1,
    .max_args = 2,
    .run = why_run,
};
