/* What routing makes of neighbours, in the layouts of FRR (JSON) and EOS. */
#include "unit/plugin/world.h"

#include "helpers/support_desk.h"

static struct platform *frr;

static int setup(void **state)
{
    struct search_path path;
    struct mistakes m = {0};
    if (world_setup(state) != 0)
        return -1;
    search_path_init(&path, (const char *[]){"."}, 1, NULL, &world_arena);
    frr = platform_load("cumulus_linux", &path, &m);
    mistakes_clear(&m);
    return frr ? 0 : -1;
}

static int teardown(void **state)
{
    platform_free(frr);
    return world_teardown(state);
}

struct peer_line {
    const char *address, *as, *state, *since;
    int received, sent;
};

static char *bgp_text(const struct peer_line *peers, size_t count)
{
    struct str s = {0};
    str_add_cstr(&s, "{\n\"ipv4Unicast\":{\n  \"vrfName\":\"default\",\n  \"peers\":{\n");
    for (size_t i = 0; i < count; i++)
        str_printf(&s,
                   "    \"%s\":{\"remoteAs\":%s,\"peerUptime\":\"%s\",\"pfxRcd\":%d,\"pfxSnt\":%d,"
                   "\"state\":\"%s\"}%s\n",
                   peers[i].address, peers[i].as, peers[i].since, peers[i].received, peers[i].sent,
                   peers[i].state, i + 1 < count ? "," : "");
    str_add_cstr(&s, "  }\n}\n}\n");
    return str_take(&s);
}

struct bgp {
    struct world w;
    struct neighbor neighbors[2];
};

static void begin(struct bgp *b, const struct platform *p)
{
    world_init(&b->w);
    b->w.run.platform = p;
    b->neighbors[0] = (struct neighbor){.address = "10.1.0.0", .as = 65001, .min_prefixes = 3};
    b->neighbors[1] = (struct neighbor){.address = "2001:db8:0::2", .as = 65546};
    b->w.switches[0].neighbors = b->neighbors;
    b->w.switches[0].neighbor_count = 2;
}

static struct verdict judge(struct bgp *b, struct peer_line first)
{
    const struct peer_line peers[] = {first, {"2001:db8::2", "65546", "Established", "3d04h05m", 0, 9}};
    char *text = bgp_text(peers, 2);
    assert_true(world_say(&b->w, "routing_neighbors", text, NULL));
    mem_free(text);
    struct verdict v = world_judge(&b->w, "routing");
    if (v.kind == VERDICT_FAIL) {
        assert_int_equal(v.failure, FAILURE_ROUTING_FAIL);
        assert_non_null(v.remedy);
        assert_non_null(v.evidence.query);
    }
    return v;
}

static void established_for_longer_than_the_hold_time_with_prefixes_passes(void **state)
{
    (void)state;
    struct bgp b;
    begin(&b, frr);
    struct verdict v = judge(&b, (struct peer_line){"10.1.0.0", "65001", "Established", "00:59:48", 3, 12});
    assert_int_equal(v.kind, VERDICT_PASS);
    assert_string_equal(v.text, "2 neighbours established");
    world_clear(&b.w);
}

static void behaviour_72_established_is_not_enough(void **state)
{
    (void)state;
    static const struct {
        struct peer_line line;
        const char *says;
    } bad[] = {
        {{"10.1.0.0", "65001", "Active", "never", 0, 0}, "10.1.0.0 (ipv4Unicast) is active"},
        {{"10.1.0.0", "65001", "Idle (Admin)", "01:00:00", 0, 0}, "is admin_down"},
        {{"10.1.0.0", "65009", "Established", "01:00:00", 3, 12}, "is in AS 65009, not 65001"},
        {{"10.1.0.0", "65001", "Established", "00:03:00", 3, 12}, "is established for 00:03:00 only"},
        {{"10.1.0.0", "65001", "Established", "never", 3, 12}, "is established for never only"},
        {{"10.1.0.0", "65001", "Established", "01:00:00", 2, 12}, "2 of at least 3 prefixes from 10.1.0.0"},
        {{"10.1.0.0", "65001", "Established", "01:00:00", 3, 0}, "nothing is announced to 10.1.0.0"},
        {{"10.1.0.1", "65001", "Established", "01:00:00", 3, 12}, "10.1.0.0 is no neighbour of this switch"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bgp b;
        begin(&b, frr);
        struct verdict v = judge(&b, bad[i].line);
        if (v.kind != VERDICT_FAIL || !strstr(v.text, bad[i].says))
            fail_msg("\"%s\" is not said in \"%s\"", bad[i].says, v.text);
        world_clear(&b.w);
    }
}

static void the_site_states_a_hold_time_that_the_switch_does_not_print(void **state)
{
    (void)state;
    static const struct {
        unsigned hold_time_s;
        const char *since;
        enum verdict_kind kind;
    } cases[] = {{9, "00:00:10", VERDICT_PASS},
                 {9, "00:00:09", VERDICT_FAIL},
                 {240, "00:03:30", VERDICT_FAIL},
                 {0, "00:02:59", VERDICT_FAIL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bgp b;
        begin(&b, frr);
        b.neighbors[0].hold_time_s = cases[i].hold_time_s;
        struct verdict v =
            judge(&b, (struct peer_line){"10.1.0.0", "65001", "Established", cases[i].since, 3, 12});
        if (v.kind != cases[i].kind)
            fail_msg("hold time %u, up for %s: \"%s\"", cases[i].hold_time_s, cases[i].since, v.text);
        world_clear(&b.w);
    }
}

static void every_address_family_of_a_neighbour_must_be_up(void **state)
{
    (void)state;
    struct bgp b;
    begin(&b, world_platform);
    b.w.switches[0].neighbor_count = 1;
    static const char head[] =
        "BGP summary information for VRF default\n"
        "Router identifier 10.0.0.9, local AS number 65109\n"
        "Neighbor            AS Session State AFI/SAFI                AFI/SAFI State   NLRI Rcd   NLRI Acc\n"
        "---------- ----------- ------------- ----------------------- -------------- ---------- ----------\n"
        "10.1.0.0         65001 Established   IPv4 Unicast            Negotiated            118        118\n";
    assert_true(world_say(&b.w, "routing_neighbors", head, NULL));
    assert_int_equal(world_judge(&b.w, "routing").kind, VERDICT_PASS);
    char *text =
        arena_printf(&b.w.run.arena,
                     "%s10.1.0.0         65001 Established   L2VPN EVPN              Advertised        "
                     "      0          0\n",
                     head);
    assert_true(world_say(&b.w, "routing_neighbors", text, NULL));
    struct verdict v = world_judge(&b.w, "routing");
    assert_int_equal(v.failure, FAILURE_ROUTING_FAIL);
    assert_non_null(strstr(v.text, "10.1.0.0 (L2VPN EVPN) is idle"));
    world_clear(&b.w);
}

static void bfd_and_lags_count_where_the_site_names_them(void **state)
{
    (void)state;
    struct bgp b;
    begin(&b, world_platform);
    b.neighbors[0] = (struct neighbor){.address = "10.1.0.0", .as = 65000, .bfd = true};
    b.w.switches[0].neighbor_count = 1;
    b.w.switches[0].lags = (const char *const[]){"Po1", NULL};
    world_says(&b.w, "routing_neighbors", "healthy/routing_neighbors.txt");
    assert_int_equal(world_judge(&b.w, "routing").kind, VERDICT_ERROR); /* nobody said how BFD is */
    assert_true(world_says(&b.w, "bfd_neighbors", "healthy/bfd_neighbors.txt"));
    assert_true(world_says(&b.w, "lag_members", "healthy/lag_members.txt"));
    struct verdict v = world_judge(&b.w, "routing");
    assert_int_equal(v.kind, VERDICT_PASS);
    assert_string_equal(v.text, "1 neighbours established, BFD up, all members of the LAGs active");
    char *text = world_file(FIXTURES "healthy/bfd_neighbors.txt", "");
    memcpy(strstr(text, "Diagnostic   Up") + 13, "Dn", 2);
    bool read = world_say(&b.w, "bfd_neighbors", text, NULL);
    v = world_judge(&b.w, "routing");
    assert_int_equal(v.kind, read ? VERDICT_FAIL : VERDICT_ERROR);
    mem_free(text);
    world_says(&b.w, "bfd_neighbors", "healthy/bfd_neighbors.txt");
    b.w.switches[0].lags = (const char *const[]){"Port-Channel2", NULL};
    v = world_judge(&b.w, "routing");
    assert_int_equal(v.failure, FAILURE_ROUTING_FAIL);
    assert_string_equal(v.text, "Port-Channel2 has no member");
    world_clear(&b.w);
}

static void what_the_switch_does_not_print_is_not_passed(void **state)
{
    (void)state;
    struct bgp b;
    struct search_path path;
    struct mistakes m = {0};
    search_path_init(&path, (const char *[]){"."}, 1, NULL, &world_arena);
    struct platform *aoscx = platform_load("aruba_aoscx", &path, &m);
    mistakes_clear(&m);
    assert_non_null(aoscx);
    begin(&b, aoscx);
    b.w.switches[0].neighbor_count = 1;
    b.neighbors[0].as = 65000;
    char *text = world_file("fixtures/aruba_aoscx/healthy/routing_neighbors.txt", "");
    assert_true(world_say(&b.w, "routing_neighbors", text, NULL));
    struct verdict v = world_judge(&b.w, "routing");
    assert_int_equal(v.kind, VERDICT_SKIP);
    assert_false(v.not_asked);
    assert_non_null(strstr(v.text, "does not print the prefixes of 10.1.0.0"));
    b.neighbors[0].min_prefixes = 0;
    assert_int_equal(world_judge(&b.w, "routing").kind, VERDICT_PASS);
    mem_free(text);
    world_clear(&b.w);
    platform_free(aoscx);
}

static void a_site_without_neighbours_does_not_ask(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct verdict v = world_judge(&w, "routing");
    assert_int_equal(v.kind, VERDICT_SKIP);
    assert_true(v.not_asked);
    assert_non_null(strstr(v.text, "not asked for"));
    assert_int_equal(plugin_times(plugin_by_name("routing"), w.run.sw, world_platform, "bfd_neighbors"), 0);
    world_clear(&w);
}

/* A switch whose one neighbour says what `rules` say, asked over a line. */
static void ask_a_switch(const struct peer_rule *rules, bool changed, struct verdict *v, char *words,
                         size_t room, unsigned *asked)
{
    const struct peer_state states[] = {DESK_LOGIN,
                                        DESK_PASSWORD_STATE,
                                        {.name = "enable", .prompt = "tor01#", .rules = rules},
                                        {.name = "unsafe", .unsafe = true},
                                        {0}};
    struct desk d;
    struct bgp b;
    struct platform p = {.name = "test"};
    struct reader reader = *platform_reader(frr, "routing_neighbors");
    desk_init(&d, states);
    struct query *q = &d.dialect->queries[0];
    const struct query was = *q;
    q->name = "routing_neighbors";
    q->command = "show bgp";
    q->none = NULL;
    size_t count = d.dialect->query_count;
    d.dialect->query_count = 1;
    assert_true(desk_login(&d));
    p.dialect = *d.dialect;
    p.readers = &reader;
    begin(&b, &p);
    struct console console = {.options = {.clock = &d.peer.clock}};
    b.w.switches[0].neighbor_count = 1;
    b.w.run.session = d.session;
    b.w.run.session_options.console = &console;
    b.w.run.changed = changed;
    *v = world_judge(&b.w, "routing");
    snprintf(words, room, "%s", v->text);
    *asked = 0;
    for (const char *at = str_cstr(&d.rows); (at = strstr(at, "show bgp")); at++)
        ++*asked;
    *q = was;
    d.dialect->query_count = count;
    world_clear(&b.w);
    desk_clear(&d);
}

#define ONE(bgp_state, since)                                                                                \
    "{\"ipv4Unicast\":{\"vrfName\":\"default\",\"peers\":{\"10.1.0.0\":{\"remoteAs\":65001,"                 \
    "\"peerUptime\":\"" since "\",\"pfxRcd\":3,\"pfxSnt\":2,\"state\":\"" bgp_state "\"}}}}\r\n"

static void after_a_change_neighbours_get_their_hold_time_to_come_up(void **state)
{
    (void)state;
    static const struct peer_rule rules[] = {
        {.typed = "show bgp", .reply = ONE("Active", "never"), .times = 5},
        {.typed = "show bgp", .reply = ONE("Established", "00:00:12"), .times = 7},
        {.typed = "show bgp", .reply = ONE("Established", "00:03:12")},
        {.typed = "exit", .next = "login"},
        {0}};
    struct verdict v;
    char words[200];
    unsigned asked;
    ask_a_switch(rules, true, &v, words, sizeof words, &asked);
    assert_int_equal(v.kind, VERDICT_PASS);
    assert_int_equal(asked, 13);
    ask_a_switch(rules, false, &v, words, sizeof words,
                 &asked); /* a switch that nobody changed is as it is */
    assert_int_equal(v.failure, FAILURE_ROUTING_FAIL);
    assert_int_equal(asked, 1);
}

static void the_wait_for_a_neighbour_ends(void **state)
{
    (void)state;
    static const struct peer_rule down[] = {
        {.typed = "show bgp", .reply = ONE("Idle", "never")}, {.typed = "exit", .next = "login"}, {0}};
    static const struct peer_rule young[] = {{.typed = "show bgp", .reply = ONE("Established", "00:00:09")},
                                             {.typed = "exit", .next = "login"},
                                             {0}};
    struct verdict v;
    char words[200];
    unsigned asked;
    ask_a_switch(down, true, &v, words, sizeof words, &asked);
    assert_int_equal(v.failure, FAILURE_ROUTING_FAIL);
    assert_non_null(strstr(words, "is idle"));
    assert_in_range(asked, 30, 65); /* 180 s, each 3 s */
    ask_a_switch(young, true, &v, words, sizeof words, &asked);
    assert_int_equal(v.failure, FAILURE_ROUTING_FAIL);
    assert_non_null(strstr(words, "for 00:00:09 only"));
    assert_in_range(asked, 60, 125);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(established_for_longer_than_the_hold_time_with_prefixes_passes),
        cmocka_unit_test(behaviour_72_established_is_not_enough),
        cmocka_unit_test(the_site_states_a_hold_time_that_the_switch_does_not_print),
        cmocka_unit_test(every_address_family_of_a_neighbour_must_be_up),
        cmocka_unit_test(bfd_and_lags_count_where_the_site_names_them),
        cmocka_unit_test(what_the_switch_does_not_print_is_not_passed),
        cmocka_unit_test(a_site_without_neighbours_does_not_ask),
        cmocka_unit_test(after_a_change_neighbours_get_their_hold_time_to_come_up),
        cmocka_unit_test(the_wait_for_a_neighbour_ends),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
