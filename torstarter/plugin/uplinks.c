/* Are all uplinks up, and does each lead to its port? A link that is down is seen first; of those that are up the neighbours
   (LLDP) tell where the cables lead. What is only not known is never called wrong: a missing or ambiguous neighbour is
   NEIGHBORS_UNAVAILABLE, not UPLINKS_ORDER (behaviours 70, 71). */
#include <string.h>

#include "plugin/all.h"
#include "plugin/lanes.h"

static const enum failure codes[] = {FAILURE_UPLINKS_COUNT, FAILURE_UPLINKS_ORDER,
                                     FAILURE_NEIGHBORS_UNAVAILABLE, FAILURE_NONE};
static const char *const needs[] = {"uplink_interfaces", "interfaces", "neighbors", "transceivers", NULL};

struct link {
    const struct uplink *want;
    const char *name;
    size_t state_row, peer_row, peer_count;
    bool up;
};

struct cabling {
    struct link *links;
    size_t count;
    struct records states, peers;
    bool peers_known; /* the neighbours were read */
    size_t *cable_of; /* per link: whose cable is in it (cables.c) */
    size_t first_down, first_wrong, first_unseen, down;
};

static bool port_same(struct run *run, const char *wanted, const char *found)
{
    return *found && text_same(platform_interface(run->platform, wanted, &run->arena),
                               platform_interface(run->platform, found, &run->arena));
}

static bool leads_to(struct run *run, const struct uplink *want, const struct records *r, size_t row)
{
    if (!want->peer || !neighbor_name_same(want->peer, record_get(r, row, "peer")))
        return false;
    return !want->peer_interface ||
           port_same(run, want->peer_interface, record_get(r, row, "peer_interface")) ||
           port_same(run, want->peer_interface, record_text(r, row, "peer_description"));
}

static struct verdict read_states(struct run *run, struct cabling *c)
{
    if (!run_query_uplinks(run, "uplink_interfaces", &c->states))
        return verdict_error(run);
    for (size_t i = 0; i < c->count; i++) {
        struct link *l = &c->links[i];
        size_t rows;
        l->want = &run->sw->uplinks[i];
        l->name = platform_interface(run->platform, l->want->interface, &run->arena);
        l->state_row = uplink_row(run, &c->states, l->name, &rows);
        l->peer_row = ROW_NONE;
        if (rows != 1)
            return verdict_unread(run, &c->states, l->state_row, "the answer has %zu rows for %s", rows,
                                  l->name);
        l->up = record_is(&c->states, l->state_row, "state", "up");
        if (!l->up && c->down++ == 0)
            c->first_down = i;
    }
    return verdict_pass(run, "read");
}

/* Whose cable is in link i: the one whose wish its neighbour fulfils. */
static size_t owner_of_cable(struct run *run, const struct cabling *c, size_t i)
{
    const struct link *l = &c->links[i];
    if (!l->want->peer)
        return i;
    if (l->peer_count != 1)
        return CABLE_FOREIGN;
    if (leads_to(run, l->want, &c->peers, l->peer_row))
        return i;
    for (size_t j = 0; j < c->count; j++)
        if (leads_to(run, c->links[j].want, &c->peers, l->peer_row))
            return j;
    return CABLE_FOREIGN;
}

static void read_peers(struct run *run, struct cabling *c)
{
    c->peers_known = run_query(run, "neighbors", &c->peers);
    for (size_t i = 0; c->peers_known && i < c->count; i++) {
        struct link *l = &c->links[i];
        l->peer_row = uplink_row(run, &c->peers, l->name, &l->peer_count);
        c->cable_of[i] = owner_of_cable(run, c, i);
        if (l->up && l->want->peer && l->peer_count != 1 && c->first_unseen == ROW_NONE)
            c->first_unseen = i;
        if (l->up && l->peer_count == 1 && c->cable_of[i] != i && c->first_wrong == ROW_NONE)
            c->first_wrong = i;
    }
}

static void tell(struct run *run, const struct cabling *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct link *l = &c->links[i];
        bool seen = c->peers_known && l->peer_row != ROW_NONE;
        bool wrong = seen && l->peer_count == 1 && c->cable_of[i] != i;
        struct fact facts[] = {
            fact_text("interface", l->name),
            fact_text("peer_wanted", l->want->peer),
            fact_text("peer_interface_wanted", l->want->peer_interface),
            fact_text("peer_found", seen ? record_get(&c->peers, l->peer_row, "peer") : NULL),
            fact_text("peer_interface_found",
                      seen ? record_get(&c->peers, l->peer_row, "peer_interface") : NULL),
            fact_text("gateway", l->want->gateway),
        };
        run_component(run, COMPONENT_UPLINK, record_get(&c->states, l->state_row, "state"), !l->up || wrong,
                      facts, sizeof facts / sizeof facts[0]);
    }
}

/* "swap the cables of …; Ethernet51/1 leads to leaf-9 Ethernet7, should be spine-3 Ethernet3/1"; "" when all is right. */
static const char *order_text(struct run *run, struct cabling *c)
{
    struct str s = {0};
    const char **names = arena_alloc_array(&run->arena, c->count, sizeof *names);
    size_t *cables = arena_alloc_array(&run->arena, c->count, sizeof *cables);
    for (size_t i = 0; i < c->count; i++) {
        names[i] = c->links[i].name;
        cables[i] = c->cable_of[i];
    }
    cables_swaps(names, cables, c->count, &s);
    for (size_t i = 0; i < c->count; i++) {
        const struct link *l = &c->links[i];
        if (c->cable_of[i] != CABLE_FOREIGN || l->peer_count != 1)
            continue;
        text_list(&s);
        str_printf(
            &s, "%s leads to %s %s, should be %s%s%s", l->name, record_get(&c->peers, l->peer_row, "peer"),
            record_get(&c->peers, l->peer_row, "peer_interface"), l->want->peer,
            l->want->peer_interface ? " " : "", l->want->peer_interface ? l->want->peer_interface : "");
    }
    const char *text = arena_strdup(&run->arena, str_cstr(&s));
    str_clear(&s);
    return text;
}

/* Behaviour 69: light that arrives on a link that is down points at the far end. Asked for only when a link is down. */
static const char *where_to_look(struct run *run, const struct link *l, size_t uplink)
{
    const double dark_dbm = -25;
    struct records r;
    struct lanes lanes;
    size_t lit = 0, seen = 0;
    if (lanes_read(run, &r, &lanes)) {
        for (size_t i = 0; i < lanes.count; i++) {
            double rx;
            if (lanes.items[i].uplink != uplink || lanes.items[i].rx_row == ROW_NONE)
                continue;
            seen++;
            lit += level_dbm(&r, lanes.items[i].rx_row, "rx_dbm", &rx) && rx > dark_dbm;
        }
    }
    const char *peer = l->want->peer ? l->want->peer : "the other end";
    if (seen && lit == seen)
        return arena_printf(&run->arena, "look at the far end: %s %s sends light to %s but the link is down",
                            peer, l->want->peer_interface ? l->want->peer_interface : "", l->name);
    return arena_printf(&run->arena, "check the cable and the optics of %s at both ends (to %s %s)%s",
                        l->name, peer, l->want->peer_interface ? l->want->peer_interface : "",
                        seen && lit == 0 ? "; no light arrives" : "");
}

static struct verdict some_down(struct run *run, struct cabling *c)
{
    const struct link *first = &c->links[c->first_down];
    struct str s = {0};
    str_printf(&s, "%zu of %zu uplinks are up", c->count - c->down, c->count);
    for (size_t i = 0; i < c->count; i++)
        if (!c->links[i].up) {
            text_list(&s);
            str_printf(&s, "%s is %s", c->links[i].name,
                       record_raw(&c->states, c->links[i].state_row, "state"));
        }
    if (c->first_wrong != ROW_NONE)
        str_printf(&s, "; %s", order_text(run, c));
    struct verdict v = verdict_fail(run, FAILURE_UPLINKS_COUNT, "%s", str_cstr(&s));
    str_clear(&s);
    verdict_point(run, &v, &c->states, first->state_row, "state", "%zu uplinks up", c->count);
    verdict_remedy(run, &v, "%s", where_to_look(run, first, c->first_down));
    return v;
}

static struct verdict wrong_order(struct run *run, struct cabling *c)
{
    const struct link *l = &c->links[c->first_wrong];
    struct verdict v = verdict_fail(run, FAILURE_UPLINKS_ORDER, "%s", order_text(run, c));
    verdict_point(run, &v, &c->peers, l->peer_row, "peer", "%s leads to %s %s", l->name, l->want->peer,
                  l->want->peer_interface ? l->want->peer_interface : "");
    verdict_remedy(run, &v, "move the cables of %s: %s", run->sw->name, v.text);
    return v;
}

/* What the switch said instead of a table, when that is a single line: " (% LLDP is not enabled)". */
static const char *own_words(struct run *run, const struct records *r)
{
    size_t len = r->answer ? strcspn(r->answer, "\r\n") : 0;
    if (len == 0 || r->answer[len + strspn(r->answer + len, "\r\n ")])
        return "";
    return arena_printf(&run->arena, " (%.*s)", (int)len, r->answer);
}

static struct verdict not_seen(struct run *run, struct cabling *c)
{
    const struct link *l = &c->links[c->first_unseen];
    struct verdict v;
    if (c->peers.count == 0)
        v = verdict_fail(run, FAILURE_NEIGHBORS_UNAVAILABLE, "no neighbour is seen on any port%s",
                         own_words(run, &c->peers));
    else if (l->peer_count > 1)
        v = verdict_fail(run, FAILURE_NEIGHBORS_UNAVAILABLE,
                         "%s shows %zu neighbours: an old one lingers for up to two minutes", l->name,
                         l->peer_count);
    else
        v = verdict_fail(run, FAILURE_NEIGHBORS_UNAVAILABLE,
                         "%s is up but shows no neighbour, %s is expected", l->name, l->want->peer);
    verdict_point(run, &v, &c->peers, l->peer_row, NULL, "one neighbour on %s: %s %s", l->name, l->want->peer,
                  l->want->peer_interface ? l->want->peer_interface : "");
    verdict_remedy(run, &v, "enable LLDP on %s and on %s, or wait two minutes after link-up", run->sw->name,
                   l->want->peer);
    return v;
}

static size_t count_up(struct run *run, const struct records *states, const struct records *peers,
                       size_t *with_peer)
{
    size_t up = 0;
    for (size_t i = 0; i < states->count; i++) {
        const char *name = platform_interface(run->platform, record_get(states, i, "interface"), &run->arena);
        if (platform_is_management(run->platform, name) || !record_is(states, i, "state", "up"))
            continue;
        up++;
        *with_peer += uplink_row(run, peers, name, NULL) != ROW_NONE;
    }
    return up;
}

static struct verdict nobody_seen(struct run *run, const struct records *peers)
{
    struct verdict v = verdict_fail(run, FAILURE_NEIGHBORS_UNAVAILABLE, "no neighbour is seen on any port%s",
                                    own_words(run, peers));
    verdict_point(run, &v, peers, ROW_NONE, NULL, "neighbours, to tell uplinks from other links");
    return v;
}

/* The site lists no uplinks: only their number can be judged, by links that are up and have a neighbour. */
static struct verdict counted(struct run *run)
{
    struct records states, peers;
    size_t seen = 0;
    unsigned wanted = run->role->uplinks;
    if (wanted == 0)
        return verdict_skip(run, "the site names no uplinks of %s: add `uplinks:`", run->sw->name);
    if (!run_query(run, "interfaces", &states) || !run_query(run, "neighbors", &peers))
        return verdict_error(run);
    if (records_duplicate(&states, "interface") != ROW_NONE)
        return verdict_unread(run, &states, records_duplicate(&states, "interface"),
                              "an interface is listed twice");
    size_t up = count_up(run, &states, &peers, &seen);
    if (seen >= wanted)
        return verdict_pass(run, "%zu links with a neighbour are up; the site does not say where they lead",
                            seen);
    if (up >= wanted && peers.count == 0)
        return nobody_seen(run, &peers);
    struct verdict v =
        verdict_fail(run, FAILURE_UPLINKS_COUNT, "%zu of %u uplinks are up with a neighbour", seen, wanted);
    verdict_point(run, &v, &states, ROW_NONE, NULL, "role %s wants %u",
                  run->role->name ? run->role->name : "", wanted);
    return v;
}

static struct verdict uplinks_run(struct run *run)
{
    size_t n = run->sw->uplink_count, named = 0;
    if (n == 0)
        return counted(run);
    struct cabling c = {.links = arena_alloc_array(&run->arena, n, sizeof *c.links),
                        .cable_of = arena_alloc_array(&run->arena, n, sizeof *c.cable_of),
                        .count = n,
                        .first_down = ROW_NONE,
                        .first_wrong = ROW_NONE,
                        .first_unseen = ROW_NONE};
    struct verdict v = read_states(run, &c);
    if (v.kind != VERDICT_PASS)
        return v;
    for (size_t i = 0; i < n; i++)
        named += run->sw->uplinks[i].peer != NULL;
    if (named > 0)
        read_peers(run, &c);
    tell(run, &c);
    if (c.down > 0)
        return some_down(run, &c);
    if (named > 0 && !c.peers_known)
        return verdict_error(run);
    if (c.first_wrong != ROW_NONE)
        return wrong_order(run, &c);
    if (c.first_unseen != ROW_NONE)
        return not_seen(run, &c);
    if (run->role->uplinks > n)
        return verdict_skip(run, "the site lists %zu uplinks of %s, role %s wants %u", n, run->sw->name,
                            run->role->name ? run->role->name : "", run->role->uplinks);
    return verdict_pass(run, "%zu uplinks are up%s", n,
                        named == n ? ", each to its port" : "; not all peers are named");
}

static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    (void)platform;
    bool counts = strcmp(query, "interfaces") == 0;
    return strcmp(query, "transceivers") == 0
               ? 0
               : counts == (sw->uplink_count == 0) || strcmp(query, "neighbors") == 0;
}

const struct plugin plugin_uplinks = {
    .name = "uplinks",
    .about = "is the expected number of uplinks up? do they lead to the right ports?",
    .phase = PHASE_LINK_CHECK,
    .effect = READS,
    .needs = needs,
    .times = times,
    .codes = codes,
    .run = uplinks_run,
};
