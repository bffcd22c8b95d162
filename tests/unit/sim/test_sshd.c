/* The simulated console server against OpenSSH's client, with its strict host key check. Without that client: nothing to judge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "sim/sim.h"

enum { PATIENCE_MS = 20000, PATH_BYTES = 128 };

extern char **environ;

struct desk { /* one simulator, and a folder with a key, known_hosts and an askpass program */
    struct sim *sim;
    char dir[PATH_BYTES], key[PATH_BYTES + 8], public[PATH_BYTES + 16], hosts[PATH_BYTES + 16],
        askpass[PATH_BYTES + 16], typed[PATH_BYTES + 16], ready[PATH_BYTES + 16];
};

struct client {
    pid_t pid;
    int in, out;
    struct str heard;
};

static bool have_client(void)
{
    return access("/usr/bin/ssh", X_OK) == 0 && access("/usr/bin/ssh-keygen", X_OK) == 0;
}

static pid_t spawn(char *const argv[], int in, int out)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, out, 2);
    if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) != 0)
        pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static void dial(struct client *c, const struct desk *d, const char *login, const char *auth)
{
    char known[PATH_BYTES + 64], method[PATH_BYTES], port[16];
    int in[2], out[2];
    snprintf(known, sizeof known, "-oUserKnownHostsFile=%s", d->hosts);
    snprintf(method, sizeof method, "-oPreferredAuthentications=%s", auth);
    snprintf(port, sizeof port, "%u", sim_port(d->sim));
    char *argv[] = {"/usr/bin/ssh",
                    "-F",
                    "none",
                    "-tt",
                    "-e",
                    "none",
                    "-oStrictHostKeyChecking=yes",
                    known,
                    method,
                    "-oIdentitiesOnly=yes",
                    "-oNumberOfPasswordPrompts=1",
                    "-oLogLevel=ERROR",
                    "-i",
                    (char *)d->key,
                    "-p",
                    port,
                    "-l",
                    (char *)login,
                    "127.0.0.1",
                    NULL};
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    *c = (struct client){.pid = spawn(argv, in[0], out[1]), .in = in[1], .out = out[0]};
    close(in[0]);
    close(out[1]);
    assert_true(c->pid > 0);
}

/* False at the end of what the client says. */
static bool hear(struct client *c, int64_t until_ms)
{
    char bytes[4096];
    struct pollfd fd = {.fd = c->out, .events = POLLIN};
    int64_t left_ms = until_ms - clock_now_ms(NULL);
    if (left_ms <= 0 || poll(&fd, 1, (int)left_ms) <= 0)
        fail_msg("nothing more came; heard so far: %s", str_cstr(&c->heard));
    ssize_t n = read(c->out, bytes, sizeof bytes);
    if (n > 0)
        str_add(&c->heard, bytes, (size_t)n);
    return n > 0;
}

static void expect(struct client *c, const char *say, const char *wanted)
{
    int64_t until_ms = clock_now_ms(NULL) + PATIENCE_MS;
    str_reset(&c->heard);
    if (write(c->in, say, strlen(say)) < 0)
        print_message("the client has ended already\n");
    while (!strstr(str_cstr(&c->heard), wanted))
        if (!hear(c, until_ms))
            fail_msg("the connection ended before \"%s\"; heard: %s", wanted, str_cstr(&c->heard));
}

static int hang_up(struct client *c)
{
    int status = 0;
    close(c->in);
    close(c->out);
    kill(c->pid, SIGTERM);
    waitpid(c->pid, &status, 0);
    str_clear(&c->heard);
    return status;
}

/* What the client says until it ends by itself, and with which status. */
static int hear_all(struct client *c, struct str *heard)
{
    int status = 0;
    int64_t until_ms = clock_now_ms(NULL) + PATIENCE_MS;
    while (hear(c, until_ms))
        ;
    waitpid(c->pid, &status, 0);
    str_add(heard, str_cstr(&c->heard), c->heard.len);
    close(c->in);
    close(c->out);
    str_clear(&c->heard);
    return status;
}

static void write_file(const char *path, const char *text, unsigned mode)
{
    struct err e;
    if (!file_write(path, text, strlen(text), mode, &e))
        fail_msg("%s", e.msg);
}

static void make_key(const struct desk *d)
{
    char *argv[] = {"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", (char *)d->key, NULL};
    int status = -1;
    waitpid(spawn(argv, 0, 2), &status, 0);
    assert_int_equal(status, 0);
}

static int open_desk(void **state)
{
    struct desk *d = MEM_NEW(struct desk);
    struct err e;
    const char *base = getenv("TMPDIR");
    snprintf(d->dir, sizeof d->dir, "%.80s/torstarter-sim-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(d->dir))
        return -1;
    snprintf(d->key, sizeof d->key, "%s/key", d->dir);
    snprintf(d->public, sizeof d->public, "%s/key.pub", d->dir);
    snprintf(d->hosts, sizeof d->hosts, "%s/hosts", d->dir);
    snprintf(d->askpass, sizeof d->askpass, "%s/askpass", d->dir);
    snprintf(d->typed, sizeof d->typed, "%s/typed", d->dir);
    snprintf(d->ready, sizeof d->ready, "%s/ready", d->dir);
    make_key(d);
    write_file(d->askpass, "#!/bin/sh\nprintf '%s\\n' \"$SIM_TEST_PASSWORD\"\n", 0700);
    setenv("SSH_ASKPASS", d->askpass, 1);
    setenv("SSH_ASKPASS_REQUIRE", "force", 1);
    setenv("SIM_TEST_PASSWORD", "oob-secret", 1);
    const struct sim_options options = {.ready_file = d->ready,
                                        .known_hosts = d->hosts,
                                        .typed_file = d->typed,
                                        .authorized_keys = d->public,
                                        .keep_typed = true};
    d->sim = sim_open("tests/data/sim/scenario.yaml", &options, &e);
    if (!d->sim)
        print_error("%s\n", e.msg);
    *state = d;
    return d->sim ? 0 : -1;
}

static int close_desk(void **state)
{
    struct desk *d = *state;
    const char *const files[] = {d->key, d->public, d->hosts, d->askpass, d->typed, d->ready};
    sim_close(d->sim);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(files[i]);
    rmdir(d->dir);
    mem_free(d);
    return 0;
}

static void a_key_leads_to_the_line_of_the_port(void **state)
{
    struct desk *d = *state;
    struct client c;
    dial(&c, d, "net:port01", "publickey");
    expect(&c, "\r", "good login: ");
    expect(&c, "admin\r", "Password: ");
    expect(&c, "switch-secret\r", "good>");
    assert_null(strstr(str_cstr(&c.heard), "switch-secret"));
    expect(&c, "terminal length 0\rshow version\r", "Serial number: S1");
    expect(&c, "exit\r", "good login: ");
    hang_up(&c);
}

static void passwords_are_asked_for_in_both_ways(void **state)
{
    struct desk *d = *state;
    struct client c;
    dial(&c, d, "net:port02", "password");
    expect(&c, "\r", "faulty login: ");
    hang_up(&c);
    dial(&c, d, "net:port06", "keyboard-interactive");
    expect(&c, "\r", "left#");
    hang_up(&c);
}

static void wrong_passwords_and_unknown_users_are_refused(void **state)
{
    static const char *const methods[] = {"password", "keyboard-interactive"};
    struct desk *d = *state;
    struct client c;
    for (int i = 0; i < 2; i++) {
        struct str heard = {0};
        setenv("SIM_TEST_PASSWORD", "wrong", 1);
        dial(&c, d, "net:port02", methods[i]);
        assert_int_not_equal(hear_all(&c, &heard), 0);
        assert_non_null(strstr(str_cstr(&heard), "Permission denied"));
        setenv("SIM_TEST_PASSWORD", "oob-secret", 1);
        str_reset(&heard);
        dial(&c, d, "root:port02", methods[i]);
        assert_int_not_equal(hear_all(&c, &heard), 0);
        assert_non_null(strstr(str_cstr(&heard), "Permission denied"));
        str_clear(&heard);
    }
}

static void a_held_port_says_by_whom_and_closes(void **state)
{
    struct desk *d = *state;
    struct client c;
    struct str heard = {0};
    dial(&c, d, "net:port04", "publickey");
    hear_all(&c, &heard);
    assert_non_null(strstr(str_cstr(&heard), "Port 4 is in use by alice"));
    str_clear(&heard);
}

static void a_second_session_on_a_port_is_told(void **state)
{
    struct desk *d = *state;
    struct client first, second;
    struct str heard = {0};
    dial(&first, d, "net:port15", "publickey");
    expect(&first, "\r", "mute login: ");
    dial(&second, d, "net:port15", "publickey");
    hear_all(&second, &heard);
    assert_non_null(strstr(str_cstr(&heard), "Port 15 is in use by another session"));
    hang_up(&first);
    str_clear(&heard);
}

static void dead_and_unknown_ports_give_no_shell(void **state)
{
    static const char *const logins[] = {"net:port05", "net:port99"};
    struct desk *d = *state;
    struct client c;
    for (int i = 0; i < 2; i++) {
        struct str heard = {0};
        dial(&c, d, logins[i], "publickey");
        assert_int_not_equal(hear_all(&c, &heard), 0);
        assert_null(strstr(str_cstr(&heard), "in use"));
        str_clear(&heard);
    }
}

static void a_dropped_line_breaks_the_connection(void **state)
{
    struct desk *d = *state;
    struct client c;
    struct str heard = {0};
    dial(&c, d, "net:port09", "publickey");
    assert_int_equal(write(c.in, "\r\r", 2), 2);
    assert_int_not_equal(hear_all(&c, &heard), 0);
    assert_int_equal(strncmp(str_cstr(&heard), "\r\n\r\nbreaks login: ", 18), 0);
    str_clear(&heard);
}

/* 1,000 lines of 18 bytes through a window and in pieces of three bytes. */
static void a_large_answer_arrives_whole(void **state)
{
    struct desk *d = *state;
    struct client c;
    dial(&c, d, "net:port17", "publickey");
    expect(&c, "\radmin\rswitch-secret\r", "cut>");
    expect(&c, "terminal length 0\r", "cut>");
    expect(&c, "show much\r", "cut>");
    assert_int_equal(c.heard.len, strlen("show much\r\n") + 18000 + strlen("cut>"));
    hang_up(&c);
}

static void what_was_typed_is_on_file_without_passwords(void **state)
{
    struct desk *d = *state;
    struct client c;
    struct str file = {0}, kept = {0};
    struct err e;
    int sw = sim_find(d->sim, "many-200");
    dial(&c, d, "net:port299", "publickey");
    expect(&c, "\radmin\rswitch-secret\r", "many-200>");
    hang_up(&c);
    sim_typed(d->sim, sw, &kept);
    assert_string_equal(str_cstr(&kept), "login: \nlogin: admin\npassword: {password}\n");
    assert_true(file_read(d->typed, &file, &e));
    assert_non_null(strstr(str_cstr(&file), "{\"switch\":\"many-200\",\"at\":\""));
    assert_non_null(strstr(str_cstr(&file), "\"state\":\"password\",\"text\":\"{password}\"}\n"));
    assert_null(strstr(str_cstr(&file), "secret"));
    assert_int_equal(sim_unsafe_bytes(d->sim), 0);
    str_clear(&file);
    str_clear(&kept);
}

static void the_ready_file_can_be_included_by_a_site(void **state)
{
    struct desk *d = *state;
    struct str wanted = {0}, file = {0};
    struct err e;
    char *hosts = realpath(d->hosts, NULL);
    str_printf(&wanted,
               "console_servers:\n  oob: {kind: opengear, address: 127.0.0.1, port: %u, credential: oob, "
               "host_keys: strict, "
               "known_hosts: '%s', sessions: 224}\n",
               sim_port(d->sim), hosts);
    free(hosts);
    assert_true(file_read(d->ready, &file, &e));
    assert_string_equal(str_cstr(&file), str_cstr(&wanted));
    str_clear(&file);
    str_clear(&wanted);
}

static void nothing_to_judge(void **state)
{
    (void)state;
    print_message("OpenSSH's client is not installed: the simulated console server was not tried\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_leads_to_the_line_of_the_port),
        cmocka_unit_test(passwords_are_asked_for_in_both_ways),
        cmocka_unit_test(wrong_passwords_and_unknown_users_are_refused),
        cmocka_unit_test(a_held_port_says_by_whom_and_closes),
        cmocka_unit_test(a_second_session_on_a_port_is_told),
        cmocka_unit_test(dead_and_unknown_ports_give_no_shell),
        cmocka_unit_test(a_dropped_line_breaks_the_connection),
        cmocka_unit_test(a_large_answer_arrives_whole),
        cmocka_unit_test(what_was_typed_is_on_file_without_passwords),
        cmocka_unit_test(the_ready_file_can_be_included_by_a_site),
    };
    const struct CMUnitTest none[] = {cmocka_unit_test(nothing_to_judge)};
    signal(SIGPIPE, SIG_IGN);
    if (!have_client())
        return cmocka_run_group_tests_name("test_sshd", none, NULL, NULL);
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
