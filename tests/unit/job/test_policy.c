#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job/policy.h"

static const struct plugin reads = {.name = "reads", .effect = READS};
static const struct plugin changes = {.name = "changes", .effect = CHANGES};
static const struct plugin stops = {.name = "stops", .effect = READS, .stops_job = true};

static const struct verdict pass = {.kind = VERDICT_PASS, .text = "fine"};
static const struct verdict psu = {.kind = VERDICT_FAIL, .failure = FAILURE_PSU_FAILURE, .text = "psu 2"};
static const struct verdict fan = {
    .kind = VERDICT_FAIL, .failure = FAILURE_SYSTEM_FAN_FAILURE, .text = "fan 1", .remedy = "turn it"};
static const struct verdict unread = {
    .kind = VERDICT_ERROR, .failure = FAILURE_PARSE_FAILURE, .text = "unread"};
static const struct verdict lost = {.kind = VERDICT_ERROR, .failure = FAILURE_CONSOLE_LOST, .text = "lost"};
static const struct verdict cancelled = {.kind = VERDICT_ERROR, .failure = FAILURE_CANCELLED, .text = "stop"};
static const struct verdict skip = {.kind = VERDICT_SKIP, .text = "nothing to look at"};

static void add(struct outcome *o, const struct plugin *p, bool optional, const struct verdict *v)
{
    const struct step step = {.plugin = p, .optional = optional};
    outcome_add(o, &step, v);
}

static void all_passed_is_passed(void **state)
{
    (void)state;
    struct outcome o = {.state = JOB_RUNNING};
    add(&o, &stops, false, &pass);
    add(&o, &reads, false, &pass);
    add(&o, &reads, true, &skip);
    outcome_end(&o);
    assert_int_equal(o.state, JOB_PASSED);
    assert_int_equal(o.passed, 2);
    assert_int_equal(o.failure, FAILURE_NONE);
    outcome_clear(&o);
}

/* The site wants no firmware of this switch: that is no gap in what was proven. */
static void what_the_site_does_not_ask_for_is_no_part_of_the_job(void **state)
{
    (void)state;
    static const struct verdict not_asked = {
        .kind = VERDICT_SKIP, .not_asked = true, .text = "not asked for"};
    struct outcome o = {.state = JOB_RUNNING};
    struct str text = {0};
    add(&o, &stops, false, &pass);
    add(&o, &changes, false, &not_asked);
    add(&o, &reads, true, &skip);
    assert_false(o.found_bad);
    outcome_end(&o);
    assert_int_equal(o.state, JOB_PASSED);
    outcome_say(&o, &text);
    assert_string_equal(str_cstr(&text), "1 of 2 passed, 1 skipped: reads (nothing to look at)");
    str_clear(&text);
    outcome_clear(&o);
    o = (struct outcome){.state = JOB_RUNNING};
    add(&o, &changes, false, &not_asked);
    outcome_end(&o);
    assert_int_equal(o.state, JOB_ERROR); /* nothing was judged at all */
}

static void a_skipped_step_is_never_counted_as_passed(void **state)
{
    (void)state;
    struct outcome o = {.state = JOB_RUNNING};
    struct str text = {0};
    add(&o, &stops, false, &pass);
    outcome_say(&o, &text);
    assert_int_equal(text.len, 0);
    add(&o, &reads, true, &skip);
    outcome_add(&o, &(struct step){.plugin = &changes, .left_out = true}, &skip);
    outcome_end(&o);
    outcome_say(&o, &text);
    assert_int_equal(o.state, JOB_PASSED);
    assert_string_equal(str_cstr(&text), "1 of 3 passed, 2 skipped: reads (nothing to look at)");
    str_clear(&text);
    outcome_clear(&o);
}

static void a_failed_check_lets_reads_go_on_and_changes_not(void **state)
{
    (void)state;
    struct outcome o = {.state = JOB_RUNNING};
    assert_true(policy_may_run(&o, &changes));
    add(&o, &reads, false, &psu);
    assert_true(policy_may_run(&o, &reads));
    assert_false(policy_may_run(&o, &changes));
    assert_false(o.stopped);
}

static void an_error_keeps_changes_from_running_too(void **state)
{
    (void)state;
    struct outcome o = {.state = JOB_RUNNING};
    add(&o, &reads, false, &unread);
    assert_true(policy_may_run(&o, &reads));
    assert_false(policy_may_run(&o, &changes));
}

static void the_first_bad_verdict_names_the_job(void **state)
{
    (void)state;
    struct outcome o = {.state = JOB_RUNNING};
    add(&o, &reads, false, &pass);
    add(&o, &reads, false, &psu);
    add(&o, &reads, false, &unread);
    add(&o, &reads, false, &fan);
    outcome_end(&o);
    assert_int_equal(o.state, JOB_FAILED);
    assert_int_equal(o.failure, FAILURE_PSU_FAILURE);
    assert_string_equal(o.text, "psu 2");
    assert_string_equal(o.remedy, failure_info(FAILURE_PSU_FAILURE)->remedy);
    assert_int_equal(o.passed, 1);
}

static void an_error_first_makes_the_job_an_error(void **state)
{
    (void)state;
    struct outcome o = {.state = JOB_RUNNING};
    add(&o, &reads, false, &unread);
    add(&o, &reads, false, &fan);
    outcome_end(&o);
    assert_int_equal(o.state, JOB_ERROR);
    assert_int_equal(o.failure, FAILURE_PARSE_FAILURE);
}

static void a_verdicts_own_remedy_goes_first(void **state)
{
    (void)state;
    struct outcome o = {.state = JOB_RUNNING};
    add(&o, &reads, false, &fan);
    assert_string_equal(o.remedy, "turn it");
    assert_string_equal(verdict_remedy_text(&fan), "turn it");
    assert_null(verdict_remedy_text(&pass));
}

static void a_plugin_that_stops_the_job_stops_it_when_it_fails_or_cannot_find_out(void **state)
{
    (void)state;
    const struct verdict *const bad[] = {&psu, &unread};
    struct outcome good = {.state = JOB_RUNNING};
    add(&good, &stops, false, &pass);
    assert_false(good.stopped);
    for (size_t i = 0; i < 2; i++) {
        struct outcome o = {.state = JOB_RUNNING};
        add(&o, &stops, false, bad[i]);
        assert_true(o.stopped);
        assert_false(policy_may_run(&o, &reads));
    }
    struct outcome unknown = {
        .state = JOB_RUNNING}; /* nobody said who it should be: looking does no harm, changing would */
    add(&unknown, &stops, false, &skip);
    assert_true(policy_may_run(&unknown, &reads));
    assert_false(policy_may_run(&unknown, &changes));
    outcome_end(&unknown);
    assert_int_equal(unknown.state, JOB_ERROR);
    assert_string_equal(
        unknown.remedy,
        "add what is missing to the site file, or mark the plugin `optional: true` in the job type");
}

static void a_lost_console_stops_any_job(void **state)
{
    (void)state;
    struct outcome o = {.state = JOB_RUNNING};
    add(&o, &reads, false, &psu);
    add(&o, &reads, false, &lost);
    assert_true(o.stopped);
    outcome_end(&o);
    assert_int_equal(o.failure, FAILURE_PSU_FAILURE);
}

static void cancelled_is_neither_failed_nor_error(void **state)
{
    (void)state;
    struct outcome o = {.state = JOB_RUNNING};
    add(&o, &reads, false, &psu);
    add(&o, &reads, false, &cancelled);
    outcome_end(&o);
    assert_int_equal(o.state, JOB_CANCELLED);
    assert_int_equal(o.failure, FAILURE_CANCELLED);
    assert_true(o.stopped);
    assert_string_equal(verdict_state_name(&cancelled), "CANCELLED");
}

static void a_step_that_must_not_be_skipped_keeps_the_job_from_passing(void **state)
{
    (void)state;
    struct outcome o = {.state = JOB_RUNNING};
    add(&o, &reads, false, &pass);
    add(&o, &reads, false, &skip);
    outcome_end(&o);
    assert_int_equal(o.state, JOB_ERROR);
    assert_int_not_equal(o.failure, FAILURE_NONE);
    assert_string_equal(o.text, "nothing to look at");
    assert_int_equal(o.passed, 1);
}

static void nothing_judged_is_not_passed(void **state)
{
    (void)state;
    struct outcome none = {.state = JOB_RUNNING}, skipped = {.state = JOB_RUNNING};
    outcome_end(&none);
    assert_int_equal(none.state, JOB_ERROR);
    add(&skipped, &reads, true, &skip);
    outcome_end(&skipped);
    assert_int_equal(skipped.state, JOB_ERROR);
    assert_non_null(skipped.text);
    outcome_clear(&skipped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_passed_is_passed),
        cmocka_unit_test(what_the_site_does_not_ask_for_is_no_part_of_the_job),
        cmocka_unit_test(a_skipped_step_is_never_counted_as_passed),
        cmocka_unit_test(a_failed_check_lets_reads_go_on_and_changes_not),
        cmocka_unit_test(an_error_keeps_changes_from_running_too),
        cmocka_unit_test(the_first_bad_verdict_names_the_job),
        cmocka_unit_test(an_error_first_makes_the_job_an_error),
        cmocka_unit_test(a_verdicts_own_remedy_goes_first),
        cmocka_unit_test(a_plugin_that_stops_the_job_stops_it_when_it_fails_or_cannot_find_out),
        cmocka_unit_test(a_lost_console_stops_any_job),
        cmocka_unit_test(cancelled_is_neither_failed_nor_error),
        cmocka_unit_test(a_step_that_must_not_be_skipped_keeps_the_job_from_passing),
        cmocka_unit_test(nothing_judged_is_not_passed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
