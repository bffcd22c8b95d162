/* The line itself: why it is silent (15), its speed (16), and what must never be sent on it (16, 39, 40). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "helpers/support_desk.h"

#define STATES(...)                                                                                          \
    (const struct peer_state[])                                                                              \
    {                                                                                                        \
        __VA_ARGS__,                                                                                         \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }
#define RULES(...)                                                                                           \
    (const struct peer_rule[])                                                                               \
    {                                                                                                        \
        __VA_ARGS__,                                                                                         \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }
#define USUAL   DESK_LOGIN, DESK_PASSWORD_STATE, DESK_ENABLE_STATE
#define GARBAGE "\xf8\x80\x9c\xe0\x80\xff\xc8\x80\xf0\xfe"

static void assert_failure(const struct desk *d, enum failure failure)
{
    if (d->e.failure != failure)
        fail_msg("%s: %s", failure_info(d->e.failure)->name, d->e.msg);
}

static void assert_says(const struct desk *d, const char *text)
{
    if (!strstr(d->e.msg, text))
        fail_msg("\"%s\" is not in: %s", text, d->e.msg);
}

static void behaviour_15_silence_is_explained_by_what_the_line_shows(void **state)
{
    (void)state;
    static const struct {
        struct transport_line_state line;
        const char *text;
    } cases[] = {
        {{.errors_known = false}, "nothing came within 20 s"},
        {{.flow_known = true, .flow_stopped = true}, "held back by flow control"},
        {{.modem_known = true}, "DCD, DSR and CTS are all low"},
        {{.modem_known = true, .dsr = true, .cts = true},
         "a device that is on (DCD low, DSR high, CTS high)"},
        {{.errors_known = true, .breaks = 2}, "2 BREAKs came"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk d;
        desk_init(&d, STATES({.name = "dead", .mute = true}));
        d.peer.line = cases[i].line;
        assert_false(desk_login(&d));
        assert_failure(&d, FAILURE_CONSOLE_SILENT);
        assert_says(&d, cases[i].text);
        assert_int_equal(peer_count(&d.peer, "dead|^Q"), 1);
        desk_clear(&d);
    }
}

static void behaviour_15_a_login_service_that_stopped_is_named(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "[FAILED] serial-getty@ttyS0.service: Start request repeated too quickly.",
        "INIT: Id \"T0\" respawning too fast: disabled for 5 minutes",
        "Maximum number of tries exceeded (5)",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct desk d;
        desk_init(&d, STATES({.name = "dead", .mute = true, .enter = "\r\n"}));
        peer_say(&d.peer, 100, lines[i]);
        peer_say(&d.peer, 100, "\r\n");
        assert_false(desk_login(&d));
        assert_failure(&d, FAILURE_CONSOLE_SILENT);
        assert_says(&d, "login service stopped");
        desk_clear(&d);
    }
}

/* A switch at 9600 behind a port at 115200: garbage there, a login here. */
static const struct peer_speed at_9600[] = {
    {9600, "login"}, {115200, "wrong"}, {38400, "wrong"}, {19200, "wrong"}, {0, NULL}};

static void speed_console(struct desk *d, struct console *c, struct console_driver *driver, unsigned baud)
{
    *driver = (struct console_driver){.kind = "serial", .user = ""};
    *c = (struct console){.name = "ttyUSB0", .driver = driver, .baud = baud, .port = ""};
    d->options.console = c;
}

static void behaviour_16_the_speed_is_found_from_garbage_and_said_as_drift(void **state)
{
    (void)state;
    struct desk d;
    struct console console;
    struct console_driver driver;
    desk_init(
        &d, STATES({.name = "wrong", .mute = true, .rules = RULES({.typed = "", .reply = GARBAGE})}, USUAL));
    speed_console(&d, &console, &driver, 115200);
    d.peer.by_speed = at_9600;
    if (!desk_login(&d))
        fail_msg("%s", d.e.msg);
    assert_int_equal(d.peer.speed_count, 1);
    assert_int_equal(d.peer.speeds[0], 9600);
    assert_int_equal(peer_count(&d.peer, "wrong|"), 1); /* nothing in answer to the garbage */
    assert_string_equal(session_finding(d.session), "the line runs at 9600 baud, the site says 115200");
    assert_non_null(strstr(str_cstr(&d.notes), "drift: the line runs at 9600 baud"));
    desk_clear(&d);
}

static void behaviour_16_garbage_that_streams_is_never_answered_while_the_speed_is_looked_for(void **state)
{
    (void)state;
    struct desk d;
    struct console console;
    struct console_driver driver;
    desk_init(
        &d, STATES({.name = "wrong", .unsafe = true, .mute = true, .flood = GARBAGE GARBAGE GARBAGE}, USUAL));
    speed_console(&d, &console, &driver, 115200);
    d.peer.by_speed = at_9600;
    if (!desk_login(&d))
        fail_msg("%s", d.e.msg);
    assert_int_equal(d.peer.speeds[0], 9600);
    desk_clear(&d);
}

static void behaviour_16_framing_errors_are_proof_enough(void **state)
{
    (void)state;
    struct desk d;
    struct console console;
    struct console_driver driver;
    desk_init(&d, STATES({.name = "wrong", .mute = true}, USUAL));
    speed_console(&d, &console, &driver, 38400);
    d.peer.by_speed = at_9600;
    d.peer.line = (struct transport_line_state){.errors_known = true, .framing_errors = 7};
    if (!desk_login(&d))
        fail_msg("%s", d.e.msg);
    assert_int_equal(d.peer.bytes.data[0], 'a'); /* not one carriage return went out at the wrong speed */
    assert_string_equal(session_finding(d.session), "the line runs at 9600 baud, the site says 38400");
    desk_clear(&d);
}

static void behaviour_16_the_sites_candidates_are_tried_in_their_order_and_named(void **state)
{
    (void)state;
    static const unsigned candidates[] = {57600, 1200, 115200};
    static const struct peer_speed none[] = {{57600, "wrong"}, {1200, "wrong"}, {0, NULL}};
    struct desk d;
    struct console console;
    struct console_driver driver;
    desk_init(&d, STATES({.name = "wrong", .mute = true, .rules = RULES({.typed = "", .reply = GARBAGE})}));
    speed_console(&d, &console, &driver, 115200);
    console.baud_candidates = candidates;
    console.baud_candidate_count = 3;
    d.peer.by_speed = none;
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_CONSOLE_GARBLED);
    assert_says(&d, "the speeds tried (115200, 57600, 1200)");
    assert_int_equal(d.peer.speed_count, 2);
    desk_clear(&d);
}

static void behaviour_16_a_speed_that_is_the_servers_business_is_not_searched_but_explained(void **state)
{
    (void)state;
    struct desk d;
    struct console console;
    struct console_driver driver;
    desk_init(&d, STATES({.name = "wrong", .mute = true, .rules = RULES({.typed = "", .reply = GARBAGE})}));
    speed_console(&d, &console, &driver, 9600);
    driver.speed_advice = "on the server: set deviceport port 7 baud BAUD";
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_CONSOLE_GARBLED);
    assert_says(&d, "set deviceport port 7 baud BAUD");
    desk_clear(&d);
}

/* Carriage returns of the wrong speed were taken for a user name: the prompt that stands there then is not ours. */
static void behaviour_16_a_half_typed_login_of_a_wrong_speed_is_given_up_first(void **state)
{
    (void)state;
    static const struct peer_speed speeds[] = {{9600, "half"}, {0, NULL}};
    struct desk d;
    struct console console;
    struct console_driver driver;
    desk_init(
        &d,
        STATES({.name = "wrong", .mute = true, .rules = RULES({.typed = "", .reply = GARBAGE})},
               {.name = "half",
                .prompt = "Password: ",
                .hidden = true,
                .rules = RULES(
                    {.typed = "", .delay_ms = 3000, .reply = "\r\nLogin incorrect\r\n", .next = "login"})},
               USUAL));
    speed_console(&d, &console, &driver, 115200);
    d.peer.by_speed = speeds;
    if (!desk_login(&d))
        fail_msg("%s", d.e.msg);
    assert_int_equal(peer_count(&d.peer, "half|"), 1);
    assert_int_equal(peer_count(&d.peer, "half|" DESK_PASSWORD), 0);
    desk_clear(&d);
}

static void behaviour_16_a_prompt_proves_the_speed_whatever_errors_were_counted(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES(USUAL));
    d.peer.by_speed = at_9600;
    d.peer.line = (struct transport_line_state){.errors_known = true, .framing_errors = 50};
    assert_true(desk_login(&d));
    assert_int_equal(d.peer.speed_count, 0);
    assert_string_equal(session_finding(d.session), "");
    desk_clear(&d);
}

static void behaviour_39_a_break_leaves_only_by_its_own_call(void **state)
{
    (void)state;
    struct desk d;
    struct err e = {0};
    desk_init(&d, STATES({.name = "dead", .mute = true, .keys = true}));
    d.unsafe_wanted = true;
    struct transport *t = peer_transport(&d.peer);
    struct console_driver driver = {.kind = "test", .break_method = BREAK_NONE};
    struct console console = {.name = "c", .driver = &driver};
    assert_false(console_send_break(&console, t, &e));
    assert_int_equal(e.code, ERR_STATE);
    assert_int_equal(d.peer.breaks + d.peer.bytes.len, 0);
    driver.break_method = BREAK_LINE;
    assert_true(console_send_break(&console, t, &e));
    assert_int_equal(d.peer.breaks, 1);
    driver.break_method = BREAK_KEYS;
    driver.break_keys = "\x05"
                        "cl0";
    assert_true(console_send_break(&console, t, &e));
    assert_int_equal(d.peer.bytes.len, 4);
    assert_memory_equal(d.peer.bytes.data,
                        "\x05"
                        "cl0",
                        4);
    transport_close(t);
    d.peer.breaks = 0; /* the desk refuses any that a session sends: here there was none */
    str_reset(&d.peer.log);
    desk_clear(&d);
}

static void behaviour_40_control_bytes_are_refused_before_anything_is_sent(void **state)
{
    (void)state;
    static const char *const texts[] = {"ad\x13min", "ad\x03min", "ad\x1amin",
                                        "ad\rmin",   "ad\x7fmin", "ad\x11min"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct desk d;
        desk_init(&d, STATES(USUAL));
        d.credentials[0].user = texts[i];
        assert_false(desk_login(&d));
        assert_int_equal(d.e.code, ERR_STATE);
        assert_says(&d, "bytes that may not be typed");
        assert_int_equal(d.peer.bytes.len, 0);
        desk_clear(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_15_silence_is_explained_by_what_the_line_shows),
        cmocka_unit_test(behaviour_15_a_login_service_that_stopped_is_named),
        cmocka_unit_test(behaviour_16_the_speed_is_found_from_garbage_and_said_as_drift),
        cmocka_unit_test(behaviour_16_garbage_that_streams_is_never_answered_while_the_speed_is_looked_for),
        cmocka_unit_test(behaviour_16_framing_errors_are_proof_enough),
        cmocka_unit_test(behaviour_16_the_sites_candidates_are_tried_in_their_order_and_named),
        cmocka_unit_test(behaviour_16_a_speed_that_is_the_servers_business_is_not_searched_but_explained),
        cmocka_unit_test(behaviour_16_a_half_typed_login_of_a_wrong_speed_is_given_up_first),
        cmocka_unit_test(behaviour_16_a_prompt_proves_the_speed_whatever_errors_were_counted),
        cmocka_unit_test(behaviour_39_a_break_leaves_only_by_its_own_call),
        cmocka_unit_test(behaviour_40_control_bytes_are_refused_before_anything_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
