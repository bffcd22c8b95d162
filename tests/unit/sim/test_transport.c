/* torstarter's own SSH transport against the simulated console server, host key strict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "sim/sim.h"
#include "transport/transport.h"

enum { PATIENCE_MS = 20000 };

struct desk {
    struct sim *sim;
    struct secret *password, *wrong;
    struct transport_options options; /* a transport borrows them as long as it lives */
    char *dir, *hosts;
};

static int open_desk_for(void **state, const char *scenario)
{
    struct desk *d = MEM_NEW(struct desk);
    struct err e = {0};
    const char *base = getenv("TMPDIR");
    d->dir = file_join(base && *base ? base : "/tmp", "torstarter-sim-XXXXXX");
    if (!mkdtemp(d->dir))
        return -1;
    d->hosts = file_join(d->dir, "hosts");
    d->password = secret_new("oob", "oob-secret", 10);
    d->wrong = secret_new("wrong", "wrong", 5);
    d->sim = sim_open(scenario, &(struct sim_options){.known_hosts = d->hosts}, &e);
    if (!d->sim)
        print_error("%s\n", e.msg);
    *state = d;
    return d->sim ? 0 : -1;
}

static int open_desk(void **state)
{
    return open_desk_for(state, "tests/data/sim/scenario.yaml");
}

static int open_interactive_desk(void **state)
{
    return open_desk_for(state, "tests/data/sim/interactive.yaml");
}

static int close_desk(void **state)
{
    struct desk *d = *state;
    sim_close(d->sim);
    secret_free(d->password);
    secret_free(d->wrong);
    unlink(d->hosts);
    rmdir(d->dir);
    mem_free(d->hosts);
    mem_free(d->dir);
    mem_free(d);
    return 0;
}

static struct transport *dial(struct desk *d, const char *name, const struct secret *password, struct err *e)
{
    struct arena arena = {0};
    struct uri uri;
    d->options = (struct transport_options){
        .password = password, .no_agent = true, .host_keys = HOST_KEYS_STRICT, .known_hosts = d->hosts};
    assert_true(uri_parse(sim_console(d->sim, sim_find(d->sim, name)), &arena, &uri, e));
    struct transport *t = transport_open(&uri, &d->options, e);
    arena_clear(&arena);
    return t;
}

static void expect(struct transport *t, const char *say, const char *wanted)
{
    struct str heard = {0};
    struct err e = {0};
    int64_t until_ms = clock_now_ms(NULL) + PATIENCE_MS;
    if (!transport_write(t, say, strlen(say), &e))
        fail_msg("%s", e.msg);
    while (!strstr(str_cstr(&heard), wanted)) {
        if (!transport_read(t, &heard, until_ms, &e))
            fail_msg("%s; heard: %s", e.msg, str_cstr(&heard));
        if (clock_now_ms(NULL) >= until_ms)
            fail_msg("nothing more came; heard: %s", str_cstr(&heard));
    }
    str_clear(&heard);
}

static void a_password_leads_to_the_line(void **state)
{
    struct err e = {0};
    struct desk *d = *state;
    struct transport *t = dial(d, "good", d->password, &e);
    if (!t)
        fail_msg("%s", e.msg);
    expect(t, "\r", "good login: ");
    expect(t, "admin\r", "Password: ");
    expect(t, "switch-secret\r", "good>");
    transport_close(t);
}

static void a_wrong_password_is_an_auth_failure(void **state)
{
    struct err e = {0};
    struct desk *d = *state;
    assert_null(dial(d, "good", d->wrong, &e));
    assert_int_equal(e.failure, FAILURE_OOB_AUTH_FAIL);
}

static void a_changed_host_key_is_refused(void **state)
{
    struct err e = {0};
    struct desk *d = *state;
    assert_true(file_write(d->hosts, "", 0, 0600, &e));
    assert_null(dial(d, "good", d->password, &e));
    assert_int_equal(e.failure, FAILURE_OOB_HOST_KEY);
    struct str line = {0};
    str_printf(&line, "%s\n", sim_known_hosts_line(d->sim));
    assert_true(file_write(d->hosts, str_cstr(&line), line.len, 0600, &e));
    str_clear(&line);
}

static void a_dead_port_is_not_reachable(void **state)
{
    struct err e = {0};
    struct desk *d = *state;
    assert_null(dial(d, "gone", d->password, &e));
    assert_int_equal(e.failure, FAILURE_OOB_CONNECT_FAIL);
}

static void a_broken_line_is_a_lost_console(void **state)
{
    struct err e = {0};
    struct str heard = {0};
    struct desk *d = *state;
    struct transport *t = dial(d, "breaks", d->password, &e);
    assert_non_null(t);
    bool written =
        transport_write(t, "\r\r", 2, &e); /* the line may break before libssh has seen its bytes leave */
    while (written && transport_read(t, &heard, clock_now_ms(NULL) + PATIENCE_MS, &e))
        assert_true(heard.len <= 20);
    if (written)
        assert_int_equal(heard.len, 20);
    assert_int_equal(e.failure, FAILURE_CONSOLE_LOST);
    transport_close(t);
    str_clear(&heard);
}

static void keyboard_interactive_alone_leads_to_the_line(void **state)
{
    struct err e = {0};
    struct desk *d = *state;
    struct transport *t = dial(d, "asks", d->password, &e);
    if (!t)
        fail_msg("%s", e.msg);
    expect(t, "\r", "asks login: ");
    transport_close(t);
    assert_null(dial(d, "asks", d->wrong, &e));
    assert_int_equal(e.failure, FAILURE_OOB_AUTH_FAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_password_leads_to_the_line, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(a_wrong_password_is_an_auth_failure, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(a_changed_host_key_is_refused, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(a_dead_port_is_not_reachable, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(a_broken_line_is_a_lost_console, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(keyboard_interactive_alone_leads_to_the_line, open_interactive_desk,
                                        close_desk),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
