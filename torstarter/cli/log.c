/* log: every command of a job with its output; -f follows a running one. */
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/screen.h"

enum { FOLLOW_MS = 250 };

static const char log_select[] =
    "SELECT e.job, e.seq, e.phase_run, e.phase, p.plugin, e.at, e.kind, e.mode, e.query, e.command, "
    "e.output, e.status, e.duration_us, "
    "e.transcript_from, e.transcript_to FROM log_event e LEFT JOIN phase_run p ON p.job = e.job AND p.seq = "
    "e.phase_run "
    "WHERE e.job = ?1 AND e.seq > ?2 AND (?3 = '' OR p.plugin = ?3) ORDER BY e.seq";
static const char state_select[] = "SELECT state FROM job WHERE id = ?";

struct log {
    struct cli *cli;
    int64_t last;
    bool follow, found, running;
};

static bool print_event(void *ctx, const struct cell *cells, size_t count)
{
    struct log *l = ctx;
    char b[32], at[CLOCK_TEXT_MAX];
    const char *status = cell_as_text(cells, count, "status", b);
    if (l->follow && l->running && strcmp(status, "sent") == 0)
        return false; /* its answer is still to come: shown whole, in its turn */
    l->last = cell_as_int(cells, count, "seq");
    if (l->cli->json) {
        screen_print_json_row(NULL, cells, count);
        return true;
    }
    struct str line = {0};
    clock_format_utc(cell_as_int(cells, count, "at"), at);
    const char *kind = cell_as_text(cells, count, "kind", b);
    const char *command = cell_as_text(cells, count, "command", b);
    str_printf(&line, "%.12s  ", at + 11);
    screen_put(&line, cell_as_text(cells, count, "phase", b), 20);
    screen_put(&line, kind, 10);
    screen_put(&line, cell_as_text(cells, count, "mode", b), 9);
    const char *output = cell_as_text(cells, count, "output", b);
    if (strcmp(kind, "note") == 0) {
        command = output;
        output = "";
    }
    str_add_escaped(&line, command, strlen(command));
    if (cell_as_int(cells, count, "duration_us"))
        str_printf(&line, "   (%s, %.1f ms)", status,
                   (double)cell_as_int(cells, count, "duration_us") / 1000);
    puts(str_cstr(&line));
    str_clear(&line);
    screen_print_block(stdout, output, strlen(output), "    ");
    return true;
}

static bool read_state(void *ctx, const struct cell *cells, size_t count)
{
    struct log *l = ctx;
    char b[32];
    const char *state = cell_as_text(cells, count, "state", b);
    l->found = true;
    l->running = strcmp(state, "RUNNING") == 0 || strcmp(state, "QUEUED") == 0;
    return false;
}

static bool print_log(struct log *l, struct store *store, int64_t job, struct err *e)
{
    struct cell key = cell_int("job", job);
    do {
        /* the state first: what was written before the job's end is then certainly seen */
        if (!store_select(store, state_select, &key, 1, read_state, l, e))
            return false;
        if (!l->found)
            return err_set(e, ERR_USAGE, "there is no job %lld in %s; `torstarter jobs` lists them",
                           (long long)job, store_path(store));
        struct cell parameters[] = {key, cell_int("after", l->last),
                                    cell_text("plugin", l->cli->plugin ? l->cli->plugin : "")};
        if (!store_select(store, log_select, parameters, 3, print_event, l, e))
            return false;
        fflush(stdout);
        if (l->follow && l->running)
            clock_wait_until(NULL, clock_now_ms(NULL) + FOLLOW_MS);
    } while (l->follow && l->running && !ferror(stdout));
    return true;
}

static enum status log_run(struct cli *cli)
{
    enum status status = STATUS_OK;
    struct err e;
    int64_t job;
    if (!cli_job_number(cli->args[0], &job, &e))
        return cli_error(&e);
    struct store *store = cli_open_store(cli, STORE_READ_ONLY, &status);
    if (!store)
        return status;
    struct log l = {.cli = cli, .follow = cli->follow};
    if (!print_log(&l, store, job, &e))
        status = cli_error(&e);
    store_close(store);
    return status;
}

static const struct option_spec log_options[] = {
    {"follow", 'f', NULL, "go on until the job ends", OPTION_FLAG, offsetof(struct cli, follow), 0, 0, 0, 0},
    {"plugin", 0, "PLUGIN", "only what this plugin asked", OPTION_TEXT, offsetof(struct cli, plugin), 0, 0, 0,
     0},
    {0}};

const struct command command_log = {
    .name = "log",
    .arguments = "JOB",
    .about = "every command of a job, with its output and its time",
    .group = "look at jobs",
    .options = log_options,
    .min_args = 1,
    .max_args = 1,
    .run = log_run,
};
