/* SHA-256: the examples of NIST (FIPS 180-4 example values), and that chunks do not matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/sha256.h"

static void examples_of_the_standard(void **state)
{
    (void)state;
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmno"
         "pqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    char hex[65];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(sha256_hex(cases[i].text, strlen(cases[i].text), hex), cases[i].hex);
}

static void any_cut_gives_the_same(void **state)
{
    (void)state;
    char text[200], whole[65];
    memset(text, 'x', sizeof text);
    for (size_t len = 0; len <= sizeof text; len++) {
        sha256_hex(text, len, whole);
        unsigned char a[32], b[32];
        struct sha256 h;
        sha256_init(&h);
        for (size_t i = 0; i < len; i++)
            sha256_add(&h, text + i, 1);
        sha256_end(&h, a);
        sha256_init(&h);
        sha256_add(&h, text, len / 2);
        sha256_add(&h, text + len / 2, len - len / 2);
        sha256_end(&h, b);
        assert_memory_equal(a, b, sizeof a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_standard),
        cmocka_unit_test(any_cut_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
