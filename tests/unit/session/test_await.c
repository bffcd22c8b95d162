/* Watching a switch boot (behaviours 57, 58, 60, 62): milestones with their own times, loops, loaders; not one byte is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "helpers/support_desk.h"
#include "session/change.h"
#include "session/inner.h"

enum { MINUTE = 60 * 1000 };

static struct boot_milestone milestones[] = {
    {.name = "loader", .within_ms = 3 * MINUTE},
    {.name = "kernel", .within_ms = 2 * MINUTE},
    {.name = "init", .within_ms = 2 * MINUTE},
    {.name = "login", .within_ms = 5 * MINUTE},
};
static const struct boot_plan plan = {milestones, 4, 4 * MINUTE, 20 * MINUTE};

static void compile(void)
{
    static const char *const patterns[] = {"^Aboot \\d", "^\\[ *0\\.0+\\] Linux version", "^Welcome to ",
                                           "login: $"};
    for (size_t i = 0; i < 4; i++)
        milestones[i].regex = regex_new(patterns[i], REGEX_BYTES, NULL);
}

#define LOADER PEER_10S "Aboot 6.1.0-13\r\n"
#define KERNEL PEER_10S "[    0.000000] Linux version 4.19\r\n"
#define INIT   PEER_10S "Welcome to EOS\r\n"

static struct peer_state boots[] = {
    {.name = "boot", .unsafe = true, .mute = true},
    {0},
};

static bool await(struct desk *d, const char *text, const char *prompt, struct boot_report *report)
{
    boots[0].enter = text;
    boots[0].prompt = prompt;
    desk_init(d, boots);
    assert_true(desk_open(d));
    return session_await_boot(d->session, &plan, NULL, report, &d->e);
}

static void finish(struct desk *d)
{
    assert_int_equal(d->peer.bytes.len, 0);
    desk_clear(d);
}

static void a_boot_ends_at_its_login_prompt_b58(void **state)
{
    (void)state;
    struct desk d;
    struct boot_report r;
    bool ok = await(&d, LOADER KERNEL INIT PEER_10S, "\r\ntor01 login: ", &r);
    if (!ok)
        print_message("# %s\n", d.e.msg);
    assert_true(ok);
    assert_true(r.login);
    assert_string_equal(r.reached, "login");
    assert_int_equal(r.starts, 1);
    assert_in_range(r.took_ms, 40000, 41000);
    finish(&d);
}

static void a_milestone_that_was_not_seen_is_no_failure(void **state)
{
    (void)state;
    struct desk d;
    struct boot_report r;
    assert_true(await(&d, LOADER INIT PEER_10S, "\r\ntor01 login: ", &r));
    finish(&d);
}

static void what_is_late_is_named_b58(void **state)
{
    (void)state;
    static const char keeps_talking[] = LOADER KERNEL
        "a\r\n" PEER_10S PEER_10S PEER_10S PEER_10S PEER_10S
        "b\r\n" PEER_10S PEER_10S PEER_10S PEER_10S PEER_10S PEER_10S PEER_10S PEER_10S PEER_10S "c\r\n";
    struct desk d;
    struct boot_report r;
    assert_false(await(&d, keeps_talking, NULL, &r));
    assert_int_equal(d.e.failure, FAILURE_REBOOT_TIMEOUT);
    assert_non_null(strstr(d.e.msg, "\"kernel\""));
    assert_non_null(strstr(d.e.msg, "init was to come"));
    assert_string_equal(r.reached, "kernel");
    assert_false(r.login);
    assert_in_range(r.took_ms, 2 * MINUTE + 20000, 2 * MINUTE + 21000);
    finish(&d);
}

static void a_switch_that_says_nothing_at_all_is_given_up(void **state)
{
    (void)state;
    struct boot_plan silent = {NULL, 0, 4 * MINUTE, 0};
    struct desk d;
    struct boot_report r;
    boots[0].enter = boots[0].prompt = NULL;
    desk_init(&d, boots);
    assert_true(desk_open(&d));
    assert_false(session_await_boot(d.session, &silent, NULL, &r, &d.e));
    assert_int_equal(d.e.failure, FAILURE_REBOOT_TIMEOUT);
    assert_in_range(r.took_ms, 4 * MINUTE, 4 * MINUTE + 1000);
    finish(&d);
}

/* The first prompt after a reload may still be the old system's. */
static void a_login_prompt_before_any_sign_of_a_restart_is_the_old_one_b57(void **state)
{
    (void)state;
    struct desk d;
    struct boot_report r;
    assert_false(await(&d, NULL, "\r\ntor01 login: ", &r));
    assert_int_equal(d.e.failure, FAILURE_REBOOT_TIMEOUT);
    finish(&d);
    assert_true(
        await(&d, "\r\ntor01 login: " PEER_10S "\r\n" LOADER KERNEL INIT PEER_10S, "\r\ntor01 login: ", &r));
    assert_in_range(r.took_ms, 50000, 51000);
    finish(&d);
}

static void a_switch_that_starts_three_times_boots_in_a_loop_b60(void **state)
{
    (void)state;
    struct desk d;
    struct boot_report r;
    assert_false(await(&d, LOADER KERNEL LOADER KERNEL LOADER KERNEL INIT, "\r\ntor01 login: ", &r));
    assert_int_equal(d.e.failure, FAILURE_BOOT_LOOP);
    assert_int_equal(r.starts, 3);
    finish(&d);
}

/* An upgrade may restart twice, and one boot may start two kernels. */
static void two_starts_are_no_loop_b55(void **state)
{
    (void)state;
    struct desk d;
    struct boot_report r;
    bool ok = await(&d, LOADER KERNEL KERNEL LOADER KERNEL KERNEL INIT, "\r\ntor01 login: ", &r);
    if (!ok)
        print_message("# %s\n", d.e.msg);
    assert_true(ok);
    assert_int_equal(r.starts, 2);
    finish(&d);
}

static void a_boot_loader_that_waits_is_named(void **state)
{
    (void)state;
    static const char *const prompts[] = {"Aboot# ", "grub> ", "=> ", "rommon 1 >", "loader > "};
    for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
        struct desk d;
        struct boot_report r;
        assert_false(await(&d, LOADER, prompts[i], &r));
        if (d.e.failure != FAILURE_BOOT_LOADER)
            fail_msg("%s: %s", prompts[i], d.e.msg);
        finish(&d);
    }
}

static void a_first_boot_dialogue_is_named_and_not_answered_b62(void **state)
{
    (void)state;
    static const char *const prompts[] = {
        "Would you like to enter the initial configuration dialog? [yes/no]: ",
        "Abort Auto Provisioning and continue with normal setup ?(yes/no)[n]: "};
    for (size_t i = 0; i < 2; i++) {
        struct desk d;
        struct boot_report r;
        assert_false(await(&d, LOADER KERNEL INIT, prompts[i], &r));
        assert_int_equal(d.e.failure, FAILURE_FIRST_BOOT);
        finish(&d);
    }
}

/* IOS-XE ends its boot with a finished line and waits for a return, which the login's wake-up is. */
static void a_boot_that_waits_for_a_return_is_over(void **state)
{
    (void)state;
    static struct peer_state whole[] = {
        {.name = "boot",
         .enter = LOADER KERNEL INIT PEER_10S "\r\nPress RETURN to get started!\r\n\r\n",
         .after = "waits",
         .after_ms = 10,
         .unsafe = true},
        {.name = "waits"},
        {.name = "login", .prompt = "\r\ntor01 login: "},
        {.name = "password", .prompt = "Password: ", .hidden = true},
        {.name = "enable", .prompt = "tor01#"},
        {0}};
    static const struct peer_rule wakes[] = {{.typed = "", .next = "login"}, {0}};
    struct sign ready = {.text = "ready",
                         .regex = regex_new("^Press RETURN to get started", REGEX_BYTES, NULL)};
    whole[1].rules = wakes;
    whole[2].rules = DESK_LOGIN_RULES;
    whole[3].rules = DESK_PASSWORD_RULES;
    whole[4].rules = DESK_ENABLE_RULES;
    struct desk d;
    struct boot_report r;
    desk_init(&d, whole);
    d.dialect->ready = (struct sign_list){&ready, 1};
    assert_true(desk_open(&d));
    bool ok = session_await_boot(d.session, &plan, NULL, &r, &d.e);
    if (!ok)
        print_message("# %s\n", d.e.msg);
    assert_true(ok);
    assert_int_equal(d.peer.bytes.len, 0);
    assert_true(desk_login(&d));
    desk_clear(&d);
    /* The same where the login itself meets the boot. */
    whole[0].enter = "Aboot 6.1.0-13\r\n" KERNEL INIT PEER_10S "\r\nPress RETURN to get started!\r\n\r\n";
    desk_init(&d, whole);
    d.dialect->ready = (struct sign_list){&ready, 1};
    ok = desk_login(&d);
    if (!ok)
        print_message("# %s\n", d.e.msg);
    assert_true(ok);
    desk_clear(&d);
    regex_free(ready.regex);
}

static void a_line_that_breaks_is_lost_where_the_console_is_not_known(void **state)
{
    (void)state;
    static struct peer_state closes[] = {{.name = "boot", .enter = LOADER, .closes = true, .unsafe = true},
                                         {0}};
    struct desk d;
    struct boot_report r;
    desk_init(&d, closes);
    assert_true(desk_open(&d));
    assert_false(session_await_boot(d.session, &plan, NULL, &r, &d.e));
    assert_int_equal(d.e.failure, FAILURE_CONSOLE_LOST);
    finish(&d);
}

struct opener {
    struct desk *d;
    unsigned times, refusals;
};

static struct transport *open_again(void *ctx, const struct uri *uri, const struct transport_options *options,
                                    struct err *e)
{
    struct opener *o = ctx;
    (void)uri;
    (void)options;
    if (o->times++ < o->refusals) {
        err_fail(e, ERR_CLOSED, FAILURE_OOB_CONNECT_FAIL, "refused");
        return NULL;
    }
    if (o->times > 1)
        peer_reconnect(&o->d->peer, "later");
    return peer_transport(&o->d->peer);
}

/* A console server that drops its session when the line goes down: the same console is opened again, which is another epoch. */
static void a_console_that_was_dropped_meanwhile_is_opened_again(void **state)
{
    (void)state;
    static struct peer_state drops[] = {
        {.name = "boot", .enter = LOADER, .closes = true, .unsafe = true},
        {.name = "later", .enter = KERNEL INIT PEER_10S, .prompt = "\r\ntor01 login: ", .unsafe = true},
        {0}};
    struct desk d;
    struct boot_report r;
    desk_init(&d, drops);
    struct opener opener = {.d = &d, .refusals = 3};
    struct console console = {.name = "cs1 port 7", .options = {.clock = &d.peer.clock}};
    d.options.console = &console;
    d.options.open = open_again;
    d.options.open_ctx = &opener;
    assert_true(desk_open(&d));
    uint64_t epoch = session_epoch(d.session);
    bool ok = session_await_boot(d.session, &plan, NULL, &r, &d.e);
    if (!ok)
        print_message("# %s\n", d.e.msg);
    assert_true(ok);
    assert_int_equal(opener.times, 4);
    assert_true(session_epoch(d.session) > epoch);
    assert_non_null(strstr(str_cstr(&d.notes), "opening the same console again"));
    finish(&d);
}

struct told {
    char names[200];
};

static void hear_progress(void *ctx, const struct change_progress *p)
{
    struct told *t = ctx;
    if (!strstr(t->names, p->about))
        snprintf(t->names + strlen(t->names), sizeof t->names - strlen(t->names), "%s ", p->about);
}

static void progress_tells_the_milestone(void **state)
{
    (void)state;
    struct told told = {""};
    struct change_watch watch = {&told, hear_progress};
    struct desk d;
    struct boot_report r;
    boots[0].enter = LOADER KERNEL INIT PEER_10S;
    boots[0].prompt = "\r\ntor01 login: ";
    desk_init(&d, boots);
    assert_true(desk_open(&d));
    assert_true(session_await_boot(d.session, &plan, &watch, &r, &d.e));
    assert_string_equal(told.names, "restarting loader kernel init ");
    finish(&d);
}

static void after_the_boot_one_logs_in_on_the_same_session(void **state)
{
    (void)state;
    static struct peer_state whole[] = {{.name = "boot",
                                         .enter = LOADER KERNEL INIT PEER_10S,
                                         .after = "login",
                                         .after_ms = 10,
                                         .unsafe = true},
                                        {.name = "login", .prompt = "\r\ntor01 login: "},
                                        {.name = "password", .prompt = "Password: ", .hidden = true},
                                        {.name = "enable", .prompt = "tor01#"},
                                        {0}};
    whole[1].rules = DESK_LOGIN_RULES;
    whole[2].rules = DESK_PASSWORD_RULES;
    whole[3].rules = DESK_ENABLE_RULES;
    struct desk d;
    struct boot_report r;
    desk_init(&d, whole);
    assert_true(desk_open(&d));
    assert_true(session_await_boot(d.session, &plan, NULL, &r, &d.e));
    bool ok = desk_login(&d);
    if (!ok)
        print_message("# %s\n", d.e.msg);
    assert_true(ok);
    assert_int_equal(session_state(d.session), STATE_ENABLE);
    desk_clear(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_boot_ends_at_its_login_prompt_b58),
        cmocka_unit_test(a_milestone_that_was_not_seen_is_no_failure),
        cmocka_unit_test(what_is_late_is_named_b58),
        cmocka_unit_test(a_switch_that_says_nothing_at_all_is_given_up),
        cmocka_unit_test(a_login_prompt_before_any_sign_of_a_restart_is_the_old_one_b57),
        cmocka_unit_test(a_switch_that_starts_three_times_boots_in_a_loop_b60),
        cmocka_unit_test(two_starts_are_no_loop_b55),
        cmocka_unit_test(a_boot_loader_that_waits_is_named),
        cmocka_unit_test(a_first_boot_dialogue_is_named_and_not_answered_b62),
        cmocka_unit_test(a_boot_that_waits_for_a_return_is_over),
        cmocka_unit_test(a_line_that_breaks_is_lost_where_the_console_is_not_known),
        cmocka_unit_test(a_console_that_was_dropped_meanwhile_is_opened_again),
        cmocka_unit_test(progress_tells_the_milestone),
        cmocka_unit_test(after_the_boot_one_logs_in_on_the_same_session),
    };
    compile();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (size_t i = 0; i < 4; i++)
        regex_free(milestones[i].regex);
    return failed;
}
