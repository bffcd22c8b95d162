/* Busy ports (13, 14): three kinds, who holds them, and when one may be taken; redirects of a console server's own protocol. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
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

enum { PATTERNS = 16, STEPS = 12 };

struct bench { /* a desk whose console server is opened through a script of states */
    struct desk d;
    struct console_driver driver;
    struct console console;
    struct dialogue_step steps[STEPS], clear_steps[STEPS];
    struct busy_sign busy[2], lost[1];
    struct regex *patterns[PATTERNS];
    size_t pattern_count;
    const char *const *opens; /* the state each opening leads to; "!": refused */
    unsigned opened, ports[8];
};

static struct regex *pattern(struct bench *b, const char *text)
{
    struct err e = {0};
    struct regex *re = regex_new(text, REGEX_BYTES, &e);
    if (!re)
        fail_msg("%s: %s", text, e.msg);
    return b->patterns[b->pattern_count++] = re;
}

static struct transport *open_next(void *ctx, const struct uri *uri, const struct transport_options *options,
                                   struct err *e)
{
    struct bench *b = ctx;
    const char *to = b->opens[b->opened];
    (void)options;
    b->ports[b->opened++ % 8] = uri->port;
    if (!to || strcmp(to, "!") == 0) {
        err_fail(e, ERR_CLOSED, FAILURE_OOB_CONNECT_FAIL, "Connection refused");
        return NULL;
    }
    peer_reconnect(&b->d.peer, to);
    return peer_transport(&b->d.peer);
}

static void bench_init(struct bench *b, const struct peer_state *states, const char *const *opens)
{
    memset(b, 0, sizeof *b);
    desk_init(&b->d, states);
    b->driver = (struct console_driver){
        .kind = "test", .user = "{user}", .steps = b->steps, .busy = b->busy, .lost = b->lost};
    b->driver.clear.steps = b->clear_steps;
    b->console = (struct console){
        .name = "oob-r1 port 7",
        .uri = {.scheme = "telnet", .user = "net", .host = "oob-r1", .port = 2007, .path = ""},
        .driver = &b->driver,
        .port = "7",
        .user = "net",
        .options = {.clock = &b->d.peer.clock}};
    b->opens = opens;
    b->d.options.console = &b->console;
    b->d.options.open = open_next;
    b->d.options.open_ctx = b;
    b->d.options.credential_count = b->d.credential_count;
}

/* Like desk_open, but through the opener. */
static bool bench_login(struct bench *b)
{
    b->d.session = session_open(&b->d.options, &b->d.e);
    return b->d.session && session_login(b->d.session, &b->d.e);
}

static void bench_clear(struct bench *b)
{
    desk_clear(&b->d);
    for (size_t i = 0; i < b->pattern_count; i++)
        regex_free(b->patterns[i]);
}

static void assert_failure(const struct bench *b, enum failure failure)
{
    if (b->d.e.failure != failure)
        fail_msg("%s: %s", failure_info(b->d.e.failure)->name, b->d.e.msg);
}

static void assert_says(const struct bench *b, const char *text)
{
    if (!strstr(b->d.e.msg, text))
        fail_msg("\"%s\" is not in: %s", text, b->d.e.msg);
}

static void tells_busy(struct bench *b)
{
    b->busy[0].regex = pattern(b, "^Port in use by (?<holder>\\w+)");
    b->driver.busy_count = 1;
}

static void behaviour_13_a_refused_connection_is_a_busy_port_where_the_server_does_so(void **state)
{
    (void)state;
    static const char *const opens[] = {"!"};
    for (unsigned refused = 0; refused < 2; refused++) {
        struct bench b;
        bench_init(&b, STATES({.name = "none", .unsafe = true}), opens);
        b.driver.busy_when = refused ? BUSY_REFUSED : 0;
        assert_false(bench_login(&b));
        assert_failure(&b, refused ? FAILURE_CONSOLE_BUSY : FAILURE_OOB_CONNECT_FAIL);
        assert_int_equal(b.d.peer.bytes.len, 0);
        bench_clear(&b);
    }
}

static void behaviour_13_a_connection_closed_at_once_is_a_busy_port_where_the_server_does_so(void **state)
{
    (void)state;
    static const char *const opens[] = {"closed"};
    for (unsigned closed = 0; closed < 2; closed++) {
        struct bench b;
        bench_init(&b, STATES({.name = "closed", .closes = true}), opens);
        b.driver.busy_when = closed ? BUSY_CLOSED : 0;
        assert_false(bench_login(&b));
        assert_failure(&b, closed ? FAILURE_CONSOLE_BUSY : FAILURE_CONSOLE_LOST);
        bench_clear(&b);
    }
}

static void behaviour_13_a_silent_port_may_be_a_busy_one_and_it_says_so(void **state)
{
    (void)state;
    static const char *const opens[] = {"silent"};
    struct bench b;
    bench_init(&b, STATES({.name = "silent", .mute = true}), opens);
    b.driver.busy_when = BUSY_SILENT;
    assert_false(bench_login(&b));
    assert_failure(&b, FAILURE_CONSOLE_SILENT);
    assert_says(&b, "somebody holds the port");
    bench_clear(&b);
}

static void behaviour_13_the_servers_own_prompt_is_not_taken_for_the_switch(void **state)
{
    (void)state;
    static const char *const opens[] = {"server"};
    struct bench b;
    bench_init(&b,
               STATES({.name = "server",
                       .prompt = "slc42> ",
                       .rules = RULES({.typed = "connect 7", .reply = "Invalid port\r\n", .next = "again"})},
                      {.name = "again", .prompt = "slc42> ", .unsafe = true}),
               opens);
    b.steps[0] = (struct dialogue_step){
        .expect = pattern(&b, "^slc42> $"), .answer = DIALOGUE_TEXT, .send = "connect {port}"};
    b.driver.step_count = 1;
    b.lost[0].regex = pattern(&b, "^Invalid port|^slc42> ?$");
    b.driver.lost_count = 1;
    assert_false(bench_login(&b));
    assert_failure(&b, FAILURE_OOB_CONNECT_FAIL);
    assert_says(&b, "Invalid port");
    bench_clear(&b);
}

/* The terminal server's command line, with what `show users` says. */
#define SHOW_USERS(idle)                                                                                     \
    "    Line       User       Host(s)              Idle       Location\r\n"                                 \
    "*  2 vty 0     net        idle                 00:00:00 10.1.1.1\r\n"                                   \
    "   7 tty 7     bob        incoming             " idle " 10.0.0.9\r\n"                                   \
    "  17 tty 17    eve        incoming             00:00:02 10.0.0.8\r\n"
#define TERMINAL_SERVER(idle)                                                                                \
    {.name = "ts",                                                                                           \
     .prompt = "ts1#",                                                                                       \
     .rules = RULES({.typed = "show users", .reply = SHOW_USERS(idle)},                                      \
                    {.typed = "clear line 7", .next = "confirm"})},                                          \
    {                                                                                                        \
        .name = "confirm", .prompt = "[confirm]",                                                            \
        .rules = RULES({.typed = "", .reply = " [OK]\r\n", .next = "ts"})                                    \
    }

static void cisco(struct bench *b, enum clear_policy policy, int64_t idle_ms)
{
    struct dialogue_step steps[] = {
        {.expect = pattern(b, "^ts1# ?$"), .answer = DIALOGUE_TEXT, .send = "show users"},
        {.expect = pattern(b, "^ts1# ?$"),
         .answer = DIALOGUE_TEXT,
         .send = "clear line {port}",
         .clears = true},
        {.expect = pattern(b, "\\[confirm\\] ?$"), .answer = DIALOGUE_TEXT, .send = ""},
        {.expect = pattern(b, "\\[OK\\]"), .answer = DIALOGUE_WAIT, .line = true}};
    memcpy(b->clear_steps, steps, sizeof steps);
    b->driver.busy_when = BUSY_REFUSED;
    b->driver.clear.where = CLEAR_SERVER;
    b->driver.clear.tcp_port = 23;
    b->driver.clear.step_count = sizeof steps / sizeof *steps;
    b->driver.clear.times = 2;
    b->driver.clear.wait_ms = 5000;
    b->driver.clear.idle =
        "^ *\\*? *{port} +\\S+ +\\S+ +(?<holder>\\S+) +\\S+ +(?<h>\\d+):(?<m>\\d+):(?<s>\\d+)";
    b->console.clear_policy = policy;
    b->console.clear_idle_ms = idle_ms;
}

static void behaviour_14_clear_line_is_sent_twice_and_confirmed_and_then_it_waits(void **state)
{
    (void)state;
    static const char *const opens[] = {"!", "ts", "login"};
    struct bench b;
    bench_init(&b, STATES(TERMINAL_SERVER("02:12:34"), USUAL), opens);
    cisco(&b, CLEAR_IDLE, 15 * 60000);
    if (!bench_login(&b))
        fail_msg("%s", b.d.e.msg);
    assert_int_equal(peer_count(&b.d.peer, "ts|clear line 7"), 2);
    assert_int_equal(peer_count(&b.d.peer, "confirm|"), 2);
    assert_int_equal(b.ports[1], 23);
    assert_int_equal(b.ports[2], 2007);
    assert_true(b.d.peer.clock.now_ms >= 5000);
    assert_non_null(
        strstr(str_cstr(&b.d.notes), "clearing the console port: held by bob, silent for 2:12:34"));
    assert_string_equal(session_finding(b.d.session),
                        "the console port was taken by force: held by bob, silent for 2:12:34");
    bench_clear(&b);
}

static void behaviour_13_a_person_who_typed_lately_keeps_the_port(void **state)
{
    (void)state;
    static const char *const opens[] = {"!", "ts", "login"};
    static const struct {
        enum clear_policy policy;
        int64_t idle_ms;
    } cases[] = {{CLEAR_IDLE, 15 * 60000}, {CLEAR_ALWAYS, 0}, {CLEAR_IDLE, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench b;
        bench_init(&b, STATES(TERMINAL_SERVER("00:04:59"), USUAL), opens);
        cisco(&b, cases[i].policy, cases[i].idle_ms);
        assert_false(bench_login(&b));
        assert_failure(&b, FAILURE_CONSOLE_BUSY);
        assert_says(&b, "held by bob, who typed 4:59 ago; it was not cleared");
        assert_int_equal(peer_count(&b.d.peer, "ts|clear line 7"), 0);
        bench_clear(&b);
    }
}

static void behaviour_13_nothing_is_cleared_unless_the_site_says_so(void **state)
{
    (void)state;
    static const char *const opens[] = {"!", "ts", "login"};
    struct bench b;
    bench_init(&b, STATES(TERMINAL_SERVER("20:00:00"), USUAL), opens);
    cisco(&b, CLEAR_NEVER, 0);
    assert_false(bench_login(&b));
    assert_failure(&b, FAILURE_CONSOLE_BUSY);
    assert_int_equal(b.opened, 1);
    assert_int_equal(b.d.peer.bytes.len, 0);
    bench_clear(&b);
}

static void behaviour_13_where_the_server_does_not_tell_only_always_clears(void **state)
{
    (void)state;
    static const char *const opens[] = {"!", "ts", "login"};
    for (unsigned always = 0; always < 2; always++) {
        struct bench b;
        bench_init(&b, STATES(TERMINAL_SERVER("never"), USUAL), opens);
        cisco(&b, always ? CLEAR_ALWAYS : CLEAR_IDLE, 15 * 60000);
        assert_int_equal(bench_login(&b), always);
        assert_int_equal(peer_count(&b.d.peer, "ts|clear line 7"), always ? 2 : 0);
        if (!always)
            assert_says(&b, "does not tell when the holder last typed");
        bench_clear(&b);
    }
}

static void behaviour_14_a_port_that_is_busy_again_is_not_fought_for(void **state)
{
    (void)state;
    static const char *const opens[] = {"!", "ts", "busy"};
    struct bench b;
    bench_init(&b,
               STATES(TERMINAL_SERVER("02:00:00"),
                      {.name = "busy", .enter = "Port in use by eve\r\n", .unsafe = true}),
               opens);
    cisco(&b, CLEAR_IDLE, 15 * 60000);
    tells_busy(&b);
    assert_false(bench_login(&b));
    assert_failure(&b, FAILURE_CONSOLE_BUSY);
    assert_says(&b, "in use again after it was cleared: held by eve");
    assert_int_equal(b.opened, 3);
    bench_clear(&b);
}

static void behaviour_14_a_clear_that_goes_wrong_leaves_the_port_busy(void **state)
{
    (void)state;
    static const char *const opens[] = {"busy", "ts"};
    struct bench b;
    bench_init(
        &b,
        STATES({.name = "busy", .enter = "Port in use by bob\r\n", .unsafe = true},
               {.name = "ts", .prompt = "ts1>", .rules = RULES({.typed = "*", .reply = "% Invalid\r\n"})}),
        opens);
    cisco(&b, CLEAR_ALWAYS, 0);
    tells_busy(&b);
    assert_false(bench_login(&b));
    assert_failure(&b, FAILURE_CONSOLE_BUSY);
    assert_says(&b, "held by bob; clearing it failed");
    bench_clear(&b);
}

/* conserver's protocol as 8.2.7 speaks it. */
#define CONSERVER_LOGIN(n, port_or_console, then)                                                            \
    {.name = "ok" n,                                                                                         \
     .enter = "ok\r\n",                                                                                      \
     .mute = true,                                                                                           \
     .rules = RULES({.typed = "\nlogin ops", .next = "pw" n}, {.typed = "login ops", .next = "pw" n})},      \
        {.name = "pw" n,                                                                                     \
         .enter = "passwd? vm\r\n",                                                                          \
         .mute = true,                                                                                       \
         .rules = RULES({.typed = "\noob-secret", .next = "in" n})},                                         \
    {                                                                                                        \
        .name = "in" n, .enter = "ok\r\n", .mute = true,                                                     \
        .rules = RULES({.typed = "\ncall tor1", .reply = port_or_console, .next = then})                     \
    }

static void conserver(struct bench *b)
{
    struct regex *ok = pattern(b, "^ok$"), *pw = pattern(b, "^passwd\\? ");
    struct dialogue_step steps[] = {
        {.expect = ok, .line = true, .answer = DIALOGUE_TEXT, .send = "login {user}"},
        {.expect = pw, .line = true, .answer = DIALOGUE_PASSWORD, .optional = true},
        {.expect = ok, .line = true, .answer = DIALOGUE_TEXT, .send = "call {label}"},
        {.expect = pattern(b, "^(?<port>\\d{1,5})$"), .line = true, .answer = DIALOGUE_REDIRECT},
        {.expect = ok, .line = true, .answer = DIALOGUE_TEXT, .send = "login {user}"},
        {.expect = pw, .line = true, .answer = DIALOGUE_PASSWORD, .optional = true},
        {.expect = ok, .line = true, .answer = DIALOGUE_TEXT, .send = "call {label}"},
        {.expect = pattern(b, "^\\[attached"),
         .line = true,
         .answer = DIALOGUE_KEYS,
         .send = "\x05"
                 "c;"}};
    memcpy(b->steps, steps, sizeof steps);
    b->driver.step_count = sizeof steps / sizeof *steps;
    b->driver.ready = pattern(b, "^\\[connected\\]");
    b->driver.line_end = "\r\n";
    b->driver.escapes = "\x05"
                        "c";
    b->driver.escapes_len = 3;
    b->console.port = "tor1";
    b->console.user = "ops";
    b->console.uri.port = 782;
}

static void a_redirect_leads_to_the_captured_port_and_the_dialogue_goes_on(void **state)
{
    (void)state;
    static const char *const opens[] = {"ok1", "ok2"};
    struct secret *secret = secret_new("oob", "oob-secret", 10);
    for (size_t chunk = 0; chunk < 5; chunk++) {
        struct bench b;
        bench_init(&b,
                   STATES(CONSERVER_LOGIN("1", "17821\r\n", "gone"),
                          CONSERVER_LOGIN("2", "[attached]\r\n", "held"), {.name = "gone", .mute = true},
                          {.name = "held",
                           .mute = true,
                           .keys = true,
                           .rules = RULES({.typed = "\n"},
                                          {.typed = ";", .reply = "[connected]\r\n", .next = "login"},
                                          {.typed = "*"})},
                          USUAL),
                   opens);
        conserver(&b);
        b.d.peer.chunk_bytes = chunk;
        b.console.options.password = secret;
        if (!bench_login(&b))
            fail_msg("%s\n%s", b.d.e.msg, str_cstr(&b.d.peer.log));
        assert_int_equal(b.opened, 2);
        assert_int_equal(b.ports[0], 782);
        assert_int_equal(b.ports[1], 17821);
        bench_clear(&b);
    }
    secret_free(secret);
}

static void behaviour_13_a_port_is_taken_in_the_same_connection_where_the_server_works_so(void **state)
{
    (void)state;
    static const char *const opens[] = {"menu"};
    struct bench b;
    bench_init(&b,
               STATES({.name = "menu",
                       .enter = "Port in use by alice\r\n",
                       .prompt = "Enter your option : ",
                       .rules = RULES({.typed = "4", .reply = "session killed\r\n", .next = "login"})},
                      USUAL),
               opens);
    tells_busy(&b);
    b.clear_steps[0] = (struct dialogue_step){
        .expect = pattern(&b, "option : $"), .answer = DIALOGUE_TEXT, .send = "4", .clears = true};
    b.driver.clear.step_count = 1;
    b.driver.clear.where = CLEAR_HERE;
    b.driver.clear.ready = pattern(&b, "^session killed");
    b.console.clear_policy = CLEAR_ALWAYS;
    if (!bench_login(&b))
        fail_msg("%s", b.d.e.msg);
    assert_int_equal(peer_count(&b.d.peer, "menu|4"), 1);
    assert_string_equal(session_finding(b.d.session), "the console port was taken by force: held by alice");
    bench_clear(&b);
}

static void behaviour_13_the_console_is_opened_anew_with_force_where_the_server_works_so(void **state)
{
    (void)state;
    static const char *const opens[] = {"first", "force"};
    struct bench b;
    bench_init(&b,
               STATES({.name = "first",
                       .mute = true,
                       .rules = RULES({.typed = "CONNECT 7",
                                       .reply = "ERROR CODE=7 MESSAGE='Found console already in use'\r\n"
                                                "Console [7] open R/W by <bob@host> on pts/1 (idle 42m).\r\n",
                                       .next = "end"})},
                      {.name = "end", .closes = true},
                      {.name = "force",
                       .mute = true,
                       .rules = RULES({.typed = "FORCE 7", .reply = "OK CONSOLE='7'\r\n", .next = "login"})},
                      USUAL),
               opens);
    b.steps[0] = (struct dialogue_step){.answer = DIALOGUE_TEXT, .send = "CONNECT {port}"};
    b.driver.step_count = 1;
    b.driver.ready = b.driver.clear.ready = pattern(&b, "^OK CONSOLE=");
    b.busy[0].regex = pattern(&b, "^ERROR CODE=7 ");
    b.busy[1].regex = pattern(&b, "open R/W by <(?<holder>[^>]+)>");
    b.driver.busy_count = 2;
    b.clear_steps[0] =
        (struct dialogue_step){.answer = DIALOGUE_TEXT, .send = "FORCE {port}", .clears = true};
    b.driver.clear.step_count = 1;
    b.driver.clear.where = CLEAR_CONSOLE;
    b.driver.clear.idle =
        "^Console \\[{port}\\] open R/W by <(?<holder>[^>]+)>.*\\(idle (?:(?<h>\\d+)h)?(?:(?<m>\\d+)m)?";
    b.console.clear_policy = CLEAR_IDLE;
    b.console.clear_idle_ms = 30 * 60000;
    if (!bench_login(&b))
        fail_msg("%s\n%s", b.d.e.msg, str_cstr(&b.d.peer.log));
    assert_non_null(strstr(session_finding(b.d.session), "held by bob@host, silent for 42:00"));
    bench_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_13_a_refused_connection_is_a_busy_port_where_the_server_does_so),
        cmocka_unit_test(behaviour_13_a_connection_closed_at_once_is_a_busy_port_where_the_server_does_so),
        cmocka_unit_test(behaviour_13_a_silent_port_may_be_a_busy_one_and_it_says_so),
        cmocka_unit_test(behaviour_13_the_servers_own_prompt_is_not_taken_for_the_switch),
        cmocka_unit_test(behaviour_14_clear_line_is_sent_twice_and_confirmed_and_then_it_waits),
        cmocka_unit_test(behaviour_13_a_person_who_typed_lately_keeps_the_port),
        cmocka_unit_test(behaviour_13_nothing_is_cleared_unless_the_site_says_so),
        cmocka_unit_test(behaviour_13_where_the_server_does_not_tell_only_always_clears),
        cmocka_unit_test(behaviour_14_a_port_that_is_busy_again_is_not_fought_for),
        cmocka_unit_test(behaviour_14_a_clear_that_goes_wrong_leaves_the_port_busy),
        cmocka_unit_test(a_redirect_leads_to_the_captured_port_and_the_dialogue_goes_on),
        cmocka_unit_test(behaviour_13_a_port_is_taken_in_the_same_connection_where_the_server_works_so),
        cmocka_unit_test(behaviour_13_the_console_is_opened_anew_with_force_where_the_server_works_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
