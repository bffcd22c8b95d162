#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sim/kind.h"
#include "sim/scenario.h"

static const struct scenario_switch *find(const struct scenario *s, const char *name)
{
    for (size_t i = 0; i < s->switch_count; i++)
        if (strcmp(s->switches[i].name, name) == 0)
            return &s->switches[i];
    fail_msg("no switch %s", name);
    return NULL;
}

static struct scenario *load(const char *file)
{
    struct mistakes m = {0};
    struct scenario *s = scenario_load(file, NULL, 0, &m);
    if (!s)
        fail_msg("%s", str_cstr(&m.text));
    mistakes_clear(&m);
    return s;
}

static void count_makes_numbered_switches(void **state)
{
    (void)state;
    struct scenario *s = load("tests/data/sim/scenario.yaml");
    assert_int_equal(s->switch_count, 24 + 200);
    assert_int_equal(find(s, "many-001")->port, 100);
    assert_int_equal(find(s, "many-200")->port, 299);
    assert_string_equal(find(s, "many-200")->device.values[0].text, "M200");
    scenario_free(s);
}

static void a_switch_overrides_the_line_of_all(void **state)
{
    (void)state;
    struct scenario *s = load("tests/data/sim/overrides.yaml");
    assert_int_equal(find(s, "plain")->line.bytes_per_s, 960);
    assert_int_equal(find(s, "plain")->line.fault_count, 1);
    assert_int_equal(find(s, "plain")->line.faults[0].every, 100);
    assert_int_equal(find(s, "own")->line.bytes_per_s, 0);
    assert_int_equal(find(s, "own")->line.latency_ms, 40);
    assert_int_equal(find(s, "own")->line.fault_count, 2);
    assert_int_equal(find(s, "own")->line.faults[0].every, 50);
    assert_string_equal(find(s, "own")->device.user, "root");
    assert_string_equal(find(s, "own")->device.password, "all");
    scenario_free(s);
}

static void state_is_laid_over_key_by_key(void **state)
{
    (void)state;
    struct scenario *s = load("tests/data/sim/state.yaml");
    const struct device_setup *plain = &find(s, "plain")->device, *fault = &find(s, "fault")->device,
                              *own = &find(s, "own")->device;
    assert_int_equal(plain->speed, 60);
    assert_int_equal(plain->images.count, 2);
    assert_string_equal(plain->images.items[0].digests[DIGEST_SHA512], "abc");
    assert_string_equal(plain->images.items[0].content, "EOS-4.30.1F.swi");
    assert_true(plain->images.items[0].size == 1001000000);
    assert_true(plain->images.items[1].size == strlen(plain->images.items[1].config));
    assert_string_equal(plain->begin.config, "factory");
    assert_string_equal(fault->begin.config, "production");
    assert_int_equal(fault->begin.fetches, FETCHES_STALL);
    assert_int_equal(fault->begin.saves, SAVES_IGNORED);
    assert_string_equal(fault->faults[0], "in_production");
    assert_int_equal(own->begin.fetches, FETCHES_BREAK);
    assert_int_equal(own->begin.fetch_at, 40);
    assert_int_equal(own->begin.slots.count, 2);
    assert_string_equal(own->begin.version, "4.27.0F");
    assert_non_null(own->begin.rejects);
    scenario_free(s);
}

static void a_port_is_busy_in_three_ways(void **state)
{
    (void)state;
    struct scenario *s = load("tests/data/sim/scenario.yaml");
    assert_string_equal(find(s, "held-told")->line.busy, "bob");
    assert_true(find(s, "held-refused")->line.dead);
    assert_null(find(s, "held-refused")->line.busy);
    assert_int_equal(find(s, "held-silent")->device.start, DEVICE_SILENT);
    assert_int_equal(find(s, "asks")->device.start, DEVICE_QUESTION);
    assert_string_equal(find(s, "asks")->device.greeting, "Save? [y/n] of asks");
    scenario_free(s);
}

static void mistakes_are_all_named_with_their_place(void **state)
{
    static const char *const wanted[] = {
        "scenario_mistakes.yaml:3:24: the simulator plays opengear and generic",
        "scenario_mistakes.yaml:3:40: there are password, publickey and keyboard-interactive",
        "scenario_mistakes.yaml:4:8: ",
        "scenario_mistakes.yaml:6:33: ",
        "no fault \"no_such_fault\"",
        "scenario_mistakes.yaml:7:5: a switch wants a name and a port",
        "scenario_mistakes.yaml:8:46: offsets rise",
        "a port is busy in three ways: told, refused, silent; not \"maybe\"",
        "after an answer comes login, booting, loader, silent or question, not \"pager\"",
        "the environment variable TORSTARTER_TEST_UNSET is not set",
        "scenario_mistakes.yaml:10:5: a second switch with the name e",
    };
    struct mistakes m = {0};
    (void)state;
    unsetenv("TORSTARTER_TEST_UNSET");
    assert_null(scenario_load("tests/data/sim/scenario_mistakes.yaml", NULL, 0, &m));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (!strstr(str_cstr(&m.text), wanted[i]))
            fail_msg("\"%s\" is not in:\n%s", wanted[i], str_cstr(&m.text));
    mistakes_clear(&m);
}

static void a_platform_is_looked_for_above_the_scenario_and_then_in_the_folders_given(void **state)
{
    struct mistakes m = {0};
    const char *const dirs[] = {"/nonexistent"};
    (void)state;
    struct scenario *s = scenario_load("tests/data/sim/platform.yaml", dirs, 1, &m);
    assert_non_null(s);
    assert_string_equal(s->model->name, "arista_eos");
    scenario_free(s);
    assert_null(scenario_load("tests/data/sim/no_platform.yaml", dirs, 1, &m));
    assert_non_null(strstr(str_cstr(&m.text), "no fixtures/no_such_os/device.yaml above the scenario"));
    mistakes_clear(&m);
}

static void the_demo_names_for_each_switch_what_is_to_be_found(void **state)
{
    struct mistakes m = {0};
    (void)state;
    setenv("DEMO_OOB_PASSWORD", "a", 1);
    setenv("DEMO_SWITCH_PASSWORD", "b", 1);
    struct scenario *s = scenario_load("configs/demo/scenario.yaml", NULL, 0, &m);
    if (!s)
        fail_msg("%s", str_cstr(&m.text));
    assert_int_equal(s->switch_count, 28);
    size_t kinds = 0;
    for (size_t i = 0; i < s->switch_count; i++) {
        size_t k = 0;
        while (k < i && strcmp(s->switches[k].model->name, s->switches[i].model->name) != 0)
            k++;
        kinds += k == i;
        assert_ptr_equal(s->switches[k].model, s->switches[i].model); /* each is loaded once */
        enum failure failure;
        if (strcmp(s->switches[i].expect, "PASSED") != 0 && !failure_by_name(s->switches[i].expect, &failure))
            fail_msg("%s expects \"%s\"", s->switches[i].name, s->switches[i].expect);
        assert_string_not_equal(s->switches[i].injected, "");
    }
    assert_int_equal(kinds, 7);
    scenario_free(s);
}

static void a_login_names_its_port_in_the_way_of_the_kind(void **state)
{
    const struct kind *opengear = kind_find("opengear"), *generic = kind_find("generic");
    struct str out = {0};
    unsigned port = 0;
    (void)state;
    assert_null(kind_find("nobody"));
    assert_true(kind_parse_login(opengear, "net", "net:port07", &port));
    assert_int_equal(port, 7);
    assert_true(kind_parse_login(generic, "net", "net:12", &port));
    assert_int_equal(port, 12);
    assert_false(kind_parse_login(opengear, "net", "net:7", &port));
    assert_false(kind_parse_login(opengear, "net", "net:port7x", &port));
    assert_false(kind_parse_login(generic, "net", "root:7", &port));
    assert_false(kind_parse_login(generic, "net", "net", &port));
    kind_add_login(opengear, "net", 7, &out);
    kind_add_busy(opengear, 7, "alice", &out);
    assert_string_equal(str_cstr(&out), "net:port07\r\nPort 7 is in use by alice\r\n");
    str_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(count_makes_numbered_switches),
        cmocka_unit_test(a_switch_overrides_the_line_of_all),
        cmocka_unit_test(state_is_laid_over_key_by_key),
        cmocka_unit_test(a_port_is_busy_in_three_ways),
        cmocka_unit_test(mistakes_are_all_named_with_their_place),
        cmocka_unit_test(a_platform_is_looked_for_above_the_scenario_and_then_in_the_folders_given),
        cmocka_unit_test(the_demo_names_for_each_switch_what_is_to_be_found),
        cmocka_unit_test(a_login_names_its_port_in_the_way_of_the_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
