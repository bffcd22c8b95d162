/* asciicast written and read again: every byte comes back, whatever it is, and events end on whole characters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "transport/cast.h"

static void read_back(const struct str *text, struct cast *c)
{
    struct err e = {0};
    if (!cast_read_text("test.cast", text->data, text->len, c, &e))
        fail_msg("%s", e.msg);
}

static void every_byte_comes_back(void **state)
{
    (void)state;
    struct str text = {0};
    char bytes[512];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    for (size_t len = 1; len <= sizeof bytes; len += 37) {
        struct cast c;
        str_reset(&text);
        cast_write_header(&text, 1772438400, "a \"title\"", "{\"platform\":\"arista_eos\"}");
        cast_write_event(&text, 1234, 'o', bytes, len);
        cast_write_event(&text, 5000, 'i', bytes, len);
        cast_write_event(&text, 5001, 'm', "END PASSED", 10);
        read_back(&text, &c);
        assert_int_equal(c.count, 2);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(c.events[i].len, len);
            assert_memory_equal(c.events[i].bytes, bytes, len);
        }
        assert_int_equal(c.events[0].at_ms, 1234);
        assert_int_equal(c.mark_count, 1);
        assert_string_equal(c.marks[0].text, "END PASSED");
        assert_int_equal(c.marks[0].line, c.lines);
        cast_clear(&c);
    }
    str_clear(&text);
}

static void text_needs_no_second_event(void **state)
{
    (void)state;
    struct str text = {0};
    cast_write_event(&text, 0, 'o', "r\xC3\xA9seau \x1b[1m\r\n", 14);
    assert_null(strstr(str_cstr(&text), "\"b\""));
    str_reset(&text);
    cast_write_event(&text, 0, 'o', "r\xE9seau", 6);
    assert_non_null(strstr(str_cstr(&text), "\"b\""));
    str_clear(&text);
}

static void whole_characters_are_counted(void **state)
{
    static const struct {
        const char *bytes;
        size_t whole;
    } rows[] = {{"", 0},          {"abc", 3},          {"ab\xC3", 2},          {"ab\xC3\xA9", 4},
                {"\xE2\x9C", 0},  {"\xE2\x9C\x93", 3}, {"a\xF0\x9F\x98", 1},   {"\xF0\x9F\x98\x80", 4},
                {"a\x80\x80", 3}, {"\xFF", 1},         {"\x80\x80\x80\x80", 4}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(cast_whole(rows[i].bytes, strlen(rows[i].bytes)), rows[i].whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_comes_back),
        cmocka_unit_test(text_needs_no_second_event),
        cmocka_unit_test(whole_characters_are_counted),
    };
    return cmocka_run_group_tests_name("cast_write", tests, NULL, NULL);
}
