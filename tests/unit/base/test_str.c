#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/str.h"

static void it_grows_and_stays_terminated(void **state)
{
    (void)state;
    struct str s = {0};
    assert_string_equal(str_cstr(&s), "");
    for (int i = 0; i < 10000; i++) {
        assert_true(str_add_char(&s, (char)('a' + i % 26)));
        assert_int_equal(s.data[s.len], 0);
    }
    assert_int_equal(s.len, 10000);
    str_reset(&s);
    assert_string_equal(str_cstr(&s), "");
    str_printf(&s, "%d %s", 42, "x");
    assert_string_equal(s.data, "42 x");
    str_clear(&s);
    assert_null(s.data);
}

static void a_long_printf_fits(void **state)
{
    (void)state;
    struct str s = {0};
    str_printf(&s, "%5000d", 7);
    assert_int_equal(s.len, 5000);
    assert_int_equal(s.data[4999], '7');
    str_clear(&s);
}

static void a_maximum_cuts_and_says_so(void **state)
{
    (void)state;
    struct str s = STR_MAX(5);
    assert_true(str_add_cstr(&s, "abc"));
    assert_false(s.overflowed);
    assert_false(str_add_cstr(&s, "defg"));
    assert_true(s.overflowed);
    assert_string_equal(s.data, "abcde");
    assert_false(str_add_char(&s, 'x'));
    assert_int_equal(s.len, 5);
    str_reset(&s);
    assert_false(s.overflowed);
    assert_true(str_add_cstr(&s, "12345"));
    str_clear(&s);
    assert_int_equal(s.max_bytes, 5);
}

static void dropping_from_the_front_keeps_the_rest(void **state)
{
    (void)state;
    struct str s = {0};
    str_add_cstr(&s, "hello");
    str_drop(&s, 2);
    assert_string_equal(s.data, "llo");
    str_drop(&s, 0);
    assert_int_equal(s.len, 3);
    str_drop(&s, 99);
    assert_string_equal(s.data, "");
    str_clear(&s);
}

static void taking_gives_the_bytes_away(void **state)
{
    (void)state;
    struct str s = {0};
    char *empty = str_take(&s);
    assert_string_equal(empty, "");
    str_add_cstr(&s, "mine");
    char *taken = str_take(&s);
    assert_string_equal(taken, "mine");
    assert_int_equal(s.len, 0);
    mem_free(empty);
    mem_free(taken);
}

static void beginnings_ends_and_globs(void **state)
{
    (void)state;
    assert_true(str_starts("hostname", "host") && str_starts("x", "") && !str_starts("ho", "host"));
    assert_true(str_ends("a.yaml", ".yaml") && str_ends("x", "") && !str_ends("yaml", ".yaml"));
    assert_true(str_glob("tor-r1-*", "tor-r1-03") && str_glob("tor-r?-0[1-3]", "tor-r9-02"));
    assert_false(str_glob("tor-r1-*", "Tor-r1-03") || str_glob("tor", "tor-r1"));
}

static void what_a_device_sends_is_made_safe_for_a_screen(void **state)
{
    (void)state;
    struct str s = {0};
    str_add_escaped(&s, "a\r\n\t\x1b[0m\\\0\x7f\xff\xc3\xa9\xc2\x9b", 16);
    assert_string_equal(s.data, "a\\r\\n\\t\\x1b[0m\\\\\\x00\\x7f\\xff\xc3\xa9\\xc2\\x9b");
    str_clear(&s);
}

static const struct {
    const char *bytes, *wanted;
} utf8[] = {
    {"plain", "plain"},
    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"\xff", "\xef\xbf\xbd"},
    {"\xc3(", "\xef\xbf\xbd("},
    {"\xe2\x82", "\xef\xbf\xbd"},
    {"\xe2\x82x", "\xef\xbf\xbdx"},
    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
    {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* overlong */
    {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
};

static void bytes_that_are_no_utf8_are_replaced_as_python_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof utf8 / sizeof *utf8; i++) {
        struct str s = {0};
        str_add_utf8(&s, utf8[i].bytes, strlen(utf8[i].bytes));
        assert_string_equal(str_cstr(&s), utf8[i].wanted);
        str_clear(&s);
    }
}

static void the_nearest_name_is_found_only_when_near(void **state)
{
    (void)state;
    static const char *const names[] = {"show", "validate", "provision"};
    assert_int_equal(str_distance("kitten", "sitting"), 3);
    assert_int_equal(str_distance("", "abc"), 3);
    assert_string_equal(str_nearest("provison", names, 3), "provision");
    assert_string_equal(str_nearest("shwo", names, 3), "show");
    assert_null(str_nearest("xyzzy", names, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_and_stays_terminated),
        cmocka_unit_test(a_long_printf_fits),
        cmocka_unit_test(a_maximum_cuts_and_says_so),
        cmocka_unit_test(dropping_from_the_front_keeps_the_rest),
        cmocka_unit_test(taking_gives_the_bytes_away),
        cmocka_unit_test(beginnings_ends_and_globs),
        cmocka_unit_test(what_a_device_sends_is_made_safe_for_a_screen),
        cmocka_unit_test(bytes_that_are_no_utf8_are_replaced_as_python_does),
        cmocka_unit_test(the_nearest_name_is_found_only_when_near),
    };
    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
