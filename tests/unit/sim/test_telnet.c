#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sim/telnet.h"

/* Data, a quoted 255, every verb, a subnegotiation with a quoted 255 in it, three ways to end a line. */
static const char stream[] = "ad\xff\xffmin\r\0\xff\xfd\x01\xff\xfb\x18\xff\xfb\x18\xff\xfd\x00\xff\xfb\x00"
                             "\xff\xfa\x18\x00\xff\xffx\xff\xf0pw\r\nno\r\r\0\xff\xf1";
enum { STREAM_LEN = sizeof stream - 1 };

static void every_cut_gives_the_same(void **state)
{
    (void)state;
    for (size_t piece = 1; piece <= STREAM_LEN; piece++) {
        struct telnet t = {0};
        struct str typed = {0}, out = {0};
        for (size_t at = 0; at < STREAM_LEN; at += piece)
            telnet_receive(&t, stream + at, piece < STREAM_LEN - at ? piece : STREAM_LEN - at, &typed, &out);
        assert_string_equal(str_cstr(&typed), "ad\xffmin\rpw\rno\r\r");
        assert_int_equal(out.len, 9);
        assert_memory_equal(out.data, "\xff\xfe\x18\xff\xfb\x00\xff\xfd\x00", 9);
        str_clear(&typed);
        str_clear(&out);
    }
}

static void what_the_switch_says_is_quoted(void **state)
{
    struct str out = {0};
    (void)state;
    telnet_quote("a\xff", 2, &out);
    assert_string_equal(str_cstr(&out), "a\xff\xff");
    str_reset(&out);
    telnet_greet(&out);
    assert_memory_equal(out.data, "\xff\xfb\x01\xff\xfb\x03\xff\xfd\x03", 9);
    str_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_gives_the_same),
        cmocka_unit_test(what_the_switch_says_is_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
