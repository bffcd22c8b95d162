/* retry: goes on with a job that ended before its end. The same type on the same switch from its first step: checks are repeated, and
   whoever changes something looks first, so that nothing is done again that is proven done. */
#include <string.h>

#include "cli/cli.h"
#include "cli/run.h"
#include "cli/screen.h"
#include "job/engine.h"

struct earlier {
    struct arena *arena;
    const char *type, *state, *switch_name;
    struct run_parent parent;
    bool found;
};

static bool read_job(void *ctx, const struct cell *cells, size_t count)
{
    struct earlier *j = ctx;
    char b[32];
    j->found = true;
    j->parent.job = cell_as_int(cells, count, "id");
    j->parent.attempt = (unsigned)cell_as_int(cells, count, "attempt");
    j->type = arena_strdup(j->arena, cell_as_text(cells, count, "type", b));
    j->state = arena_strdup(j->arena, cell_as_text(cells, count, "state", b));
    j->switch_name = arena_strdup(j->arena, cell_as_text(cells, count, "switch", b));
    return false;
}

static enum status look_up(struct cli *cli, int64_t job, struct earlier *out)
{
    static const char select[] =
        "SELECT j.id, j.type, j.state, j.attempt, s.switch FROM job j JOIN switch_job s "
        "ON s.job = j.id WHERE j.id = ?";
    enum status status = STATUS_OK;
    struct err e;
    struct cell key = cell_int("id", job);
    unsigned lost = 0;
    struct store *store = cli_open_store(cli, 0, &status);
    if (!store)
        return status;
    /* The job's process may have died a moment ago. */
    if (!engine_recover(store, &lost, &e) || !store_select(store, select, &key, 1, read_job, out, &e))
        status = cli_error(&e);
    else if (!out->found)
        status = cli_usage("there is no job %lld in %s; `torstarter jobs` lists them", (long long)job,
                           store_path(store));
    store_close(store);
    return status;
}

static enum status retry_run(struct cli *cli)
{
    struct earlier j = {.arena = &cli->arena};
    struct err e;
    int64_t job;
    if (!cli_job_number(cli->args[0], &job, &e))
        return cli_error(&e);
    enum status status = look_up(cli, job, &j);
    if (status != STATUS_OK)
        return status;
    if (strcmp(j.state, "RUNNING") == 0 || strcmp(j.state, "QUEUED") == 0)
        return cli_usage("job %lld is %s: there is nothing to go on with yet", (long long)job, j.state);
    if (strcmp(j.state, "PASSED") == 0)
        return cli_usage("job %lld PASSED: there is nothing left to do; `torstarter run %s %s` starts anew",
                         (long long)job, j.type, j.switch_name);
    char *selectors[] = {(char *)j.switch_name};
    bool by_uri = cli->console != NULL;
    return run_type(cli, arena_printf(&cli->arena, "run %s", j.type), j.type, selectors, by_uri ? 0 : 1,
                    &j.parent);
}

const struct command command_retry = {
    .name = "retry",
    .arguments = "JOB",
    .about = "go on with a job that was interrupted or failed",
    .help = "The same job type on the same switch, as a new job that names this "
            "one. The switch is asked anew; what\n"
            "is proven done is not done again.",
    .group = "work on switches",
    .options = run_options,
    .min_args = 1,
    .max_args = 1,
    .run = retry_run};
