/* Asking: behaviours 20 to 29, 34 and 35 of real consoles. */
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

/* Logs in, asks for the version and compares the text. */
static void assert_version(const struct peer_state *states, const char *want, bool noisy)
{
    struct desk d;
    struct answer a;
    begin(&d, states);
    assert_true(desk_query(&d, "version", &a));
    assert_text(&a, want);
    assert_int_equal(a.status, ANSWER_OK);
    assert_int_equal(a.noisy, noisy);
    answer_clear(&a);
    desk_clear(&d);
}

static void behaviour_20_the_hostname_is_only_what_the_prompt_says(void **state)
{
    (void)state;
    struct desk d;
    begin(&d, SWITCH(ANSWERS(DESK_VERSION)));
    assert_string_equal(session_hostname(d.session), "tor01");
    desk_clear(&d);
}

static void behaviour_22_only_session_scoped_settings_are_made(void **state)
{
    (void)state;
    struct desk d;
    begin(&d, SWITCH(ANSWERS(DESK_VERSION)));
    assert_int_equal(peer_count(&d.peer, "enable|terminal length 0"), 1);
    assert_int_equal(peer_count(&d.peer, "enable|terminal width 32767"), 1);
    assert_null(strstr(str_cstr(&d.peer.log), "config"));
    desk_clear(&d);
}

#define PAGED(erase)                                                                                         \
    (const struct peer_state[])                                                                              \
    {                                                                                                        \
        DESK_LOGIN, DESK_PASSWORD_STATE,                                                                     \
            ENABLE({.typed = "show version",                                                                 \
                    .reply = "row 1\r\nrow 2 is longer than the pager\r\n",                                  \
                    .next = "pager"}),                                                                       \
            {.name = "pager",                                                                                \
             .prompt = " --More-- ",                                                                         \
             .keys = true,                                                                                   \
             .rules = RULES({.typed = " ", .reply = erase "row 3\r\n", .times = 1},                          \
                            {.typed = " ", .reply = erase "row 4\r\n", .next = "enable"})},                  \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }

static void behaviour_24_a_pager_is_answered_and_taken_out(void **state)
{
    (void)state;
    const char *want = "row 1\nrow 2 is longer than the pager\nrow 3\nrow 4\n";
    assert_version(PAGED("\b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\b"), want, false);
    assert_version(PAGED("\r          \r"), want, false);
    assert_version(PAGED("\r\x1b[K"), want, false);
    assert_version(PAGED(""), want, false);
    assert_version(PAGED("\r\n"), want, false);
}

static void behaviour_25_the_answer_is_what_lies_between_echo_and_prompt(void **state)
{
    (void)state;
    assert_version(SWITCH(ANSWERS("a\r\n\r\n  b  \r\n")), "a\n\n  b  \n", false);
    assert_version(SWITCH(ANSWERS("")), "", false);
}

static void behaviour_25_the_learned_prompt_needs_no_quiet(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d, SWITCH(ANSWERS(DESK_VERSION)));
    int64_t began = d.peer.clock.now_ms;
    assert_true(desk_query(&d, "version", &a));
    assert_int_equal(d.peer.clock.now_ms, began);
    assert_int_equal(a.event, 7);
    assert_string_equal(a.command, "show version");
    assert_true(a.received_to > a.received_from);
    answer_clear(&a);
    desk_clear(&d);
}

static void behaviour_25_ranges_point_at_the_bytes_of_the_answer(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d, SWITCH(ANSWERS(DESK_VERSION)));
    assert_true(desk_query(&d, "version", &a));
    assert_int_equal(strncmp(d.received.data + a.received_from, "show version\r\nArista", 20), 0);
    assert_int_equal(a.received_to, d.received.len);
    assert_int_equal(session_received(d.session), d.received.len);
    answer_clear(&a);
    desk_clear(&d);
}

static void behaviour_25_echo_that_wraps_or_is_redrawn_is_still_the_echo(void **state)
{
    (void)state;
    static const char *const echoes[] = {
        "show ver \rsion\r\n",                       /* readline at the right margin */
        "show ver\r\nsion\r\n",                      /* wrapped by a line feed */
        "show verz\b \bsion\r\n",                    /* corrected */
        "show\rtor01#show version\r\n",              /* line redrawn */
        "show ver\x1b[K\x1b[1msion\x1b[m\r\n",       /* drawn with attributes */
        "show\b\b\b\b$ version\b\b\b\b\b\b\b\b\r\n", /* scrolled sideways */
        "show version\r\r\n",                        /* a return too many */
        "show version\n\r",                          /* the other way round */
        "show version\r\ntor01#show version\r\n",    /* a switch that fell behind repeats it */
        "\r\ntor01#\r\ntor01#show version\r\n",      /* prompts of earlier returns */
        LOG_LINE "\r\ntor01#show version\r\n",       /* a log line before it, the prompt again */
    };
    for (size_t i = 0; i < sizeof echoes / sizeof *echoes; i++)
        assert_version(SWITCH({.typed = "show version", .echo = echoes[i], .reply = "rows\r\n"}), "rows\n",
                       false);
}

static void behaviour_25_without_its_echo_an_answer_is_not_believed(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d, SWITCH({.typed = "show version", .echo = "something else\r\n", .reply = "rows\r\n"}));
    assert_false(desk_query(&d, "version", &a));
    assert_failure(&d, FAILURE_PARSE_FAILURE);
    assert_int_equal(a.status, ANSWER_CUT);
    answer_clear(&a);
    desk_clear(&d);
}

static void behaviour_26_the_prompt_may_legally_change(void **state)
{
    (void)state;
    static const char *const prompts[] = {"tor01(s1)#", "tor01-o#", "renamed.example#", "tor(maint-mode)#"};
    for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
        const struct peer_state states[] = {
            DESK_LOGIN,
            DESK_PASSWORD_STATE,
            ENABLE({.typed = "show version", .reply = "rows\r\n", .next = "changed"}),
            {.name = "changed",
             .prompt = prompts[i],
             .rules = RULES(ANSWERS("more\r\n"), {.typed = "exit", .next = "login"})},
            {0}};
        struct desk d;
        struct answer a;
        begin(&d, states);
        assert_true(desk_query(&d, "version", &a));
        assert_text(&a, "rows\n");
        answer_clear(&a);
        int64_t began = d.peer.clock.now_ms;
        assert_true(desk_query(&d, "version", &a)); /* and the new one is exact from now on */
        assert_int_equal(d.peer.clock.now_ms, began);
        assert_text(&a, "more\n");
        answer_clear(&a);
        desk_clear(&d);
    }
}

static void behaviour_27_what_only_looks_like_a_prompt_is_output(void **state)
{
    (void)state;
    assert_version(
        SWITCH(ANSWERS("[####" PEER_1S "####]\r\n" PEER_1S "## comment\r\n" PEER_1S "> quoted" PEER_1S "\r\n"
                       "  tor01#" PEER_1S "\r\n")),
        "[########]\n## comment\n> quoted\n  tor01#\n", false);
}

static void behaviour_27_the_prompt_inside_output_is_no_end_while_more_is_there(void **state)
{
    (void)state;
    for (size_t chunk = 0; chunk < 12; chunk++) {
        struct desk d;
        struct answer a;
        desk_init(&d, SWITCH(ANSWERS("1\r\ntor01#show clock\r\n2\r\n")));
        d.peer.chunk_bytes = chunk;
        assert_true(desk_login(&d));
        assert_true(desk_query(&d, "version", &a));
        assert_text(&a, "1\ntor01#show clock\n2\n");
        assert_false(session_late_bytes(d.session));
        answer_clear(&a);
        desk_clear(&d);
    }
}

/* Where the rest comes later than that, the answer is cut, and this is known before anybody relies on it. */
static void behaviour_27_the_prompt_inside_output_is_found_out_when_more_comes(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d, SWITCH(ANSWERS("1\r\ntor01#" PEER_10MS "show clock\r\n2\r\n")));
    assert_true(desk_query(&d, "version", &a));
    assert_text(&a, "1\n");
    answer_clear(&a);
    clock_wait_until(&d.peer.clock, d.peer.clock.now_ms + 50);
    assert_true(session_late_bytes(d.session));
    desk_clear(&d);
}

static void behaviour_28_a_log_line_between_rows_is_taken_out_and_said(void **state)
{
    (void)state;
    assert_version(SWITCH(ANSWERS("row 1\r\n" LOG_LINE "\r\nrow 2\r\n")), "row 1\nrow 2\n", true);
}

static void behaviour_28_a_log_line_in_the_middle_of_a_row_is_taken_out_and_said(void **state)
{
    (void)state;
    assert_version(SWITCH(ANSWERS("Ethernet1  connected  " LOG_LINE "\r\n10G\r\nrow 2\r\n")),
                   "Ethernet1  connected  10G\nrow 2\n", true);
}

/* The prompt stood there and the log line came at once behind it: a state of the peer that shows no new prompt by itself. */
static void behaviour_28_a_log_line_behind_the_prompt_is_followed_by_one_return(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d,
          (const struct peer_state[]){
              DESK_LOGIN,
              DESK_PASSWORD_STATE,
              ENABLE({.typed = "show version", .reply = "row 1\r\ntor01#" LOG_LINE "\r\n", .next = "glued"}),
              {.name = "glued", .rules = RULES({.typed = "", .next = "enable"})},
              {0}});
    assert_true(desk_query(&d, "version", &a));
    assert_text(&a, "row 1\n");
    assert_false(a.noisy);
    assert_int_equal(peer_count(&d.peer, "glued|"), 1);
    answer_clear(&a);
    assert_true(desk_query(&d, "version", &a)); /* the dialogue is in step */
    answer_clear(&a);
    desk_clear(&d);
}

static void behaviour_29_line_ends_and_control_bytes_are_the_terminals_business(void **state)
{
    (void)state;
    assert_version(
        SWITCH(ANSWERS("a\r\r\nb\n\rc\a\r\nwrong\b\b\b\b\bright\r\n" PEER_NUL "\x1b[7md\x1b[m\r\n")),
        "a\nb\nc\nright\nd\n", false);
}

static void behaviour_16_bytes_that_are_no_text_damage_an_answer(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        unsigned damaged;
    } known[] = {{"lane 2  -13.20\r\n", 0},
                 {"lane 2  -\x05"
                  "3.20\r\n",
                  1},
                 {"lane 2  -\x7f"
                  "3.20\r\n",
                  1},
                 {"tab\tand \b bell\x07\r\n", 0}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct desk d;
        struct answer a;
        begin(&d, SWITCH(ANSWERS(known[i].reply)));
        assert_true(desk_query(&d, "version", &a));
        assert_int_equal(a.damaged, known[i].damaged);
        answer_clear(&a);
        desk_clear(&d);
    }
}

static void behaviour_32_an_unknown_question_ends_the_query_unanswered(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d,
          (const struct peer_state[]){
              DESK_LOGIN,
              DESK_PASSWORD_STATE,
              ENABLE({.typed = "show version", .reply = "rows\r\nReally erase? [y/n]: ", .next = "unsafe"}),
              {.name = "unsafe", .unsafe = true, .mute = true},
              {0}});
    assert_false(desk_query(&d, "version", &a));
    assert_failure(&d, FAILURE_QUESTION_UNKNOWN);
    assert_non_null(strstr(d.e.msg, "Really erase?"));
    answer_clear(&a);
    desk_clear(&d);
}

static void behaviour_32_a_known_question_without_an_answer_ends_it_at_once(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d,
          (const struct peer_state[]){
              DESK_LOGIN,
              DESK_PASSWORD_STATE,
              ENABLE({.typed = "show version", .reply = "Proceed with reload? [confirm]", .next = "unsafe"}),
              {.name = "unsafe", .unsafe = true, .mute = true},
              {0}});
    int64_t began = d.peer.clock.now_ms;
    assert_false(desk_query(&d, "version", &a));
    assert_failure(&d, FAILURE_QUESTION_UNKNOWN);
    assert_true(d.peer.clock.now_ms - began < 1000);
    answer_clear(&a);
    desk_clear(&d);
}

static void behaviour_34_only_declared_queries_are_typed(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    struct query own = {.name = "reload", .command = "reload now", .mode = STATE_ENABLE};
    begin(&d, SWITCH(ANSWERS(DESK_VERSION)));
    size_t before = d.peer.bytes.len;
    assert_false(session_query(d.session, &own, NULL, 0, &a, &d.e));
    assert_int_equal(d.e.code, ERR_STATE);
    assert_int_equal(d.peer.bytes.len, before);
    desk_clear(&d);
}

static void behaviour_34_arguments_cannot_carry_a_command(void **state)
{
    (void)state;
    static const char *const bad[] = {"10.0.0.1 ; reload",
                                      "10.0.0.1|x",
                                      "a\rreload",
                                      "a\nb",
                                      "a?",
                                      "a!",
                                      "\"a\"",
                                      "'a'",
                                      "a\\b",
                                      "",
                                      "-f",
                                      "a b",
                                      "a\tb",
                                      "`a`",
                                      "$(a)",
                                      "a&b",
                                      "\x03"};
    struct desk d;
    struct answer a;
    begin(&d, SWITCH({.typed = "ping 10.1.0.0 repeat 5", .reply = "5 packets\r\n"}));
    const struct query *ping = dialect_query(d.dialect, "ping");
    size_t before = d.peer.bytes.len;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct argument arg = {"address", bad[i]};
        assert_false(session_query(d.session, ping, &arg, 1, &a, &d.e));
    }
    assert_false(session_query(d.session, ping, NULL, 0, &a, &d.e));
    assert_int_equal(d.peer.bytes.len, before);
    struct argument good = {"address", "10.1.0.0"};
    assert_true(session_query(d.session, ping, &good, 1, &a, &d.e));
    assert_text(&a, "5 packets\n");
    answer_clear(&a);
    desk_clear(&d);
}

static void behaviour_30_a_command_longer_than_the_line_buffer_is_not_sent(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin(&d, SWITCH(ANSWERS(DESK_VERSION)));
    char address[400];
    memset(address, 'a', sizeof address);
    address[sizeof address - 1] = '\0';
    d.dialect->line_max_bytes = 254;
    struct argument arg = {"address", address};
    size_t before = d.peer.bytes.len;
    assert_false(session_query(d.session, dialect_query(d.dialect, "ping"), &arg, 1, &a, &d.e));
    assert_int_equal(d.e.code, ERR_LIMIT);
    assert_int_equal(d.peer.bytes.len, before);
    answer_clear(&a);
    desk_clear(&d);
}

static void behaviour_35_a_rejected_command_fails_though_the_prompt_came_back(void **state)
{
    (void)state;
    static const char *const words[] = {"% Invalid input\r\n", "     ^\r\n% Incomplete command\r\n",
                                        "% Authorization denied for command\r\n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct desk d;
        struct answer a;
        begin(&d, SWITCH(ANSWERS(words[i]), {.typed = "show inventory", .reply = "rows\r\n"}));
        assert_false(desk_query(&d, "version", &a));
        assert_failure(&d, FAILURE_COMMAND_REJECTED);
        assert_int_equal(a.status, ANSWER_REJECTED);
        answer_clear(&a);
        assert_true(desk_query(&d, "inventory", &a)); /* and the session is as good as before */
        answer_clear(&a);
        desk_clear(&d);
    }
}

static void behaviour_35_an_answer_that_means_none_is_no_rejection(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        enum answer_status status;
    } cases[] = {{"% LLDP is not enabled\r\n", ANSWER_NONE_ROWS},
                 {"\r\nLast change: never\r\n\r\nPort   Neighbor  \r\n\r\n", ANSWER_NONE_ROWS},
                 {"Last change: never\r\n\r\nPort   Neighbor\r\nEt1    spine-1\r\n", ANSWER_OK},
                 {"Et1    spine-1\r\n% LLDP is not enabled\r\n", ANSWER_OK}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk d;
        struct answer a;
        begin(&d, SWITCH({.typed = "show lldp neighbors", .reply = cases[i].words}));
        assert_true(desk_query(&d, "neighbors", &a));
        assert_int_equal(a.status, cases[i].status);
        answer_clear(&a);
        desk_clear(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_20_the_hostname_is_only_what_the_prompt_says),
        cmocka_unit_test(behaviour_22_only_session_scoped_settings_are_made),
        cmocka_unit_test(behaviour_24_a_pager_is_answered_and_taken_out),
        cmocka_unit_test(behaviour_25_the_answer_is_what_lies_between_echo_and_prompt),
        cmocka_unit_test(behaviour_25_the_learned_prompt_needs_no_quiet),
        cmocka_unit_test(behaviour_25_ranges_point_at_the_bytes_of_the_answer),
        cmocka_unit_test(behaviour_25_echo_that_wraps_or_is_redrawn_is_still_the_echo),
        cmocka_unit_test(behaviour_25_without_its_echo_an_answer_is_not_believed),
        cmocka_unit_test(behaviour_26_the_prompt_may_legally_change),
        cmocka_unit_test(behaviour_27_what_only_looks_like_a_prompt_is_output),
        cmocka_unit_test(behaviour_27_the_prompt_inside_output_is_no_end_while_more_is_there),
        cmocka_unit_test(behaviour_27_the_prompt_inside_output_is_found_out_when_more_comes),
        cmocka_unit_test(behaviour_28_a_log_line_between_rows_is_taken_out_and_said),
        cmocka_unit_test(behaviour_28_a_log_line_in_the_middle_of_a_row_is_taken_out_and_said),
        cmocka_unit_test(behaviour_28_a_log_line_behind_the_prompt_is_followed_by_one_return),
        cmocka_unit_test(behaviour_29_line_ends_and_control_bytes_are_the_terminals_business),
        cmocka_unit_test(behaviour_16_bytes_that_are_no_text_damage_an_answer),
        cmocka_unit_test(behaviour_32_an_unknown_question_ends_the_query_unanswered),
        cmocka_unit_test(behaviour_32_a_known_question_without_an_answer_ends_it_at_once),
        cmocka_unit_test(behaviour_34_only_declared_queries_are_typed),
        cmocka_unit_test(behaviour_34_arguments_cannot_carry_a_command),
        cmocka_unit_test(behaviour_30_a_command_longer_than_the_line_buffer_is_not_sent),
        cmocka_unit_test(behaviour_35_a_rejected_command_fails_though_the_prompt_came_back),
        cmocka_unit_test(behaviour_35_an_answer_that_means_none_is_no_rejection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
