/* First boot (61 to 66): every spelling is known and none is answered; which personality answers is named; answers and AAA (32, 33, 36). */
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
#define USUAL DESK_LOGIN, DESK_PASSWORD_STATE, DESK_ENABLE_STATE

struct spelling {
    const char *enter, *prompt;
    enum failure failure;
    const char *says; /* of what answers there; NULL */
};

/* Each is met as the first thing on the line, with nothing allowed to be typed. */
static void meet(const struct spelling *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct desk d;
        desk_init(
            &d, STATES({.name = "first", .unsafe = true, .enter = list[i].enter, .prompt = list[i].prompt}));
        d.options.answer_first_boot = true; /* even then: no answer is known */
        assert_false(desk_login(&d));
        if (d.e.failure != list[i].failure || (list[i].says && !strstr(d.e.msg, list[i].says)))
            fail_msg("%zu: %s: %s", i, failure_info(d.e.failure)->name, d.e.msg);
        assert_int_equal(d.peer.bytes.len, 0);
        desk_clear(&d);
    }
}
#define MEET(list) meet(list, sizeof(list) / sizeof *(list))

static void behaviour_61_poap_in_each_spelling_bare_and_inside_log_lines(void **state)
{
    (void)state;
    static const struct spelling list[] = {
        {NULL,
         "\r\nAbort Power On Auto Provisioning [yes - continue with normal setup, skip - bypass password and "
         "basic "
         "configuration, no - continue with Power On Auto Provisioning] (yes/skip/no)[no]: ",
         FAILURE_FIRST_BOOT, "NX-OS as it left the factory"},
        {NULL, "\r\nSystem is not fully online. Skip POAP? (yes/no)[n]: ", FAILURE_FIRST_BOOT, NULL},
        {"2026 Jan  1 00:00:00 switch %$ VDC-1 %$ %POAP-2-POAP_INFO: - Abort Power On Auto Provisioning [yes "
         "- "
         "continue with normal setup, skip - bypass password and basic configuration, no - continue with "
         "Power On "
         "Auto Provisioning] (yes/skip/no)[no]:\r\n",
         NULL, FAILURE_FIRST_BOOT, "NX-OS as it left the factory"},
        {"2026 Jan  1 00:00:00 switch %$ VDC-1 %$ %POAP-2-POAP_INFO: Abort Auto Provisioning and continue "
         "with normal "
         "setup ?(yes/no)[n]:\r\n",
         NULL, FAILURE_FIRST_BOOT, NULL},
    };
    MEET(list);
}

static void behaviour_61_what_follows_poap_is_known_too(void **state)
{
    (void)state;
    static const struct spelling list[] = {
        {NULL, "\r\nDo you want to enforce secure password standard (yes/no) [y]: ", FAILURE_FIRST_BOOT,
         NULL},
        {NULL, "\r\n  Enter the password for \"admin\": ", FAILURE_FIRST_BOOT, NULL},
        {NULL, "\r\nEnter the password for \"admin\": ", FAILURE_FIRST_BOOT, NULL},
        {NULL, "\r\nConfirm the password for \"admin\": ", FAILURE_FIRST_BOOT, NULL},
        {NULL, "\r\nWould you like to enter the basic configuration dialog (yes/no): ", FAILURE_FIRST_BOOT,
         NULL},
    };
    MEET(list);
}

static void behaviour_62_ios_setup_dialogues_are_known(void **state)
{
    (void)state;
    static const struct spelling list[] = {
        {NULL, "\r\nWould you like to enter the initial configuration dialog? [yes/no]: ", FAILURE_FIRST_BOOT,
         "IOS as it left the factory"},
        {NULL, "\r\nWould you like to terminate autoinstall? [yes]: ", FAILURE_FIRST_BOOT, NULL},
        {NULL, "\r\n  Enter enable secret: ", FAILURE_FIRST_BOOT, NULL},
        {NULL, "\r\nEnter your selection [2]: ", FAILURE_FIRST_BOOT, NULL},
    };
    MEET(list);
}

static void behaviour_62_zero_touch_of_eos_is_never_cancelled(void **state)
{
    (void)state;
    static const struct spelling list[] = {
        {"The device is in Zero Touch Provisioning mode and is attempting to\r\ndownload the startup-config "
         "from a remote "
         "system. The device will not be\r\nfully functional until either a valid startup-config is "
         "downloaded\r\nfrom a "
         "remote system or Zero Touch Provisioning is cancelled.\r\n\r\nTo cancel Zero Touch Provisioning, "
         "login as admin "
         "and type\r\n'zerotouch cancel' at the CLI. Alternatively, to disable Zero Touch\r\nProvisioning "
         "permanently, "
         "type 'zerotouch disable' at the CLI.\r\nNote: The device will reload when these commands are "
         "issued.\r\n",
         "\r\nlocalhost login: ", FAILURE_FIRST_BOOT, "EOS as it left the factory"},
    };
    MEET(list);
}

static void behaviour_63_amnesiac_is_junos_as_it_left_the_factory(void **state)
{
    (void)state;
    static const struct spelling list[] = {
        {"\r\nAmnesiac (ttyd0)\r\n\r\n", "login: ", FAILURE_FIRST_BOOT, "Junos as it left the factory"},
        {"\r\nAmnesiac (ttyu0)\r\n\r\n", "login: ", FAILURE_FIRST_BOOT, NULL},
        {"Auto Image Upgrade: DHCP INET Client Bound interfaces : \r\n", NULL, FAILURE_FIRST_BOOT, NULL},
    };
    MEET(list);
}

static void behaviour_64_a_forced_password_change_is_policy_in_each_spelling(void **state)
{
    (void)state;
    static const struct spelling list[] = {
        {"You are required to change your password immediately (administrator enforced).\r\n",
         "Current password: ", FAILURE_LOGIN_POLICY, NULL},
        {"WARNING: Your password has expired.\r\n", "(current) UNIX password: ", FAILURE_LOGIN_POLICY, NULL},
        {NULL, "\r\nNew password: ", FAILURE_LOGIN_POLICY, NULL},
        {NULL, "\r\nEnter new password: ", FAILURE_LOGIN_POLICY, NULL},
        {NULL, "\r\nRetype new password: ", FAILURE_LOGIN_POLICY, NULL},
    };
    MEET(list);
}

static void behaviour_65_onie_is_a_loader_and_named(void **state)
{
    (void)state;
    static const struct spelling list[] = {
        {"ONIE: Starting ONIE Service Discovery\r\n", NULL, FAILURE_BOOT_LOADER,
         "ONIE, so no network operating system"},
        {"\r\nPlease press Enter to activate this console. ", NULL, FAILURE_BOOT_LOADER, "onie-stop"},
        {NULL, "ONIE:/ # ", FAILURE_BOOT_LOADER, "ONIE, so no network operating system"},
    };
    MEET(list);
}

static void behaviour_66_what_answers_is_named_loader_or_controller(void **state)
{
    (void)state;
    static const struct spelling list[] = {
        {NULL, "=> ", FAILURE_BOOT_LOADER, "U-Boot, the boot loader"},
        {NULL, "grub> ", FAILURE_BOOT_LOADER, "GRUB, the boot loader"},
        {NULL, "Aboot# ", FAILURE_BOOT_LOADER, "Aboot, the boot loader of Arista switches"},
        {NULL, "loader > ", FAILURE_BOOT_LOADER, "boot loader of a Cisco NX-OS"},
        {NULL, "rommon 1 > ", FAILURE_BOOT_LOADER, "boot loader of a Cisco IOS"},
    };
    MEET(list);
}

static void behaviour_66_a_login_that_is_refused_names_whose_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *enter, *prompt, *says;
    } cases[] = {
        {NULL, "\r\nobmc login: ", "management controller (BMC)"},
        {"Phosphor OpenBMC 2.14 switch ttyS4\r\n", "\r\nswitch login: ", "management controller (BMC)"},
        {"Debian GNU/Linux 11 sonic ttyS0\r\n", "\r\nsonic login: ", "looks like SONiC"},
        {NULL, "\r\ncumulus login: ", "looks like Cumulus Linux"},
        {"User Access Verification\r\n", "\r\nsw1 login: ", "a Cisco switch"},
        {NULL, "\r\nlocalhost login: ", "without a configuration"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk d;
        desk_init(
            &d,
            STATES({.name = "login",
                    .enter = cases[i].enter,
                    .prompt = cases[i].prompt,
                    .rules = RULES({.typed = "", .reply = NULL}, {.typed = "*", .next = "password"})},
                   {.name = "password",
                    .prompt = "Password: ",
                    .hidden = true,
                    .rules = RULES({.typed = "*", .reply = "\r\nLogin incorrect\r\n", .next = "login"})}));
        assert_false(desk_login(&d));
        assert_int_equal(d.e.failure, FAILURE_LOGIN_FAIL);
        if (!strstr(d.e.msg, cases[i].says))
            fail_msg("\"%s\" is not in: %s", cases[i].says, d.e.msg);
        desk_clear(&d);
    }
}

static void behaviour_32_an_unknown_question_is_quoted_and_never_answered(void **state)
{
    (void)state;
    static const struct spelling list[] = {
        {NULL, "\r\nFormat the flash now? [confirm]", FAILURE_QUESTION_UNKNOWN,
         "Format the flash now? [confirm]"},
        {NULL, "\r\nAccept the licence (y/n)? ", FAILURE_QUESTION_UNKNOWN, "Accept the licence (y/n)?"},
        {NULL, "\r\nOverwrite file [startup-config]?: ", FAILURE_QUESTION_UNKNOWN, "Overwrite file"},
    };
    MEET(list);
}

static void answering(struct desk *d, const char *word)
{
    for (size_t i = 0; i < d->dialect->first_boot.count; i++)
        if (d->dialect->first_boot.items[i].send)
            d->dialect->first_boot.items[i].send = word;
    d->options.answer_first_boot = true;
}

#define ASKS "\r\nAbort Auto Provisioning and continue with normal setup ?(yes/no)[n]: "

static void behaviour_33_an_answer_is_typed_in_the_platforms_own_case_and_word(void **state)
{
    (void)state;
    static const char *const words[] = {"yes", "YES", "y", "no", "n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const struct peer_rule rules[] = {
            {.typed = words[i], .next = "login"}, {.typed = "*", .next = "wrong"}, {0}};
        struct desk d;
        desk_init(&d, STATES({.name = "poap", .prompt = ASKS, .rules = rules},
                             {.name = "wrong", .prompt = "\r\nPlease answer yes or no: ", .unsafe = true},
                             USUAL));
        answering(&d, words[i]);
        if (!desk_login(&d))
            fail_msg("%s: %s", words[i], d.e.msg);
        desk_clear(&d);
    }
}

static void behaviour_33_a_word_that_is_not_taken_is_not_varied(void **state)
{
    (void)state;
    struct desk d;
    desk_init(
        &d,
        STATES({.name = "poap", .prompt = ASKS, .rules = RULES({.typed = "yes", .next = "wrong"})},
               {.name = "wrong", .prompt = "\r\nPlease answer with the whole word (y/n): ", .unsafe = true}));
    answering(&d, "yes");
    assert_false(desk_login(&d));
    assert_int_equal(d.e.failure, FAILURE_QUESTION_UNKNOWN);
    desk_clear(&d);
}

static void behaviour_36_slow_authorisation_is_named(void **state)
{
    (void)state;
    struct desk d;
    struct answer a = {.status = ANSWER_OK};
    desk_init(&d, STATES(DESK_LOGIN, DESK_PASSWORD_STATE,
                         {.name = "enable",
                          .prompt = "tor01#",
                          .rules = RULES({.typed = "terminal length 0", .delay_ms = 5000},
                                         {.typed = "terminal width 32767", .delay_ms = 5000},
                                         {.typed = "show version", .delay_ms = 5000, .reply = DESK_VERSION},
                                         {.typed = "show inventory", .delay_ms = 50000},
                                         {.typed = "exit", .next = "login"})}));
    assert_true(desk_login(&d));
    assert_true(desk_query(&d, "version", &a));
    answer_clear(&a);
    assert_non_null(
        strstr(str_cstr(&d.notes), "began its answer 5 s later: the switch may wait for an AAA server"));
    assert_false(desk_query(&d, "inventory", &a));
    assert_int_equal(d.e.failure, FAILURE_COMMAND_TIMEOUT);
    assert_non_null(strstr(d.e.msg, "AAA server (TACACS+) that is slow or down"));
    answer_clear(&a);
    desk_clear(&d);
}

static void behaviour_36_a_quick_switch_is_not_suspected(void **state)
{
    (void)state;
    struct desk d;
    struct answer a = {.status = ANSWER_OK};
    desk_init(&d, STATES(USUAL));
    d.peer.baud = 9600;
    d.peer.latency_ms = 3000; /* a slow line delays the echo as well */
    assert_true(desk_login(&d));
    for (unsigned i = 0; i < 4; i++) {
        assert_true(desk_query(&d, "version", &a));
        answer_clear(&a);
    }
    assert_null(strstr(str_cstr(&d.notes), "AAA"));
    desk_clear(&d);
}

static void behaviour_36_refused_authorisation_is_named(void **state)
{
    (void)state;
    struct desk d;
    struct answer a = {.status = ANSWER_OK};
    desk_init(&d, STATES(DESK_LOGIN, DESK_PASSWORD_STATE,
                         {.name = "enable",
                          .prompt = "tor01#",
                          .rules = RULES({.typed = "show version",
                                          .reply = "% Authorization denied for command 'show version'\r\n"},
                                         {.typed = "exit", .next = "login"})}));
    assert_true(desk_login(&d));
    assert_false(desk_query(&d, "version", &a));
    assert_int_equal(d.e.failure, FAILURE_COMMAND_REJECTED);
    assert_non_null(strstr(d.e.msg, "AAA server"));
    answer_clear(&a);
    desk_clear(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_61_poap_in_each_spelling_bare_and_inside_log_lines),
        cmocka_unit_test(behaviour_61_what_follows_poap_is_known_too),
        cmocka_unit_test(behaviour_62_ios_setup_dialogues_are_known),
        cmocka_unit_test(behaviour_62_zero_touch_of_eos_is_never_cancelled),
        cmocka_unit_test(behaviour_63_amnesiac_is_junos_as_it_left_the_factory),
        cmocka_unit_test(behaviour_64_a_forced_password_change_is_policy_in_each_spelling),
        cmocka_unit_test(behaviour_65_onie_is_a_loader_and_named),
        cmocka_unit_test(behaviour_66_what_answers_is_named_loader_or_controller),
        cmocka_unit_test(behaviour_66_a_login_that_is_refused_names_whose_it_is),
        cmocka_unit_test(behaviour_32_an_unknown_question_is_quoted_and_never_answered),
        cmocka_unit_test(behaviour_33_an_answer_is_typed_in_the_platforms_own_case_and_word),
        cmocka_unit_test(behaviour_33_a_word_that_is_not_taken_is_not_varied),
        cmocka_unit_test(behaviour_36_slow_authorisation_is_named),
        cmocka_unit_test(behaviour_36_a_quick_switch_is_not_suspected),
        cmocka_unit_test(behaviour_36_refused_authorisation_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
