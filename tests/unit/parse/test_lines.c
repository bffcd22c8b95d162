#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parse/lines.h"

static void lines_end_where_python_s_splitlines_ends_them(void **state)
{
    (void)state;
    static const char text[] =
        "a\nb\r\nc\rd\ve\ff\x1cg\x1dh\x1ei\xC2\x85j\xE2\x80\xA8k\xE2\x80\xA9l\r\r\nm\n\nn";
    static const char *const wanted[] = {"a", "b", "c", "d", "e", "f", "g", "h",
                                         "i", "j", "k", "l", "",  "m", "",  "n"};
    struct lines lines = {.at = text, .end = text + sizeof text - 1};
    struct line line;
    size_t n = 0;
    while (lines_next(&lines, &line)) {
        assert_true(n < sizeof wanted / sizeof *wanted);
        assert_int_equal(line.len, strlen(wanted[n]));
        assert_memory_equal(line.text, wanted[n], line.len);
        assert_int_equal(line.number, ++n);
    }
    assert_int_equal(n, sizeof wanted / sizeof *wanted);
}

static void no_line_after_the_last_line_break(void **state)
{
    (void)state;
    struct line line;
    struct lines none = {.at = "", .end = ""};
    none.end = none.at;
    assert_false(lines_next(&none, &line));
    static const char text[] = "a\n";
    struct lines one = {.at = text, .end = text + 2};
    assert_true(lines_next(&one, &line));
    assert_false(lines_next(&one, &line));
}

static struct line only_line(const char *text)
{
    struct lines lines = {.at = text, .end = text + strlen(text)};
    struct line line = {0};
    lines_next(&lines, &line);
    return line;
}

static void plain_blank_and_indented_lines_are_known(void **state)
{
    (void)state;
    assert_true(only_line(" \t a").plain);
    assert_int_equal(only_line(" \t a").blanks, 3);
    assert_false(only_line("a\x1f").plain);
    assert_false(only_line("a\xC3\xA9").plain);
    assert_false(only_line("\xE2\x80\xA7").plain); /* nearly U+2028 */
    struct line blank = only_line("  \t"), wide = only_line(" \xC2\xA0\x1f\xE3\x80\x80"),
                some = only_line("  x ");
    assert_true(line_is_blank(&blank));
    assert_true(line_is_blank(&wide));
    assert_false(line_is_blank(&some));
}

static void bad_bytes_become_replacement_characters(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } cases[] = {
        {"ok", 2, "ok"},
        {"é\xE2\x82\xAC", 5, "é€"},
        {"a\xff"
         "b",
         3,
         "a\xEF\xBF\xBD"
         "b"},
        {"\xE2\x82", 2, "\xEF\xBF\xBD"},
        {"\xED\xA0\x80", 3, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xF0\x9F\x98x", 4, "\xEF\xBF\xBDx"},
        {"a\0b", 3,
         "a\xEF\xBF\xBD"
         "b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str copy = {0};
        size_t len;
        const char *text = lines_text(cases[i].bytes, cases[i].len, &copy, &len);
        assert_int_equal(len, strlen(cases[i].text));
        assert_memory_equal(text, cases[i].text, len);
        str_clear(&copy);
    }
}

static void white_space_is_what_python_strips(void **state)
{
    (void)state;
    static const char text[] = "\x1c \xC2\xA0\xE1\x9A\x80 x y \xE2\x80\x83\x0b\xC2\x85";
    size_t len = sizeof text - 1;
    const char *inner = trimmed(text, &len);
    assert_int_equal(len, 3);
    assert_memory_equal(inner, "x y", 3);
    len = 3;
    trimmed("\xE1\xA0\x8E", &len); /* U+180E was white space once */
    assert_int_equal(len, 3);
    assert_int_equal(trimmed_end("a \xC2\xA0", 4), 1);
    assert_int_equal(trimmed_end("", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_where_python_s_splitlines_ends_them),
        cmocka_unit_test(no_line_after_the_last_line_break),
        cmocka_unit_test(plain_blank_and_indented_lines_are_known),
        cmocka_unit_test(bad_bytes_become_replacement_characters),
        cmocka_unit_test(white_space_is_what_python_strips),
    };
    return cmocka_run_group_tests_name("parse/lines", tests, NULL, NULL);
}
