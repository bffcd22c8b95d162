/* A switch without a configuration has no address to ping from. Each uplink gets the site's one in turn, its gateway is pinged from it
   as connectivity does, and the address is taken away again, whatever came of it; the configuration must then read as it did before.
   Where that cannot be done the switch is TAINTED, and what is on it is recorded as ours, so that the next job may clear it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "plugin/all.h"
#include "plugin/change.h"
#include "plugin/config.h"
#include "plugin/ping.h"
#include "plugin/shared.h"

static const enum failure codes[] = {FAILURE_CONNECTIVITY_FAIL, FAILURE_NONE};
static const char *const needs[] = {"ping", "ping_full", "running_config", NULL};

/* A port that was a switched one a moment ago takes seconds until it forwards. */
enum { ARGS = 6, PATIENCE_MS = 40 * 1000, ASK_AGAIN_MS = 2000 };

struct trial {
    struct run *run;
    const struct uplink *u;
    struct argument args[ARGS];
    size_t arg_count;
    struct normal before;
};

static const char *netmask_of(struct run *run, unsigned long bits)
{
    uint32_t mask = bits && bits <= 32 ? 0xFFFFFFFFU << (32 - bits) : 0;
    return arena_printf(&run->arena, "%u.%u.%u.%u", mask >> 24, mask >> 16 & 255, mask >> 8 & 255,
                        mask & 255);
}

static const char *ip_of(struct run *run, const struct uplink *u)
{
    return arena_strndup(&run->arena, u->address, strcspn(u->address, "/"));
}

static void trial_init(struct trial *t, struct run *run, const struct uplink *u)
{
    const char *slash = strchr(u->address, '/'), *bits = slash ? slash + 1 : "32";
    *t = (struct trial){.run = run, .u = u};
    struct argument args[] = {{"interface", platform_interface(run->platform, u->interface, &run->arena)},
                              {"address", u->address},
                              {"ip", ip_of(run, u)},
                              {"prefix_len", bits},
                              {"netmask", netmask_of(run, strtoul(bits, NULL, 10))},
                              {"mtu", arena_printf(&run->arena, "%u", u->mtu)}};
    memcpy(t->args, args, sizeof args);
    t->arg_count = u->mtu ? ARGS : ARGS - 1;
}

/* ---- what is there ---- */

static bool holds_word(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = text; (p = strstr(p, word)); p++) {
        bool begins = p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '.' || p[-1] == ':');
        bool ends = !(isalnum((unsigned char)p[len]) || p[len] == '.' || p[len] == ':');
        if (begins && ends)
            return true;
    }
    return false;
}

static bool has_address(struct run *run, const struct normal *n, const struct uplink *u)
{
    const char *ip = ip_of(run, u);
    for (size_t i = 0; i < n->count; i++)
        if (holds_word(n->lines[i].path, ip))
            return true;
    return false;
}

/* Beside this uplink's own lines there is a factory configuration alone: nobody but a job that was cut off leaves that. */
static bool is_left_behind(struct run *run, const struct normal *n, const struct uplink *u)
{
    const char *name = platform_interface(run->platform, u->interface, &run->arena), *stranger;
    struct normal rest = {.lines = arena_alloc_array(&run->arena, n->count, sizeof *rest.lines)};
    for (size_t i = 0; i < n->count; i++)
        if (!strstr(n->lines[i].path, name))
            rest.lines[rest.count++] = n->lines[i];
    return has_address(run, n, u) && normal_is_factory(run->platform, &rest, &stranger);
}

/* As it was read last: every change forgets that. */
static bool current(struct run *run, struct normal *out)
{
    struct records r;
    run->err = (struct err){0};
    if (!run_query(run, "running_config", &r))
        return false;
    normal_read(run->platform, r.answer, r.answer_len, &run->arena, out);
    return true;
}

/* ---- one uplink ---- */

static void leave_marked(struct trial *t, const char *why)
{
    struct run *run = t->run;
    const char *text = arena_printf(&run->arena, "%s may still have the temporary address %s: %s",
                                    t->u->interface, t->u->address, why);
    if (run->guard.changed)
        run->guard.changed(run->guard.ctx, run, "uplink_address_set", "half", text);
}

/* What runs now is ours: the guard of the way back knows it, and so does that of the next job. */
static bool record(struct trial *t)
{
    struct run *run = t->run;
    struct normal now;
    if (!config_read(run, "running_config", &now))
        return false;
    if (run->guard.stage)
        run->guard.stage(run->guard.ctx, run, now.sha256);
    return true;
}

/* False: run->err, and the switch is marked. */
static bool clear(struct trial *t)
{
    struct run *run = t->run;
    struct change c;
    struct str diff = {0};
    struct normal now;
    bool ok = run_procedure(run, "uplink_address_clear", t->args, t->arg_count, NULL, &c);
    change_clear(&c);
    if (ok && (ok = config_read(run, "running_config", &now)) && t->before.count > 0 &&
        !normal_same(&t->before, &now, true, 20, &diff)) {
        run->err_evidence = (struct evidence){.query = "running_config"};
        ok =
            err_set(&run->err, ERR_STATE, "%s is not as it was before: %s", t->u->interface, str_cstr(&diff));
    }
    str_clear(&diff);
    if (!ok)
        leave_marked(t, run->err.msg);
    return ok;
}

static enum ping_outcome ping_patiently(struct trial *t, struct pinged *p)
{
    struct run *run = t->run;
    const struct console *console = run->session_options.console;
    struct clock *clock = console ? console->options.clock : NULL;
    int64_t until_ms = clock_now_ms(clock) + PATIENCE_MS;
    for (;;) {
        enum ping_outcome outcome = ping_uplink(run, t->u, t->u->mtu > 0, p);
        if ((outcome != PING_LOST && outcome != PING_REFUSED) || clock_now_ms(clock) >= until_ms)
            return outcome;
        clock_wait_until(clock, clock_now_ms(clock) + ASK_AGAIN_MS);
        run_forget(run, t->u->mtu > 0 ? "ping_full" : "ping");
    }
}

static struct verdict judge(struct trial *t, enum ping_outcome outcome, struct pinged *p)
{
    struct run *run = t->run;
    if (outcome == PING_UNREAD)
        return verdict_error(run);
    if (outcome == PING_CONTRADICTION)
        return verdict_unread(run, &p->r, p->r.count ? 0 : ROW_NONE,
                              "the counts of the ping from %s do not add up", t->u->interface);
    return outcome == PING_REACHED ? verdict_pass(run, "%s", t->u->interface) : ping_failed(run, t->u, p);
}

/* Set, ping, clear: the last whatever the others came to. */
static struct verdict try_uplink(struct trial *t)
{
    struct run *run = t->run;
    struct change c;
    struct pinged p = {.refusal = ""};
    bool set = run_procedure(run, "uplink_address_set", t->args, t->arg_count, NULL, &c);
    struct verdict v = set ? (struct verdict){0} : verdict_changed(run, &c);
    change_clear(&c);
    if (!set)
        return v;
    v = record(t) ? judge(t, ping_patiently(t, &p), &p) : verdict_error(run);
    if (clear(t))
        return v;
    struct verdict bad = verdict_error(run);
    bad.text = arena_printf(
        &run->arena, "%s may still have the temporary address %s: %s%s%s", t->u->interface, t->u->address,
        bad.text, v.kind == VERDICT_PASS ? "" : "; before that: ", v.kind == VERDICT_PASS ? "" : v.text);
    verdict_remedy(run, &bad, "torstarter retry clears it; or take the address off %s by hand",
                   t->u->interface);
    return bad;
}

/* ---- the plugin ---- */

static bool is_wanted(const struct uplink *u)
{
    return u->address && u->gateway;
}

static size_t wanted_count(const struct site_switch *sw)
{
    size_t n = 0;
    for (size_t i = 0; i < sw->uplink_count; i++)
        n += is_wanted(&sw->uplinks[i]);
    return n;
}

/* A configured uplink is left to connectivity. True: it has no address, and says so; what a job left there is taken away first. */
static bool lacks_address(struct trial *t, struct verdict *v)
{
    struct run *run = t->run;
    struct pinged p;
    *v = (struct verdict){0};
    if (!current(run, &t->before)) {
        *v = verdict_error(run);
        return false;
    }
    if (is_left_behind(run, &t->before, t->u)) {
        run_note(run, "%s has the address that an earlier job lent it: taking it back", t->u->interface);
        t->before.count = 0; /* nothing to compare with */
        if (!clear(t) || !current(run, &t->before)) {
            *v = verdict_error(run);
            return false;
        }
        return true;
    }
    if (has_address(run, &t->before, t->u))
        return false;
    enum ping_outcome outcome = ping_uplink(run, t->u, t->u->mtu > 0, &p);
    if (outcome == PING_UNREAD)
        *v = verdict_error(run);
    return outcome == PING_REFUSED;
}

static struct verdict run_all(struct run *run, enum uplink_tried *tried)
{
    struct verdict first = {0};
    size_t reached = 0;
    for (size_t i = 0; i < run->sw->uplink_count; i++) {
        struct trial t;
        struct verdict v;
        if (!is_wanted(&run->sw->uplinks[i]))
            continue;
        trial_init(&t, run, &run->sw->uplinks[i]);
        if (!lacks_address(&t, &v)) {
            if (v.text)
                return v;
            continue;
        }
        if (!run_can(run, "uplink_address_set") || !run_can(run, "uplink_address_clear"))
            return verdict_skip(
                run, "%s has no address, and platform %s declares no uplink_address_set and _clear",
                t.u->interface, run->platform->name);
        v = try_uplink(&t);
        tried[i] = v.kind == VERDICT_PASS ? UPLINK_REACHED : UPLINK_NOT_REACHED;
        reached += v.kind == VERDICT_PASS;
        if (v.kind == VERDICT_ERROR || (v.kind == VERDICT_FAIL && v.failure != FAILURE_CONNECTIVITY_FAIL))
            return v; /* no further change */
        if (v.kind == VERDICT_FAIL && first.text)
            first.text = arena_printf(&run->arena, "%s; %s", first.text, v.text);
        else if (v.kind == VERDICT_FAIL)
            first = v;
    }
    if (first.text)
        return first;
    return reached
               ? verdict_pass(
                     run, "%zu gateways answer, each through an address lent to its uplink and taken back",
                     reached)
               : verdict_pass(run, "no uplink is without an address");
}

static struct verdict uplink_address_run(struct run *run)
{
    if (wanted_count(run->sw) == 0)
        return verdict_not_asked(run, "the site states no address and gateway of an uplink of %s",
                                 run->sw->name);
    if (!run->platform->config.declared)
        return verdict_skip(run, "platform %s does not say how its configuration is read (`config:`)",
                            run->platform->name);
    enum uplink_tried *tried = arena_alloc_array(&run->arena, run->sw->uplink_count, sizeof *tried);
    struct verdict v = run_all(run, tried);
    run->uplinks_tried = tried;
    return v;
}

static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    (void)platform;
    if (wanted_count(sw) == 0)
        return 0;
    return strcmp(query, "running_config") == 0 ? (unsigned)wanted_count(sw) : ping_times(sw, query);
}

const struct plugin plugin_uplink_address = {
    .name = "uplink_address",
    .about = "does each uplink of a switch without a configuration reach its gateway?",
    .phase = PHASE_CONNECTIVITY_CHECK,
    .effect = CHANGES,
    .needs = needs,
    .times = times,
    .codes = codes,
    .run = uplink_address_run,
};
