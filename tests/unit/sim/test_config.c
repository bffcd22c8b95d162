#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "sim/config.h"

static bool remarks(const void *ctx, const char *line)
{
    (void)ctx;
    return line[0] == '!';
}

static struct config *read(const char *text)
{
    return config_parse(text, strlen(text), false, remarks, NULL);
}

static void expect(const struct config *c, const char *text)
{
    struct str s = {0};
    config_show(c, 2, "", &s);
    assert_string_equal(str_cstr(&s), text);
    str_clear(&s);
}

static const struct config_path top = {.depth = 0};
static const struct config_path in_e1 = {.blocks = {"interface e1"}, .depth = 1};

static void blocks_are_read_by_their_indent_whatever_it_is(void **state)
{
    (void)state;
    struct config *c = read("! remark\nhostname a\ninterface e1\n    mtu 9000\n    ip address "
                            "1/31\n!\nrouter bgp 1\n af\n  x\n y\r\nend\n");
    expect(c, "hostname a\r\ninterface e1\r\n  mtu 9000\r\n  ip address 1/31\r\nrouter bgp 1\r\n  af\r\n    "
              "x\r\n  y\r\nend\r\n");
    config_unref(c);
}

static void a_line_replaces_the_one_with_the_same_first_words(void **state)
{
    (void)state;
    struct config *c = read("hostname a\ninterface e1\n mtu 9000\n");
    config_put(c, &in_e1, "mtu 1500", 1);
    config_put(c, &in_e1, "mtu 1500", 1);
    config_put(c, &in_e1, "mtutu 1", 1);
    config_put(c, &top, "hostname b", 1);
    expect(c, "hostname b\r\ninterface e1\r\n  mtu 1500\r\n  mtutu 1\r\n");
    config_unref(c);
}

static void a_line_makes_the_blocks_that_it_lacks(void **state)
{
    (void)state;
    struct config *c = config_new();
    const struct config_path deep = {.blocks = {"a", "b"}, .depth = 2};
    config_put(c, &deep, "c", 0);
    config_put(c, &top, "d", 0);
    config_put(c, &deep, "e", 0);
    expect(c, "a\r\n  b\r\n    c\r\n    e\r\nd\r\n");
    config_unref(c);
}

static void what_goes_goes_with_all_below_and_by_whole_words(void **state)
{
    (void)state;
    struct config *c =
        read("vlan 1\n name x\nvlan 10\n name y\ninterface e1\n ip address 1/31\n ip addresses 2\n");
    assert_int_equal(config_remove(c, &top, "vlan 1"), 2);
    assert_int_equal(config_remove(c, &in_e1, "ip address"), 1);
    assert_int_equal(config_remove(c, &in_e1, "ip address"), 0);
    expect(c, "vlan 10\r\n  name y\r\ninterface e1\r\n  ip addresses 2\r\n");
    config_unref(c);
}

static void a_snapshot_does_not_change_with_its_copy(void **state)
{
    (void)state;
    struct config *a = read("hostname a\n"), *b = config_ref(a);
    assert_true(config_equal(a, b));
    config_put(config_unshare(&b), &top, "hostname b", 1);
    assert_false(config_equal(a, b));
    expect(a, "hostname a\r\n");
    expect(b, "hostname b\r\n");
    config_unref(a);
    config_unref(b);
}

static void a_difference_stands_under_its_blocks(void **state)
{
    (void)state;
    struct config *a = read("hostname a\ninterface e1\n mtu 9000\n shutdown\n");
    struct config *b = read("hostname a\ninterface e1\n mtu 1500\n shutdown\nvlan 2\n name z\n");
    struct str s = {0};
    config_diff(a, b, 2, &s);
    assert_string_equal(
        str_cstr(&s),
        " interface e1\r\n-  mtu 9000\r\n interface e1\r\n+  mtu 1500\r\n+vlan 2\r\n+  name z\r\n");
    str_clear(&s);
    config_unref(a);
    config_unref(b);
}

/* RFC 1321, appendix A.5; FIPS 180-4's examples. */
static void digests_are_those_of_the_standards(void **state)
{
    (void)state;
    static const char *const abc[DIGEST_COUNT] = {
        "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d"
        "4423643ce8"
        "0e2a9ac94fa54ca49f"};
    for (int k = 0; k < DIGEST_COUNT; k++) {
        struct str s = {0};
        digest_add_hex((enum digest_kind)k, "abc", 3, &s);
        assert_string_equal(str_cstr(&s), abc[k]);
        str_clear(&s);
    }
}

/* Lengths around the edges of the padding. */
static void digests_of_every_length_have_their_size_and_differ(void **state)
{
    (void)state;
    static const size_t sizes[DIGEST_COUNT] = {32, 40, 64, 128};
    char text[300];
    memset(text, 'x', sizeof text);
    for (int k = 0; k < DIGEST_COUNT; k++) {
        struct str last = {0};
        for (size_t len = 0; len < sizeof text; len++) {
            struct str s = {0};
            digest_add_hex((enum digest_kind)k, text, len, &s);
            assert_int_equal(s.len, sizes[k]);
            assert_string_not_equal(str_cstr(&s), str_cstr(&last));
            str_clear(&last);
            last = s;
        }
        str_clear(&last);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_read_by_their_indent_whatever_it_is),
        cmocka_unit_test(a_line_replaces_the_one_with_the_same_first_words),
        cmocka_unit_test(a_line_makes_the_blocks_that_it_lacks),
        cmocka_unit_test(what_goes_goes_with_all_below_and_by_whole_words),
        cmocka_unit_test(a_snapshot_does_not_change_with_its_copy),
        cmocka_unit_test(a_difference_stands_under_its_blocks),
        cmocka_unit_test(digests_are_those_of_the_standards),
        cmocka_unit_test(digests_of_every_length_have_their_size_and_differ),
    };
    return cmocka_run_group_tests_name("sim: configurations and checksums", tests, NULL, NULL);
}
