/* The signs that one table each tells: who is logged in, what is left open, who talks to the switch and through it. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "plugin/evidence_self.h"

/* Our own sessions of a configuration bear our name (see the platform files): one left by a job that died is no stranger's. */
static const char our_name[] = "torstarter";

bool evidence_is_uplink(struct run *run, const char *interface)
{
    const struct site_switch *sw = run->sw;
    const char *name = platform_interface(run->platform, interface, &run->arena);
    for (size_t i = 0; i < sw->uplink_count; i++)
        if (text_same(platform_interface(run->platform, sw->uplinks[i].interface, &run->arena), name))
            return true;
    for (const char *const *lag = sw->lags; lag && *lag; lag++)
        if (text_same(platform_interface(run->platform, *lag, &run->arena), name))
            return true;
    return platform_is_management(run->platform, interface);
}

static size_t count_word(const struct records *r, const char *column, const char *word, size_t *first)
{
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++)
        if (record_is(r, i, column, word) && n++ == 0)
            *first = i;
    return n;
}

/* The list must hold our own login, or it is not the list of who is logged in. */
void evidence_users(struct run *run, const struct known *k, struct evidence_found *f)
{
    struct records r;
    size_t row = 0, others, own;
    if (!evidence_ask(run, k, "users", &r, f))
        return;
    if (records_has(&r, "own")) {
        others = count_word(&r, "own", "no", &row);
        size_t at = 0;
        own = count_word(&r, "own", "yes", &at);
    } else {
        own = r.count > 0;
        others = r.count > 1 ? r.count - 1 : 0;
        row = r.count > 1 ? 1 : 0;
    }
    if (others > 0)
        evidence_say(run, f, UNSAFE, &r, row, "user", "%zu more logged in: %s on %s", others,
                     record_get(&r, row, "user"), record_get(&r, row, "line"));
    else if (own != 1)
        evidence_say(run, f, UNKNOWN, &r, SIZE_MAX, NULL,
                     "our own login stands %zu times among those logged in, not once", own);
    else
        evidence_say(run, f, SAFE, &r, SIZE_MAX, NULL, "nobody else is logged in");
}

void evidence_pending(struct run *run, const struct known *k, struct evidence_found *f)
{
    struct records r;
    if (!evidence_ask(run, k, "pending_changes", &r, f))
        return;
    for (size_t i = 0; i < r.count; i++) {
        const char *what = record_get(&r, i, "what");
        if (strstr(what, our_name))
            continue;
        evidence_say(run, f, UNSAFE, &r, i, "what", "somebody's uncommitted changes: %s", what);
        return;
    }
    evidence_say(run, f, SAFE, &r, SIZE_MAX, NULL, "%s",
                 r.count ? "nothing is left open but what torstarter left" : "nothing is left open");
}

/* "spine-1(swp51)", as FRR names the neighbour of an unnumbered session. */
static const char *interface_in(struct run *run, const char *neighbor)
{
    const char *open = strrchr(neighbor, '(');
    size_t len = open ? strcspn(open + 1, ")") : 0;
    return open && open[1 + len] == ')' ? arena_strndup(&run->arena, open + 1, len) : neighbor;
}

static bool is_expected(struct run *run, const char *neighbor)
{
    const struct site_switch *sw = run->sw;
    for (size_t i = 0; i < sw->neighbor_count; i++)
        if (text_same(sw->neighbors[i].address, neighbor))
            return true;
    for (size_t i = 0; i < sw->uplink_count; i++)
        if (sw->uplinks[i].gateway && text_same(sw->uplinks[i].gateway, neighbor))
            return true;
    const char *interface = platform_interface(run->platform, interface_in(run, neighbor), &run->arena);
    for (size_t i = 0; i < sw->uplink_count; i++)
        if (text_same(platform_interface(run->platform, sw->uplinks[i].interface, &run->arena), interface))
            return true;
    return false;
}

void evidence_routing(struct run *run, const struct known *k, struct evidence_found *f)
{
    struct records r;
    size_t known = 0;
    if (!evidence_ask(run, k, "routing_neighbors", &r, f))
        return;
    for (size_t i = 0; i < r.count; i++) {
        if (!record_is(&r, i, "state", "established"))
            continue;
        const char *neighbor = record_get(&r, i, "neighbor");
        if (!is_expected(run, neighbor)) {
            evidence_say(run, f, UNSAFE, &r, i, "neighbor",
                         "%s is established, and no uplink or neighbour of the site", neighbor);
            return;
        }
        known++;
    }
    evidence_say(run, f, SAFE, &r, SIZE_MAX, NULL, "%zu established, all of them expected", known);
}

/* True: it is quiet. A rate that is no number says nothing. */
static bool quiet(struct run *run, const struct records *r, size_t row, const char *column,
                  struct evidence_found *f)
{
    double rate;
    const char *name = record_get(r, row, "interface");
    if (!records_has(r, column))
        return true;
    if (!record_number(r, row, column, &rate) || !isfinite(rate) || rate < 0) {
        evidence_say(run, f, UNKNOWN, r, row, column, "the traffic of %s is \"%s\", which is no rate", name,
                     record_get(r, row, column));
        return false;
    }
    if (rate > 0)
        evidence_say(run, f, UNSAFE, r, row, column, "%s carries traffic: %s", name,
                     record_get(r, row, column));
    return rate <= 0;
}

void evidence_traffic(struct run *run, const struct known *k, struct evidence_found *f)
{
    struct records r;
    struct evidence_found unread = {.safety = SAFE};
    if (!evidence_ask(run, k, "interface_rates", &r, f))
        return;
    for (size_t i = 0; i < r.count; i++) {
        if (evidence_is_uplink(run, record_get(&r, i, "interface")))
            continue;
        if (quiet(run, &r, i, "in_rate", f) && quiet(run, &r, i, "out_rate", f))
            continue;
        if (f->safety == UNSAFE)
            return;
        unread = *f; /* a busy port further down says more */
    }
    if (unread.safety == UNKNOWN)
        *f = unread;
    else if (r.count == 0)
        evidence_say(run, f, UNKNOWN, &r, SIZE_MAX, NULL,
                     "no interface is listed, so none is known to be quiet");
    else
        evidence_say(run, f, SAFE, &r, SIZE_MAX, NULL, "no traffic but on uplinks and management");
}

void evidence_hosts(struct run *run, const struct known *k, struct evidence_found *f)
{
    struct records r;
    size_t hosts = 0, first = 0;
    if (!evidence_ask(run, k, "mac_table", &r, f))
        return;
    for (size_t i = 0; i < r.count; i++) {
        bool learned = !records_has(&r, "kind") || record_is(&r, i, "kind", "dynamic");
        if (learned && !evidence_is_uplink(run, record_get(&r, i, "interface")) && hosts++ == 0)
            first = i;
    }
    if (hosts)
        evidence_say(run, f, UNSAFE, &r, first, "mac", "%zu learned that are not behind an uplink: %s on %s",
                     hosts, record_get(&r, first, "mac"), record_get(&r, first, "interface"));
    else
        evidence_say(run, f, SAFE, &r, SIZE_MAX, NULL, "nothing was learned but behind uplinks");
}
