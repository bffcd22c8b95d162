#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sim/fault.h"

static const char stream[] = "tor-1#show version\r\nModel: X1\r\nSerial number: S1\r\ntor-1#";
enum { STREAM_LEN = sizeof stream - 1 };

static const struct fault_driver *driver(const char *name)
{
    size_t count;
    const struct fault_driver *drivers = fault_drivers(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(drivers[i].name, name) == 0)
            return &drivers[i];
    fail_msg("no fault %s", name);
    return NULL;
}

static bool run(const struct fault_spec *specs, size_t count, size_t piece, struct str *out)
{
    struct fault_chain c;
    bool whole = true;
    fault_chain_init(&c, specs, count);
    str_reset(out);
    for (size_t at = 0; at < STREAM_LEN; at += piece)
        whole = fault_chain_feed(&c, stream + at, piece < STREAM_LEN - at ? piece : STREAM_LEN - at, out);
    fault_chain_clear(&c);
    return whole;
}

static void no_fault_changes_nothing(void **state)
{
    struct str out = {0};
    (void)state;
    assert_true(run(NULL, 0, 7, &out));
    assert_string_equal(str_cstr(&out), stream);
    str_clear(&out);
}

static void bytes_are_doubled_marked_and_follow_a_nul_where_it_strikes(void **state)
{
    static const uint64_t at[] = {2};
    static const struct {
        const char *name, *begins;
        size_t len;
    } cases[] = {{"twice", "torr", 4}, {"parity", "to\xf2", 3}, {"nuls", "to\0r", 4}};
    struct str out = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fault_spec spec = {.driver = driver(cases[i].name), .offsets = at, .offset_count = 1};
        run(&spec, 1, STREAM_LEN, &out);
        assert_memory_equal(out.data, cases[i].begins, cases[i].len);
    }
    str_clear(&out);
}

static void every_cut_gives_the_same_bytes_for_every_fault(void **state)
{
    const uint64_t offsets[] = {0, 9, 30};
    size_t count;
    const struct fault_driver *drivers = fault_drivers(&count);
    struct str whole = {0}, cut = {0};
    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct fault_spec spec = {.driver = &drivers[i], .every = 11, .seed = 5, .text = "LOG\r\n"};
        for (int with_offsets = 0; with_offsets <= drivers[i].takes_offsets; with_offsets++) {
            if (with_offsets) {
                spec.every = 0;
                spec.offsets = offsets;
                spec.offset_count = 3;
            }
            run(&spec, 1, STREAM_LEN, &whole);
            for (size_t piece = 1; piece < STREAM_LEN; piece++) {
                run(&spec, 1, piece, &cut);
                if (cut.len != whole.len || memcmp(cut.data, whole.data, cut.len) != 0)
                    fail_msg("%s differs when cut every %zu bytes", drivers[i].name, piece);
            }
        }
    }
    str_clear(&whole);
    str_clear(&cut);
}

static void a_log_line_stands_on_lines_of_its_own(void **state)
{
    const uint64_t offsets[] = {0, 9, 20};
    struct fault_spec spec = {
        .driver = driver("log_noise"), .offsets = offsets, .offset_count = 3, .text = "LOG\r\n"};
    struct str out = {0};
    (void)state;
    run(&spec, 1, STREAM_LEN, &out);
    assert_string_equal(
        str_cstr(&out),
        "LOG\r\ntor-1#sho\r\nLOG\r\nw version\r\nLOG\r\nModel: X1\r\nSerial number: S1\r\ntor-1#");
    str_clear(&out);
}

static void a_garbled_line_has_no_byte_of_text(void **state)
{
    struct fault_spec spec = {.driver = driver("garble"), .every = 1, .seed = 3, .text = ""};
    struct str out = {0};
    (void)state;
    run(&spec, 1, STREAM_LEN, &out);
    assert_int_equal(out.len, STREAM_LEN);
    for (size_t i = 0; i < out.len; i++)
        assert_true(out.data[i] == '\0' || (unsigned char)out.data[i] >= 0x80);
    str_clear(&out);
}

static void the_seed_decides_what_is_garbled(void **state)
{
    struct fault_spec one = {.driver = driver("garble"), .every = 1, .seed = 1, .text = ""}, two = one;
    struct str a = {0}, b = {0};
    (void)state;
    two.seed = 2;
    run(&one, 1, 5, &a);
    run(&two, 1, 5, &b);
    assert_memory_not_equal(a.data, b.data, STREAM_LEN);
    str_clear(&a);
    str_clear(&b);
}

static void a_stalled_line_is_not_cut_and_a_dropped_one_is(void **state)
{
    struct fault_spec spec = {.driver = driver("stall_after"), .every = 10, .text = ""};
    struct str out = {0};
    (void)state;
    assert_true(run(&spec, 1, 4, &out));
    assert_int_equal(out.len, 10);
    spec.driver = driver("drop_after");
    assert_false(run(&spec, 1, 4, &out));
    assert_int_equal(out.len, 10);
    spec.every = STREAM_LEN + 1;
    assert_true(run(&spec, 1, 4, &out));
    str_clear(&out);
}

static void faults_follow_each_other(void **state)
{
    struct fault_spec specs[] = {{.driver = driver("lose"), .every = 2, .text = ""},
                                 {.driver = driver("stall_after"), .every = 3, .text = ""}};
    struct str out = {0};
    (void)state;
    run(specs, 2, STREAM_LEN, &out);
    assert_string_equal(str_cstr(&out), "tr1");
    str_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_fault_changes_nothing),
        cmocka_unit_test(bytes_are_doubled_marked_and_follow_a_nul_where_it_strikes),
        cmocka_unit_test(every_cut_gives_the_same_bytes_for_every_fault),
        cmocka_unit_test(a_log_line_stands_on_lines_of_its_own),
        cmocka_unit_test(a_garbled_line_has_no_byte_of_text),
        cmocka_unit_test(the_seed_decides_what_is_garbled),
        cmocka_unit_test(a_stalled_line_is_not_cut_and_a_dropped_one_is),
        cmocka_unit_test(faults_follow_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
