/* export: a stored job as a file that plays in asciinema and is a test of `replay`. */
#include "job/export.h"

#include "cli/cli.h"

static enum status export_run(struct cli *cli)
{
    enum status status = STATUS_OK;
    struct err e;
    struct str out = {0};
    int64_t job;
    if (!cli_job_number(cli->args[0], &job, &e))
        return cli_error(&e);
    struct store *store = cli_open_store(cli, STORE_READ_ONLY, &status);
    if (!store)
        return status;
    if (export_job(store, job, &out, &e))
        fwrite(str_cstr(&out), 1, out.len, stdout);
    else
        status = cli_error(&e);
    str_clear(&out);
    store_close(store);
    return status;
}

const struct command command_export = {
    .name = "export",
    .arguments = "JOB",
    .about = "a job as a recording: `torstarter export JOB > job.cast`",
    .help = "asciicast v2: plays in asciinema, and `torstarter replay job.cast` takes it through the same "
            "job again. It holds\n"
            "what the site says of the switch, but no password: {secret:NAME} stands in its place.",
    .group = "look at jobs",
    .min_args = 1,
    .max_args = 1,
    .run = export_run,
};
