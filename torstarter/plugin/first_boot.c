/* A new switch looks for somebody to provision it: EOS's zero-touch mode may load a configuration of its own, or restart, at any moment
   of the job. What leaves that mode restarts the switch (behaviour 62), so it waits for a permit: whoever is in
   production is in no such mode, but the switch has to show it. */
#include "plugin/all.h"
#include "plugin/change.h"

static const enum failure codes[] = {
    FAILURE_FIRST_BOOT,     FAILURE_IN_PRODUCTION,     FAILURE_GUARD_UNPROVEN,
    FAILURE_REBOOT_TIMEOUT, FAILURE_BOOT_LOOP,         FAILURE_BOOT_LOADER,
    FAILURE_LOGIN_FAIL,     FAILURE_IDENTITY_MISMATCH, FAILURE_NONE};
static const char *const needs[] = {NULL};

static struct verdict first_boot_run(struct run *run)
{
    struct change c;
    if (!run->session || !session_in_first_boot(run->session))
        return verdict_not_asked(run, "%s is in no first-boot mode", run->sw->name);
    bool ok = run_procedure(run, "first_boot_end", NULL, 0, NULL, &c);
    struct verdict v =
        ok ? verdict_pass(run, "left its first-boot mode, and restarted") : verdict_changed(run, &c);
    if (ok && session_in_first_boot(run->session))
        v = verdict_fail(run, FAILURE_FIRST_BOOT,
                         "it was told to leave its first-boot mode, restarted, and is in it again");
    else if (!ok && v.failure != FAILURE_NONE && failure_info(v.failure)->phase == PHASE_OOB_CONNECT)
        v.kind = VERDICT_FAIL;
    change_clear(&c);
    return v;
}

const struct plugin plugin_first_boot = {
    .name = "first_boot",
    .about = "does nothing else provision this switch meanwhile?",
    .phase = PHASE_OOB_CONNECT,
    .effect = CHANGES,
    .needs = needs,
    .codes = codes,
    .stops_job = true,
    .run = first_boot_run,
};
