/* Transcripts, plain or packed: the same bytes in the same order, whatever happens in between. TEST_SEED repeats a run. */
#include "unit/store/place.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/str.h"
#include "helpers/support_vfs.h"
#include "store/pack.h"
#include "store/store.h"
#include "store/transcript.h"

static uint64_t random_state;

static uint64_t random_below(uint64_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % n;
}

static void seed_from_environment(void)
{
    const char *given = getenv("TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * 1000003u + (uint64_t)getpid();
    random_state = seed * 2654435761u + 88172645463325252u;
    print_message("# TEST_SEED=%" PRIu64 "\n", seed);
}

static struct store *open_store(const char *uri)
{
    struct err e = {0};
    struct store *s = store_open(uri, STORE_SYNC_OFF, &e);
    if (!s)
        fail_msg("%s", e.msg);
    return s;
}

static int64_t insert_job(struct store *s, bool ended)
{
    int64_t id = 0;
    const struct cell job[] = {cell_text("type", "validate"),
                               cell_text("state", ended ? "PASSED" : "RUNNING"), cell_int("submitted_at", 1),
                               ended ? cell_int("finished_at", 2) : cell_null("finished_at")};
    assert_true(store_insert_id(s, "job", job, 4, &id, NULL));
    return id;
}

static void insert_row(struct store *s, int64_t job, const struct transcript_chunk *c)
{
    const char name[] = {c->direction, '\0'};
    const struct cell row[] = {cell_int("job", job),
                               cell_int("seq", c->seq),
                               cell_int("at", c->at_utc_us),
                               cell_text("direction", name),
                               cell_int("from_byte", (int64_t)c->from_byte),
                               cell_blob("bytes", c->bytes, c->len)};
    store_insert(s, "transcript", row, 6);
}

/* Bytes of all 256 values, rows of all lengths, clocks that jump, counts with gaps: more than a job would ever write. */
static void insert_random_rows(struct store *s, int64_t job, unsigned rows, size_t longest)
{
    char *bytes = malloc(longest + 1);
    uint64_t counts[2] = {0, 0};
    int64_t seq = 0;
    for (unsigned i = 0; i < rows; i++) {
        size_t len = random_below(8) ? random_below(longest + 1) : 0;
        bool text = random_below(2);
        for (size_t k = 0; k < len; k++)
            bytes[k] = (char)(text ? "Ethernet1/1 up\r\n"[k % 16] : (char)random_below(256));
        seq += 1 + (random_below(50) ? 0 : (int64_t)random_below(1000));
        unsigned which = (unsigned)random_below(3);
        struct transcript_chunk c = {.seq = seq,
                                     .at_utc_us = random_below(20) ? (int64_t)(1700000000000000 + i * 1000)
                                                                   : (int64_t)random_below(UINT64_MAX) / 2,
                                     .direction = "oim"[which],
                                     .from_byte = which == 2 ? counts[0] : counts[which],
                                     .bytes = bytes,
                                     .len = len};
        insert_row(s, job, &c);
        if (which < 2)
            counts[which] += len + (random_below(100) ? 0 : random_below(5000));
    }
    assert_true(store_wait(s,
                           store_update(s, "job", (struct cell[]){cell_int("fence", 1)}, 1,
                                        (struct cell[]){cell_int("id", job)}, 1),
                           NULL));
    free(bytes);
}

static bool append(void *ctx, const struct transcript_chunk *c)
{
    struct str *out = ctx;
    str_printf(out, "\n%" PRId64 " %" PRId64 " %c %" PRIu64 " %zu ", c->seq, c->at_utc_us, c->direction,
               c->from_byte, c->len);
    return str_add(out, c->bytes, c->len);
}

static struct str read_all(struct store *s, int64_t job)
{
    struct str all = {0};
    struct err e = {0};
    if (!transcript_each(s, job, append, &all, &e))
        fail_msg("%s", e.msg);
    return all;
}

static void assert_same(const struct str *a, const struct str *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(str_cstr(a), str_cstr(b), a->len);
}

/* Waits for what was put before. */
static void flush(struct store *s)
{
    const struct cell worker[] = {cell_text("worker", "")}, key[] = {cell_int("id", 0)};
    struct err e = {0};
    if (!store_wait(s, store_update(s, "job", worker, 1, key, 1), &e))
        fail_msg("%s", e.msg);
}

static void every_byte_survives_packing(void **state)
{
    struct place *p = *state;
    struct store *s = open_store(p->db);
    seed_from_environment();
    for (unsigned round = 0; round < 30; round++) {
        int64_t job = insert_job(s, true);
        insert_random_rows(s, job, round < 28 ? (unsigned)random_below(60) : 1000, round < 28 ? 300 : 6000);
        struct str before = read_all(s, job);
        struct err e = {0};
        if (!transcript_pack(s, job, &e))
            fail_msg("%s", e.msg);
        flush(s);
        struct str after = read_all(s, job);
        assert_same(&before, &after);
        str_clear(&before);
        str_clear(&after);
    }
    assert_int_equal(seen_by_another(p->db, "SELECT count(*) FROM transcript"), 0);
    assert_true(seen_by_another(
        p->db, "SELECT max(n) > 1 FROM (SELECT count(*) AS n FROM transcript_z GROUP BY job)"));
    store_close(s);
}

static void all_256_values_and_the_counts_of_a_block_are_kept(void **state)
{
    struct place *p = *state;
    struct store *s = open_store(p->db);
    char bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    int64_t job = insert_job(s, true);
    insert_row(s, job, &(struct transcript_chunk){1, -5, 'o', 0, bytes, 256});
    insert_row(s, job, &(struct transcript_chunk){2, INT64_MAX, 'i', 7, bytes, 3});
    insert_row(s, job, &(struct transcript_chunk){3, INT64_MIN, 'm', 256, "PSU_CHECK", 9});
    insert_row(s, job, &(struct transcript_chunk){INT64_MAX, 0, 'o', UINT64_MAX >> 1, "", 0});
    flush(s);
    struct str before = read_all(s, job);
    assert_true(transcript_pack(s, job, NULL));
    flush(s);
    struct str after = read_all(s, job);
    assert_same(&before, &after);
    assert_int_equal(seen_by_another(p->db, "SELECT typed_to FROM transcript_z"), 10);
    assert_int_equal(seen_by_another(p->db, "SELECT plain_bytes FROM transcript_z"), 268);
    str_clear(&before);
    str_clear(&after);
    store_close(s);
}

static bool count_and_stop(void *ctx, const struct transcript_chunk *c)
{
    (void)c;
    return ++*(unsigned *)ctx < 3;
}

static void a_reader_may_begin_after_a_row_and_stop_at_one(void **state)
{
    struct place *p = *state;
    struct store *s = open_store(p->db);
    int64_t job = insert_job(s, true);
    for (int64_t i = 1; i <= 10; i++)
        insert_row(s, job, &(struct transcript_chunk){i, i, 'o', (uint64_t)i, "x", 1});
    flush(s);
    for (int packed = 0; packed < 2; packed++) {
        struct str tail = {0};
        unsigned seen = 0;
        assert_true(transcript_after(s, job, 9, append, &tail, NULL));
        assert_string_equal(str_cstr(&tail), "\n10 10 o 10 1 x");
        assert_true(transcript_each(s, job, count_and_stop, &seen, NULL));
        assert_int_equal(seen, 3);
        str_clear(&tail);
        assert_true(transcript_pack(s, job, NULL));
        flush(s);
    }
    store_close(s);
}

/* Two programs pack one job, and a third has removed another: nothing is doubled, and the store goes on. */
static void packing_what_is_packed_or_gone_changes_nothing(void **state)
{
    struct place *p = *state;
    struct store *s = open_store(p->db), *other = open_store(p->db);
    int64_t job = insert_job(s, true), gone = insert_job(s, true);
    insert_row(s, job, &(struct transcript_chunk){1, 1, 'o', 0, "once", 4});
    insert_row(s, gone, &(struct transcript_chunk){1, 1, 'o', 0, "gone", 4});
    flush(s);
    struct str before = read_all(s, job);
    run_sql(p->db, "CREATE TRIGGER meanwhile BEFORE INSERT ON transcript_z WHEN new.job = 2 BEGIN "
                   "SELECT RAISE(IGNORE); END"); /* its row is not taken: then the plain ones must stay */
    assert_true(transcript_pack(s, job, NULL) && transcript_pack(other, job, NULL));
    assert_true(transcript_pack(s, gone, NULL));
    flush(s);
    flush(other);
    assert_int_equal(seen_by_another(p->db, "SELECT count(*) FROM transcript_z"), 1);
    assert_int_equal(seen_by_another(p->db, "SELECT job FROM transcript"), gone);
    run_sql(p->db, "DELETE FROM transcript WHERE job = 2; DELETE FROM job WHERE id = 2");
    assert_true(transcript_pack(s, gone, NULL));
    flush(s);
    struct str after = read_all(other, job);
    assert_same(&before, &after);
    str_clear(&before);
    str_clear(&after);
    store_close(other);
    store_close(s);
}

static void only_ended_jobs_that_were_left_plain_are_packed(void **state)
{
    struct place *p = *state;
    struct store *s = open_store(p->db);
    unsigned packed = 0;
    for (int i = 0; i < 6; i++) {
        int64_t job = insert_job(s, i != 2);
        insert_row(s, job, &(struct transcript_chunk){1, 1, 'o', 0, "x", 1});
    }
    flush(s);
    assert_true(transcript_pack_ended(s, 2, &packed, NULL));
    assert_int_equal(packed, 2);
    flush(s);
    assert_true(transcript_pack_ended(s, 100, &packed, NULL));
    assert_int_equal(packed, 3);
    flush(s);
    assert_int_equal(seen_by_another(p->db, "SELECT job FROM transcript"), 3);
    assert_true(transcript_pack_ended(s, 100, &packed, NULL));
    assert_int_equal(packed, 0);
    store_close(s);
}

static void a_disk_that_is_full_while_packing_loses_nothing(void **state)
{
    struct place *p = *state;
    support_vfs();
    struct store *s = open_store(p->uri);
    int64_t job = insert_job(s, true);
    insert_random_rows(s, job, 50, 2000);
    struct str before = read_all(s, job);
    support_vfs()->full = true;
    assert_true(transcript_pack(s, job, NULL));
    const struct cell worker[] = {cell_text("worker", "x")}, key[] = {cell_int("id", job)};
    assert_false(store_wait(s, store_update(s, "job", worker, 1, key, 1), NULL));
    support_vfs()->full = false;
    store_close(s);
    s = open_store(p->db);
    struct str after = read_all(s, job);
    assert_same(&before, &after);
    str_clear(&before);
    str_clear(&after);
    store_close(s);
}

/* A SIGKILL at any moment of the packing: the job is there in one form or the other. */
static void a_killed_packer_loses_nothing(void **state)
{
    struct place *p = *state;
    seed_from_environment();
    struct store *s = open_store(p->db);
    struct str before[8];
    for (int64_t job = 1; job <= 8; job++) {
        insert_job(s, true);
        insert_random_rows(s, job, 40, 3000);
        before[job - 1] = read_all(s, job);
    }
    store_close(s);
    for (int round = 0; round < 8; round++) {
        pid_t pid = fork();
        if (pid == 0) {
            unsigned packed;
            s = store_open(p->db, 0, NULL);
            transcript_pack_ended(s, 2, &packed, NULL);
            _exit(0); /* the writer may be anywhere */
        }
        struct timespec span = {.tv_nsec = (long)random_below(20000000)};
        nanosleep(&span, NULL);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        s = open_store(p->db);
        for (int64_t job = 1; job <= 8; job++) {
            struct str after = read_all(s, job);
            assert_same(&before[job - 1], &after);
            str_clear(&after);
        }
        store_close(s);
    }
    for (int i = 0; i < 8; i++)
        str_clear(&before[i]);
}

static bool ignore(void *ctx, const struct transcript_chunk *c)
{
    for (size_t i = 0; i < c->len; i++)
        *(unsigned *)ctx += (unsigned char)c->bytes[i]; /* each byte is there to be read */
    return true;
}

static void a_damaged_frame_is_told_and_never_read_as_another(void **state)
{
    struct place *p = *state;
    (void)p;
    struct pack pack = {0};
    struct str frame = {0};
    seed_from_environment();
    for (int64_t i = 1; i < 200; i++)
        pack_add(&pack, &(struct transcript_chunk){i, i, "oi"[i % 2], 0, "show environment power", 22});
    assert_true(pack_end(&pack, &frame, NULL));
    unsigned sum = 0;
    bool stopped;
    struct err e = {0};
    for (size_t cut = 0; cut < frame.len; cut++)
        assert_false(pack_each(frame.data, cut, ignore, &sum, &stopped, &e));
    for (int round = 0; round < 3000; round++) {
        size_t at = random_below(frame.len);
        char before = frame.data[at], now = (char)(before ^ (1 << random_below(8)));
        frame.data[at] = now;
        struct str got = {0};
        if (pack_each(frame.data, frame.len, append, &got, &stopped, &e)) {
            struct str right = {0};
            frame.data[at] = before;
            assert_true(pack_each(frame.data, frame.len, append, &right, &stopped, &e));
            assert_same(&right, &got); /* a bit of zstd's head that says nothing */
            str_clear(&right);
        }
        frame.data[at] = before;
        str_clear(&got);
    }
    assert_false(pack_each("", 0, ignore, &sum, &stopped, &e));
    assert_false(pack_each("no zstd at all", 14, ignore, &sum, &stopped, &e));
    str_clear(&frame);
    pack_clear(&pack);
}

static void a_damaged_row_names_its_job(void **state)
{
    struct place *p = *state;
    struct store *s = open_store(p->db);
    int64_t job = insert_job(s, true);
    insert_random_rows(s, job, 20, 200);
    assert_true(transcript_pack(s, job, NULL));
    flush(s);
    run_sql(p->db, "UPDATE transcript_z SET frame = substr(frame, 1, length(frame) / 2)");
    struct str all = {0};
    struct err e = {0};
    assert_false(transcript_each(s, job, append, &all, &e));
    assert_non_null(strstr(e.msg, "job 1 is damaged"));
    run_sql(p->db, "UPDATE transcript_z SET frame = zeroblob(100)");
    assert_false(transcript_each(s, job, append, &all, NULL));
    str_clear(&all);
    store_close(s);
}

int main(void)
{
#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        PLACE_TEST(every_byte_survives_packing),
        PLACE_TEST(all_256_values_and_the_counts_of_a_block_are_kept),
        PLACE_TEST(a_reader_may_begin_after_a_row_and_stop_at_one),
        PLACE_TEST(packing_what_is_packed_or_gone_changes_nothing),
        PLACE_TEST(only_ended_jobs_that_were_left_plain_are_packed),
        PLACE_TEST(a_disk_that_is_full_while_packing_loses_nothing),
        PLACE_TEST(a_killed_packer_loses_nothing),
        PLACE_TEST(a_damaged_frame_is_told_and_never_read_as_another),
        PLACE_TEST(a_damaged_row_names_its_job),
    };
    return cmocka_run_group_tests_name("transcript", tests, NULL, NULL);
}
