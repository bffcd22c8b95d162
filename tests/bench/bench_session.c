/* Our own side of the bench: sessions on the simulated switches of tests/bench/run.sh. Prints "name value" lines.

     bench_session [--log off|full FILE] SITE SWITCH idle COUNT | big | paced COUNT
     bench_session [--log off|full FILE] SITE PATTERN many SESSIONS COMMANDS

   --log writes the row of each command before its first byte is sent, as jobs do. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/mem.h"
#include "model/platform.h"
#include "model/site.h"
#include "session/session.h"
#include "store/store.h"

enum { STACK_BYTES = 256 * 1024, LOGINS_AT_ONCE = 8, CREDENTIALS_MAX = 8 };
enum { QUERY_SMALL, QUERY_MB, QUERY_BIG, QUERY_COUNT };

struct bench { /* frozen before the threads start, but for the counters */
    struct site *site;
    struct platform *platform;
    struct dialect dialect; /* the platform's, with the bench's two queries */
    struct query queries[QUERY_COUNT];
    struct store *store; /* NULL: no log */
    struct switch_list switches;
    pthread_mutex_t lock;
    pthread_cond_t login_free;
    unsigned logins;
    unsigned commands; /* of each session of `many` */
    unsigned failed;
    unsigned next;
};

struct writer { /* ctx of one session's hooks */
    struct store *store;
    int64_t job, seq;
};

static void stop(const char *what, const struct err *e)
{
    fprintf(stderr, "bench_session: %s: %s\n", what, e ? e->msg : "");
    exit(1);
}

static bool write_before(void *ctx, const struct sent *what, uint64_t *event, struct err *e)
{
    struct writer *w = ctx;
    const struct cell row[] = {cell_int("job", w->job),         cell_int("seq", ++w->seq),
                               cell_int("phase_run", 1),        cell_text("phase", "OOB_CONNECT"),
                               cell_int("at", what->at_utc_us), cell_text("kind", sent_kind_name(what->kind)),
                               cell_text("command", what->text)};
    *event = (uint64_t)w->seq;
    return store_wait(w->store, store_insert(w->store, "log_event", row, sizeof row / sizeof *row), e);
}

static void write_after(void *ctx, uint64_t event, const struct answer *a)
{
    struct writer *w = ctx;
    const struct cell row[] = {cell_text("status", answer_status_name(a->status)),
                               cell_int("duration_us", a->duration_us),
                               cell_text_len("output", str_cstr(&a->text), a->text.len)};
    const struct cell keys[] = {cell_int("job", w->job), cell_int("seq", (int64_t)event)};
    store_update(w->store, "log_event", row, sizeof row / sizeof *row, keys, sizeof keys / sizeof *keys);
}

static void start_log(struct bench *b, const char *how, const char *file)
{
    struct err e = {0};
    b->store = store_open(file, strcmp(how, "off") == 0 ? STORE_SYNC_OFF : 0, &e);
    if (!b->store)
        stop(file, &e);
}

static bool new_job(struct bench *b, struct writer *w, struct err *e)
{
    const struct cell row[] = {cell_text("type", "bench"), cell_text("state", "RUNNING"),
                               cell_int("submitted_at", clock_utc_us(NULL))};
    w->store = b->store;
    return store_insert_id(b->store, "job", row, sizeof row / sizeof *row, &w->job, e);
}

static void load(struct bench *b, const char *site_file, const char *selector)
{
    static struct arena arena;
    struct search_path path;
    struct mistakes m = {0};
    struct err e = {0};
    const char *extra[] = {"."};
    search_path_init(&path, extra, 1, NULL, &arena);
    b->site = site_load(site_file, &path, &m);
    b->platform = b->site ? platform_load("arista_eos", &path, &m) : NULL;
    if (!mistakes_none(&m, &e) || !b->platform || !site_select(b->site, selector, &b->switches, &e))
        stop(site_file, &e);
    for (size_t i = 0; i < b->switches.count; i++)
        if (!site_resolve_switch(b->site, b->switches.items[i], &e))
            stop(b->switches.items[i]->name, &e);
    const struct query blank = {.mode = STATE_ENABLE, .stall_ms = 60000, .max_bytes = 16u << 20};
    static const struct {
        const char *name, *command;
    } queries[QUERY_COUNT] = {[QUERY_SMALL] = {"small", "show bench small"},
                              [QUERY_MB] = {"mb", "show bench mb"},
                              [QUERY_BIG] = {"big", "show bench big"}};
    for (size_t i = 0; i < QUERY_COUNT; i++) {
        b->queries[i] = blank;
        b->queries[i].name = queries[i].name;
        b->queries[i].command = queries[i].command;
    }
    b->dialect = b->platform->dialect;
    b->dialect.queries = b->queries;
    b->dialect.query_count = QUERY_COUNT;
}

/* As many key exchanges at once as the engine allows itself on one console server. */
static void take_login(struct bench *b)
{
    pthread_mutex_lock(&b->lock);
    while (b->logins == LOGINS_AT_ONCE)
        pthread_cond_wait(&b->login_free, &b->lock);
    b->logins++;
    pthread_mutex_unlock(&b->lock);
}

static void give_login(struct bench *b)
{
    pthread_mutex_lock(&b->lock);
    b->logins--;
    pthread_cond_signal(&b->login_free);
    pthread_mutex_unlock(&b->lock);
}

static double since_ms(int64_t begun_us)
{
    return (double)(clock_now_us(NULL) - begun_us) / 1000.0;
}

static struct session *open_session(struct bench *b, const struct site_switch *sw, struct writer *w,
                                    double *opened_ms, struct err *e)
{
    struct credential credentials[CREDENTIALS_MAX];
    size_t count = 0;
    for (; count < sw->credential_count && count < CREDENTIALS_MAX; count++) {
        const struct site_credential *c = sw->credentials[count];
        credentials[count] = (struct credential){c->name, c->user, c->password, c->enable_password};
    }
    struct session_options o = {.console = &sw->console,
                                .dialect = &b->dialect,
                                .credentials = credentials,
                                .credential_count = count};
    if (b->store) {
        if (!new_job(b, w, e))
            return NULL;
        o.hooks = (struct session_hooks){.ctx = w, .before_send = write_before, .after_answer = write_after};
    }
    take_login(b);
    int64_t begun_us = clock_now_us(NULL);
    struct session *s = session_open(&o, e);
    *opened_ms = since_ms(begun_us);
    give_login(b);
    if (s && !session_login(s, e)) {
        session_close(s, NULL);
        s = NULL;
    }
    return s;
}

static bool ask(struct bench *b, struct session *s, int query, struct err *e)
{
    struct answer a = {0};
    bool ok = session_query(s, &b->queries[query], NULL, 0, &a, e);
    answer_clear(&a);
    return ok;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void idle(struct bench *b, struct session *s, unsigned count)
{
    struct err e = {0};
    double *times = mem_alloc_array(count, sizeof *times);
    for (unsigned i = 0; i < count; i++) {
        int64_t begun_us = clock_now_us(NULL);
        if (!ask(b, s, QUERY_SMALL, &e))
            stop("show bench small", &e);
        times[i] = since_ms(begun_us);
    }
    qsort(times, count, sizeof *times, by_size);
    printf("command_ms %.3f\n", times[count / 2]);
    mem_free(times);
}

/* Wall time and bytes of `count` queries. */
static void timed(struct bench *b, struct session *s, int query, unsigned count, const char *name)
{
    struct err e = {0};
    int64_t begun_us = clock_now_us(NULL);
    uint64_t before = session_received(s);
    for (unsigned i = 0; i < count; i++)
        if (!ask(b, s, query, &e))
            stop(b->queries[query].command, &e);
    printf("%s_ms %.1f\n", name, since_ms(begun_us));
    printf("%s_bytes %llu\n", name, (unsigned long long)(session_received(s) - before));
}

static void *one_of_many(void *ctx)
{
    struct bench *b = ctx;
    struct writer w = {0};
    struct err e = {0};
    double opened_ms = 0;
    pthread_mutex_lock(&b->lock);
    const struct site_switch *sw = b->switches.items[b->next++];
    pthread_mutex_unlock(&b->lock);
    struct session *s = open_session(b, sw, &w, &opened_ms, &e);
    bool ok = s != NULL;
    for (unsigned i = 0; ok && i < b->commands; i++)
        ok = ask(b, s, QUERY_SMALL, &e);
    if (s)
        session_close(s, NULL);
    if (!ok) {
        pthread_mutex_lock(&b->lock);
        if (b->failed++ == 0)
            fprintf(stderr, "bench_session: %s: %s\n", sw->name, e.msg);
        pthread_mutex_unlock(&b->lock);
    }
    return NULL;
}

static double cpu_ms(const struct rusage *u)
{
    return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1000.0 +
           (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1000.0;
}

static void many(struct bench *b, unsigned sessions, unsigned commands)
{
    if (sessions > b->switches.count)
        sessions = (unsigned)b->switches.count;
    b->commands = commands;
    pthread_t *threads = mem_alloc_array(sessions, sizeof *threads);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    int64_t begun_us = clock_now_us(NULL);
    for (unsigned i = 0; i < sessions; i++)
        if (pthread_create(&threads[i], &attr, one_of_many, b) != 0)
            stop("no more threads", NULL);
    for (unsigned i = 0; i < sessions; i++)
        pthread_join(threads[i], NULL);
    getrusage(RUSAGE_SELF, &after);
    printf("many_ms %.1f\n", since_ms(begun_us));
    printf("many_cpu_ms %.1f\n", cpu_ms(&after) - cpu_ms(&before));
    printf("many_kib %ld\n", after.ru_maxrss - before.ru_maxrss);
    printf("many_failed %u\n", b->failed);
    pthread_attr_destroy(&attr);
    mem_free(threads);
}

static void one(struct bench *b, char **words, int count)
{
    struct writer w = {0};
    struct err e = {0};
    double opened_ms = 0;
    int64_t begun_us = clock_now_us(NULL);
    struct session *s = open_session(b, b->switches.items[0], &w, &opened_ms, &e);
    if (!s)
        stop(b->switches.items[0]->name, &e);
    printf("ssh_ms %.1f\n", opened_ms);
    printf("open_ms %.1f\n", since_ms(begun_us));
    unsigned times = count > 1 ? (unsigned)atoi(words[1]) : 1;
    if (strcmp(words[0], "idle") == 0)
        idle(b, s, times);
    else if (strcmp(words[0], "big") == 0) {
        timed(b, s, QUERY_MB, times, "mb");
        timed(b, s, QUERY_BIG, times, "big");
    } else
        timed(b, s, QUERY_SMALL, times, "paced");
    session_close(s, NULL);
}

int main(int argc, char **argv)
{
    static struct bench b = {.lock = PTHREAD_MUTEX_INITIALIZER, .login_free = PTHREAD_COND_INITIALIZER};
    int at = 1;
    if (argc > 3 && strcmp(argv[1], "--log") == 0) {
        start_log(&b, argv[2], argv[3]);
        at = 4;
    }
    if (argc < at + 3) {
        fprintf(stderr, "see the head of tests/bench/bench_session.c\n");
        return 64;
    }
    load(&b, argv[at], argv[at + 1]);
    if (strcmp(argv[at + 2], "many") == 0 && argc == at + 5)
        many(&b, (unsigned)atoi(argv[at + 3]), (unsigned)atoi(argv[at + 4]));
    else
        one(&b, argv + at + 2, argc - at - 2);
    store_close(b.store);
    site_free(b.site);
    platform_free(b.platform);
    mem_free(b.switches.items);
    return 0;
}
