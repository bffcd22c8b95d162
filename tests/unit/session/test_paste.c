/* Pasting over the console (behaviours 31, 40, 41, 42, 46 and 48): paced by echo, repaired or stopped, never silently wrong. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "helpers/support_dialect.h"
#include "helpers/support_line.h"
#include "session/change.h"
#include "session/inner.h"
#include "session/permit_self.h"

struct bench {
    struct slow_switch sw;
    struct dialect *dialect;
    struct multiline banner;
    struct sign secret;
    struct session *session;
    struct permit *permit;
    struct paste_result result;
    struct str rows, sent, received, answers;
    struct err e;
};

static const struct procedure_step steps[] = {
    {.kind = STEP_PASTE, .mode = STATE_CONFIG, .code = FAILURE_CONFIG_REJECTED, .stall_ms = 20000}};
static const struct procedure_step ahead_steps[] = {{.kind = STEP_PASTE,
                                                     .mode = STATE_CONFIG,
                                                     .code = FAILURE_CONFIG_REJECTED,
                                                     .stall_ms = 20000,
                                                     .ahead = true}};
static const struct procedure careful_procedures[] = {
    {.name = "config_load", .steps = steps, .step_count = 1}};
static const struct procedure ahead_procedures[] = {
    {.name = "config_load", .undo = "config_rollback", .steps = ahead_steps, .step_count = 1}};
static const struct procedure *procedures = careful_procedures; /* of the test that runs */

static char redraw; /* of the dialect of the test that runs */

static int redrawing(void **state)
{
    (void)state;
    redraw = 0x12;
    return 0;
}

static int ahead(void **state)
{
    (void)state;
    procedures = ahead_procedures;
    return 0;
}

static int careful(void **state)
{
    (void)state;
    procedures = careful_procedures;
    redraw = 0;
    return 0;
}

static bool before_send(void *ctx, const struct sent *what, uint64_t *event, struct err *e)
{
    struct bench *b = ctx;
    (void)e;
    str_printf(&b->rows, "%s %s\n", sent_kind_name(what->kind), what->text);
    *event = 1;
    return true;
}

static void after_answer(void *ctx, uint64_t event, const struct answer *a)
{
    struct bench *b = ctx;
    (void)event;
    str_printf(&b->answers, "%s %s\n", answer_status_name(a->status), a->command);
}

static void bytes(void *ctx, bool received, const char *data, size_t len, int64_t at_utc_us)
{
    struct bench *b = ctx;
    (void)at_utc_us;
    str_add(received ? &b->received : &b->sent, data, len);
}

static void setup_at(struct bench *b, unsigned baud, uint64_t seed)
{
    memset(b, 0, sizeof *b);
    slow_init(&b->sw, baud, seed);
    b->dialect = dialect_for_tests();
    b->dialect->procedures = procedures;
    b->dialect->procedure_count = 1;
    b->dialect->redraw = redraw;
    b->banner = (struct multiline){.begin = regex_new("^banner \\w+ (\\S)", REGEX_BYTES, NULL)};
    b->dialect->multiline = &b->banner;
    b->dialect->multiline_count = 1;
    b->secret =
        (struct sign){.text = "secret", .regex = regex_new("^enable magic (\\S+)$", REGEX_BYTES, NULL)};
    b->dialect->config_secrets = (struct sign_list){&b->secret, 1};
    struct session_options options = {
        .take_transport = slow_transport(&b->sw),
        .dialect = b->dialect,
        .hooks = {.ctx = b, .before_send = before_send, .after_answer = after_answer, .bytes = bytes},
        .nonce_seed = 1};
    b->session = session_open(&options, &b->e);
    assert_non_null(b->session);
    struct sight sight;
    assert_true(session_listen(b->session, 1000, &sight, &b->e));
    assert_int_equal(sight.state, STATE_CONFIG);
    b->session->state = STATE_CONFIG;
    b->session->logged_in = b->session->present = true;
    session_learn(b->session, STATE_CONFIG);
    b->permit = permit_make(b->session, b->sw.clock.now_ms, "JPE1", "config_load", 1);
    assert_true(change_begin(b->session, b->permit, procedures, &b->e));
}

static void setup(struct bench *b)
{
    setup_at(b, 0, 1);
}

static void teardown(struct bench *b)
{
    session_close(b->session, NULL);
    permit_free(b->permit);
    regex_free(b->banner.begin);
    regex_free(b->secret.regex);
    dialect_free(b->dialect);
    str_clear(&b->result.rejected);
    str_clear(&b->rows);
    str_clear(&b->sent);
    str_clear(&b->received);
    str_clear(&b->answers);
    slow_clear(&b->sw);
}

static bool paste(struct bench *b, const char *text)
{
    struct paste what = {.text = text, .len = strlen(text)};
    return change_paste(b->session, b->permit, procedures, 0, &what, NULL, &b->result, &b->e);
}

static const char small[] = "hostname tor01\n"
                            "interface Ethernet1\n"
                            "   description to spine 1\n"
                            "   no shutdown\n"
                            "!\n"
                            "\n"
                            "interface Ethernet2\n"
                            "   ip address 10.0.0.2/31\n"
                            "router bgp 65001\n";

static const char small_typed[] = "hostname tor01\n"
                                  "interface Ethernet1\n"
                                  "   description to spine 1\n"
                                  "   no shutdown\n"
                                  "interface Ethernet2\n"
                                  "   ip address 10.0.0.2/31\n"
                                  "router bgp 65001\n";

static void lines_arrive_in_their_order(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    bool ok = paste(&b, small);
    if (!ok)
        print_message("# %s\n", b.e.msg);
    assert_true(ok);
    assert_string_equal(str_cstr(&b.sw.config), small_typed);
    assert_int_equal(b.result.lines, 7);
    assert_int_equal(b.result.repeated, 0);
    assert_int_equal(session_state(b.session), STATE_CONFIG);
    assert_true(change_end(b.session, b.permit, &b.e) || b.e.code); /* the switch knows no way out */
    teardown(&b);
}

static void each_line_has_its_row_and_its_answer(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    assert_true(paste(&b, "hostname tor01\ninterface Ethernet1\n"));
    assert_string_equal(str_cstr(&b.rows), "paste hostname tor01\npaste interface Ethernet1\n");
    assert_string_equal(str_cstr(&b.answers), "ok hostname tor01\nok interface Ethernet1\n");
    assert_string_equal(str_cstr(&b.sent), "hostname tor01\rinterface Ethernet1\r");
    teardown(&b);
}

static void the_first_line_that_is_refused_stops_it_b31(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    assert_false(paste(&b, "hostname tor01\nbogus line\nrouter bgp 65001\n"));
    assert_int_equal(b.e.failure, FAILURE_CONFIG_REJECTED);
    assert_string_equal(str_cstr(&b.sw.config), "hostname tor01\nbogus line\n");
    assert_int_equal(b.result.rejected_line, 2);
    assert_string_equal(str_cstr(&b.result.rejected), "bogus line\n% Invalid input detected");
    assert_non_null(strstr(b.e.msg, "line 2"));
    /* What was typed ahead is cleared: the undo can be typed. */
    assert_int_equal(session_state(b.session), STATE_CONFIG);
    assert_int_equal(b.sw.line.len, 0);
    teardown(&b);
}

static void a_banner_has_no_prompt_per_line_b31(void **state)
{
    (void)state;
    static const char text[] =
        "hostname tor01\nbanner motd ^\nKeep out!\n\n   tor01#\nend of it ^\nrouter bgp 1\n";
    struct bench b;
    setup(&b);
    bool ok = paste(&b, text);
    if (!ok)
        print_message("# %s\n", b.e.msg);
    assert_true(ok);
    assert_string_equal(str_cstr(&b.sw.config), text);
    teardown(&b);
}

static void control_bytes_and_long_lines_are_refused_before_anything_is_typed_b40(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place;
    } cases[] = {
        {"hostname a\ndescription \x13stop\n", "line 2, column 13"},
        {"a\x1b[2J\n", "line 1, column 2"},
        {"a\tb\n", "line 1, column 2"},
        {"a\r\n", "line 1, column 2"},
        {"ok\n\xff\xfe\n", "line 2, column 1"},
        {"a \x7f", "line 1, column 3"},
        {"a \xc2\x9b", "line 1, column 3"},
    };
    struct bench b;
    setup(&b);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(paste(&b, cases[i].text));
        assert_non_null(strstr(b.e.msg, cases[i].place));
        assert_int_equal(b.e.failure, FAILURE_CONFIG_REJECTED);
    }
    char longest[1100];
    memset(longest, 'x', sizeof longest);
    longest[b.dialect->line_max_bytes + 1] = '\n';
    longest[b.dialect->line_max_bytes + 2] = '\0';
    assert_false(paste(&b, longest));
    assert_int_equal(b.sw.typed_bytes, 0);
    assert_true(paste_check(b.session, "h\xc3\xb6he\n", 6, &b.e));
    teardown(&b);
}

static void secrets_of_a_configuration_are_logged_by_their_hash_b48(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    assert_true(paste(&b, "hostname tor01\nenable magic Zauberw0rt\n"));
    assert_non_null(strstr(str_cstr(&b.sw.config), "enable magic Zauberw0rt\n"));
    /* printf Zauberw0rt | sha256sum */
    assert_non_null(strstr(str_cstr(&b.rows), "enable magic {secret:sha256:"));
    assert_null(strstr(str_cstr(&b.rows), "Zauberw0rt"));
    assert_null(strstr(str_cstr(&b.sent), "Zauberw0rt"));
    assert_null(strstr(str_cstr(&b.received), "Zauberw0rt"));
    assert_null(strstr(str_cstr(&b.answers), "Zauberw0rt"));
    assert_non_null(strstr(str_cstr(&b.received), "{secret:sha256:"));
    teardown(&b);
}

static void an_unknown_question_is_not_answered_and_what_stands_there_is_never_run(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    assert_false(paste(&b, "hostname tor01\nask\n"));
    assert_int_equal(b.e.failure, FAILURE_QUESTION_UNKNOWN);
    assert_string_equal(str_cstr(&b.sw.config), "hostname tor01\nask\n");
    teardown(&b);
}

static void without_a_permit_nothing_is_pasted(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    b.session->epoch++;
    assert_false(paste(&b, small));
    assert_int_equal(b.e.failure, FAILURE_GUARD_UNPROVEN);
    assert_int_equal(b.sw.typed_bytes, 0);
    assert_int_equal(b.rows.len, 0);
    teardown(&b);
}

static char *configuration(size_t bytes)
{
    struct str s = {0};
    for (unsigned i = 1; s.len < bytes; i++)
        str_printf(
            &s,
            "interface Ethernet%u\n   description to server %u, rack %u\n   switchport access vlan %u\n"
            "   no shutdown\n",
            i, i, i % 40, 100 + i % 50);
    return str_take(&s);
}

static void a_buffer_of_115_bytes_never_overflows_b42(void **state)
{
    (void)state;
    char *text = configuration(8000);
    struct bench b;
    setup_at(&b, 9600, 1);
    b.sw.exec_us = 300 * 1000; /* each line takes long: all that was typed ahead waits in the buffer */
    bool ok = paste(&b, text);
    if (!ok)
        print_message("# %s\n", b.e.msg);
    assert_true(ok);
    assert_string_equal(str_cstr(&b.sw.config), text);
    assert_int_equal(b.sw.overflowed, 0);
    assert_int_equal(b.result.repeated, 0);
    print_message("# at most %zu bytes waited in the buffer\n", b.sw.most_buffered);
    assert_true(b.sw.most_buffered > 10);
    teardown(&b);
    mem_free(text);
}

/* readline on a real tty: the terminal echoes what comes between two lines, readline draws it again behind its prompt. */
static void a_piece_that_was_echoed_before_a_new_prompt_is_no_output(void **state)
{
    (void)state;
    static const char *const pieces[] = {"n to spine-1", "to spine-1", " description to spine-1", "t"};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct bench b;
        setup_at(&b, 9600, 1);
        b.sw.exec_us = 300 * 1000;
        b.sw.echoed_ahead = pieces[i];
        bool ok = paste(&b, "interface swp49\n description to spine-1\n ip address 10.1.0.1/31\n");
        if (!ok)
            print_message("# %s: %s\n", pieces[i], b.e.msg);
        assert_true(ok);
        assert_string_equal(str_cstr(&b.sw.config),
                            "interface swp49\n description to spine-1\n ip address 10.1.0.1/31\n");
        assert_int_equal(b.result.repeated, 0);
        teardown(&b);
    }
}

static void thirty_two_kilobytes_at_9600_baud_keep_the_line_full_b41(void **state)
{
    (void)state;
    char *text = configuration(32 * 1024);
    struct bench b;
    setup_at(&b, 9600, 1);
    int64_t began = b.sw.clock.now_ms;
    assert_true(paste(&b, text));
    assert_string_equal(str_cstr(&b.sw.config), text);
    int64_t took = b.sw.clock.now_ms - began, wire = (int64_t)(b.sw.shown_bytes * 10000 / 9600);
    print_message("# %zu bytes in %" PRId64 " ms; the wire alone needs %" PRId64 " ms for the %" PRIu64
                  " bytes shown: %.3f\n",
                  strlen(text), took, wire, b.sw.shown_bytes, (double)took / (double)wire);
    assert_true((double)took < 1.15 * (double)wire);
    teardown(&b);
    mem_free(text);
}

static void a_lost_character_is_seen_before_the_line_ends_and_typed_again_b42(void **state)
{
    (void)state;
    struct bench b;
    setup_at(&b, 9600, 7);
    b.sw.lose_in = 4000;
    char *text = configuration(3000);
    bool ok = paste(&b, text);
    if (!ok)
        print_message("# %s\n", b.e.msg);
    assert_true(ok);
    assert_string_equal(str_cstr(&b.sw.config), text);
    assert_true(b.result.repeated > 0);
    teardown(&b);
    mem_free(text);
}

/* Lines that came twice in a row are the same configuration. */
static bool same_lines(const char *wanted, const char *found)
{
    size_t last = 0;
    while (*found) {
        size_t n = strcspn(found, "\n") + 1;
        size_t m = strcspn(wanted, "\n") + 1;
        if (*wanted && n == m && memcmp(wanted, found, n) == 0)
            wanted += m;
        else if (!(last == n && memcmp(found - last, found, n) == 0))
            return false;
        last = n;
        found += n;
    }
    return *wanted == '\0';
}

static void a_thousand_pastes_over_a_bad_line_end_verified_or_stopped(void **state)
{
    (void)state;
    const char *given = getenv("TORSTARTER_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 20260131;
    unsigned whole = 0, stopped = 0, repeated = 0, stuck = 0;
    char *text = configuration(600);
    print_message("# seed %" PRIu64 "\n", seed);
    for (unsigned i = 0; i < 1000; i++) {
        struct bench b;
        setup_at(&b, i % 3 ? 9600 : 115200, seed + i);
        unsigned rate = 200u << i % 6;
        b.sw.lose_in = i & 1 ? rate : 0;
        b.sw.garble_in = i & 2 ? rate : 0;
        b.sw.lose_out = i & 4 ? rate / 2 : 0;
        b.sw.garble_out = i & 8 ? rate / 2 : 0;
        b.sw.log_lines = i & 16 ? 20 : 0;
        b.sw.redraws = i & 32;
        b.sw.exec_us = i % 7 * 10000;
        if (paste(&b, text)) {
            if (!same_lines(text, str_cstr(&b.sw.config)))
                fail_msg("seed %" PRIu64 " number %u: silently wrong:\n%s", seed, i, str_cstr(&b.sw.config));
            whole++;
        } else {
            assert_int_not_equal(b.e.code, ERR_NONE);
            stuck += b.session->unfinished_line;
            stopped++;
        }
        repeated += b.result.repeated > 0;
        teardown(&b);
    }
    print_message("# %u whole (%u with lines typed again), %u stopped, %u of them with half a line left\n",
                  whole, repeated, stopped, stuck);
    assert_true(whole > (redraw ? 850 : 300) && stopped > 0 &&
                repeated + (procedures == ahead_procedures) * 1000 > 100);
    mem_free(text);
}

static void log_lines_within_the_echo_do_not_stop_it(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct bench b;
        setup_at(&b, 9600, 100 + i);
        b.sw.log_lines = 100;
        b.sw.redraws = i & 1;
        char *text = configuration(1000);
        bool ok = paste(&b, text);
        if (!ok)
            print_message("# %u: %s\n", i, b.e.msg);
        assert_true(ok);
        assert_true(same_lines(text, str_cstr(&b.sw.config)));
        teardown(&b);
        mem_free(text);
    }
}

static int64_t paste_with_round_trip(const char *text)
{
    struct bench b;
    setup_at(&b, 115200, 1);
    b.sw.latency_us = 20 * 1000;
    int64_t began = b.sw.clock.now_ms;
    bool ok = paste(&b, text);
    if (!ok)
        print_message("# %s\n", b.e.msg);
    assert_true(ok);
    assert_string_equal(str_cstr(&b.sw.config), text);
    assert_int_equal(b.sw.overflowed, 0);
    int64_t took = b.sw.clock.now_ms - began;
    teardown(&b);
    return took;
}

static void a_round_trip_costs_a_window_and_not_a_line(void **state)
{
    (void)state;
    char *text = configuration(3000);
    int64_t ahead_ms = paste_with_round_trip(text);
    procedures = careful_procedures;
    int64_t careful_ms = paste_with_round_trip(text);
    print_message("# 3,000 bytes with 40 ms of round trip: %" PRId64 " ms ahead, %" PRId64
                  " ms line by line\n",
                  ahead_ms, careful_ms);
    assert_true(ahead_ms * 3 < careful_ms);
    mem_free(text);
}

static void a_refused_line_is_named_though_others_were_typed_behind_it(void **state)
{
    (void)state;
    struct bench b;
    setup_at(&b, 115200, 1);
    b.sw.latency_us = 20 * 1000;
    assert_false(paste(&b, "hostname tor01\nbogus line\nrouter bgp 65001\nrouter bgp 2\ninterface Ethernet1\n"
                           "   description a line that is longer than what the window has left by then\n"));
    assert_int_equal(b.e.failure, FAILURE_CONFIG_REJECTED);
    assert_int_equal(b.result.rejected_line, 2);
    assert_string_equal(str_cstr(&b.result.rejected), "bogus line\n% Invalid input detected");
    assert_non_null(strstr(str_cstr(&b.answers), "ok hostname tor01\nrejected bogus line\n"));
    assert_int_equal(session_state(b.session), STATE_CONFIG); /* the undo can be typed */
    assert_int_equal(b.sw.line.len, 0);
    teardown(&b);
}

#define AHEAD(test) cmocka_unit_test_setup_teardown(test, ahead, careful)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_arrive_in_their_order),
        cmocka_unit_test(each_line_has_its_row_and_its_answer),
        cmocka_unit_test(the_first_line_that_is_refused_stops_it_b31),
        cmocka_unit_test(a_banner_has_no_prompt_per_line_b31),
        cmocka_unit_test(control_bytes_and_long_lines_are_refused_before_anything_is_typed_b40),
        cmocka_unit_test(secrets_of_a_configuration_are_logged_by_their_hash_b48),
        cmocka_unit_test(an_unknown_question_is_not_answered_and_what_stands_there_is_never_run),
        cmocka_unit_test(without_a_permit_nothing_is_pasted),
        cmocka_unit_test(a_buffer_of_115_bytes_never_overflows_b42),
        cmocka_unit_test(a_piece_that_was_echoed_before_a_new_prompt_is_no_output),
        cmocka_unit_test(thirty_two_kilobytes_at_9600_baud_keep_the_line_full_b41),
        cmocka_unit_test(a_lost_character_is_seen_before_the_line_ends_and_typed_again_b42),
        cmocka_unit_test(log_lines_within_the_echo_do_not_stop_it),
        cmocka_unit_test(a_thousand_pastes_over_a_bad_line_end_verified_or_stopped),
        cmocka_unit_test_setup_teardown(a_thousand_pastes_over_a_bad_line_end_verified_or_stopped, redrawing,
                                        careful),
        AHEAD(lines_arrive_in_their_order),
        AHEAD(a_banner_has_no_prompt_per_line_b31),
        AHEAD(secrets_of_a_configuration_are_logged_by_their_hash_b48),
        AHEAD(an_unknown_question_is_not_answered_and_what_stands_there_is_never_run),
        AHEAD(a_buffer_of_115_bytes_never_overflows_b42),
        AHEAD(thirty_two_kilobytes_at_9600_baud_keep_the_line_full_b41),
        AHEAD(log_lines_within_the_echo_do_not_stop_it),
        AHEAD(a_round_trip_costs_a_window_and_not_a_line),
        AHEAD(a_refused_line_is_named_though_others_were_typed_behind_it),
        AHEAD(a_thousand_pastes_over_a_bad_line_end_verified_or_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
