/* Console servers: addresses, their login dialogue, busy ports, and credentials that never cross. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "helpers/support_desk.h"

#define RULES(...)                                                                                           \
    (const struct peer_rule[])                                                                               \
    {                                                                                                        \
        __VA_ARGS__,                                                                                         \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }

static void the_address_is_filled_from_the_drivers_template(void **state)
{
    (void)state;
    static const struct {
        const char *form;
        unsigned base;
        const char *port, *user;
        unsigned tcp;
    } cases[] = {{"{user}:port{port:02}", 0, "7", "net:port07", 22},
                 {"{user}:{port}", 0, "7", "net:7", 22},
                 {"{user}:{label}", 0, "tor-r1-03", "net:tor-r1-03", 22},
                 {"{user}", 3000, "12", "net", 3012},
                 {"{user}", 0, "", "net", 22}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct err e = {0};
        struct uri base = {.scheme = "ssh", .user = "", .host = "oob-r1", .port = 22, .path = ""}, out;
        struct console_driver driver = {.kind = "test", .user = cases[i].form, .port_base = cases[i].base};
        assert_true(console_address(&driver, &base, "net", cases[i].port, &arena, &out, &e));
        assert_string_equal(out.user, cases[i].user);
        assert_int_equal(out.port, cases[i].tcp);
        arena_clear(&arena);
    }
}

static void an_address_that_cannot_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *form;
        unsigned base;
        const char *port;
    } cases[] = {{"{user}:port{port:02}", 0, "seven"},
                 {"{user}:port{port:02}", 0, ""},
                 {"{user}", 65000, "600"},
                 {"{user}", 3000, "x"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct err e = {0};
        struct uri base = {.scheme = "ssh", .host = "oob-r1"}, out;
        struct console_driver driver = {.kind = "test", .user = cases[i].form, .port_base = cases[i].base};
        assert_false(console_address(&driver, &base, "net", cases[i].port, &arena, &out, &e));
        assert_int_equal(e.code, ERR_SYNTAX);
        arena_clear(&arena);
    }
}

struct server { /* a console server with a dialogue of its own */
    struct regex *login, *password, *menu, *ready, *busy;
    struct dialogue_step steps[3];
    struct busy_sign signs[1];
    struct console_driver driver;
    struct secret *secret;
    struct console console;
};

static void server_init(struct server *s)
{
    memset(s, 0, sizeof *s);
    s->login = regex_new("^oob login: $", REGEX_BYTES, NULL);
    s->password = regex_new("^Password: $", REGEX_BYTES, NULL);
    s->menu = regex_new("^port\\? $", REGEX_BYTES, NULL);
    s->ready = regex_new("^Connected", REGEX_BYTES, NULL);
    s->busy = regex_new("in use by (?<holder>\\w+)", REGEX_BYTES, NULL);
    s->steps[0] = (struct dialogue_step){.expect = s->login, .answer = DIALOGUE_USER};
    s->steps[1] = (struct dialogue_step){.expect = s->password, .answer = DIALOGUE_PASSWORD};
    s->steps[2] =
        (struct dialogue_step){.expect = s->menu, .answer = DIALOGUE_TEXT, .send = "connect {port}"};
    s->signs[0] = (struct busy_sign){.regex = s->busy};
    s->driver = (struct console_driver){.kind = "menu",
                                        .user = "{user}",
                                        .steps = s->steps,
                                        .step_count = 3,
                                        .ready = s->ready,
                                        .busy = s->signs,
                                        .busy_count = 1};
    s->secret = secret_new("oob", "oob-secret", 10);
    s->console = (struct console){.name = "oob-r1 port 7",
                                  .driver = &s->driver,
                                  .port = "7",
                                  .options = {.user = "net", .password = s->secret}};
}

static void server_clear(struct server *s)
{
    regex_free(s->login);
    regex_free(s->password);
    regex_free(s->menu);
    regex_free(s->ready);
    regex_free(s->busy);
    secret_free(s->secret);
}

#define SERVER(after_menu)                                                                                   \
    {.name = "oob", .prompt = "oob login: ", .rules = RULES({.typed = "net", .next = "oobpw"})},             \
        {.name = "oobpw",                                                                                    \
         .prompt = "Password: ",                                                                             \
         .hidden = true,                                                                                     \
         .rules = RULES({.typed = "oob-secret", .next = "menu"}, {.typed = "*", .next = "oob"})},            \
    {                                                                                                        \
        .name = "menu", .prompt = "port? ",                                                                  \
        .rules = RULES({.typed = "connect 7", .reply = after_menu, .next = "login"})                         \
    }

static void behaviour_07_the_servers_dialogue_comes_first_and_keeps_its_credential(void **state)
{
    (void)state;
    struct server server;
    for (size_t chunk = 0; chunk < 8; chunk++) {
        struct desk d;
        server_init(&server);
        desk_init(
            &d,
            (const struct peer_state[]){
                SERVER("Connected to port 7\r\n"), DESK_LOGIN, DESK_PASSWORD_STATE, DESK_ENABLE_STATE, {0}});
        d.options.console = &server.console;
        d.peer.chunk_bytes = chunk;
        assert_true(desk_open(&d));
        assert_null(strstr(str_cstr(&d.peer.bytes), DESK_PASSWORD)); /* nothing for the switch yet */
        assert_int_equal(peer_count(&d.peer, "menu|connect 7"), 1);
        assert_true(desk_login(&d));
        assert_int_equal(peer_count(&d.peer, "oobpw|oob-secret"), 1);
        assert_int_equal(peer_count(&d.peer, "password|" DESK_PASSWORD), 1);
        assert_null(strstr(str_cstr(&d.sent), "oob-secret"));
        desk_clear(&d);
        server_clear(&server);
    }
}

static void a_server_that_refuses_is_not_offered_the_switchs_credentials(void **state)
{
    (void)state;
    struct server server;
    struct desk d;
    server_init(&server);
    secret_free(server.secret);
    server.console.options.password = server.secret = secret_new("oob", "wrong-secret", 12);
    desk_init(&d, (const struct peer_state[]){SERVER("Connected\r\n"), {0}});
    d.options.console = &server.console;
    assert_false(desk_open(&d));
    assert_int_equal(d.e.failure, FAILURE_OOB_AUTH_FAIL);
    assert_null(strstr(str_cstr(&d.peer.bytes), DESK_PASSWORD));
    assert_null(strstr(str_cstr(&d.peer.bytes), "admin"));
    desk_clear(&d);
    server_clear(&server);
}

static void behaviour_13_busy_is_found_in_the_dialogue(void **state)
{
    (void)state;
    struct server server;
    struct desk d;
    server_init(&server);
    desk_init(&d, (const struct peer_state[]){
                      SERVER("port 7 in use by bob\r\n"), {.name = "login", .closes = true}, {0}});
    d.options.console = &server.console;
    assert_false(desk_open(&d));
    assert_int_equal(d.e.failure, FAILURE_CONSOLE_BUSY);
    assert_non_null(strstr(d.e.msg, "bob"));
    desk_clear(&d);
    server_clear(&server);
}

static void a_dialogue_that_never_ends_is_given_up(void **state)
{
    (void)state;
    struct server server;
    struct desk d;
    server_init(&server);
    desk_init(&d, (const struct peer_state[]){
                      {.name = "odd", .prompt = "something else entirely", .unsafe = true}, {0}});
    d.options.console = &server.console;
    assert_false(desk_open(&d));
    assert_int_equal(d.e.failure, FAILURE_OOB_CONNECT_FAIL);
    assert_in_range(d.peer.clock.now_ms, 15000, 15200);
    desk_clear(&d);
    server_clear(&server);
}

static void a_dialogue_with_a_password_needs_a_proof_of_its_end(void **state)
{
    (void)state;
    struct server server;
    struct desk d;
    server_init(&server);
    server.driver.ready = NULL;
    desk_init(&d, (const struct peer_state[]){SERVER("Connected\r\n"), {0}});
    d.options.console = &server.console;
    assert_false(desk_open(&d));
    assert_int_equal(d.peer.bytes.len, 0);
    desk_clear(&d);
    server_clear(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_address_is_filled_from_the_drivers_template),
        cmocka_unit_test(an_address_that_cannot_be_is_refused),
        cmocka_unit_test(behaviour_07_the_servers_dialogue_comes_first_and_keeps_its_credential),
        cmocka_unit_test(a_server_that_refuses_is_not_offered_the_switchs_credentials),
        cmocka_unit_test(behaviour_13_busy_is_found_in_the_dialogue),
        cmocka_unit_test(a_dialogue_that_never_ends_is_given_up),
        cmocka_unit_test(a_dialogue_with_a_password_needs_a_proof_of_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
