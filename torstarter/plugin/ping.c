/* The first packet may wait for ARP: its loss alone is no failure, any other loss is (behaviour 73). */
#include "plugin/ping.h"

#include <math.h>
#include <string.h>

#include "plugin/shared.h"

enum { SENT_AT_LEAST = 3 };

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

static enum ping_outcome judge_counts(struct pinged *p)
{
    double first, loss;
    if (!whole(&p->r, "sent", &p->sent) || !whole(&p->r, "received", &p->received) ||
        p->sent < SENT_AT_LEAST || p->received > p->sent)
        return PING_CONTRADICTION;
    if (*record_text(&p->r, 0, "loss_percent") && (!record_number(&p->r, 0, "loss_percent", &loss) ||
                                                   fabs(loss - 100 * (p->sent - p->received) / p->sent) > 1))
        return PING_CONTRADICTION;
    if (p->received == 0)
        return PING_LOST;
    if (!first_reply(&p->r, &first) || first < 1 || (p->received == p->sent && first > 1))
        return PING_CONTRADICTION;
    return p->received == p->sent || (p->received == p->sent - 1 && first == 2) ? PING_REACHED : PING_LOST;
}

enum ping_outcome ping_uplink(struct run *run, const struct uplink *u, bool full, struct pinged *p)
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
        return PING_UNREAD;
    if (p->r.count != 1)
        return PING_CONTRADICTION;
    p->refusal = record_text(&p->r, 0, "refusal");
    return *p->refusal ? PING_REFUSED : judge_counts(p);
}

struct verdict ping_failed(struct run *run, const struct uplink *u, struct pinged *p)
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
    if (u->mtu && ping_uplink(run, u, false, &small) == PING_REACHED)
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

bool ping_lacks_source(const struct run *run, const struct uplink *u)
{
    const struct query *q = dialect_query(&run->platform->dialect, u->mtu > 0 ? "ping_full" : "ping");
    return q && query_takes(q, "source") && !u->address;
}

unsigned ping_times(const struct site_switch *sw, const char *query)
{
    bool full = strcmp(query, "ping_full") == 0;
    unsigned n = 0;
    for (size_t i = 0; i < sw->uplink_count; i++)
        n += sw->uplinks[i].gateway && (sw->uplinks[i].mtu > 0) == full;
    return n;
}
