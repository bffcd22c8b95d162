/* The address comes and goes within the job, so that a switch has nothing but its wanted configuration afterwards. Between the two its
   configuration is neither the factory's nor the wanted one: it is made known to the guard as a stage of ours, or the very next change
   would be refused. */
#include "plugin/management.h"

#include "plugin/address.h"
#include "plugin/normal.h"

enum { ARGUMENTS_MAX = ADDRESS_ARGUMENTS + 2 };

static size_t arguments(struct run *run, struct argument out[ARGUMENTS_MAX])
{
    const struct management *m = &run->sw->management;
    size_t count = address_arguments(m->address, &run->arena, out) ? ADDRESS_ARGUMENTS : 0;
    out[count++] = (struct argument){"interface", m->interface};
    if (m->gateway)
        out[count++] = (struct argument){"gateway", m->gateway};
    return count;
}

static bool make(struct run *run, const char *procedure, struct verdict *v)
{
    struct argument args[ARGUMENTS_MAX];
    struct change c;
    size_t count = arguments(run, args);
    bool ok = run_procedure(run, procedure, args, count, NULL, &c);
    if (!ok)
        *v = verdict_changed(run, &c);
    change_clear(&c);
    return ok;
}

static bool make_known(struct run *run, struct verdict *v)
{
    struct records r;
    struct normal n = {0};
    if (!run->guard.stage || !run->platform->config.declared)
        return true;
    if (!run_query(run, "running_config", &r)) {
        *v = verdict_error(run);
        return false;
    }
    normal_read(run->platform, r.answer, r.answer_len, &run->arena, &n);
    run->guard.stage(run->guard.ctx, run, n.sha256);
    return true;
}

bool management_begin(struct run *run, struct management_path *path, struct verdict *v)
{
    const struct management *m = &run->sw->management;
    struct records r;
    *path = (struct management_path){0};
    if (!m->interface || !m->address || !run_can(run, "management_up"))
        return true;
    if (dialect_query(&run->platform->dialect, "running_config")) {
        if (!run_query(run, "running_config", &r)) {
            *v = verdict_error(run);
            return false;
        }
        if (address_stands_in(m->address, r.answer, r.answer_len))
            return true;
    }
    if (!make(run, "management_up", v))
        return false;
    path->set_up = true;
    return make_known(run, v);
}

bool management_end(struct run *run, struct management_path *path, struct verdict *v)
{
    if (!path->set_up || !run_can(run, "management_down"))
        return true;
    path->set_up = !make(run, "management_down", v);
    return !path->set_up;
}
