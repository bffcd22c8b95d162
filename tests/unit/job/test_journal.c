/* What a session and its plugins do becomes rows: before it is typed, in order, masked. */
#include "unit/job/fake.h"

#include "base/clock.h"
#include "job/component.h"
#include "job/journal.h"

static const struct plugin oob = {.name = "oob_connect", .phase = PHASE_OOB_CONNECT};
static const struct plugin psu = {.name = "psu", .phase = PHASE_PSU_CHECK};

static struct journal open_journal(struct fake *f)
{
    struct journal j = {
        .store = f->store, .job = fake_job(f, "QUEUED", ""), .plugins = 2, .events = f->options.events};
    journal_open(&j, "host:1:2");
    return j;
}

static uint64_t type(struct journal *j, enum sent_kind kind, const char *text)
{
    const struct sent sent = {.kind = kind,
                              .state = STATE_ENABLE,
                              .text = text,
                              .query = kind == SENT_QUERY ? "power_supplies" : "",
                              .at_utc_us = 1000,
                              .received_from = j->transcript.received};
    struct session_hooks hooks = journal_session_hooks(j);
    struct err e = {0};
    uint64_t event = 0;
    if (!hooks.before_send(hooks.ctx, &sent, &event, &e))
        fail_msg("%s", e.msg);
    return event;
}

static void answer(struct journal *j, uint64_t event, const char *text)
{
    struct session_hooks hooks = journal_session_hooks(j);
    struct answer a = {
        .status = ANSWER_OK, .event = event, .received_from = 3, .received_to = 9, .duration_us = 77};
    str_add_cstr(&a.text, text);
    snprintf(a.command, sizeof a.command, "show environment power");
    hooks.after_answer(hooks.ctx, event, &a);
    str_clear(&a.text);
}

static void receive(struct journal *j, const char *text, int64_t at_us)
{
    struct session_hooks hooks = journal_session_hooks(j);
    hooks.bytes(hooks.ctx, true, text, strlen(text), at_us);
}

static void settle(struct fake *f)
{
    const struct cell priority = cell_int("priority", 0), id = cell_int("id", 0);
    assert_true(store_wait(f->store, store_update(f->store, "job", &priority, 1, &id, 1), NULL));
}

static void a_command_is_on_disk_before_it_is_typed(void **state)
{
    struct fake *f = *state;
    struct journal j = open_journal(f);
    journal_phase_start(&j, &psu);
    uint64_t event = type(&j, SENT_QUERY, "show environment power");
    assert_int_equal(event, 1);
    assert_string_equal(
        fake_rows(f, "SELECT seq, phase_run, phase, kind, mode, query, command, status FROM log_event"),
        "1 1 PSU_CHECK query enable power_supplies show environment power sent\n");
    assert_string_equal(fake_rows(f, "SELECT state, worker FROM job"), "RUNNING host:1:2\n");
    journal_clear(&j);
}

static void an_answer_completes_its_command(void **state)
{
    struct fake *f = *state;
    struct journal j = open_journal(f);
    journal_phase_start(&j, &psu);
    uint64_t first = type(&j, SENT_QUERY, "show environment power");
    answer(&j, first, "1  Ok");
    type(&j, SENT_QUERY, "show version");
    assert_string_equal(fake_rows(f, "SELECT seq, output, status, duration_us, transcript_from, "
                                     "transcript_to FROM log_event ORDER BY seq"),
                        "1 1  Ok ok 77 3 9\n2 - sent - 0 -\n");
    journal_clear(&j);
}

static void what_needs_no_answer_ends_where_the_next_begins(void **state)
{
    struct fake *f = *state;
    struct journal j = open_journal(f);
    journal_phase_start(&j, &oob);
    type(&j, SENT_USER, "admin");
    receive(&j, "admin\r\nPassword: ", 5);
    type(&j, SENT_PASSWORD, "{secret:switch}");
    assert_string_equal(
        fake_rows(f, "SELECT kind, status, transcript_from, transcript_to FROM log_event ORDER BY seq"),
        "user typed 0 17\npassword sent 17 -\n");
    journal_phase_end(&j, &(struct verdict){.kind = VERDICT_PASS, .text = "in"});
    settle(f);
    assert_string_equal(fake_rows(f, "SELECT kind, status FROM log_event ORDER BY seq"),
                        "user typed\npassword typed\n");
    journal_clear(&j);
}

static void bytes_are_kept_whole_and_in_order(void **state)
{
    struct fake *f = *state;
    struct journal j = open_journal(f);
    struct session_hooks hooks = journal_session_hooks(&j);
    journal_phase_start(&j, &oob);
    receive(&j, "login: ", 10);
    receive(&j, "x", 20);
    hooks.bytes(hooks.ctx, false, "admin\r", 6, 30);
    receive(&j, "a", 40);
    receive(&j, "b", 40 + 999999);  /* still within the second */
    receive(&j, "c", 40 + 1000000); /* a new row */
    journal_phase_end(&j, &(struct verdict){.kind = VERDICT_PASS, .text = "in"});
    settle(f);
    assert_string_equal(
        fake_rows(
            f,
            "SELECT seq, direction, from_byte, replace(CAST(bytes AS TEXT), char(13), '~') FROM transcript "
            "ORDER BY seq"),
        "1 m 0 OOB_CONNECT\n2 o 0 login: x\n3 i 0 admin~\n4 o 8 ab\n5 o 10 c\n");
    assert_string_equal(fake_rows(f, "SELECT seq, at FROM transcript WHERE seq > 1 ORDER BY seq"),
                        "2 10\n3 30\n4 40\n5 1000040\n");
    journal_clear(&j);
}

static void a_row_of_bytes_is_about_4_kb(void **state)
{
    struct fake *f = *state;
    struct journal j = open_journal(f);
    for (int i = 0; i < 10000; i++)
        receive(&j, "0123456789", 1);
    transcript_flush(&j.transcript);
    settle(f);
    assert_string_equal(fake_rows(f, "SELECT sum(length(bytes)), count(*) BETWEEN 20 AND 26, "
                                     "max(length(bytes)) < 4200 FROM transcript"),
                        "100000 1 1\n");
    journal_clear(&j);
}

static void every_cut_of_the_stream_gives_the_same_bytes(void **state)
{
    struct fake *f = *state;
    const char text[] = "tor-r1-01#show version\r\nArista DCS-7050\r\ntor-r1-01#";
    for (size_t cut = 1; cut < sizeof text - 1; cut++) {
        struct journal j = open_journal(f);
        struct session_hooks hooks = journal_session_hooks(&j);
        hooks.bytes(hooks.ctx, true, text, cut, 1);
        hooks.bytes(hooks.ctx, true, text + cut, sizeof text - 1 - cut, 2);
        transcript_flush(&j.transcript);
        journal_clear(&j);
    }
    settle(f);
    assert_string_equal(fake_rows(f, "SELECT count(DISTINCT bytes), count(*) FROM transcript"), "1 50\n");
}

static void secrets_are_masked_once_more(void **state)
{
    struct fake *f = *state;
    struct mask *mask = mask_new();
    struct secret *secret = secret_new("switch", "Tr0ub4dor", 9);
    mask_add(mask, secret);
    struct journal j = {.store = f->store, .job = fake_job(f, "QUEUED", ""), .mask = mask};
    journal_open(&j, "w");
    struct run_hooks hooks = journal_run_hooks(&j);
    journal_phase_start(&j, &psu);
    answer(&j, type(&j, SENT_QUERY, "show Tr0ub4dor"), "it is Tr0ub4dor");
    hooks.note(hooks.ctx, "note Tr0ub4dor");
    const struct fact facts[] = {{.column = "slot", .text = "1"}, {.column = "text", .text = "Tr0ub4dor"}};
    hooks.component(hooks.ctx, COMPONENT_PSU, "failed", true, facts, 2);
    hooks.fact(hooks.ctx, "model", "Tr0ub4dor");
    const struct verdict v = {.kind = VERDICT_FAIL,
                              .failure = FAILURE_PSU_FAILURE,
                              .text = "Tr0ub4dor",
                              .remedy = "Tr0ub4dor",
                              .evidence = {.raw = "Tr0ub4dor"}};
    journal_phase_end(&j, &v);
    assert_true(journal_end(
        &j,
        &(struct outcome){.state = JOB_FAILED, .failure = v.failure, .text = v.text, .remedy = v.remedy}));
    const char *rows =
        fake_rows(f, "SELECT command, output FROM log_event UNION SELECT text, '' FROM power_supply UNION "
                     "SELECT model, failure_text || remedy FROM switch_job UNION SELECT text, remedy || raw "
                     "FROM phase_run");
    assert_null(strstr(rows, "Tr0ub4dor"));
    assert_non_null(strstr(rows, "note {secret:switch}"));
    journal_clear(&j);
    mask_free(mask);
    secret_free(secret);
}

static void components_are_rows_and_may_be_seen_again(void **state)
{
    struct fake *f = *state;
    struct journal j = open_journal(f);
    struct run_hooks hooks = journal_run_hooks(&j);
    struct fact lane[] = {{.column = "interface", .text = "Ethernet49/1"},
                          {.column = "lane", .text = "2"},
                          {.column = "rx_dbm", .is_number = true, .number = -3.5},
                          {.column = "model", .text = NULL},
                          {.column = "no_such_column", .text = "x"}};
    hooks.component(hooks.ctx, COMPONENT_TRANSCEIVER, "ok", false, lane, 5);
    lane[2].number = -14.25;
    hooks.component(hooks.ctx, COMPONENT_TRANSCEIVER, "low", true, lane, 5);
    lane[1].text = "3";
    hooks.component(hooks.ctx, COMPONENT_TRANSCEIVER, "ok", false, lane, 5);
    settle(f);
    assert_string_equal(
        fake_rows(f, "SELECT interface, lane, status, failed, rx_dbm, model FROM transceiver ORDER BY lane"),
        "Ethernet49/1 2 low 1 -14.25 -\nEthernet49/1 3 ok 0 -14.25 -\n");
    journal_clear(&j);
}

/* The tables of component.c and those of the migrations are the same. */
static void known_columns_are_those_of_the_tables(void **state)
{
    struct fake *f = *state;
    for (int what = COMPONENT_PSU; what <= COMPONENT_IMAGE; what++) {
        const struct component_table *t = component_table((enum component)what);
        char sql[256];
        struct str expected = {0};
        for (size_t i = 0; t->keys[i]; i++)
            str_printf(&expected, "%s\n", t->keys[i]);
        for (size_t i = 0; t->columns[i]; i++)
            str_printf(&expected, "%s\n", t->columns[i]);
        snprintf(sql, sizeof sql,
                 "SELECT name FROM pragma_table_info('%s') WHERE name NOT IN ('job', 'status', 'failed') "
                 "ORDER BY cid",
                 t->table);
        assert_string_equal(fake_rows(f, sql), str_cstr(&expected));
        str_clear(&expected);
    }
}

static void facts_about_the_switch_are_known_ones(void **state)
{
    struct fake *f = *state;
    struct journal j = open_journal(f);
    struct run_hooks hooks = journal_run_hooks(&j);
    hooks.fact(hooks.ctx, "serial_found", "JPE1");
    hooks.fact(hooks.ctx, "firmware_found", "4.28.3M");
    hooks.fact(hooks.ctx, "failure_code", "PSU_FAILURE");
    settle(f);
    assert_string_equal(fake_rows(f, "SELECT serial_found, firmware_found, failure_code FROM switch_job"),
                        "JPE1 4.28.3M -\n");
    journal_clear(&j);
}

static void a_verdict_is_stored_with_its_evidence(void **state)
{
    struct fake *f = *state;
    struct journal j = open_journal(f);
    journal_phase_start(&j, &psu);
    const struct verdict v = {.kind = VERDICT_FAIL,
                              .failure = FAILURE_PSU_FAILURE,
                              .text = "power supply 2 has no input",
                              .evidence = {.query = "power_supplies",
                                           .event = 7,
                                           .template_file = "p.textfsm",
                                           .template_line = 14,
                                           .row = 2,
                                           .line = 5,
                                           .column = "state",
                                           .raw = "Power Loss",
                                           .word = "no_input",
                                           .word_place = "a.yaml:61",
                                           .wanted = "2 with input"}};
    journal_phase_end(&j, &v);
    settle(f);
    assert_string_equal(fake_rows(f, "SELECT seq, plugin, phase, state, failure_code, text FROM phase_run"),
                        "1 psu PSU_CHECK FAILED PSU_FAILURE power supply 2 has no input\n");
    assert_string_equal(
        fake_rows(
            f,
            "SELECT event, query, template, template_line, answer_row, answer_line, column_name, raw, word, "
            "word_place, wanted FROM phase_run"),
        "7 power_supplies p.textfsm 14 2 5 state Power Loss no_input a.yaml:61 2 with input\n");
    assert_string_equal(fake_rows(f, "SELECT remedy FROM phase_run") + 0,
                        "check the cord and the PDU outlet of the power supply, then its "
                        "seating\n");
    assert_string_equal(fake_rows(f, "SELECT phase FROM switch_job"), "PSU_CHECK\n");
    journal_clear(&j);
}

static void once_cancelled_no_query_is_begun_but_the_logout_is_said(void **state)
{
    struct fake *f = *state;
    struct cancel *cancel = cancel_new();
    struct journal j = {.store = f->store, .job = fake_job(f, "QUEUED", ""), .cancel = cancel};
    journal_open(&j, "w");
    journal_phase_start(&j, &psu);
    struct session_hooks hooks = journal_session_hooks(&j);
    const struct sent query = {.kind = SENT_QUERY, .state = STATE_ENABLE, .text = "show version"};
    uint64_t event;
    struct err e = {0};
    assert_true(hooks.before_send(hooks.ctx, &query, &event, &e));
    cancel_raise(cancel, CANCEL_ASKED);
    assert_false(hooks.before_send(hooks.ctx, &query, &event, &e));
    assert_int_equal(e.code, ERR_CANCELLED);
    assert_int_equal(e.failure, FAILURE_CANCELLED);
    type(&j, SENT_LOGOUT, "exit");
    assert_string_equal(fake_rows(f, "SELECT command FROM log_event ORDER BY seq"), "show version\nexit\n");
    journal_clear(&j);
    cancel_free(cancel);
}

static void nothing_is_typed_when_the_store_has_failed(void **state)
{
    struct fake *f = *state;
    struct journal j = open_journal(f);
    const struct cell wrong = cell_text("no_such_column", "x");
    assert_false(store_wait(f->store, store_insert(f->store, "job", &wrong, 1), NULL));
    struct session_hooks hooks = journal_session_hooks(&j);
    const struct sent query = {.kind = SENT_QUERY, .state = STATE_ENABLE, .text = "show version"};
    uint64_t event;
    struct err e = {0};
    assert_false(hooks.before_send(hooks.ctx, &query, &event, &e));
    assert_non_null(strstr(e.msg, "no_such_column"));
    assert_true(j.failed);
    assert_false(journal_end(&j, &(struct outcome){.state = JOB_PASSED}));
    journal_clear(&j);
}

static void events_tell_the_same_story(void **state)
{
    struct fake *f = *state;
    static const enum job_event_kind story[] = {EVENT_JOB_STARTED,    EVENT_PHASE_STARTED, EVENT_COMMAND,
                                                EVENT_BYTES,          EVENT_ANSWER,        EVENT_NOTE,
                                                EVENT_PHASE_FINISHED, EVENT_JOB_FINISHED};
    f->options.events = queue_new();
    struct journal j = open_journal(f);
    journal_phase_start(&j, &psu);
    uint64_t event = type(&j, SENT_QUERY, "show environment power");
    receive(&j, "12345", 1);
    answer(&j, event, "1 Ok");
    journal_note(&j, "a note");
    journal_phase_end(&j, &(struct verdict){.kind = VERDICT_PASS, .text = "fine"});
    assert_true(journal_end(&j, &(struct outcome){.state = JOB_PASSED, .passed = 1}));
    for (size_t i = 0; i < sizeof story / sizeof *story; i++) {
        struct job_event *e = queue_try_pop(f->options.events);
        assert_non_null(e);
        assert_int_equal(e->kind, story[i]);
        assert_int_equal(e->job, j.job);
        if (e->kind == EVENT_COMMAND)
            assert_string_equal(e->text, "show environment power");
        if (e->kind == EVENT_BYTES)
            assert_int_equal(e->bytes_received, 5);
        if (e->kind == EVENT_ANSWER)
            assert_int_equal(e->span_us, 77);
        if (e->kind == EVENT_PHASE_FINISHED)
            assert_int_equal(e->passed, 1);
        if (e->kind == EVENT_JOB_FINISHED)
            assert_int_equal(e->state, JOB_PASSED);
        job_event_free(e);
    }
    assert_null(queue_try_pop(f->options.events));
    journal_clear(&j);
    queue_free(f->options.events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(a_command_is_on_disk_before_it_is_typed),
        FAKE_TEST(an_answer_completes_its_command),
        FAKE_TEST(what_needs_no_answer_ends_where_the_next_begins),
        FAKE_TEST(bytes_are_kept_whole_and_in_order),
        FAKE_TEST(a_row_of_bytes_is_about_4_kb),
        FAKE_TEST(every_cut_of_the_stream_gives_the_same_bytes),
        FAKE_TEST(secrets_are_masked_once_more),
        FAKE_TEST(components_are_rows_and_may_be_seen_again),
        FAKE_TEST(known_columns_are_those_of_the_tables),
        FAKE_TEST(facts_about_the_switch_are_known_ones),
        FAKE_TEST(a_verdict_is_stored_with_its_evidence),
        FAKE_TEST(once_cancelled_no_query_is_begun_but_the_logout_is_said),
        FAKE_TEST(nothing_is_typed_when_the_store_has_failed),
        FAKE_TEST(events_tell_the_same_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
