/* Does each uplink reach its gateway? Pinged per uplink, from its own interface, with packets as long as its MTU where the site
   states one (behaviour 73). The first packet may wait for ARP: its loss alone is no failure, any other loss is. */
#include <math.h>
#include <string.h>

#include "plugin/all.h"
#include "plugin/shared.h"

static const enum failure codes[] = {FAILURE_CONNECTIVITY_FAIL, FAILURE_NONE};
static const char *const needs[] = {"ping", "ping_full", NULL};

enum { SENT_AT_LEAST = 3 };

enum outcome { REACHED, LOST, REFUSED, UNREAD, CONTRADICTION };

struct pinged {
    struct records r;
    double sent, received;
    const char *refusal;
};

static bool whole(const struct records *r, const char *column, double *out)
{
    return record_number(r, 0, column, out) && *out >= 0 && *out == floor(*out);
}

/* Where a switch prints one mark per packet (IOS: ".!!!!") instead of numbers, the marks up to the first answer are it. */
static bool first_reply(const struct records *r, double *out)
{
    const char *text = record_get(r, 0, "first_reply");
    size_t marks = strcspn(text, "!") + 1;
    if (text[0] && text[marks - 1] == '!' && text[marks] == '\0' && !strpbrk(text, "0123456789")) {
        *out = (double)marks;
        return true;
    }
    return whole(r, "first_reply", out);
}

static enum outcome judge_counts(struct pinged *p)
{
    double first, loss;
    if (!whole(&p->r, "sent", &p->sent) || !whole(&p->r, "received", &p->received) ||
        p->sent < SENT_AT_LEAST || p->received > p->sent)
        return CONTRADICTION;
    if (*record_text(&p->r, 0, "loss_percent") && (!record_number(&p->r, 0, "loss_percent", &loss) ||
                                                   fabs(loss - 100 * (p->sent - p->received) / p->sent) > 1))
        return CONTRADICTION;
    if (p->received == 0)
        return LOST;
    if (!first_reply(&p->r, &first) || first < 1 || (p->received == p->sent && first > 1))
        return CONTRADICTION;
    return p->received == p->sent || (p->received == p->sent - 1 && first == 2) ? REACHED : LOST;
}

static enum outcome ping(struct run *run, const struct uplink *u, bool full, struct pinged *p)
{
    const char *own = u->address ? u->address : "";
    struct argument args[] = {
        {"address", u->gateway},
        {"interface", platform_interface(run->platform, u->interface, &run->arena)},
        {"source", arena_strndup(&run->arena, own, strcspn(own, "/"))},
        {"mtu", arena_printf(&run->arena, "%u", u->mtu)},
        {"payload", arena_printf(&run->arena, "%u", u->mtu > 28 ? u->mtu - 28 : 0)},
    };
    *p = (struct pinged){.refusal = ""};
    if (!run_query_with(run, full ? "ping_full" : "ping", args, sizeof args / sizeof args[0], &p->r))
        return UNREAD;
    if (p->r.count != 1)
        return CONTRADICTION;
    p->refusal = record_text(&p->r, 0, "refusal");
    return *p->refusal ? REFUSED : judge_counts(p);
}

static struct verdict failed(struct run *run, const struct uplink *u, struct pinged *p)
{
    struct verdict v;
    struct pinged small;
    const char *mtu = "";
    if (*p->refusal) {
        v = verdict_fail(run, FAILURE_CONNECTIVITY_FAIL, "%s cannot ping gateway %s: %s", u->interface,
                         u->gateway, p->refusal);
        verdict_point(run, &v, &p->r, 0, "refusal", "answers from %s", u->gateway);
        verdict_remedy(run, &v, "check the address of %s", u->interface);
        return v;
    }
    /* Long packets lost and short ones not: that is the MTU, and worth the second on the wire. */
    if (u->mtu && ping(run, u, false, &small) == REACHED)
        mtu = arena_printf(&run->arena, " with packets of %u bytes; short ones pass", u->mtu);
    v = verdict_fail(run, FAILURE_CONNECTIVITY_FAIL, "%s: %.0f of %.0f answers from gateway %s%s",
                     u->interface, p->received, p->sent, u->gateway, mtu);
    verdict_point(run, &v, &p->r, 0, "received", "all answers from %s, but for the first", u->gateway);
    if (*mtu)
        verdict_remedy(run, &v, "set the same MTU at both ends of %s (to %s)", u->interface,
                       u->peer ? u->peer : u->gateway);
    else
        verdict_remedy(run, &v, "check address, VLAN and MTU of %s at both ends (to %s)", u->interface,
                       u->peer ? u->peer : u->gateway);
    return v;
}

/* Where the platform pings from an address, not from an interface, the site has to say which. */
static bool lacks_source(const struct run *run, const struct uplink *u)
{
    const struct query *q = dialect_query(&run->platform->dialect, u->mtu > 0 ? "ping_full" : "ping");
    return q && query_takes(q, "source") && !u->address;
}

static struct verdict connectivity_run(struct run *run)
{
    size_t pinged = 0;
    struct verdict first = {0};
    for (size_t i = 0; i < run->sw->uplink_count; i++) {
        const struct uplink *u = &run->sw->uplinks[i];
        struct pinged p;
        if (!u->gateway)
            continue;
        if (lacks_source(run, u))
            return verdict_skip(run, "the site states no address of %s to ping from: add `address:`",
                                u->interface);
        pinged++;
        enum outcome outcome = ping(run, u, u->mtu > 0, &p);
        if (outcome == UNREAD)
            return verdict_error(run);
        if (outcome == CONTRADICTION)
            return verdict_unread(run, &p.r, p.r.count ? 0 : ROW_NONE,
                                  "the counts of the ping from %s do not add up", u->interface);
        if (outcome == REACHED)
            continue;
        struct verdict v = failed(run, u, &p);
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
    return verdict_pass(run, "%zu gateways answer, each through its uplink", pinged);
}

static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    (void)platform;
    bool full = strcmp(query, "ping_full") == 0;
    unsigned n = 0;
    for (size_t i = 0; i < sw->uplink_count; i++)
        n += sw->uplinks[i].gateway && (sw->uplinks[i].mtu > 0) == full;
    return n;
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
