/* Programs as consoles: words without a shell, secrets out of arguments, an end in every case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "helpers/support_wire.h"
#include "transport/command.h"

static struct transport *try_run(const char *command, const struct transport_options *how, struct err *e)
{
    static const struct transport_options plain = {.dead_after_ms = 5000};
    struct arena arena = {0};
    struct uri uri;
    char text[400];
    snprintf(text, sizeof text, "exec:%s", command);
    if (!uri_parse(text, &arena, &uri, e))
        fail_msg("%s: %s", text, e->msg);
    struct transport *t = transport_open(&uri, how ? how : &plain, e);
    arena_clear(&arena);
    return t;
}

static struct transport *run(const char *command)
{
    struct err e = {0};
    struct transport *t = try_run(command, NULL, &e);
    if (!t)
        fail_msg("%s", e.msg);
    return t;
}

static const struct {
    const char *text, *words; /* settings and arguments, each between < and > */
} good[] = {
    {"a", "<a>"},
    {"  a   b ", "<a><b>"},
    {"ipmitool -I lanplus -H 10.0.0.1 -C 3 sol activate",
     "<ipmitool><-I><lanplus><-H><10.0.0.1><-C><3><sol><activate>"},
    {"IPMI_PASSWORD={password} ipmitool -E", "IPMI_PASSWORD={password} <ipmitool><-E>"},
    {"A=1 B='x y' C=\"{password}\" prog D=2", "A=1 B=x y C={password} <prog><D=2>"},
    {"'A=1' b", "<A=1><b>"},
    {"1A=1 b", "<1A=1><b>"},
    {"a 'b c' \"d \\\"e\\\\\" f\\ g ''", "<a><b c><d \"e\\><f g><>"},
    {"a 'it'\\''s'", "<a><it's>"},
    {"a \"$x\" '`y`' \\$z \"\\n\"", "<a><$x><`y`><$z><\\n>"},
    {"a 100% *? ~ {b} #", "<a><100%><*?><~><{b}><#>"},
};

static void words_are_split_without_a_shell(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct arena arena = {0};
        struct command c;
        struct err e = {0};
        struct str got = {0};
        if (!command_read(good[i].text, &arena, &c, &e))
            fail_msg("%s: %s", good[i].text, e.msg);
        for (size_t s = 0; s < c.setting_count; s++)
            str_printf(&got, "%s ", c.settings[s]);
        for (size_t a = 0; a < c.argc; a++)
            str_printf(&got, "<%s>", c.argv[a]);
        assert_null(c.argv[c.argc]);
        assert_string_equal(str_cstr(&got), good[i].words);
        str_clear(&got);
        arena_clear(&arena);
    }
}

static const struct {
    const char *text, *says;
} bad[] = {
    {"a | b", "a bare |"},
    {"a; b", "a bare ;"},
    {"a $HOME", "a bare $"},
    {"a `b`", "a bare `"},
    {"a >b", "a bare >"},
    {"a & ", "a bare &"},
    {"a 'b", "inside quotes"},
    {"a \"b\\", "inside quotes"},
    {"a \\", "backslash"},
    {"A=1", "no program"},
    {"''", "no program"},
    {"a {password}", "NAME={password}"},
    {"a --pass={password}", "seen by everyone"},
    {"'A={password}' b", "seen by everyone"},
};

static void what_only_a_shell_understands_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arena arena = {0};
        struct command c;
        struct err e = {0};
        if (command_read(bad[i].text, &arena, &c, &e))
            fail_msg("\"%s\" was accepted", bad[i].text);
        assert_int_equal(e.code, ERR_USAGE);
        if (!strstr(e.msg, bad[i].says))
            fail_msg("%s: %s", bad[i].text, e.msg);
        arena_clear(&arena);
    }
}

static void random_commands_do_no_harm(void **state)
{
    (void)state;
    static const char alphabet[] = "ab ='\"\\|{password}_1 ";
    unsigned seed = wire_seed();
    for (int round = 0; round < 20000; round++) {
        char text[24];
        struct arena arena = {0};
        struct command c;
        size_t len = wire_next(&seed) % (sizeof text - 1);
        for (size_t i = 0; i < len; i++)
            text[i] = alphabet[wire_next(&seed) % (sizeof alphabet - 1)];
        text[len] = '\0';
        if (command_read(text, &arena, &c, NULL))
            assert_true(c.argc > 0 && c.argv[0][0] && !c.argv[c.argc]);
        arena_clear(&arena);
    }
}

static void every_byte_passes_to_the_program_and_back(void **state)
{
    (void)state;
    char all[256];
    struct transport *t = run("cat");
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    assert_true(transport_write(t, all, sizeof all, NULL));
    wire_hear(t, all, sizeof all);
    assert_string_equal(transport_name(t), "exec cat");
    transport_close(t);
}

static void the_program_has_a_wide_terminal_of_its_own(void **state)
{
    (void)state;
    struct transport *t = run("sh -c 'tty >/dev/null && stty size && : </dev/tty && echo own'");
    wire_hear(t, WIRE("24 511\nown\n"));
    transport_close(t);
}

static void a_password_is_in_the_environment_only(void **state)
{
    (void)state;
    struct err e = {0};
    struct transport_options how = {.password = secret_new("oob", "s3cr3t word", 11)};
    setenv("TORSTARTER_PASSWORD", "not yours", 1);
    setenv("SECRET_HERE", "old", 1);
    struct transport *t =
        try_run("SECRET_HERE=<{password}> sh -c 'echo \"[$SECRET_HERE][$TORSTARTER_PASSWORD]\"; tr \"\\\\0\" "
                "\" \" </proc/self/cmdline'",
                &how, &e);
    assert_null(t); /* a bare < */
    t = try_run("'SECRET_HERE={password}' true", &how, &e);
    assert_null(t);
    t = try_run("SECRET_HERE='<{password}>' sh -c 'echo \"[$SECRET_HERE][$TORSTARTER_PASSWORD]\"'", &how, &e);
    if (!t)
        fail_msg("%s", e.msg);
    wire_hear(t, WIRE("[<s3cr3t word>][]\n"));
    assert_null(strstr(transport_name(t), "s3cr3t"));
    transport_close(t);
    unsetenv("TORSTARTER_PASSWORD");
    unsetenv("SECRET_HERE");
    secret_free((struct secret *)how.password);
}

static void a_password_among_the_arguments_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *command, *says;
    } cases[] = {
        {"echo 'x s3cr3t word'", "argument 1 holds the password"},
        {"ipmitool -I lanplus -P hunter2 sol activate", "IPMI_PASSWORD={password} in front and -E"},
        {"/usr/bin/ipmitool -Phunter2 sol activate", "IPMI_PASSWORD={password} in front and -E"},
        {"sshpass -p hunter2 ssh h", "SSHPASS={password} in front and -e"},
    };
    struct transport_options how = {.password = secret_new("oob", "s3cr3t word", 11)};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {0};
        assert_null(try_run(cases[i].command, &how, &e));
        assert_int_equal(e.failure, FAILURE_OOB_CONNECT_FAIL);
        if (!strstr(e.msg, cases[i].says))
            fail_msg("%s: %s", cases[i].command, e.msg);
    }
    secret_free((struct secret *)how.password);
    struct err e = {0};
    assert_null(try_run("A={password} true", NULL, &e));
    assert_non_null(strstr(e.msg, "needs a credential"));
}

static void judge_end(const char *command, const char *says)
{
    struct str got = {0};
    struct err e = {0};
    struct transport *t = run(command);
    while (transport_read(t, &got, clock_now_ms(NULL) + 20000, &e))
        ;
    assert_int_equal(e.code, ERR_CLOSED);
    assert_int_equal(e.failure, FAILURE_CONSOLE_LOST);
    if (!strstr(e.msg, says))
        fail_msg("%s: \"%s\" does not say \"%s\"", command, e.msg, says);
    e = (struct err){0};
    assert_false(transport_read(t, &got, clock_now_ms(NULL) + 20000, &e));
    assert_non_null(strstr(e.msg, says));
    str_clear(&got);
    transport_close(t);
}

static void the_end_of_the_program_is_told_with_its_last_words(void **state)
{
    (void)state;
    judge_end("sh -c 'echo begin; echo \"Error: Unable to establish session\" >&2; exit 3'",
              "sh ended with status 3; its last words: \"begin\\nError: Unable to establish session\"");
    judge_end("true", "true ended with status 0");
    judge_end("sh -c 'kill -9 $$'", "sh was ended by signal 9 (Killed)");
    judge_end("sh -c 'cat & exit 4'", "sh ended with status 4"); /* a child keeps the pty */
}

static void last_words_that_hold_the_password_are_not_told(void **state)
{
    (void)state;
    struct str got = {0};
    struct err e = {0};
    struct transport_options how = {.password = secret_new("oob", "s3cr3t word", 11)};
    struct transport *t = try_run("P={password} sh -c 'echo \"no: $P\"; exit 1'", &how, &e);
    assert_non_null(t);
    while (transport_read(t, &got, clock_now_ms(NULL) + 20000, &e))
        ;
    assert_non_null(strstr(e.msg, "status 1"));
    assert_null(strstr(e.msg, "s3cr3t"));
    str_clear(&got);
    transport_close(t);
    secret_free((struct secret *)how.password);
}

static pid_t read_pid(struct transport *t)
{
    struct str got = {0};
    struct err e = {0};
    while (!strchr(str_cstr(&got), '\n'))
        if (!transport_read(t, &got, clock_now_ms(NULL) + 20000, &e))
            fail_msg("%s", e.msg);
    pid_t pid = (pid_t)strtol(str_cstr(&got), NULL, 10);
    str_clear(&got);
    assert_true(pid > 1);
    return pid;
}

static void closing_ends_the_program_even_one_that_will_not(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "sh -c 'echo $$; exec cat'",
        "sh -c 'trap \"\" HUP; echo $$; while :; do read x; done'",
        "sh -c 'trap \"\" HUP TERM INT; echo $$; while :; do read x; done'",
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct transport *t = run(commands[i]);
        pid_t pid = read_pid(t);
        int64_t began = clock_now_ms(NULL);
        transport_close(t);
        assert_true(clock_now_ms(NULL) - began < 10000);
        assert_int_equal(kill(pid, 0), -1); /* waited for as well: no zombie holds its number */
        assert_int_equal(errno, ESRCH);
    }
}

static void a_program_that_is_not_there_is_said(void **state)
{
    (void)state;
    struct err e = {0};
    assert_null(try_run("/no/such/program x", NULL, &e));
    assert_int_equal(e.failure, FAILURE_OOB_CONNECT_FAIL);
    assert_non_null(strstr(e.msg, "cannot run /no/such/program: No such file"));
    assert_null(try_run("ipmitool%20-I", NULL, &e));
    assert_non_null(strstr(e.msg, "not %20"));
}

static void a_program_that_never_reads_ends_in_a_time_out(void **state)
{
    (void)state;
    struct err e = {0};
    struct transport_options how = {.dead_after_ms = 200};
    struct transport *t = try_run("sh -c 'echo $$; exec tail -f /dev/null'", &how, &e);
    assert_non_null(t);
    read_pid(t);
    size_t len = 1u << 20;
    char *much = mem_alloc(len);
    assert_false(transport_write(t, much, len, &e));
    assert_int_equal(e.code, ERR_TIMEOUT);
    mem_free(much);
    transport_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_split_without_a_shell),
        cmocka_unit_test(what_only_a_shell_understands_is_refused),
        cmocka_unit_test(random_commands_do_no_harm),
        cmocka_unit_test(every_byte_passes_to_the_program_and_back),
        cmocka_unit_test(the_program_has_a_wide_terminal_of_its_own),
        cmocka_unit_test(a_password_is_in_the_environment_only),
        cmocka_unit_test(a_password_among_the_arguments_is_refused),
        cmocka_unit_test(the_end_of_the_program_is_told_with_its_last_words),
        cmocka_unit_test(last_words_that_hold_the_password_are_not_told),
        cmocka_unit_test(closing_ends_the_program_even_one_that_will_not),
        cmocka_unit_test(a_program_that_is_not_there_is_said),
        cmocka_unit_test(a_program_that_never_reads_ends_in_a_time_out),
    };
    return cmocka_run_group_tests_name("transport exec", tests, NULL, NULL);
}
