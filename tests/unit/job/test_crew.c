/* Many jobs at once with made-up plugins: caps, order, going on, cancelling. A dead-lock ends in SIGALRM. */
#include "unit/job/fake.h"

#include <pthread.h>

#include "job/crew.h"
#include "job/lock.h"
#include "plugin/run.h"

enum { STEPS_MAX = 5 };

/* What the made-up plugins share with the test. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned logging_in, most_logging_in;
    unsigned inside, most_inside, wanted_inside; /* each waits until so many are inside at once */
    bool other_ran;
    char order[8192];
    struct cancel *cancel;
    struct store *store;
    unsigned runs;
} stage = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static struct verdict say(struct run *run, enum verdict_kind kind, enum failure failure, const char *text)
{
    return (struct verdict){.kind = kind, .failure = failure, .text = arena_strdup(&run->arena, text)};
}

static struct verdict pass(struct run *run)
{
    return say(run, VERDICT_PASS, FAILURE_NONE, "fine");
}

static struct verdict run_oob(struct run *run)
{
    pthread_mutex_lock(&stage.lock);
    stage.runs++;
    if (++stage.logging_in > stage.most_logging_in)
        stage.most_logging_in = stage.logging_in;
    strcat(stage.order, run->sw->name + strlen("tor-r1-"));
    strcat(stage.order, " ");
    pthread_mutex_unlock(&stage.lock);
    sched_yield();
    pthread_mutex_lock(&stage.lock);
    stage.logging_in--;
    pthread_mutex_unlock(&stage.lock);
    return pass(run);
}

/* Goes on only when as many are inside as are wanted: proof that they run at the same time. */
static struct verdict run_meet(struct run *run)
{
    pthread_mutex_lock(&stage.lock);
    if (++stage.inside > stage.most_inside)
        stage.most_inside = stage.inside;
    pthread_cond_broadcast(&stage.changed);
    while (stage.most_inside < stage.wanted_inside)
        pthread_cond_wait(&stage.changed, &stage.lock);
    stage.inside--;
    pthread_mutex_unlock(&stage.lock);
    return pass(run);
}

/* Switches of server oob-r1 wait for the one that hangs on another server. */
static struct verdict run_wait_for_other(struct run *run)
{
    pthread_mutex_lock(&stage.lock);
    if (strcmp(run->sw->server->name, "oob-r1") != 0)
        stage.other_ran = true;
    pthread_cond_broadcast(&stage.changed);
    while (!stage.other_ran)
        pthread_cond_wait(&stage.changed, &stage.lock);
    pthread_mutex_unlock(&stage.lock);
    return pass(run);
}

static struct verdict run_fail(struct run *run)
{
    return say(run, VERDICT_FAIL, FAILURE_PSU_FAILURE, "power supply 2 has no input");
}

static struct verdict run_lost(struct run *run)
{
    return say(run, VERDICT_ERROR, FAILURE_CONSOLE_LOST, "the line broke");
}

static struct verdict run_cancel(struct run *run)
{
    cancel_raise(stage.cancel, CANCEL_ASKED);
    return pass(run);
}

static struct verdict run_break_store(struct run *run)
{
    const struct cell wrong = cell_text("no_such_column", "x");
    store_wait(stage.store, store_insert(stage.store, "job", &wrong, 1), NULL);
    return pass(run);
}

static struct verdict run_deep(struct run *run)
{
    volatile char room[160 * 1024];
    for (size_t i = 0; i < sizeof room; i += 1024)
        room[i] = (char)i;
    return room[1024] == 0 ? pass(run) : run_fail(run);
}

static const struct plugin oob = {
    .name = "oob_connect", .phase = PHASE_OOB_CONNECT, .stops_job = true, .run = run_oob};
static const struct plugin meet = {.name = "meet", .phase = PHASE_FAN_CHECK, .run = run_meet};
static const struct plugin wait_for_other = {
    .name = "wait", .phase = PHASE_FAN_CHECK, .run = run_wait_for_other};
static const struct plugin fails = {.name = "psu", .phase = PHASE_PSU_CHECK, .run = run_fail};
static const struct plugin loses = {.name = "light", .phase = PHASE_LIGHT_CHECK, .run = run_lost};
static const struct plugin cancels = {.name = "cancels", .phase = PHASE_FAN_CHECK, .run = run_cancel};
static const struct plugin breaks = {.name = "breaks", .phase = PHASE_FAN_CHECK, .run = run_break_store};
static const struct plugin deep = {.name = "deep", .phase = PHASE_FAN_CHECK, .run = run_deep};
static const struct plugin reads = {.name = "uplinks", .phase = PHASE_LINK_CHECK, .run = pass};
static const struct plugin changes = {
    .name = "config", .phase = PHASE_CONFIG_PUSH, .effect = CHANGES, .run = pass};
static const char *const unknown_query[] = {"no_such_query", NULL};
static const struct plugin lacks = {
    .name = "lacks", .phase = PHASE_ADB_CHECK, .needs = unknown_query, .run = run_fail};

struct crew_case {
    struct fake *fake;
    struct step items[STEPS_MAX];
    struct steps steps;
    struct assignment work[FAKES_MAX];
    struct engine_tally tally;
    struct err e;
};

static void prepare(struct crew_case *c, struct fake *f, size_t switches, const struct plugin *second,
                    const struct plugin *third, const struct plugin *fourth)
{
    const struct plugin *list[] = {&oob, second, third, fourth};
    memset(c, 0, sizeof *c);
    c->fake = f;
    fake_switches(f, switches);
    for (size_t i = 0; i < 4 && list[i]; i++)
        c->items[c->steps.count++] = (struct step){.plugin = list[i]};
    c->steps.items = c->items;
    for (size_t i = 0; i < switches; i++)
        c->work[i] = (struct assignment){.spec = &f->specs[i], .id = fake_job(f, "QUEUED", "")};
    stage.logging_in = stage.most_logging_in = stage.inside = stage.most_inside = stage.wanted_inside =
        stage.runs = 0;
    stage.other_ran = false;
    stage.order[0] = '\0';
    stage.store = f->store;
    alarm(120);
}

static bool run_crew(struct crew_case *c)
{
    return crew_run(&c->fake->options, &c->steps, c->work, c->fake->count, &c->tally, &c->e);
}

static void run_all(struct crew_case *c)
{
    if (!run_crew(c))
        fail_msg("%s", c->e.msg);
}

static void every_job_runs_its_steps_in_order(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    prepare(&c, f, 5, &reads, NULL, NULL);
    f->options.jobs = 1;
    run_all(&c);
    assert_int_equal(c.tally.passed, 5);
    assert_string_equal(stage.order, "01 02 03 04 05 ");
    assert_string_equal(
        fake_rows(
            f, "SELECT job, seq, plugin, phase, state FROM phase_run WHERE job IN (1, 5) ORDER BY job, seq"),
        "1 1 oob_connect OOB_CONNECT PASSED\n1 2 uplinks LINK_CHECK PASSED\n"
        "5 1 oob_connect OOB_CONNECT PASSED\n5 2 uplinks LINK_CHECK PASSED\n");
    assert_string_equal(
        fake_rows(
            f, "SELECT DISTINCT state, passed, phase, failure_code, started_at < finished_at FROM job JOIN "
               "switch_job ON job = id"),
        "PASSED 2 LINK_CHECK - 1\n");
    assert_string_equal(fake_rows(f, "SELECT * FROM console_lock"), "");
}

static void as_many_as_asked_run_at_once_and_no_more(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    prepare(&c, f, 40, &meet, NULL, NULL);
    f->options.jobs = 7;
    stage.wanted_inside = 7;
    run_all(&c);
    assert_int_equal(c.tally.passed, 40);
    assert_int_equal(stage.most_inside, 7);
}

static void behaviour_78_a_console_servers_sessions_are_capped(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    prepare(&c, f, 30, &meet, NULL, NULL);
    f->options.jobs = 20;
    f->server.sessions = 3;
    stage.wanted_inside = 3;
    run_all(&c);
    assert_int_equal(c.tally.passed, 30);
    assert_int_equal(stage.most_inside, 3);
}

static void behaviour_78_logins_are_capped_and_free_again_once_done(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    prepare(&c, f, 40, &meet, NULL, NULL);
    f->options.jobs = 20;
    f->server.sessions = 20;
    f->server.logins = 2;
    stage.wanted_inside = 10; /* more than logins: they were given back */
    run_all(&c);
    assert_int_equal(c.tally.passed, 40);
    assert_in_range(stage.most_logging_in, 1, 2);
    assert_in_range(stage.most_inside, 10, 20);
}

static void a_busy_server_holds_up_no_other(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    static const struct console_server other = {.name = "oob-r2", .sessions = 1, .logins = 1};
    prepare(&c, f, 6, &wait_for_other, NULL, NULL);
    f->server.sessions = 1;
    f->switches[5].server = &other;
    f->options.jobs = 2; /* with a worker waiting for oob-r1's only session, none would be left */
    run_all(&c);
    assert_int_equal(c.tally.passed, 6);
    assert_string_equal(stage.order + strlen("01 06 "), "02 03 04 05 "); /* the first two begin together */
}

static void after_a_failure_reads_go_on_and_changes_do_not(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    prepare(&c, f, 1, &fails, &changes, &reads);
    run_all(&c);
    assert_int_equal(c.tally.failed, 1);
    assert_string_equal(fake_rows(f, "SELECT plugin, state, text FROM phase_run ORDER BY seq"),
                        "oob_connect PASSED fine\npsu FAILED power supply 2 has no input\n"
                        "config SKIPPED nothing is changed after a failure\nuplinks PASSED fine\n");
    assert_string_equal(
        fake_rows(f, "SELECT state, failure_code, passed, failure_text FROM job JOIN switch_job ON job = id"),
        "FAILED PSU_FAILURE 2 power supply 2 has no input\n");
}

static void a_lost_line_ends_the_job(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    prepare(&c, f, 1, &loses, &reads, NULL);
    run_all(&c);
    assert_int_equal(c.tally.errors, 1);
    assert_string_equal(fake_rows(f, "SELECT plugin, state, failure_code FROM phase_run ORDER BY seq"),
                        "oob_connect PASSED -\nlight ERROR CONSOLE_LOST\n");
    assert_string_equal(fake_rows(f, "SELECT state FROM job"), "ERROR\n");
}

static void a_step_whose_query_the_platform_lacks_is_skipped_only_if_optional(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    prepare(&c, f, 1, &lacks, &reads, NULL);
    c.items[1].optional = true;
    run_all(&c);
    assert_int_equal(c.tally.passed, 1);
    assert_string_equal(fake_rows(f, "SELECT state, text FROM phase_run WHERE seq = 2"),
                        "SKIPPED platform fake_os declares no query no_such_query\n");
    prepare(&c, f, 1, &lacks, &reads, NULL);
    run_all(&c);
    assert_int_equal(c.tally.errors, 1);
}

static void cancelled_before_it_began_nothing_runs(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    prepare(&c, f, 4, &reads, NULL, NULL);
    f->options.cancel = cancel_new();
    cancel_raise(f->options.cancel, CANCEL_ASKED);
    run_all(&c);
    assert_int_equal(c.tally.cancelled, 4);
    assert_int_equal(stage.runs, 0);
    assert_string_equal(
        fake_rows(f, "SELECT DISTINCT state, failure_code, started_at FROM job JOIN switch_job ON job = id"),
        "CANCELLED CANCELLED -\n");
    cancel_free(f->options.cancel);
}

static void cancelled_in_the_middle_the_rest_is_cancelled(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    prepare(&c, f, 3, &cancels, &reads, NULL);
    f->options.jobs = 1;
    f->options.cancel = stage.cancel = cancel_new();
    run_all(&c);
    assert_int_equal(c.tally.cancelled, 3);
    assert_int_equal(stage.runs, 1);
    assert_string_equal(fake_rows(f, "SELECT plugin, state FROM phase_run ORDER BY job, seq"),
                        "oob_connect PASSED\ncancels PASSED\n");
    assert_string_equal(fake_rows(f, "SELECT DISTINCT state FROM job"), "CANCELLED\n");
    assert_string_equal(fake_rows(f, "SELECT * FROM console_lock"), "");
    cancel_free(f->options.cancel);
}

static void cancelled_while_the_last_step_ran_the_verdict_stands(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    prepare(&c, f, 1, &cancels, NULL, NULL);
    f->options.cancel = stage.cancel = cancel_new();
    run_all(&c);
    assert_int_equal(c.tally.passed, 1);
    cancel_free(f->options.cancel);
}

static void behaviour_19_a_console_held_elsewhere_is_busy_and_not_touched(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    struct console_lock held;
    struct process self;
    process_self(&self);
    prepare(&c, f, 2, &reads, NULL, NULL);
    int64_t other = fake_job(f, "RUNNING", "");
    assert_true(console_lock_take(&held, f->store, f->locks, "oob-r1 port 1", other, &self, NULL));
    run_all(&c);
    console_lock_release(&held, f->store);
    assert_int_equal(c.tally.failed, 1);
    assert_int_equal(c.tally.passed, 1);
    assert_string_equal(stage.order, "02 ");
    assert_string_equal(fake_rows(f, "SELECT plugin, state, failure_code FROM phase_run WHERE job = 1"),
                        "oob_connect FAILED CONSOLE_BUSY\n");
    assert_non_null(strstr(fake_rows(f, "SELECT failure_text FROM switch_job WHERE job = 1"), "job 3"));
}

static void what_is_known_before_stands_for_the_first_step(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    static const struct verdict no_password = {.kind = VERDICT_ERROR,
                                               .failure = FAILURE_OOB_AUTH_FAIL,
                                               .text = "credential oob: TORSTARTER_PASSWORD is not set"};
    prepare(&c, f, 1, &reads, NULL, NULL);
    c.work[0].given = &no_password;
    run_all(&c);
    assert_int_equal(c.tally.errors, 1);
    assert_int_equal(stage.runs, 0);
    assert_string_equal(fake_rows(f, "SELECT plugin, state, failure_code, text FROM phase_run"),
                        "oob_connect ERROR OOB_AUTH_FAIL credential oob: TORSTARTER_PASSWORD is not set\n");
}

static void a_store_that_fails_ends_the_run(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    prepare(&c, f, 5, &breaks, &reads, NULL);
    f->options.jobs = 1;
    assert_false(run_crew(&c));
    assert_non_null(strstr(c.e.msg, "no_such_column"));
    assert_int_equal(c.tally.passed, 0);
    assert_int_equal(stage.runs, 1);
}

static void a_small_stack_is_large_enough(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    prepare(&c, f, 1, &deep, NULL, NULL);
    run_all(&c);
    assert_int_equal(c.tally.passed, 1);
}

static void hundreds_at_once_all_end(void **state)
{
    struct fake *f = *state;
    static struct crew_case c;
    prepare(&c, f, 250, &meet, &fails, &reads);
    f->options.jobs = 250;
    f->server.sessions = 250;
    f->server.logins = 8;
    f->options.events = queue_new();
    run_all(&c);
    assert_int_equal(c.tally.failed, 250);
    assert_string_equal(
        fake_rows(f, "SELECT state, passed, count(*) FROM job JOIN switch_job ON job = id GROUP BY 1, 2"),
        "FAILED 3 250\n");
    unsigned finished = 0;
    for (struct job_event *e; (e = queue_try_pop(f->options.events)); job_event_free(e))
        finished += e->kind == EVENT_JOB_FINISHED && e->failure == FAILURE_PSU_FAILURE && e->plugins == 4;
    assert_int_equal(finished, 250);
    queue_free(f->options.events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(every_job_runs_its_steps_in_order),
        FAKE_TEST(as_many_as_asked_run_at_once_and_no_more),
        FAKE_TEST(behaviour_78_a_console_servers_sessions_are_capped),
        FAKE_TEST(behaviour_78_logins_are_capped_and_free_again_once_done),
        FAKE_TEST(a_busy_server_holds_up_no_other),
        FAKE_TEST(after_a_failure_reads_go_on_and_changes_do_not),
        FAKE_TEST(a_lost_line_ends_the_job),
        FAKE_TEST(a_step_whose_query_the_platform_lacks_is_skipped_only_if_optional),
        FAKE_TEST(cancelled_before_it_began_nothing_runs),
        FAKE_TEST(cancelled_in_the_middle_the_rest_is_cancelled),
        FAKE_TEST(cancelled_while_the_last_step_ran_the_verdict_stands),
        FAKE_TEST(behaviour_19_a_console_held_elsewhere_is_busy_and_not_touched),
        FAKE_TEST(what_is_known_before_stands_for_the_first_step),
        FAKE_TEST(a_store_that_fails_ends_the_run),
        FAKE_TEST(a_small_stack_is_large_enough),
        FAKE_TEST(hundreds_at_once_all_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
