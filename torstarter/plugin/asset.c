#include <string.h>

#include "plugin/all.h"
#include "plugin/shared.h"

static const enum failure codes[] = {FAILURE_ADB_FAILURE, FAILURE_NONE};
static const char *const needs[] = {"version", "inventory", NULL};

/* A switch on its way into service, or in it. Any other word (retired, failed, stolen, one nobody knows) needs a person. */
static const char *const good[] = {"planned", "staged", "inventory", "active"};

static bool status_good(const char *status)
{
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (text_same(status, good[i]))
            return true;
    return false;
}

static struct verdict judge(struct run *run, const char *serial)
{
    const struct site *site = run->site;
    const struct asset *found = NULL;
    const char *name = run->sw->name;
    for (size_t i = 0; i < site->asset_count; i++) {
        const struct asset *a = &site->assets[i];
        if (!text_same(a->serial, serial))
            continue;
        if (found)
            return verdict_fail(run, FAILURE_ADB_FAILURE, "serial %s is listed twice in %s (lines %u and %u)",
                                serial, site->assets_file, found->line, a->line);
        found = a;
    }
    if (!found)
        return verdict_fail(run, FAILURE_ADB_FAILURE, "serial %s is not in %s", serial, site->assets_file);
    if (!text_same(found->name, name))
        return verdict_fail(run, FAILURE_ADB_FAILURE, "serial %s is %s in %s (line %u), not %s", serial,
                            found->name, site->assets_file, found->line, name);
    if (!status_good(found->status))
        return verdict_fail(run, FAILURE_ADB_FAILURE, "%s has status \"%s\" in %s (line %u)", name,
                            found->status, site->assets_file, found->line);
    for (size_t i = 0; i < site->asset_count; i++)
        if (&site->assets[i] != found && text_same(site->assets[i].name, name) &&
            status_good(site->assets[i].status))
            return verdict_fail(run, FAILURE_ADB_FAILURE,
                                "%s is listed with two serials in %s (lines %u and %u)", name,
                                site->assets_file, found->line, site->assets[i].line);
    return verdict_pass(run, "serial %s is %s, status %s", serial, found->name, found->status);
}

static struct verdict asset_run(struct run *run)
{
    struct chassis c;
    if (!run->site->assets_file)
        return verdict_skip(run, "the site names no asset database: add `assets: {file: …}`");
    if (!chassis_read(run, &c))
        return verdict_error(run);
    struct verdict v = *c.serial ? judge(run, c.serial)
                                 : verdict_fail(run, FAILURE_ADB_FAILURE,
                                                "shows no serial number to look for in the assets");
    if (v.kind == VERDICT_FAIL) {
        verdict_point(run, &v, &c.from, c.row, records_has(&c.from, "serial") ? "serial" : NULL,
                      "%s in %s, with a status that lets it be provisioned", run->sw->name,
                      run->site->assets_file);
        verdict_remedy(run, &v, "correct the record in %s, or find out which switch this is",
                       run->site->assets_file);
    }
    return v;
}

static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    (void)sw;
    return strcmp(query, "inventory") != 0 || chassis_needs_inventory(platform);
}

const struct plugin plugin_asset = {
    .name = "asset",
    .about = "is the serial number in the asset database, for this name?",
    .phase = PHASE_ADB_CHECK,
    .effect = READS,
    .needs = needs,
    .times = times,
    .codes = codes,
    .run = asset_run,
};
