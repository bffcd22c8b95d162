#include "model/site.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/check.h"
#include "model/server.h"
#include "model/site_load.h"
#include "model/snapshot.h"

static const struct field images_fields[] = {
    {"url", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct site, images_url), .check = check_url},
};

static void read_images(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site *s = into;
    if (!fields_read(l, pair->value, "images", images_fields, FIELD_COUNT(images_fields), s) ||
        !s->images_url)
        return;
    size_t len = strlen(s->images_url);
    if (s->images_url[len - 1] != '/')
        s->images_url = arena_printf(l->arena, "%s/", s->images_url);
}

struct guard_wishes {
    bool assets;
};
static const struct field guard_fields[] = {
    {"assets", FIELD_BOOL, FIELD_REQUIRED, offsetof(struct guard_wishes, assets), .read = NULL}};

/* A place without an asset database says so in words of its own: what is merely left out is no permission. */
static void read_guard(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site *s = into;
    struct guard_wishes w = {.assets = true};
    if (!fields_read(l, pair->value, "guard", guard_fields, FIELD_COUNT(guard_fields), &w))
        return;
    s->assets_not_asked = !w.assets;
    if (s->assets_not_asked && s->assets_file)
        mistakes_add(l->m, &pair->key_place,
                     "the guard is told not to ask the assets, and the site has some; remove one of the two");
}

/* In this order, wherever they stand in the file: later ones refer to earlier ones. */
static const struct field site_fields[] = {
    {"credentials", FIELD_READ, .read = site_read_credentials},
    {"console_servers", FIELD_READ, .read = site_read_servers},
    {"roles", FIELD_READ, .read = site_read_roles},
    {"switches", FIELD_READ, FIELD_REQUIRED, .read = site_read_switches},
    {"assets", FIELD_READ, .read = site_read_assets},
    {"guard", FIELD_READ, .read = read_guard},
    {"images", FIELD_READ, .read = read_images},
};

static void begin(struct site_load *sl, struct load *l, const struct search_path *path, struct mistakes *m)
{
    struct site *s = MEM_NEW(struct site);
    *sl = (struct site_load){.site = s, .path = path};
    *l = (struct load){.arena = &s->arena, .m = m, .owner = sl};
    sl->platform_count = search_path_list(path, "platforms", ".yaml", &s->arena, &sl->platforms);
}

static struct site *end(struct site_load *sl, bool good)
{
    map_clear(&sl->consoles);
    map_clear(&sl->serials);
    if (good)
        return sl->site;
    site_free(sl->site);
    return NULL;
}

struct site *site_load(const char *file, const struct search_path *path, struct mistakes *m)
{
    struct site_load sl;
    struct load l;
    size_t before = m->count;
    begin(&sl, &l, path, m);
    sl.site->file = arena_strdup(&sl.site->arena, file);
    struct yaml_node *root = yaml_read_file(file, &sl.site->arena, m);
    if (root)
        fields_read(&l, root, "a site", site_fields, FIELD_COUNT(site_fields), sl.site);
    return end(&sl, root && m->count == before);
}

struct site *snapshot_load(struct yaml_node *root, const struct search_path *path, struct mistakes *m)
{
    struct site_load sl;
    struct load l;
    size_t before = m->count;
    begin(&sl, &l, path, m);
    sl.site->file = arena_strdup(&sl.site->arena, root->place.file);
    sl.site->is_snapshot = true;
    fields_read(&l, root, "a site", site_fields, FIELD_COUNT(site_fields), sl.site);
    return end(&sl, m->count == before);
}

static const char *const *env_args(struct load *l, const char *name)
{
    const char **args = arena_alloc_array(l->arena, 2, sizeof *args);
    args[0] = name;
    return args;
}

/* The switch's own login. A replayed console needs none: any password is taken there for the masked one. */
static void credential_from_env(struct load *l, struct site_credential *c, const char *user, bool replay)
{
    bool missing = replay && !getenv("TORSTARTER_PASSWORD");
    *c = (struct site_credential){.name = "switch", .user = user};
    c->password_from = missing ? SECRET_DEFAULT : SECRET_ENV;
    c->password_args = env_args(l, missing ? "" : "TORSTARTER_PASSWORD");
    if (getenv("TORSTARTER_ENABLE_PASSWORD")) {
        c->enable_from = SECRET_ENV;
        c->enable_args = env_args(l, "TORSTARTER_ENABLE_PASSWORD");
    }
}

/* The console server's login: keys and agent, unless a password of its own is given. Never the switch's. */
static void oob_credential_from_env(struct load *l, struct site_credential *c, const char *user)
{
    *c = (struct site_credential){.name = "oob", .user = user};
    if (getenv("TORSTARTER_OOB_PASSWORD")) {
        c->password_from = SECRET_ENV;
        c->password_args = env_args(l, "TORSTARTER_OOB_PASSWORD");
    }
}

static void one_switch(struct load *l, const char *console_uri, const char *platform, struct site *s)
{
    struct uri uri;
    struct err e = {0};
    const char *user = getenv("TORSTARTER_USER");
    if (!uri_parse(console_uri, l->arena, &uri, &e)) {
        mistakes_add(l->m, NULL, "--console: %s", e.msg);
        return;
    }
    bool direct = strcmp(uri.scheme, "ssh") == 0 && !*uri.path;
    s->credentials = arena_alloc_array(l->arena, 2, sizeof *s->credentials);
    s->credential_count = 2;
    credential_from_env(l, &s->credentials[0],
                        user && *user         ? user
                        : direct && *uri.user ? uri.user
                                              : "admin",
                        strcmp(uri.scheme, "replay") == 0);
    oob_credential_from_env(l, &s->credentials[1], uri.user);
    s->switches = ARENA_NEW(l->arena, struct site_switch);
    s->switch_count = 1;
    struct site_switch *sw = s->switches;
    *sw = (struct site_switch){.name = "console", .rack = "", .role = &site_no_role};
    sw->platform = arena_strdup(l->arena, platform);
    sw->credentials = arena_alloc_array(l->arena, 1, sizeof *sw->credentials);
    sw->credentials[0] = &s->credentials[0];
    sw->credential_count = 1;
    site_console_from_uri(l, console_uri, NULL, NULL, direct ? NULL : &s->credentials[1], sw);
}

struct site *site_of_one(const char *console_uri, const char *platform, const struct search_path *path,
                         struct mistakes *m)
{
    struct site_load sl;
    struct load l;
    size_t before = m->count;
    begin(&sl, &l, path, m);
    sl.site->file = "";
    bool known = false;
    for (size_t i = 0; i < sl.platform_count; i++)
        known = known || strcmp(sl.platforms[i], platform) == 0;
    if (!known)
        fields_unknown(&l, NULL, "platform", platform, sl.platforms, sl.platform_count);
    one_switch(&l, console_uri, platform, sl.site);
    return end(&sl, m->count == before);
}

void site_free(struct site *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->credential_count; i++) {
        secret_free(s->credentials[i].password);
        secret_free(s->credentials[i].enable_password);
    }
    for (size_t i = 0; i < s->driver_count; i++)
        console_driver_clear(s->drivers[i]);
    arena_clear(&s->arena);
    mem_free(s);
}
