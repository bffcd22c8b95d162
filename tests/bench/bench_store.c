/* Durable log rows of 2 KB a second: one row a transaction against group commit, on this disk and on a disk whose flush
   takes 2 ms (a shim under SQLite). Prints one line per case and the ratios. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "helpers/support_vfs.h"
#include "store/store.h"

enum { ROW_BYTES = 2048, PRODUCERS_MAX = 500, STACK_BYTES = 64 * 1024 };

struct load {
    struct store *store;
    int64_t until_us;
    pthread_mutex_t lock;
    int64_t next; /* seq of the next row */
    int64_t rows, waited_us;
};

struct result {
    double rows_per_s, wait_ms;
    struct store_stats stats;
};

static int64_t next_seq(struct load *l, int64_t waited_us)
{
    pthread_mutex_lock(&l->lock);
    int64_t seq = ++l->next;
    if (waited_us >= 0) {
        l->rows++;
        l->waited_us += waited_us;
    }
    pthread_mutex_unlock(&l->lock);
    return seq;
}

static store_ticket put_row(struct store *s, int64_t seq, const char *output)
{
    const struct cell row[] = {cell_int("job", 1),
                               cell_int("seq", seq),
                               cell_int("phase_run", 1),
                               cell_text("phase", "PSU_CHECK"),
                               cell_int("at", seq),
                               cell_text("kind", "query"),
                               cell_text("command", "show environment power"),
                               cell_text_len("output", output, ROW_BYTES)};
    return store_insert(s, "log_event", row, sizeof row / sizeof *row);
}

static void *produce(void *ctx)
{
    struct load *l = ctx;
    char output[ROW_BYTES];
    struct err e;
    memset(output, 'x', sizeof output);
    int64_t waited_us = -1;
    while (clock_now_us(NULL) < l->until_us) {
        int64_t seq = next_seq(l, waited_us), before_us = clock_now_us(NULL);
        if (!store_wait(l->store, put_row(l->store, seq, output), &e)) {
            fprintf(stderr, "%s\n", e.msg);
            exit(1);
        }
        waited_us = clock_now_us(NULL) - before_us;
    }
    return NULL;
}

static void run_producers(struct load *l, unsigned count)
{
    static pthread_t threads[PRODUCERS_MAX];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK_BYTES);
    for (unsigned i = 0; i < count; i++)
        if (pthread_create(&threads[i], &small, produce, l) != 0)
            exit(1);
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    pthread_attr_destroy(&small);
}

static struct store *open_store(const char *path, unsigned flags)
{
    char uri[160];
    struct err e;
    snprintf(uri, sizeof uri, "sqlite:%s?vfs=shim", path);
    struct store *s = store_open(uri, flags, &e);
    int64_t id;
    const struct cell job[] = {cell_text("type", "bench"), cell_text("state", "RUNNING"),
                               cell_int("submitted_at", 1)};
    if (!s || !store_insert_id(s, "job", job, 3, &id, &e)) {
        fprintf(stderr, "%s\n", e.msg);
        exit(1);
    }
    return s;
}

static void remove_store(const char *path)
{
    char name[160];
    const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static struct result measure(const char *dir, unsigned producers, unsigned flags, int64_t flush_us,
                             int64_t span_ms)
{
    char path[128];
    snprintf(path, sizeof path, "%s/bench.db", dir);
    support_vfs()->flush_us = 0;
    struct load l = {.store = open_store(path, flags), .lock = PTHREAD_MUTEX_INITIALIZER};
    support_vfs()->flush_us = flush_us;
    int64_t start_us = clock_now_us(NULL);
    l.until_us = start_us + span_ms * 1000;
    run_producers(&l, producers);
    double seconds = (double)(clock_now_us(NULL) - start_us) / 1e6;
    support_vfs()->flush_us = 0;
    struct result r = {(double)l.rows / seconds, l.rows ? (double)l.waited_us / (double)l.rows / 1000 : 0,
                       store_stats(l.store)};
    store_close(l.store);
    remove_store(path);
    return r;
}

static const struct disk {
    const char *name;
    unsigned flags;
    int64_t flush_us;
} disks[] = {
    {"this disk, synchronous FULL", 0, 0},
    {"this disk, synchronous OFF", STORE_SYNC_OFF, 0},
    {"flush of 2 ms, synchronous FULL", 0, 2000},
};

static void bench_disk(const char *dir, const struct disk *d, int64_t span_ms)
{
    static const unsigned producers[] = {1, 64, PRODUCERS_MAX};
    double one = 0;
    for (size_t i = 0; i < sizeof producers / sizeof *producers; i++) {
        struct result r = measure(dir, producers[i], d->flags, d->flush_us, span_ms);
        if (i == 0)
            one = r.rows_per_s;
        printf("store  %-32s %3u producers  %8.0f rows/s  %6.2f ms each  group %5.1f (largest %" PRIu64
               ")  %5.1fx\n",
               d->name, producers[i], r.rows_per_s, r.wait_ms, (double)r.stats.rows / (double)r.stats.commits,
               r.stats.largest_group, r.rows_per_s / one);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    int64_t span_ms = argc > 1 ? atoi(argv[1]) : 2000;
    char dir[] = "build/bench-store-XXXXXX";
    if (!mkdtemp(dir)) {
        perror(dir);
        return 1;
    }
    support_vfs();
    for (size_t i = 0; i < sizeof disks / sizeof *disks; i++)
        bench_disk(dir, &disks[i], span_ms);
    puts("store  goal with a flush of 2 ms: must 12x, aim 30x of one row a transaction");
    rmdir(dir);
    return 0;
}
