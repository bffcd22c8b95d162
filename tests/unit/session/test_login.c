/* Getting in: behaviours 1 to 12 of real consoles, first boot, boot loaders, and leaving (38). */
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
    desk_init(&d, STATES({.name = "boot",
                          .unsafe = true,
                          .enter = "Hit any key to stop autoboot:  3\r\n" PEER_1S "Hit any key to stop autoboot:  2\r\n" PEER_1S
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
        cmocka_unit_test(behaviour_37_not_a_byte_while_the_switch_boots),
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
        cmocka_unit_test(behaviour_38_logs_out_only_at_the_proven_prompt),
        cmocka_unit_test(behaviour_38_nothing_is_typed_into_a_switch_that_began_to_boot),
        cmocka_unit_test(behaviour_38_an_unproven_session_is_left_and_said_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
