/* After a crash: jobs whose process is gone are LOST, and what they held is free. Jobs of other hosts are left alone, for
   nothing is known of their processes here. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/vec.h"
#include "job/engine.h"
#include "job/process.h"
#include "store/change_rows.h"
#include "store/transcript.h"

enum { PACK_AT_START = 20 }; /* what a start may spend on those that died; `torstarter prune` packs all */

struct unfinished {
    int64_t job;
    char worker[PROCESS_TEXT_MAX];
};

struct held {
    char *console;
    struct process who;
};

struct found {
    VEC(struct unfinished) jobs;
    VEC(struct held) locks;
};

static bool is_gone(const struct process *who, const struct process *self)
{
    return strcmp(who->host, self->host) == 0 && !process_lives(who);
}

static void copy_text(char *to, size_t size, const struct cell *c)
{
    snprintf(to, size, "%.*s", (int)c->len, c->bytes ? (const char *)c->bytes : "");
}

static bool read_job(void *ctx, const struct cell *cells, size_t count)
{
    struct found *f = ctx;
    struct unfinished u = {.job = cells[0].number};
    copy_text(u.worker, sizeof u.worker, &cells[1]);
    VEC_ADD(&f->jobs, u);
    return count == 2;
}

static bool read_lock(void *ctx, const struct cell *cells, size_t count)
{
    struct found *f = ctx;
    struct held h = {.console = mem_strndup(cells[0].bytes, cells[0].len)};
    copy_text(h.who.host, sizeof h.who.host, &cells[1]);
    h.who.pid = cells[2].number;
    h.who.start = cells[3].number;
    VEC_ADD(&f->locks, h);
    return count == 4;
}

static bool look(struct store *store, struct found *f, struct err *e)
{
    return store_select(
               store,
               "SELECT id, worker FROM job WHERE state IN ('RUNNING', 'QUEUED') AND worker <> '' ORDER BY id",
               NULL, 0, read_job, f, e) &&
           store_select(store, "SELECT console, host, pid, process_start FROM console_lock", NULL, 0,
                        read_lock, f, e);
}

/* The keys say what was seen: had another process been quicker, nothing is changed twice. */
static store_ticket mark_lost(struct store *store, const struct unfinished *u, int64_t now_us)
{
    const struct failure_info *lost = failure_info(FAILURE_LOST);
    const struct cell state[] = {cell_text("state", job_state_name(JOB_LOST)),
                                 cell_int("finished_at", now_us)};
    const struct cell run[] = {cell_text("state", job_state_name(JOB_LOST)), cell_int("finished_at", now_us),
                               cell_text("failure_code", lost->name), cell_text("text", lost->meaning),
                               cell_text("remedy", lost->remedy)};
    const struct cell run_keys[] = {cell_int("job", u->job), cell_text("state", job_state_name(JOB_RUNNING))};
    const struct cell code[] = {cell_text("failure_code", lost->name),
                                cell_text("failure_text", lost->meaning), cell_text("remedy", lost->remedy)};
    const struct cell code_key[] = {cell_int("job", u->job)};
    const struct cell worker[] = {cell_int("id", u->job), cell_text("worker", u->worker)};
    store_update(store, "phase_run", run, 5, run_keys, 2);
    store_update(store, "switch_job", code, 3, code_key, 1);
    return store_update(store, "job", state, 2, worker, 2);
}

/* What it was in the middle of: the switch is neither as it was nor as it should be, as far as anybody knows. */
static bool taint_open(struct store *store, const struct unfinished *u, int64_t now_us, struct err *e)
{
    struct arena room = {0};
    struct open_permit *open;
    size_t count = 0;
    bool ok = permit_rows_open(store, u->job, &room, &open, &count, e);
    for (size_t i = 0; ok && i < count; i++) {
        const struct taint_row row = {
            .switch_name = open[i].switch_name,
            .serial = open[i].serial,
            .job = u->job,
            .at_us = now_us,
            .procedure = open[i].procedure,
            .text =
                arena_printf(&room, "%s was under way when the process that ran it died", open[i].procedure)};
        ok = taint_row_add(store, &row, e) &&
             permit_row_end(store, open[i].id, "lost", failure_info(FAILURE_LOST)->meaning, e);
    }
    arena_clear(&room);
    return ok;
}

static store_ticket release(struct store *store, const struct held *h)
{
    const struct cell keys[] = {cell_text("console", h->console), cell_int("pid", h->who.pid),
                                cell_int("process_start", h->who.start)};
    return store_delete(store, "console_lock", keys, sizeof keys / sizeof *keys);
}

static bool clean_up(struct store *store, const struct found *f, unsigned *lost, struct err *e)
{
    struct process self, who;
    int64_t now_us = clock_utc_us(NULL);
    store_ticket last = 0;
    process_self(&self);
    for (size_t i = 0; i < f->jobs.count; i++)
        if (process_parse(f->jobs.items[i].worker, &who) && is_gone(&who, &self)) {
            if (!taint_open(store, &f->jobs.items[i], now_us, e))
                return false;
            last = mark_lost(store, &f->jobs.items[i], now_us);
            ++*lost;
        }
    for (size_t i = 0; i < f->locks.count; i++)
        if (is_gone(&f->locks.items[i].who, &self))
            last = release(store, &f->locks.items[i]);
    return store_wait(store, last, e);
}

/* Those marked now, and ended ones whose process died before it came to that. */
static void pack_left(struct store *store)
{
    struct err e = {0};
    unsigned packed = 0;
    if (!transcript_pack_ended(store, PACK_AT_START, &packed, &e))
        log_line(LOG_JOB, LOG_WARN, "transcripts of earlier jobs stay plain: %s", e.msg);
}

bool engine_recover(struct store *store, unsigned *lost, struct err *e)
{
    struct found f = {0};
    *lost = 0;
    bool ok = look(store, &f, e) && clean_up(store, &f, lost, e);
    for (size_t i = 0; i < f.locks.count; i++)
        mem_free(f.locks.items[i].console);
    VEC_CLEAR(&f.locks);
    VEC_CLEAR(&f.jobs);
    if (ok)
        pack_left(store);
    return ok;
}
