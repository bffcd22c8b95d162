#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sim/pace.h"

enum { MS = 1000, SECOND = 1000000 };

static size_t take(struct pace *p, int64_t now_us)
{
    struct str out = {0};
    size_t len = 0, n;
    while ((n = pace_take(p, now_us, &out)) > 0)
        len += n;
    str_clear(&out);
    return len;
}

static void no_pace_is_at_once(void **state)
{
    struct pace p = {0};
    (void)state;
    assert_true(pace_due_us(&p) == INT64_MAX);
    pace_put(&p, "abc", 3, 5);
    assert_int_equal(pace_due_us(&p), 5);
    assert_int_equal(take(&p, 5), 3);
    assert_true(pace_due_us(&p) == INT64_MAX);
    pace_clear(&p);
}

static void nine_thousand_six_hundred_baud_is_960_bytes_a_second(void **state)
{
    struct pace p = {.bytes_per_s = 960};
    char bytes[960];
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    pace_put(&p, bytes, sizeof bytes, 0);
    assert_int_equal(take(&p, 100 * MS), 96);
    assert_int_equal(take(&p, SECOND - 2 * MS), 960 - 96 - 2);
    assert_int_equal(take(&p, SECOND), 2);
    pace_clear(&p);
}

/* However the bytes were put in and however often somebody looked, the last one is there when the wire has carried all. */
static void looking_often_does_not_slow_the_wire(void **state)
{
    struct pace p = {.bytes_per_s = 960, .look_us = 5 * MS};
    int64_t now_us = 0;
    size_t got = 0, looks = 0;
    (void)state;
    for (int i = 0; i < 960; i++)
        pace_put(&p, "x", 1, 0);
    while (pace_due_us(&p) != INT64_MAX) {
        now_us = pace_due_us(&p);
        got += take(&p, now_us);
        looks++;
    }
    assert_int_equal(got, 960);
    assert_in_range(now_us, SECOND - MS, SECOND + MS);
    assert_in_range(looks, 150, 250);
    pace_clear(&p);
}

static void latency_shifts_and_does_not_stretch(void **state)
{
    struct pace p = {.bytes_per_s = 1000, .latency_ms = 40};
    (void)state;
    pace_put(&p, "abcd", 4, 0);
    assert_int_equal(take(&p, 40 * MS), 0);
    assert_int_equal(take(&p, 42 * MS), 2);
    pace_put(&p, "ef", 2, 50 * MS);
    assert_int_equal(take(&p, 44 * MS), 2);
    assert_int_equal(take(&p, 90 * MS), 0);
    assert_int_equal(take(&p, 92 * MS), 2);
    pace_clear(&p);
}

static void latency_without_a_speed_keeps_the_distances(void **state)
{
    struct pace p = {.latency_ms = 10};
    (void)state;
    pace_put(&p, "abc", 3, 0);
    pace_put(&p, "de", 2, 5 * MS);
    assert_int_equal(take(&p, 9 * MS), 0);
    assert_int_equal(take(&p, 10 * MS), 3);
    assert_int_equal(pace_due_us(&p), 15 * MS);
    assert_int_equal(take(&p, 15 * MS), 2);
    pace_clear(&p);
}

static void chunks_come_one_by_one(void **state)
{
    struct pace p = {.chunk_bytes = 2};
    struct str out = {0};
    (void)state;
    pace_put(&p, "abc", 3, 0);
    pace_put(&p, "de", 2, 0);
    assert_int_equal(pace_take(&p, 0, &out), 2);
    assert_int_equal(pace_take(&p, 0, &out), 2);
    assert_int_equal(pace_take(&p, 0, &out), 1);
    assert_int_equal(pace_take(&p, 0, &out), 0);
    assert_string_equal(str_cstr(&out), "abcde");
    str_clear(&out);
    pace_clear(&p);
}

static void a_pause_holds_back_what_is_put_in_after_it(void **state)
{
    struct pace lines[] = {{0}, {.bytes_per_s = 1000}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct str out = {0};
        pace_put(&lines[i], "ab", 2, 0);
        pace_pause(&lines[i], 3000, 0);
        pace_put(&lines[i], "cd", 2, 0);
        while (pace_take(&lines[i], 2999999, &out) > 0)
            ;
        assert_string_equal(str_cstr(&out), "ab");
        while (pace_take(&lines[i], 3010000, &out) > 0)
            ;
        assert_string_equal(str_cstr(&out), "abcd");
        str_clear(&out);
        pace_clear(&lines[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_pace_is_at_once),
        cmocka_unit_test(nine_thousand_six_hundred_baud_is_960_bytes_a_second),
        cmocka_unit_test(looking_often_does_not_slow_the_wire),
        cmocka_unit_test(latency_shifts_and_does_not_stretch),
        cmocka_unit_test(latency_without_a_speed_keeps_the_distances),
        cmocka_unit_test(chunks_come_one_by_one),
        cmocka_unit_test(a_pause_holds_back_what_is_put_in_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
