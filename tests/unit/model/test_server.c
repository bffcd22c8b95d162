/* Console-server drivers and the site's policy for their ports: what may be said, and every mistake with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "folder.h"
#include "model/server.h"
#include "model/site.h"

static const struct yaml_place asked = {.file = "site.yaml", .line = 4, .column = 5};

static const char driver_text[] =
    "about: a server\nscheme: tcp\ntcp_port: 782\nline_end: crlf\n"
    "login:\n  - {line: '^ok$', send: 'login {user}'}\n  - {line: '^passwd', answer: password, optional: "
    "true}\n"
    "  - {line: '^(?<port>\\d+)$', redirect: '{port}'}\n  - {line: '^up', keys: \"\\x05c;\"}\n"
    "ready: '^connected'\nbusy: '^spy'\nbusy_when: [refused, closed, silent]\nlost: ['^no such']\n"
    "break: {keys: \"\\x05cl0\"}\nspeed: 'set it there'\n"
    "clear:\n  where: server\n  scheme: ssh\n  tcp_port: 2222\n  times: 2\n  wait: 5s\n"
    "  idle: '^{port} (?<h>\\d+)'\n"
    "  steps:\n    - {expect: '# ?$', send: 'clear line {port}', clears: true}\n"
    "    - {line: 'OK', answer: nothing}\n"
    "also:\n  telnet: {port_base: 2000, login: [], ready: '^yes', break: line}\n  ssh: {user: "
    "'{user}:{port}'}\n";

static struct console_driver *load(const char *text, const char *scheme, struct arena *arena,
                                   struct mistakes *m)
{
    struct folder f;
    folder_open(&f);
    folder_put(&f, "platforms/console-servers/kind.yaml", text);
    struct search_path path = {.dirs = {f.path}, .count = 1};
    struct console_driver *d = console_driver_load_way("kind", scheme, &asked, &path, arena, m);
    folder_close(&f);
    return d;
}

static void a_driver_says_how_its_protocol_goes(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct mistakes m = {0};
    struct console_driver *d = load(driver_text, NULL, &arena, &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_int_equal(d->step_count, 4);
    assert_true(d->steps[0].line && d->steps[1].optional);
    assert_int_equal(d->steps[1].answer, DIALOGUE_PASSWORD);
    assert_int_equal(d->steps[2].answer, DIALOGUE_REDIRECT);
    assert_int_equal(d->steps[3].answer, DIALOGUE_KEYS);
    assert_string_equal(d->steps[3].send, "\x05"
                                          "c;");
    assert_string_equal(d->line_end, "\r\n");
    assert_int_equal(d->tcp_port, 782);
    assert_int_equal(d->busy_when, BUSY_REFUSED | BUSY_CLOSED | BUSY_SILENT);
    assert_int_equal(d->lost_count, 1);
    assert_int_equal(d->break_method, BREAK_KEYS);
    assert_string_equal(d->speed_advice, "set it there");
    assert_int_equal(d->clear.where, CLEAR_SERVER);
    assert_int_equal(d->clear.step_count, 2);
    assert_true(d->clear.steps[0].clears);
    assert_int_equal(d->clear.steps[1].answer, DIALOGUE_WAIT);
    assert_int_equal(d->clear.times, 2);
    assert_int_equal(d->clear.wait_ms, 5000);
    console_driver_clear(d);
    arena_clear(&arena);
}

static void another_scheme_takes_over_what_it_does_not_say_itself(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct mistakes m = {0};
    struct console_driver *d = load(driver_text, "telnet", &arena, &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_string_equal(d->scheme, "telnet");
    assert_int_equal(d->port_base, 2000);
    assert_int_equal(d->step_count, 0);
    assert_int_equal(d->break_method, BREAK_LINE);
    assert_int_equal(d->busy_count, 1);
    console_driver_clear(d);
    d = load(driver_text, "ssh", &arena, &m);
    assert_int_equal(d->step_count, 4);
    assert_string_equal(d->user, "{user}:{port}");
    console_driver_clear(d);
    assert_null(load(driver_text, "rfc2217", &arena, &m));
    assert_string_equal(str_cstr(&m.text),
                        "site.yaml:4:5: no way is known to a console server of kind kind by rfc2217\n");
    mistakes_clear(&m);
    arena_clear(&arena);
}

static void mistakes_in_a_driver_are_all_said_with_their_place(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct mistakes m = {0};
    assert_null(load("about: x\nscheme: ssh\nline_end: cf\nbusy_when: [refuzed]\nbreak: lien\n"
                     "login:\n  - {line: a, expect: b, send: c}\n  - {line: a, redirect: '{port}'}\n"
                     "  - {send: x}\n  - {line: a, keys: ''}\n  - {line: a, send: x, clears: true}\n"
                     "  - {line: a, answer: password}\n"
                     "clear:\n  where: here\n  idle: '('\n  steps: [{send: x}]\n"
                     "also:\n  telnte: {}\n  tcp: {tcp_prot: 1}\n",
                     NULL, &arena, &m));
    static const char *const wanted[] = {
        ":3:11: line end \"cf\" is not known",
        ":4:13: way of being busy \"refuzed\" is not known; did you mean \"refused\"?",
        ":5:8: way to send a BREAK \"lien\" is not known; did you mean \"line\"?",
        ":7:6: a step waits for either expect: or line:",
        ":8:5: a redirect needs the port in its pattern",
        ":9:5: a login step needs the key \"expect\" or \"line\"; add it",
        ":10:21: keys are 1 to 16 bytes",
        ":11:5: a port is taken in clear: only; remove clears",
        ":1:1: a login that sends a password needs the key \"ready\"",
        ":14:3: clear needs the key \"ready\"",
        ":15:9: missing closing parenthesis",
        ":16:10: no step says clears: true",
        ":18:3: scheme \"telnte\" is not known; did you mean \"telnet\"?",
        ":19:9: ",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!strstr(str_cstr(&m.text), wanted[i]))
            fail_msg("wanted \"%s\", got:\n%s", wanted[i], str_cstr(&m.text));
    mistakes_clear(&m);
    arena_clear(&arena);
}

#define SITE(server, console)                                                                                \
    "credentials: {oob: {user: net, password: \"\"}}\n"                                                      \
    "console_servers:\n  ts: {kind: kind, address: 10.0.0.1, credential: oob" server "}\n"                   \
    "switches:\n  tor: {platform: example, credentials: [oob], console: {server: ts, port: 7" console "}}\n"

static struct site *site(const char *text, const char *driver, struct mistakes *m)
{
    struct folder f;
    folder_open(&f);
    folder_put(&f, "platforms/console-servers/kind.yaml", driver);
    folder_put(&f, "platforms/example.yaml", "platform: example\n");
    folder_put(&f, "site.yaml", text);
    struct search_path path = {.dirs = {f.path}, .count = 1};
    char *file = file_join(f.path, "site.yaml");
    struct site *s = site_load(file, &path, m);
    mem_free(file);
    folder_close(&f);
    return s;
}

static void busy_ports_are_left_alone_unless_the_site_says_otherwise(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum clear_policy policy;
        int64_t idle_ms;
    } cases[] = {{SITE("", ""), CLEAR_NEVER, 0},
                 {SITE(", clear_busy: never", ""), CLEAR_NEVER, 0},
                 {SITE(", clear_busy: {idle: 15m}", ""), CLEAR_IDLE, 15 * 60000},
                 {SITE(", clear_busy: always", ""), CLEAR_ALWAYS, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mistakes m = {0};
        struct site *s = site(cases[i].text, driver_text, &m);
        assert_string_equal(str_cstr(&m.text), "");
        assert_int_equal(s->switches[0].console.clear_policy, cases[i].policy);
        assert_int_equal(s->switches[0].console.clear_idle_ms, cases[i].idle_ms);
        assert_string_equal(s->switches[0].console.user, "net");
        site_free(s);
    }
}

static void a_policy_that_cannot_be_kept_is_a_mistake(void **state)
{
    (void)state;
    static const char plain[] = "about: x\nscheme: ssh\n";
    static const char untold[] =
        "about: x\nscheme: ssh\nclear: {where: server, steps: [{send: x, clears: true}]}\n";
    static const struct {
        const char *text, *driver, *wanted;
    } cases[] = {
        {SITE(", clear_busy: {idle: 1m}", ""), driver_text, "out of range"},
        {SITE(", clear_busy: sometimes", ""), driver_text, "is not a policy for busy ports; write never"},
        {SITE(", clear_busy: {idle: 15m}", ""), plain,
         "it is not known how a console server of kind kind clears"},
        {SITE(", clear_busy: {idle: 15m}", ""), untold, "does not tell how long a holder has been idle"},
        {SITE(", scheme: rfc2217", ""), driver_text,
         "no way is known to a console server of kind kind by rfc2217"},
        {SITE("", ", baud_candidates: [9600, 3]"), driver_text, "3 is out of range"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mistakes m = {0};
        assert_null(site(cases[i].text, cases[i].driver, &m));
        if (!strstr(str_cstr(&m.text), cases[i].wanted))
            fail_msg("wanted \"%s\", got:\n%s", cases[i].wanted, str_cstr(&m.text));
        mistakes_clear(&m);
    }
}

static void speeds_to_try_are_the_consoles_or_the_servers(void **state)
{
    (void)state;
    struct mistakes m = {0};
    struct site *s = site(SITE(", scheme: telnet, baud_candidates: [9600, 38400]", ""), driver_text, &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_int_equal(s->switches[0].console.baud_candidate_count, 2);
    assert_int_equal(s->switches[0].console.uri.port, 2007);
    assert_string_equal(s->switches[0].console.uri.scheme, "telnet");
    site_free(s);
    s = site(SITE(", baud_candidates: [9600, 38400]", ", baud: 9600, baud_candidates: [57600]"), driver_text,
             &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_int_equal(s->switches[0].console.baud_candidate_count, 1);
    assert_int_equal(s->switches[0].console.baud_candidates[0], 57600);
    assert_int_equal(s->switches[0].console.options.baud, 9600);
    site_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_driver_says_how_its_protocol_goes),
        cmocka_unit_test(another_scheme_takes_over_what_it_does_not_say_itself),
        cmocka_unit_test(mistakes_in_a_driver_are_all_said_with_their_place),
        cmocka_unit_test(busy_ports_are_left_alone_unless_the_site_says_otherwise),
        cmocka_unit_test(a_policy_that_cannot_be_kept_is_a_mistake),
        cmocka_unit_test(speeds_to_try_are_the_consoles_or_the_servers),
    };
    return cmocka_run_group_tests_name("model/server", tests, NULL, NULL);
}
