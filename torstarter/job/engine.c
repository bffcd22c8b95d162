#include "job/engine.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "job/crew.h"
#include "job/process.h"
#include "job/steps.h"

bool engine_check(const struct engine_options *o, const struct job_spec *specs, size_t count, struct err *e)
{
    struct arena arena = {0};
    struct steps steps;
    bool ok = steps_make(o, &arena, &steps, e);
    for (size_t i = 0; ok && i < count; i++)
        ok = steps_check_switch(&steps, specs[i].sw, specs[i].platform, e);
    arena_clear(&arena);
    return ok;
}

struct plan { /* of one engine_run */
    const struct engine_options *options;
    const struct job_spec *specs;
    size_t count;
    struct steps steps;
    struct assignment *work;
    char worker[PROCESS_TEXT_MAX];
    struct arena arena;
};

static store_ticket put_job(struct plan *p, size_t i, int64_t now_us)
{
    const struct engine_options *o = p->options;
    const struct job_spec *spec = &p->specs[i];
    const struct cell row[] = {cell_text("type", o->type->name),
                               cell_int("attempt", spec->attempt ? spec->attempt : 1),
                               spec->parent_job ? cell_int("parent_job", spec->parent_job)
                                                : cell_null("parent_job"),
                               cell_text("state", job_state_name(JOB_QUEUED)),
                               cell_text("submitted_by", o->submitted_by ? o->submitted_by : ""),
                               cell_int("submitted_at", now_us),
                               cell_text("worker", p->worker)};
    return store_insert_for_id(o->store, "job", row, sizeof row / sizeof *row, &p->work[i].id);
}

static store_ticket put_switch_job(struct plan *p, size_t i)
{
    const struct site_switch *sw = p->specs[i].sw;
    const struct cell row[] = {cell_int("job", p->work[i].id),
                               cell_text("switch", sw->name),
                               cell_text("rack", sw->rack ? sw->rack : ""),
                               cell_text("role", sw->role->name ? sw->role->name : ""),
                               cell_text("platform", p->specs[i].platform->name),
                               cell_text("console", sw->console.name),
                               cell_text("serial_expected", sw->serial),
                               cell_text("firmware_wanted", sw->firmware_version),
                               cell_int("plugins", (int64_t)p->steps.count)};
    return store_insert(p->options->store, "switch_job", row, sizeof row / sizeof *row);
}

/* All at once, so that `jobs` shows what is to come; two commits however many they are. */
static bool queue_jobs(struct plan *p, struct err *e)
{
    struct store *store = p->options->store;
    int64_t now_us = clock_utc_us(NULL);
    store_ticket last = 0;
    for (size_t i = 0; i < p->count; i++)
        last = put_job(p, i, now_us);
    if (!store_wait(store, last, e))
        return false;
    for (size_t i = 0; i < p->count; i++)
        last = put_switch_job(p, i);
    return store_wait(store, last, e);
}

static const struct verdict *given(struct plan *p, enum verdict_kind kind, enum failure failure,
                                   const char *text, const char *remedy)
{
    struct verdict *v = ARENA_NEW(&p->arena, struct verdict);
    *v = (struct verdict){.kind = kind, .failure = failure, .text = text, .remedy = remedy};
    return v;
}

/* Before the threads start: the site's credentials are filled in once and then only read. */
static const struct verdict *resolve(struct plan *p, struct site_switch *sw)
{
    struct err e = {0};
    if (site_resolve_switch(p->options->site, sw, &e))
        return NULL;
    return given(p, VERDICT_ERROR, e.failure ? e.failure : FAILURE_OOB_AUTH_FAIL,
                 arena_strdup(&p->arena, e.msg), NULL);
}

static const struct verdict *twice(struct plan *p, size_t i, const struct assignment *other)
{
    const struct site_switch *sw = p->specs[i].sw;
    return given(p, VERDICT_FAIL, FAILURE_CONSOLE_BUSY,
                 arena_printf(&p->arena, "console %s is that of %s too, job %lld of this run",
                              sw->console.name, other->spec->sw->name, (long long)other->id),
                 arena_printf(&p->arena, "correct the console of one of the two in the site file (%s:%u)",
                              sw->place.file ? sw->place.file : "site", sw->place.line));
}

static void find_obstacles(struct plan *p)
{
    struct map consoles = {0};
    for (size_t i = 0; i < p->count; i++) {
        struct site_switch *sw = p->specs[i].sw;
        const struct assignment *other = map_get(&consoles, sw->console.name);
        if (!other)
            map_put(&consoles, sw->console.name, &p->work[i]);
        p->work[i].given = other ? twice(p, i, other) : resolve(p, sw);
    }
    map_clear(&consoles);
}

static bool plan_open(struct plan *p, struct err *e)
{
    struct process self;
    process_self(&self);
    process_format(&self, p->worker);
    p->work = arena_alloc_array(&p->arena, p->count, sizeof *p->work);
    for (size_t i = 0; i < p->count; i++)
        p->work[i].spec = &p->specs[i];
    return steps_make(p->options, &p->arena, &p->steps, e) &&
           (!p->options->locks_dir || file_make_dirs(p->options->locks_dir, 0700, e)) && queue_jobs(p, e);
}

bool engine_run(const struct engine_options *o, const struct job_spec *specs, size_t count,
                struct engine_tally *tally, struct err *e)
{
    struct plan p = {.options = o, .specs = specs, .count = count};
    *tally = (struct engine_tally){0};
    bool ok = plan_open(&p, e);
    if (ok) {
        find_obstacles(&p);
        ok = crew_run(o, &p.steps, p.work, count, tally, e);
    }
    arena_clear(&p.arena);
    return ok;
}
