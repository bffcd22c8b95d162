/* Console locks, and what is cleaned up after a process that died. */
#include "unit/job/fake.h"

#include <signal.h>
#include <sys/wait.h>

#include "job/lock.h"

static void this_process_lives_and_others_do_not(void **state)
{
    (void)state;
    struct process self, other;
    char text[PROCESS_TEXT_MAX];
    process_self(&self);
    assert_true(self.start > 0);
    assert_true(process_lives(&self));
    assert_true(process_parse(process_format(&self, text), &other));
    assert_true(process_is(&self, &other));
    other.start++; /* the same number, used again */
    assert_false(process_lives(&other));
    assert_false(process_parse("nonsense", &other));
    assert_false(process_parse("host:12", &other));
    assert_false(process_parse("host:12:34:5", &other));
}

static pid_t dead_child(struct process *out)
{
    int hold[2];
    assert_int_equal(pipe(hold), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        close(hold[1]);
        _exit(read(hold[0], &c, 1) < 0);
    }
    process_self(out);
    out->pid = pid;
    char path[64], stat[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(stat, sizeof stat, f));
    fclose(f);
    const char *p = strrchr(stat, ')') + 2;
    for (int field = 3; field < 22; field++)
        p = strchr(p, ' ') + 1;
    out->start = atoll(p);
    assert_true(process_lives(out));
    close(hold[0]);
    close(hold[1]);
    return pid;
}

static void a_zombie_is_not_alive(void **state)
{
    (void)state;
    struct process child;
    siginfo_t info;
    pid_t pid = dead_child(&child);
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0); /* ended, not reaped */
    assert_false(process_lives(&child));
    waitpid(pid, NULL, 0);
    assert_false(process_lives(&child));
}

static bool take(struct fake *f, struct console_lock *l, int64_t job, struct err *e)
{
    struct process self;
    process_self(&self);
    return console_lock_take(l, f->store, f->locks, "oob-r1 port 1", job, &self, e);
}

static void behaviour_19_a_console_is_held_once(void **state)
{
    struct fake *f = *state;
    struct console_lock first, second;
    struct err e = {0};
    int64_t job = fake_job(f, "RUNNING", "");
    assert_true(take(f, &first, job, &e));
    assert_false(take(f, &second, job + 1, &e));
    assert_int_equal(e.failure, FAILURE_CONSOLE_BUSY);
    char expected[64];
    snprintf(expected, sizeof expected, "process %d on ", (int)getpid());
    assert_non_null(strstr(e.msg, expected));
    assert_non_null(strstr(e.msg, "job 1"));
    assert_non_null(strstr(e.msg, "oob-r1 port 1"));
    console_lock_release(&first, f->store);
    assert_string_equal(fake_rows(f, "SELECT * FROM console_lock"), "");
    assert_true(take(f, &second, job, &e));
    console_lock_release(&second, f->store);
}

static void put_row(struct fake *f, const struct process *p, int64_t job)
{
    const struct cell row[] = {
        cell_text("console", "oob-r1 port 1"), cell_text("host", p->host), cell_int("pid", p->pid),
        cell_int("process_start", p->start),   cell_int("job", job),       cell_int("since", 1)};
    assert_true(store_wait(f->store, store_insert(f->store, "console_lock", row, 6), NULL));
}

static void behaviour_19_a_row_of_a_dead_process_is_taken_over(void **state)
{
    struct fake *f = *state;
    struct process child;
    struct console_lock l;
    struct err e = {0};
    pid_t pid = dead_child(&child);
    waitpid(pid, NULL, 0);
    int64_t job = fake_job(f, "RUNNING", "");
    put_row(f, &child, job);
    assert_true(take(f, &l, job, &e));
    char expected[64];
    snprintf(expected, sizeof expected, "%d\n", (int)getpid());
    assert_string_equal(fake_rows(f, "SELECT pid FROM console_lock"), expected);
    console_lock_release(&l, f->store);
}

static void a_row_of_another_host_stands(void **state)
{
    struct fake *f = *state;
    const struct process other = {.host = "elsewhere", .pid = 4242, .start = 7};
    struct console_lock l;
    struct err e = {0};
    int64_t job = fake_job(f, "RUNNING", "");
    put_row(f, &other, job);
    assert_false(take(f, &l, job, &e));
    assert_int_equal(e.failure, FAILURE_CONSOLE_BUSY);
    assert_non_null(strstr(e.msg, "process 4242 on elsewhere, job 1"));
    unsigned lost = 0;
    assert_true(engine_recover(f->store, &lost, &e));
    assert_string_equal(fake_rows(f, "SELECT pid FROM console_lock"), "4242\n");
}

static void names_of_consoles_do_not_leave_the_folder(void **state)
{
    struct fake *f = *state;
    struct process self;
    struct console_lock l, other;
    process_self(&self);
    int64_t job = fake_job(f, "RUNNING", "");
    assert_true(console_lock_take(&l, f->store, f->locks, "../../etc/x y", job, &self, NULL));
    assert_true(console_lock_take(&other, f->store, f->locks, "%2E./../etc/x y", job, &self, NULL));
    char path[256];
    snprintf(path, sizeof path, "%s/%%2E.%%2F..%%2Fetc%%2Fx%%20y.lock", f->locks);
    assert_int_equal(access(path, F_OK), 0);
    console_lock_release(&l, f->store);
    console_lock_release(&other, f->store);
}

static void a_folder_that_is_not_there_is_no_busy_console(void **state)
{
    struct fake *f = *state;
    struct process self;
    struct console_lock l;
    struct err e = {0};
    process_self(&self);
    assert_false(console_lock_take(&l, f->store, "/proc/nowhere", "c", 1, &self, &e));
    assert_int_equal(e.failure, FAILURE_NONE);
    assert_int_equal(e.code, ERR_IO);
}

/* A process as killed: its job RUNNING, a phase open, a lock held, one job of it still queued. */
static void what_a_dead_process_left_is_lost(void **state)
{
    struct fake *f = *state;
    struct process child;
    char worker[PROCESS_TEXT_MAX];
    pid_t pid = dead_child(&child);
    waitpid(pid, NULL, 0);
    process_format(&child, worker);
    int64_t running = fake_job(f, "RUNNING", worker);
    fake_job(f, "QUEUED", worker);
    fake_job(f, "PASSED", worker);
    const struct cell run[] = {cell_int("job", running),     cell_int("seq", 1),
                               cell_text("plugin", "psu"),   cell_text("phase", "PSU_CHECK"),
                               cell_text("state", "PASSED"), cell_int("started_at", 1)};
    const struct cell open[] = {cell_int("job", running),      cell_int("seq", 2),
                                cell_text("plugin", "fan"),    cell_text("phase", "FAN_CHECK"),
                                cell_text("state", "RUNNING"), cell_int("started_at", 2)};
    store_insert(f->store, "phase_run", run, 6);
    store_insert(f->store, "phase_run", open, 6);
    put_row(f, &child, running);
    unsigned lost = 0;
    struct err e = {0};
    assert_true(engine_recover(f->store, &lost, &e));
    assert_int_equal(lost, 2);
    assert_string_equal(fake_rows(f, "SELECT state, finished_at IS NULL, failure_code FROM job JOIN "
                                     "switch_job ON job = id ORDER BY id"),
                        "LOST 0 LOST\nLOST 0 LOST\nPASSED 1 -\n");
    assert_string_equal(fake_rows(f, "SELECT state, failure_code FROM phase_run ORDER BY seq"),
                        "PASSED -\nLOST LOST\n");
    assert_string_equal(fake_rows(f, "SELECT * FROM console_lock"), "");
    assert_true(engine_recover(f->store, &lost, &e));
    assert_int_equal(lost, 0);
}

static void jobs_of_the_living_and_of_other_hosts_are_left_alone(void **state)
{
    struct fake *f = *state;
    struct process self;
    char worker[PROCESS_TEXT_MAX];
    process_self(&self);
    fake_job(f, "RUNNING", process_format(&self, worker));
    fake_job(f, "RUNNING", "elsewhere:1:1");
    fake_job(f, "QUEUED", "");
    put_row(f, &self, 1);
    unsigned lost = 9;
    assert_true(engine_recover(f->store, &lost, NULL));
    assert_int_equal(lost, 0);
    assert_string_equal(fake_rows(f, "SELECT state FROM job ORDER BY id"), "RUNNING\nRUNNING\nQUEUED\n");
    assert_string_equal(fake_rows(f, "SELECT job FROM console_lock"), "1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_process_lives_and_others_do_not),
        cmocka_unit_test(a_zombie_is_not_alive),
        FAKE_TEST(behaviour_19_a_console_is_held_once),
        FAKE_TEST(behaviour_19_a_row_of_a_dead_process_is_taken_over),
        FAKE_TEST(a_row_of_another_host_stands),
        FAKE_TEST(names_of_consoles_do_not_leave_the_folder),
        FAKE_TEST(a_folder_that_is_not_there_is_no_busy_console),
        FAKE_TEST(what_a_dead_process_left_is_lost),
        FAKE_TEST(jobs_of_the_living_and_of_other_hosts_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
