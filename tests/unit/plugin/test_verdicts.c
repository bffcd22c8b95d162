/* What plugins make of answers beyond a word and a code (those: test_fixtures.c): what they point at, advise, count and forgive. */
#include "unit/plugin/world.h"

static void a_healthy_switch_passes_every_check(void **state)
{
    (void)state;
    size_t count;
    const struct plugin *const *all = plugins(&count);
    struct world w;
    world_init(&w);
    world_healthy(&w);
    for (size_t i = 0; i < count; i++) {
        if (all[i]->effect == CHANGES || all[i]->phase == PHASE_OOB_CONNECT ||
            all[i]->phase == PHASE_GUARD_CHECK || strcmp(all[i]->name, "capture") == 0)
            continue; /* these open the console themselves, or ask nothing that is kept (test_evidence.c) */
        struct verdict v = all[i]->run(&w.run);
        if (v.kind != VERDICT_PASS && !v.not_asked)
            fail_msg("%s: %s %s", all[i]->name, failure_name(v.failure), v.text);
    }
    assert_int_equal(world_failed(&w), 0);
    assert_int_equal(w.component_count, 2 + 6 + 4 + 16); /* power supplies, fans, uplinks, lanes */
    world_clear(&w);
}

static void every_plugin_asks_only_for_queries_that_the_platform_has(void **state)
{
    (void)state;
    size_t count;
    const struct plugin *const *all = plugins(&count);
    assert_true(count >= 10);
    struct world w;
    world_init(&w);
    for (size_t i = 0; i < count; i++)
        for (const char *const *q = all[i]->needs; *q; q++)
            if (!platform_reader(world_platform, *q) &&
                plugin_times(all[i], w.run.sw, world_platform, *q) > 0)
                fail_msg("%s needs %s", all[i]->name, *q);
    world_clear(&w);
}

static void an_unread_answer_is_an_error_that_shows_its_bytes(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    assert_false(world_say(&w, "power_supplies", "Power  Input  Output  Output\nwhat is this\n", NULL));
    struct verdict v = world_judge(&w, "psu");
    assert_int_equal(v.kind, VERDICT_ERROR);
    assert_int_equal(v.failure, FAILURE_PARSE_FAILURE);
    assert_non_null(strstr(v.evidence.raw, "what is this"));
    world_clear(&w);
}

static void an_answer_that_was_not_given_is_an_error(void **state)
{
    (void)state;
    static const char *const names[] = {"identity", "psu",   "fan",         "asset",
                                        "uplinks",  "light", "connectivity"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct world w;
        world_init(&w);
        assert_int_equal(world_judge(&w, names[i]).kind, VERDICT_ERROR);
        world_clear(&w);
    }
}

static void behaviour_67_present_powered_and_ok_are_different_things(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_healthy(&w);
    world_says(&w, "power_supplies", "faults/power_supplies.no_input.txt");
    struct verdict v = world_judge(&w, "psu");
    assert_string_equal(v.evidence.raw, "Power Loss");
    assert_string_equal(v.evidence.word, "no_input");
    assert_string_equal(v.evidence.column, "state");
    assert_int_equal(v.evidence.row, 2);
    assert_int_equal(v.evidence.line, 5);
    assert_non_null(strstr(v.evidence.word_place, "platforms/arista_eos.yaml:"));
    assert_string_equal(v.evidence.wanted, "role tor wants 2 with input");
    assert_string_equal(v.remedy, "check the cord and the PDU outlet of power supply 2 (label PS2)");
    assert_int_equal(world_failed(&w), 1);
    world_says(&w, "fans", "faults/fans.airflow_wrong.txt");
    assert_int_equal(world_judge(&w, "fan").failure, FAILURE_AIRFLOW_MISMATCH);
    world_clear(&w);
}

static void a_supply_that_says_ok_and_gives_nothing_fails(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_say(&w, "power_supplies",
              "Power                                  Input    Output   Output\n"
              "Supply  Model                Capacity  Current  Current  Power    Status\n"
              "------- -------------------- --------- -------- -------- -------- -------------\n"
              "1       PWR-500AC-F               500W    0.28A    4.66A    55.9W Ok\n"
              "2       PWR-500AC-F               500W    0.00A    0.00A     0.0W Ok\n",
              NULL);
    assert_int_equal(world_judge(&w, "psu").failure, FAILURE_PSU_FAILURE);
    world_clear(&w);
}

static void no_power_supply_at_all_is_a_failure_not_an_error(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    assert_true(world_say(&w, "power_supplies", "% There seem to be no power supplies connected.\n", NULL));
    struct verdict v = world_judge(&w, "psu");
    assert_int_equal(v.kind, VERDICT_FAIL);
    assert_int_equal(world_failed(&w), 2);
    world_clear(&w);
}

static void behaviour_68_a_silent_role_takes_the_inventory_for_its_word(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.role.power_supplies = w.role.fans = 0;
    world_healthy(&w);
    assert_int_equal(world_judge(&w, "psu").kind, VERDICT_PASS);
    assert_int_equal(world_judge(&w, "fan").kind, VERDICT_PASS);
    world_says(&w, "power_supplies", "faults/power_supplies.absent.txt");
    world_says(&w, "inventory", "faults/inventory.psu_absent.txt");
    assert_int_equal(world_judge(&w, "psu").failure, FAILURE_PSU_FAILURE);
    world_clear(&w);
}

static void behaviour_69_light_is_judged_per_lane_and_the_tighter_limit_wins(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_healthy(&w);
    assert_int_equal(world_judge(&w, "light").kind, VERDICT_PASS);
    w.role.light.rx_min_dbm = -1.4; /* tighter than the module's: lane 1 of Ethernet51/1 receives -1.48 */
    struct verdict v = world_judge(&w, "light");
    assert_string_equal(v.text, "Ethernet51/1 lane 1 receives -1.48 dBm, at least -1.40 wanted");
    w.role.light = (struct light_limits){0}; /* the module's own remain */
    assert_int_equal(world_judge(&w, "light").kind, VERDICT_PASS);
    world_says(&w, "transceivers", "faults/transceivers.lane_dark.txt");
    assert_non_null(strstr(world_judge(&w, "light").text, "at least -14.30 wanted"));
    world_clear(&w);
}

/* A twinax cable has no levels: "-1.02" becomes " N/A ". */
static void darken(char *text)
{
    for (char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, "Et", 2) == 0)
            memcpy(line + 11, "N/A          ", 13);
    }
}

static void behaviour_69_copper_needs_no_light(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_healthy(&w);
    char *text = world_file(FIXTURES "healthy/uplink_interfaces.txt", ""), *at;
    while ((at = strstr(text, "SR4")))
        memcpy(at, "CR4", 3);
    world_say(&w, "uplink_interfaces", text, NULL);
    assert_int_equal(world_judge(&w, "light").failure, FAILURE_PARSE_FAILURE); /* copper that shines */
    char *levels = world_file(FIXTURES "healthy/transceivers.txt", "");
    darken(levels);
    assert_true(world_say(&w, "transceivers", levels, NULL));
    assert_non_null(strstr(world_judge(&w, "light").text, "0 lanes within limits, 4 uplinks are copper"));
    mem_free(levels);
    mem_free(text);
    world_clear(&w);
}

static void behaviour_69_light_on_a_dead_link_points_at_the_far_end(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_healthy(&w);
    world_says(&w, "uplink_interfaces", "faults/uplink_interfaces.missing.txt");
    struct verdict v = world_judge(&w, "uplinks");
    assert_non_null(strstr(v.remedy, "look at the far end: spine-4 Ethernet3/1"));
    world_says(&w, "transceivers", "faults/transceivers.uplink_missing.txt");
    v = world_judge(&w, "uplinks");
    assert_non_null(strstr(v.remedy, "no light arrives"));
    world_clear(&w);
}

static void behaviour_70_a_lingering_neighbour_proves_nothing(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_healthy(&w);
    world_says(&w, "neighbors", "faults/neighbors.stale.txt");
    struct verdict v = world_judge(&w, "uplinks");
    assert_int_equal(v.failure, FAILURE_NEIGHBORS_UNAVAILABLE);
    assert_non_null(strstr(v.text, "Ethernet49/1 shows 2 neighbours"));
    assert_non_null(strstr(v.remedy, "two minutes"));
    world_clear(&w);
}

static void behaviour_71_wrong_order_prints_the_shortest_list_of_swaps(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_healthy(&w);
    world_says(&w, "neighbors", "faults/neighbors.uplinks_rotated.txt");
    struct verdict v = world_judge(&w, "uplinks");
    assert_int_equal(v.failure, FAILURE_UPLINKS_ORDER);
    assert_string_equal(
        v.text,
        "swap the cables of Ethernet49/1 and Ethernet50/1; swap the cables of Ethernet49/1 and Ethernet51/1");
    world_clear(&w);
}

static void swaps_put_every_permutation_right_with_n_minus_cycles_moves(void **state)
{
    (void)state;
    static const char *const ports[] = {"1", "2", "3", "4", "5"};
    size_t tried = 0;
    for (unsigned code = 0; code < 5 * 5 * 5 * 5 * 5; code++) {
        size_t perm[5], cables[5], seen = 0, cycles = 0, moves = 0;
        for (unsigned i = 0, c = code; i < 5; i++, c /= 5)
            seen |= (size_t)1 << (perm[i] = cables[i] = c % 5);
        struct str s = {0};
        cables_swaps(ports, cables, 5, &s); /* also with two cables for one port: it must end */
        for (const char *p = str_cstr(&s); (p = strstr(p, "swap")); p++)
            moves++;
        if (seen == 31) {
            for (size_t i = 0, done = 0; i < 5; i++) {
                cycles += !(done >> i & 1);
                for (size_t k = i; !(done >> k & 1); k = perm[k])
                    done |= (size_t)1 << k;
            }
            assert_int_equal(moves, 5 - cycles);
            for (size_t i = 0; i < 5; i++)
                assert_int_equal(cables[i], i);
            tried++;
        }
        str_clear(&s);
    }
    assert_int_equal(tried, 120);
}

static void neighbours_match_without_their_domain_and_by_long_names(void **state)
{
    (void)state;
    assert_true(neighbor_name_same("spine-1", "spine-1.example.net"));
    assert_true(neighbor_name_same("Spine-1.example.net", "spine-1"));
    assert_false(neighbor_name_same("spine-1.a.net", "spine-1.b.net"));
    assert_false(neighbor_name_same("spine-1", "spine-11"));
    assert_false(neighbor_name_same("sw-10.1.1.51", "sw-10.1.1.52"));
    assert_false(neighbor_name_same("sw-10.1.1.51", "sw-10"));
    assert_false(neighbor_name_same("", ""));
    struct world w;
    world_init(&w);
    world_healthy(&w);
    w.uplinks[0].peer_interface = "Et3/1";
    assert_int_equal(world_judge(&w, "uplinks").kind, VERDICT_PASS);
    w.uplinks[0].peer_interface = "Ethernet3/2";
    assert_int_equal(world_judge(&w, "uplinks").failure, FAILURE_UPLINKS_ORDER);
    world_clear(&w);
}

static void uplinks_are_counted_where_the_site_only_gives_their_number(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_healthy(&w);
    w.switches[0].uplink_count = 0;
    assert_int_equal(world_judge(&w, "uplinks").kind, VERDICT_PASS);
    w.role.uplinks = 5;
    assert_int_equal(world_judge(&w, "uplinks").failure, FAILURE_UPLINKS_COUNT);
    w.role.uplinks = 0;
    assert_int_equal(world_judge(&w, "uplinks").kind, VERDICT_SKIP);
    world_clear(&w);
}

static void behaviour_73_only_the_first_lost_packet_is_forgiven(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        enum verdict_kind kind;
    } pings[] = {
        {"faults/ping_full.first_lost.txt", VERDICT_PASS},  {"faults/ping_full.one_lost.txt", VERDICT_FAIL},
        {"faults/ping_full.lossy.txt", VERDICT_FAIL},       {"faults/ping_full.two_lost.txt", VERDICT_FAIL},
        {"faults/ping_full.unreachable.txt", VERDICT_FAIL}, {"faults/ping.no_address.txt", VERDICT_FAIL}};
    for (size_t i = 0; i < sizeof pings / sizeof pings[0]; i++) {
        struct world w;
        world_init(&w);
        world_healthy(&w);
        assert_true(world_pings(&w, 2, "ping_full", pings[i].file));
        struct verdict v = world_judge(&w, "connectivity");
        if (v.kind != pings[i].kind)
            fail_msg("%s: %s", pings[i].file, v.text);
        if (v.kind == VERDICT_FAIL) {
            assert_int_equal(v.failure, FAILURE_CONNECTIVITY_FAIL);
            assert_non_null(strstr(v.text, "Ethernet51/1"));
            assert_non_null(strstr(v.text, "10.1.0.4"));
        }
        world_clear(&w);
    }
}

static void behaviour_73_long_packets_lost_and_short_ones_not_is_the_mtu(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_healthy(&w);
    world_pings(&w, 0, "ping_full", "faults/ping_full.unreachable.txt");
    world_pings(&w, 0, "ping", "healthy/ping.txt");
    struct verdict v = world_judge(&w, "connectivity");
    assert_non_null(strstr(v.text, "with packets of 9214 bytes; short ones pass"));
    assert_non_null(strstr(v.remedy, "set the same MTU"));
    world_clear(&w);
}

static void a_gateway_that_is_not_stated_is_no_pass(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_healthy(&w);
    w.uplinks[3].gateway = NULL;
    assert_int_equal(world_judge(&w, "connectivity").kind, VERDICT_SKIP);
    world_clear(&w);
}

static void behaviour_80_a_failure_says_what_where_and_what_to_do(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_healthy(&w);
    world_says(&w, "transceivers", "faults/transceivers.lane_weak.txt");
    struct verdict v = world_judge(&w, "light");
    assert_string_equal(v.text, "Ethernet49/1 lane 2 receives -13.20 dBm, at least -9.50 wanted");
    assert_string_equal(
        v.remedy, "clean the connector and the fibre of Ethernet49/1 lane 2, then exchange the transceiver");
    world_clear(&w);
}

static void behaviour_79_a_verdict_points_at_the_line_that_decided_it(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_healthy(&w);
    world_says(&w, "neighbors", "faults/neighbors.uplinks_swapped.txt");
    struct verdict v = world_judge(&w, "uplinks");
    assert_string_equal(v.evidence.query, "neighbors");
    assert_string_equal(v.evidence.raw, "spine-2.example.net");
    assert_int_equal(v.evidence.row, 1);
    assert_int_equal(v.evidence.line, 9);
    assert_int_equal(v.evidence.event, 1);
    assert_true(v.evidence.template_line > 0);
    assert_string_equal(v.evidence.wanted, "Ethernet49/1 leads to spine-1 Ethernet3/1");
    world_clear(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_switch_passes_every_check),
        cmocka_unit_test(every_plugin_asks_only_for_queries_that_the_platform_has),
        cmocka_unit_test(an_unread_answer_is_an_error_that_shows_its_bytes),
        cmocka_unit_test(an_answer_that_was_not_given_is_an_error),
        cmocka_unit_test(behaviour_67_present_powered_and_ok_are_different_things),
        cmocka_unit_test(a_supply_that_says_ok_and_gives_nothing_fails),
        cmocka_unit_test(no_power_supply_at_all_is_a_failure_not_an_error),
        cmocka_unit_test(behaviour_68_a_silent_role_takes_the_inventory_for_its_word),
        cmocka_unit_test(behaviour_69_light_is_judged_per_lane_and_the_tighter_limit_wins),
        cmocka_unit_test(behaviour_69_copper_needs_no_light),
        cmocka_unit_test(behaviour_69_light_on_a_dead_link_points_at_the_far_end),
        cmocka_unit_test(behaviour_70_a_lingering_neighbour_proves_nothing),
        cmocka_unit_test(behaviour_71_wrong_order_prints_the_shortest_list_of_swaps),
        cmocka_unit_test(swaps_put_every_permutation_right_with_n_minus_cycles_moves),
        cmocka_unit_test(neighbours_match_without_their_domain_and_by_long_names),
        cmocka_unit_test(uplinks_are_counted_where_the_site_only_gives_their_number),
        cmocka_unit_test(behaviour_73_only_the_first_lost_packet_is_forgiven),
        cmocka_unit_test(behaviour_73_long_packets_lost_and_short_ones_not_is_the_mtu),
        cmocka_unit_test(a_gateway_that_is_not_stated_is_no_pass),
        cmocka_unit_test(behaviour_79_a_verdict_points_at_the_line_that_decided_it),
        cmocka_unit_test(behaviour_80_a_failure_says_what_where_and_what_to_do),
    };
    return cmocka_run_group_tests_name("plugin/verdicts", tests, world_setup, world_teardown);
}
