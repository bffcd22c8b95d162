#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena a = {0};
    unsigned char *pieces[500];
    for (size_t i = 0; i < 500; i++) {
        pieces[i] = arena_alloc(&a, i + 1);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k <= i; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], (int)(i & 0xFF), i + 1);
    }
    for (size_t i = 0; i < 500; i++)
        for (size_t k = 0; k <= i; k++)
            assert_int_equal(pieces[i][k], i & 0xFF);
    arena_clear(&a);
    assert_int_equal(a.used_bytes, 0);
}

static void a_piece_larger_than_a_block_fits(void **state)
{
    (void)state;
    struct arena a = {0};
    char *small = arena_alloc(&a, 10);
    char *large = arena_alloc(&a, 3 * 1024 * 1024);
    memset(large, 'x', 3 * 1024 * 1024);
    assert_int_equal(small[0], 0);
    assert_true(a.used_bytes >= 3 * 1024 * 1024 + 10);
    arena_clear(&a);
    assert_non_null(arena_alloc(&a, 1)); /* usable again */
    arena_clear(&a);
}

static void texts_are_copied(void **state)
{
    (void)state;
    struct arena a = {0};
    assert_null(arena_strdup(&a, NULL));
    assert_string_equal(arena_strdup(&a, "abc"), "abc");
    assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_printf(&a, "%s-%03d", "x", 7), "x-007");
    assert_int_equal(strlen(arena_printf(&a, "%9000s", "")), 9000);
    arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(a_piece_larger_than_a_block_fits),
        cmocka_unit_test(texts_are_copied),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
