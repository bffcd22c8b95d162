/* Checksums: the examples of RFC 1321 and FIPS 180-4, and that the pieces in which a file is read do not count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"

static void the_published_examples(void **state)
{
    (void)state;
    static const char *const abc[DIGEST_COUNT] = {
        "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d"
        "4423"
        "643ce80e2a9ac94fa54ca49f"};
    for (int k = 0; k < DIGEST_COUNT; k++) {
        struct str s = {0};
        digest_add_hex((enum digest_kind)k, "abc", 3, &s);
        assert_string_equal(str_cstr(&s), abc[k]);
        str_clear(&s);
    }
}

static void the_pieces_do_not_count(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 3, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 200};
    unsigned char bytes[400];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7);
    for (int k = 0; k < DIGEST_COUNT; k++)
        for (size_t len = 0; len <= sizeof bytes; len += 9)
            for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
                struct str whole = {0}, parts = {0};
                struct digest d;
                digest_init(&d, (enum digest_kind)k);
                for (size_t at = 0; at < len; at += pieces[p])
                    digest_add(&d, bytes + at, len - at < pieces[p] ? len - at : pieces[p]);
                digest_end_hex(&d, &parts);
                digest_add_hex((enum digest_kind)k, bytes, len, &whole);
                assert_string_equal(str_cstr(&parts), str_cstr(&whole));
                str_clear(&whole);
                str_clear(&parts);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_published_examples),
                                       cmocka_unit_test(the_pieces_do_not_count)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
