/* Does each uplink reach its gateway? Pinged per uplink, from its own interface, with packets as long as its MTU where the site
   states one (behaviour 73). What uplink_address has proven already on
   a switch without addresses is taken from it. */
#include "plugin/all.h"
#include "plugin/ping.h"
#include "plugin/shared.h"

static const enum failure codes[] = {FAILURE_CONNECTIVITY_FAIL, FAILURE_NONE};
static const char *const needs[] = {"ping", "ping_full", NULL};

static struct verdict connectivity_run(struct run *run)
{
    size_t pinged = 0, temporary = 0;
    struct verdict first = {0};
    for (size_t i = 0; i < run->sw->uplink_count; i++) {
        const struct uplink *u = &run->sw->uplinks[i];
        struct pinged p;
        if (!u->gateway)
            continue;
        if (run->uplinks_tried && run->uplinks_tried[i] == UPLINK_NOT_REACHED)
            return verdict_skip(run, "uplink_address judged it: %s has no address now", u->interface);
        if (run->uplinks_tried && run->uplinks_tried[i] == UPLINK_REACHED) {
            temporary++;
            pinged++;
            continue;
        }
        if (ping_lacks_source(run, u))
            return verdict_skip(run, "the site states no address of %s to ping from: add `address:`",
                                u->interface);
        pinged++;
        enum ping_outcome outcome = ping_uplink(run, u, u->mtu > 0, &p);
        if (outcome == PING_UNREAD)
            return verdict_error(run);
        if (outcome == PING_CONTRADICTION)
            return verdict_unread(run, &p.r, p.r.count ? 0 : ROW_NONE,
                                  "the counts of the ping from %s do not add up", u->interface);
        if (outcome == PING_REACHED)
            continue;
        struct verdict v = ping_failed(run, u, &p);
        if (first.text)
            first.text = arena_printf(&run->arena, "%s; %s", first.text, v.text);
        else
            first = v;
    }
    if (first.text)
        return first;
    if (pinged == 0 || pinged < run->sw->uplink_count)
        return verdict_skip(run, "the site states a gateway for %zu of %zu uplinks of %s", pinged,
                            run->sw->uplink_count, run->sw->name);
    if (temporary > 0)
        return verdict_pass(
            run, "%zu gateways answer, each through its uplink (%zu had a temporary address for it)", pinged,
            temporary);
    return verdict_pass(run, "%zu gateways answer, each through its uplink", pinged);
}

static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    (void)platform;
    return ping_times(sw, query);
}

const struct plugin plugin_connectivity = {
    .name = "connectivity",
    .about = "does each uplink reach its gateway?",
    .phase = PHASE_CONNECTIVITY_CHECK,
    .effect = READS,
    .needs = needs,
    .times = times,
    .codes = codes,
    .run = connectivity_run,
};
