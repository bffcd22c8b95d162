/* The interactive console as a step of a job: the same path, the same lock, the same recording. */
#include "plugin/all.h"
#include "plugin/shared.h"

static const enum failure codes[] = {FAILURE_OOB_CONNECT_FAIL, FAILURE_OOB_AUTH_FAIL, FAILURE_OOB_HOST_KEY,
                                     FAILURE_CONSOLE_BUSY,     FAILURE_CONSOLE_LOST,  FAILURE_NONE};
static const char *const needs[] = {NULL};

static struct verdict console_run(struct run *run)
{
    run->err = (struct err){0};
    run->err_evidence = (struct evidence){0};
    if (!run->attendant)
        return verdict_skip(run, "nobody is at the keyboard: this step is for `torstarter console`");
    run->session = session_open(&run->session_options, &run->err);
    if (!run->session)
        return connect_failed(run, FAILURE_OOB_CONNECT_FAIL);
    if (run->attendant->opened)
        run->attendant->opened(run->attendant->ctx);
    if (!session_attend(run->session, run->attendant, &run->err))
        return verdict_error(run);
    return verdict_pass(run, "left by the operator after %llu bytes",
                        (unsigned long long)session_received(run->session));
}

const struct plugin plugin_console = {
    .name = "console",
    .about = "a person at the keyboard (torstarter console), recorded like a job",
    .phase = PHASE_OOB_CONNECT,
    .effect = READS,
    .needs = needs,
    .codes = codes,
    .stops_job = true,
    .run = console_run,
};
