#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

static void a_virtual_clock_goes_only_where_it_is_turned(void **state)
{
    (void)state;
    struct clock c = {.now_ms = 5, .utc_us = 1000000};
    assert_int_equal(clock_now_ms(&c), 5);
    assert_int_equal(clock_now_us(&c), 5000);
    assert_int_equal(clock_utc_us(&c), 1005000);
    clock_wait_until(&c, 3600000);
    assert_int_equal(clock_now_ms(&c), 3600000);
    clock_wait_until(&c, 1); /* never back */
    assert_int_equal(clock_now_ms(&c), 3600000);
}

static void the_machines_clock_goes_forward(void **state)
{
    (void)state;
    int64_t a = clock_now_us(NULL), b = clock_now_us(NULL);
    assert_true(b >= a);
    assert_true(clock_utc_us(NULL) > 1600000000000000);
    clock_wait_until(NULL, clock_now_ms(NULL) - 10); /* past: does not wait */
}

static void times_are_written_in_utc(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_MAX];
    assert_string_equal(clock_format_utc(0, text), "1970-01-01T00:00:00.000Z");
    assert_string_equal(clock_format_utc(1769852467318000, text), "2026-01-31T09:41:07.318Z");
}

static void spans_are_written_as_a_stopwatch_does(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_MAX];
    assert_string_equal(clock_format_span(0, text), "0:00");
    assert_string_equal(clock_format_span(41999, text), "0:41");
    assert_string_equal(clock_format_span(723000, text), "12:03");
    assert_string_equal(clock_format_span(3723000, text), "1:02:03");
}

static void spans_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {{"250ms", 250},    {"45s", 45000},      {"45", 45000}, {"15m", 900000},
                {"12h", 43200000}, {"30d", 2592000000}, {"0", 0}};
    static const char *const bad[] = {"", "s", "-1s", " 1s", "1 s", "1.5s", "1w", "999999999999999999999"};
    int64_t ms;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(clock_parse_span(good[i].text, &ms));
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (clock_parse_span(bad[i], &ms))
            fail_msg("\"%s\" was taken for a span", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_virtual_clock_goes_only_where_it_is_turned),
        cmocka_unit_test(the_machines_clock_goes_forward),
        cmocka_unit_test(times_are_written_in_utc),
        cmocka_unit_test(spans_are_written_as_a_stopwatch_does),
        cmocka_unit_test(spans_are_read),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
