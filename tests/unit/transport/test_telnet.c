/* Telnet against far ends that speak as real servers do, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

#include <cmocka.h>

#include "helpers/support_wire.h"

#define DO   "\xff\xfd"
#define DONT "\xff\xfe"
#define WILL "\xff\xfb"
#define WONT "\xff\xfc"
#define SB   "\xff\xfa"
#define SE   "\xff\xf0"
#define SIZE SB "\x1f\x01\xf4\0\x18" SE /* 500 columns, 24 rows */

static const struct {
    const char *server;
    const char *says;
    size_t says_len;
    const char *text;
    size_t text_len;
    const char *answers;
    size_t answers_len;
} openings[] = {
    {"ser2net",
     WIRE(WILL "\x03" DO "\x03" WILL "\x01" DONT "\x01" DO "\0" WILL "\0"
               "\r\nser2net port telnet,tcp\r\nlogin: "),
     WIRE("\r\nser2net port telnet,tcp\r\nlogin: "), WIRE(DO "\x03" WILL "\x03" DO "\x01" WILL "\0" DO "\0")},
    {"ser2net, one line for two",
     WIRE(WILL "\x03" DO "\x03" WILL "\x01" DONT "\x01" DO "\0" WILL "\0Port already in use\r\n"),
     WIRE("Port already in use\r\n"), WIRE(DO "\x03" WILL "\x03" DO "\x01" WILL "\0" DO "\0")},
    {"a telnetd that waits for every answer: AUTH ENCRYPT TTYPE TSPEED XDISPLOC NEW-ENVIRON ENVIRON, SGA "
     "ECHO LINEMODE "
     "NAWS STATUS LFLOW, ECHO TM BINARY",
     WIRE(WILL "\x25" WILL "\x26" DO "\x18" DO "\x20" DO "\x23" DO "\x27" DO "\x24" WILL "\x03" DO "\x01" DO
               "\x22" DO "\x1f" WILL "\x05" DO "\x21" WILL "\x01" DO "\x06" DO "\0"
               "\r\0\r\nDebian GNU/Linux 12 vm\r\n\r\nvm login: "),
     WIRE("\r\r\nDebian GNU/Linux 12 vm\r\n\r\nvm login: "),
     WIRE(DONT "\x25" DONT "\x26" WILL "\x18" WONT "\x20" WONT "\x23" WONT "\x27" WONT "\x24" DO "\x03" WONT
               "\x01" WONT "\x22" WILL "\x1f" SIZE DONT "\x05" WONT "\x21" DO "\x01" WONT "\x06" WILL "\0")},
    {"a vty: ECHO SGA LINEMODE NAWS, and a NUL behind its pager's prompt",
     WIRE(WILL "\x01" WILL "\x03" DONT "\x22" DO "\x1f"
               "\r\nUser Access Verification\r\n\r\nPassword: --More-- \0"),
     WIRE("\r\nUser Access Verification\r\n\r\nPassword: --More-- \0"),
     WIRE(DO "\x01" DO "\x03" WILL "\x1f" SIZE)},
    {"qemu", WIRE(WILL "\x01" WILL "\x03" WILL "\0" DO "\0boot\r\0x"), WIRE("boot\r\0x"),
     WIRE(DO "\x01" DO "\x03" DO "\0" WILL "\0")},
    {"a banner before anything is agreed",
     WIRE("\r\nWelcome\r\n" DO "\x18" WILL "\x01"
          "> "),
     WIRE("\r\nWelcome\r\n> "), WIRE(WILL "\x18" DO "\x01")},
    {"the same option offered, taken back, offered again, and asked for twice",
     WIRE(WILL "\x01" WILL "\x01" WONT "\x01" WONT "\x01" WILL "\x01" DO "\x18" DO "\x18"
               "x"),
     WIRE("x"), WIRE(DO "\x01" DONT "\x01" DO "\x01" WILL "\x18")},
    {"commands and subnegotiations that nobody asked for",
     WIRE("a\xff\xf1"
          "b\xff\xf9"
          "c\xff\xf3"
          "d" SB "\x18\x01" SE "e" SB "\x27\x01\0X" SE "f" SB "\x46\x01" SE "g"),
     WIRE("abcdefg"), WIRE("")},
    {"doubled IACs in its text",
     WIRE("\xff\xff\xff\xff"
          "1" DO "\x18"
          "\xff\xff"),
     WIRE("\xff\xff"
          "1\xff"),
     WIRE(WILL "\x18")},
    {"a login that asks which terminal this is, and how large",
     WIRE(DO "\x18" SB "\x18\x01" SE DO "\x1f" SB "\x18\x01" SE "login: "), WIRE("login: "),
     WIRE(WILL "\x18" SB "\x18\0VT100" SE WILL "\x1f" SIZE SB "\x18\0VT100" SE)},
};

static void judge_opening(size_t i, unsigned *seed)
{
    struct wire w;
    struct str heard = {0};
    struct err e = {0};
    wire_init(&w);
    struct transport *t = wire_open(&w, "telnet", "", NULL);
    wire_accept(&w);
    for (size_t at = 0; at < openings[i].says_len;) {
        size_t part = seed ? 1 + wire_next(seed) % 5 : openings[i].says_len;
        part = part < openings[i].says_len - at ? part : openings[i].says_len - at;
        wire_say(w.fd, openings[i].says + at, part);
        at += part;
        if (seed && wire_next(seed) % 2 && !transport_read(t, &heard, clock_now_ms(NULL) + 1, &e))
            fail_msg("%s: %s", openings[i].server, e.msg);
    }
    wire_say(w.fd, WIRE("$"));
    while (!heard.len || heard.data[heard.len - 1] != '$')
        if (!transport_read(t, &heard, clock_now_ms(NULL) + 20000, &e))
            fail_msg("%s: %s", openings[i].server, e.msg);
    if (heard.len - 1 != openings[i].text_len ||
        memcmp(heard.data, openings[i].text, openings[i].text_len) != 0)
        fail_msg("%s: heard \"%s\"", openings[i].server, heard.data);
    wire_expect(w.fd, openings[i].answers, openings[i].answers_len);
    wire_expect_nothing(w.fd);
    str_clear(&heard);
    transport_close(t);
    wire_clear(&w);
}

static void every_option_is_answered_as_real_servers_need_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++)
        judge_opening(i, NULL);
}

static void however_the_stream_is_cut_the_answers_are_the_same(void **state)
{
    (void)state;
    unsigned seed = wire_seed();
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++)
        for (int round = 0; round < 3; round++)
            judge_opening(i, &seed);
}

static void nothing_is_said_first_for_the_port_may_be_raw(void **state)
{
    (void)state;
    struct wire w;
    wire_init(&w);
    struct transport *t = wire_open(&w, "telnet", "", NULL);
    wire_accept(&w);
    wire_expect_nothing(w.fd);
    transport_close(t);
    wire_clear(&w);
}

static void a_carriage_return_is_what_was_agreed(void **state) /* behaviours 3 */
{
    (void)state;
    static const struct {
        const char *options, *usual, *agreed;
        size_t agreed_len;
        const char *sent;
        size_t sent_len;
    } cases[] = {
        {"", NULL, WIRE(""), WIRE("a\r\0\r\0b\n\xff\xff")},
        {"?cr=crnul", NULL, WIRE(""), WIRE("a\r\0\r\0b\n\xff\xff")},
        {"?cr=crlf", NULL, WIRE(""), WIRE("a\r\n\r\nb\n\xff\xff")},
        {"?cr=cr", NULL, WIRE(""), WIRE("a\r\rb\n\xff\xff")},
        {"", NULL, WIRE(WILL "\0"), WIRE("a\r\0\r\0b\n\xff\xff")}, /* only the other direction */
        {"", NULL, WIRE(DO "\0"), WIRE("a\r\rb\n\xff\xff")},
        {"?cr=crlf", NULL, WIRE(DO "\0"), WIRE("a\r\rb\n\xff\xff")},
        {"", NULL, WIRE(DO "\0" DONT "\0"), WIRE("a\r\0\r\0b\n\xff\xff")},
        {"", "crlf", WIRE(""), WIRE("a\r\n\r\nb\n\xff\xff")},
        {"?cr=crnul", "crlf", WIRE(""), WIRE("a\r\0\r\0b\n\xff\xff")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wire w;
        wire_init(&w);
        struct transport_options how = {.connect_timeout_ms = 20000, .telnet_cr = cases[i].usual};
        struct transport *t = wire_open(&w, "telnet", cases[i].options, &how);
        wire_accept(&w);
        wire_say(w.fd, cases[i].agreed, cases[i].agreed_len);
        wire_say(w.fd, WIRE("x"));
        wire_hear(t, WIRE("x"));
        for (size_t n = cases[i].agreed_len; n > 0; n -= 3) {
            char answer[3];
            assert_int_equal(recv(w.fd, answer, 3, MSG_WAITALL), 3);
        }
        assert_true(transport_write(t, "a\r\rb\n\xff", 6, NULL));
        wire_expect(w.fd, cases[i].sent, cases[i].sent_len);
        transport_close(t);
        wire_clear(&w);
    }
}

static void a_nul_behind_a_carriage_return_is_dropped_unless_binary_was_agreed(void **state)
{
    (void)state;
    struct wire w;
    wire_init(&w);
    struct transport *t = wire_open(&w, "telnet", "", NULL);
    wire_accept(&w);
    wire_say(w.fd, WIRE("1\r\0"
                        "2\r\n3\0\r"));
    wire_hear(t, WIRE("1\r2\r\n3\0\r"));
    wire_say(w.fd, WIRE("\0"
                        "4\r\r\0"
                        "5"));
    wire_hear(t, WIRE("4\r\r5"));
    wire_say(w.fd, WIRE(WILL "\0"
                             "6\r\0"
                             "7" WONT "\0"
                             "\r\0"
                             "8"));
    wire_hear(t, WIRE("6\r\0"
                      "7\r8"));
    transport_close(t);
    wire_clear(&w);
}

static void a_break_is_iac_brk_or_an_urgent_sync(void **state) /* behaviours 39 */
{
    (void)state;
    struct wire w;
    int on = 1;
    wire_init(&w);
    struct transport *t = wire_open(&w, "telnet", "", NULL);
    wire_accept(&w);
    assert_true(transport_send_break(t, NULL));
    wire_expect(w.fd, WIRE("\xff\xf3"));
    transport_close(t);
    wire_clear(&w);
    wire_init(&w);
    t = wire_open(&w, "telnet", "?break=sync", NULL);
    wire_accept(&w);
    setsockopt(w.fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
    assert_true(transport_send_break(t, NULL));
    wire_expect(w.fd, WIRE("\xff"));
    assert_int_equal(sockatmark(w.fd), 1);
    wire_expect(w.fd, WIRE("\xf2"));
    transport_close(t);
    wire_clear(&w);
}

static void a_hostile_far_side_is_given_up(void **state)
{
    (void)state;
    static const struct {
        const char *begins;
        size_t len, more;
        const char *says;
    } cases[] = {
        {WIRE(SB "\x2c"), 40000, "no end"},
        {WIRE(SB "\x18"), 40000, "no end"},
        {WIRE(SB "\x56" SE), 10, "compresses"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wire w;
        struct str got = {0};
        struct err e = {0};
        wire_init(&w);
        struct transport *t = wire_open(&w, "telnet", "", NULL);
        wire_accept(&w);
        char *more = malloc(cases[i].more);
        memset(more, 'A', cases[i].more);
        wire_say(w.fd, cases[i].begins, cases[i].len);
        wire_say(w.fd, more, cases[i].more);
        while (transport_read(t, &got, clock_now_ms(NULL) + 20000, &e))
            assert_int_equal(got.len, 0); /* nothing of it is taken for text */
        assert_int_equal(e.failure, FAILURE_CONSOLE_LOST);
        if (!strstr(e.msg, cases[i].says))
            fail_msg("%s", e.msg);
        assert_false(transport_read(t, &got, clock_now_ms(NULL) + 20000, &e));
        free(more);
        transport_close(t);
        wire_clear(&w);
    }
}

static void random_bytes_do_no_harm(void **state)
{
    (void)state;
    static const unsigned char likely[] = {255, 255, 250, 240, 251, 252, 253, 254, 0,  1,  3,
                                           24,  36,  39,  44,  70,  86,  93,  13,  10, 65, 2};
    unsigned seed = wire_seed();
    for (int round = 0; round < 60; round++) {
        struct wire w;
        struct str got = {0};
        wire_init(&w);
        struct transport *t = wire_open(&w, "telnet", "", NULL);
        wire_accept(&w);
        char bytes[3000];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)likely[wire_next(&seed) % sizeof likely];
        wire_say(w.fd, bytes, sizeof bytes);
        shutdown(w.fd, SHUT_WR);
        while (transport_read(t, &got, clock_now_ms(NULL) + 20000, NULL))
            ;
        assert_true(got.len <= sizeof bytes);
        str_clear(&got);
        transport_close(t);
        wire_clear(&w);
    }
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *options, *says;
    } cases[] = {
        {"?cr=lf", "one of crnul, crlf, cr"},
        {"?break=yes", "one of brk, sync"},
        {"?crr=cr", "did you mean cr?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wire w;
        struct err e = {0};
        wire_init(&w);
        assert_null(wire_try(&w, "telnet", cases[i].options, NULL, &e));
        assert_int_equal(e.code, ERR_USAGE);
        if (!strstr(e.msg, cases[i].says))
            fail_msg("%s: %s", cases[i].options, e.msg);
        wire_clear(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_is_answered_as_real_servers_need_it),
        cmocka_unit_test(however_the_stream_is_cut_the_answers_are_the_same),
        cmocka_unit_test(nothing_is_said_first_for_the_port_may_be_raw),
        cmocka_unit_test(a_carriage_return_is_what_was_agreed),
        cmocka_unit_test(a_nul_behind_a_carriage_return_is_dropped_unless_binary_was_agreed),
        cmocka_unit_test(a_break_is_iac_brk_or_an_urgent_sync),
        cmocka_unit_test(a_hostile_far_side_is_given_up),
        cmocka_unit_test(random_bytes_do_no_harm),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests_name("transport telnet", tests, NULL, NULL);
}
