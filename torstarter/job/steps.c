#include "job/steps.h"

#include <string.h>

#include "plugin/rule.h"

static bool listed(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static bool in_type(const struct job_type *t, const char *name)
{
    for (size_t i = 0; i < t->step_count; i++)
        if (strcmp(t->steps[i].plugin, name) == 0)
            return true;
    return false;
}

static bool check_names(const struct job_type *t, const char *const *names, const char *option,
                        struct arena *arena, struct err *e)
{
    for (; names && *names; names++) {
        if (in_type(t, *names))
            continue;
        const char **known = arena_alloc_array(arena, t->step_count, sizeof *known);
        for (size_t i = 0; i < t->step_count; i++)
            known[i] = t->steps[i].plugin;
        const char *near = str_nearest(*names, known, t->step_count);
        return err_set(e, ERR_USAGE, "--%s %s: job type %s has no such step%s%s; see %s", option, *names,
                       t->name, near ? ", did you mean " : "", near ? near : "", t->file);
    }
    return true;
}

/* Without these nothing can be asked, or nobody knows of which switch. */
static bool is_needed(const struct plugin *p, const struct job_type *t)
{
    return p->phase == PHASE_OOB_CONNECT || (p->stops_job && t->changes);
}

const struct plugin *steps_plugin(const struct job_step *s, struct arena *arena)
{
    return s->rule ? rule_plugin(s->rule, arena) : plugin_by_name(s->plugin);
}

static bool add_step(struct steps *out, const struct engine_options *o, const struct job_step *s,
                     struct arena *arena, struct err *e)
{
    const struct plugin *p = steps_plugin(s, arena);
    if (!p)
        return err_set(e, ERR_SYNTAX, "%s:%u:%u: there is no plugin %s; `torstarter plugins` lists them",
                       s->place.file, s->place.line, s->place.column, s->plugin);
    if (p->effect == CHANGES && !o->type->changes)
        return err_set(e, ERR_SYNTAX,
                       "%s:%u:%u: plugin %s changes the switch, and job type %s says that it does not",
                       s->place.file, s->place.line, s->place.column, s->plugin, o->type->name);
    if (listed(o->skip, p->name) && is_needed(p, o->type))
        return err_set(e, ERR_USAGE, "--skip %s: job type %s cannot do without it", p->name, o->type->name);
    bool left_out = listed(o->skip, p->name) || (o->only && !p->stops_job && !listed(o->only, p->name));
    out->items[out->count++] = (struct step){p, s->rule, s->optional, left_out, s->for_changes, s->place};
    return true;
}

bool steps_make(const struct engine_options *o, struct arena *arena, struct steps *out, struct err *e)
{
    const struct job_type *t = o->type;
    *out = (struct steps){.items = arena_alloc_array(arena, t->step_count, sizeof *out->items)};
    if (!check_names(t, o->only, "only", arena, e) || !check_names(t, o->skip, "skip", arena, e))
        return false;
    for (size_t i = 0; i < t->step_count; i++)
        if (!add_step(out, o, &t->steps[i], arena, e))
            return false;
    if (out->count == 0 || out->items[0].plugin->phase != PHASE_OOB_CONNECT)
        return err_set(e, ERR_SYNTAX, "%s: the first step has to reach the console (oob_connect)", t->file);
    return true;
}

const char *steps_missing_query(const struct plugin *p, const struct site_switch *sw,
                                const struct platform *platform)
{
    for (const char *const *need = p->needs; need && *need; need++)
        if (!dialect_query(&platform->dialect, *need) && plugin_times(p, sw, platform, *need) > 0)
            return *need;
    return NULL;
}

/* The rule's own queries come from its file, not from the platform's. */
static bool check_rule(const struct step *step, const struct platform *platform, struct err *e)
{
    const char *column = rule_missing_column(step->rule, platform);
    if (!dialect_query(&platform->dialect, step->rule->query))
        return err_set(e, ERR_SYNTAX,
                       "%s:%u: the rule %s (%s) asks %s, and platform %s has no query for it: add one, or "
                       "write {plugin: %s, optional: "
                       "true} in the job type, or leave it out with --skip %s",
                       step->place.file, step->place.line, step->rule->name, step->rule->file,
                       step->rule->query, platform->name, step->rule->name, step->rule->name);
    if (column)
        return err_set(
            e, ERR_SYNTAX,
            "%s:%u: the rule %s needs the column %s of the query %s, and platform %s (%s) does not tell it: "
            "write {plugin: %s, optional: true} in the job type, or leave it out with --skip %s",
            step->place.file, step->place.line, step->rule->name, column, step->rule->query, platform->name,
            platform->file, step->rule->name, step->rule->name);
    return true;
}

bool steps_check_switch(const struct steps *steps, const struct site_switch *sw,
                        const struct platform *platform, struct err *e)
{
    for (size_t i = 0; i < steps->count; i++) {
        const struct step *step = &steps->items[i];
        bool wanted = !step->optional && !step->left_out;
        const char *missing = wanted && !step->rule ? steps_missing_query(step->plugin, sw, platform) : NULL;
        if (wanted && step->rule && !check_rule(step, platform, e))
            return false;
        if (missing)
            return err_set(
                e, ERR_SYNTAX,
                "%s:%u: plugin %s needs the query %s for %s, and platform %s (%s) declares none: write "
                "{plugin: %s, optional: true} in the job type, or leave it out with --skip %s",
                step->place.file ? step->place.file : "", step->place.line, step->plugin->name, missing,
                sw->name, platform->name, platform->file, step->plugin->name, step->plugin->name);
    }
    return true;
}
