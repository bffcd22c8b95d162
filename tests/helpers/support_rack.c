#include "helpers/support_rack.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "sim/kind.h"

static const char site_head[] =
    "console_servers:\n"
    "  rack: {kind: opengear, address: 127.0.0.1, credential: oob, sessions: 1000, logins: 1000}\n"
    "credentials:\n"
    "  oob: {user: net, password: {env: RACK_FIRST}}\n"
    "  first: {user: admin, password: {env: RACK_FIRST}}\n"
    "  second: {user: admin, password: {env: RACK_SECOND}}\n"
    "roles:\n"
    "  tor: {power_supplies: 2, airflow: front-to-back, uplinks: 4}\n"
    "assets: {file: assets.csv}\n"
    "switches:\n";

static const char *serial_of(const struct scenario_switch *sw)
{
    for (size_t i = 0; i < sw->device.value_count; i++)
        if (strcmp(sw->device.values[i].name, "serial") == 0)
            return sw->device.values[i].text;
    return "NONE";
}

static void add_switch(const struct scenario_switch *sw, struct str *site, struct str *assets)
{
    str_printf(
        site,
        "  %s:\n    {platform: arista_eos, role: tor, rack: r1, serial: %s, credentials: [first, second], "
        "console: {server: rack, port: %u},\n     uplinks: [",
        sw->name, serial_of(sw), sw->port);
    for (int i = 1; i <= 4; i++)
        str_printf(site,
                   "%s{interface: Ethernet%d/1, peer: spine-%d, peer_interface: Ethernet3/1, address: "
                   "10.1.%d.1/31, gateway: 10.1.%d.0, mtu: 9214}",
                   i > 1 ? ", " : "", 48 + i, i, i, i);
    str_add_cstr(site, "]}\n");
    str_printf(assets, "%s,%s,planned\n", serial_of(sw), sw->name);
}

static bool write_file(const struct rack *r, const char *name, const struct str *text, struct err *e)
{
    char *path = file_join(r->dir, name);
    bool ok = file_write(path, str_cstr(text), text->len, 0600, e);
    mem_free(path);
    return ok;
}

static bool write_site(const struct rack *r, struct err *e)
{
    struct str site = {0}, assets = {0};
    str_add_cstr(&site, site_head);
    str_add_cstr(&assets, "serial,name,status\n");
    for (size_t i = 0; i < r->scenario->switch_count; i++)
        add_switch(&r->scenario->switches[i], &site, &assets);
    bool ok = write_file(r, "site.yaml", &site, e) && write_file(r, "assets.csv", &assets, e);
    str_clear(&site);
    str_clear(&assets);
    return ok;
}

static const char **plugin_names(struct arena *arena, size_t *count)
{
    const struct plugin *const *all = plugins(count);
    const char **names = arena_alloc_array(arena, *count, sizeof *names);
    for (size_t i = 0; i < *count; i++)
        names[i] = all[i]->name;
    return names;
}

static bool load_all(struct rack *r, const char *job_type, struct mistakes *m)
{
    size_t count;
    const char **names = plugin_names(&r->arena, &count);
    char *path = file_join(r->dir, "site.yaml");
    search_path_init(&r->path, (const char *[]){"."}, 1, r->dir, &r->arena);
    r->site = site_load(path, &r->path, m);
    r->platform = platform_load("arista_eos", &r->path, m);
    r->type = job_type_load(job_type, &r->path, names, count, m);
    mem_free(path);
    return r->site && r->platform && r->type;
}

static bool make_specs(struct rack *r, struct err *e)
{
    size_t count = r->scenario->switch_count;
    r->specs = arena_alloc_array(&r->arena, count, sizeof *r->specs);
    r->lines = arena_alloc_array(&r->arena, count, sizeof *r->lines);
    for (size_t i = 0; i < count; i++) {
        struct site_switch *sw = &r->site->switches[i];
        r->specs[i] = (struct job_spec){.sw = sw, .platform = r->platform};
        simline_init(&r->lines[i], r->scenario->switches[i].model, &r->scenario->switches[i], NULL, NULL);
        if (!site_resolve_switch(r->site, sw, e))
            return false;
    }
    return true;
}

struct rack *rack_open(const char *scenario, const char *job_type, struct err *e)
{
    struct rack *r = MEM_NEW(struct rack);
    struct mistakes m = {0};
    const char *base = getenv("TMPDIR");
    setenv("RACK_FIRST", "f1rst-Word", 1);
    setenv("RACK_SECOND", "s3cond-Word", 1);
    r->dir = file_join(base && *base ? base : "/tmp", "torstarter-rack-XXXXXX");
    r->scenario = scenario_load(scenario, NULL, 0, &m);
    bool ok = mkdtemp(r->dir) && r->scenario && write_site(r, e) && load_all(r, job_type, &m);
    ok = mistakes_none(&m, e) && ok && make_specs(r, e);
    mistakes_clear(&m);
    if (ok)
        return r;
    rack_close(r);
    return NULL;
}

void rack_close(struct rack *r)
{
    static const char *const files[] = {"site.yaml", "assets.csv"};
    for (size_t i = 0; r->lines && i < r->scenario->switch_count; i++)
        simline_clear(&r->lines[i]);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char *path = file_join(r->dir, files[i]);
        unlink(path);
        mem_free(path);
    }
    rmdir(r->dir);
    site_free(r->site);
    platform_free(r->platform);
    job_type_free(r->type);
    scenario_free(r->scenario);
    arena_clear(&r->arena);
    mem_free(r->dir);
    mem_free(r);
}

struct transport *rack_console(void *ctx, const struct uri *uri, const struct transport_options *options,
                               struct err *e)
{
    struct rack *r = ctx;
    unsigned port = 0;
    if (!kind_parse_login(kind_find("opengear"), "net", uri->user, &port)) {
        err_set(e, ERR_STATE, "no port in the login \"%s\"", uri->user);
        return NULL;
    }
    for (size_t i = 0; i < r->scenario->switch_count; i++)
        if (r->scenario->switches[i].port == port)
            return simline_open(&r->lines[i], uri, options, e);
    err_set(e, ERR_STATE, "no switch on port %u", port);
    return NULL;
}

void rack_rewind(struct rack *r, size_t i)
{
    struct simline *s = &r->lines[i];
    uint64_t end_after = s->end_after;
    enum simline_end end = s->end;
    simline_clear(s);
    simline_init(s, r->scenario->switches[i].model, &r->scenario->switches[i], NULL, NULL);
    s->end_after = end_after;
    s->end = end;
}
