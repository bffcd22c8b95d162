/* RFC 2217 against far ends that speak as ser2net, sredird and others do, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sys/socket.h>

#include <cmocka.h>

#include "helpers/support_wire.h"

#define DO   "\xff\xfd"
#define DONT "\xff\xfe"
#define WILL "\xff\xfb"
#define WONT "\xff\xfc"
#define SB   "\xff\xfa\x2c"
#define SE   "\xff\xf0"

#define OFFER     WILL "\x2c"
#define MORE      WILL "\0" DO "\0" DO "\x03"
#define SIGNATURE SB "\0" SE
#define BAUD_9600 "\0\0\x25\x80"
#define MASKS     SB "\x0a\x1e" SE SB "\x0b\xff\xff" SE
#define MASKS_OK  SB "\x6e\x1e" SE SB "\x6f\xff\xff" SE
#define DTR_RTS   SB "\x05\x08" SE SB "\x05\x0b" SE
#define SER2NET   WILL "\x03" DO "\x03" WILL "\x01" DONT "\x01" DO "\0" WILL "\0" DO "\x2c" SB "\x6b\0" SE

#define ASKS(literal) .expect = (literal), .expect_len = sizeof(literal) - 1
#define SAYS(literal) .say = (literal), .say_len = sizeof(literal) - 1
enum { STEP_MAX = 6 };

struct opening {
    const char *server, *options;
    struct wire_step steps[STEP_MAX];
    const char *text;
    const char *refused; /* NULL: it opens */
    bool closes;
};

static const struct opening openings[] = {
    {.server = "ser2net",
     .options = "?baud=9600&data=8&parity=none&stop=1&flow=none",
     .steps = {{SAYS(SER2NET "\r\nser2net\r\n"), ASKS(OFFER)},
               {ASKS(DO "\x03" WILL "\x03" DO "\x01" WILL "\0" DO "\0" SIGNATURE SB "\x01" BAUD_9600 SE SB
                        "\x02\x08" SE SB "\x03\x01" SE SB "\x04\x01" SE SB "\x05\x01" SE MASKS),
                SAYS(SB "\x64ser2net-lab" SE SB "\x65" BAUD_9600 SE SB "\x66\x08" SE SB "\x67\x01" SE SB
                        "\x68\x01" SE SB "\x69\x01" SE MASKS_OK)},
               {ASKS(DTR_RTS), SAYS(SB "\x69\x08" SE SB "\x69\x0b" SE "login: ")}},
     .text = "\r\nser2net\r\nlogin: "},
    {.server = "one that acknowledges, and offers nothing itself",
     .options = "?baud=9600",
     .steps = {{ASKS(OFFER), SAYS(DO "\x2c")},
               {ASKS(MORE SIGNATURE SB "\x01" BAUD_9600 SE MASKS), SAYS(SB "\x65" BAUD_9600 SE)},
               {ASKS(DTR_RTS), SAYS("x")}},
     .text = "x"},
    {.server = "one that negotiates nothing at all but answers",
     .options = "?baud=9600",
     .steps = {{ASKS(OFFER), SAYS(SB "\x6b\x30" SE)},
               {ASKS(MORE SIGNATURE SB "\x01" BAUD_9600 SE MASKS), SAYS(SB "\x65" BAUD_9600 SE)},
               {ASKS(DTR_RTS), SAYS("x")}},
     .text = "x"},
    {.server = "one that plays the other part too",
     .options = "?baud=9600",
     .steps = {{ASKS(OFFER), SAYS(DONT "\0" WILL "\x2c")},
               {ASKS(DO "\x2c" MORE SIGNATURE SB "\x01" BAUD_9600 SE MASKS), SAYS(SB "\x65" BAUD_9600 SE)},
               {ASKS(DTR_RTS), SAYS("x")}},
     .text = "x"},
    {.server = "sredird: padded speed, 1 for every control",
     .options = "?baud=9600&flow=rtscts",
     .steps = {{ASKS(OFFER), SAYS(DO "\x2c" DO "\0" WILL "\0" WILL "\x03"
                                     "\r\nbanner\r\n")},
               {ASKS(MORE SIGNATURE SB "\x01" BAUD_9600 SE SB "\x05\x03" SE MASKS),
                SAYS(SB "\x65" BAUD_9600 "\0\0\0\0" SE SB "\x69\x01" SE)},
               {ASKS(SB "\x05\x08" SE), SAYS("x")}},
     .text = "\r\nbanner\r\nx"},
    {.server = "a speed whose number holds an IAC",
     .options = "?baud=65280",
     .steps = {{ASKS(OFFER), SAYS(DO "\x2c")},
               {ASKS(MORE SIGNATURE SB "\x01\0\0\xff\xff\0" SE MASKS),
                SAYS(SB "\x65\0\0\xff\xff\0" SE MASKS_OK)},
               {ASKS(DTR_RTS), SAYS("x")}},
     .text = "x"},
    {.server = "one that asks for our signature",
     .options = "",
     .steps = {{ASKS(OFFER), SAYS(DO "\x2c")},
               {ASKS(MORE SIGNATURE MASKS DTR_RTS), SAYS(SB "\x64" SE "x")},
               {ASKS(SB "\0torstarter" SE)}},
     .text = "x"},
    {.server = "a port that is taken",
     .options = "?baud=9600",
     .steps = {{ASKS(OFFER), SAYS(SER2NET "Port already in use\r\n")}},
     .text = "Port already in use\r\n",
     .closes = true},
    {.server = "plain telnet",
     .options = "?baud=9600",
     .steps = {{ASKS(OFFER), SAYS(WILL "\x01" DO "\0" WILL "\0" WILL "\x03" DONT "\x2c")}},
     .refused = "does not do RFC 2217"},
    {.server = "one that cannot change the speed",
     .options = "?baud=9600",
     .steps = {{ASKS(OFFER), SAYS(DO "\x2c")},
               {ASKS(MORE SIGNATURE SB "\x01" BAUD_9600 SE MASKS),
                SAYS(SB "\x64lab" SE SB "\x65\0\1\xc2\0" SE)}},
     .refused = "lab keeps the port at 115200 baud; 9600 was asked for"},
    {.server = "one that cannot do parity",
     .options = "?parity=even",
     .steps = {{ASKS(OFFER), SAYS(DO "\x2c")},
               {ASKS(MORE SIGNATURE SB "\x03\x03" SE MASKS), SAYS(SB "\x67\x01" SE)}},
     .refused = "the console server refuses the parity"},
    {.server = "one that goes away without a word",
     .options = "?baud=9600",
     .steps = {{ASKS(OFFER), SAYS(DO "\x2c")}},
     .refused = "closed the connection",
     .closes = true},
};

static void judge_opening(const struct opening *o, unsigned seed)
{
    struct wire w;
    struct err e = {0};
    struct wire_script script = {.wire = &w, .steps = o->steps, .seed = seed, .closes = o->closes};
    wire_init(&w);
    wire_script_start(&script);
    struct transport *t = wire_try(&w, "rfc2217", o->options, NULL, &e);
    if (!o->refused && !t)
        fail_msg("%s: %s", o->server, e.msg);
    if (o->refused && (t || !strstr(e.msg, o->refused) || e.failure == FAILURE_NONE))
        fail_msg("%s: %s", o->server, t ? "opened" : e.msg);
    if (t)
        wire_hear(t, o->text, strlen(o->text));
    if (t && o->closes) {
        struct str more = {0};
        assert_false(transport_read(t, &more, clock_now_ms(NULL) + 20000, &e));
        assert_int_equal(e.failure, FAILURE_CONSOLE_LOST);
    }
    wire_script_join(&script);
    if (t && !o->closes)
        wire_expect_nothing(w.fd);
    transport_close(t);
    wire_clear(&w);
}

static void each_kind_of_server_is_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++)
        judge_opening(&openings[i], 0);
}

static void however_the_answers_are_cut_the_outcome_is_the_same(void **state)
{
    (void)state;
    unsigned seed = wire_seed();
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++)
        for (int round = 0; round < 2; round++)
            judge_opening(&openings[i], wire_next(&seed) | 1);
}

static const struct wire_step plain[] = {
    {ASKS(OFFER), SAYS(DO "\x2c" DO "\0" WILL "\0")},
    {ASKS(MORE SIGNATURE SB "\x01" BAUD_9600 SE MASKS), SAYS(SB "\x65" BAUD_9600 SE MASKS_OK)},
    {ASKS(DTR_RTS)},
    {NULL, 0, NULL, 0},
};

static struct transport *open_plain(struct wire *w, int64_t limit_ms)
{
    struct transport_options how = {.connect_timeout_ms = 20000, .dead_after_ms = limit_ms, .baud = 9600};
    static struct transport_options kept;
    struct wire_script script = {.wire = w, .steps = plain};
    kept = how;
    wire_init(w);
    wire_script_start(&script);
    struct transport *t = wire_open(w, "rfc2217", "", &kept);
    wire_script_join(&script);
    return t;
}

static void a_server_that_never_answers_ends_in_a_time_out(void **state)
{
    (void)state;
    struct wire w;
    struct err e = {0};
    struct transport_options how = {.connect_timeout_ms = 100};
    wire_init(&w);
    assert_null(wire_try(&w, "rfc2217", "?baud=9600", &how, &e));
    assert_int_equal(e.code, ERR_TIMEOUT);
    assert_int_equal(e.failure, FAILURE_OOB_CONNECT_FAIL);
    wire_clear(&w);
}

static void the_speed_is_the_one_that_the_server_confirms(void **state)
{
    (void)state;
    struct wire w;
    struct err e = {0};
    struct transport *t = open_plain(&w, 0);
    wire_say(w.fd, WIRE("garbage" SB "\x65\0\1\xc2\0" SE SB "\x70\1" SE "login: "));
    assert_true(transport_set_baud(t, 115200, &e));
    wire_expect(w.fd, WIRE(SB "\x01\0\1\xc2\0" SE SB "\x0c\x01" SE));
    wire_say(w.fd, WIRE("x"));
    struct str got = {0};
    while (!strchr(str_cstr(&got), 'x'))
        assert_true(transport_read(t, &got, clock_now_ms(NULL) + 20000, &e));
    assert_null(strstr(str_cstr(&got), "garbage"));
    str_clear(&got);
    wire_say(w.fd, WIRE(SB "\x65\0\1\xc2\0" SE));
    assert_false(transport_set_baud(t, 38400, &e));
    assert_non_null(strstr(e.msg, "keeps the port at 115200 baud; 38400 was asked for"));
    transport_close(t);
    wire_clear(&w);
}

static void the_state_of_the_line_is_kept(void **state) /* behaviours 15, 16 */
{
    (void)state;
    struct wire w;
    struct transport_line_state line;
    struct transport *t = open_plain(&w, 0);
    transport_line_state(t, &line);
    assert_true(line.errors_known && line.flow_known);
    assert_false(line.modem_known || line.flow_stopped);
    assert_int_equal(line.framing_errors + line.overruns + line.parity_errors + line.breaks, 0);
    wire_say(w.fd, WIRE(SB "\x6a\x08" SE "a" SB "\x6a\x0a" SE SB "\x6a\x14" SE SB "\x6b\xb0" SE "b"));
    wire_hear(t, WIRE("ab"));
    transport_line_state(t, &line);
    assert_int_equal(line.framing_errors, 2);
    assert_int_equal(line.overruns, 1);
    assert_int_equal(line.parity_errors, 1);
    assert_int_equal(line.breaks, 1);
    assert_true(line.modem_known && line.cts && line.dsr && line.dcd);
    wire_say(w.fd, WIRE(SB "\x6b\x20" SE "c"));
    wire_hear(t, WIRE("c"));
    transport_line_state(t, &line);
    assert_true(line.dsr);
    assert_false(line.cts || line.dcd);
    transport_close(t);
    wire_clear(&w);
}

static void a_suspended_line_is_waited_for_and_then_named(void **state)
{
    (void)state;
    struct wire w;
    struct err e = {0};
    struct transport_line_state line;
    struct transport *t = open_plain(&w, 150);
    wire_say(w.fd, WIRE(SB "\x6c" SE "a"));
    wire_hear(t, WIRE("a"));
    transport_line_state(t, &line);
    assert_true(line.flow_stopped);
    assert_false(transport_write(t, "x", 1, &e));
    assert_int_equal(e.code, ERR_TIMEOUT);
    assert_non_null(strstr(e.msg, "flow control"));
    wire_expect_nothing(w.fd);
    wire_say(w.fd, WIRE("b" SB "\x6d" SE));
    assert_true(transport_write(t, "\r", 1, &e));
    wire_expect(w.fd, WIRE("\r"));
    wire_hear(t, WIRE("b"));
    transport_close(t);
    wire_clear(&w);
}

static void a_break_is_switched_on_and_off(void **state)
{
    (void)state;
    struct wire w;
    struct transport *t = open_plain(&w, 0);
    int64_t began = clock_now_ms(NULL);
    assert_true(transport_send_break(t, NULL));
    assert_true(clock_now_ms(NULL) - began >= 250);
    wire_expect(w.fd, WIRE(SB "\x05\x05" SE SB "\x05\x06" SE));
    transport_close(t);
    wire_clear(&w);
}

static void random_answers_do_no_harm(void **state)
{
    (void)state;
    unsigned seed = wire_seed();
    for (int round = 0; round < 100; round++) {
        struct wire w;
        struct str got = {0};
        struct transport_line_state line;
        struct transport *t = open_plain(&w, 0);
        char bytes[400];
        size_t n = 0;
        while (n + 12 < sizeof bytes) {
            bytes[n++] = (char)0xff;
            bytes[n++] = (char)0xfa;
            bytes[n++] = 0x2c;
            for (unsigned i = wire_next(&seed) % 7; i > 0; i--)
                bytes[n++] = (char)(i == 1 ? wire_next(&seed) % 120 : wire_next(&seed) % 255);
            bytes[n++] = (char)0xff;
            bytes[n++] = (char)0xf0;
        }
        wire_say(w.fd, bytes, n);
        shutdown(w.fd, SHUT_WR);
        while (transport_read(t, &got, clock_now_ms(NULL) + 20000, NULL))
            ;
        transport_line_state(t, &line);
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
        {"?baud=fast", "from 50 to 4000000"},  {"?baud=", "from 50 to 4000000"},
        {"?baud=0", "from 50 to 4000000"},     {"?data=9", "one of 7, 8"},
        {"?parity=mark", "none, odd, even"},   {"?stop=1.5", "one of 1, 2"},
        {"?flow=on", "none, xonxoff, rtscts"}, {"?boud=9600", "did you mean baud?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wire w;
        struct err e = {0};
        wire_init(&w);
        assert_null(wire_try(&w, "rfc2217", cases[i].options, NULL, &e));
        assert_int_equal(e.code, ERR_USAGE);
        if (!strstr(e.msg, cases[i].says))
            fail_msg("%s: %s", cases[i].options, e.msg);
        wire_clear(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_server_is_understood),
        cmocka_unit_test(however_the_answers_are_cut_the_outcome_is_the_same),
        cmocka_unit_test(a_server_that_never_answers_ends_in_a_time_out),
        cmocka_unit_test(the_speed_is_the_one_that_the_server_confirms),
        cmocka_unit_test(the_state_of_the_line_is_kept),
        cmocka_unit_test(a_suspended_line_is_waited_for_and_then_named),
        cmocka_unit_test(a_break_is_switched_on_and_off),
        cmocka_unit_test(random_answers_do_no_harm),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests_name("transport rfc2217", tests, NULL, NULL);
}
