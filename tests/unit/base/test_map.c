#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"

static void what_is_put_is_found(void **state)
{
    (void)state;
    struct map m = {0};
    int values[3000];
    char key[16];
    assert_null(map_get(&m, "nothing"));
    for (int i = 0; i < 3000; i++) {
        snprintf(key, sizeof key, "key%d", i);
        assert_null(map_put(&m, key, &values[i]));
    }
    assert_int_equal(m.count, 3000);
    for (int i = 0; i < 3000; i++) {
        snprintf(key, sizeof key, "key%d", i);
        assert_ptr_equal(map_get(&m, key), &values[i]);
    }
    assert_false(map_has(&m, "key3000"));
    map_clear(&m);
    assert_int_equal(m.count, 0);
    assert_false(map_has(&m, "key1"));
}

static void a_second_put_replaces_and_gives_the_first_back(void **state)
{
    (void)state;
    struct map m = {0};
    int a, b;
    map_put(&m, "x", &a);
    assert_ptr_equal(map_put(&m, "x", &b), &a);
    assert_ptr_equal(map_get(&m, "x"), &b);
    assert_int_equal(m.count, 1);
    map_clear(&m);
}

static void a_key_may_be_empty_and_its_value_null(void **state)
{
    (void)state;
    struct map m = {0};
    map_put(&m, "", NULL);
    assert_true(map_has(&m, ""));
    assert_null(map_get(&m, ""));
    map_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_found),
        cmocka_unit_test(a_second_put_replaces_and_gives_the_first_back),
        cmocka_unit_test(a_key_may_be_empty_and_its_value_null),
    };
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
