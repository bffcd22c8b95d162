/* Raw TCP against a far end in the test's own hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "helpers/support_wire.h"

static void bytes_pass_unchanged_both_ways(void **state)
{
    (void)state;
    struct wire w;
    wire_init(&w);
    struct transport *t = wire_open(&w, "tcp", "", NULL);
    wire_accept(&w);
    wire_expect_nothing(w.fd);
    wire_say(w.fd, WIRE("switch login: \xff\xfd\x01\r\0"));
    wire_hear(t, WIRE("switch login: \xff\xfd\x01\r\0"));
    assert_true(transport_write(t, "admin\r\xff\0", 8, NULL));
    wire_expect(w.fd, WIRE("admin\r\xff\0"));
    assert_int_equal(strncmp(transport_name(t), "tcp 127.0.0.1:", 14), 0);
    assert_null(strstr(transport_name(t), " as "));
    transport_close(t);
    wire_clear(&w);
}

static void a_read_ends_with_its_time_and_a_close_is_console_lost(void **state)
{
    (void)state;
    struct wire w;
    struct str got = {0};
    struct err e = {0};
    wire_init(&w);
    struct transport *t = wire_open(&w, "tcp", "", NULL);
    wire_accept(&w);
    assert_true(transport_read(t, &got, clock_now_ms(NULL) + 20, &e));
    assert_int_equal(got.len, 0);
    wire_say(w.fd, WIRE("Port already in use\r\n"));
    shutdown(w.fd, SHUT_WR);
    wire_hear(t, WIRE("Port already in use\r\n"));
    for (int again = 0; again < 2; again++) {
        assert_false(transport_read(t, &got, clock_now_ms(NULL) + 20000, &e));
        assert_int_equal(e.code, ERR_CLOSED);
        assert_int_equal(e.failure, FAILURE_CONSOLE_LOST);
    }
    transport_close(t);
    wire_clear(&w);
}

static void a_far_side_that_never_reads_ends_in_a_time_out(void **state) /* behaviours 18 */
{
    (void)state;
    struct wire w;
    struct err e = {0};
    struct transport_options how = {.connect_timeout_ms = 20000, .dead_after_ms = 300};
    int small = 4096;
    wire_init(&w);
    setsockopt(w.listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    struct transport *t = wire_open(&w, "tcp", "", &how);
    wire_accept(&w);
    size_t len = 32u << 20;
    char *much = calloc(1, len);
    int64_t began = clock_now_ms(NULL);
    assert_false(transport_write(t, much, len, &e));
    assert_int_equal(e.code, ERR_TIMEOUT);
    assert_int_equal(e.failure, FAILURE_CONSOLE_LOST);
    assert_true(clock_now_ms(NULL) - began < 15000);
    free(much);
    transport_close(t);
    wire_clear(&w);
}

static void the_operator_ends_a_read_and_a_write(void **state)
{
    (void)state;
    struct wire w;
    struct str got = {0};
    struct err e = {0};
    struct transport_options how = {.connect_timeout_ms = 20000, .cancel = cancel_new()};
    wire_init(&w);
    struct transport *t = wire_open(&w, "tcp", "", &how);
    cancel_raise((struct cancel *)how.cancel, CANCEL_NOW);
    assert_false(transport_read(t, &got, clock_now_ms(NULL) + 20000, &e));
    assert_int_equal(e.code, ERR_CANCELLED);
    e = (struct err){0};
    assert_false(transport_write(t, "x", 1, &e));
    assert_int_equal(e.code, ERR_CANCELLED);
    transport_close(t);
    e = (struct err){0};
    assert_null(wire_try(&w, "tcp", "", &how, &e));
    assert_int_equal(e.code, ERR_CANCELLED);
    cancel_free((struct cancel *)how.cancel);
    wire_clear(&w);
}

static void nobody_there_is_said_with_the_address(void **state)
{
    (void)state;
    struct wire w;
    struct err e = {0};
    wire_init(&w);
    close(w.listener); /* the port is nobody's now */
    assert_null(wire_try(&w, "tcp", "", NULL, &e));
    assert_int_equal(e.failure, FAILURE_OOB_CONNECT_FAIL);
    assert_non_null(strstr(e.msg, "127.0.0.1:"));
    assert_non_null(strstr(e.msg, "refused"));
}

static void a_server_that_accepts_nobody_ends_in_a_time_out(void **state)
{
    (void)state;
    struct wire w;
    struct err e = {0};
    struct transport_options how = {.connect_timeout_ms = 200};
    struct transport *waiting[16] = {NULL};
    wire_init(&w);
    assert_int_equal(listen(w.listener, 0), 0);
    size_t n = 0;
    while (n < 16 && (waiting[n] = wire_try(&w, "tcp", "", &how, &e)))
        n++;
    assert_true(n < 16);
    assert_int_equal(e.code, ERR_TIMEOUT);
    assert_int_equal(e.failure, FAILURE_OOB_CONNECT_FAIL);
    while (n > 0)
        transport_close(waiting[--n]);
    wire_clear(&w);
}

static void a_uri_that_is_not_enough_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *says;
    } wrong[] = {
        {"tcp://127.0.0.1", "write tcp://HOST:PORT"},
        {"tcp:somewhere", "write tcp://HOST:PORT"},
        {"tcp://127.0.0.1:1?bauds=9600", "did you mean baud?"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct arena arena = {0};
        struct uri uri;
        struct err e = {0};
        struct transport_options how = {.connect_timeout_ms = 1000};
        assert_true(uri_parse(wrong[i].uri, &arena, &uri, &e));
        assert_null(transport_open(&uri, &how, &e));
        assert_int_equal(e.failure, FAILURE_OOB_CONNECT_FAIL);
        if (!strstr(e.msg, wrong[i].says))
            fail_msg("%s: %s", wrong[i].uri, e.msg);
        arena_clear(&arena);
    }
}

static void tcp_has_neither_break_nor_speed_nor_line_state(void **state)
{
    (void)state;
    struct wire w;
    struct err e = {0};
    struct transport_line_state line;
    wire_init(&w);
    struct transport *t = wire_open(&w, "tcp", "", NULL);
    assert_false(transport_send_break(t, &e));
    assert_int_equal(e.code, ERR_STATE);
    assert_false(transport_set_baud(t, 9600, &e));
    assert_int_equal(e.code, ERR_STATE);
    transport_line_state(t, &line);
    assert_false(line.errors_known || line.modem_known || line.flow_known);
    transport_close(t);
    wire_clear(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_pass_unchanged_both_ways),
        cmocka_unit_test(a_read_ends_with_its_time_and_a_close_is_console_lost),
        cmocka_unit_test(a_far_side_that_never_reads_ends_in_a_time_out),
        cmocka_unit_test(the_operator_ends_a_read_and_a_write),
        cmocka_unit_test(nobody_there_is_said_with_the_address),
        cmocka_unit_test(a_server_that_accepts_nobody_ends_in_a_time_out),
        cmocka_unit_test(a_uri_that_is_not_enough_is_refused),
        cmocka_unit_test(tcp_has_neither_break_nor_speed_nor_line_state),
    };
    return cmocka_run_group_tests_name("transport tcp", tests, NULL, NULL);
}
