/* report: how often each code came, on which platform. */
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/screen.h"

static const char report_select[] = "SELECT s.platform, COALESCE(s.failure_code, j.state) AS failure_code, "
                                    "j.state, COUNT(*) AS jobs, COUNT(DISTINCT s.switch) AS "
                                    "switches, MAX(j.finished_at) AS last FROM job j JOIN switch_job s ON "
                                    "s.job = j.id WHERE j.submitted_at >= ? "
                                    "GROUP BY 1, 2, 3 ORDER BY 1, (j.state = 'PASSED') DESC, 4 DESC, 2";

struct report {
    struct cli *cli;
    char platform[64];
    long long jobs, passed;
};

static bool print_count(void *ctx, const struct cell *cells, size_t count)
{
    struct report *r = ctx;
    char b[32], at[CLOCK_TEXT_MAX];
    long long jobs = cell_as_int(cells, count, "jobs"), last = cell_as_int(cells, count, "last");
    const char *state = cell_as_text(cells, count, "state", b);
    if (r->cli->json) {
        screen_print_json_row(NULL, cells, count);
        return true;
    }
    const char *platform = cell_as_text(cells, count, "platform", b);
    if (strcmp(platform, r->platform) != 0)
        printf("%s%s\n  %-24s %6s %9s  %s\n", *r->platform ? "\n" : "", platform, "code", "jobs", "switches",
               "last");
    snprintf(r->platform, sizeof r->platform, "%s", platform);
    struct str code = {0}, padded = {0};
    screen_put(&padded, cell_as_text(cells, count, "failure_code", b), 24);
    screen_colour(&code, screen_has_colours(stdout), screen_state_colour(state), str_cstr(&padded));
    printf("  %s %6lld %9lld  %.16s\n", str_cstr(&code), jobs, cell_as_int(cells, count, "switches"),
           last ? clock_format_utc(last, at) : "");
    str_clear(&code);
    str_clear(&padded);
    r->jobs += jobs;
    r->passed += strcmp(state, "PASSED") == 0 ? jobs : 0;
    return true;
}

static const char tainted_select[] =
    "SELECT switch, serial, job, at, procedure, text FROM taint WHERE cleared_at IS NULL ORDER BY switch, id";

struct tainted {
    struct cli *cli;
    unsigned rows;
};

static bool print_tainted(void *ctx, const struct cell *cells, size_t count)
{
    struct tainted *t = ctx;
    char b[32];
    if (t->cli->json) {
        screen_print_json_row("taint", cells, count);
        return true;
    }
    if (t->rows++ == 0)
        puts("\nTAINTED: changed in part, and not proven since");
    struct str line = {0};
    str_add_cstr(&line, "  ");
    screen_put(&line, cell_as_text(cells, count, "switch", b), 18);
    screen_put(&line, cell_as_text(cells, count, "serial", b), 16);
    str_printf(&line, "job %lld: ", cell_as_int(cells, count, "job"));
    str_add_printable(&line, cell_as_text(cells, count, "text", b));
    puts(str_cstr(&line));
    str_clear(&line);
    return true;
}

static enum status report_run(struct cli *cli)
{
    enum status status = STATUS_OK;
    struct err e;
    int64_t span_ms = 0;
    if (cli->since && !clock_parse_span(cli->since, &span_ms))
        return cli_usage("--since wants a span such as 30d, 12h or 45m; got \"%s\"", cli->since);
    struct store *store = cli_open_store(cli, STORE_READ_ONLY, &status);
    if (!store)
        return status;
    struct report r = {.cli = cli};
    struct cell since = cell_int("since", cli->since ? clock_utc_us(NULL) - span_ms * 1000 : 0);
    if (!store_select(store, report_select, &since, 1, print_count, &r, &e))
        status = cli_error(&e);
    else if (!cli->json)
        printf("%s%lld job%s%s%s, %lld passed\n", r.jobs ? "\n" : "", r.jobs, r.jobs == 1 ? "" : "s",
               cli->since ? " in the last " : "", cli->since ? cli->since : "", r.passed);
    struct tainted t = {.cli = cli};
    if (status == STATUS_OK && !store_select(store, tainted_select, NULL, 0, print_tainted, &t, &e))
        status = cli_error(&e);
    store_close(store);
    return status;
}

static const struct option_spec report_options[] = {{"since", 0, "SPAN",
                                                     "only jobs submitted in the last 30d, 12h, …",
                                                     OPTION_TEXT, offsetof(struct cli, since), 0, 0, 0, 0},
                                                    {0}};

const struct command command_report = {
    .name = "report",
    .arguments = "",
    .about = "counts by code and platform",
    .group = "look at jobs",
    .options = report_options,
    .max_args = 0,
    .run = report_run,
};
