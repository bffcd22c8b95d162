/* What becomes of a permit: spent with the first byte under it, its end on disk; stops and dead processes within a procedure. */
#include "unit/job/guarded.h"

#include "store/change_rows.h"

static void begin_change(struct scene *s, struct permit *p)
{
    const struct procedure *save = dialect_procedure(&s->platform->dialect, "config_save");
    struct answer a = {0};
    struct err e = {0};
    if (!change_begin(s->desk.session, p, save, &e) ||
        !change_step(s->desk.session, p, save, 0, NULL, 0, NULL, &a, &e))
        fail_msg("%s", e.msg);
    answer_clear(&a);
}

static void a_permit_is_spent_on_disk_with_the_first_byte_under_it(void **state)
{
    struct scene *s = scene_new();
    begin(s, *state);
    struct permit *p = ask(s);
    assert_non_null(p);
    begin_change(s, p);
    assert_string_equal(fake_rows(s->f, "SELECT spent_at > 0, outcome FROM permit"), "1 -\n");
    assert_true(journal_permit_spent(&s->journal));
    s->run.guard.changed(s->run.guard.ctx, &s->run, "config_save", "done", "config_save");
    assert_string_equal(fake_rows(s->f, "SELECT spent_at > 0, outcome FROM permit"), "1 done\n");
    guard_end(&s->guard, "tor-r1-01");
    assert_string_equal(fake_rows(s->f, "SELECT count(*) FROM taint"), "0\n");
    assert_true(change_end(s->desk.session, p, NULL));
    permit_free(p);
    end(s);
}

static void without_a_permit_nothing_is_begun(void **state)
{
    struct scene *s = scene_new();
    begin(s, *state);
    struct err e = {0};
    size_t typed = s->desk.peer.bytes.len;
    const struct procedure *save = dialect_procedure(&s->platform->dialect, "config_save");
    struct answer a = {0};
    assert_false(change_begin(s->desk.session, NULL, save, &e));
    assert_int_equal(e.failure, FAILURE_GUARD_UNPROVEN);
    assert_false(change_step(s->desk.session, NULL, save, 0, NULL, 0, NULL, &a, &e));
    assert_int_equal(s->desk.peer.bytes.len, typed);
    answer_clear(&a);
    end(s);
}

static void a_job_that_ends_within_a_procedure_taints(void **state)
{
    struct scene *s = scene_new();
    begin(s, *state);
    struct permit *p = ask(s);
    begin_change(s, p);
    guard_end(&s->guard, "tor-r1-01");
    assert_true(s->guard.tainted);
    assert_string_equal(fake_rows(s->f, "SELECT outcome FROM permit"), "half\n");
    assert_string_equal(fake_rows(s->f, "SELECT switch, serial, procedure, cleared_at FROM taint"),
                        "tor-r1-01 SER1 config_save -\n");
    assert_true(change_end(s->desk.session, p, NULL));
    permit_free(p);
    end(s);
}

static void a_permit_that_nothing_was_typed_under_taints_nothing(void **state)
{
    struct scene *s = scene_new();
    begin(s, *state);
    struct permit *p = ask(s);
    assert_non_null(p);
    guard_end(&s->guard, "tor-r1-01");
    assert_string_equal(fake_rows(s->f, "SELECT count(*) FROM taint"), "0\n");
    permit_free(p);
    end(s);
}

static void a_stopped_job_is_given_no_permit(void **state)
{
    struct scene *s = scene_new();
    begin(s, *state);
    cancel_raise(s->desk.cancel, CANCEL_ASKED);
    size_t typed = s->desk.peer.bytes.len;
    refused(s, FAILURE_CANCELLED, "stopped by the operator");
    assert_int_equal(s->desk.peer.bytes.len, typed);
    end(s);
}

static bool take_address(struct scene *s, struct change *c)
{
    return run_procedure(&s->run, "management_down", NULL, 0, NULL, c);
}

static void what_takes_back_is_permitted_after_one_stop(void **state)
{
    struct scene *s = scene_new();
    struct change c;
    struct records r;
    begin(s, *state);
    cancel_raise(s->desk.cancel, CANCEL_ASKED);
    if (!take_address(s, &c))
        fail_msg("%s", s->run.err.msg);
    assert_int_equal(c.state, CHANGE_DONE);
    change_clear(&c);
    assert_string_equal(fake_rows(s->f, "SELECT procedure, outcome, json_array_length(evidence) FROM permit"),
                        "management_down done 8\n");
    assert_true(run_query(&s->run, "running_config", &r)); /* that it is gone can still be proven */
    refused(s, FAILURE_CANCELLED, "stopped by the operator");
    assert_false(run_query(&s->run, "mac_table", &r));
    end(s);
}

/* The operator asks while the address is being set: what takes it back needs the configuration between the two known. */
static void what_was_lent_can_be_made_known_after_a_stop(void **state)
{
    struct scene *s = scene_new();
    struct change c;
    struct records r;
    begin(s, *state);
    s->stop_at = "ip address 10.0.9.3/24";
    s->stop_how = CANCEL_ASKED;
    s->stop_after = true;
    if (!run_procedure(&s->run, "management_up", NULL, 0, NULL, &c))
        fail_msg("%s", s->run.err.msg);
    change_clear(&c);
    assert_true(run_query(&s->run, "running_config", &r));
    refused(s, FAILURE_CANCELLED, "stopped by the operator");
    assert_true(take_address(s, &c));
    change_clear(&c);
    end(s);
}

static void what_takes_back_is_refused_to_a_switch_in_service_after_a_stop_too(void **state)
{
    struct scene *s = scene_new();
    struct change c;
    s->rules[RATES].reply = RATE("Et7", "3 Gbps");
    begin(s, *state);
    cancel_raise(s->desk.cancel, CANCEL_ASKED);
    assert_false(take_address(s, &c));
    assert_int_equal(s->run.err.failure, FAILURE_IN_PRODUCTION);
    assert_int_equal(peer_count(&s->desk.peer, "enable|no ip address"), 0);
    change_clear(&c);
    end(s);
}

static void nothing_is_taken_back_after_two_stops(void **state)
{
    struct scene *s = scene_new();
    struct change c;
    begin(s, *state);
    cancel_raise(s->desk.cancel, CANCEL_NOW);
    size_t typed = s->desk.peer.bytes.len;
    assert_false(take_address(s, &c));
    assert_int_equal(s->run.err.failure, FAILURE_CANCELLED);
    assert_int_equal(s->desk.peer.bytes.len, typed);
    change_clear(&c);
    end(s);
}

/* Ctrl-C once: what was begun is finished, with the lines and the questions that it still needs. */
static void a_procedure_that_was_begun_is_finished_after_a_stop(void **state)
{
    struct scene *s = scene_new();
    begin(s, *state);
    struct permit *p = ask(s);
    begin_change(s, p);
    cancel_raise(s->desk.cancel, CANCEL_ASKED);
    struct answer a = {0};
    struct err e = {0};
    if (!session_query(s->desk.session, dialect_query(&s->platform->dialect, "mac_table"), NULL, 0, &a, &e))
        fail_msg("%s", e.msg);
    answer_clear(&a);
    s->run.guard.changed(s->run.guard.ctx, &s->run, "config_save", "done", "config_save");
    assert_true(change_end(s->desk.session, p, NULL));
    assert_false(
        session_query(s->desk.session, dialect_query(&s->platform->dialect, "mac_table"), NULL, 0, &a, &e));
    assert_int_equal(e.failure, FAILURE_CANCELLED);
    answer_clear(&a);
    permit_free(p);
    end(s);
}

static bool save(struct scene *s, struct change *c)
{
    return run_procedure(&s->run, "config_save", NULL, 0, NULL, c);
}

static void a_procedure_runs_under_a_permit_and_its_end_is_on_disk(void **state)
{
    struct scene *s = scene_new();
    struct change c;
    begin(s, *state);
    if (!save(s, &c))
        fail_msg("%s", s->run.err.msg);
    assert_int_equal(c.state, CHANGE_DONE);
    assert_string_equal(fake_rows(s->f, "SELECT procedure, spent_at > 0, outcome FROM permit"),
                        "config_save 1 done\n");
    assert_string_equal(fake_rows(s->f, "SELECT kind, mode, command FROM log_event WHERE kind = 'change'"),
                        "change enable write memory\n");
    change_clear(&c);
    end(s);
}

static void a_refused_procedure_types_nothing(void **state)
{
    struct scene *s = scene_new();
    struct change c;
    s->rules[MACS].reply =
        ROWS("{\"interface\": \"Et2\", \"mac\": \"0000.0000.0001\", \"kind\": \"learned\"}");
    begin(s, *state);
    assert_false(save(s, &c));
    assert_int_equal(c.state, CHANGE_NOT_BEGUN);
    struct verdict v = verdict_changed(&s->run, &c);
    assert_int_equal(v.kind, VERDICT_FAIL);
    assert_int_equal(v.failure, FAILURE_IN_PRODUCTION);
    assert_int_equal(peer_count(&s->desk.peer, "enable|write memory"), 0);
    change_clear(&c);
    end(s);
}

static void a_stop_before_the_first_line_leaves_the_switch_alone(void **state)
{
    struct scene *s = scene_new();
    struct change c;
    begin(s, *state);
    s->stop_at = "write memory";
    s->stop_how = CANCEL_ASKED;
    assert_false(save(s, &c));
    assert_int_equal(c.state, CHANGE_NOT_BEGUN);
    assert_int_equal(s->run.err.failure, FAILURE_CANCELLED);
    assert_int_equal(peer_count(&s->desk.peer, "enable|write memory"), 0);
    assert_string_equal(fake_rows(s->f, "SELECT spent_at, outcome FROM permit"), "- -\n");
    assert_string_equal(fake_rows(s->f, "SELECT count(*) FROM taint"), "0\n");
    change_clear(&c);
    end(s);
}

/* The line is on its way when the operator asks. */
static void one_stop_lets_a_procedure_end(void **state)
{
    struct scene *s = scene_new();
    struct change c;
    s->rules[SAVE].delay_ms = 5000;
    begin(s, *state);
    s->stop_at = "write memory";
    s->stop_how = CANCEL_ASKED;
    s->stop_after = true;
    if (!save(s, &c))
        fail_msg("%s", s->run.err.msg);
    assert_int_equal(cancel_level(s->desk.cancel), CANCEL_ASKED);
    assert_string_equal(fake_rows(s->f, "SELECT outcome FROM permit"), "done\n");
    refused(s, FAILURE_CANCELLED, "stopped by the operator"); /* and no other begins */
    change_clear(&c);
    end(s);
}

static void two_stops_within_a_procedure_taint(void **state)
{
    struct scene *s = scene_new();
    struct change c;
    s->rules[SAVE].delay_ms = 5000;
    begin(s, *state);
    s->stop_at = "write memory";
    s->stop_how = CANCEL_NOW;
    s->stop_after = true;
    assert_false(save(s, &c));
    assert_int_equal(c.state, CHANGE_HALF);
    assert_int_equal(s->run.err.failure, FAILURE_CANCELLED);
    assert_string_equal(fake_rows(s->f, "SELECT outcome FROM permit"), "half\n");
    assert_string_equal(fake_rows(s->f, "SELECT switch, serial, procedure FROM taint"),
                        "tor-r1-01 SER1 config_save\n");
    change_clear(&c);
    end(s);
}

/* kill -9 within a procedure: the next start finds the row that was spent and never ended. */
static void a_process_that_died_within_a_procedure_left_a_tainted_switch(void **state)
{
    struct fake *f = *state;
    struct process self;
    char worker[PROCESS_TEXT_MAX];
    unsigned lost = 0;
    struct err e = {0};
    process_self(&self);
    self.start++; /* the number is used again: the process that had it is gone */
    int64_t job = fake_job(f, "RUNNING", process_format(&self, worker));
    const struct cell spent[] = {
        cell_int("job", job),        cell_int("at", 1),           cell_text("procedure", "config_load"),
        cell_text("serial", "SER1"), cell_text("evidence", "[]"), cell_int("spent_at", 2)};
    struct cell done[6], given[6];
    memcpy(done, spent, sizeof done);
    memcpy(given, spent, sizeof given);
    done[5] = cell_text("outcome", "done");
    given[5] = cell_text("outcome", NULL);
    store_insert(f->store, "permit", done, 6);
    store_insert(f->store, "permit", given, 6);
    assert_true(store_wait(f->store, store_insert(f->store, "permit", spent, 6), NULL));
    if (!engine_recover(f->store, &lost, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(lost, 1);
    assert_string_equal(fake_rows(f, "SELECT state FROM job"), "LOST\n");
    assert_string_equal(fake_rows(f, "SELECT id, outcome FROM permit ORDER BY id"), "1 done\n2 -\n3 lost\n");
    assert_string_equal(
        fake_rows(f, "SELECT switch, serial, job, procedure, text FROM taint"),
        "tor-r1-01 SER1 1 config_load config_load was under way when the process that ran it died\n");
    assert_true(engine_recover(f->store, &lost, &e));
    assert_string_equal(fake_rows(f, "SELECT count(*) FROM taint"), "1\n");
}

static int64_t attempt_after(struct fake *f, int64_t parent)
{
    int64_t id = fake_job(f, "FAILED", "host:1:2");
    const struct cell cells[] = {cell_int("parent_job", parent)}, key = cell_int("id", id);
    if (parent)
        assert_true(store_wait(f->store, store_update(f->store, "job", cells, 1, &key, 1), NULL));
    return id;
}

static void put_permit(struct fake *f, int64_t job, const char *procedure, int64_t spent, const char *outcome)
{
    const struct cell row[] = {cell_int("job", job),
                               cell_int("at", 1),
                               cell_text("procedure", procedure),
                               cell_text("evidence", "[]"),
                               cell_text("outcome", outcome),
                               cell_int("spent_at", spent)};
    assert_true(store_wait(f->store, store_insert(f->store, "permit", row, spent ? 6 : 5), NULL));
}

static void put_restart(struct fake *f, int64_t job, int64_t seq, const char *state, int64_t at)
{
    const struct cell row[] = {cell_int("job", job),
                               cell_int("seq", seq),
                               cell_text("plugin", "reboot_verify"),
                               cell_text("phase", "REBOOT_VERIFY"),
                               cell_text("state", state),
                               cell_int("started_at", 1),
                               cell_int("finished_at", at)};
    assert_true(store_wait(f->store, store_insert(f->store, "phase_run", row, 7), NULL));
}

static bool is_unproven(struct fake *f, int64_t job)
{
    bool unproven = false;
    struct err e = {0};
    if (!permit_rows_unproven(f->store, job, &unproven, &e))
        fail_msg("%s", e.msg);
    return unproven;
}

static void a_change_of_an_earlier_attempt_stays_unproven_until_a_restart_passed(void **state)
{
    struct fake *f = *state;
    int64_t other = attempt_after(f, 0), first = attempt_after(f, 0), second = attempt_after(f, first),
            third = attempt_after(f, second);
    put_permit(f, other, "config_load", 5, "done");
    put_permit(f, first, "config_load", 0, NULL);
    put_permit(f, first, "config_load", 10, "undone");
    put_permit(f, first, "management_up", 11, "done");
    put_permit(f, first, "image_fetch", 12, "done");
    put_permit(f, third, "config_load", 13, "done"); /* its own job is not one that it goes on with */
    assert_false(is_unproven(f, third));
    put_permit(f, first, "config_load", 20, "done");
    assert_true(is_unproven(f, third));
    put_restart(f, first, 90, "PASSED", 15); /* that was before */
    put_restart(f, second, 90, "FAILED", 30);
    put_restart(f, other, 90, "PASSED", 30);
    assert_true(is_unproven(f, third));
    put_restart(f, second, 91, "PASSED", 31);
    assert_false(is_unproven(f, third));
    put_permit(f, second, "management_up", 40, "lost");
    assert_true(is_unproven(f, third));
    assert_false(is_unproven(f, first));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(a_permit_is_spent_on_disk_with_the_first_byte_under_it),
        FAKE_TEST(without_a_permit_nothing_is_begun),
        FAKE_TEST(a_job_that_ends_within_a_procedure_taints),
        FAKE_TEST(a_permit_that_nothing_was_typed_under_taints_nothing),
        FAKE_TEST(a_stopped_job_is_given_no_permit),
        FAKE_TEST(what_takes_back_is_permitted_after_one_stop),
        FAKE_TEST(what_was_lent_can_be_made_known_after_a_stop),
        FAKE_TEST(what_takes_back_is_refused_to_a_switch_in_service_after_a_stop_too),
        FAKE_TEST(nothing_is_taken_back_after_two_stops),
        FAKE_TEST(a_procedure_that_was_begun_is_finished_after_a_stop),
        FAKE_TEST(a_procedure_runs_under_a_permit_and_its_end_is_on_disk),
        FAKE_TEST(a_refused_procedure_types_nothing),
        FAKE_TEST(a_stop_before_the_first_line_leaves_the_switch_alone),
        FAKE_TEST(one_stop_lets_a_procedure_end),
        FAKE_TEST(two_stops_within_a_procedure_taint),
        FAKE_TEST(a_change_of_an_earlier_attempt_stays_unproven_until_a_restart_passed),
        FAKE_TEST(a_process_that_died_within_a_procedure_left_a_tainted_switch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
