/* The switches of a scenario: each with what all have, what it says of itself, and its number where `count` makes many. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "sim/scenario_self.h"

enum { SWITCHES_MAX = 20000, PORT_MAX = 65535 };

/* {n} and {n:03} become the switch's number; all else stays for the device to fill in. */
static const char *number_text(const struct scenario_load *l, const char *text, unsigned n)
{
    struct str s = {0};
    for (const char *p = text; *p;) {
        unsigned width = 0;
        int len = 0;
        if (strncmp(p, "{n}", 3) == 0)
            len = 3;
        else if (sscanf(p, "{n:%2u}%n", &width, &len) != 1)
            len = 0;
        if (len > 0)
            str_printf(&s, "%0*u", (int)width, n);
        else
            str_add_char(&s, *p);
        p += len > 0 ? len : 1;
    }
    const char *copy = arena_strdup(l->arena, str_cstr(&s));
    str_clear(&s);
    return copy;
}

static void load_values(const struct scenario_load *l, const struct yaml_node *n, unsigned number,
                        struct device_setup *d)
{
    static const char *const own[] = {"serial", "mac", "model"};
    enum { OWN_COUNT = sizeof own / sizeof own[0] };
    const struct yaml_node *more = yaml_get(n, "values");
    size_t more_count = more && yaml_want_map(more, l->m) ? more->count : 0;
    struct device_value *values = arena_alloc_array(l->arena, OWN_COUNT + more_count + 1, sizeof *values);
    size_t count = 0;
    for (size_t i = 0; i < more_count; i++) {
        const char *text = "";
        yaml_want_text(more->pairs[i].value, &text, l->m);
        values[count++] = (struct device_value){more->pairs[i].key, number_text(l, text, number)};
    }
    for (size_t i = 0; i < OWN_COUNT; i++) {
        const char *text = NULL;
        scenario_text(l, n, own[i], &text);
        if (text)
            values[count++] = (struct device_value){own[i], number_text(l, text, number)};
    }
    d->values = values;
    d->value_count = count;
}

static void load_answers(struct scenario_load *l, const struct yaml_node *n, const struct device_model *model,
                         struct device_setup *d)
{
    const struct yaml_node *faults = yaml_get(n, "faults"), *own = yaml_get(n, "answers");
    size_t fault_count = faults && yaml_want_list(faults, l->m) ? faults->count : 0;
    const struct device_answers **lists = arena_alloc_array(l->arena, fault_count + 1, sizeof *lists);
    const char **names = arena_alloc_array(l->arena, fault_count + 1, sizeof *names);
    char *model_dir = file_dir(model->file);
    if (own) {
        struct device_answers *answers = ARENA_NEW(l->arena, struct device_answers);
        device_answers_load(own, l->dir, l->arena, answers, l->m);
        lists[d->answers_count++] = answers;
    }
    for (size_t i = 0; i < fault_count; i++) {
        const char *name;
        if (!yaml_want_text(faults->items[i], &name, l->m))
            continue;
        const struct device_fault *f = device_model_fault(model, name);
        if (f) {
            lists[d->answers_count++] = &f->answers;
            names[d->fault_count++] = f->name;
            scenario_begin(l, f->state, model_dir, &d->begin);
        } else {
            mistakes_add(l->m, &faults->items[i]->place, "%s has no fault \"%s\"", model->file, name);
        }
    }
    d->answers = lists;
    d->faults = names;
    mem_free(model_dir);
    scenario_begin(l, yaml_get(n, "state"), l->dir, &d->begin);
}

static const char *filled(const struct scenario_load *l, const struct scenario_switch *sw, const char *text)
{
    struct str s = {0};
    if (!text)
        return NULL;
    struct device *d = device_new(sw->model, &sw->device, NULL, NULL);
    const char *lines = device_line_text(text, strlen(text), l->arena, NULL);
    device_expand(d, lines, strlen(lines), &s);
    device_free(d);
    const char *copy = arena_strdup(l->arena, str_cstr(&s));
    str_clear(&s);
    return copy;
}

static void finish_line(const struct scenario_load *l, struct scenario_switch *sw)
{
    struct line_setup *line = &sw->line;
    line->banner = filled(l, sw, line->banner);
    line->stale = filled(l, sw, line->stale);
    line->pause_after = filled(l, sw, line->pause_after);
    sw->device.greeting = filled(l, sw, line->menu ? line->menu : line->question);
    sw->device.after_login = filled(l, sw, line->after_login);
    sw->device.issue = filled(l, sw, line->issue);
    sw->device.motd = filled(l, sw, line->motd);
    sw->device.reboots_at = (uint64_t)line->reboots_at;
    for (size_t i = 0; i < line->fault_count; i++) {
        line->faults[i].text = filled(l, sw, sw->model->texts[DEVICE_TEXT_LOG]);
        line->faults[i].seed = (uint64_t)l->seed + sw->port;
    }
    sw->device.start = line_setup_state(line);
    sw->device.refuses_passwords = line->wrong_password;
    sw->device.echo_off = line->echo_off;
    sw->device.pager_stays = line->pager_on;
}

static void check_unique(struct scenario_load *l, const struct yaml_node *n, const struct scenario_switch *sw)
{
    char port[16];
    snprintf(port, sizeof port, "%u", sw->port);
    if (map_put(&l->names, sw->name, l))
        mistakes_add(l->m, &n->place,
                     "a second switch with the name %s; with count: put {n:03} into the name", sw->name);
    if (map_put(&l->ports, port, l))
        mistakes_add(l->m, &n->place, "a second switch on port %u", sw->port);
}

static void add_switch(struct scenario_load *l, const struct yaml_node *n, const struct device_model *model,
                       long port, unsigned number)
{
    struct scenario_switch sw = {
        .name = "", .model = model, .device = l->device, .line = l->line, .injected = "", .expect = ""};
    scenario_text(l, n, "name", &sw.name);
    scenario_text(l, n, "injected", &sw.injected);
    scenario_text(l, n, "expect", &sw.expect);
    sw.name = sw.device.name = number_text(l, sw.name, number);
    sw.port = (unsigned)port;
    scenario_credentials(l, yaml_get(n, "credentials"), &sw.device);
    load_values(l, n, number, &sw.device);
    load_answers(l, n, model, &sw.device);
    line_setup_load(yaml_get(n, "line"), l->arena, &sw.line, l->m);
    finish_line(l, &sw);
    check_unique(l, n, &sw);
    VEC_ADD(&l->switches, sw);
}

static void load_switch(struct scenario_load *l, const struct yaml_node *n)
{
    long port = 0, count = 1;
    if (!yaml_want_map(n, l->m))
        return;
    ONLY_KEYS(n, l->m, "name", "port", "serial", "mac", "model", "values", "faults", "answers", "credentials",
              "line", "platform", "device", "injected", "expect", "count", "state");
    if (!yaml_get(n, "name") || !yaml_get(n, "port"))
        mistakes_add(l->m, &n->place, "a switch wants a name and a port");
    else
        yaml_want_int(yaml_get(n, "port"), 1, PORT_MAX, &port, l->m);
    if (yaml_get(n, "count"))
        yaml_want_int(yaml_get(n, "count"), 1, SWITCHES_MAX, &count, l->m);
    size_t before = l->m->count;
    const struct device_model *model = scenario_model(l, n);
    model = model ? model : l->s->model;
    if (!model && l->m->count == before)
        mistakes_add(l->m, &n->place,
                     "platform: NAME is missing, or device: FILE; here, or at the top for all");
    for (long i = 0; i < count && l->m->count == before; i++)
        add_switch(l, n, model, port + i, (unsigned)i + 1);
}

void scenario_switches(struct scenario_load *l, const struct yaml_node *n)
{
    if (!yaml_want_list(n, l->m))
        return;
    for (size_t i = 0; i < n->count; i++)
        load_switch(l, n->items[i]);
    l->s->switches = arena_alloc_array(l->arena, l->switches.count, sizeof *l->s->switches);
    if (l->switches.count > 0)
        memcpy(l->s->switches, l->switches.items, l->switches.count * sizeof *l->s->switches);
    l->s->switch_count = l->switches.count;
}
