#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <poll.h>

#include <cmocka.h>

#include "base/cancel.h"

static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void asking_and_insisting_are_seen_apart(void **state)
{
    (void)state;
    struct cancel *c = cancel_new();
    assert_int_equal(cancel_level(c), CANCEL_NONE);
    assert_false(is_readable(cancel_fd(c)) || is_readable(cancel_now_fd(c)));
    cancel_raise(c, CANCEL_ASKED);
    assert_int_equal(cancel_level(c), CANCEL_ASKED);
    assert_true(is_readable(cancel_fd(c)));
    assert_false(is_readable(cancel_now_fd(c)));
    cancel_raise(c, CANCEL_NOW);
    assert_true(is_readable(cancel_fd(c)) && is_readable(cancel_now_fd(c)));
    cancel_raise(c, CANCEL_ASKED);
    assert_int_equal(cancel_level(c), CANCEL_NOW); /* never lowered */
    cancel_free(c);
}

static void insisting_at_once_is_asking_too(void **state)
{
    (void)state;
    struct cancel *c = cancel_new();
    cancel_raise(c, CANCEL_NOW);
    assert_true(is_readable(cancel_fd(c)) && is_readable(cancel_now_fd(c)));
    for (int i = 0; i < 100000; i++) /* more than a pipe holds: must not block */
        cancel_raise(c, CANCEL_NOW);
    cancel_free(c);
}

static void nobody_to_cancel_is_never_cancelled(void **state)
{
    (void)state;
    assert_int_equal(cancel_level(NULL), CANCEL_NONE);
    assert_int_equal(cancel_fd(NULL), -1);
    assert_int_equal(cancel_now_fd(NULL), -1);
    cancel_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asking_and_insisting_are_seen_apart),
        cmocka_unit_test(insisting_at_once_is_asking_too),
        cmocka_unit_test(nobody_to_cancel_is_never_cancelled),
    };
    return cmocka_run_group_tests_name("cancel", tests, NULL, NULL);
}
