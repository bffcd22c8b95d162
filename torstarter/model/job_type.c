#include "model/job_type.h"

#include <string.h>

#include "base/mem.h"
#include "model/check.h"
#include "model/fields.h"
#include "model/rule.h"

struct job_type_load {
    struct job_type *type;
    const char *const *known; /* plugins */
    size_t known_count;
    const struct search_path *path;
};

static const struct field step_fields[] = {
    {"plugin", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct job_step, plugin), .check = check_name},
    {"optional", FIELD_BOOL, .offset = offsetof(struct job_step, optional)},
    {"for_changes", FIELD_BOOL, .offset = offsetof(struct job_step, for_changes)},
};

static void unknown(struct load *l, const struct job_step *step)
{
    struct job_type_load *jl = l->owner;
    const char *const *rules;
    size_t count = rule_names(jl->path, l->arena, &rules);
    const char **names = arena_alloc_array(l->arena, jl->known_count + count, sizeof *names);
    for (size_t i = 0; i < jl->known_count + count; i++)
        names[i] = i < jl->known_count ? jl->known[i] : rules[i - jl->known_count];
    fields_unknown(l, &step->place, "plugin", step->plugin, names, jl->known_count + count);
}

static struct rule *load_rule(struct load *l, const struct job_step *step)
{
    struct job_type_load *jl = l->owner;
    struct rule *r = rule_load(step->plugin, jl->path, l->m);
    if (!r)
        mistakes_add(l->m, &step->place, "the rule %s cannot run: its file has mistakes", step->plugin);
    return r;
}

static void check_plugin(struct load *l, struct job_step *step)
{
    struct job_type_load *jl = l->owner;
    for (size_t i = 0; i < jl->known_count; i++)
        if (strcmp(jl->known[i], step->plugin) == 0)
            return;
    if (search_path_find(jl->path, arena_printf(l->arena, "configs/rules/%s.yaml", step->plugin), l->arena))
        step->rule = load_rule(l, step);
    else
        unknown(l, step);
}

static void check_twice(struct load *l, const struct job_type *t, const struct job_step *step)
{
    for (size_t i = 0; i < t->step_count; i++)
        if (strcmp(t->steps[i].plugin, step->plugin) == 0)
            mistakes_add(l->m, &step->place, "plugin \"%s\" stands already in line %u; remove one of them",
                         step->plugin, t->steps[i].place.line);
}

static void read_step(struct load *l, const struct yaml_node *n, struct job_type *t)
{
    struct job_step step = {.place = n->place};
    if (n->kind == YAML_SCALAR)
        fields_text(l, n, check_name, &step.plugin);
    else
        fields_read(l, n, "a step", step_fields, FIELD_COUNT(step_fields), &step);
    if (!step.plugin)
        return;
    check_plugin(l, &step);
    check_twice(l, t, &step);
    t->steps[t->step_count++] = step;
}

static void read_plugins(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct job_type *t = into;
    if (!yaml_want_list(pair->value, l->m))
        return;
    if (pair->value->count == 0)
        mistakes_add(l->m, &pair->value->place, "no plugin is listed; a job type needs at least one");
    t->steps = arena_alloc_array(l->arena, pair->value->count, sizeof *t->steps);
    for (size_t i = 0; i < pair->value->count; i++)
        read_step(l, pair->value->items[i], t);
}

static const struct field job_type_fields[] = {
    {"about", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct job_type, about), .check = check_not_empty},
    {"changes", FIELD_BOOL, .offset = offsetof(struct job_type, changes)},
    {"plugins", FIELD_READ, FIELD_REQUIRED, .read = read_plugins},
};

static const char *find_file(const char *name, const struct search_path *path, struct load *l)
{
    const char *const *names;
    struct yaml_place nowhere = {0};
    const char *wrong = check_name(name);
    if (wrong) {
        mistakes_add(l->m, NULL, "job type \"%.40s\" %s", name, wrong);
        return NULL;
    }
    const char *file =
        search_path_find(path, arena_printf(l->arena, "configs/job-types/%s.yaml", name), l->arena);
    if (!file) {
        size_t count = search_path_list(path, "configs/job-types", ".yaml", l->arena, &names);
        fields_unknown(l, &nowhere, "job type", name, names, count);
    }
    return file;
}

struct job_type *job_type_load(const char *name, const struct search_path *path, const char *const *known,
                               size_t known_count, struct mistakes *m)
{
    struct job_type *t = MEM_NEW(struct job_type);
    struct job_type_load jl = {.type = t, .known = known, .known_count = known_count, .path = path};
    struct load l = {.arena = &t->arena, .m = m, .owner = &jl};
    size_t before = m->count;
    t->name = arena_strdup(&t->arena, name);
    t->file = find_file(name, path, &l);
    struct yaml_node *root = t->file ? yaml_read_file(t->file, &t->arena, m) : NULL;
    if (root)
        fields_read(&l, root, "a job type", job_type_fields, FIELD_COUNT(job_type_fields), t);
    if (root && m->count == before)
        return t;
    job_type_free(t);
    return NULL;
}

void job_type_free(struct job_type *t)
{
    for (size_t i = 0; t && i < t->step_count; i++)
        rule_free(t->steps[i].rule);
    if (t)
        arena_clear(&t->arena);
    mem_free(t);
}
