#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sim/line.h"

static int load(void **state)
{
    struct mistakes m = {0};
    *state = scenario_load("tests/data/sim/scenario.yaml", NULL, 0, &m);
    if (!*state)
        print_error("%s", str_cstr(&m.text));
    mistakes_clear(&m);
    return *state ? 0 : -1;
}

static int unload(void **state)
{
    scenario_free(*state);
    return 0;
}

static struct line *line_of(const struct scenario *s, const char *name)
{
    for (size_t i = 0; i < s->switch_count; i++)
        if (strcmp(s->switches[i].name, name) == 0)
            return line_new(s->switches[i].model, &s->switches[i], NULL, NULL);
    fail_msg("no switch %s", name);
    return NULL;
}

static bool attach(struct line *l, int64_t now_us)
{
    const char *holder = "";
    return line_attach(l, now_us, &holder);
}

/* All that comes when `text` is typed at that time. */
static void expect(struct line *l, const char *text, int64_t now_us, const char *wanted)
{
    struct str out = {0};
    size_t before;
    line_type(l, text, strlen(text), now_us);
    do {
        before = out.len;
        line_take(l, now_us, &out);
    } while (out.len > before);
    assert_string_equal(str_cstr(&out), wanted);
    str_clear(&out);
}

static void a_held_line_names_its_holder(void **state)
{
    struct line *busy = line_of(*state, "held"), *good = line_of(*state, "good");
    const char *holder = "";
    assert_false(line_attach(busy, 0, &holder));
    assert_string_equal(holder, "alice");
    assert_true(line_attach(good, 0, &holder));
    assert_false(line_attach(good, 0, &holder));
    assert_string_equal(holder, "another session");
    line_detach(good, 0);
    assert_true(line_attach(good, 0, &holder));
    line_free(busy);
    line_free(good);
}

static void a_login_survives_the_connection_unless_the_line_forgets(void **state)
{
    const char *const names[] = {"good", "forgets"}, *const after[] = {"\r\ngood>",
                                                                       "\r\n\r\nforgets login: "};
    for (int i = 0; i < 2; i++) {
        struct line *l = line_of(*state, names[i]);
        attach(l, 0);
        line_type(l, "admin\rswitch-secret\r", 20, 0);
        line_detach(l, 0);
        attach(l, 1);
        expect(l, "\r", 1, after[i]);
        line_free(l);
    }
}

static void a_line_left_in_a_mode_is_found_in_it(void **state)
{
    struct line *left = line_of(*state, "left"), *config = line_of(*state, "left-config");
    attach(left, 0);
    attach(config, 0);
    expect(left, "\r", 0, "\r\nleft#");
    expect(config, "\r", 0, "\r\nleft-config(config)#");
    line_free(left);
    line_free(config);
}

static void banner_and_old_output_come_first(void **state)
{
    struct line *l = line_of(*state, "stale");
    attach(l, 0);
    expect(l, "", 0, "Connected.\r\nstale#\r\n");
    line_free(l);
}

static void a_line_breaks_after_its_bytes_each_time(void **state)
{
    struct line *l = line_of(*state, "breaks");
    struct str out = {0};
    for (int i = 0; i < 2; i++) {
        str_reset(&out);
        attach(l, 0);
        line_type(l, "\r\r", 2, 0);
        assert_true(line_take(l, 0, &out));
        assert_int_equal(out.len, 20);
        assert_false(line_take(l, 0, &out));
        line_detach(l, 0);
    }
    str_clear(&out);
    line_free(l);
}

static void a_boot_goes_on_while_nobody_looks(void **state)
{
    struct line *l = line_of(*state, "boots");
    attach(l, 0);
    expect(l, "", 0, "Boot one\r\n");
    line_detach(l, 0);
    attach(l, 20000000);
    expect(l, "\r", 20000000, "\r\n\r\nboots login: ");
    line_free(l);
}

/* 960 bytes a second each way: two typed bytes, their echo and the answer arrive when the wires have carried them. */
static void a_paced_line_takes_the_wires_time(void **state)
{
    struct line *l = line_of(*state, "paced");
    static const char wanted[] = "\r\n\r\npaced login: ";
    struct str out = {0};
    int64_t now_us = 0;
    attach(l, 0);
    line_type(l, "\r", 1, 0);
    while (line_due_us(l) != INT64_MAX) {
        now_us = line_due_us(l);
        line_take(l, now_us, &out);
    }
    assert_string_equal(str_cstr(&out), wanted);
    const int64_t wire_us = (int64_t)(1 + strlen(wanted)) * 1000000 / 960;
    assert_in_range(now_us, wire_us - 100, wire_us + 100);
    str_clear(&out);
    line_free(l);
}

/* However late somebody looks, what happened in between happened in time. */
static void a_late_look_finds_what_happened_in_time(void **state)
{
    struct line *l = line_of(*state, "paced");
    attach(l, 0);
    line_type(l, "\r", 1, 0);
    expect(l, "", 5000000, "\r\n\r\npaced login: ");
    line_free(l);
}

static void chunks_are_taken_one_by_one(void **state)
{
    struct line *l = line_of(*state, "cut");
    struct str out = {0};
    attach(l, 0);
    line_type(l, "\r", 1, 0);
    line_take(l, 0, &out);
    assert_int_equal(out.len, 3);
    str_clear(&out);
    line_free(l);
}

static void a_log_line_cuts_in_with_the_switches_name(void **state)
{
    struct line *l = line_of(*state, "noisy");
    struct str out = {0};
    attach(l, 0);
    line_type(l, "\r\r\r", 3, 0);
    line_take(l, 0, &out);
    assert_non_null(strstr(str_cstr(&out), "\r\nMar  3 10:11:12 noisy Ebra: %LINEPROTO-5-UPDOWN: down\r\n"));
    str_clear(&out);
    line_free(l);
}

static void a_refused_password_and_a_silent_line_stay_so(void **state)
{
    struct line *deaf = line_of(*state, "deaf"), *quiet = line_of(*state, "quiet");
    attach(deaf, 0);
    attach(quiet, 0);
    expect(deaf, "admin\rswitch-secret\r", 0, "admin\r\nPassword: \r\n");
    expect(deaf, "", 3000000, "\r\nLogin incorrect\r\n\r\ndeaf login: ");
    expect(quiet, "\r", 0, "");
    line_free(deaf);
    line_free(quiet);
}

static void a_half_open_line_passes_nothing_either_way_and_does_not_end(void **state)
{
    struct line *l = line_of(*state, "half-open");
    struct line_counts counts;
    struct str out = {0};
    attach(l, 0);
    expect(l, "admin\r", 0, "admin\r\nPas");
    line_type(l, "switch-secret\r", 14, 0);
    assert_true(line_take(l, 60000000, &out));
    assert_int_equal(out.len, 0);
    line_read_counts(l, &counts);
    assert_int_equal(counts.device.typed_bytes, 6);
    assert_int_equal(counts.state, DEVICE_PASSWORD);
    str_clear(&out);
    line_free(l);
}

static void an_echo_can_be_late_though_the_line_is_not(void **state)
{
    struct line *l = line_of(*state, "late-echo");
    attach(l, 0);
    expect(l, "\r", 0, "");
    expect(l, "", 1999999, "");
    expect(l, "", 2000000, "\r\n\r\nlate-echo login: ");
    line_free(l);
}

static void counts_tell_what_came(void **state)
{
    struct line *l = line_of(*state, "good");
    struct line_counts counts;
    const char *holder;
    attach(l, 0);
    line_attach(l, 0, &holder);
    expect(l, "admin\r", 0, "admin\r\nPassword: ");
    line_read_counts(l, &counts);
    assert_int_equal(counts.connections, 1);
    assert_int_equal(counts.refused, 1);
    assert_int_equal(counts.device.typed_bytes, 6);
    assert_int_equal(counts.device.lines, 1);
    assert_int_equal(counts.sent_bytes, 17);
    assert_int_equal(counts.state, DEVICE_PASSWORD);
    assert_true(counts.held);
    line_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_held_line_names_its_holder),
        cmocka_unit_test(a_login_survives_the_connection_unless_the_line_forgets),
        cmocka_unit_test(a_line_left_in_a_mode_is_found_in_it),
        cmocka_unit_test(banner_and_old_output_come_first),
        cmocka_unit_test(a_line_breaks_after_its_bytes_each_time),
        cmocka_unit_test(a_boot_goes_on_while_nobody_looks),
        cmocka_unit_test(a_paced_line_takes_the_wires_time),
        cmocka_unit_test(a_late_look_finds_what_happened_in_time),
        cmocka_unit_test(chunks_are_taken_one_by_one),
        cmocka_unit_test(a_log_line_cuts_in_with_the_switches_name),
        cmocka_unit_test(a_refused_password_and_a_silent_line_stay_so),
        cmocka_unit_test(a_half_open_line_passes_nothing_either_way_and_does_not_end),
        cmocka_unit_test(an_echo_can_be_late_though_the_line_is_not),
        cmocka_unit_test(counts_tell_what_came),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
