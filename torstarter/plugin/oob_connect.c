#include "plugin/all.h"
#include "plugin/shared.h"

static const enum failure codes[] = {FAILURE_OOB_CONNECT_FAIL, FAILURE_OOB_AUTH_FAIL,
                                     FAILURE_OOB_HOST_KEY,     FAILURE_CONSOLE_BUSY,
                                     FAILURE_CONSOLE_SILENT,   FAILURE_CONSOLE_GARBLED,
                                     FAILURE_CONSOLE_DIRTY,    FAILURE_LOGIN_FAIL,
                                     FAILURE_LOGIN_POLICY,     FAILURE_FIRST_BOOT,
                                     FAILURE_QUESTION_UNKNOWN, FAILURE_BOOT_LOADER,
                                     FAILURE_BOOT_LOOP,        FAILURE_NONE};
static const char *const needs[] = {NULL};

/* Not reaching the console is a finding (someone has to go there), unless the operator stopped us or the line broke later. */
struct verdict connect_failed(struct run *run, enum failure otherwise)
{
    enum failure f = run->err.failure != FAILURE_NONE ? run->err.failure : otherwise;
    if (run->err.code == ERR_CANCELLED)
        f = FAILURE_CANCELLED;
    run->err.failure = f;
    if (failure_info(f)->phase != PHASE_OOB_CONNECT)
        return verdict_error(run);
    return verdict_fail(run, f, "%s", run->err.msg);
}

static const char *user_of(const struct run *run, const char *credential)
{
    for (size_t i = 0; i < run->session_options.credential_count; i++)
        if (text_same(run->session_options.credentials[i].name, credential))
            return run->session_options.credentials[i].user;
    return "";
}

static struct verdict oob_connect_run(struct run *run)
{
    const char *console = run->sw->console.name ? run->sw->console.name : "";
    run->err = (struct err){0};
    run->err_evidence = (struct evidence){0};
    run->session = session_open(&run->session_options, &run->err);
    if (!run->session)
        return connect_failed(run, FAILURE_OOB_CONNECT_FAIL);
    if (!session_login(run->session, &run->err))
        return connect_failed(run, FAILURE_LOGIN_FAIL);
    const char *credential = session_credential(run->session), *finding = session_finding(run->session);
    const char *stop = *finding ? "; " : "";
    if (!*credential)
        return verdict_pass(run, "console %s, no login asked for%s%s", console, stop, finding);
    return verdict_pass(run, "console %s, logged in as %s (credential %s)%s%s", console,
                        user_of(run, credential), credential, stop, finding);
}

const struct plugin plugin_oob_connect = {
    .name = "oob_connect",
    .about = "can we reach and log in to the console?",
    .phase = PHASE_OOB_CONNECT,
    .effect = READS,
    .needs = needs,
    .codes = codes,
    .stops_job = true,
    .run = oob_connect_run,
};
