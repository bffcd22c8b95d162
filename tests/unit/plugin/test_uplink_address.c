/* Uplinks of a switch as from the factory are proven through addresses that are lent and taken back. */
#include "unit/plugin/factory.h"

static struct verdict judge(struct bench *b, const char *plugin)
{
    return plugin_by_name(plugin)->run(&b->run);
}

static void lent_and_taken_back_one_uplink_at_a_time(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 0, NULL);
    struct verdict v = judge(&b, "connectivity");
    expect(&v, VERDICT_FAIL, FAILURE_CONNECTIVITY_FAIL, "does not have an IP address");
    v = judge(&b, "uplink_address");
    expect(&v, VERDICT_PASS, FAILURE_NONE, "4 gateways answer, each through an address lent");
    assert_string_equal(str_cstr(&b.told), "uplink_address_set done\nuplink_address_clear done\n"
                                           "uplink_address_set done\nuplink_address_clear done\n"
                                           "uplink_address_set done\nuplink_address_clear done\n"
                                           "uplink_address_set done\nuplink_address_clear done\n");
    assert_int_equal(b.stage_count, 4);
    struct normal n;
    const char *stranger = "";
    assert_true(config_read(&b.run, "running_config", &n));
    if (!normal_is_factory(b.run.platform, &n, &stranger))
        fail_msg("left: %s", stranger);
    v = judge(&b, "connectivity"); /* no address is there any more, and none is missed */
    expect(&v, VERDICT_PASS, FAILURE_NONE, "4 had a temporary address");
    finish(&b);
}

/* The guard refuses to take the second address back: it is marked, and the next job, which may, clears it first. */
static void an_address_that_stays_is_marked_and_cleared_by_the_next_job(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 0, NULL);
    b.refuse_from = 4;
    struct verdict v = judge(&b, "uplink_address");
    assert_int_equal(v.kind, VERDICT_ERROR);
    assert_non_null(strstr(v.text, "Ethernet50/1 may still have the temporary address 10.1.2.1/31"));
    assert_non_null(strstr(str_cstr(&b.told), "uplink_address_set half\n"));
    v = judge(&b, "connectivity");
    assert_int_equal(v.kind, VERDICT_SKIP);
    b.refuse_from = 0;
    b.run.uplinks_tried = NULL;
    str_reset(&b.told);
    v = judge(&b, "uplink_address");
    expect(&v, VERDICT_PASS, FAILURE_NONE, "4 gateways answer");
    assert_non_null(strstr(str_cstr(&b.notes), "Ethernet50/1 has the address that an earlier job lent it"));
    finish(&b);
}

static void a_gateway_that_does_not_answer_fails_and_nothing_stays(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 5, NULL);
    struct verdict v = judge(&b, "uplink_address");
    expect(&v, VERDICT_FAIL, FAILURE_CONNECTIVITY_FAIL, "Ethernet52/1");
    struct normal n;
    const char *stranger = "";
    assert_true(config_read(&b.run, "running_config", &n));
    assert_true(normal_is_factory(b.run.platform, &n, &stranger));
    assert_null(strstr(str_cstr(&b.told), "half"));
    finish(&b);
}

static void a_guard_that_refuses_lends_nothing(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 0, NULL);
    b.refuse_from = 1;
    struct verdict v = judge(&b, "uplink_address");
    expect(&v, VERDICT_FAIL, FAILURE_IN_PRODUCTION, "nothing was changed");
    assert_string_equal(str_cstr(&b.told), "");
    finish(&b);
}

static void a_site_without_addresses_does_not_ask(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 0, NULL);
    b.sw.uplink_count = 0;
    struct verdict v = judge(&b, "uplink_address");
    assert_true(v.not_asked);
    finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lent_and_taken_back_one_uplink_at_a_time),
        cmocka_unit_test(an_address_that_stays_is_marked_and_cleared_by_the_next_job),
        cmocka_unit_test(a_gateway_that_does_not_answer_fails_and_nothing_stays),
        cmocka_unit_test(a_guard_that_refuses_lends_nothing),
        cmocka_unit_test(a_site_without_addresses_does_not_ask),
    };
    return cmocka_run_group_tests(tests, open_rack, close_rack);
}
