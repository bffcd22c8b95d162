/* Prune on a disk that has no room left: it frees some, or says why not; it breaks nothing. */
#include "unit/store/place.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "helpers/support_vfs.h"
#include "store/prune.h"
#include "store/transcript.h"

enum { NO_MOUNT = 77 };

static int64_t insert_job(struct store *s, int64_t ended)
{
    int64_t id = 0;
    const struct cell job[] = {cell_text("type", "validate"), cell_text("state", "FAILED"),
                               cell_int("submitted_at", 1), cell_int("finished_at", ended)};
    return store_insert_id(s, "job", job, 4, &id, NULL) ? id : 0;
}

static bool insert_bytes(struct store *s, int64_t job, unsigned rows)
{
    char bytes[4096];
    memset(bytes, 'x', sizeof bytes);
    store_ticket last = 0;
    for (unsigned i = 1; i <= rows; i++) {
        const struct cell row[] = {cell_int("job", job),     cell_int("seq", i),
                                   cell_int("at", i),        cell_text("direction", "o"),
                                   cell_int("from_byte", 0), cell_blob("bytes", bytes, sizeof bytes)};
        last = store_insert(s, "transcript", row, 6);
    }
    return store_wait(s, last, NULL);
}

static void count(void *ctx, const struct pruned *job)
{
    (void)job;
    ++*(unsigned *)ctx;
}

static const struct prune_wish everything = {.before_us = INT64_MIN, .keep_bytes = 0, .all = true};

static void a_write_that_fails_removes_nothing_and_says_so(void **state)
{
    struct place *p = *state;
    struct err e = {0};
    struct prune_tally tally;
    unsigned told = 0;
    support_vfs();
    struct store *s = store_open(p->uri, STORE_SYNC_OFF, &e);
    assert_non_null(s);
    for (int64_t i = 1; i <= 40; i++)
        assert_true(insert_bytes(s, insert_job(s, i), 10));
    support_vfs()->full = true;
    assert_false(store_prune(s, &everything, count, &told, &tally, &e));
    support_vfs()->full = false;
    assert_non_null(strstr(e.msg, "free space"));
    assert_int_equal(told, 0);
    assert_int_equal(seen_by_another(p->db, "SELECT count(*) FROM job"), 40);
    assert_true(store_prune(s, &everything, count, &told, &tally, &e));
    assert_int_equal(told, 40);
    assert_int_equal(tally.jobs, 40);
    assert_true(tally.file_after < tally.file_before);
    assert_true(insert_job(s, 50) > 0); /* and the store itself goes on */
    store_close(s);
}

static bool write_ballast(const char *path, size_t len)
{
    FILE *f = fopen(path, "w");
    bool ok = f != NULL;
    for (size_t i = 0; ok && i < len; i++)
        ok = fputc('b', f) != EOF;
    return f && fclose(f) == 0 && ok;
}

/* In a child, on a disk of 4 MB of its own. Without a byte of room not even a deletion can be written down: it says so and leaves
   all as it was. With a little room it removes them. */
static int prune_a_full_disk(const struct place *p)
{
    char db[160], ballast[160];
    struct err e = {0};
    struct prune_tally tally;
    unsigned told = 0;
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", p->dir, "tmpfs", 0, "size=4m") != 0)
        return NO_MOUNT;
    snprintf(db, sizeof db, "%s/small.db", p->dir);
    snprintf(ballast, sizeof ballast, "%s/ballast", p->dir);
    struct store *s = write_ballast(ballast, 400000) ? store_open(db, 0, &e) : NULL;
    int64_t job = 0, jobs = 0;
    for (int64_t i = 1; s && (job = insert_job(s, i)) && insert_bytes(s, job, 20); i++)
        jobs = i;
    store_close(s);
    if (!jobs || !(s = store_open(db, 0, &e)))
        return 1;
    if (!store_prune(s, &everything, count, &told, &tally, &e) && !strstr(e.msg, "free space"))
        return 2;
    if (seen_by_another(db, "SELECT count(*) FROM job") < jobs - told)
        return 3;
    unlink(ballast);
    if (!store_prune(s, &everything, count, &told, &tally, &e))
        return fprintf(stderr, "# %s (%u of %lld removed)\n", e.msg, told, (long long)jobs), 4;
    store_close(s);
    s = store_open(db, 0, &e);
    if (!s)
        return fprintf(stderr, "# %s\n", e.msg), 5;
    return (int64_t)told >= jobs && seen_by_another(db, "SELECT count(*) FROM transcript") == 0 ? 0 : 6;
}

static void a_disk_that_is_really_full_needs_a_little_room_and_loses_nothing(void **state)
{
    struct place *p = *state;
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(prune_a_full_disk(p));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_MOUNT)
        print_message("# SKIP a small disk cannot be mounted here\n");
    else
        assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_write_that_fails_removes_nothing_and_says_so, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(a_disk_that_is_really_full_needs_a_little_room_and_loses_nothing,
                                        place_make, place_remove),
    };
    return cmocka_run_group_tests_name("prune", tests, NULL, NULL);
}
