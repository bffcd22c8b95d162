#include "job/past.h"

#include <string.h>

static const char job_select[] =
    "SELECT j.id, j.type, j.state, t.site, s.* FROM job j JOIN switch_job s ON s.job = "
    "j.id LEFT JOIN job_site t ON t.job = j.id WHERE j.id = ?";
static const char answer_select[] = "SELECT seq, phase_run, query, command, output, status FROM log_event "
                                    "WHERE job = ? AND kind = 'query' AND query <> '' ORDER BY seq";
static const char run_select[] = "SELECT seq, plugin, state, failure_code, text, event, template, "
                                 "template_line FROM phase_run WHERE job = ? ORDER BY seq";
static const char uplink_select[] = "SELECT interface, peer_wanted, peer_interface_wanted, gateway FROM "
                                    "uplink WHERE job = ? ORDER BY interface";

static const struct cell *find(const struct cell *cells, size_t count, const char *column)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(cells[i].column, column) == 0)
            return &cells[i];
    return NULL;
}

const char *past_text(const struct cell *cells, size_t count, const char *column, struct arena *arena)
{
    const struct cell *c = find(cells, count, column);
    return c && c->bytes ? arena_strndup(arena, c->bytes, c->len) : "";
}

int64_t past_number(const struct cell *cells, size_t count, const char *column)
{
    const struct cell *c = find(cells, count, column);
    return c && c->kind == CELL_INT ? c->number : 0;
}

static const char *text_or_null(const struct cell *cells, size_t count, const char *column,
                                struct arena *arena)
{
    const char *text = past_text(cells, count, column, arena);
    return *text ? text : NULL;
}

static bool take_job(void *ctx, const struct cell *cells, size_t count)
{
    struct past_job *p = ctx;
    p->id = past_number(cells, count, "id");
    p->type = past_text(cells, count, "type", &p->arena);
    p->state = past_text(cells, count, "state", &p->arena);
    p->switch_name = past_text(cells, count, "switch", &p->arena);
    p->rack = past_text(cells, count, "rack", &p->arena);
    p->role = past_text(cells, count, "role", &p->arena);
    p->platform = past_text(cells, count, "platform", &p->arena);
    p->serial = text_or_null(cells, count, "serial_expected", &p->arena);
    p->site = text_or_null(cells, count, "site", &p->arena);
    p->firmware = text_or_null(cells, count, "firmware_wanted", &p->arena);
    return true;
}

static bool take_answer(void *ctx, const struct cell *cells, size_t count)
{
    struct past_job *p = ctx;
    const struct cell *output = find(cells, count, "output");
    struct past_answer a = {.seq = past_number(cells, count, "seq"),
                            .phase_run = past_number(cells, count, "phase_run"),
                            .query = past_text(cells, count, "query", &p->arena),
                            .command = past_text(cells, count, "command", &p->arena),
                            .status = past_text(cells, count, "status", &p->arena)};
    if (output && output->kind != CELL_NULL) {
        a.len = output->len;
        a.output = a.len ? arena_strndup(&p->arena, output->bytes, a.len) : "";
    }
    VEC_ADD(&p->answers, a);
    return true;
}

static bool take_run(void *ctx, const struct cell *cells, size_t count)
{
    struct past_job *p = ctx;
    struct past_run r = {.seq = past_number(cells, count, "seq"),
                         .event = past_number(cells, count, "event"),
                         .template_line = past_number(cells, count, "template_line"),
                         .plugin = past_text(cells, count, "plugin", &p->arena),
                         .state = past_text(cells, count, "state", &p->arena),
                         .code = past_text(cells, count, "failure_code", &p->arena),
                         .text = past_text(cells, count, "text", &p->arena),
                         .template_file = past_text(cells, count, "template", &p->arena)};
    VEC_ADD(&p->runs, r);
    return true;
}

static bool take_uplink(void *ctx, const struct cell *cells, size_t count)
{
    struct past_job *p = ctx;
    struct past_uplink u = {.interface = past_text(cells, count, "interface", &p->arena),
                            .peer = text_or_null(cells, count, "peer_wanted", &p->arena),
                            .peer_interface = text_or_null(cells, count, "peer_interface_wanted", &p->arena),
                            .gateway = text_or_null(cells, count, "gateway", &p->arena)};
    VEC_ADD(&p->uplinks, u);
    return true;
}

bool past_read(struct store *s, int64_t job, struct past_job *out, struct err *e)
{
    struct cell key = cell_int("job", job);
    *out = (struct past_job){0};
    if (!store_select(s, job_select, &key, 1, take_job, out, e))
        return false;
    if (!out->id)
        return err_set(e, ERR_USAGE, "there is no job %lld in %s; `torstarter jobs` lists them",
                       (long long)job, store_path(s));
    return store_select(s, answer_select, &key, 1, take_answer, out, e) &&
           store_select(s, run_select, &key, 1, take_run, out, e) &&
           store_select(s, uplink_select, &key, 1, take_uplink, out, e);
}

void past_clear(struct past_job *p)
{
    VEC_CLEAR(&p->answers);
    VEC_CLEAR(&p->runs);
    VEC_CLEAR(&p->uplinks);
    arena_clear(&p->arena);
}
