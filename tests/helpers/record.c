/* Makes the recordings of fixtures/PLATFORM/sessions: each switch of a scenario is taken through a job by the engine, over a simulated
   line on a virtual clock, and the job is exported. The same bytes each time.
     record SCENARIO SITE FOLDER [NAME…]      NAME: only those whose name holds one of the words */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "helpers/support_simline.h"
#include "job/engine.h"
#include "job/export.h"
#include "job/replay_kind.h"
#include "model/site.h"
#include "sim/scenario.h"

static const int64_t began_us = 1772438400000000; /* 2026-03-02T08:00:00Z */

struct making {
    struct scenario *scenario;
    struct site *site;
    struct search_path path;
    struct kinds *kinds;
    const char *folder;
    struct arena arena;
    unsigned made, wrong;
};

static struct transport *open_line(void *ctx, const struct uri *uri, const struct transport_options *options,
                                   struct err *e)
{
    return simline_open(ctx, uri, options, e);
}

static struct site_switch *switch_of(struct making *m, const char *platform)
{
    for (size_t i = 0; i < m->site->switch_count; i++)
        if (strcmp(m->site->switches[i].platform, platform) == 0)
            return &m->site->switches[i];
    return NULL;
}

/* The same for the same name, whatever is recorded beside it. FNV-1a. */
static uint64_t seed_of(const char *name)
{
    uint64_t hash = 14695981039346656037u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return hash;
}

static bool is_expected(const char *expect, const char *code)
{
    size_t len = strlen(code);
    for (const char *p = expect; p; p = strstr(p, " or ") ? strstr(p, " or ") + 4 : NULL)
        if (strncmp(p, code, len) == 0 && (p[len] == '\0' || p[len] == ' '))
            return true;
    return false;
}

static const char *ending(struct queue *events, struct str *text)
{
    const char *code = "nothing";
    for (struct job_event *e; (e = queue_try_pop(events));) {
        if (e->kind == EVENT_JOB_FINISHED) {
            code = e->failure ? failure_name(e->failure) : job_state_name(e->state);
            str_add_cstr(text, e->text ? e->text : "");
        }
        job_event_free(e);
    }
    return code;
}

static bool write_cast(struct making *m, struct store *store, const char *platform, const char *name,
                       struct err *e)
{
    struct str out = {0};
    char *dir = arena_printf(&m->arena, "%s/%s/sessions", m->folder, platform);
    bool ok = export_job(store, 1, &out, e) && file_make_dirs(dir, 0755, e) &&
              file_write(arena_printf(&m->arena, "%s/%s.cast", dir, name), str_cstr(&out), out.len, 0644, e);
    str_clear(&out);
    return ok;
}

static bool record(struct making *m, struct scenario_switch *sw, const char *platform, const char *name,
                   struct err *e)
{
    const struct kind *kind = kinds_get(m->kinds, platform, sw->injected, e);
    struct site_switch *site_switch = switch_of(m, platform);
    struct simline line;
    struct engine_tally tally;
    struct str text = {0};
    if (!kind || !site_switch || !site_resolve_switch(m->site, site_switch, e))
        return false;
    sw->device.name = site_switch->name;
    simline_init(&line, sw->model, sw, NULL, NULL);
    line.clock.utc_us = began_us;
    site_switch->console.options.clock = &line.clock;
    const struct job_spec spec = {
        .sw = site_switch, .platform = kind->platform, .nonce_seed = seed_of(sw->name)};
    struct store *store = store_open("", STORE_MEMORY, e);
    struct queue *events = queue_new();
    const struct engine_options o = {.site = m->site,
                                     .type = kind->type,
                                     .store = store,
                                     .jobs = 1,
                                     .events = events,
                                     .open = open_line,
                                     .open_ctx = &line};
    bool ok = store && engine_check(&o, &spec, 1, e) && engine_run(&o, &spec, 1, &tally, e);
    const char *code = ending(events, &text);
    if (ok && !is_expected(sw->expect, code)) {
        m->wrong++;
        fprintf(stderr, "%s: expected %s, ended in %s: %s\n", sw->name, sw->expect, code, str_cstr(&text));
    }
    ok = ok && write_cast(m, store, platform, name, e);
    store_close(store);
    queue_free(events);
    simline_clear(&line);
    str_clear(&text);
    return ok;
}

static bool is_chosen(const char *name, char **words)
{
    bool any = *words == NULL;
    for (; *words; words++)
        any = any || strstr(name, *words);
    return any;
}

static bool record_all(struct making *m, char **words, struct err *e)
{
    for (size_t i = 0; i < m->scenario->switch_count; i++) {
        struct scenario_switch *sw = &m->scenario->switches[i];
        const char *dot = strchr(sw->name, '.');
        if (!dot || !is_chosen(sw->name, words))
            continue;
        const char *platform = arena_strndup(&m->arena, sw->name, (size_t)(dot - sw->name));
        const char *name = arena_strdup(&m->arena, dot + 1);
        if (!record(m, sw, platform, name, e))
            return err_wrap(e, "%s: ", name);
        m->made++;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct making m = {.folder = argc > 3 ? argv[3] : NULL};
    struct mistakes mistakes = {0};
    struct err e = {0};
    if (argc < 4) {
        fputs("usage: record SCENARIO SITE FOLDER [NAME…]\n", stderr);
        return 64;
    }
    search_path_init(&m.path, (const char *[]){"."}, 1, NULL, &m.arena);
    m.scenario = scenario_load(argv[1], NULL, 0, &mistakes);
    m.site = site_load(argv[2], &m.path, &mistakes);
    if (m.site)
        m.site->is_snapshot = true; /* no server is asked */
    m.kinds = kinds_new(&m.path);
    bool ok = mistakes_none(&mistakes, &e) && record_all(&m, argv + 4, &e);
    if (!ok)
        fprintf(stderr, "record: %s\n", e.msg);
    printf("%u recordings, %u ended otherwise than expected\n", m.made, m.wrong);
    kinds_free(m.kinds);
    site_free(m.site);
    scenario_free(m.scenario);
    mistakes_clear(&mistakes);
    arena_clear(&m.arena);
    return ok ? m.wrong > 0 : 2;
}
