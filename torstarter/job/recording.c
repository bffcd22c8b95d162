#include "job/recording.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "job/export.h"

static const char *text_at(const struct yaml_node *map, const char *key)
{
    const struct yaml_node *n = yaml_get(map, key);
    return n && n->kind == YAML_SCALAR && !yaml_is_null(n) ? n->text : "";
}

static const char *const *names_at(const struct yaml_node *map, const char *key, struct arena *arena)
{
    const struct yaml_node *n = yaml_get(map, key);
    if (!n || n->kind != YAML_LIST)
        return NULL;
    const char **names = arena_alloc_array(arena, n->count + 1, sizeof *names);
    for (size_t i = 0; i < n->count; i++)
        names[i] = n->items[i]->kind == YAML_SCALAR ? n->items[i]->text : "";
    return names;
}

static void read_run(struct recording *r, const struct yaml_node *run)
{
    const char *serial = text_at(run, "override_serial");
    r->nonce_seed = strtoull(text_at(run, "nonce_seed"), NULL, 16);
    r->only = names_at(run, "only", &r->arena);
    r->skip = names_at(run, "skip", &r->arena);
    r->override_serial = *serial ? serial : NULL;
    r->override_reason = *serial ? text_at(run, "override_reason") : NULL;
}

static bool lacks(const char *name, const char *what, struct err *e)
{
    return err_set(
        e, ERR_SYNTAX,
        "%s:1: the header says no %s: `torstarter export` writes it; a recording of another program is "
        "judged with --platform NAME",
        name, what);
}

static bool read_ours(struct recording *r, const struct yaml_node *ours, const char *name, struct err *e)
{
    const struct yaml_node *expect = yaml_get(ours, "expect"), *opening = yaml_get(ours, "opening");
    r->platform = text_at(ours, "platform");
    r->switch_name = text_at(ours, "switch");
    r->job_type = text_at(ours, "job_type");
    r->state = text_at(expect, "state");
    r->failure_code = text_at(expect, "failure_code");
    r->opening_text = text_at(opening, "text");
    r->site = yaml_get(ours, "site");
    read_run(r, yaml_get(ours, "run"));
    if (!ours)
        return lacks(name, "torstarter: {…}", e);
    if (!*r->platform || !*r->job_type || !*r->state)
        return lacks(name, !*r->platform ? "platform" : !*r->job_type ? "job_type" : "expect: {state}", e);
    if (!r->site || r->site->kind != YAML_MAP)
        return lacks(name, "site", e);
    if (*r->failure_code) {
        enum failure known;
        if (!failure_by_name(r->failure_code, &known))
            return err_set(e, ERR_SYNTAX,
                           "%s:1: there is no failure code %.60s; `torstarter codes` lists them", name,
                           r->failure_code);
    }
    failure_by_name(text_at(opening, "failure_code"), &r->opening);
    return true;
}

static void find_end(struct recording *r)
{
    const struct cast *c = &r->cast;
    const struct cast_mark *last = c->mark_count ? &c->marks[c->mark_count - 1] : NULL;
    r->whole = last && last->line == c->lines && str_starts(last->text, EXPORT_END);
}

/* JSON is YAML: so the site's own loader reads what it says of the site, with all its checks. */
static bool read_header(struct recording *r, const char *name, struct err *e)
{
    struct mistakes m = {0};
    struct yaml_node *root = yaml_read_text(name, r->cast.header, strlen(r->cast.header), &r->arena, &m);
    bool ok = mistakes_none(&m, e) && read_ours(r, yaml_get(root, "torstarter"), name, e);
    mistakes_clear(&m);
    if (ok)
        r->timestamp_s = strtoll(text_at(root, "timestamp"), NULL, 10);
    return ok;
}

bool recording_read_text(const char *name, const char *text, size_t len, struct recording *out, struct err *e)
{
    *out = (struct recording){0};
    bool ok = cast_read_text(name, text, len, &out->cast, e) && read_header(out, name, e);
    if (ok)
        find_end(out);
    else
        recording_clear(out);
    return ok;
}

bool recording_read(const char *path, struct recording *out, struct err *e)
{
    struct str text = STR_MAX(CAST_FILE_MAX_BYTES);
    *out = (struct recording){0};
    bool ok = file_read(path, &text, e) && recording_read_text(path, str_cstr(&text), text.len, out, e);
    str_clear(&text);
    return ok;
}

void recording_clear(struct recording *r)
{
    cast_clear(&r->cast);
    arena_clear(&r->arena);
    *r = (struct recording){0};
}
