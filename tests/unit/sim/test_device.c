#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sim/device.h"

enum { SECOND_US = 1000000 };

struct bench { /* one switch, what it said, and what it was told was typed */
    struct arena arena;
    struct device *device;
    struct device_setup setup;
    struct str said, typed;
    int64_t now_us;
};

static const struct device_value values[] = {{"serial", "S1"}, {"mac", "00aa"}, {"gateway", "10.0.0.1"}};

static void on_typed(void *ctx, const struct device_typed *what)
{
    struct bench *b = ctx;
    str_printf(&b->typed, "%s:%.*s%s\n", device_state_name(what->state), (int)what->len, what->text,
               what->unsafe ? " unsafe" : "");
}

static struct device_model *load(struct bench *b)
{
    struct mistakes m = {0};
    struct device_model *model = device_model_load("tests/data/sim/device.yaml", &b->arena, &m);
    if (!model)
        fail_msg("%s", str_cstr(&m.text));
    mistakes_clear(&m);
    return model;
}

static void begin(struct bench *b, enum device_state start)
{
    struct device_model *model = load(b);
    b->setup.name = "tor-1";
    b->setup.user = "admin";
    if (!b->setup.password)
        b->setup.password = "sw-secret";
    b->setup.enable_password = "en-secret";
    b->setup.values = values;
    b->setup.value_count = 3;
    b->setup.start = start;
    b->device = device_new(model, &b->setup, on_typed, b);
    device_start(b->device, b->now_us);
}

static void end(struct bench *b)
{
    device_free(b->device);
    arena_clear(&b->arena);
    str_clear(&b->said);
    str_clear(&b->typed);
}

static const char *type(struct bench *b, const char *text)
{
    str_reset(&b->said);
    device_type(b->device, text, strlen(text), b->now_us, &b->said);
    return str_cstr(&b->said);
}

static const char *wait_us(struct bench *b, int64_t us)
{
    str_reset(&b->said);
    b->now_us += us;
    device_tick(b->device, b->now_us, &b->said);
    return str_cstr(&b->said);
}

static void a_cr_shows_the_login_prompt(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_LOGIN);
    assert_string_equal(type(&b, "\r"), "\r\n\r\ntor-1 login: ");
    end(&b);
}

static void login_hides_the_password_and_goes_to_exec(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_LOGIN);
    assert_string_equal(type(&b, "admin\r"), "admin\r\nPassword: ");
    assert_string_equal(type(&b, "sw-secret\r"), "\r\nWelcome\r\ntor-1>");
    assert_int_equal(device_state(b.device), DEVICE_EXEC);
    assert_string_equal(str_cstr(&b.typed), "login:admin\npassword:{password}\n");
    end(&b);
}

static void an_empty_password_is_not_asked_for(void **state)
{
    struct bench b = {.setup.password = ""};
    (void)state;
    begin(&b, DEVICE_LOGIN);
    assert_string_equal(type(&b, "admin\r"), "admin\r\nWelcome\r\ntor-1>");
    end(&b);
}

static void a_wrong_password_is_answered_after_the_delay(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_LOGIN);
    type(&b, "admin\r");
    assert_string_equal(type(&b, "nonsense\r"), "\r\n");
    assert_string_equal(wait_us(&b, 3 * SECOND_US - 1), "");
    assert_string_equal(wait_us(&b, 1), "\r\nLogin incorrect\r\n\r\ntor-1 login: ");
    assert_int_equal(device_counts(b.device)->failed_logins, 1);
    end(&b);
}

static void what_is_typed_during_the_delay_is_read_after_it(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_LOGIN);
    type(&b, "admin\rnonsense\radmin\rsw-secret\r");
    assert_string_equal(wait_us(&b, 3 * SECOND_US),
                        "\r\nLogin incorrect\r\n\r\ntor-1 login: admin\r\nPassword: \r\nWelcome\r\ntor-1>");
    end(&b);
}

static void a_password_at_the_wrong_prompt_is_masked_and_unsafe(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_EXEC);
    type(&b, "show sw-secret and en-secret\r");
    assert_string_equal(str_cstr(&b.typed), "exec:show {password} and {password} unsafe\n");
    assert_int_equal(device_counts(b.device)->unsafe_bytes, 28);
    end(&b);
}

static void at_a_question_every_byte_is_unsafe(void **state)
{
    struct bench b = {.setup.greeting = "Continue? [yes/no]: "};
    (void)state;
    begin(&b, DEVICE_QUESTION);
    assert_string_equal(wait_us(&b, 1), "Continue? [yes/no]: ");
    assert_string_equal(type(&b, "\r"), "");
    assert_int_equal(device_counts(b.device)->unsafe_bytes, 1);
    end(&b);
}

static void an_answer_can_end_in_a_question_a_login_or_a_boot(void **state)
{
    static const struct {
        const char *command, *said;
        enum device_state then;
    } cases[] = {{"show more", "\r\nreally? ", DEVICE_QUESTION},
                 {"show out", "\r\n\r\ntor-1 login: ", DEVICE_LOGIN},
                 {"show crash", "\r\npanic\r\n", DEVICE_BOOTING},
                 {"show hang", "\r\n", DEVICE_SILENT}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench b = {0};
        begin(&b, DEVICE_EXEC);
        type(&b, cases[i].command);
        assert_true(str_starts(type(&b, "\r"), cases[i].said));
        assert_int_equal(device_state(b.device), cases[i].then);
        end(&b);
    }
}

static void a_forced_question_stands_in_place_of_the_first_prompt(void **state)
{
    struct bench b = {.setup.after_login = "New password: ", .setup.motd = "Expired.\r\n"};
    (void)state;
    begin(&b, DEVICE_LOGIN);
    assert_string_equal(type(&b, "admin\rsw-secret\r"), "admin\r\nPassword: \r\nExpired.\r\nNew password: ");
    type(&b, "sw-secret\r");
    assert_int_equal(device_counts(b.device)->unsafe_bytes, 10);
    end(&b);
}

static void a_restart_cuts_what_is_said_at_its_byte(void **state)
{
    struct bench b = {.setup.reboots_at = 20};
    (void)state;
    begin(&b, DEVICE_EXEC);
    assert_string_equal(type(&b, "show lines\r"), "show lines\r\n1\r\n2\r\n3\r");
    assert_string_not_equal(wait_us(&b, 0), "");
    assert_int_equal(device_state(b.device), DEVICE_BOOTING);
    wait_us(&b, 10 * SECOND_US);
    assert_int_equal(device_state(b.device), DEVICE_LOGIN);
    type(&b, "admin\rsw-secret\rshow secret\r");
    assert_int_equal(device_state(b.device), DEVICE_EXEC);
    end(&b);
}

static void in_a_shell_that_was_left_only_exit_is_safe(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_SHELL);
    assert_string_equal(type(&b, "\r"), "\r\n[tor-1]$ ");
    assert_int_equal(device_counts(b.device)->unsafe_bytes, 0);
    type(&b, "reload\r");
    assert_int_equal(device_counts(b.device)->unsafe_bytes, 6);
    assert_string_equal(type(&b, "exit\r"), "exit\r\ntor-1#");
    end(&b);
}

static void enable_asks_for_its_own_password(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_EXEC);
    assert_string_equal(type(&b, "enable\r"), "enable\r\nPassword: ");
    assert_string_equal(type(&b, "sw-secret\r"), "\r\n% Bad secret\r\ntor-1>");
    type(&b, "enable\r");
    assert_string_equal(type(&b, "en-secret\r"), "\r\ntor-1#");
    assert_string_equal(type(&b, "configure terminal\r"), "configure terminal\r\ntor-1(config)#");
    assert_string_equal(type(&b, "exit\r"), "exit\r\ntor-1#");
    assert_string_equal(type(&b, "exit\r"), "exit\r\n\r\ntor-1 login: ");
    end(&b);
}

static void the_line_can_be_edited(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_EXEC);
    assert_string_equal(type(&b, "ab\b\x7f\b"), "ab\b \b\b \b");
    assert_string_equal(type(&b, "xy\x15"), "xy\b \b\b \b");
    assert_string_equal(type(&b, "z\x03"), "z^C\r\ntor-1>");
    assert_string_equal(type(&b, "!nonce\r"), "!nonce\r\ntor-1>");
    end(&b);
}

static void an_overlong_line_rings_the_bell(void **state)
{
    struct bench b = {0};
    struct str line = {0};
    (void)state;
    begin(&b, DEVICE_EXEC);
    for (int i = 0; i < 1024; i++)
        str_add_char(&line, 'x');
    const char *said = type(&b, str_cstr(&line));
    assert_int_equal(strlen(said), 1024);
    assert_int_equal(said[1022], 'x');
    assert_int_equal(said[1023], '\a');
    str_clear(&line);
    end(&b);
}

static void answers_have_the_values_of_the_switch(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_EXEC);
    type(&b, "terminal length 0\r");
    assert_string_equal(type(&b, " show  version\r"),
                        " show  version\r\nModel: X1\r\nSerial number: S1\r\nSystem MAC: 00aa\r\ntor-1>");
    assert_string_equal(type(&b, "ping 10.9.9.9 repeat 5\r"),
                        "ping 10.9.9.9 repeat 5\r\nPING 10.9.9.9, 5 times\r\ntor-1>");
    assert_string_equal(type(&b, "show json\r"),
                        "show json\r\n{\"a\": {\"b\": 1}, \"n\": \"tor-1\"}\r\ntor-1>");
    end(&b);
}

static void unknown_commands_are_rejected_in_the_platforms_words(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_EXEC);
    assert_string_equal(type(&b, "show\r"), "show\r\n% Invalid input\r\ntor-1>");
    assert_string_equal(type(&b, "show version all\r"), "show version all\r\n% Invalid input\r\ntor-1>");
    assert_string_equal(type(&b, "show secret\r"), "show secret\r\n% Invalid input\r\ntor-1>");
    end(&b);
}

static void a_fault_stands_before_the_healthy_answer(void **state)
{
    struct bench b = {0};
    (void)state;
    struct device_model *model = load(&b);
    const struct device_answers *answers = &device_model_fault(model, "gateway_down")->answers;
    b.setup.answers = &answers;
    b.setup.answers_count = 1;
    begin(&b, DEVICE_EXEC);
    assert_null(device_model_fault(model, "no such"));
    assert_string_equal(type(&b, "ping 10.0.0.1 repeat 2\r"),
                        "ping 10.0.0.1 repeat 2\r\n10.0.0.1 is silent\r\ntor-1>");
    assert_string_equal(type(&b, "ping 10.0.0.2 repeat 2\r"),
                        "ping 10.0.0.2 repeat 2\r\nPING 10.0.0.2, 2 times\r\ntor-1>");
    end(&b);
}

static void the_pager_holds_until_its_keys(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_EXEC);
    assert_string_equal(type(&b, "show lines\r"), "show lines\r\n1\r\n2\r\n3\r\n --More-- ");
    assert_int_equal(device_state(b.device), DEVICE_PAGER);
    assert_string_equal(type(&b, "x"), "\a");
    assert_string_equal(type(&b, "\r"), "\r          \r4\r\n --More-- ");
    assert_string_equal(type(&b, " "), "\r          \r5\r\n6\r\ntor-1>");
    type(&b, "show lines\r");
    assert_string_equal(type(&b, "q"), "\r          \rtor-1>");
    type(&b, "terminal length 0\r");
    assert_string_equal(type(&b, "show lines\r"), "show lines\r\n1\r\n2\r\n3\r\n4\r\n5\r\n6\r\ntor-1>");
    end(&b);
}

static void a_stubborn_pager_stays(void **state)
{
    struct bench b = {.setup.pager_stays = true};
    (void)state;
    begin(&b, DEVICE_EXEC);
    assert_string_equal(type(&b, "terminal length 0\r"), "terminal length 0\r\ntor-1>");
    assert_string_equal(type(&b, "show lines\r"), "show lines\r\n1\r\n2\r\n3\r\n --More-- ");
    end(&b);
}

static void an_answer_can_take_its_time(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_EXEC);
    assert_string_equal(type(&b, "show slowly\rshow slowly\r"), "show slowly\r\n");
    assert_string_equal(wait_us(&b, 2 * SECOND_US), "done\r\ntor-1>show slowly\r\n");
    assert_int_equal(device_due_us(b.device), 4 * SECOND_US);
    assert_string_equal(wait_us(&b, 2 * SECOND_US), "done\r\ntor-1>");
    end(&b);
}

static void a_boot_log_takes_its_time_and_every_byte_typed_is_unsafe(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_BOOTING);
    assert_string_equal(wait_us(&b, 0), "Boot one\r\n");
    assert_string_equal(type(&b, "\re"), "");
    assert_int_equal(device_counts(b.device)->unsafe_bytes, 2);
    assert_string_equal(str_cstr(&b.typed), "booting:\re unsafe\n");
    assert_string_equal(wait_us(&b, 2 * SECOND_US), "Boot two\r\n");
    assert_string_equal(wait_us(&b, 8 * SECOND_US),
                        "Boot three\r\nBoot four\r\nBoot five\r\n\r\ntor-1 login: ");
    type(&b, "admin\r");
    assert_int_equal(device_counts(b.device)->unsafe_bytes, 2);
    end(&b);
}

static void a_loader_shows_its_prompt_and_wants_no_bytes(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_LOADER);
    assert_string_equal(wait_us(&b, 0), "Boot# ");
    type(&b, "\r");
    assert_int_equal(device_counts(b.device)->unsafe_bytes, 1);
    end(&b);
}

static void a_silent_line_may_be_woken_and_no_more(void **state)
{
    struct bench b = {0};
    (void)state;
    begin(&b, DEVICE_SILENT);
    assert_string_equal(type(&b, "\r\x11\r"), "");
    assert_int_equal(device_counts(b.device)->unsafe_bytes, 0);
    assert_int_equal(device_counts(b.device)->wake_bytes, 3);
    type(&b, "admin\r");
    assert_int_equal(device_counts(b.device)->unsafe_bytes, 5);
    end(&b);
}

static void echo_can_be_off(void **state)
{
    struct bench b = {.setup.echo_off = true};
    (void)state;
    begin(&b, DEVICE_EXEC);
    assert_string_equal(type(&b, "show nothing\r"), "% Invalid input\r\ntor-1>");
    end(&b);
}

/* The stream law: how the typing is cut into pieces changes nothing. */
static void every_cut_of_the_typing_gives_the_same_output(void **state)
{
    static const char typing[] =
        "\radmin\rsw-secret\rterminal length 3\rshow lines\r qxx\b\benable\ren-secret\rshow secret\rexit\r";
    struct bench whole = {0}, bytes = {0};
    struct str said = {0};
    (void)state;
    begin(&whole, DEVICE_LOGIN);
    begin(&bytes, DEVICE_LOGIN);
    for (size_t i = 0; typing[i]; i++)
        str_add_cstr(&said, type(&bytes, (char[]){typing[i], '\0'}));
    assert_string_equal(type(&whole, typing), str_cstr(&said));
    assert_string_equal(str_cstr(&whole.typed), str_cstr(&bytes.typed));
    str_clear(&said);
    end(&whole);
    end(&bytes);
}

static void mistakes_of_a_model_are_all_named(void **state)
{
    struct arena arena = {0};
    struct mistakes m = {0};
    (void)state;
    assert_null(device_model_load("tests/data/sim/device_mistakes.yaml", &arena, &m));
    const char *text = str_cstr(&m.text);
    assert_int_equal(m.count, 5);
    assert_non_null(strstr(text, "device_mistakes.yaml:2:1: "));
    assert_non_null(strstr(text, "device_mistakes.yaml:4:25: no state \"enabled\""));
    assert_non_null(strstr(text, "device_mistakes.yaml:5:"));
    assert_non_null(strstr(text, "no_such_fixture.txt"));
    assert_non_null(strstr(text, "wants either file or text"));
    mistakes_clear(&m);
    arena_clear(&arena);
}

static void mistakes_in_the_state_are_all_found(void **state)
{
    static const char *const wanted[] = {
        ":2:15: a size is a number of bytes",
        "partial is one of kept, removed, not \"thrown\"",
        ":3:",
        "no operation \"config_copi\", did you mean config_copy",
        ":7:",
        "wants `line:`, its pattern",
        "fetch wants 2 to 3 words behind it",
        "no condition \"moonlight\"",
        "\"no_reason\"",
        "delete wants 1 to 1 words",
        "settled wants a time",
        "rows are of config PATH, files or sessions",
        "the fixture has no \"not in it\"",
    };
    struct arena arena = {0};
    struct mistakes m = {0};
    (void)state;
    assert_null(device_model_load("tests/data/sim/state_mistakes.yaml", &arena, &m));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (!strstr(str_cstr(&m.text), wanted[i]))
            fail_msg("\"%s\" is not among\n%s", wanted[i], str_cstr(&m.text));
    assert_int_equal(m.count, sizeof wanted / sizeof wanted[0]);
    mistakes_clear(&m);
    arena_clear(&arena);
}

static void the_switches_of_the_project_load(void **state)
{
    static const char *const platforms[] = {"arista_eos",    "aruba_aoscx",   "cisco_iosxe", "cisco_nxos",
                                            "cumulus_linux", "juniper_junos", "sonic"};
    (void)state;
    for (size_t i = 0; i < sizeof platforms / sizeof platforms[0]; i++) {
        struct arena arena = {0};
        struct mistakes m = {0};
        struct device_model *model =
            device_model_load(arena_printf(&arena, "fixtures/%s/device.yaml", platforms[i]), &arena, &m);
        if (!model)
            fail_msg("%s", str_cstr(&m.text));
        assert_string_equal(model->name, platforms[i]);
        mistakes_clear(&m);
        device_model_free(model);
        arena_clear(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cr_shows_the_login_prompt),
        cmocka_unit_test(login_hides_the_password_and_goes_to_exec),
        cmocka_unit_test(an_empty_password_is_not_asked_for),
        cmocka_unit_test(a_wrong_password_is_answered_after_the_delay),
        cmocka_unit_test(what_is_typed_during_the_delay_is_read_after_it),
        cmocka_unit_test(a_password_at_the_wrong_prompt_is_masked_and_unsafe),
        cmocka_unit_test(at_a_question_every_byte_is_unsafe),
        cmocka_unit_test(an_answer_can_end_in_a_question_a_login_or_a_boot),
        cmocka_unit_test(a_forced_question_stands_in_place_of_the_first_prompt),
        cmocka_unit_test(a_restart_cuts_what_is_said_at_its_byte),
        cmocka_unit_test(in_a_shell_that_was_left_only_exit_is_safe),
        cmocka_unit_test(enable_asks_for_its_own_password),
        cmocka_unit_test(the_line_can_be_edited),
        cmocka_unit_test(an_overlong_line_rings_the_bell),
        cmocka_unit_test(answers_have_the_values_of_the_switch),
        cmocka_unit_test(unknown_commands_are_rejected_in_the_platforms_words),
        cmocka_unit_test(a_fault_stands_before_the_healthy_answer),
        cmocka_unit_test(the_pager_holds_until_its_keys),
        cmocka_unit_test(a_stubborn_pager_stays),
        cmocka_unit_test(an_answer_can_take_its_time),
        cmocka_unit_test(a_boot_log_takes_its_time_and_every_byte_typed_is_unsafe),
        cmocka_unit_test(a_loader_shows_its_prompt_and_wants_no_bytes),
        cmocka_unit_test(a_silent_line_may_be_woken_and_no_more),
        cmocka_unit_test(echo_can_be_off),
        cmocka_unit_test(every_cut_of_the_typing_gives_the_same_output),
        cmocka_unit_test(mistakes_of_a_model_are_all_named),
        cmocka_unit_test(mistakes_in_the_state_are_all_found),
        cmocka_unit_test(the_switches_of_the_project_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
