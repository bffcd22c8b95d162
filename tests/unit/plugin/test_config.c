/* A configuration is put on a simulated switch as from the factory: looked at first, typed, read back, saved, or taken back. */
#include "unit/plugin/factory.h"

#define CONFIG                                                                                               \
    "hostname {{ name }}\n"                                                                                  \
    "!\n"                                                                                                    \
    "no aaa root\n"                                                                                          \
    "spanning-tree mode mstp\n"                                                                              \
    "{{# uplinks }}\n"                                                                                       \
    "interface {{ interface }}\n"                                                                            \
    "   description {{ peer }}\n"                                                                            \
    "   no switchport\n"                                                                                     \
    "   ip address {{ address }}\n"                                                                          \
    "{{/ uplinks }}\n"                                                                                       \
    "ip routing\n"                                                                                           \
    "router bgp 65109\n"                                                                                     \
    "   neighbor 10.1.1.0 remote-as 65001\n"                                                                 \
    "   neighbor 10.1.1.0 password 0 {{ secret:bgp }}\n"                                                     \
    "end\n"

static struct verdict configure(struct bench *b)
{
    struct verdict v = plugin_by_name("config")->run(&b->run);
    assert_null(strstr(v.text, bgp_secret));
    assert_true(v.evidence.raw == NULL || !strstr(v.evidence.raw, bgp_secret));
    return v;
}

static void a_factory_fresh_switch_is_configured_confirmed_and_saved(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 0, CONFIG);
    struct verdict v = configure(&b);
    expect(&v, VERDICT_PASS, FAILURE_NONE, "leaf.cfg runs, read back, and is saved");
    assert_string_equal(str_cstr(&b.told), "config_load done\nconfig_confirm done\nconfig_save done\n");
    assert_int_equal(b.stage_count, 1);
    assert_true(b.run.changed);
    assert_non_null(strstr(str_cstr(&b.notes), "bgp in it is the version with the hash sha256:"));
    assert_non_null(strstr(str_cstr(&b.notes), "to be changed:"));
    /* Once more: nothing is typed that changes anything. */
    str_reset(&b.told);
    b.run.wanted = NULL;
    v = configure(&b);
    expect(&v, VERDICT_PASS, FAILURE_NONE, "runs already, and is saved");
    assert_string_equal(str_cstr(&b.told), "");
    finish(&b);
}

static void behaviour_47_a_save_that_saves_nothing_is_seen(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 1, CONFIG);
    struct verdict v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_NOT_SAVED, "saved, and yet the startup configuration is not");
    finish(&b);
    begin(&b, 2, CONFIG);
    v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_NOT_SAVED, "");
    finish(&b);
}

static void a_rejected_line_is_named_by_its_place_and_nothing_stays(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 3,
          "no aaa root\n{{# uplinks }}\n{{/ uplinks }}\ninterface Ethernet49/1\n   mtu 9999\nhostname x\n");
    struct verdict v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_REJECTED, "leaf.cfg:5: ");
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_REJECTED, "the configuration is as it was before");
    assert_string_equal(str_cstr(&b.told), "config_load undone\n");
    assert_int_equal(b.stage_count, 0);
    finish(&b);
}

static void what_cannot_be_had_or_typed_touches_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {{"hostname {{ nam }}\n", "leaf.cfg:1:10: {{ nam }} is no name"},
               {"hostname a\x13"
                "b\n",
                "a control byte"},
               {"! nothing\n", "holds no line that counts"},
               {"", "is empty"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bench b;
        begin(&b, 0, bad[i].text);
        struct verdict v = configure(&b);
        expect(&v, VERDICT_FAIL, FAILURE_CONFIG_SOURCE_FAIL, bad[i].says);
        assert_string_equal(str_cstr(&b.told), "");
        finish(&b);
    }
}

static void a_site_without_a_configuration_does_not_ask(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 0, NULL);
    struct verdict v = configure(&b);
    assert_true(v.not_asked);
    finish(&b);
}

static void a_guard_that_refuses_leaves_the_switch_as_it_is(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 0, CONFIG);
    b.refuse_from = 1;
    struct verdict v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_IN_PRODUCTION, "nothing was changed");
    assert_string_equal(str_cstr(&b.told), "");
    finish(&b);
}

#define CONTRADICTS "no aaa root\ninterface Ethernet49/1\n   mtu 9000\n   mtu 9100\n"

static void what_is_read_back_is_compared_and_taken_back_where_it_differs(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 0, CONTRADICTS);
    struct verdict v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_MISMATCH, "-mtu 9000");
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_MISMATCH, "the configuration is as it was before");
    assert_string_equal(str_cstr(&b.told), "config_load done\nconfig_rollback done\n");
    finish(&b);
}

static void a_rollback_that_brings_nothing_back_is_tainted(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 4, CONTRADICTS);
    struct verdict v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_ROLLBACK_FAIL, "is not proven to be back");
    assert_non_null(strstr(str_cstr(&b.told), "config_load half\n"));
    finish(&b);
}

/* The guard gives no permit for the rest: what is on the switch then is not what it was, and that is said. */
static void what_cannot_be_taken_back_is_tainted(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 4, CONFIG);
    b.refuse_from = 2;
    struct verdict v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_ROLLBACK_FAIL, "is not proven to be back");
    assert_string_equal(str_cstr(&b.told), "config_load done\nconfig_load half\n");
    finish(&b);
}

static void behaviour_46_what_cuts_our_own_branch_comes_last(void **state)
{
    (void)state;
    static const char text[] =
        "hostname tor\nusername admin secret x\ninterface Ethernet1\n   mtu 9214\nbanner motd\n"
        "hostname in a banner\nEOF\nip routing\nend";
    static const size_t from_wanted[] = {2, 3, 4, 5, 6, 7, 0, 1};
    struct arena arena = {0};
    size_t *from, count;
    char *out = config_cut_last(rack->platform, text, sizeof text - 1, &arena, &from, &count);
    assert_string_equal(
        out, "interface Ethernet1\n   mtu 9214\nbanner motd\nhostname in a banner\nEOF\nip routing\n"
             "hostname tor\nusername admin secret x\n");
    assert_int_equal(count, 8);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(from[i], from_wanted[i]);
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_46_what_cuts_our_own_branch_comes_last),
        cmocka_unit_test(a_factory_fresh_switch_is_configured_confirmed_and_saved),
        cmocka_unit_test(behaviour_47_a_save_that_saves_nothing_is_seen),
        cmocka_unit_test(a_rejected_line_is_named_by_its_place_and_nothing_stays),
        cmocka_unit_test(what_cannot_be_had_or_typed_touches_nothing),
        cmocka_unit_test(a_site_without_a_configuration_does_not_ask),
        cmocka_unit_test(a_guard_that_refuses_leaves_the_switch_as_it_is),
        cmocka_unit_test(what_is_read_back_is_compared_and_taken_back_where_it_differs),
        cmocka_unit_test(a_rollback_that_brings_nothing_back_is_tainted),
        cmocka_unit_test(what_cannot_be_taken_back_is_tainted),
    };
    return cmocka_run_group_tests(tests, open_rack, close_rack);
}
