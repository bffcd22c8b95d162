/* Made-up switches, a store in a folder of its own, and what the job room needs around them. */
#ifndef TESTS_JOB_FAKE_H
#define TESTS_JOB_FAKE_H

#include "unit/store/place.h"

#include "base/mem.h"
#include "job/engine.h"
#include "job/process.h"

enum { FAKES_MAX = 300 };

struct fake {
    struct place *place;
    struct store *store;
    struct engine_options options;
    struct job_type type;
    struct platform platform;
    struct role role;
    struct site site;
    struct console_server server;
    struct site_switch switches[FAKES_MAX];
    struct job_spec specs[FAKES_MAX];
    char names[FAKES_MAX][40], consoles[FAKES_MAX][40], locks[128];
    size_t count;
};

static inline void fake_switches(struct fake *f, size_t count)
{
    f->count = count;
    for (size_t i = 0; i < count; i++) {
        snprintf(f->names[i], sizeof f->names[i], "tor-r1-%02zu", i + 1);
        snprintf(f->consoles[i], sizeof f->consoles[i], "oob-r1 port %zu", i + 1);
        f->switches[i] = (struct site_switch){.name = f->names[i],
                                              .rack = "r1",
                                              .platform = "fake_os",
                                              .role = &f->role,
                                              .serial = "SER1",
                                              .server = &f->server,
                                              .console = {.name = f->consoles[i], .server = "oob-r1"}};
        f->specs[i] = (struct job_spec){.sw = &f->switches[i], .platform = &f->platform};
    }
}

static inline int fake_make(void **state)
{
    struct fake *f = calloc(1, sizeof *f);
    if (place_make((void **)&f->place) != 0)
        return -1;
    struct err e = {0};
    f->store = store_open(f->place->db, STORE_SYNC_OFF, &e);
    if (!f->store)
        return -1;
    snprintf(f->locks, sizeof f->locks, "%s", f->place->dir);
    f->platform = (struct platform){.name = "fake_os", .file = "platforms/fake_os.yaml"};
    f->type = (struct job_type){.name = "validate", .file = "validate.yaml"};
    f->role.name = "tor";
    f->server = (struct console_server){.name = "oob-r1", .sessions = 16, .logins = 8};
    f->options = (struct engine_options){.site = &f->site,
                                         .type = &f->type,
                                         .store = f->store,
                                         .locks_dir = f->locks,
                                         .jobs = 4,
                                         .submitted_by = "op"};
    fake_switches(f, 1);
    *state = f;
    return 0;
}

static inline int fake_remove(void **state)
{
    struct fake *f = *state;
    store_close(f->store);
    place_remove((void **)&f->place);
    arena_clear(&f->site.arena);
    free(f);
    return 0;
}

/* A job's two rows, as the engine makes them. */
static inline int64_t fake_job(struct fake *f, const char *state, const char *worker)
{
    int64_t id = 0;
    const struct cell job[] = {cell_text("type", "validate"), cell_text("state", state),
                               cell_int("submitted_at", 1), cell_text("worker", worker)};
    assert_true(store_insert_id(f->store, "job", job, 4, &id, NULL));
    const struct cell sw[] = {cell_int("job", id), cell_text("switch", "tor-r1-01"),
                              cell_text("platform", "fake_os"), cell_text("console", "oob-r1 port 1")};
    assert_true(store_wait(f->store, store_insert(f->store, "switch_job", sw, 4), NULL));
    return id;
}

/* One line per row, columns by blanks, NULL as "-"; over a second connection: only what is committed counts. */
static inline char *fake_rows(const struct fake *f, const char *sql)
{
    static char text[16384];
    size_t len = 0;
    sqlite3 *h = NULL;
    sqlite3_stmt *stmt = NULL;
    text[0] = '\0';
    assert_int_equal(sqlite3_open_v2(f->place->db, &h, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sqlite3_busy_timeout(h, 10000);
    if (sqlite3_prepare_v2(h, sql, -1, &stmt, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(h));
    while (sqlite3_step(stmt) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            const char *value = (const char *)sqlite3_column_text(stmt, i);
            int n = snprintf(text + len, sizeof text - len, "%s%s", value ? value : "-",
                             i + 1 == sqlite3_column_count(stmt) ? "\n" : " ");
            len += (size_t)n;
            assert_true(len < sizeof text);
        }
    sqlite3_finalize(stmt);
    sqlite3_close(h);
    return text;
}

#define FAKE_TEST(name) cmocka_unit_test_setup_teardown(name, fake_make, fake_remove)

#endif
