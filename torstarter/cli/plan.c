#include "cli/plan.h"

#include <stdio.h>
#include <string.h>

#include "cli/screen.h"
#include "job/steps.h"
#include "text/json.h"

enum {
    LOGIN_BYTES = 400, /* wake-up, login prompt, banner, prompts of a usual login */
    BITS_A_BYTE = 10,  /* one start bit, eight data bits, one stop bit */
    USUAL_BAUD = 9600,
    MOST_QUERIES = 64
};

struct cost { /* of one line of the plan */
    const struct plugin *plugin;
    const struct query *query; /* NULL: login or a setting */
    const char *command;
    unsigned times;
    uint64_t bytes;
};

typedef void plan_line(void *ctx, const struct cost *cost);

static bool listed(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static void plan_login(const struct job_spec *spec, const struct plugin *p, plan_line *line, void *ctx)
{
    const struct dialect *d = &spec->platform->dialect;
    line(ctx, &(struct cost){p, NULL, "(look, wake, log in)", 1, LOGIN_BYTES});
    for (size_t i = 0; i < d->on_login_count; i++)
        line(ctx, &(struct cost){p, NULL, d->on_login[i], 1, 2 * strlen(d->on_login[i]) + 24});
}

/* Asked of one uplink at a time. Pings hold an address too and are counted by their plugin. */
static bool is_per_uplink(const struct query *q)
{
    return strstr(q->command, "{interface}") && !strstr(q->command, "{address}");
}

static void plan_walk(const struct engine_options *o, const struct job_spec *spec, plan_line *line, void *ctx)
{
    const struct dialect *d = &spec->platform->dialect;
    bool asked[MOST_QUERIES] = {false};
    struct arena arena = {0}; /* of rules' plugins */
    for (size_t i = 0; i < o->type->step_count; i++) {
        const char *name = o->type->steps[i].plugin;
        const struct plugin *p = steps_plugin(&o->type->steps[i], &arena);
        if (!p || (o->only && !listed(o->only, name) && !p->stops_job) || listed(o->skip, name))
            continue;
        if (strcmp(name, "oob_connect") == 0)
            plan_login(spec, p, line, ctx);
        for (const char *const *need = p->needs; need && *need; need++) {
            const struct query *q = dialect_query(d, *need);
            size_t index = q ? (size_t)(q - d->queries) : 0;
            unsigned times = plugin_times(p, spec->sw, spec->platform, *need);
            if (!q || times == 0 || (index < MOST_QUERIES && asked[index]))
                continue;
            if (is_per_uplink(q))
                times = (unsigned)spec->sw->uplink_count;
            if (index < MOST_QUERIES)
                asked[index] = true; /* an answer is shared between the plugins of a job */
            line(ctx, &(struct cost){p, q, q->command, times,
                                     (uint64_t)times * (q->typical_bytes + 2 * strlen(q->command) + 24)});
        }
    }
    arena_clear(&arena);
}

static void add_bytes(void *ctx, const struct cost *cost)
{
    *(uint64_t *)ctx += cost->bytes;
}

uint64_t plan_bytes(const struct engine_options *o, const struct job_spec *spec)
{
    uint64_t sum = 0;
    plan_walk(o, spec, add_bytes, &sum);
    return sum;
}

struct printer {
    const struct job_spec *spec;
    const struct plugin *last;
    bool json;
};

static double wire_seconds(const struct job_spec *spec, uint64_t bytes)
{
    unsigned baud = spec->sw->console.baud ? spec->sw->console.baud : USUAL_BAUD;
    return (double)bytes * BITS_A_BYTE / baud;
}

static void print_json_cost(const struct printer *p, const struct cost *c)
{
    struct str line = {0};
    struct json_writer w = {.out = &line};
    json_open_object(&w);
    json_put_text(&w, "switch", p->spec->sw->name);
    json_put_text(&w, "plugin", c->plugin->name);
    json_put_text(&w, "phase", phase_name(c->plugin->phase));
    json_put_text(&w, "query", c->query ? c->query->name : NULL);
    json_put_text(&w, "command", c->command);
    json_put_int(&w, "times", c->times);
    json_put_int(&w, "bytes", (int64_t)c->bytes);
    json_key(&w, "wire_seconds");
    json_number(&w, wire_seconds(p->spec, c->bytes));
    json_close_object(&w);
    puts(str_cstr(&line));
    str_clear(&line);
}

static void print_cost(void *ctx, const struct cost *c)
{
    struct printer *p = ctx;
    if (p->json) {
        print_json_cost(p, c);
        return;
    }
    char times[16] = "";
    if (c->times != 1)
        snprintf(times, sizeof times, " (%u times)", c->times);
    struct str row = {0};
    str_add_cstr(&row, "  ");
    screen_put(&row, c->plugin != p->last ? phase_name(c->plugin->phase) : "", 20);
    screen_put(&row, c->plugin != p->last ? c->plugin->name : "", 14);
    str_printf(&row, "%7llu B %6.1f s  %s%s", (unsigned long long)c->bytes, wire_seconds(p->spec, c->bytes),
               c->command, times);
    puts(str_cstr(&row));
    str_clear(&row);
    p->last = c->plugin;
}

void plan_print(const struct engine_options *o, const struct job_spec *specs, size_t count, bool json)
{
    for (size_t i = 0; i < count; i++) {
        const struct site_switch *sw = specs[i].sw;
        uint64_t sum = plan_bytes(o, &specs[i]);
        if (!json)
            printf("%s%s · %s · %s · %s\n", i ? "\n" : "", o->type->name, sw->name, sw->platform,
                   sw->console.name);
        plan_walk(o, &specs[i], print_cost, &(struct printer){&specs[i], NULL, json});
        if (!json)
            printf("  %-34s%7llu B %6.1f s  on the wire at %u baud%s\n", "in all", (unsigned long long)sum,
                   wire_seconds(&specs[i], sum), sw->console.baud ? sw->console.baud : USUAL_BAUD,
                   sw->console.baud ? "" : " (assumed)");
    }
}
