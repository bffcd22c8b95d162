/* Which switch is this: by serial number, from the site file or the asset database; and whose console cable is it. */
#include "unit/plugin/world.h"

static void say_serial(struct world *w, const char *serial)
{
    char *text = world_file(FIXTURES "healthy/version.txt", "");
    memcpy(strstr(text, "JPE22130709"), serial, strlen("JPE22130709"));
    world_say(w, "version", text, NULL);
    mem_free(text);
}

static struct verdict judged(struct world *w, const char *serial, const char *plugin)
{
    if (serial)
        say_serial(w, serial);
    return world_judge(w, plugin);
}

#define WORLD(w)                                                                                             \
    struct world w;                                                                                          \
    (void)state;                                                                                             \
    world_init(&w)

static void the_serial_of_the_site_file_is_the_proof(void **state)
{
    WORLD(w);
    struct verdict v = judged(&w, "jpe22130709", "identity");
    assert_int_equal(v.kind, VERDICT_PASS);
    assert_string_equal(v.text, "serial jpe22130709, as the site file says");
    assert_string_equal(w.serial_found, "jpe22130709");
    world_clear(&w);
}

static void the_asset_database_stands_in_for_the_site_file(void **state)
{
    WORLD(w);
    w.switches[0].serial = NULL;
    assert_int_equal(judged(&w, "JPE22130709", "identity").kind, VERDICT_PASS);
    assert_int_equal(judged(&w, "JPE22130700", "identity").failure, FAILURE_IDENTITY_MISMATCH);
    world_clear(&w);
}

static void crossed_cables_name_each_other(void **state)
{
    WORLD(w);
    struct verdict v = judged(&w, "JPE22130710", "identity");
    assert_int_equal(v.failure, FAILURE_CONSOLE_SWAPPED);
    assert_string_equal(v.text, "answers with the serial of tor-r1-10; swap oob-r1 ports 9 and 10");
    assert_string_equal(v.evidence.raw, "JPE22130710");
    world_clear(&w);
}

static void crossed_cables_are_known_through_the_assets_too(void **state)
{
    WORLD(w);
    w.switches[1].serial = NULL;
    assert_int_equal(judged(&w, "JPE22130710", "identity").failure, FAILURE_CONSOLE_SWAPPED);
    w.switches[0].serial = NULL;
    w.assets[0].name = "other";
    assert_int_equal(judged(&w, "JPE22130710", "identity").failure, FAILURE_CONSOLE_SWAPPED);
    world_clear(&w);
}

static void a_stranger_is_named_where_the_assets_know_it(void **state)
{
    WORLD(w);
    struct verdict v = judged(&w, "JPE22130799", "identity");
    assert_int_equal(v.failure, FAILURE_IDENTITY_MISMATCH);
    assert_string_equal(v.text, "serial is JPE22130799, not JPE22130709; the assets know it as lab-7");
    world_clear(&w);
}

static void a_switch_of_which_nothing_is_known_is_no_pass(void **state)
{
    WORLD(w);
    w.switches[0].serial = NULL;
    w.site.asset_count = 0;
    struct verdict v = judged(&w, "JPE22130709", "identity");
    assert_int_equal(v.kind, VERDICT_SKIP);
    assert_non_null(strstr(v.text, "add `serial:`"));
    world_clear(&w);
}

static void no_serial_number_is_a_mismatch(void **state)
{
    WORLD(w);
    assert_int_equal(judged(&w, "           ", "identity").failure, FAILURE_IDENTITY_MISMATCH);
    assert_int_equal(judged(&w, "           ", "asset").failure, FAILURE_ADB_FAILURE);
    world_clear(&w);
}

static void a_wrong_mac_address_is_a_mismatch_in_any_spelling(void **state)
{
    WORLD(w);
    w.switches[0].mac = "C0:D6:82:00:07:09";
    assert_int_equal(judged(&w, "JPE22130709", "identity").kind, VERDICT_PASS);
    w.switches[0].mac = "C0:D6:82:00:07:0A";
    assert_int_equal(judged(&w, "JPE22130709", "identity").failure, FAILURE_IDENTITY_MISMATCH);
    world_clear(&w);
}

static void another_vendor_is_a_platform_mismatch(void **state)
{
    WORLD(w);
    world_say(&w, "version",
              "Cisco Nexus Operating System (NX-OS) Software\nTAC support: http://www.cisco.com/tac\n", NULL);
    struct verdict v = world_judge(&w, "identity");
    assert_int_equal(v.kind, VERDICT_FAIL);
    assert_int_equal(v.failure, FAILURE_PLATFORM_MISMATCH);
    world_say(&w, "version", "Arista but in no layout that is known\n", NULL);
    v = world_judge(&w, "identity");
    assert_int_equal(v.kind, VERDICT_ERROR);
    assert_int_equal(v.failure, FAILURE_PARSE_FAILURE);
    world_clear(&w);
}

static void the_asset_must_be_this_switch_and_on_its_way_into_service(void **state)
{
    static const struct {
        const char *status;
        enum failure failure;
    } cases[] = {{"planned", FAILURE_NONE},       {"Staged", FAILURE_NONE},
                 {"active", FAILURE_NONE},        {"retired", FAILURE_ADB_FAILURE},
                 {"stolen", FAILURE_ADB_FAILURE}, {"", FAILURE_ADB_FAILURE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WORLD(w);
        w.assets[0].status = cases[i].status;
        struct verdict v = judged(&w, "JPE22130709", "asset");
        assert_int_equal(v.failure, cases[i].failure);
        world_clear(&w);
    }
}

static void an_unknown_serial_is_not_in_the_assets(void **state)
{
    WORLD(w);
    struct verdict v = judged(&w, "JPE22130700", "asset");
    assert_int_equal(v.failure, FAILURE_ADB_FAILURE);
    assert_string_equal(v.text, "serial JPE22130700 is not in assets.csv");
    assert_non_null(v.remedy);
    world_clear(&w);
}

static void a_doubled_asset_proves_nothing(void **state)
{
    WORLD(w);
    w.assets[3] = w.assets[0];
    w.site.asset_count = 4;
    assert_int_equal(judged(&w, "JPE22130709", "asset").failure, FAILURE_ADB_FAILURE);
    w.assets[3].serial = "JPE22139999";
    assert_int_equal(judged(&w, "JPE22130709", "asset").failure, FAILURE_ADB_FAILURE);
    w.assets[3].status = "retired"; /* its predecessor */
    assert_int_equal(judged(&w, "JPE22130709", "asset").kind, VERDICT_PASS);
    world_clear(&w);
}

static void without_an_asset_database_there_is_no_pass(void **state)
{
    WORLD(w);
    w.site.assets_file = NULL;
    assert_int_equal(judged(&w, "JPE22130709", "asset").kind, VERDICT_SKIP);
    world_clear(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_serial_of_the_site_file_is_the_proof),
        cmocka_unit_test(the_asset_database_stands_in_for_the_site_file),
        cmocka_unit_test(crossed_cables_name_each_other),
        cmocka_unit_test(crossed_cables_are_known_through_the_assets_too),
        cmocka_unit_test(a_stranger_is_named_where_the_assets_know_it),
        cmocka_unit_test(a_switch_of_which_nothing_is_known_is_no_pass),
        cmocka_unit_test(no_serial_number_is_a_mismatch),
        cmocka_unit_test(a_wrong_mac_address_is_a_mismatch_in_any_spelling),
        cmocka_unit_test(another_vendor_is_a_platform_mismatch),
        cmocka_unit_test(the_asset_must_be_this_switch_and_on_its_way_into_service),
        cmocka_unit_test(an_unknown_serial_is_not_in_the_assets),
        cmocka_unit_test(a_doubled_asset_proves_nothing),
        cmocka_unit_test(without_an_asset_database_there_is_no_pass),
    };
    return cmocka_run_group_tests_name("plugin/identity", tests, world_setup, world_teardown);
}
