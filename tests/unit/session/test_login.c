/* Getting in: behaviours 1 to 17 of real consoles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
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
#define USUAL DESK_LOGIN, DESK_PASSWORD_STATE, DESK_ENABLE_STATE

static bool rows_hold(const struct desk *d, const char *text)
{
    return strstr(str_cstr(&d->rows), text) != NULL;
}

static void assert_failure(const struct desk *d, enum failure failure)
{
    assert_string_equal(failure_info(d->e.failure)->name, failure_info(failure)->name);
}

static void assert_left(struct desk *d, const char *want)
{
    char *left = desk_close(d);
    assert_string_equal(left, want);
    mem_free(left);
}

static void behaviour_01_wakes_with_single_returns_and_growing_pauses(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "asleep",
                          .mute = true,
                          .rules = RULES({.typed = "", .times = 2}, {.typed = "", .next = "login"})},
                         USUAL));
    assert_true(desk_login(&d));
    assert_int_equal(peer_count(&d.peer, "asleep|"), 3);
    assert_int_equal(peer_count(&d.peer, "login|"), 0);
    assert_non_null(strstr(str_cstr(&d.notes), "woke after 3 carriage returns"));
    desk_clear(&d);
}

static void behaviour_01_a_console_that_is_up_is_woken_at_once(void **state)
{
    (void)state;
    struct desk d;
    desk_init(
        &d, STATES({.name = "asleep", .mute = true, .rules = RULES({.typed = "", .next = "login"})}, USUAL));
    assert_true(desk_login(&d));
    assert_in_range(d.peer.clock.now_ms, 300, 1300);
    desk_clear(&d);
}

static void behaviour_02_looks_before_it_types(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES(USUAL));
    assert_true(desk_login(&d));
    assert_int_equal(strncmp(str_cstr(&d.peer.log), "login|admin\n", 12), 0);
    desk_clear(&d);
}

static void behaviour_02_never_types_over_text_that_is_still_coming(void **state)
{
    (void)state;
    struct desk d;
    desk_init(
        &d, STATES({.name = "motd",
                    .unsafe = true,
                    .enter = "Welcome" PEER_1S " to" PEER_1S " tor01\r\n" PEER_1S "Authorized users only\r\n",
                    .after = "login",
                    .after_ms = 1200},
                   USUAL));
    assert_true(desk_login(&d));
    desk_clear(&d);
}

static void behaviour_02_half_a_command_of_somebody_is_not_run(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "half", .unsafe = true, .prompt = "\r\ntor01#write erase"}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_CONSOLE_DIRTY);
    assert_int_equal(d.peer.bytes.len, 0);
    desk_clear(&d);
}

static void behaviour_03_sends_return_and_nothing_else_at_the_end_of_a_line(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES(USUAL));
    assert_true(desk_login(&d));
    assert_null(memchr(d.peer.bytes.data, '\n', d.peer.bytes.len));
    assert_null(memchr(d.peer.bytes.data, '\0', d.peer.bytes.len));
    assert_non_null(memchr(d.peer.bytes.data, '\r', d.peer.bytes.len));
    desk_clear(&d);
}

static void behaviour_04_no_return_after_a_login_prompt(void **state)
{
    (void)state;
    struct desk d;
    desk_init(
        &d, STATES({.name = "asleep", .mute = true, .rules = RULES({.typed = "", .next = "login"})}, USUAL));
    d.peer.latency_ms = 900;
    assert_true(desk_login(&d));
    assert_int_equal(peer_count(&d.peer, "asleep|"), 1);
    assert_int_equal(peer_count(&d.peer, "login|"), 0);
    assert_int_equal(peer_count(&d.peer, "login|admin"), 1);
    desk_clear(&d);
}

static void behaviour_05_any_cut_of_the_stream_gives_the_same_login(void **state)
{
    (void)state;
    struct str whole = {0};
    for (size_t chunk = 0; chunk < 24; chunk++) {
        struct desk d;
        desk_init(&d, STATES({.name = "asleep", .mute = true, .rules = RULES({.typed = "", .next = "login"})},
                             USUAL));
        d.peer.chunk_bytes = chunk;
        assert_true(desk_login(&d));
        if (chunk == 0)
            str_add_cstr(&whole, str_cstr(&d.peer.log));
        assert_string_equal(str_cstr(&d.peer.log), str_cstr(&whole));
        desk_clear(&d);
    }
    str_clear(&whole);
}

static void behaviour_06_last_login_and_friends_are_no_login_prompts(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "chatter",
                          .unsafe = true,
                          .enter = "Last login: Sat Jan 31 on ttyS0" PEER_10MS
                                   "\r\nFailed login:" PEER_1S PEER_1S " 3\r\nLast login: " PEER_1S PEER_1S
                                   "\r\nlogin[3456]: root login" PEER_10MS " on ttyS0\r\n",
                          .after = "login",
                          .after_ms = 1000},
                         USUAL));
    assert_true(desk_login(&d));
    assert_int_equal(peer_count(&d.peer, "login|admin"), 1);
    desk_clear(&d);
}

static void behaviour_06_a_login_prompt_goes_quiet_first(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "printing",
                          .unsafe = true,
                          .enter = "\r\ntor01 login: " PEER_10MS PEER_10MS
                                   "Jan 31 09:00:00 tor01 Ebra: %LINK-5-UP: Et1\r\n",
                          .after = "login",
                          .after_ms = 100},
                         USUAL));
    assert_true(desk_login(&d));
    desk_clear(&d);
}

static void behaviour_07_the_next_credential_is_never_that_of_another_login(void **state)
{
    (void)state;
    struct regex *login = regex_new("^oob login: $", REGEX_BYTES, NULL);
    struct regex *password = regex_new("^Password for net: $", REGEX_BYTES, NULL);
    struct regex *ready = regex_new("^Connected to port 7", REGEX_BYTES, NULL);
    struct dialogue_step steps[] = {{.expect = login, .answer = DIALOGUE_USER},
                                    {.expect = password, .answer = DIALOGUE_PASSWORD}};
    struct console_driver driver = {
        .kind = "stacked", .user = "{user}", .steps = steps, .step_count = 2, .ready = ready};
    struct secret *oob = secret_new("oob", "server-pw-1", 11);
    struct console console = {
        .name = "oob-r1 port 7", .driver = &driver, .port = "7", .options = {.user = "net", .password = oob}};
    struct desk d;
    desk_init(
        &d,
        STATES(
            {.name = "oob", .prompt = "oob login: ", .rules = RULES({.typed = "net", .next = "oobpw"})},
            {.name = "oobpw",
             .prompt = "Password for net: ",
             .hidden = true,
             .rules = RULES({.typed = "server-pw-1", .reply = "Connected to port 7\r\n", .next = "login"})},
            USUAL));
    d.options.console = &console;
    assert_true(desk_login(&d));
    assert_int_equal(peer_count(&d.peer, "oobpw|server-pw-1"), 1);
    assert_int_equal(peer_count(&d.peer, "password|" DESK_PASSWORD), 1);
    assert_int_equal(peer_count(&d.peer, "login|net"), 0);
    assert_null(strstr(str_cstr(&d.sent), "server-pw-1"));
    assert_non_null(strstr(str_cstr(&d.sent), "{secret:oob}"));
    desk_clear(&d);
    secret_free(oob);
    regex_free(login);
    regex_free(password);
    regex_free(ready);
}

static void behaviour_08_credentials_in_order_each_once_and_the_pause_after_a_wrong_one(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES(USUAL));
    d.credential_count = 0;
    desk_credential(&d, "factory", "admin", "wrong-one", NULL);
    desk_credential(&d, "old", "admin", "wrong-two", NULL);
    desk_credential(&d, "ours", "admin", DESK_PASSWORD, NULL);
    assert_true(desk_login(&d));
    assert_string_equal(session_credential(d.session), "ours");
    assert_int_equal(peer_count(&d.peer, "password|wrong-one"), 1);
    assert_int_equal(peer_count(&d.peer, "password|wrong-two"), 1);
    assert_int_equal(peer_count(&d.peer, "login|"), 0); /* no return into the silence of pam_faildelay */
    assert_int_equal(peer_count(&d.peer, "password|"), 0);
    desk_clear(&d);
}

static void behaviour_08_the_one_that_worked_comes_first_the_next_time(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES(USUAL));
    d.credential_count = 0;
    desk_credential(&d, "factory", "admin", "wrong-one", NULL);
    desk_credential(&d, "ours", "admin", DESK_PASSWORD, NULL);
    assert_true(desk_login(&d));
    peer_say(&d.peer, 0, "\r\n\r\ntor01 login: ");
    d.peer.state = &d.peer.states[0];
    assert_true(desk_login(&d));
    assert_int_equal(peer_count(&d.peer, "password|wrong-one"), 1);
    assert_int_equal(peer_count(&d.peer, "password|" DESK_PASSWORD), 2);
    desk_clear(&d);
}

static void behaviour_08_attempts_are_capped_below_a_lockout(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    struct desk d;
    desk_init(&d, STATES(USUAL));
    d.credential_count = 0;
    for (size_t i = 0; i < 5; i++)
        desk_credential(&d, names[i], "admin", "wrong-again", NULL);
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_LOGIN_FAIL);
    assert_int_equal(peer_count(&d.peer, "password|wrong-again"), 4);
    assert_non_null(strstr(d.e.msg, "a, b, c, d"));
    desk_clear(&d);
}

static void behaviour_08_login_fails_when_every_credential_was_refused(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d,
              STATES(DESK_LOGIN,
                     {.name = "password",
                      .prompt = "Password: ",
                      .hidden = true,
                      .rules = RULES({.typed = "*", .reply = "\r\nLogin incorrect\r\n", .next = "login"})}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_LOGIN_FAIL);
    assert_int_equal(peer_count(&d.peer, "password|" DESK_PASSWORD), 1);
    assert_left(&d, "");
    desk_clear(&d);
}

static void behaviour_09_no_password_to_a_prompt_that_is_none(void **state)
{
    (void)state;
    struct desk d;
    desk_init(
        &d,
        STATES(
            {.name = "login", .prompt = "\r\ntor01 login: ", .rules = RULES({.typed = "*", .next = "liar"})},
            {.name = "liar", .prompt = "Password strength: ok>", .rules = RULES({.typed = "*"})}));
    assert_false(desk_login(&d));
    assert_null(strstr(str_cstr(&d.peer.bytes), DESK_PASSWORD));
    desk_clear(&d);
}

static void behaviour_04_a_prompt_that_nobody_knows_is_not_answered_with_a_return(void **state)
{
    (void)state;
    struct desk d;
    desk_init(
        &d,
        STATES(
            {.name = "login", .prompt = "\r\ntor01 login: ", .rules = RULES({.typed = "*", .next = "token"})},
            {.name = "token",
             .prompt = "Enter your token: ",
             .hidden = true,
             .rules = RULES({.typed = "*"})}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_QUESTION_UNKNOWN);
    assert_non_null(strstr(d.e.msg, "Enter your token"));
    assert_int_equal(peer_count(&d.peer, "token|"), 0);
    assert_null(strstr(str_cstr(&d.peer.bytes), DESK_PASSWORD));
    desk_clear(&d);
}

static void behaviour_09_no_second_password_where_the_first_was_echoed(void **state)
{
    (void)state;
    struct desk d;
    desk_init(
        &d,
        STATES({.name = "login",
                .prompt = "\r\ntor01 login: ",
                .rules = RULES({.typed = "*", .next = "echoes"})},
               {.name = "echoes", .prompt = "Password: ", .rules = RULES({.typed = "*", .next = "login"})}));
    desk_credential(&d, "second", "admin", "another-secret", NULL);
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_LOGIN_FAIL);
    assert_null(strstr(str_cstr(&d.peer.bytes), "another-secret"));
    desk_clear(&d); /* the echoed password is masked in all that was written down */
}

static void behaviour_09_a_half_login_found_open_is_given_up_first(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "half",
                          .prompt = "Password: ",
                          .hidden = true,
                          .rules = RULES({.typed = "*", .next = "login"})},
                         USUAL));
    assert_true(desk_login(&d));
    assert_int_equal(strncmp(str_cstr(&d.peer.log), "half|\n", 6), 0);
    assert_true(rows_hold(&d, "abort password \n"));
    desk_clear(&d);
}

static void behaviour_10_a_session_left_open_is_logged_out_first(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "stale",
                          .prompt = "\r\ntor01#",
                          .rules = RULES({.typed = ""}, {.typed = "exit", .next = "login"})},
                         USUAL));
    assert_true(desk_login(&d));
    assert_int_equal(peer_count(&d.peer, "stale|exit"), 1);
    assert_true(rows_hold(&d, "logout enable exit"));
    assert_int_equal(peer_count(&d.peer, "password|" DESK_PASSWORD), 1);
    desk_clear(&d);
}

static void behaviour_10_a_configuration_left_open_is_left_by_the_way_back(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "stale",
                          .prompt = "\r\nlocalhost(config)#",
                          .rules = RULES({.typed = ""}, {.typed = "end", .next = "enable"})},
                         USUAL));
    assert_true(desk_login(&d));
    assert_int_equal(peer_count(&d.peer, "stale|end"), 1);
    assert_int_equal(peer_count(&d.peer, "stale|exit"), 0);
    assert_true(rows_hold(&d, "mode config end"));
    desk_clear(&d);
}

static void behaviour_10_an_old_prompt_is_not_believed_until_it_answers(void **state)
{
    (void)state;
    struct desk d; /* replayed by the console server; the switch itself sits silently in its loader */
    desk_init(&d, STATES({.name = "replay",
                          .prompt = "\r\ntor01#",
                          .mute = true,
                          .rules = RULES({.typed = "", .next = "loader"})},
                         {.name = "loader", .prompt = "\r\nAboot#", .unsafe = true}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_BOOT_LOADER);
    assert_string_equal(str_cstr(&d.peer.log), "replay|\n");
    desk_clear(&d);
}

static void behaviour_11_pending_changes_are_not_touched(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "dirty", .prompt = "\r\ntor01(config-s-abc)#", .unsafe = true}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_CONSOLE_DIRTY);
    assert_int_equal(d.peer.bytes.len, 0);
    desk_clear(&d);
}

static void behaviour_11_a_question_about_changes_is_not_answered(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "config",
                          .prompt = "\r\ntor01(config)#",
                          .rules = RULES({.typed = ""}, {.typed = "end", .next = "ask"})},
                         {.name = "ask",
                          .prompt = "Uncommitted changes found, commit them? [yes/no/CANCEL] ",
                          .unsafe = true}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_CONSOLE_DIRTY);
    desk_clear(&d);
}

static void behaviour_12_only_what_follows_the_nonce_is_believed(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES(USUAL));
    assert_true(desk_login(&d));
    const char *nonce = strstr(str_cstr(&d.peer.log), "enable|! ");
    assert_non_null(nonce);
    assert_true(nonce < strstr(str_cstr(&d.peer.log), "terminal length 0"));
    assert_true(rows_hold(&d, "nonce enable ! "));
    desk_clear(&d);
}

static void behaviour_12_a_replayed_screen_is_woken_before_it_is_believed(void **state)
{
    (void)state;
    struct regex *replay = regex_new("^--- buffered output follows", REGEX_BYTES, NULL);
    struct console_driver driver = {.kind = "replays", .user = "{user}", .replay = replay};
    struct console console = {.name = "oob-r1 port 7", .driver = &driver, .port = "7"};
    struct desk d;
    desk_init(&d, STATES({.name = "replay",
                          .enter = "--- buffered output follows\r\n",
                          .prompt = "tor01#",
                          .rules = RULES({.typed = "", .next = "login"})},
                         USUAL));
    d.options.console = &console;
    assert_true(desk_login(&d));
    assert_int_equal(peer_count(&d.peer, "replay|"), 1);
    assert_int_equal(peer_count(&d.peer, "replay|exit"), 0);
    desk_clear(&d);
    regex_free(replay);
}

static void behaviour_13_a_busy_port_names_its_holder(void **state)
{
    (void)state;
    struct regex *re = regex_new("is being used by \\((?<holder>\\w+)\\)", REGEX_BYTES, NULL);
    struct busy_sign busy[] = {{.regex = re}};
    struct console_driver driver = {.kind = "acs", .user = "{user}", .busy = busy, .busy_count = 1};
    struct console console = {.name = "oob-r1 port 7", .driver = &driver, .port = "7"};
    struct desk d;
    desk_init(&d, STATES({.name = "busy",
                          .enter = "ttyS7 is being used by (alice) !!!\r\n",
                          .closes = true,
                          .unsafe = true}));
    d.options.console = &console;
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_CONSOLE_BUSY);
    assert_non_null(strstr(d.e.msg, "alice"));
    desk_clear(&d);
    regex_free(re);
}

static void behaviour_15_a_silent_console_is_declared_in_time_after_one_xon(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "dead", .mute = true}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_CONSOLE_SILENT);
    assert_in_range(d.peer.clock.now_ms, 15000, 20000);
    assert_int_equal(peer_count(&d.peer, "dead|^Q"), 1);
    assert_in_range(peer_count(&d.peer, "dead|"), 3, 6);
    desk_clear(&d);
}

static void behaviour_15_silence_is_declared_within_the_time_that_was_asked_for(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "dead", .mute = true}));
    d.options.silent_after_ms = 5000;
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_CONSOLE_SILENT);
    assert_in_range(d.peer.clock.now_ms, 3000, 5000);
    desk_clear(&d);
}

static void behaviour_16_garbage_is_a_wrong_speed_and_never_answered(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "garbage",
                          .mute = true,
                          .enter = "\xf0\x86\x98\xe6\x80\xff\xf8\x9e" PEER_1S "\xf0\x86\xe6\x80\xff\xf8",
                          .unsafe = true}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_CONSOLE_GARBLED);
    assert_int_equal(d.peer.bytes.len, 0);
    desk_clear(&d);
}

static void behaviour_17_an_escape_sequence_of_the_console_server_is_not_sent(void **state)
{
    (void)state;
    struct console_driver driver = {.kind = "tilde", .user = "{user}", .escapes = "~.\0~b", .escapes_len = 5};
    struct console console = {.name = "oob-r1 port 7", .driver = &driver, .port = "7"};
    struct desk d;
    desk_init(&d, STATES(USUAL));
    d.credential_count = 0;
    desk_credential(&d, "tilde", "admin", "pass~.word", NULL);
    d.options.console = &console;
    assert_false(desk_login(&d));
    assert_null(strstr(str_cstr(&d.peer.bytes), "~."));
    desk_clear(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_01_wakes_with_single_returns_and_growing_pauses),
        cmocka_unit_test(behaviour_01_a_console_that_is_up_is_woken_at_once),
        cmocka_unit_test(behaviour_02_looks_before_it_types),
        cmocka_unit_test(behaviour_02_never_types_over_text_that_is_still_coming),
        cmocka_unit_test(behaviour_02_half_a_command_of_somebody_is_not_run),
        cmocka_unit_test(behaviour_03_sends_return_and_nothing_else_at_the_end_of_a_line),
        cmocka_unit_test(behaviour_04_no_return_after_a_login_prompt),
        cmocka_unit_test(behaviour_05_any_cut_of_the_stream_gives_the_same_login),
        cmocka_unit_test(behaviour_06_last_login_and_friends_are_no_login_prompts),
        cmocka_unit_test(behaviour_06_a_login_prompt_goes_quiet_first),
        cmocka_unit_test(behaviour_07_the_next_credential_is_never_that_of_another_login),
        cmocka_unit_test(behaviour_08_credentials_in_order_each_once_and_the_pause_after_a_wrong_one),
        cmocka_unit_test(behaviour_08_the_one_that_worked_comes_first_the_next_time),
        cmocka_unit_test(behaviour_08_attempts_are_capped_below_a_lockout),
        cmocka_unit_test(behaviour_08_login_fails_when_every_credential_was_refused),
        cmocka_unit_test(behaviour_09_no_password_to_a_prompt_that_is_none),
        cmocka_unit_test(behaviour_04_a_prompt_that_nobody_knows_is_not_answered_with_a_return),
        cmocka_unit_test(behaviour_09_no_second_password_where_the_first_was_echoed),
        cmocka_unit_test(behaviour_09_a_half_login_found_open_is_given_up_first),
        cmocka_unit_test(behaviour_10_a_session_left_open_is_logged_out_first),
        cmocka_unit_test(behaviour_10_a_configuration_left_open_is_left_by_the_way_back),
        cmocka_unit_test(behaviour_10_an_old_prompt_is_not_believed_until_it_answers),
        cmocka_unit_test(behaviour_11_pending_changes_are_not_touched),
        cmocka_unit_test(behaviour_11_a_question_about_changes_is_not_answered),
        cmocka_unit_test(behaviour_12_only_what_follows_the_nonce_is_believed),
        cmocka_unit_test(behaviour_12_a_replayed_screen_is_woken_before_it_is_believed),
        cmocka_unit_test(behaviour_13_a_busy_port_names_its_holder),
        cmocka_unit_test(behaviour_15_a_silent_console_is_declared_in_time_after_one_xon),
        cmocka_unit_test(behaviour_15_silence_is_declared_within_the_time_that_was_asked_for),
        cmocka_unit_test(behaviour_16_garbage_is_a_wrong_speed_and_never_answered),
        cmocka_unit_test(behaviour_17_an_escape_sequence_of_the_console_server_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
