/* What the engine refuses before anything is typed, and how a run is written down; real plugins, no console is reached. */
#include "unit/job/fake.h"

#include "base/file.h"
#include "job/steps.h"

static struct job_step all_steps[] = {
    {.plugin = "oob_connect"}, {.plugin = "identity"}, {.plugin = "psu"}, {.plugin = "fan"}};

static void set_type(struct fake *f)
{
    f->type.steps = all_steps;
    f->type.step_count = 4;
}

static const char *step_names(struct fake *f)
{
    static char text[1024];
    struct arena arena = {0};
    struct steps steps;
    struct err e = {0};
    text[0] = '\0';
    if (!steps_make(&f->options, &arena, &steps, &e))
        snprintf(text, sizeof text, "%s", e.msg);
    else
        for (size_t i = 0; i < steps.count; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s ",
                     steps.items[i].left_out ? "-" : "", steps.items[i].plugin->name);
    arena_clear(&arena);
    return text;
}

static void only_keeps_what_every_check_rests_on(void **state)
{
    struct fake *f = *state;
    const char *const only[] = {"fan", NULL};
    set_type(f);
    assert_string_equal(step_names(f), "oob_connect identity psu fan ");
    f->options.only = only;
    assert_string_equal(step_names(f), "oob_connect identity -psu fan ");
}

static void skip_leaves_out(void **state)
{
    struct fake *f = *state;
    const char *const skip[] = {"psu", "identity", NULL}, *const oob[] = {"oob_connect", NULL};
    set_type(f);
    f->options.skip = skip;
    assert_string_equal(step_names(f), "oob_connect -identity -psu fan ");
    f->type.changes = true; /* who changes has to know which switch it is */
    assert_non_null(strstr(step_names(f), "cannot do without it"));
    f->options.skip = oob;
    f->type.changes = false;
    assert_non_null(strstr(step_names(f), "--skip oob_connect"));
}

static void unknown_names_are_refused_with_the_nearest(void **state)
{
    struct fake *f = *state;
    const char *const only[] = {"fam", NULL};
    struct err e = {0};
    set_type(f);
    f->options.only = only;
    assert_false(engine_check(&f->options, f->specs, 1, &e));
    assert_int_equal(e.code, ERR_USAGE);
    assert_non_null(strstr(e.msg, "did you mean fan"));
    f->options.only = NULL;
    f->options.skip = only;
    assert_false(engine_check(&f->options, f->specs, 1, &e));
    assert_non_null(strstr(e.msg, "--skip fam"));
}

static void a_job_type_that_reaches_no_console_is_refused(void **state)
{
    struct fake *f = *state;
    struct err e = {0};
    f->type.steps = all_steps + 2;
    f->type.step_count = 2;
    assert_false(engine_check(&f->options, f->specs, 1, &e));
    assert_int_equal(e.code, ERR_SYNTAX);
    assert_non_null(strstr(e.msg, "oob_connect"));
}

static void a_platform_without_the_query_is_refused_unless_optional(void **state)
{
    struct fake *f = *state;
    struct job_step steps[] = {{.plugin = "oob_connect"},
                               {.plugin = "psu", .place = {"configs/job-types/mine.yaml", 7, 5}}};
    struct err e = {0};
    f->type.steps = steps;
    f->type.step_count = 2;
    assert_false(engine_check(&f->options, f->specs, 1, &e));
    assert_non_null(strstr(e.msg, "power_supplies"));
    assert_non_null(strstr(e.msg, "platforms/fake_os.yaml"));
    assert_non_null(strstr(e.msg, "configs/job-types/mine.yaml:7: plugin psu"));
    assert_int_equal(e.code, ERR_SYNTAX);
    steps[1].optional = true;
    assert_true(engine_check(&f->options, f->specs, 1, &e));
}

/* None of these three gets to a console: no password, the console of another, and stopped before. */
static void what_keeps_jobs_from_starting_is_told_for_each(void **state)
{
    struct fake *f = *state;
    static const char *const variable[] = {"TORSTARTER_TEST_NOT_SET", NULL};
    struct job_step steps[] = {{.plugin = "oob_connect"}};
    struct site_credential c = {.name = "lab",
                                .user = "admin",
                                .password_from = SECRET_ENV,
                                .password_args = variable,
                                .place = {"site.yaml", 3, 1}};
    const struct site_credential *list[] = {&c};
    struct engine_tally tally;
    struct err e = {0};
    unsetenv(variable[0]);
    fake_switches(f, 2);
    f->type.steps = steps;
    f->type.step_count = 1;
    f->site.file = "site.yaml";
    f->site.credentials = &c;
    f->site.credential_count = 1;
    for (int i = 0; i < 2; i++) {
        f->switches[i].credentials = list;
        f->switches[i].credential_count = 1;
    }
    f->switches[1].console.name = f->switches[0].console.name;
    f->switches[1].place = (struct yaml_place){"site.yaml", 40, 3};
    if (!engine_run(&f->options, f->specs, 2, &tally, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(tally.errors, 1);
    assert_int_equal(tally.failed, 1);
    assert_string_equal(fake_rows(f, "SELECT id, type, state, submitted_by, switch, rack, role, console, "
                                     "serial_expected, failure_code, passed, "
                                     "plugins FROM job JOIN switch_job ON job = id ORDER BY id"),
                        "1 validate ERROR op tor-r1-01 r1 tor oob-r1 port 1 SER1 OOB_AUTH_FAIL 0 1\n"
                        "2 validate FAILED op tor-r1-02 r1 tor oob-r1 port 1 SER1 CONSOLE_BUSY 0 1\n");
    const char *why = fake_rows(f, "SELECT failure_text FROM switch_job WHERE job = 1");
    assert_non_null(strstr(why, "TORSTARTER_TEST_NOT_SET"));
    assert_non_null(strstr(why, "lab"));
    why = fake_rows(f, "SELECT failure_text, remedy FROM switch_job WHERE job = 2");
    assert_non_null(strstr(why, "tor-r1-01"));
    assert_non_null(strstr(why, "job 1"));
    assert_non_null(strstr(why, "site.yaml:40"));
}

static void the_worker_of_a_job_is_this_process(void **state)
{
    struct fake *f = *state;
    struct job_step steps[] = {{.plugin = "oob_connect"}};
    struct engine_tally tally;
    struct process self;
    char worker[PROCESS_TEXT_MAX], expected[PROCESS_TEXT_MAX + 32];
    f->type.steps = steps;
    f->type.step_count = 1;
    f->options.cancel = cancel_new();
    cancel_raise(f->options.cancel, CANCEL_ASKED);
    assert_true(engine_run(&f->options, f->specs, 1, &tally, NULL));
    assert_int_equal(tally.cancelled, 1);
    process_self(&self);
    snprintf(expected, sizeof expected, "CANCELLED %s\n", process_format(&self, worker));
    assert_string_equal(fake_rows(f, "SELECT state, worker FROM job"), expected);
    cancel_free(f->options.cancel);
}

static void states_have_the_names_of_the_tables(void **state)
{
    (void)state;
    assert_string_equal(job_state_name(JOB_QUEUED), "QUEUED");
    assert_string_equal(job_state_name(JOB_LOST), "LOST");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(only_keeps_what_every_check_rests_on),
        FAKE_TEST(skip_leaves_out),
        FAKE_TEST(unknown_names_are_refused_with_the_nearest),
        FAKE_TEST(a_job_type_that_reaches_no_console_is_refused),
        FAKE_TEST(a_platform_without_the_query_is_refused_unless_optional),
        FAKE_TEST(what_keeps_jobs_from_starting_is_told_for_each),
        FAKE_TEST(the_worker_of_a_job_is_this_process),
        cmocka_unit_test(states_have_the_names_of_the_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
