/* Keeping in step: late bytes, silence, boots and breaks in the middle of an answer, every cut of the stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "helpers/support_desk.h"

#define RULES(...)                                                                                           \
    (const struct peer_rule[])                                                                               \
    {                                                                                                        \
        __VA_ARGS__,                                                                                         \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }
#define ENABLE(...)                                                                                          \
    {                                                                                                        \
        .name = "enable", .prompt = "tor01#",                                                                \
        .rules = RULES(__VA_ARGS__, {.typed = "exit", .next = "login"})                                      \
    }
#define SWITCH(...)                                                                                          \
    (const struct peer_state[])                                                                              \
    {                                                                                                        \
        DESK_LOGIN, DESK_PASSWORD_STATE, ENABLE(__VA_ARGS__), {.name = "unsafe", .unsafe = true},            \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }
#define ANSWERS(text)                                                                                        \
    {                                                                                                        \
        .typed = "show version", .reply = text                                                               \
    }
#define LOG_LINE                                                                                             \
    "Jan 31 09:00:00 tor01 Ebra: %LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet1, changed state "  \
    "to up"

static void begin(struct desk *d, const struct peer_state *states)
{
    desk_init(d, states);
    assert_true(desk_login(d));
}

static void assert_failure(const struct desk *d, enum failure failure)
{
    assert_string_equal(failure_info(d->e.failure)->name, failure_info(failure)->name);
}

static void assert_text(const struct answer *a, const char *want)
{
    assert_string_equal(str_cstr(&a->text), want);
}

static void late_bytes_make_the_last_answer_suspect(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d, SWITCH(ANSWERS(DESK_VERSION)));
    assert_true(desk_query(&d, "version", &a));
    answer_clear(&a);
    peer_say(&d.peer, 0, "\r\nlate row\r\ntor01#");
    assert_true(session_late_bytes(d.session));
    assert_false(session_late_bytes(d.session));
    assert_true(desk_query(&d, "version", &a));
    assert_text(
        &a, "Arista DCS-7050SX3-48YC8\nSerial number:       JPE00000001\nUptime:              1 week\n\n");
    answer_clear(&a);
    desk_clear(&d);
}

static void late_bytes_that_nobody_asked_about_fail_the_next_query(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d, SWITCH(ANSWERS(DESK_VERSION)));
    assert_true(desk_query(&d, "version", &a));
    answer_clear(&a);
    peer_say(&d.peer, 0, "\r\nlate row\r\ntor01#");
    assert_false(desk_query(&d, "version", &a));
    assert_failure(&d, FAILURE_PARSE_FAILURE);
    assert_non_null(strstr(d.e.msg, "version"));
    assert_true(desk_query(&d, "version", &a));
    answer_clear(&a);
    desk_clear(&d);
}

static void late_log_lines_and_prompts_are_explained(void **state)
{
    (void)state;
    static const char *const said[] = {LOG_LINE "\r\ntor01#", LOG_LINE "\r\n", "\r\ntor01#",
                                       "\r\n" LOG_LINE "\r\n" LOG_LINE "\r\ntor01#"};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        struct desk d;
        struct answer a;
        begin(&d, SWITCH(ANSWERS("rows\r\n")));
        assert_true(desk_query(&d, "version", &a));
        answer_clear(&a);
        peer_say(&d.peer, 0, said[i]);
        assert_false(session_late_bytes(d.session));
        assert_true(desk_query(&d, "version", &a));
        assert_text(&a, "rows\n");
        answer_clear(&a);
        desk_clear(&d);
    }
}

static void a_silent_answer_is_a_timeout_that_says_how_far_it_came(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d, SWITCH(ANSWERS("half of it" PEER_10S PEER_10S PEER_10S PEER_10S "\r\n"),
                     {.typed = "show inventory", .reply = "rows\r\n"}));
    assert_false(desk_query(&d, "version", &a));
    assert_failure(&d, FAILURE_COMMAND_TIMEOUT);
    assert_int_equal(a.status, ANSWER_TIMED_OUT);
    assert_non_null(strstr(d.e.msg, "half of it"));
    answer_clear(&a);
    clock_wait_until(&d.peer.clock, d.peer.clock.now_ms + 60000);
    assert_true(desk_query(&d, "inventory", &a)); /* the way back is found, and proven */
    assert_text(&a, "rows\n");
    answer_clear(&a);
    desk_clear(&d);
}

static void an_answer_that_is_too_long_is_refused(void **state)
{
    (void)state;
    struct str rows = {0};
    for (unsigned i = 0; i < 3000; i++)
        str_printf(&rows, "row %u of a long table that does not end\r\n", i);
    struct desk d;
    struct answer a;
    begin(&d, SWITCH(ANSWERS(str_cstr(&rows))));
    assert_false(desk_query(&d, "version", &a));
    assert_int_equal(d.e.code, ERR_LIMIT);
    assert_failure(&d, FAILURE_PARSE_FAILURE);
    answer_clear(&a);
    desk_clear(&d);
    str_clear(&rows);
}

static void a_boot_in_the_middle_of_an_answer_ends_all_typing(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d, (const struct peer_state[]){
                  DESK_LOGIN,
                  DESK_PASSWORD_STATE,
                  ENABLE({.typed = "show version", .reply = "row 1\r\n", .next = "unsafe"}),
                  {.name = "unsafe",
                   .unsafe = true,
                   .mute = true,
                   .enter = "Restarting system\r\n" PEER_1S "Press Control-C now to enter Aboot shell\r\n"},
                  {0}});
    assert_false(desk_query(&d, "version", &a));
    assert_failure(&d, FAILURE_CONSOLE_LOST);
    assert_int_equal(session_state(d.session), STATE_BOOTING);
    assert_non_null(strstr(d.e.msg, "booting"));
    answer_clear(&a);
    assert_false(desk_query(&d, "version", &a));
    desk_clear(&d);
}

static void an_idle_logout_is_noticed_before_the_next_command(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d, SWITCH(ANSWERS("rows\r\n")));
    peer_say(&d.peer, 0, "\r\n\r\ntor01 login: ");
    d.peer.state = &d.peer.states[0];
    size_t before = d.peer.bytes.len;
    assert_false(desk_query(&d, "version", &a));
    assert_failure(&d, FAILURE_CONSOLE_LOST);
    assert_int_equal(d.peer.bytes.len, before);
    answer_clear(&a);
    desk_clear(&d);
}

static void a_line_that_breaks_is_said_to_be_lost(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d,
          (const struct peer_state[]){DESK_LOGIN,
                                      DESK_PASSWORD_STATE,
                                      ENABLE({.typed = "show version", .reply = "row 1\r\n", .next = "gone"}),
                                      {.name = "gone", .closes = true},
                                      {0}});
    assert_false(desk_query(&d, "version", &a));
    assert_failure(&d, FAILURE_CONSOLE_LOST);
    assert_int_equal(a.status, ANSWER_LOST);
    assert_text(&a, "row 1\n");
    answer_clear(&a);
    desk_clear(&d);
}

static void modes_are_changed_where_a_query_wants_it(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d, (const struct peer_state[]){DESK_LOGIN,
                                          DESK_PASSWORD_STATE,
                                          ENABLE({.typed = "bash", .next = "shell"}, ANSWERS("rows\r\n"),
                                                 {.typed = "show clock", .reply = "noon\r\n"}),
                                          {.name = "shell",
                                           .prompt = "[admin@tor01 ~]$ ",
                                           .rules = RULES({.typed = "free -m", .reply = "Mem: 1\r\n"},
                                                          {.typed = "exit", .next = "enable"})},
                                          {0}});
    assert_true(desk_query(&d, "memory", &a));
    assert_text(&a, "Mem: 1\n");
    answer_clear(&a);
    assert_int_equal(session_state(d.session), STATE_SHELL);
    assert_true(desk_query(&d, "version", &a));
    assert_int_equal(session_state(d.session), STATE_ENABLE);
    answer_clear(&a);
    assert_true(desk_query(&d, "clock", &a));
    assert_int_equal(session_state(d.session), STATE_ENABLE);
    answer_clear(&a);
    desk_clear(&d);
}

static void a_wish_to_stop_refuses_the_next_query_and_still_logs_out(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d, SWITCH(ANSWERS("rows\r\n")));
    cancel_raise(d.cancel, CANCEL_ASKED);
    assert_false(desk_query(&d, "version", &a));
    assert_int_equal(d.e.code, ERR_CANCELLED);
    char *left = desk_close(&d);
    assert_string_equal(left, "");
    mem_free(left);
    assert_int_equal(peer_count(&d.peer, "enable|exit"), 1);
    desk_clear(&d);
}

static void secrets_in_an_answer_do_not_reach_the_transcript(void **state)
{
    (void)state;
    for (size_t chunk = 0; chunk < 20; chunk++) {
        struct desk d;
        struct answer a;
        desk_init(&d, SWITCH(ANSWERS("the password " DESK_PASSWORD " is here\r\n")));
        d.peer.chunk_bytes = chunk;
        assert_true(desk_login(&d));
        assert_true(desk_query(&d, "version", &a));
        answer_clear(&a);
        desk_clear(&d); /* ends the process if it shows */
    }
}

static void every_cut_of_the_stream_gives_the_same_answer(void **state)
{
    (void)state;
    static const char reply[] =
        "Ethernet1  up  " LOG_LINE "\r\n10G\r\n\x1b[1mrow\x1b[m 2\r\r\n" LOG_LINE "\r\nlong\b\b\b\blast\r\n";
    for (size_t chunk = 0; chunk < 64; chunk++) {
        struct desk d;
        struct answer a;
        desk_init(&d, SWITCH(ANSWERS(reply)));
        d.peer.chunk_bytes = chunk;
        assert_true(desk_login(&d));
        assert_true(desk_query(&d, "version", &a));
        assert_text(&a, "Ethernet1  up  10G\nrow 2\nlast\n");
        assert_true(a.noisy);
        answer_clear(&a);
        desk_clear(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_bytes_make_the_last_answer_suspect),
        cmocka_unit_test(late_bytes_that_nobody_asked_about_fail_the_next_query),
        cmocka_unit_test(late_log_lines_and_prompts_are_explained),
        cmocka_unit_test(a_silent_answer_is_a_timeout_that_says_how_far_it_came),
        cmocka_unit_test(an_answer_that_is_too_long_is_refused),
        cmocka_unit_test(a_boot_in_the_middle_of_an_answer_ends_all_typing),
        cmocka_unit_test(an_idle_logout_is_noticed_before_the_next_command),
        cmocka_unit_test(a_line_that_breaks_is_said_to_be_lost),
        cmocka_unit_test(modes_are_changed_where_a_query_wants_it),
        cmocka_unit_test(a_wish_to_stop_refuses_the_next_query_and_still_logs_out),
        cmocka_unit_test(secrets_in_an_answer_do_not_reach_the_transcript),
        cmocka_unit_test(every_cut_of_the_stream_gives_the_same_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
