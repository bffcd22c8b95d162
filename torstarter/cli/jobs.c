/* jobs: the list. One line a job, the newest last, so that it ends where the eye is. */
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "store/transcript.h"

enum { MOST_JOBS = 50 };

static const char jobs_select[] =
    "SELECT * FROM (SELECT j.id, j.type, j.state, j.submitted_by, "
    "j.submitted_at, j.started_at, j.finished_at, s.switch, s.rack, "
    "s.role, s.platform, s.console, s.serial_expected, s.serial_found, "
    "s.firmware_found, s.phase, s.failure_code, s.failure_text, "
    "s.remedy, s.passed, s.plugins, j.attempt, j.parent_job, "
    "EXISTS (SELECT 1 FROM taint t WHERE t.switch = s.switch AND t.job <= j.id AND "
    "t.cleared_at IS NULL) AS tainted, " TRANSCRIPT_SIZES "FROM job j JOIN switch_job s ON s.job = "
    "j.id WHERE (?1 = '' OR s.switch GLOB ?1) "
    "ORDER BY j.id DESC LIMIT ?2) ORDER BY id";

static bool print_job(void *ctx, const struct cell *cells, size_t count)
{
    struct cli *cli = ctx;
    if (cli->json) {
        screen_print_json_row(NULL, cells, count);
        return true;
    }
    char b[32], at[CLOCK_TEXT_MAX] = "", span[CLOCK_TEXT_MAX] = "";
    struct str line = {0};
    long long started = cell_as_int(cells, count, "started_at"),
              finished = cell_as_int(cells, count, "finished_at");
    const char *state = cell_as_text(cells, count, "state", b);
    const char *code = cell_as_text(cells, count, "failure_code", b);
    clock_format_utc(cell_as_int(cells, count, "submitted_at"), at);
    at[16] = '\0'; /* to the minute */
    if (started && finished)
        clock_format_span((finished - started) / 1000, span);
    str_printf(&line, "%6lld  %s  ", cell_as_int(cells, count, "id"), at);
    screen_put(&line, cell_as_text(cells, count, "type", b), 10);
    screen_put(&line, cell_as_text(cells, count, "switch", b), 18);
    struct str padded = {0};
    screen_put(&padded, *code ? code : state, 22);
    screen_colour(&line, screen_has_colours(stdout), screen_state_colour(state), str_cstr(&padded));
    str_clear(&padded);
    str_printf(&line, "%lld of %lld  %6s  ", cell_as_int(cells, count, "passed"),
               cell_as_int(cells, count, "plugins"), span);
    unsigned width = screen_width(stdout);
    if (cell_as_int(cells, count, "tainted"))
        screen_colour(&line, screen_has_colours(stdout), COLOUR_RED, "TAINTED ");
    screen_put(&line, cell_as_text(cells, count, "failure_text", b), width > 106 ? width - 96 : 60);
    while (line.len && line.data[line.len - 1] == ' ')
        line.data[--line.len] = '\0';
    puts(str_cstr(&line));
    str_clear(&line);
    return true;
}

static enum status jobs_run(struct cli *cli)
{
    enum status status = STATUS_OK;
    struct err e;
    struct store *store = cli_open_store(cli, STORE_READ_ONLY, &status);
    if (!store)
        return status;
    struct cell parameters[] = {cell_text("switch", cli->arg_count ? cli->args[0] : ""),
                                cell_int("most", cli->all ? INT64_MAX : MOST_JOBS)};
    if (!store_select(store, jobs_select, parameters, 2, print_job, cli, &e))
        status = cli_error(&e);
    store_close(store);
    return status;
}

static const struct option_spec jobs_options[] = {
    {"all", 'a', NULL, "all jobs, not only the last 50", OPTION_FLAG, offsetof(struct cli, all), 0, 0, 0, 0},
    {0}};

const struct command command_jobs = {
    .name = "jobs",
    .arguments = "[SWITCH]",
    .about = "the last jobs, and how they ended",
    .help = "SWITCH is a name or a glob.",
    .group = "look at jobs",
    .options = jobs_options,
    .max_args = 1,
    .run = jobs_run,
};
