/* What store_wait promises: flushed, seen by others, and still there after a SIGKILL at any moment. */
#include "unit/store/place.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "helpers/support_vfs.h"
#include "store/store.h"

static struct store *open_through_shim(struct place *p, unsigned flags)
{
    struct err e = {0};
    support_vfs();
    struct store *s = store_open(p->uri, flags, &e);
    if (!s)
        fail_msg("%s", e.msg);
    return s;
}

static store_ticket put_job(struct store *s, int64_t priority)
{
    const struct cell job[] = {cell_text("type", "validate"), cell_text("state", "RUNNING"),
                               cell_int("submitted_at", 1), cell_int("priority", priority)};
    return store_insert(s, "job", job, 4);
}

static void a_ticket_is_flushed_before_its_wait_returns(void **state)
{
    struct place *p = *state;
    struct store *s = open_through_shim(p, 0);
    struct support_vfs *vfs = support_vfs();
    for (int i = 1; i <= 20; i++) {
        unsigned long long writes = vfs->wal_writes, syncs = vfs->wal_syncs;
        assert_true(store_wait(s, put_job(s, i), NULL));
        assert_true(vfs->wal_writes > writes);
        assert_true(vfs->wal_syncs > syncs);
        assert_int_equal(vfs->wal_unsynced, 0);
        assert_int_equal(seen_by_another(p->db, "SELECT count(*) FROM job"), i);
    }
    store_close(s);
}

static void with_sync_off_nothing_is_flushed(void **state)
{
    struct store *s = open_through_shim(*state, STORE_SYNC_OFF);
    struct support_vfs *vfs = support_vfs();
    unsigned long long writes = vfs->wal_writes, syncs = vfs->wal_syncs;
    assert_true(store_wait(s, put_job(s, 1), NULL));
    assert_true(vfs->wal_writes > writes);
    assert_int_equal(vfs->wal_syncs, syncs);
    store_close(s);
}

static void a_full_disk_fails_every_later_wait(void **state)
{
    struct place *p = *state;
    struct store *s = open_through_shim(p, 0);
    struct err e = {0};
    assert_true(store_wait(s, put_job(s, 1), NULL));
    support_vfs()->full = true;
    store_ticket lost = put_job(s, 2);
    assert_false(store_wait(s, lost, &e));
    support_vfs()->full = false;
    assert_non_null(strstr(e.msg, p->db));
    assert_non_null(strstr(e.msg, "full"));
    assert_non_null(strstr(e.msg, "free space"));
    assert_false(store_wait(s, put_job(s, 3), &e));
    assert_false(store_wait(s, lost, NULL));
    store_close(s);
    assert_int_equal(seen_by_another(p->db, "SELECT count(*) FROM job"), 1);
}

enum { NO_MOUNT = 77 };

/* On a disk of 2 MB of its own; the child's exit status tells. */
static int fill_a_small_disk(const struct place *p)
{
    char db[128];
    struct err e = {0};
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", p->dir, "tmpfs", 0, "size=2m") != 0)
        return NO_MOUNT;
    snprintf(db, sizeof db, "%s/small.db", p->dir);
    struct store *s = store_open(db, 0, &e);
    if (!s)
        return 1;
    for (int i = 0; i < 100000; i++)
        if (!store_wait(s, put_job(s, i), &e))
            return strstr(e.msg, "full") && strstr(e.msg, db) && strstr(e.msg, "free space") ? 0 : 2;
    return 3;
}

static void a_disk_that_is_really_full_says_so(void **state)
{
    struct place *p = *state;
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(fill_a_small_disk(p));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_MOUNT)
        print_message("# SKIP a small disk cannot be mounted here\n");
    else
        assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_flush_that_fails_is_no_success(void **state)
{
    struct place *p = *state;
    struct store *s = open_through_shim(p, 0);
    struct err e = {0};
    support_vfs()->sync_fails = true;
    assert_false(store_wait(s, put_job(s, 1), &e));
    support_vfs()->sync_fails = false;
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.msg, p->db));
    store_close(s);
}

/* Writes job after job, and tells the pipe the priority of each one whose wait returned. */
static void write_until_killed(const struct place *p, int acknowledged)
{
    struct store *s = store_open(p->db, 0, NULL);
    for (int32_t i = 1; s; i++) {
        if (!store_wait(s, put_job(s, i), NULL) || write(acknowledged, &i, sizeof i) != (ssize_t)sizeof i)
            break;
    }
    _exit(1);
}

static int32_t last_acknowledged(int fd)
{
    int32_t last = 0, n;
    while (read(fd, &n, sizeof n) == (ssize_t)sizeof n)
        last = n;
    return last;
}

static int32_t kill_after(const struct place *p, long after_us)
{
    int ends[2];
    int32_t first = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        write_until_killed(p, ends[1]);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &first, sizeof first), sizeof first); /* it is up */
    struct timespec span = {.tv_nsec = after_us * 1000};
    nanosleep(&span, NULL);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    int32_t last = last_acknowledged(ends[0]);
    close(ends[0]);
    return last > first ? last : first;
}

static void what_was_acknowledged_survives_a_kill(void **state)
{
    struct place *p = *state;
    unsigned seed = (unsigned)time(NULL);
    print_message("# seed %u\n", seed);
    for (int round = 0; round < 25; round++) {
        long after_us = rand_r(&seed) % 20000;
        int32_t last = kill_after(p, after_us);
        struct err e = {0};
        struct store *s = store_open(p->db, 0, &e); /* starts cleanly again */
        if (!s)
            fail_msg("%s", e.msg);
        store_close(s);
        int64_t kept = seen_by_another(p->db, "SELECT count(*) FROM job");
        assert_true(kept >= last);
        assert_true(kept <= last + 1); /* one may be on disk whose wait had not returned */
        assert_int_equal(seen_by_another(p->db, "SELECT max(priority) FROM job"), kept);
        run_sql(p->db, "DELETE FROM job");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_ticket_is_flushed_before_its_wait_returns),
        TEST(with_sync_off_nothing_is_flushed),
        TEST(a_full_disk_fails_every_later_wait),
        TEST(a_disk_that_is_really_full_says_so),
        TEST(a_flush_that_fails_is_no_success),
        TEST(what_was_acknowledged_survives_a_kill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
