/* Peers that flood, lie or never end: bounded time, bounded memory, nothing typed, and cost that grows with the bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "helpers/support_desk.h"

#define RULES(...)                                                                                           \
    (const struct peer_rule[])                                                                               \
    {                                                                                                        \
        __VA_ARGS__,                                                                                         \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }

static void assert_failure(const struct desk *d, enum failure failure)
{
    assert_string_equal(failure_info(d->e.failure)->name, failure_info(failure)->name);
}

static char *filled(size_t len, const char *unit)
{
    char *text = mem_alloc(len + 1);
    size_t n = strlen(unit);
    for (size_t i = 0; i < len; i++)
        text[i] = unit[i % n];
    return text;
}

static void ten_megabytes_without_a_line_end_are_survived(void **state)
{
    (void)state;
    char *flood = filled(65536, "x");
    struct desk d;
    desk_init(&d, (const struct peer_state[]){
                      {.name = "flood", .mute = true, .flood = flood, .flood_max_bytes = 10 << 20}, {0}});
    assert_false(desk_login(&d));
    assert_in_range(d.peer.delivered, 10 << 20, 11 << 20);
    assert_in_range(d.peer.clock.now_ms, 1, 121000);
    desk_clear(&d);
    mem_free(flood);
}

static void endless_output_ends_at_a_bound_and_nothing_is_typed_over_it(void **state)
{
    (void)state;
    char *flood = filled(65536, "a row of output that never ends\r\n");
    struct desk d;
    desk_init(&d, (const struct peer_state[]){{.name = "flood", .unsafe = true, .flood = flood}, {0}});
    assert_false(desk_login(&d));
    assert_int_equal(d.peer.bytes.len, 0);
    assert_in_range(d.peer.delivered, 1 << 20, 20 << 20);
    desk_clear(&d);
    mem_free(flood);
}

static void endless_trickle_ends_at_the_deadline(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, (const struct peer_state[]){
                      {.name = "flood", .unsafe = true, .flood = ".", .flood_max_bytes = 0}, {0}});
    assert_false(desk_login(&d));
    assert_in_range(d.peer.clock.now_ms, 119000, 121000);
    desk_clear(&d);
}

static void an_endless_answer_ends_at_its_bound(void **state)
{
    (void)state;
    char *flood = filled(4096, "a row of output that never ends\r\n");
    struct desk d;
    struct answer a;
    desk_init(&d, (const struct peer_state[]){DESK_LOGIN,
                                              DESK_PASSWORD_STATE,
                                              {.name = "enable",
                                               .prompt = "tor01#",
                                               .rules = RULES({.typed = "show version", .next = "flood"})},
                                              {.name = "flood", .flood = flood, .mute = true},
                                              {0}});
    assert_true(desk_login(&d));
    assert_false(desk_query(&d, "version", &a));
    assert_int_equal(d.e.code, ERR_LIMIT);
    answer_clear(&a);
    assert_false(desk_query(&d, "version", &a)); /* and the way back is given up in time */
    answer_clear(&a);
    desk_clear(&d);
    mem_free(flood);
}

static void a_pager_that_stays_is_not_fed_for_ever(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    desk_init(&d, (const struct peer_state[]){
                      DESK_LOGIN,
                      DESK_PASSWORD_STATE,
                      {.name = "enable",
                       .prompt = "tor01#",
                       .rules = RULES({.typed = "show version", .next = "pager"})},
                      {.name = "pager", .enter = "row\r\n --More-- ", .mute = true, .keys = true},
                      {0}});
    assert_true(desk_login(&d));
    assert_false(desk_query(&d, "version", &a));
    assert_failure(&d, FAILURE_COMMAND_TIMEOUT);
    assert_int_equal(peer_count(&d.peer, "pager| "), 1);
    answer_clear(&a);
    desk_clear(&d);
}

static void nuls_and_high_bytes_are_no_text(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, (const struct peer_state[]){{.name = "noise",
                                               .unsafe = true,
                                               .mute = true,
                                               .enter = PEER_NUL PEER_NUL PEER_NUL PEER_NUL
                                               "\xff\xfe\x80\x81" PEER_NUL PEER_NUL PEER_NUL},
                                              {0}});
    assert_false(desk_login(&d));
    assert_failure(&d, FAILURE_CONSOLE_GARBLED);
    desk_clear(&d);
}

static void nuls_in_an_answer_are_dropped(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    desk_init(&d, (const struct peer_state[]){
                      DESK_LOGIN,
                      DESK_PASSWORD_STATE,
                      {.name = "enable",
                       .prompt = "tor" PEER_NUL "01#",
                       .rules = RULES({.typed = "show version", .reply = PEER_NUL "a" PEER_NUL "b\r\n"})},
                      {0}});
    assert_true(desk_login(&d));
    assert_true(desk_query(&d, "version", &a));
    assert_string_equal(str_cstr(&a.text), "ab\n");
    answer_clear(&a);
    desk_clear(&d);
}

/* The number of reads and the virtual time stand for the work: both must be those of the bytes, and the text whole. */
static void four_megabytes_are_read_once(void **state)
{
    (void)state;
    enum { SIZE = 4 << 20 };
    char *rows = filled(SIZE / 34 * 34, "Ethernet49/1    connected    10G\r\n");
    struct desk d;
    struct answer a;
    desk_init(&d, (const struct peer_state[]){DESK_LOGIN,
                                              DESK_PASSWORD_STATE,
                                              {.name = "enable",
                                               .prompt = "tor01#",
                                               .rules = RULES({.typed = "show inventory", .reply = rows})},
                                              {0}});
    d.peer.chunk_bytes = 4096;
    assert_true(desk_login(&d));
    uint64_t reads = d.peer.reads;
    int64_t began = d.peer.clock.now_ms;
    assert_true(desk_query(&d, "inventory", &a));
    assert_int_equal(a.text.len, strlen(rows) / 34 * 33);
    assert_in_range(d.peer.reads - reads, strlen(rows) / 4096, strlen(rows) / 4096 + 20);
    assert_int_equal(d.peer.clock.now_ms, began);
    assert_true(a.text.cap < 3 * a.text.len);
    answer_clear(&a);
    desk_clear(&d);
    mem_free(rows);
}

static void prompts_of_every_kind_in_output_change_nothing(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    static const char rows[] =
        "tor01>\r\ntor01(config)#\r\ntor01 login: x\r\nPassword: y\r\n--More-- z\r\n[yes/no]\r\n";
    desk_init(&d, (const struct peer_state[]){DESK_LOGIN,
                                              DESK_PASSWORD_STATE,
                                              {.name = "enable",
                                               .prompt = "tor01#",
                                               .rules = RULES({.typed = "show version", .reply = rows})},
                                              {0}});
    d.peer.chunk_bytes = 1;
    assert_true(desk_login(&d));
    size_t before = d.peer.bytes.len;
    assert_true(desk_query(&d, "version", &a));
    assert_string_equal(str_cstr(&a.text),
                        "tor01>\ntor01(config)#\ntor01 login: x\nPassword: y\n--More-- z\n[yes/no]\n");
    assert_int_equal(d.peer.bytes.len - before, strlen("show version\r"));
    answer_clear(&a);
    desk_clear(&d);
}

static void a_paced_line_costs_the_wire_and_nothing_more(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    desk_init(&d, (const struct peer_state[]){DESK_LOGIN, DESK_PASSWORD_STATE, DESK_ENABLE_STATE, {0}});
    d.peer.baud = 9600;
    assert_true(desk_login(&d));
    uint64_t bytes = d.peer.delivered;
    int64_t began = d.peer.clock.now_ms;
    assert_true(desk_query(&d, "version", &a));
    bytes = d.peer.delivered - bytes;
    assert_in_range(d.peer.clock.now_ms - began, bytes * 10000 / 9600 - 20, bytes * 10000 / 9600 + 1);
    answer_clear(&a);
    desk_clear(&d);
}

/* Several returns woke it; what answers the later ones must not pass for the answer to the user name. */
static void a_line_that_answers_late_is_not_told_the_password_at_the_wrong_prompt(void **state)
{
    (void)state;
    for (int latency_ms = 500; latency_ms <= 9500; latency_ms += 500) {
        struct desk d;
        desk_init(&d, (const struct peer_state[]){
                          {.name = "quiet", .rules = RULES({.typed = "*", .next = "login"}), .mute = true},
                          DESK_LOGIN,
                          DESK_PASSWORD_STATE,
                          DESK_ENABLE_STATE,
                          {0}});
        d.peer.latency_ms = latency_ms;
        bool in = desk_login(&d);
        if (latency_ms <= 2500 && !in)
            fail_msg("%d ms: %s", latency_ms, d.e.msg);
        assert_int_equal(peer_count(&d.peer, "login|" DESK_PASSWORD), 0);
        assert_int_equal(peer_count(&d.peer, "enable|" DESK_PASSWORD), 0);
        desk_clear(&d);
    }
}

/* CR and LF in two packets, half a second between them: the password was not refused, nothing is typed yet. */
static void a_line_end_that_comes_in_two_halves_is_waited_for(void **state)
{
    (void)state;
    struct desk d;
    const struct peer_rule *password =
        RULES({.typed = DESK_PASSWORD, .echo = "\r", .delay_ms = 500, .reply = "\n", .next = "enable"});
    desk_init(&d, (const struct peer_state[]){
                      DESK_LOGIN,
                      {.name = "password", .prompt = "Password: ", .hidden = true, .rules = password},
                      DESK_ENABLE_STATE,
                      {0}});
    if (!desk_login(&d))
        fail_msg("%s", d.e.msg);
    assert_int_equal(peer_count(&d.peer, "password|"), 0);
    desk_clear(&d);
}

static void a_log_line_in_the_echo_of_the_user_name_refuses_nothing(void **state)
{
    (void)state;
    struct desk d;
    const struct peer_rule *login =
        RULES({.typed = "", .reply = NULL},
              {.typed = "*",
               .times = 1,
               .echo = "adm\r\nJan 31 09:00:00 tor01 Lldp: %LLDP-5-NEW: new\r\nin\r\n",
               .next = "password"},
              {.typed = "*", .next = "password"});
    const struct peer_rule *password =
        RULES({.typed = DESK_PASSWORD, .next = "enable"},
              {.typed = "*", .reply = "\r\nLogin incorrect\r\n", .next = "login"});
    desk_init(&d, (const struct peer_state[]){
                      {.name = "login", .prompt = "\r\ntor01 login: ", .rules = login},
                      {.name = "password", .prompt = "Password: ", .hidden = true, .rules = password},
                      DESK_ENABLE_STATE,
                      {0}});
    if (!desk_login(&d))
        fail_msg("%s", d.e.msg);
    assert_string_equal(session_credential(d.session), "switch");
    desk_clear(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_megabytes_without_a_line_end_are_survived),
        cmocka_unit_test(endless_output_ends_at_a_bound_and_nothing_is_typed_over_it),
        cmocka_unit_test(endless_trickle_ends_at_the_deadline),
        cmocka_unit_test(an_endless_answer_ends_at_its_bound),
        cmocka_unit_test(a_pager_that_stays_is_not_fed_for_ever),
        cmocka_unit_test(nuls_and_high_bytes_are_no_text),
        cmocka_unit_test(nuls_in_an_answer_are_dropped),
        cmocka_unit_test(four_megabytes_are_read_once),
        cmocka_unit_test(prompts_of_every_kind_in_output_change_nothing),
        cmocka_unit_test(a_line_that_answers_late_is_not_told_the_password_at_the_wrong_prompt),
        cmocka_unit_test(a_line_end_that_comes_in_two_halves_is_waited_for),
        cmocka_unit_test(a_log_line_in_the_echo_of_the_user_name_refuses_nothing),
        cmocka_unit_test(a_paced_line_costs_the_wire_and_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
