/* What a line means: prompts with adversarial host names, questions, and the banners that silence a session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "helpers/support_dialect.h"
#include "session/echo.h"
#include "session/matcher.h"

static int setup(void **state)
{
    *state = dialect_for_tests();
    return 0;
}

static int teardown(void **state)
{
    dialect_free(*state);
    return 0;
}

static enum state prompt_state(const struct dialect *d, const char *text)
{
    const struct prompt *p = match_prompt(d, text, strlen(text));
    return p ? p->state : STATE_UNKNOWN;
}

static void behaviour_26_host_names_of_every_shape_keep_their_mode(void **state)
{
    static const struct {
        const char *line;
        enum state want;
    } cases[] = {
        {"tor01-o#", STATE_ENABLE},
        {"rack7-frog#", STATE_ENABLE},
        {"switch-con#", STATE_ENABLE},
        {"config#", STATE_ENABLE},
        {"tor(s1)#", STATE_ENABLE},
        {"tor(maint-mode)#", STATE_ENABLE},
        {"localhost(config)#", STATE_CONFIG},
        {"tor(config-if-Et1)#", STATE_CONFIG},
        {"tor(s1)(config)#", STATE_CONFIG},
        {"login>", STATE_EXEC},
        {"tor01>", STATE_EXEC},
        {"Aboot#", STATE_LOADER},
        {"tor01 login: ", STATE_LOGIN},
        {"tor01 login:", STATE_LOGIN},
        {"Password:", STATE_PASSWORD},
        {"Password: ", STATE_PASSWORD},
        {"tor01#    ", STATE_ENABLE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(state_name(prompt_state(*state, cases[i].line)), state_name(cases[i].want));
}

static void behaviour_27_these_are_no_prompts(void **state)
{
    static const char *const lines[] = {"[####",
                                        "## comment",
                                        ">",
                                        "> ",
                                        "#",
                                        "tor01#show version",
                                        "Last login: Sat",
                                        "login[3456]:",
                                        "Failed login: 3",
                                        "Password strength: ok>x y",
                                        "a b#",
                                        " tor01#",
                                        "",
                                        "   ",
                                        "########## rule ##",
                                        "http://motd.example/ welcome>",
                                        "100%[=====>"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_string_equal(state_name(prompt_state(*state, lines[i])), "unknown");
}

static void behaviour_32_the_shapes_of_questions(void **state)
{
    (void)state;
    static const char *const questions[] = {
        "Proceed with reload? [confirm]",
        "Proceed with reload?[confirm]:",
        "System configuration has been modified. Save? [yes/no]:",
        "This command will reboot the system. (y/n)?  [n]",
        "Address or name of remote host []? ",
        "Destination filename [x]? ",
        "Enter your selection [2]: ",
        "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
        "Exit with uncommitted changes? [yes,no] (yes)",
        "Continue? [y/n]:",
        "...Are you sure? [Y/N]:",
        "Skip POAP? (yes/no)[n]:"};
    static const char *const others[] = {"tor01#", "Interface Ethernet1 [up]", "rate (bits/sec)", "", "?",
                                         "row 3",  "cost [110/20] via"};
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        assert_true(match_question(questions[i], strlen(questions[i])));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(match_question(others[i], strlen(others[i])));
}

static void behaviour_37_boot_banners_are_known_and_their_look_alikes_are_not(void **state)
{
    (void)state;
    static const char *const banners[] = {"Press Control-C now to enter Aboot shell",
                                          "Aboot#",
                                          "Aboot# ",
                                          "Booting flash:sonic ...",
                                          "Loading Linux 6.1.0 ...",
                                          "GNU GRUB  version 2.06",
                                          "grub rescue> ",
                                          "grub>",
                                          "Hit any key to stop autoboot:  3",
                                          "autoboot in 5 seconds",
                                          "ONIE: Starting ONIE Service Discovery",
                                          "Please press Enter to activate this console",
                                          "loader > ",
                                          "rommon 1 >",
                                          "rommon>",
                                          "switch:",
                                          "U-Boot 2019.01-gabc",
                                          "[    0.000000] Linux version 4.19",
                                          "tor01 login: [    0.000000] Linux version 4.19",
                                          "SeaBIOS (version 1.16.2-debian-1.16.2-1)",
                                          "Aboot 6.1.2-4757975",
                                          "ONIE:/ # ",
                                          "=> ",
                                          "Marvell>>",
                                          "Preparing to autoboot. [Press Ctrl-C to interrupt]  0",
                                          "Press Ctrl+B to enter BIOS menu",
                                          "Press Ctrl-B to enter Extended Boot menu...0",
                                          "Restarting system."};
    static const char *const others[] = {"sonic-aboot-broadcom.swi",
                                         "ONIE Version         : 2020.11",
                                         "Loading configuration",
                                         "Reloading service",
                                         "tor01#",
                                         "Aboot-version: 6.1.2",
                                         "Booting",
                                         "Uptime: 1 week",
                                         "boot system flash:/EOS.swi",
                                         "switch01#",
                                         "loader version 1.2",
                                         "GRUB",
                                         "Linux tor01 4.19.0",
                                         "Software image version: 4.28.3M",
                                         "Hit count: 5"};
    const struct sign_list *list = dialect_common_booting();
    for (size_t i = 0; i < sizeof banners / sizeof *banners; i++) {
        if (!match_any(list, banners[i], strlen(banners[i]), NULL))
            printf("# not known: %s\n", banners[i]);
        assert_non_null(match_any(list, banners[i], strlen(banners[i]), NULL));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (match_any(list, others[i], strlen(others[i]), NULL))
            printf("# taken for a banner: %s\n", others[i]);
        assert_null(match_any(list, others[i], strlen(others[i]), NULL));
    }
}

static void loaders_are_told_from_milestones(void **state)
{
    (void)state;
    static const char *const loaders[] = {"Aboot#", "grub rescue> ", "loader > ", "rommon 1 >", "=> "};
    for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++)
        assert_int_equal(match_any(dialect_common_booting(), loaders[i], strlen(loaders[i]), NULL)->failure,
                         FAILURE_BOOT_LOADER);
    assert_int_equal(match_any(dialect_common_booting(), "Booting flash:x", 15, NULL)->failure, FAILURE_NONE);
}

static void half_typed_commands_are_seen(void **state)
{
    assert_true(match_typed(*state, "tor01#reload", 12));
    assert_true(match_typed(*state, "tor01(config)#no router bgp", 27));
    assert_false(match_typed(*state, "tor01#", 6));
    assert_false(match_typed(*state, "tor01#  ", 8));
    assert_false(match_typed(*state, "some text # more", 16));
    assert_true(match_login_line(*state, "tor01 login: admin", 18));
    assert_false(match_login_line(*state, "tor01 login: ", 13));
    assert_false(match_login_line(*state, "Last login: Sat", 15));
}

static void an_echo_is_whole_part_or_none(void **state)
{
    (void)state;
    struct str prompt = {0}, raw = {0};
    str_add_cstr(&prompt, "tor01#");
    str_add_cstr(&raw, "show ver");
    assert_int_equal(echo_judge("show version", &prompt, "tor01#show ver", 14, &raw), ECHO_PART);
    str_add_cstr(&raw, "\r\nsion");
    assert_int_equal(echo_judge("show version", &prompt, "sion", 4, &raw), ECHO_WHOLE);
    str_add_cstr(&raw, "x");
    assert_int_equal(echo_judge("show version", &prompt, "sionx", 5, &raw), ECHO_NOT);
    assert_int_equal(echo_judge("show version", &prompt, "tor01#show versions", 19, &(struct str){0}),
                     ECHO_NOT);
    assert_int_equal(echo_judge("show version", &prompt, "tor01#$version", 14, &(struct str){0}), ECHO_WHOLE);
    assert_int_equal(echo_judge("show version", &prompt, "tor01#$n", 8, &(struct str){0}), ECHO_NOT);
    str_clear(&prompt);
    str_clear(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_26_host_names_of_every_shape_keep_their_mode),
        cmocka_unit_test(behaviour_27_these_are_no_prompts),
        cmocka_unit_test(behaviour_32_the_shapes_of_questions),
        cmocka_unit_test(behaviour_37_boot_banners_are_known_and_their_look_alikes_are_not),
        cmocka_unit_test(loaders_are_told_from_milestones),
        cmocka_unit_test(half_typed_commands_are_seen),
        cmocka_unit_test(an_echo_is_whole_part_or_none),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
