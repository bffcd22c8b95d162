/* Asking the switch: other ways to ask, one interface at a time, and the way back from a row to the answer it stood in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "helpers/support_desk.h"
#include "plugin/lanes.h"

#define RULES(...)                                                                                           \
    (const struct peer_rule[])                                                                               \
    {                                                                                                        \
        __VA_ARGS__, {.typed = "exit", .next = "login"},                                                     \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }
#define SWITCH(...)                                                                                          \
    (const struct peer_state[])                                                                              \
    {                                                                                                        \
        DESK_LOGIN, DESK_PASSWORD_STATE,                                                                     \
            {.name = "enable", .prompt = "tor01#", .rules = RULES(__VA_ARGS__)},                             \
            {.name = "unsafe", .unsafe = true},                                                              \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }
#define REJECTED "% Invalid input\r\n"

enum { QUERIES = 7 };

struct bench {
    struct desk desk;
    struct platform platform;
    struct reader readers[QUERIES];
    struct column_map text;
    struct site_switch sw;
    struct uplink uplinks[2];
    struct run run;
    struct str notes;
};

static void note(void *ctx, const char *text)
{
    str_printf(&((struct bench *)ctx)->notes, "%s\n", text);
}

/* neighbors has two ways more; transceivers one at a time; uplink_interfaces all at once. */
static void declare(struct bench *b)
{
    static const struct query queries[QUERIES] = {
        {.name = "neighbors", .command = "show lldp"},
        {.name = "neighbors", .command = "show cdp", .alternative = 1},
        {.name = "neighbors", .command = "show fdp", .alternative = 2},
        {.name = "transceivers", .command = "show optics {interface}"},
        {.name = "uplink_interfaces", .command = "show status {interfaces}", .interfaces_in_full = true},
        {.name = "interfaces", .command = "show status {interfaces} short"},
        {.name = "version", .command = "show version"},
    };
    struct dialect *d = b->desk.dialect;
    for (size_t i = 0; i < d->query_count; i++)
        regex_free(d->queries[i].none);
    mem_free(d->queries);
    d->query_count = QUERIES;
    d->queries = mem_alloc_array(QUERIES, sizeof *d->queries);
    b->text = (struct column_map){.column = "text", .source = "text"};
    for (size_t i = 0; i < QUERIES; i++) {
        struct err e = {0};
        d->queries[i] = queries[i];
        d->queries[i].stall_ms = 10000;
        d->queries[i].max_bytes = 65536;
        b->readers[i] = (struct reader){.query = queries[i].name,
                                        .kind = READER_TEXT,
                                        .columns = &b->text,
                                        .column_count = 1,
                                        .min_rows = 1};
        if (queries[i].name[0] == 'n')
            d->queries[i].none = b->readers[i].none = regex_new("^Total entries: 0", 0, &e);
    }
    b->platform = (struct platform){.name = "test", .dialect = *d, .readers = b->readers};
}

static void begin(struct bench *b, const struct peer_state *states)
{
    memset(b, 0, sizeof *b);
    desk_init(&b->desk, states);
    declare(b);
    b->uplinks[0].interface = "Ethernet1/49";
    b->uplinks[1].interface = "Ethernet1/50";
    b->sw = (struct site_switch){.name = "tor01", .uplinks = b->uplinks, .uplink_count = 2};
    assert_true(desk_login(&b->desk));
    b->run = (struct run){.sw = &b->sw,
                          .platform = &b->platform,
                          .session = b->desk.session,
                          .hooks = {.ctx = b, .note = note}};
}

static void finish(struct bench *b)
{
    arena_clear(&b->run.arena);
    str_clear(&b->notes);
    desk_clear(&b->desk);
}

static void a_rejected_command_is_asked_for_in_the_next_way(void **state)
{
    (void)state;
    struct bench b;
    struct records r;
    begin(&b,
          SWITCH({.typed = "show lldp", .reply = REJECTED}, {.typed = "show cdp", .reply = "spine-1\r\n"}));
    assert_true(run_query(&b.run, "neighbors", &r));
    assert_string_equal(record_get(&r, 0, "text"), "spine-1\n");
    assert_string_equal(str_cstr(&b.notes),
                        "the switch rejected \"show lldp\": asking \"show cdp\" instead\n");
    assert_true(run_query(&b.run, "neighbors", &r)); /* from memory: neither is typed again */
    assert_int_equal(peer_count(&b.desk.peer, "enable|show lldp"), 1);
    assert_int_equal(peer_count(&b.desk.peer, "enable|show cdp"), 1);
    assert_int_equal(peer_count(&b.desk.peer, "enable|show fdp"), 0);
    finish(&b);
}

static void an_answer_of_nothing_is_asked_for_in_the_next_way(void **state)
{
    (void)state;
    struct bench b;
    struct records r;
    begin(&b, SWITCH({.typed = "show lldp", .reply = "Total entries: 0\r\n"},
                     {.typed = "show cdp", .reply = "spine-1\r\n"}));
    assert_true(run_query(&b.run, "neighbors", &r));
    assert_false(r.none);
    assert_string_equal(str_cstr(&b.notes), "\"show lldp\" tells nothing: asking \"show cdp\" too\n");
    finish(&b);
}

static void nothing_and_rejections_are_nothing(void **state)
{
    (void)state;
    struct bench b;
    struct records r;
    begin(&b, SWITCH({.typed = "show lldp", .reply = REJECTED},
                     {.typed = "show cdp", .reply = "Total entries: 0\r\n"},
                     {.typed = "show fdp", .reply = REJECTED}));
    assert_true(run_query(&b.run, "neighbors", &r));
    assert_true(r.none);
    assert_int_equal(r.count, 0);
    finish(&b);
}

static void all_ways_rejected_names_each(void **state)
{
    (void)state;
    struct bench b;
    struct records r;
    begin(&b, SWITCH({.typed = "show lldp", .reply = REJECTED}, {.typed = "show cdp", .reply = REJECTED},
                     {.typed = "show fdp", .reply = REJECTED}));
    assert_false(run_query(&b.run, "neighbors", &r));
    assert_int_equal(b.run.err.failure, FAILURE_COMMAND_REJECTED);
    assert_non_null(strstr(b.run.err.msg, "\"show lldp\", \"show cdp\", \"show fdp\""));
    struct verdict v = verdict_error(&b.run);
    assert_int_equal(v.kind, VERDICT_ERROR);
    assert_int_equal(v.failure, FAILURE_COMMAND_REJECTED);
    finish(&b);
}

static void one_interface_at_a_time_joins_and_points_back(void **state)
{
    (void)state;
    struct bench b;
    struct records r;
    size_t there;
    begin(&b, SWITCH({.typed = "show optics Ethernet1/49", .reply = "rx -1.0\r\n"},
                     {.typed = "show optics Ethernet1/50", .reply = "rx -2.0\r\n"}));
    assert_true(run_query_uplinks(&b.run, "transceivers", &r));
    assert_int_equal(r.count, 2);
    assert_string_equal(record_get(&r, 1, "text"), "rx -2.0\n");
    const struct cached_answer *c = run_answer_of(&b.run, &r, 1, &there);
    assert_string_equal(c->command, "show optics Ethernet1/50");
    assert_int_equal(there, 0);
    struct verdict v = verdict_fail(&b.run, FAILURE_LIGHT_LEVEL_FAIL, "weak");
    verdict_point(&b.run, &v, &r, 1, "text", "more");
    assert_string_equal(v.evidence.command, "show optics Ethernet1/50");
    assert_string_equal(v.evidence.raw, "rx -2.0\n");
    assert_int_equal(v.evidence.row, 1);
    assert_int_equal(v.evidence.event, c->event);
    finish(&b);
}

static void one_interface_unread_is_all_unread(void **state)
{
    (void)state;
    struct bench b;
    struct records r;
    begin(&b, SWITCH({.typed = "show optics Ethernet1/49", .reply = "rx -1.0\r\n"},
                     {.typed = "show optics Ethernet1/50", .reply = REJECTED}));
    assert_false(run_query_uplinks(&b.run, "transceivers", &r));
    assert_int_equal(b.run.err.failure, FAILURE_COMMAND_REJECTED);
    finish(&b);
}

static void all_at_once_is_asked_once_in_the_platforms_form(void **state)
{
    (void)state;
    struct bench b;
    struct records r;
    begin(&b, SWITCH({.typed = "show status Ethernet1/49,Ethernet1/50", .reply = "up\r\n"},
                     {.typed = "show status Ethernet1/49,1/50 short", .reply = "up\r\n"}));
    assert_true(run_query_uplinks(&b.run, "uplink_interfaces", &r));
    assert_int_equal(r.count, 1);
    assert_true(run_query_uplinks(&b.run, "interfaces", &r));
    assert_true(run_query_uplinks(&b.run, "interfaces", &r));
    assert_int_equal(peer_count(&b.desk.peer, "enable|show status Ethernet1/49,1/50 short"), 1);
    finish(&b);
}

/* What rejudging does: the answers as they were kept, told apart by what was typed. */
static void kept_answers_find_their_way_by_the_command(void **state)
{
    (void)state;
    struct bench b;
    struct records r;
    const struct argument port = {"interface", "Ethernet1/50"}, first = {"interface", "Ethernet1/49"};
    begin(&b, SWITCH({.typed = "show lldp", .reply = REJECTED}));
    b.run.session = NULL;
    assert_true(run_remember(&b.run, "neighbors", NULL, 0, "spine-9\n", 8, "show cdp", 7));
    assert_true(run_query(&b.run, "neighbors", &r));
    assert_string_equal(record_get(&r, 0, "text"), "spine-9\n");
    assert_true(run_remember(&b.run, "neighbors#1", NULL, 0, "Total entries: 0\n", 17, "?", 8));
    assert_true(run_query(&b.run, "neighbors", &r));
    assert_string_equal(record_get(&r, 0, "text"), "spine-9\n");
    assert_true(run_remember(&b.run, "transceivers", &port, 1, "b\n", 2, "show optics Ethernet1/50", 9));
    assert_false(run_query_uplinks(&b.run, "transceivers", &r)); /* the other port's is not there */
    assert_true(run_remember(&b.run, "transceivers", &first, 1, "a\n", 2, "show optics Ethernet1/49", 10));
    assert_true(run_query_uplinks(&b.run, "transceivers", &r));
    assert_int_equal(r.count, 2);
    run_forget(&b.run, "neighbors");
    assert_false(run_query(&b.run, "neighbors", &r));
    finish(&b);
}

static void types_of_transceivers_tell_lanes_and_copper(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        unsigned lanes;
        bool copper;
    } types[] = {{"100GBASE-SR4", 4, false},     {"QSFP-100G-SR4", 4, false},
                 {"QSFP-100G-SR4-S", 4, false},  {"QSFP 100G SR4 SFP", 4, false},
                 {"100GBase-SR4", 4, false},     {"QSFP28SR4", 4, false},
                 {"QSFP+LR4", 4, false},         {"40GBASE-SR4", 4, false},
                 {"10Gbase-SR", 1, false},       {"SFP-10GBase-SR", 1, false},
                 {"SFP28SR", 1, false},          {"SFP-10G-LR", 1, false},
                 {"400GBASE-DR4", 4, false},     {"400GBASE-SR8", 8, false},
                 {"QSFP-100G-PSM4-S", 4, false}, {"1000BASE-SX", 1, false},
                 {"QSFP-40G-SR-BD", 0, false},   {"100GBASE-CR4", 0, true},
                 {"QSFP-100G-CR4", 0, true},     {"SFP-H10GB-CU3M", 0, true},
                 {"SFP-H25G-CU3M", 0, true},     {"100G DAC", 0, true},
                 {"SFP+DAC3", 0, true},          {"SFP28DAC3", 0, true},
                 {"1000BASE-T", 0, true},        {"10/100/1000BaseTX", 0, true},
                 {"10GBASE-T", 0, true},         {"SFP-10G-T", 0, true},
                 {"QSFP-100G-AOC3M", 0, false},  {"Not Present", 0, false},
                 {"unknown", 0, false},          {"", 0, false},
                 {"QSFP28 or later", 0, false},  {"100GBaseTSR4", 0, false}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (lanes_of_type(types[i].type) != types[i].lanes ||
            type_is_copper(types[i].type) != types[i].copper)
            fail_msg("\"%s\": %u lanes, %s", types[i].type, lanes_of_type(types[i].type),
                     type_is_copper(types[i].type) ? "copper" : "not copper");
}

static void speed_tells_lanes_only_where_no_type_is_printed(void **state)
{
    (void)state;
    assert_int_equal(lanes_of_speed("", "100G"), 4);
    assert_int_equal(lanes_of_speed("", "a-100G"), 4);
    assert_int_equal(lanes_of_speed("", "40Gbps"), 4);
    assert_int_equal(lanes_of_speed("", "100000"), 4);
    assert_int_equal(lanes_of_speed("", "100000 Mb/s"), 4);
    assert_int_equal(lanes_of_speed("", "25G"), 0);
    assert_int_equal(lanes_of_speed("", "1000"), 0);
    assert_int_equal(lanes_of_speed("", "auto"), 0);
    assert_int_equal(lanes_of_speed("QSFP28 or later", "100G"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rejected_command_is_asked_for_in_the_next_way),
        cmocka_unit_test(an_answer_of_nothing_is_asked_for_in_the_next_way),
        cmocka_unit_test(nothing_and_rejections_are_nothing),
        cmocka_unit_test(all_ways_rejected_names_each),
        cmocka_unit_test(one_interface_at_a_time_joins_and_points_back),
        cmocka_unit_test(one_interface_unread_is_all_unread),
        cmocka_unit_test(all_at_once_is_asked_once_in_the_platforms_form),
        cmocka_unit_test(kept_answers_find_their_way_by_the_command),
        cmocka_unit_test(types_of_transceivers_tell_lanes_and_copper),
        cmocka_unit_test(speed_tells_lanes_only_where_no_type_is_printed),
    };
    return cmocka_run_group_tests_name("plugin/ask", tests, NULL, NULL);
}
