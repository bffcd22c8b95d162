#include "plugin/reboot_state.h"

#include <string.h>

#include "plugin/config.h"
#include "plugin/shared.h"
#include "plugin/uptime.h"

enum {
    DIFF_LINES = 20,
    CONFIG_MS = 60 * 1000,    /* agents read their part of the configuration one after another */
    LINKS_MS = 5 * 60 * 1000, /* line cards and optics come minutes after the login prompt (behaviour 59) */
    NEIGHBOR_MS = 5 * 60 * 1000, /* LLDP: 30 s between announcements after link-up, and the link's own time */
    SESSIONS_MS = 10 * 60 * 1000 /* BGP: connect retry of 120 s and the graceful restart's wait */
};

/* ---- reading ---- */

/* An answer that this switch does not give is nothing that could be lost. */
static bool read_optional(struct run *run, const char *query, struct records *out)
{
    *out = (struct records){.query = query};
    if (!dialect_query(&run->platform->dialect, query))
        return true;
    run_forget(run, query);
    if (run_query(run, query, out))
        return true;
    *out = (struct records){.query = query};
    return run->err.failure == FAILURE_COMMAND_REJECTED;
}

static bool read_configs(struct run *run, struct reboot_state *s)
{
    s->compares = run->platform->config.declared && dialect_query(&run->platform->dialect, "running_config");
    s->has_startup = s->compares && dialect_query(&run->platform->dialect, "startup_config");
    return (!s->compares || config_read(run, "running_config", &s->running)) &&
           (!s->has_startup || config_read(run, "startup_config", &s->startup));
}

static bool read_uptime(struct run *run, struct reboot_state *s)
{
    struct records r;
    run_forget(run, "last_boot");
    if (!run_query(run, "last_boot", &r))
        return false;
    if (r.count == 0)
        return run_unread(run, &r, ROW_NONE, "the switch does not say how long it has been running");
    s->uptime = record_get(&r, 0, "uptime");
    return uptime_read(s->uptime, &s->uptime_s) || run_unread(run, &r, 0, "\"%s\" is no up time", s->uptime);
}

static bool read_chassis(struct run *run, struct chassis *c)
{
    run_forget(run, "version");
    run_forget(run, "inventory");
    return chassis_read(run, c);
}

bool reboot_state_read(struct run *run, struct reboot_state *out)
{
    struct chassis c;
    *out = (struct reboot_state){0};
    if (!read_chassis(run, &c))
        return false;
    out->serial = c.serial;
    out->mac = c.mac;
    out->version = c.version;
    return read_uptime(run, out) && read_configs(run, out) &&
           read_optional(run, "interfaces", &out->interfaces) &&
           read_optional(run, "neighbors", &out->neighbors) &&
           read_optional(run, "routing_neighbors", &out->sessions) &&
           read_optional(run, "system_ready", &out->parts);
}

/* ---- the configuration ---- */

static bool asks_for_config(const struct run *run)
{
    const struct config_source *c = &run->sw->config;
    return c->file || c->url || c->command;
}

static struct verdict differs(struct run *run, enum failure failure, const char *query, const char *what,
                              const struct str *diff, const char *wanted)
{
    struct verdict v = verdict_fail(run, failure, "%s: %s", what, str_cstr(diff));
    const struct cached_answer *c = run->last_read;
    v.evidence = (struct evidence){.query = query,
                                   .command = c ? c->command : NULL,
                                   .event = c ? c->event : 0,
                                   .raw = arena_strdup(&run->arena, str_cstr(diff)),
                                   .wanted = wanted};
    return v;
}

struct verdict reboot_state_saved(struct run *run, const struct reboot_state *s)
{
    struct verdict v = verdict_pass(run, "saved");
    struct str diff = {0};
    if (asks_for_config(run) && s->has_startup &&
        !normal_same(&s->running, &s->startup, true, DIFF_LINES, &diff))
        v = differs(run, FAILURE_CONFIG_NOT_SAVED, "startup_config",
                    "not restarted: what runs is not what is saved, and would be lost", &diff,
                    "the running configuration");
    str_clear(&diff);
    return v;
}

static struct verdict check_config(struct run *run, const char *query, const struct normal *wanted,
                                   const char *what)
{
    struct normal now;
    struct str diff = {0};
    if (!config_read(run, query, &now))
        return verdict_error(run);
    struct verdict v = verdict_pass(run, "as before");
    if (!normal_same(wanted, &now, true, DIFF_LINES, &diff))
        v = differs(run, FAILURE_CONFIG_MISMATCH, query, what, &diff, "what was saved before the restart");
    str_clear(&diff);
    return v;
}

/* Where nobody asked for a configuration and nothing was saved, the switch came up with what it makes by itself. */
static struct verdict look_at_running(struct run *run, const struct reboot_state *before)
{
    bool saved = !before->has_startup || strcmp(before->running.sha256, before->startup.sha256) == 0;
    if (!before->compares || (!saved && !asks_for_config(run)))
        return verdict_pass(run, "not compared");
    return check_config(run, "running_config", &before->running,
                        "after the restart another configuration runs than the one that was saved");
}

static struct verdict look_at_startup(struct run *run, const struct reboot_state *before)
{
    if (!before->has_startup)
        return verdict_pass(run, "there is none");
    return check_config(run, "startup_config", &before->startup,
                        "after the restart the startup configuration is another than before");
}

/* ---- who it is, and what runs on it ---- */

static struct verdict look_at_chassis(struct run *run, const struct reboot_state *before)
{
    struct chassis c;
    if (!read_chassis(run, &c))
        return verdict_error(run);
    const char *column = records_has(&c.from, "serial") ? "serial" : NULL;
    struct verdict v = verdict_pass(run, "the same switch");
    if (!text_same(c.serial, before->serial) || (*before->mac && !text_same(c.mac, before->mac))) {
        v = verdict_fail(run, FAILURE_IDENTITY_MISMATCH,
                         "another switch stands here after the restart: serial %s, MAC address %s; before it "
                         "was serial %s, MAC address %s",
                         c.serial, c.mac, before->serial, before->mac);
        verdict_point(run, &v, &c.from, c.row, column, "serial %s", before->serial);
        verdict_remedy(run, &v, "find out who exchanged the switch; provision the new one as itself");
    } else if (!text_same(c.version, before->version)) {
        v = verdict_fail(run, FAILURE_FIRMWARE_VERSION,
                         "after the restart it runs version %s; before it ran %s", c.version,
                         before->version);
        verdict_point(run, &v, &c.from, c.row, NULL, "version %s", before->version);
    }
    return v;
}

/* A part that was not ready before does not have to be now: an empty place in a stack. */
static struct verdict look_at_parts(struct run *run, const struct reboot_state *before)
{
    struct records r;
    struct verdict v = verdict_pass(run, "ready");
    if (before->parts.count == 0)
        return v;
    run_forget(run, "system_ready");
    if (!run_query(run, "system_ready", &r))
        return verdict_error(run);
    for (size_t i = 0; i < before->parts.count; i++) {
        const char *part = record_get(&before->parts, i, "part"), *state = NULL;
        size_t row = ROW_NONE;
        for (size_t k = 0; k < r.count && row == ROW_NONE; k++)
            row = text_same(record_get(&r, k, "part"), part) ? k : ROW_NONE;
        state = row == ROW_NONE ? "missing" : record_get(&r, row, "state");
        if (!record_is(&before->parts, i, "state", "ready") || strcmp(state, "ready") == 0)
            continue;
        v = verdict_fail(run, FAILURE_REBOOT_TIMEOUT,
                         "%s is %s: the login came back, but the switch is not ready", part, state);
        verdict_point(run, &v, &r, row == ROW_NONE ? SIZE_MAX : row, row == ROW_NONE ? NULL : "state",
                      "ready, as before the restart");
        return v;
    }
    return v;
}

/* ---- links and neighbours ---- */

static bool counts(struct run *run, const char *interface)
{
    if (run->sw->uplink_count == 0 || platform_is_management(run->platform, interface))
        return true;
    const char *name = platform_interface(run->platform, interface, &run->arena);
    for (size_t i = 0; i < run->sw->uplink_count; i++)
        if (strcmp(platform_interface(run->platform, run->sw->uplinks[i].interface, &run->arena), name) == 0)
            return true;
    return false;
}

static struct verdict look_at_links(struct run *run, const struct reboot_state *before)
{
    const struct records *was = &before->interfaces;
    struct records r;
    struct verdict v = verdict_pass(run, "up");
    if (was->count == 0)
        return v;
    run_forget(run, was->query);
    if (!run_query(run, was->query, &r))
        return verdict_error(run);
    for (size_t i = 0; i < was->count; i++) {
        const char *name = record_get(was, i, "interface");
        if (!record_is(was, i, "state", "up") || !counts(run, name))
            continue;
        size_t row = uplink_row(run, &r, name, NULL);
        const char *state = row == ROW_NONE ? "missing" : record_get(&r, row, "state");
        if (strcmp(state, "up") == 0)
            continue;
        v = verdict_fail(run, FAILURE_UPLINKS_COUNT, "%s was up before the restart and is %s now",
                         platform_interface(run->platform, name, &run->arena), state);
        verdict_point(run, &v, &r, row == ROW_NONE ? SIZE_MAX : row, row == ROW_NONE ? NULL : "state",
                      "up, as before the restart");
        return v;
    }
    return v;
}

static bool has_neighbor(struct run *run, const struct records *r, const struct records *was, size_t i)
{
    const char *port = platform_interface(run->platform, record_get(was, i, "interface"), &run->arena);
    for (size_t k = 0; k < r->count; k++)
        if (strcmp(platform_interface(run->platform, record_get(r, k, "interface"), &run->arena), port) ==
                0 &&
            neighbor_name_same(record_get(was, i, "peer"), record_get(r, k, "peer")))
            return true;
    return false;
}

static struct verdict look_at_neighbors(struct run *run, const struct reboot_state *before)
{
    const struct records *was = &before->neighbors;
    struct records r;
    struct verdict v = verdict_pass(run, "seen");
    if (was->count == 0)
        return v;
    run_forget(run, was->query);
    if (!run_query(run, was->query, &r))
        return verdict_error(run);
    for (size_t i = 0; i < was->count; i++) {
        const char *port = record_get(was, i, "interface");
        if (!counts(run, port) || has_neighbor(run, &r, was, i))
            continue;
        v = verdict_fail(run, FAILURE_NEIGHBORS_UNAVAILABLE,
                         "%s was seen on %s before the restart, and is not seen there now",
                         record_get(was, i, "peer"), platform_interface(run->platform, port, &run->arena));
        verdict_point(run, &v, &r, SIZE_MAX, NULL, "%s on %s", record_get(was, i, "peer"), port);
        return v;
    }
    return v;
}

static bool is_established(const struct records *r, const struct records *was, size_t i)
{
    for (size_t k = 0; k < r->count; k++)
        if (text_same(record_get(r, k, "neighbor"), record_get(was, i, "neighbor")) &&
            text_same(record_text(r, k, "family"), record_text(was, i, "family")) &&
            text_same(record_text(r, k, "vrf"), record_text(was, i, "vrf")) &&
            record_is(r, k, "state", "established"))
            return true;
    return false;
}

static struct verdict look_at_sessions(struct run *run, const struct reboot_state *before)
{
    const struct records *was = &before->sessions;
    struct records r;
    struct verdict v = verdict_pass(run, "established");
    if (was->count == 0)
        return v;
    run_forget(run, was->query);
    if (!run_query(run, was->query, &r))
        return verdict_error(run);
    for (size_t i = 0; i < was->count; i++) {
        if (!record_is(was, i, "state", "established") || is_established(&r, was, i))
            continue;
        v = verdict_fail(run, FAILURE_ROUTING_FAIL,
                         "the session with %s was established before the restart and is not now",
                         record_get(was, i, "neighbor"));
        verdict_point(run, &v, &r, SIZE_MAX, NULL, "%s established", record_get(was, i, "neighbor"));
        return v;
    }
    return v;
}

const struct reboot_check reboot_checks[] = {
    {"who it is, and its version", look_at_chassis, -1},
    {"parts that start", look_at_parts, 15 * 60 * 1000},
    {"running configuration", look_at_running, CONFIG_MS},
    {"startup configuration", look_at_startup, -1},
    {"interfaces", look_at_links, LINKS_MS},
    {"neighbours", look_at_neighbors, NEIGHBOR_MS},
    {"routing sessions", look_at_sessions, SESSIONS_MS},
};
const size_t reboot_check_count = sizeof reboot_checks / sizeof reboot_checks[0];
