#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include <cmocka.h>

#include "base/queue.h"

static void first_in_is_first_out(void **state)
{
    (void)state;
    struct queue *q = queue_new();
    int items[100];
    assert_null(queue_try_pop(q));
    for (int i = 0; i < 100; i++)
        assert_true(queue_push(q, &items[i]));
    for (int i = 0; i < 100; i++)
        assert_ptr_equal(queue_pop(q), &items[i]);
    assert_null(queue_try_pop(q));
    assert_null(queue_pop_until(q, 0));
    queue_free(q);
}

static void a_closed_queue_gives_what_is_left_and_takes_no_more(void **state)
{
    (void)state;
    struct queue *q = queue_new();
    int a, b;
    queue_push(q, &a);
    queue_close(q);
    assert_false(queue_push(q, &b));
    assert_ptr_equal(queue_pop(q), &a);
    assert_null(queue_pop(q));
    assert_null(queue_pop_until(q, 100000));
    queue_free(q);
}

enum { PUSHERS = 4, EACH = 5000 };

struct pusher {
    struct queue *queue;
    int items[EACH]; /* item i holds i */
};

static void *push_all(void *arg)
{
    struct pusher *p = arg;
    for (int i = 0; i < EACH; i++) {
        p->items[i] = i;
        queue_push(p->queue, &p->items[i]);
    }
    return NULL;
}

static void nothing_is_lost_or_reordered_between_threads(void **state)
{
    (void)state;
    static struct pusher pushers[PUSHERS];
    pthread_t threads[PUSHERS];
    int next[PUSHERS] = {0};
    struct queue *q = queue_new();
    for (int i = 0; i < PUSHERS; i++) {
        pushers[i].queue = q;
        pthread_create(&threads[i], NULL, push_all, &pushers[i]);
    }
    for (int n = 0; n < PUSHERS * EACH; n++) {
        int *item = queue_pop(q);
        for (int i = 0; i < PUSHERS; i++)
            if (item >= pushers[i].items && item < pushers[i].items + EACH)
                assert_int_equal(*item, next[i]++);
    }
    for (int i = 0; i < PUSHERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(next[i], EACH);
    }
    queue_free(q);
}

static void *close_it(void *arg)
{
    queue_close(arg);
    return NULL;
}

static void closing_wakes_who_waits(void **state)
{
    (void)state;
    struct queue *q = queue_new();
    pthread_t thread;
    pthread_create(&thread, NULL, close_it, q);
    assert_null(queue_pop(q));
    pthread_join(thread, NULL);
    queue_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_in_is_first_out),
        cmocka_unit_test(a_closed_queue_gives_what_is_left_and_takes_no_more),
        cmocka_unit_test(nothing_is_lost_or_reordered_between_threads),
        cmocka_unit_test(closing_wakes_who_waits),
    };
    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
