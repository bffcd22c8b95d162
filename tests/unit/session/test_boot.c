/* Around the login: boots and loaders (37), first boot (60 to 64), questions (32), modes, stopping, and leaving (38). */
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

static void behaviour_37_not_a_byte_while_the_switch_boots(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "boot",
                          .unsafe = true,
                          .enter = "Press Control-C now to enter Aboot shell\r\n" PEER_10S
                                   "Booting flash:/EOS.swi\r\n" PEER_10S PEER_10S
                                   "[    0.000000] Linux version 4.19\r\n" PEER_10S PEER_10S "Starting\r\n",
                          .after = "login",
                          .after_ms = 10000},
                         USUAL));
    assert_true(desk_login(&d));
    desk_clear(&d);
}

static void a_switch_that_restarts_in_the_middle_of_a_login_refused_nothing(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES(DESK_LOGIN,
                         {.name = "password",
                          .prompt = "Password: ",
                          .hidden = true,
                          .rules = RULES({.typed = "*", .echo = "", .next = "boot", .times = 1},
                                         {.typed = DESK_PASSWORD, .next = "enable"})},
                         {.name = "boot",
                          .unsafe = true,
                          .enter = "[    0.000000] Linux version 4.19\r\n" PEER_10S "Starting\r\n",
                          .after = "login",
                          .after_ms = 12000},
                         DESK_ENABLE_STATE));
    assert_true(desk_login(&d));
    assert_int_equal(peer_count(&d.peer, "login|admin"), 2);
    desk_clear(&d);
}

static void behaviour_37_a_loader_is_named_and_left_alone(void **state)
{
    (void)state;
    static const char *const prompts[] = {"\r\nAboot#", "grub rescue> ", "loader > ", "rommon 1 >", "=> "};
    for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
        struct desk d;
        desk_init(&d, STATES({.name = "loader", .unsafe = true, .prompt = prompts[i]}));
        assert_false(desk_login(&d));
        assert_failure(&d, FAILURE_BOOT_LOADER);
        assert_int_equal(d.peer.bytes.len, 0);
        assert_left(&d, "");
        desk_clear(&d);
    }
}

static void behaviour_37_a_boot_that_never_ends_is_only_listened_to(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d,
              STATES({.name = "boot", .unsafe = true, .mute = true, .enter = "GNU GRUB  version 2.06\r\n"}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_BOOT_LOADER);
    assert_in_range(d.peer.clock.now_ms, 119000, 121000);
    desk_clear(&d);
}

static void behaviour_60_the_same_milestone_three_times_is_a_boot_loop(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "boot",
                          .unsafe = true,
                          .mute = true,
                          .enter = "Booting flash:/EOS.swi\r\n" PEER_10S
                                   "panic\r\nBooting flash:/EOS.swi\r\n" PEER_10S
                                   "panic\r\nBooting flash:/EOS.swi\r\n"}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_BOOT_LOOP);
    desk_clear(&d);
}

static void behaviour_60_one_boot_that_repeats_itself_is_no_loop(void **state)
{
    (void)state;
    struct desk d;
    desk_init(
        &d,
        STATES({.name = "boot",
                .unsafe = true,
                .enter = "Hit any key to stop autoboot:  3\r\n" PEER_1S
                         "Hit any key to stop autoboot:  2\r\n" PEER_1S
                         "Hit any key to stop autoboot:  1\r\n" PEER_1S "Linux version 4.19\r\n"
                         "[    0.000000] Linux version 4.19\r\n[    0.000000] x86\r\n[    0.000000] BIOS\r\n",
                .after = "login",
                .after_ms = 5000},
               USUAL));
    assert_true(desk_login(&d));
    desk_clear(&d);
}

static void behaviour_61_a_first_boot_dialogue_is_not_answered_by_default(void **state)
{
    (void)state;
    struct desk d;
    desk_init(
        &d, STATES({.name = "poap",
                    .unsafe = true,
                    .prompt = "\r\nAbort Auto Provisioning and continue with normal setup ?(yes/no)[n]: "}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_FIRST_BOOT);
    desk_clear(&d);
}

static void behaviour_61_a_first_boot_dialogue_is_answered_where_allowed(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d,
              STATES({.name = "poap",
                      .prompt = "\r\nAbort Auto Provisioning and continue with normal setup ?(yes/no)[n]: ",
                      .rules = RULES({.typed = "yes", .times = 2}, {.typed = "yes", .next = "login"})},
                     USUAL));
    d.options.answer_first_boot = true;
    assert_true(desk_login(&d));
    assert_int_equal(peer_count(&d.peer, "poap|yes"), 3);
    desk_clear(&d);
}

static void behaviour_62_zero_touch_is_named(void **state)
{
    (void)state;
    struct desk d;
    desk_init(
        &d,
        STATES({.name = "ztp",
                .unsafe = true,
                .enter = "The device is in Zero Touch Provisioning mode and is attempting to download\r\n",
                .prompt = "\r\nlocalhost login: "}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_FIRST_BOOT);
    desk_clear(&d);
}

static void behaviour_64_a_forced_password_change_is_policy(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES(DESK_LOGIN,
                         {.name = "password",
                          .prompt = "Password: ",
                          .hidden = true,
                          .rules = RULES({.typed = "*", .next = "change"})},
                         {.name = "change",
                          .unsafe = true,
                          .enter = "You are required to change your password immediately\r\n",
                          .prompt = "Current password: "}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_LOGIN_POLICY);
    desk_clear(&d);
}

static void behaviour_32_an_unknown_question_gets_no_answer(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "ask", .unsafe = true, .prompt = "\r\nErase everything now? [yes/no]: "}));
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_QUESTION_UNKNOWN);
    assert_non_null(strstr(d.e.msg, "Erase everything now?"));
    desk_clear(&d);
}

static void a_known_question_is_answered_as_the_platform_says(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "ios",
                          .prompt = "\r\nPress RETURN to get started!",
                          .rules = RULES({.typed = "", .next = "login"})},
                         USUAL));
    assert_true(desk_login(&d));
    assert_true(rows_hold(&d, "answer question \n"));
    desk_clear(&d);
}

static void enable_password_goes_only_to_its_prompt(void **state)
{
    (void)state;
    struct desk d;
    desk_init(
        &d, STATES(DESK_LOGIN,
                   {.name = "password",
                    .prompt = "Password: ",
                    .hidden = true,
                    .rules = RULES({.typed = DESK_PASSWORD, .next = "exec"})},
                   {.name = "exec", .prompt = "tor01>", .rules = RULES({.typed = "enable", .next = "enpw"})},
                   {.name = "enpw",
                    .prompt = "Password: ",
                    .hidden = true,
                    .rules = RULES({.typed = DESK_ENABLE, .next = "enable"})},
                   DESK_ENABLE_STATE));
    assert_true(desk_login(&d));
    assert_int_equal(session_state(d.session), STATE_ENABLE);
    assert_int_equal(peer_count(&d.peer, "enpw|" DESK_ENABLE), 1);
    assert_string_equal(session_hostname(d.session), "tor01");
    desk_clear(&d);
}

static void without_an_enable_password_its_prompt_is_given_up(void **state)
{
    (void)state;
    struct desk d;
    desk_init(
        &d, STATES(DESK_LOGIN,
                   {.name = "password",
                    .prompt = "Password: ",
                    .hidden = true,
                    .rules = RULES({.typed = DESK_PASSWORD, .next = "exec"})},
                   {.name = "exec",
                    .prompt = "tor01>",
                    .rules = RULES({.typed = "enable", .next = "enpw"}, {.typed = "exit", .next = "login"})},
                   {.name = "enpw",
                    .prompt = "Password: ",
                    .hidden = true,
                    .rules = RULES({.typed = "", .reply = "% Bad secrets\r\n", .next = "exec"})}));
    d.credentials[0].enable_password = NULL;
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_LOGIN_FAIL);
    assert_int_equal(peer_count(&d.peer, "enpw|"), 1);
    assert_left(&d, "");
    assert_int_equal(peer_count(&d.peer, "exec|exit"), 1);
    desk_clear(&d);
}

static void a_direct_shell_comes_by_itself_and_is_not_logged_out(void **state)
{
    (void)state;
    struct console_driver driver = {.kind = "direct", .user = "{user}", .direct = true};
    struct console console = {.name = "tor01", .driver = &driver, .port = ""};
    struct desk d;
    desk_init(&d, STATES({.name = "start", .unsafe = true, .after = "enable", .after_ms = 700}, DESK_LOGIN,
                         DESK_ENABLE_STATE));
    d.options.console = &console;
    assert_true(desk_login(&d));
    assert_int_equal(strncmp(str_cstr(&d.peer.log), "enable|! ", 9), 0);
    assert_in_range(d.peer.clock.now_ms, 700, 700 + 250); /* one settle time, nothing else */
    desk_clear(&d);
}

static void a_refused_setting_is_noted_and_not_fatal(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d,
              STATES(DESK_LOGIN, DESK_PASSWORD_STATE,
                     {.name = "enable",
                      .prompt = "tor01#",
                      .rules = RULES({.typed = "terminal width 32767", .reply = "% Invalid input\r\n"})}));
    assert_true(desk_login(&d));
    assert_non_null(strstr(str_cstr(&d.notes), "terminal width 32767"));
    desk_clear(&d);
}

static void slow_lines_never_see_their_own_question_as_an_answer(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES(USUAL));
    d.peer.latency_ms =
        900; /* longer than the settle time: the old prompt stands there until the echo comes */
    assert_true(desk_login(&d));
    assert_int_equal(peer_count(&d.peer, "login|admin"), 1);
    assert_int_equal(peer_count(&d.peer, "password|" DESK_PASSWORD), 1);
    desk_clear(&d);
}

static void a_row_that_cannot_be_written_keeps_the_line_untouched(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES(USUAL));
    d.refuse_rows = true;
    assert_false(desk_login(&d));
    assert_int_equal(d.e.code, ERR_IO);
    assert_int_equal(d.peer.bytes.len, 0);
    desk_clear(&d);
}

static void a_wish_to_stop_ends_the_waiting(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES({.name = "dead", .mute = true}));
    d.raise_on = "wake unknown";
    assert_false(desk_login(&d));
    assert_int_equal(d.e.code, ERR_CANCELLED);
    assert_in_range(d.peer.clock.now_ms, 300, 900);
    desk_clear(&d);
}

static void behaviour_38_logs_out_only_at_the_proven_prompt(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES(USUAL));
    assert_true(desk_login(&d));
    assert_left(&d, "");
    assert_int_equal(peer_count(&d.peer, "enable|exit"), 1);
    desk_clear(&d);
}

static void behaviour_38_nothing_is_typed_into_a_switch_that_began_to_boot(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES(USUAL, {.name = "boot", .unsafe = true}));
    assert_true(desk_login(&d));
    peer_say(&d.peer, 0, "\r\nGNU GRUB  version 2.06\r\n");
    d.peer.state = &d.peer.states[3];
    assert_left(&d, "the session was left in state booting: nothing was typed");
    desk_clear(&d);
}

static void behaviour_38_an_unproven_session_is_left_and_said_so(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, STATES(USUAL, {.name = "odd", .unsafe = true}));
    assert_true(desk_login(&d));
    peer_say(&d.peer, 0, "\r\nsomething else: ");
    d.peer.state = &d.peer.states[3];
    assert_left(&d, "the session was left in state unknown: nothing was typed");
    desk_clear(&d);
}

static void a_wish_to_stop_in_the_middle_of_a_login_leaves_no_session_behind(void **state)
{
    (void)state;
    static const char *const moments[] = {"user login", "password password"};
    for (size_t i = 0; i < 2; i++) {
        struct desk d;
        desk_init(&d, STATES(USUAL));
        d.raise_on = moments[i];
        assert_false(desk_login(&d));
        assert_int_equal(d.e.code, ERR_CANCELLED);
        assert_left(&d, "");
        assert_int_equal(peer_count(&d.peer, "enable|exit"), i);
        assert_int_equal(peer_count(&d.peer, "password|"), 1 - i); /* the half login was given up */
        desk_clear(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_37_not_a_byte_while_the_switch_boots),
        cmocka_unit_test(a_switch_that_restarts_in_the_middle_of_a_login_refused_nothing),
        cmocka_unit_test(behaviour_37_a_loader_is_named_and_left_alone),
        cmocka_unit_test(behaviour_37_a_boot_that_never_ends_is_only_listened_to),
        cmocka_unit_test(behaviour_60_the_same_milestone_three_times_is_a_boot_loop),
        cmocka_unit_test(behaviour_60_one_boot_that_repeats_itself_is_no_loop),
        cmocka_unit_test(behaviour_61_a_first_boot_dialogue_is_not_answered_by_default),
        cmocka_unit_test(behaviour_61_a_first_boot_dialogue_is_answered_where_allowed),
        cmocka_unit_test(behaviour_62_zero_touch_is_named),
        cmocka_unit_test(behaviour_64_a_forced_password_change_is_policy),
        cmocka_unit_test(behaviour_32_an_unknown_question_gets_no_answer),
        cmocka_unit_test(a_known_question_is_answered_as_the_platform_says),
        cmocka_unit_test(enable_password_goes_only_to_its_prompt),
        cmocka_unit_test(without_an_enable_password_its_prompt_is_given_up),
        cmocka_unit_test(a_direct_shell_comes_by_itself_and_is_not_logged_out),
        cmocka_unit_test(a_refused_setting_is_noted_and_not_fatal),
        cmocka_unit_test(slow_lines_never_see_their_own_question_as_an_answer),
        cmocka_unit_test(a_row_that_cannot_be_written_keeps_the_line_untouched),
        cmocka_unit_test(a_wish_to_stop_ends_the_waiting),
        cmocka_unit_test(a_wish_to_stop_in_the_middle_of_a_login_leaves_no_session_behind),
        cmocka_unit_test(behaviour_38_logs_out_only_at_the_proven_prompt),
        cmocka_unit_test(behaviour_38_nothing_is_typed_into_a_switch_that_began_to_boot),
        cmocka_unit_test(behaviour_38_an_unproven_session_is_left_and_said_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
