/* A switch for plugin tests: a site of three switches, the platform arista_eos, and answers laid where the session's would lie. */
#ifndef UNIT_PLUGIN_WORLD_H
#define UNIT_PLUGIN_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "plugin/all.h"
#include "plugin/shared.h"

#define UNUSED   __attribute__((unused))
#define FIXTURES "fixtures/arista_eos/"

enum { UPLINKS = 4, NOTES_MAX = 64 };

struct noted {
    enum component what;
    bool failed;
    char status[24], name[40], text[160];
};

struct world {
    struct site site;
    struct role role;
    struct console_server server;
    struct site_switch switches[3];
    struct uplink uplinks[UPLINKS];
    struct asset assets[4];
    struct run run;
    struct noted components[NOTES_MAX];
    size_t component_count;
    char serial_found[40];
};

static struct platform *world_platform; /* loaded once, frozen */
static struct arena world_arena;

static UNUSED int world_setup(void **state)
{
    (void)state;
    struct search_path path;
    struct mistakes m = {0};
    search_path_init(&path, (const char *[]){"."}, 1, NULL, &world_arena);
    world_platform = platform_load("arista_eos", &path, &m);
    if (!world_platform)
        fprintf(stderr, "%s", str_cstr(&m.text));
    mistakes_clear(&m);
    return world_platform ? 0 : -1;
}

static UNUSED int world_teardown(void **state)
{
    (void)state;
    platform_free(world_platform);
    arena_clear(&world_arena);
    return 0;
}

static void world_component(void *ctx, enum component what, const char *status, bool failed,
                            const struct fact *facts, size_t count)
{
    struct world *w = ctx;
    assert_true(w->component_count < NOTES_MAX);
    struct noted *n = &w->components[w->component_count++];
    *n = (struct noted){.what = what, .failed = failed};
    snprintf(n->status, sizeof n->status, "%s", status);
    for (size_t i = 0; i < count; i++) {
        if (i == 0)
            snprintf(n->name, sizeof n->name, "%s", facts[i].text);
        if (strcmp(facts[i].column, "lane") == 0)
            snprintf(n->name + strlen(n->name), sizeof n->name - strlen(n->name), " %s", facts[i].text);
        if (strcmp(facts[i].column, "text") == 0 && facts[i].text)
            snprintf(n->text, sizeof n->text, "%s", facts[i].text);
    }
}

static void world_fact(void *ctx, const char *column, const char *text)
{
    struct world *w = ctx;
    if (strcmp(column, "serial_found") == 0)
        snprintf(w->serial_found, sizeof w->serial_found, "%s", text);
}

static void world_switch(struct world *w, size_t i, const char *name, const char *serial, const char *port)
{
    w->switches[i] = (struct site_switch){.name = name,
                                          .rack = "r1",
                                          .platform = "arista_eos",
                                          .role = &w->role,
                                          .serial = serial,
                                          .server = &w->server};
    w->switches[i].console.port = port;
    w->switches[i].console.server = "oob-r1";
    w->switches[i].console.name = arena_printf(&w->run.arena, "oob-r1 port %s", port);
}

/* tor-r1-09 with four uplinks to spine-1…4 Ethernet3/1; its neighbours in the rack are tor-r1-10 and tor-r1-11. */
static UNUSED void world_init(struct world *w)
{
    static const char *const ports[UPLINKS] = {"Ethernet49/1", "Ethernet50/1", "Ethernet51/1",
                                               "Ethernet52/1"};
    static const char *const peers[UPLINKS] = {"spine-1", "spine-2", "spine-3", "spine-4"};
    static const char *const gateways[UPLINKS] = {"10.1.0.0", "10.1.0.2", "10.1.0.4", "10.1.0.6"};
    memset(w, 0, sizeof *w);
    w->role = (struct role){
        .name = "tor", .power_supplies = 2, .fans = 4, .airflow = "front-to-back", .uplinks = UPLINKS};
    w->role.light = (struct light_limits){true, true, true, true, -9.5, 2.0, -8.4, 2.4};
    w->server = (struct console_server){.name = "oob-r1"};
    world_switch(w, 0, "tor-r1-09", "JPE22130709", "9");
    world_switch(w, 1, "tor-r1-10", "JPE22130710", "10");
    world_switch(w, 2, "tor-r1-11", "JPE22130711", "11");
    for (size_t i = 0; i < UPLINKS; i++)
        w->uplinks[i] = (struct uplink){.interface = ports[i],
                                        .peer = peers[i],
                                        .peer_interface = "Ethernet3/1",
                                        .address = "10.1.0.1/31",
                                        .gateway = gateways[i],
                                        .mtu = 9214};
    w->switches[0].uplinks = w->uplinks;
    w->switches[0].uplink_count = UPLINKS;
    w->assets[0] = (struct asset){"JPE22130709", "tor-r1-09", "planned", "", 2};
    w->assets[1] = (struct asset){"JPE22130710", "tor-r1-10", "planned", "", 3};
    w->assets[2] = (struct asset){"JPE22130799", "lab-7", "active", "", 4};
    w->site = (struct site){.file = "site.yaml",
                            .switches = w->switches,
                            .switch_count = 3,
                            .assets_file = "assets.csv",
                            .assets = w->assets,
                            .asset_count = 3};
    w->run.site = &w->site;
    w->run.sw = &w->switches[0];
    w->run.role = &w->role;
    w->run.platform = world_platform;
    w->run.hooks = (struct run_hooks){.ctx = w, .component = world_component, .fact = world_fact};
}

static UNUSED void world_clear(struct world *w)
{
    arena_clear(&w->run.arena);
}

/* What the simulator fills in. */
static UNUSED char *world_expand(const char *text, const char *address)
{
    const char *const values[][2] = {{"{hostname}", "tor-r1-09"},
                                     {"{serial}", "JPE22130709"},
                                     {"{mac}", "c0d6.8200.0709"},
                                     {"{slot}", "3"},
                                     {"{address}", address}};
    struct str s = {0};
    while (*text) {
        size_t i = 0, n = sizeof values / sizeof values[0];
        while (i < n && !str_starts(text, values[i][0]))
            i++;
        if (i < n) {
            str_add_cstr(&s, values[i][1]);
            text += strlen(values[i][0]);
        } else {
            str_add_char(&s, *text++);
        }
    }
    return str_take(&s);
}

static UNUSED char *world_file(const char *path, const char *address)
{
    struct str s = {0};
    struct err e = {0};
    if (!file_read(path, &s, &e))
        fail_msg("%s", e.msg);
    char *text = world_expand(str_cstr(&s), address);
    str_clear(&s);
    return text;
}

/* Lays the text where the answer of that query would lie; false when it could not be read. */
static UNUSED bool world_say(struct world *w, const char *query, const char *text, const struct uplink *u)
{
    struct argument args[3];
    size_t n = 0;
    if (u) {
        args[n++] = (struct argument){"address", u->gateway};
        args[n++] = (struct argument){"interface", u->interface};
        args[n++] = (struct argument){"mtu", "9214"};
    }
    return run_remember(&w->run, query, args, n, text, strlen(text), query, 1);
}

static UNUSED bool world_says(struct world *w, const char *query, const char *file)
{
    char *path = file_join(FIXTURES, file), *text = world_file(path, "");
    bool read = world_say(w, query, text, NULL);
    mem_free(path);
    mem_free(text);
    return read;
}

static UNUSED bool world_pings(struct world *w, size_t uplink, const char *query, const char *file)
{
    char *path = file_join(FIXTURES, file), *text = world_file(path, w->uplinks[uplink].gateway);
    bool read = world_say(w, query, text, &w->uplinks[uplink]);
    mem_free(path);
    mem_free(text);
    return read;
}

/* Answers given later stand before these: the cache is searched newest first. */
static UNUSED void world_healthy(struct world *w)
{
    static const char *const queries[] = {"version",   "power_supplies",    "fans",       "inventory",
                                          "neighbors", "uplink_interfaces", "interfaces", "transceivers"};
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        char file[80];
        snprintf(file, sizeof file, "healthy/%s.txt", queries[i]);
        if (!world_says(w, queries[i], file))
            fail_msg("%s: %s", file, w->run.cache->err.msg);
    }
    for (size_t i = 0; i < UPLINKS; i++)
        assert_true(world_pings(w, i, "ping_full", "healthy/ping_full.txt"));
}

static UNUSED struct verdict world_judge(struct world *w, const char *plugin)
{
    const struct plugin *p = plugin_by_name(plugin);
    assert_non_null(p);
    return p->run(&w->run);
}

static UNUSED size_t world_failed(const struct world *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->component_count; i++)
        n += w->components[i].failed;
    return n;
}

#endif
