#include "unit/store/place.h"

#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/str.h"
#include "store/store.h"

static struct store *open_store(struct place *p)
{
    struct err e = {0};
    struct store *s = store_open(p->db, STORE_SYNC_OFF, &e);
    if (!s)
        fail_msg("%s", e.msg);
    return s;
}

static int64_t insert_job(struct store *s)
{
    struct err e = {0};
    int64_t id = 0;
    const struct cell job[] = {cell_text("type", "validate"), cell_text("state", "RUNNING"),
                               cell_int("submitted_at", 1)};
    if (!store_insert_id(s, "job", job, 3, &id, &e))
        fail_msg("%s", e.msg);
    return id;
}

struct found {
    unsigned rows;
    struct str text;
};

static bool add_row(void *ctx, const struct cell *cells, size_t count)
{
    struct found *f = ctx;
    f->rows++;
    for (size_t i = 0; i < count; i++) {
        str_printf(&f->text, "%s%s=", i ? " " : "", cells[i].column);
        if (cells[i].kind == CELL_INT)
            str_printf(&f->text, "%lld", (long long)cells[i].number);
        else if (cells[i].kind == CELL_REAL)
            str_printf(&f->text, "%g", cells[i].real);
        else if (cells[i].kind == CELL_NULL)
            str_add_cstr(&f->text, "null");
        else
            str_add_escaped(&f->text, cells[i].bytes, cells[i].len);
    }
    str_add_char(&f->text, '\n');
    return true;
}

static void assert_rows(struct store *s, const char *select, const char *expected)
{
    struct found f = {0};
    struct err e = {0};
    if (!store_select(s, select, NULL, 0, add_row, &f, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(str_cstr(&f.text), expected);
    str_clear(&f.text);
}

static void files_are_for_their_owner_only(void **state)
{
    struct place *p = *state;
    char deep[256], path[300];
    snprintf(deep, sizeof deep, "%s/a/jobs.db", p->dir);
    struct err e = {0};
    mode_t before = umask(022);
    struct store *s = store_open(deep, STORE_SYNC_OFF, &e);
    assert_non_null(s);
    insert_job(s);
    const char *const names[] = {"", "-wal", "-shm"};
    struct stat st;
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", deep, names[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    char *dir = file_dir(deep);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    umask(before);
    store_close(s);
    unlink(deep);
    rmdir(dir);
    free(dir);
}

static void all_kinds_of_cells_come_back_as_they_went(void **state)
{
    struct store *s = open_store(*state);
    int64_t job = insert_job(s);
    const struct cell row[] = {cell_int("job", job),      cell_int("seq", 1),
                               cell_int("at", INT64_MAX), cell_text("direction", "o"),
                               cell_int("from_byte", 0),  cell_blob("bytes", "a\0b\x1b", 4)};
    const struct cell psu[] = {cell_int("job", job), cell_text("slot", "1"), cell_text("status", "ok"),
                               cell_real("input_a", 1.25), cell_text("model", NULL)};
    store_insert(s, "transcript", row, 6);
    assert_true(store_wait(s, store_insert(s, "power_supply", psu, 5), NULL));
    assert_rows(s, "SELECT at, bytes FROM transcript", "at=9223372036854775807 bytes=a\\x00b\\x1b\n");
    assert_rows(s, "SELECT slot, input_a, model, failed FROM power_supply",
                "slot=1 input_a=1.25 model=null failed=0\n");
    store_close(s);
}

static void updates_upserts_and_deletes_touch_the_named_row_only(void **state)
{
    struct store *s = open_store(*state);
    int64_t job = insert_job(s);
    const struct cell ok = cell_text("status", "ok"), bad = cell_text("status", "failed");
    const struct cell one[] = {cell_int("job", job), cell_text("slot", "1")};
    const struct cell two[] = {cell_int("job", job), cell_text("slot", "2")};
    store_upsert(s, "fan", &ok, 1, one, 2);
    store_upsert(s, "fan", &ok, 1, two, 2);
    store_upsert(s, "fan", &bad, 1, two, 2);
    const struct cell kind = cell_text("kind", "psu");
    assert_true(store_wait(s, store_update(s, "fan", &kind, 1, one, 2), NULL));
    assert_rows(s, "SELECT slot, status, kind FROM fan ORDER BY slot",
                "slot=1 status=ok kind=psu\nslot=2 status=failed kind=null\n");
    assert_true(store_wait(s, store_delete(s, "fan", one, 2), NULL));
    assert_rows(s, "SELECT slot FROM fan", "slot=2\n");
    store_close(s);
}

static void a_select_takes_parameters_and_stops_when_told(void **state)
{
    struct store *s = open_store(*state);
    insert_job(s);
    int64_t second = insert_job(s);
    struct found f = {0};
    const struct cell parameter = cell_int(NULL, second);
    assert_true(store_select(s, "SELECT id FROM job WHERE id = ?", &parameter, 1, add_row, &f, NULL));
    assert_string_equal(str_cstr(&f.text), "id=2\n");
    str_clear(&f.text);
    struct err e = {0};
    assert_false(store_select(s, "SELECT nonsense FROM job", NULL, 0, add_row, &f, &e));
    assert_non_null(strstr(e.msg, "no such column: nonsense"));
    store_close(s);
}

static void a_missing_store_says_no_jobs_yet(void **state)
{
    struct place *p = *state;
    struct err e = {0};
    assert_null(store_open(p->db, STORE_READ_ONLY, &e));
    assert_non_null(strstr(e.msg, "no jobs yet"));
    assert_non_null(strstr(e.msg, p->db));
    assert_false(file_exists(p->db));
}

static void a_read_only_store_follows_a_live_one(void **state)
{
    struct place *p = *state;
    struct store *writer = open_store(p);
    insert_job(writer);
    struct err e = {0};
    struct store *reader = store_open(p->db, STORE_READ_ONLY, &e);
    assert_non_null(reader);
    assert_rows(reader, "SELECT count(*) AS n FROM job", "n=1\n");
    insert_job(writer);
    assert_rows(reader, "SELECT count(*) AS n FROM job", "n=2\n");
    assert_false(store_wait(reader, store_delete(reader, "job", NULL, 0), &e));
    assert_int_equal(e.code, ERR_STATE);
    store_close(reader);
    store_close(writer);
}

static void a_newer_database_is_refused(void **state)
{
    struct place *p = *state;
    store_close(open_store(p));
    run_sql(p->db, "PRAGMA user_version = 9999");
    struct err e = {0};
    assert_null(store_open(p->db, 0, &e));
    assert_non_null(strstr(e.msg, "newer torstarter"));
    assert_null(store_open(p->db, STORE_READ_ONLY, &e));
    assert_non_null(strstr(e.msg, "newer torstarter"));
}

static void another_programs_database_is_refused_and_left_alone(void **state)
{
    struct place *p = *state;
    run_sql(p->db, "CREATE TABLE job (mine TEXT)");
    struct err e = {0};
    assert_null(store_open(p->db, 0, &e));
    assert_non_null(strstr(e.msg, "another program"));
    assert_int_equal(seen_by_another(p->db, "SELECT count(*) FROM sqlite_master"), 1);
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    struct place *p = *state;
    char noise[8192];
    memset(noise, 'x', sizeof noise);
    assert_true(file_write(p->db, noise, sizeof noise, 0600, NULL));
    struct err e = {0};
    assert_null(store_open(p->db, 0, &e));
    assert_non_null(strstr(e.msg, "no torstarter store"));
    assert_non_null(strstr(e.msg, p->db));
}

static void overwrite(const char *path, long from, size_t len)
{
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    fseek(f, from, SEEK_SET);
    for (size_t i = 0; i < len; i++)
        fputc(0xa5, f);
    fclose(f);
}

static void a_damaged_file_is_an_error_that_says_what_to_do(void **state)
{
    struct place *p = *state;
    store_close(open_store(p));
    overwrite(p->db, 4096, 3 * 4096);
    struct err e = {0};
    struct store *s = store_open(p->db, STORE_SYNC_OFF, &e);
    if (s) {
        const struct cell job[] = {cell_text("type", "validate"), cell_text("state", "RUNNING"),
                                   cell_int("submitted_at", 1)};
        int64_t id = 0;
        assert_false(store_insert_id(s, "job", job, 3, &id, &e));
        store_close(s);
    }
    assert_non_null(strstr(e.msg, ".recover"));
}

static void an_unwritable_folder_is_named(void **state)
{
    (void)state;
    struct err e = {0};
    assert_null(store_open("/proc/nowhere/jobs.db", 0, &e));
    assert_non_null(strstr(e.msg, "/proc/nowhere"));
    assert_non_null(strstr(e.msg, "--db"));
    assert_null(store_open("postgres://x/y", 0, &e));
    assert_int_equal(e.code, ERR_USAGE);
}

/* Programs, not threads: SQLite's file locks are those of a process. */
static void two_programs_may_make_the_store_at_once(void **state)
{
    struct place *p = *state;
    enum { PROGRAMS = 6 };
    pid_t pids[PROGRAMS];
    int go[2];
    assert_int_equal(pipe(go), 0);
    for (int i = 0; i < PROGRAMS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            char c;
            close(go[1]);
            if (read(go[0], &c, 1) < 0)
                _exit(3);
            struct store *s = store_open(p->db, STORE_SYNC_OFF, NULL);
            if (!s)
                _exit(1);
            insert_job(s);
            store_close(s);
            _exit(0);
        }
    }
    close(go[0]);
    close(go[1]); /* the end of the pipe starts them all */
    for (int i = 0; i < PROGRAMS; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    assert_int_equal(seen_by_another(p->db, "SELECT count(*) FROM job"), PROGRAMS);
    assert_int_equal(seen_by_another(p->db, "SELECT count(DISTINCT id) FROM job"), PROGRAMS);
}

/* Each waits for each of its rows; none may fail or be lost because another writes. */
static void two_programs_may_write_at_once(void **state)
{
    struct place *p = *state;
    enum { PROGRAMS = 2, JOBS_EACH = 200 };
    pid_t pids[PROGRAMS];
    for (int i = 0; i < PROGRAMS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct store *s = store_open(p->db, 0, NULL);
            for (int n = 0; s && n < JOBS_EACH; n++)
                insert_job(s);
            store_close(s);
            _exit(s ? 0 : 1);
        }
    }
    for (int i = 0; i < PROGRAMS; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    assert_int_equal(seen_by_another(p->db, "SELECT count(DISTINCT id) FROM job"), PROGRAMS * JOBS_EACH);
}

static void a_refused_row_fails_the_store_but_loses_no_other(void **state)
{
    struct place *p = *state;
    struct store *s = open_store(p);
    int64_t job = insert_job(s);
    const struct cell good[] = {cell_int("job", job), cell_text("slot", "1"), cell_text("status", "ok")};
    const struct cell orphan[] = {cell_int("job", 777), cell_text("slot", "1"), cell_text("status", "ok")};
    const struct cell later[] = {cell_int("job", job), cell_text("slot", "2"), cell_text("status", "ok")};
    store_ticket before = store_insert(s, "fan", good, 3);
    store_ticket wrong = store_insert(s, "fan", orphan, 3);
    struct err e = {0};
    assert_false(store_wait(s, wrong, &e));
    assert_non_null(strstr(e.msg, "refuses a row of fan"));
    assert_non_null(strstr(e.msg, "FOREIGN KEY"));
    assert_true(store_wait(s, before, NULL));
    assert_false(store_wait(s, store_insert(s, "fan", later, 3), &e));
    store_close(s);
    assert_int_equal(seen_by_another(p->db, "SELECT count(*) FROM fan WHERE slot = '1'"), 1);
}

static void an_unknown_column_is_refused_too(void **state)
{
    struct place *p = *state;
    struct store *s = open_store(p);
    const struct cell row = cell_text("no_such_column", "x");
    struct err e = {0};
    assert_false(store_wait(s, store_insert(s, "job", &row, 1), &e));
    assert_non_null(strstr(e.msg, "no_such_column"));
    store_close(s);
}

enum { PRODUCERS = 64, ROWS_EACH = 50 };

struct producer {
    struct store *s;
    int64_t job;
    const char *db;
    bool ok;
    pthread_t thread;
};

static void *produce(void *ctx)
{
    struct producer *p = ctx;
    p->ok = true;
    for (int64_t seq = 1; seq <= ROWS_EACH && p->ok; seq++) {
        char text[32];
        snprintf(text, sizeof text, "command %d", (int)seq);
        const struct cell row[] = {cell_int("job", p->job),   cell_int("seq", seq),
                                   cell_int("phase_run", 1),  cell_text("phase", "PSU_CHECK"),
                                   cell_int("at", seq),       cell_text("kind", "query"),
                                   cell_text("command", text)};
        p->ok = store_wait(p->s, store_insert(p->s, "log_event", row, 7), NULL);
    }
    return NULL;
}

static void many_producers_are_all_served_in_order(void **state)
{
    struct place *p = *state;
    struct store *s = open_store(p);
    static struct producer producers[PRODUCERS];
    for (int i = 0; i < PRODUCERS; i++)
        producers[i] = (struct producer){.s = s, .job = insert_job(s), .db = p->db};
    for (int i = 0; i < PRODUCERS; i++)
        assert_int_equal(pthread_create(&producers[i].thread, NULL, produce, &producers[i]), 0);
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_join(producers[i].thread, NULL);
        assert_true(producers[i].ok);
    }
    struct store_stats stats = store_stats(s);
    assert_int_equal(stats.rows, PRODUCERS * (ROWS_EACH + 1));
    assert_true(stats.commits < stats.rows);
    assert_int_equal(seen_by_another(p->db, "SELECT count(*) FROM log_event"), PRODUCERS * ROWS_EACH);
    assert_int_equal(
        seen_by_another(p->db, "SELECT count(*) FROM log_event WHERE command = 'command ' || seq"),
        PRODUCERS * ROWS_EACH);
    store_close(s);
}

static void closing_writes_what_nobody_waited_for(void **state)
{
    struct place *p = *state;
    struct store *s = open_store(p);
    int64_t job = insert_job(s);
    for (int64_t seq = 1; seq <= 1000; seq++) {
        const struct cell row[] = {cell_int("job", job),       cell_int("seq", seq),
                                   cell_int("at", 0),          cell_text("direction", "o"),
                                   cell_int("from_byte", seq), cell_blob("bytes", "x", 1)};
        store_insert(s, "transcript", row, 6);
    }
    store_close(s);
    assert_int_equal(seen_by_another(p->db, "SELECT count(*) FROM transcript"), 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_are_for_their_owner_only),
        TEST(all_kinds_of_cells_come_back_as_they_went),
        TEST(updates_upserts_and_deletes_touch_the_named_row_only),
        TEST(a_select_takes_parameters_and_stops_when_told),
        TEST(a_missing_store_says_no_jobs_yet),
        TEST(a_read_only_store_follows_a_live_one),
        TEST(a_newer_database_is_refused),
        TEST(another_programs_database_is_refused_and_left_alone),
        TEST(a_file_that_is_no_database_is_refused),
        TEST(a_damaged_file_is_an_error_that_says_what_to_do),
        TEST(an_unwritable_folder_is_named),
        TEST(two_programs_may_make_the_store_at_once),
        TEST(two_programs_may_write_at_once),
        TEST(a_refused_row_fails_the_store_but_loses_no_other),
        TEST(an_unknown_column_is_refused_too),
        TEST(many_producers_are_all_served_in_order),
        TEST(closing_writes_what_nobody_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
