/* Is this the switch the job is for? The host name in the prompt is no identity (behaviour 20): the serial number is, compared
   with the site file, else with the asset database. Where neither says anything there is nothing to prove it by. */
#include <ctype.h>
#include <string.h>

#include "plugin/all.h"
#include "plugin/shared.h"

static const enum failure codes[] = {FAILURE_IDENTITY_MISMATCH, FAILURE_CONSOLE_SWAPPED,
                                     FAILURE_PLATFORM_MISMATCH, FAILURE_NONE};
static const char *const needs[] = {"version", "inventory", NULL};

/* Words by which a switch of another kind gives itself away in what it answers to the question for its version. */
static const struct {
    const char *word, *platform;
} signatures[] = {{"Cisco Nexus", "cisco_nxos"}, {"NX-OS", "cisco_nxos"},       {"Cisco IOS", "cisco_iosxe"},
                  {"JUNOS", "juniper_junos"},    {"Junos:", "juniper_junos"},   {"SONiC", "sonic"},
                  {"Cumulus", "cumulus_linux"},  {"ArubaOS-CX", "aruba_aoscx"}, {"AOS-CX", "aruba_aoscx"},
                  {"Arista", "arista_eos"},      {"SmartFabric", "dell_os10"}};

static bool speaks_of(const char *answer, const char *platform)
{
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++)
        if (strcmp(signatures[i].platform, platform) == 0 && strstr(answer, signatures[i].word))
            return true;
    return false;
}

static struct verdict not_read(struct run *run)
{
    struct verdict v = verdict_error(run);
    const char *answer = run->err_evidence.raw;
    if (!answer || !text_same(run->err_evidence.query, "version") || speaks_of(answer, run->platform->name))
        return v;
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        if (!strstr(answer, signatures[i].word))
            continue;
        struct verdict f =
            verdict_fail(run, FAILURE_PLATFORM_MISMATCH, "this is no %s: it speaks of %s, as %s does",
                         run->platform->name, signatures[i].word, signatures[i].platform);
        f.evidence = v.evidence;
        f.evidence.word = signatures[i].word;
        return f;
    }
    return v;
}

static const struct asset *asset_of_serial(const struct run *run, const char *serial)
{
    for (size_t i = 0; i < run->site->asset_count; i++)
        if (text_same(run->site->assets[i].serial, serial))
            return &run->site->assets[i];
    return NULL;
}

static const struct asset *asset_of_name(const struct run *run, const char *name)
{
    for (size_t i = 0; i < run->site->asset_count; i++)
        if (text_same(run->site->assets[i].name, name))
            return &run->site->assets[i];
    return NULL;
}

/* The other switch of the site that this serial number belongs to. */
static const struct site_switch *owner(const struct run *run, const char *serial)
{
    const struct site *site = run->site;
    const struct asset *asset = asset_of_serial(run, serial);
    for (size_t i = 0; i < site->switch_count; i++)
        if (&site->switches[i] != run->sw && site->switches[i].serial &&
            text_same(site->switches[i].serial, serial))
            return &site->switches[i];
    for (size_t i = 0; asset && i < site->switch_count; i++)
        if (&site->switches[i] != run->sw && text_same(site->switches[i].name, asset->name))
            return &site->switches[i];
    return NULL;
}

static struct verdict swapped(struct run *run, const struct site_switch *other)
{
    const struct console *a = &run->sw->console, *b = &other->console;
    struct verdict v;
    if (run->sw->server && run->sw->server == other->server && a->port && b->port) {
        v = verdict_fail(run, FAILURE_CONSOLE_SWAPPED,
                         "answers with the serial of %s; swap %s ports %s and %s", other->name,
                         run->sw->server->name, a->port, b->port);
        verdict_remedy(run, &v, "swap the console cables at %s ports %s and %s", run->sw->server->name,
                       a->port, b->port);
    } else {
        v = verdict_fail(run, FAILURE_CONSOLE_SWAPPED,
                         "answers with the serial of %s, whose console should be %s", other->name,
                         b->name ? b->name : "another");
        verdict_remedy(run, &v, "trace the console cables of %s (%s) and %s (%s)", run->sw->name,
                       a->name ? a->name : "", other->name, b->name ? b->name : "");
    }
    return v;
}

static bool mac_same(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a && !isxdigit((unsigned char)*a))
            a++;
        while (*b && !isxdigit((unsigned char)*b))
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

static void tell_facts(struct run *run, const struct chassis *c)
{
    run_fact(run, "serial_found", c->serial);
    run_fact(run, "mac", c->mac);
    run_fact(run, "model", c->model);
    run_fact(run, "firmware_found", c->version);
}

static struct verdict judge(struct run *run, const char *serial, const char *mac, const char **wanted)
{
    const struct asset *named = asset_of_name(run, run->sw->name), *known = asset_of_serial(run, serial);
    const char *name = run->sw->name;
    *wanted = run->sw->serial ? run->sw->serial : named ? named->serial : NULL;
    const struct site_switch *other = *serial ? owner(run, serial) : NULL;
    if (*wanted && *serial && text_same(*wanted, serial)) {
        if (run->sw->mac && *mac && !mac_same(run->sw->mac, mac))
            return verdict_fail(run, FAILURE_IDENTITY_MISMATCH,
                                "serial %s is right, but its MAC address is %s, not %s", serial, mac,
                                run->sw->mac);
        return verdict_pass(run, "serial %s, as the %s says", serial,
                            run->sw->serial ? "site file" : "asset database");
    }
    if (other)
        return swapped(run, other);
    if (*wanted && !*serial)
        return verdict_fail(run, FAILURE_IDENTITY_MISMATCH, "shows no serial number; %s is expected",
                            *wanted);
    if (*wanted)
        return verdict_fail(run, FAILURE_IDENTITY_MISMATCH, "serial is %s, not %s%s%s", serial, *wanted,
                            known ? "; the assets know it as " : "", known ? known->name : "");
    if (known)
        return verdict_fail(run, FAILURE_IDENTITY_MISMATCH, "serial %s is %s in the assets, not %s", serial,
                            known->name, name);
    return verdict_skip(
        run, "nothing says which serial number %s has; it shows %s: add `serial:` to its entry in %s", name,
        *serial ? serial : "none", run->site->file ? run->site->file : "a site file");
}

static struct verdict identity_run(struct run *run)
{
    struct chassis c;
    const char *wanted;
    if (!chassis_read(run, &c))
        return not_read(run);
    tell_facts(run, &c);
    struct verdict v = judge(run, c.serial, c.mac, &wanted);
    if (v.kind == VERDICT_FAIL)
        verdict_point(run, &v, &c.from, c.row, records_has(&c.from, "serial") ? "serial" : NULL, "serial %s",
                      wanted ? wanted : "of this switch");
    if (v.kind == VERDICT_FAIL && !v.remedy)
        verdict_remedy(run, &v, "compare the label of %s with the site file and trace its console cable",
                       run->sw->name);
    return v;
}

static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    bool has_inventory = dialect_query(&platform->dialect, "inventory") != NULL;
    bool for_mac = sw->mac && has_inventory && !platform_maps(platform, "version", "mac");
    return strcmp(query, "inventory") != 0 || chassis_needs_inventory(platform) || for_mac;
}

const struct plugin plugin_identity = {
    .name = "identity",
    .about = "is this the switch the job is for?",
    .phase = PHASE_IDENTITY_CHECK,
    .effect = READS,
    .needs = needs,
    .times = times,
    .codes = codes,
    .stops_job = true,
    .run = identity_run,
};
