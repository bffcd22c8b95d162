#include "model/snapshot.h"

#include <string.h>

#include "base/vec.h"
#include "text/json.h"

enum { OTHERS_MAX = 8 };

struct writing {
    const struct snapshot *of;
    const struct site_switch *others[OTHERS_MAX]; /* that the serial number may belong to */
    size_t other_count;
    struct json_writer json;
};

static void put_if(struct json_writer *w, const char *key, const char *text)
{
    if (text)
        json_put_text(w, key, text);
}

static bool same(const char *a, const char *b)
{
    return a && b && strcasecmp(a, b) == 0;
}

static bool is_about(const struct snapshot *s, const struct asset *a)
{
    return same(a->name, s->sw->name) || same(a->serial, s->sw->serial) || same(a->serial, s->serial_found);
}

static void add_other(struct writing *w, const struct site_switch *sw)
{
    for (size_t i = 0; i < w->other_count; i++)
        if (w->others[i] == sw)
            return;
    if (sw != w->of->sw && w->other_count < OTHERS_MAX)
        w->others[w->other_count++] = sw;
}

static void find_others(struct writing *w)
{
    const struct snapshot *s = w->of;
    for (size_t i = 0; i < s->site->switch_count; i++) {
        const struct site_switch *sw = &s->site->switches[i];
        if (same(sw->serial, s->serial_found))
            add_other(w, sw);
        for (size_t k = 0; k < s->site->asset_count; k++)
            if (same(s->site->assets[k].serial, s->serial_found) && same(s->site->assets[k].name, sw->name))
                add_other(w, sw);
    }
}

/* Empty stays empty: nothing is typed for it but the return. */
static void put_secret(struct json_writer *w, const char *key, const char *name, const struct secret *s)
{
    struct str text = {0};
    if (!s)
        return;
    if (!secret_is_empty(s))
        str_printf(&text, "{secret:%s}", name);
    json_key(w, key);
    json_open_object(w);
    json_put_text(w, "default", str_cstr(&text));
    json_close_object(w);
    str_clear(&text);
}

static void put_credentials(struct writing *w)
{
    const struct site *site = w->of->site;
    json_key(&w->json, "credentials");
    json_open_object(&w->json);
    for (size_t i = 0; i < site->credential_count; i++) {
        const struct site_credential *c = &site->credentials[i];
        if (!c->user)
            continue;
        json_key(&w->json, c->name);
        json_open_object(&w->json);
        json_put_text(&w->json, "user", c->user);
        put_secret(&w->json, "password", c->name, c->password);
        put_secret(&w->json, "enable_password", c->name, c->enable_password);
        json_close_object(&w->json);
    }
    json_close_object(&w->json);
}

static void put_bauds(struct json_writer *w, const unsigned *bauds, size_t count)
{
    if (!bauds)
        return;
    json_key(w, "baud_candidates");
    json_open_list(w);
    for (size_t i = 0; i < count; i++)
        json_int(w, bauds[i]);
    json_close_list(w);
}

static void put_policy(struct json_writer *w, const struct console_server *server)
{
    if (server->clear_policy == CLEAR_ALWAYS)
        json_put_text(w, "clear_busy", "always");
    if (server->clear_policy != CLEAR_IDLE)
        return;
    json_key(w, "clear_busy");
    json_open_object(w);
    json_key(w, "idle");
    struct str span = {0};
    str_printf(&span, "%lldms", (long long)server->clear_idle_ms);
    json_text(w, str_cstr(&span));
    str_clear(&span);
    json_close_object(w);
}

static void put_server(struct writing *w)
{
    const struct console_server *server = w->of->sw->server;
    struct json_writer *json = &w->json;
    if (!server || !server->driver) /* a site that was not loaded from a file may have none */
        return;
    json_key(json, "console_servers");
    json_open_object(json);
    json_key(json, server->name);
    json_open_object(json);
    json_put_text(json, "kind", server->driver->kind);
    put_if(json, "scheme", server->driver->way);
    json_put_text(json, "address", server->address);
    if (server->port)
        json_put_int(json, "port", server->port);
    put_if(json, "credential", server->credential ? server->credential->name : NULL);
    put_policy(json, server);
    put_bauds(json, server->baud_candidates, server->baud_candidate_count);
    json_close_object(json);
    json_close_object(json);
}

static void put_number(struct json_writer *w, const char *key, bool has, double value)
{
    if (!has)
        return;
    json_key(w, key);
    json_number(w, value);
}

static void put_role(struct writing *w)
{
    const struct role *role = w->of->sw->role;
    struct json_writer *json = &w->json;
    if (!role->name || !*role->name)
        return;
    json_key(json, "roles");
    json_open_object(json);
    json_key(json, role->name);
    json_open_object(json);
    json_put_int(json, "power_supplies", role->power_supplies);
    json_put_int(json, "fans", role->fans);
    put_if(json, "airflow", role->airflow);
    json_put_int(json, "uplinks", role->uplinks);
    json_key(json, "light");
    json_open_object(json);
    put_number(json, "rx_min_dbm", role->light.has_rx_min, role->light.rx_min_dbm);
    put_number(json, "rx_max_dbm", role->light.has_rx_max, role->light.rx_max_dbm);
    put_number(json, "tx_min_dbm", role->light.has_tx_min, role->light.tx_min_dbm);
    put_number(json, "tx_max_dbm", role->light.has_tx_max, role->light.tx_max_dbm);
    json_close_object(json);
    json_close_object(json);
    json_close_object(json);
}

static void put_console(struct json_writer *json, const struct site_switch *sw)
{
    const struct console *c = &sw->console;
    json_key(json, "console");
    json_open_object(json);
    if (sw->server) {
        json_put_text(json, "server", sw->server->name);
        put_if(json, "port", c->port && *c->port ? c->port : NULL);
    } else {
        json_put_text(json, "uri", c->name);
        if (strcmp(c->driver->kind, c->driver->scheme) != 0)
            json_put_text(json, "kind", c->driver->kind);
        put_if(json, "credential", sw->console_credential ? sw->console_credential->name : NULL);
    }
    if (c->baud)
        json_put_int(json, "baud", c->baud);
    if (!sw->server || c->baud_candidates != sw->server->baud_candidates)
        put_bauds(json, c->baud_candidates, c->baud_candidate_count);
    json_close_object(json);
}

static void put_uplinks(struct json_writer *json, const struct site_switch *sw)
{
    if (sw->uplink_count == 0)
        return;
    json_key(json, "uplinks");
    json_open_list(json);
    for (size_t i = 0; i < sw->uplink_count; i++) {
        const struct uplink *u = &sw->uplinks[i];
        json_open_object(json);
        json_put_text(json, "interface", u->interface);
        put_if(json, "peer", u->peer);
        put_if(json, "peer_interface", u->peer_interface);
        put_if(json, "address", u->address);
        put_if(json, "gateway", u->gateway);
        if (u->mtu)
            json_put_int(json, "mtu", u->mtu);
        json_close_object(json);
    }
    json_close_list(json);
}

static void put_neighbor(struct json_writer *json, const struct neighbor *n)
{
    json_open_object(json);
    json_put_text(json, "address", n->address);
    json_put_int(json, "as", (int64_t)n->as);
    json_put_int(json, "min_prefixes", n->min_prefixes);
    json_put_bool(json, "bfd", n->bfd);
    json_put_bool(json, "no_flaps", n->no_flaps);
    json_close_object(json);
}

static void put_routing(struct json_writer *json, const struct site_switch *sw)
{
    if (sw->neighbor_count == 0 && !sw->lags)
        return;
    json_key(json, "routing");
    json_open_object(json);
    if (sw->lags) {
        json_key(json, "lags");
        json_open_list(json);
        for (size_t i = 0; sw->lags[i]; i++)
            json_text(json, sw->lags[i]);
        json_close_list(json);
    }
    json_key(json, "neighbors");
    json_open_list(json);
    for (size_t i = 0; i < sw->neighbor_count; i++)
        put_neighbor(json, &sw->neighbors[i]);
    json_close_list(json);
    json_close_object(json);
}

static void put_firmware(struct json_writer *json, const struct site_switch *sw)
{
    const struct firmware *f = &sw->firmware;
    if (!f->version)
        return;
    json_key(json, "firmware");
    json_open_object(json);
    json_put_text(json, "version", f->version);
    put_if(json, "image", f->image);
    if (f->md5 || f->sha256 || f->sha512) {
        json_key(json, "checksums");
        json_open_object(json);
        put_if(json, "md5", f->md5);
        put_if(json, "sha256", f->sha256);
        put_if(json, "sha512", f->sha512);
        json_close_object(json);
    }
    json_close_object(json);
}

static void put_management(struct json_writer *json, const struct site_switch *sw)
{
    const struct management *m = &sw->management;
    if (!m->interface)
        return;
    json_key(json, "management");
    json_open_object(json);
    json_put_text(json, "interface", m->interface);
    json_put_text(json, "address", m->address);
    put_if(json, "gateway", m->gateway);
    json_close_object(json);
}

static void put_config(struct writing *w)
{
    const struct str *wanted = w->of->wanted;
    if (!wanted || wanted->len == 0)
        return;
    json_key(&w->json, "config");
    json_open_object(&w->json);
    json_key(&w->json, "text");
    json_text_len(&w->json, wanted->data, wanted->len);
    json_close_object(&w->json);
}

static void put_list(struct json_writer *json, const struct site_switch *sw)
{
    json_key(json, "credentials");
    json_open_list(json);
    for (size_t i = 0; i < sw->credential_count; i++)
        json_text(json, sw->credentials[i]->name);
    json_close_list(json);
}

static void put_identity(struct json_writer *json, const struct site_switch *sw)
{
    json_put_text(json, "platform", sw->platform);
    if (*sw->rack)
        json_put_text(json, "rack", sw->rack);
    put_if(json, "serial", sw->serial);
    put_if(json, "mac", sw->mac);
    put_list(json, sw);
}

static void put_switch(struct writing *w)
{
    const struct site_switch *sw = w->of->sw;
    struct json_writer *json = &w->json;
    json_key(json, sw->name);
    json_open_object(json);
    put_identity(json, sw);
    if (sw->role->name && *sw->role->name)
        json_put_text(json, "role", sw->role->name);
    put_console(json, sw);
    put_firmware(json, sw);
    put_config(w);
    put_management(json, sw);
    put_uplinks(json, sw);
    put_routing(json, sw);
    json_close_object(json);
}

/* Whose console it is, and no more. A server other than ours is told by its name alone. */
static void put_other(struct writing *w, const struct site_switch *sw)
{
    struct json_writer *json = &w->json;
    json_key(json, sw->name);
    json_open_object(json);
    put_identity(json, sw);
    if (sw->server == w->of->sw->server) {
        put_console(json, sw);
    } else {
        struct str uri = {0};
        str_printf(&uri, "replay:%s", sw->console.name);
        json_put_text(json, "console", str_cstr(&uri));
        str_clear(&uri);
    }
    json_close_object(json);
}

/* Nothing that a row may hold needs a quote: check_name, check_serial, check_mac. */
static void put_assets(struct writing *w)
{
    const struct site *site = w->of->site;
    struct str rows = {0};
    if (!site->assets_file)
        return;
    str_add_cstr(&rows, "serial,name,status,mac\n");
    for (size_t i = 0; i < site->asset_count; i++) {
        const struct asset *a = &site->assets[i];
        if (is_about(w->of, a))
            str_printf(&rows, "%s,%s,%s,%s\n", a->serial, a->name, a->status, a->mac);
    }
    json_key(&w->json, "assets");
    json_open_object(&w->json);
    json_put_text(&w->json, "rows", str_cstr(&rows));
    json_close_object(&w->json);
    str_clear(&rows);
}

static void put_rest(struct writing *w)
{
    const struct site *site = w->of->site;
    if (site->assets_not_asked) {
        json_key(&w->json, "guard");
        json_open_object(&w->json);
        json_put_bool(&w->json, "assets", false);
        json_close_object(&w->json);
    }
    if (site->images_url) {
        json_key(&w->json, "images");
        json_open_object(&w->json);
        json_put_text(&w->json, "url", site->images_url);
        json_close_object(&w->json);
    }
}

void snapshot_write(const struct snapshot *s, struct str *out)
{
    struct writing w = {.of = s, .json = {.out = out}};
    find_others(&w);
    json_open_object(&w.json);
    put_credentials(&w);
    put_server(&w);
    put_role(&w);
    json_key(&w.json, "switches");
    json_open_object(&w.json);
    put_switch(&w);
    for (size_t i = 0; i < w.other_count; i++)
        put_other(&w, w.others[i]);
    json_close_object(&w.json);
    put_assets(&w);
    put_rest(&w);
    json_close_object(&w.json);
}
