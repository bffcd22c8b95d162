#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "sim/sim.h"

enum { PATIENCE_MS = 20000 };

static struct sim *begin(const char *scenario)
{
    struct err e;
    struct sim *s = sim_open(scenario, NULL, &e);
    if (!s)
        fail_msg("%s", e.msg);
    return s;
}

static int dial(const struct sim *s, const char *name)
{
    const char *console = sim_console(s, sim_find(s, name));
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    at.sin_port = htons((uint16_t)strtoul(strrchr(console, ':') + 1, NULL, 10));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Reads until `wanted` is there, or with NULL until the end. */
static void expect(int fd, const char *say, const char *wanted, struct str *heard)
{
    char bytes[256];
    struct pollfd p = {.fd = fd, .events = POLLIN};
    str_reset(heard);
    assert_int_equal(write(fd, say, strlen(say)), strlen(say));
    while (!wanted || !strstr(str_cstr(heard), wanted)) {
        if (poll(&p, 1, PATIENCE_MS) <= 0)
            fail_msg("nothing more came; heard so far: %s", str_cstr(heard));
        ssize_t n = read(fd, bytes, sizeof bytes);
        if (n > 0)
            str_add(heard, bytes, (size_t)n);
        else if (!wanted)
            return;
        else
            fail_msg("ended before \"%s\"; heard: %s", wanted, str_cstr(heard));
    }
}

static void each_switch_has_a_tcp_port(void **state)
{
    struct sim *s = begin("tests/data/sim/tcp.yaml");
    struct str heard = {0};
    (void)state;
    int fd = dial(s, "a");
    expect(fd, "\radmin\r", "a>", &heard);
    close(fd);
    sim_close(s);
    str_clear(&heard);
}

static void a_dead_port_refuses_and_a_held_one_says_by_whom(void **state)
{
    struct sim *s = begin("tests/data/sim/tcp.yaml");
    struct str heard = {0};
    (void)state;
    assert_int_equal(dial(s, "b"), -1);
    assert_int_equal(errno, ECONNREFUSED);
    int fd = dial(s, "c");
    expect(fd, "", NULL, &heard);
    assert_string_equal(str_cstr(&heard), "Port already in use by alice\r\n");
    close(fd);
    sim_close(s);
    str_clear(&heard);
}

static void a_dropped_line_closes_the_socket(void **state)
{
    struct sim *s = begin("tests/data/sim/tcp.yaml");
    struct str heard = {0};
    (void)state;
    int fd = dial(s, "d");
    expect(fd, "\r", NULL, &heard);
    assert_int_equal(heard.len, 5);
    close(fd);
    sim_close(s);
    str_clear(&heard);
}

static void who_calls_again_at_once_finds_the_port_free(void **state)
{
    struct sim *s = begin("tests/data/sim/tcp.yaml");
    struct str heard = {0};
    (void)state;
    for (int i = 0; i < 50; i++) {
        int fd = dial(s, "a");
        expect(fd, "\r", "a login: ", &heard);
        close(fd);
    }
    sim_close(s);
    str_clear(&heard);
}

static void closing_ends_living_connections(void **state)
{
    struct sim *s = begin("tests/data/sim/tcp.yaml");
    struct str heard = {0};
    (void)state;
    int fd = dial(s, "a");
    expect(fd, "\r", "a login: ", &heard);
    sim_close(s);
    expect(fd, "", NULL, &heard);
    close(fd);
    str_clear(&heard);
}

static void each_switch_has_a_pseudo_terminal(void **state)
{
    struct sim *s = begin("tests/data/sim/pty.yaml");
    struct str heard = {0};
    (void)state;
    const char *console = sim_console(s, sim_find(s, "b"));
    assert_int_equal(strncmp(console, "serial:/dev/", 12), 0);
    int fd = open(console + strlen("serial:"), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(fd >= 0);
    expect(fd, "\r", "b#", &heard);
    close(fd);
    fd = open(console + strlen("serial:"), O_RDWR | O_NOCTTY | O_CLOEXEC);
    expect(fd, "show version\r", "X1", &heard);
    close(fd);
    sim_close(s);
    str_clear(&heard);
}

static void a_scenario_with_mistakes_is_refused(void **state)
{
    struct err e = {0};
    (void)state;
    assert_null(sim_open("tests/data/sim/scenario_mistakes.yaml", NULL, &e));
    assert_int_equal(e.code, ERR_SYNTAX);
    assert_null(sim_open("tests/data/sim/no_such_file.yaml", NULL, &e));
}

static void running_ends_when_cancelled(void **state)
{
    struct sim *s = begin("tests/data/sim/tcp.yaml");
    struct cancel *cancel = cancel_new();
    (void)state;
    cancel_raise(cancel, CANCEL_ASKED);
    sim_run(s, cancel);
    cancel_free(cancel);
    sim_close(s);
}

static void a_telnet_port_negotiates_and_takes_crnul_for_a_return(void **state)
{
    struct sim *s = begin("tests/data/sim/telnet.yaml");
    struct str heard = {0};
    int fd = dial(s, "a");
    (void)state;
    assert_true(str_starts(sim_console(s, sim_find(s, "a")), "telnet://127.0.0.1:"));
    expect(fd, "", "\xff\xfb\x01\xff\xfb\x03\xff\xfd\x03", &heard);
    assert_int_equal(write(fd, "\r\0", 2), 2);
    expect(fd, "", "a login: ", &heard);
    assert_int_equal(write(fd, "someone\r\0", 9), 9);
    expect(fd, "", "someone\r\nPassword: ", &heard);
    str_clear(&heard);
    close(fd);
    sim_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_switch_has_a_tcp_port),
        cmocka_unit_test(a_dead_port_refuses_and_a_held_one_says_by_whom),
        cmocka_unit_test(a_dropped_line_closes_the_socket),
        cmocka_unit_test(who_calls_again_at_once_finds_the_port_free),
        cmocka_unit_test(closing_ends_living_connections),
        cmocka_unit_test(each_switch_has_a_pseudo_terminal),
        cmocka_unit_test(a_scenario_with_mistakes_is_refused),
        cmocka_unit_test(running_ends_when_cancelled),
        cmocka_unit_test(a_telnet_port_negotiates_and_takes_crnul_for_a_return),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
