/* Console servers, and the consoles of switches: behind a server, or a URI of their own. */
#include <stdlib.h>
#include <string.h>

#include "model/check.h"
#include "model/server.h"
#include "model/site_load.h"

enum {
    SESSIONS_DEFAULT = 16,
    LOGINS_DEFAULT = 8,
    IDLE_LEAST_MS = 5 * 60 * 1000,
    IDLE_MOST_MS = 7 * 24 * 3600 * 1000,
    BAUD_LEAST = 50,
    BAUD_MOST = 4000000,
    SCHEMES_MAX = 16
};

static bool same_way(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

const struct console_driver *site_want_driver(struct load *l, const char *kind, const char *scheme,
                                              const struct yaml_place *asked)
{
    struct site_load *sl = l->owner;
    struct site *s = sl->site;
    for (size_t i = 0; i < s->driver_count; i++)
        if (strcmp(s->drivers[i]->kind, kind) == 0 && same_way(s->drivers[i]->way, scheme))
            return s->drivers[i];
    struct console_driver *d = console_driver_load_way(kind, scheme, asked, sl->path, l->arena, l->m);
    if (!d)
        return NULL;
    struct console_driver **all = arena_alloc_array(l->arena, s->driver_count + 1, sizeof *all);
    if (s->driver_count)
        memcpy(all, s->drivers, s->driver_count * sizeof *all);
    all[s->driver_count++] = d;
    s->drivers = all;
    return d;
}

const struct console_driver *site_plain_driver(struct load *l, const char *scheme)
{
    struct console_driver *d = ARENA_NEW(l->arena, struct console_driver);
    d->kind = d->scheme = arena_strdup(l->arena, scheme);
    d->about = "a line without a console server's own dialogue";
    d->user = "{user}";
    return d;
}

struct server_entry {
    struct console_server server; /* first: its readers see this */
    const char *kind, *scheme;
    const struct yaml_place *kind_place;
};

static void read_kind(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct server_entry *entry = into;
    entry->kind_place = &pair->value->place;
    fields_text(l, pair->value, NULL, &entry->kind);
}

static void read_server_credential(struct load *l, const struct yaml_pair *pair, void *into)
{
    ((struct console_server *)into)->credential = site_want_credential(l, pair->value);
}

/* Silence that is too short would be a way around "never one who typed in the last minutes". */
static const struct field clear_fields[] = {
    {"idle", FIELD_SPAN, FIELD_REQUIRED, offsetof(struct console_server, clear_idle_ms), .min = IDLE_LEAST_MS,
     .max = IDLE_MOST_MS},
};

static void read_clear_busy(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_server *server = into;
    const char *text;
    if (pair->value->kind == YAML_MAP) {
        server->clear_policy = CLEAR_IDLE;
        fields_read(l, pair->value, "clear_busy", clear_fields, FIELD_COUNT(clear_fields), server);
    } else if (fields_text(l, pair->value, NULL, &text)) {
        server->clear_policy = strcmp(text, "always") == 0 ? CLEAR_ALWAYS : CLEAR_NEVER;
        if (strcmp(text, "always") != 0 && strcmp(text, "never") != 0)
            mistakes_add(l->m, &pair->value->place,
                         "\"%.40s\" is not a policy for busy ports; write never, {idle: 15m} or always",
                         text);
    }
}

static const unsigned *read_bauds(struct load *l, const struct yaml_node *n, size_t *count)
{
    const struct yaml_node *const *items = (const struct yaml_node *const *)&n;
    size_t all = fields_items(n, &items);
    unsigned *bauds = arena_alloc_array(l->arena, all + 1, sizeof *bauds);
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        long baud;
        if (yaml_want_int(items[i], BAUD_LEAST, BAUD_MOST, &baud, l->m))
            bauds[(*count)++] = (unsigned)baud;
    }
    return bauds;
}

static void read_server_bauds(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_server *server = into;
    server->baud_candidates = read_bauds(l, pair->value, &server->baud_candidate_count);
}

#define AT(member) offsetof(struct console_server, member)
static const char *const host_key_words[] = {
    [HOST_KEYS_STRICT] = "strict", [HOST_KEYS_ACCEPT_NEW] = "accept-new", [HOST_KEYS_OFF] = "off", NULL};
static const char *const scheme_words[] = {"ssh", "telnet", "rfc2217", "tcp", NULL};
static const struct field server_fields[] = {
    {"kind", FIELD_READ, FIELD_REQUIRED, .read = read_kind},
    {"scheme", FIELD_TEXT, .offset = offsetof(struct server_entry, scheme), .words = scheme_words},
    {"address", FIELD_TEXT, FIELD_REQUIRED, AT(address), .check = check_host},
    {"port", FIELD_UINT, .offset = AT(port), .min = 1, .max = 65535},
    {"credential", FIELD_READ, .read = read_server_credential},
    {"sessions", FIELD_UINT, .offset = AT(sessions), .min = 1, .max = 1000},
    {"logins", FIELD_UINT, .offset = AT(logins), .min = 1, .max = 1000},
    {"host_keys", FIELD_CHOICE, .offset = AT(host_keys), .words = host_key_words},
    {"known_hosts", FIELD_FILE, .offset = AT(known_hosts), .check = check_not_empty},
    {"clear_busy", FIELD_READ, .read = read_clear_busy},
    {"baud_candidates", FIELD_READ, .read = read_server_bauds},
};
#undef AT
_Static_assert(sizeof(enum host_keys) == sizeof(int), "host_keys is read as FIELD_CHOICE");

static void check_can_clear(struct load *l, const struct yaml_pair *pair, const struct console_server *server)
{
    const struct console_driver *d = server->driver;
    const struct yaml_node *n = yaml_get(pair->value, "clear_busy");
    if (!n || !d || server->clear_policy == CLEAR_NEVER)
        return;
    if (d->clear.step_count == 0)
        mistakes_add(l->m, &n->place,
                     "it is not known how a console server of kind %s clears a port; write never", d->kind);
    else if (server->clear_policy == CLEAR_IDLE && !d->clear.idle)
        mistakes_add(
            l->m, &n->place,
            "a console server of kind %s does not tell how long a holder has been idle; write never, or "
            "always",
            d->kind);
}

void site_read_servers(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site *s = into;
    if (!yaml_want_map(pair->value, l->m))
        return;
    s->servers = arena_alloc_array(l->arena, pair->value->count, sizeof *s->servers);
    for (size_t i = 0; i < pair->value->count; i++) {
        const struct yaml_pair *p = &pair->value->pairs[i];
        struct server_entry entry = {.server = {.name = p->key,
                                                .sessions = SESSIONS_DEFAULT,
                                                .logins = LOGINS_DEFAULT,
                                                .place = p->key_place}};
        site_name_is_good(l, p, check_name);
        fields_read(l, p->value, "a console server", server_fields, FIELD_COUNT(server_fields), &entry);
        if (entry.kind)
            entry.server.driver = site_want_driver(l, entry.kind, entry.scheme, entry.kind_place);
        check_can_clear(l, p, &entry.server);
        s->servers[s->server_count++] = entry.server;
    }
}

struct console_entry {
    const struct console_server *server;
    const char *port, *uri, *kind; /* kind: of a uri that cannot say it itself (exec:) */
    unsigned baud;
    const struct site_credential *credential;
    const unsigned *baud_candidates;
    size_t baud_candidate_count;
};

static void read_server(struct load *l, const struct yaml_pair *pair, void *into)
{
    const struct site *s = ((struct site_load *)l->owner)->site;
    struct console_entry *entry = into;
    const char *name;
    if (!fields_text(l, pair->value, NULL, &name))
        return;
    for (size_t i = 0; i < s->server_count; i++)
        if (strcmp(s->servers[i].name, name) == 0) {
            entry->server = &s->servers[i];
            return;
        }
    const char **names = arena_alloc_array(l->arena, s->server_count, sizeof *names);
    for (size_t i = 0; i < s->server_count; i++)
        names[i] = s->servers[i].name;
    fields_unknown(l, &pair->value->place, "console server", name, names, s->server_count);
}

static void read_console_credential(struct load *l, const struct yaml_pair *pair, void *into)
{
    ((struct console_entry *)into)->credential = site_want_credential(l, pair->value);
}

static void read_console_bauds(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_entry *entry = into;
    entry->baud_candidates = read_bauds(l, pair->value, &entry->baud_candidate_count);
}

static const struct field console_fields[] = {
    {"server", FIELD_READ, .read = read_server},
    {"port", FIELD_TEXT, .offset = offsetof(struct console_entry, port), .check = check_port},
    {"baud", FIELD_UINT, .offset = offsetof(struct console_entry, baud), .min = BAUD_LEAST, .max = BAUD_MOST},
    {"baud_candidates", FIELD_READ, .read = read_console_bauds},
    {"uri", FIELD_TEXT, .offset = offsetof(struct console_entry, uri), .check = check_not_empty},
    {"kind", FIELD_TEXT, .offset = offsetof(struct console_entry, kind), .check = check_name},
    {"credential", FIELD_READ, .read = read_console_credential},
};

static void check_unique(struct load *l, const char *console, const struct yaml_place *at,
                         struct site_switch *sw)
{
    struct site_load *sl = l->owner;
    const struct site_switch *other = map_get(&sl->consoles, console);
    if (other)
        mistakes_add(l->m, at, "%s has the console %s already (line %u); %s cannot have it too", other->name,
                     console, other->place.line, sw->name);
    else
        map_put(&sl->consoles, console, sw);
}

static void use_driver(struct load *l, const struct yaml_place *at, const struct uri *base, const char *user,
                       struct site_switch *sw)
{
    struct err e = {0};
    struct console *c = &sw->console;
    if (!console_address(c->driver, base, user, c->port, l->arena, &c->uri, &e))
        mistakes_add(l->m, at, "%s", e.msg);
}

static void use_credential(const struct site_credential *credential, struct site_switch *sw)
{
    sw->console_credential = credential;
    if (credential)
        sw->console.options.key_file = credential->key_file;
}

static void console_behind_server(struct load *l, const struct yaml_node *at,
                                  const struct console_entry *entry, struct site_switch *sw)
{
    const struct console_server *server = entry->server;
    struct console *c = &sw->console;
    sw->server = server;
    if (!server->driver || !server->address)
        return; /* said already */
    if (!entry->port && !server->driver->direct) {
        mistakes_add(l->m, &at->place, "the console needs the key \"port\": which port of %s?", server->name);
        return;
    }
    c->port = entry->port ? entry->port : "";
    c->name = entry->port ? arena_printf(l->arena, "%s port %s", server->name, entry->port) : server->name;
    c->server = server->name;
    c->driver = server->driver;
    c->user = server->credential && server->credential->user ? server->credential->user : "";
    c->clear_policy = server->clear_policy;
    c->clear_idle_ms = server->clear_idle_ms;
    c->baud_candidates = server->baud_candidates;
    c->baud_candidate_count = server->baud_candidate_count;
    c->options.host_keys = server->host_keys;
    c->options.known_hosts = server->known_hosts;
    c->options.telnet_cr = c->driver->telnet_cr;
    use_credential(server->credential, sw);
    struct uri base = {.scheme = server->driver->scheme,
                       .user = "",
                       .host = server->address,
                       .port = server->port,
                       .path = ""};
    use_driver(l, &at->place, &base, c->user, sw);
    check_unique(l, c->name, &at->place, sw);
}

/* Which driver a URI means: what ?kind= says; ssh without a port behind it is the switch itself. */
static const struct console_driver *driver_of(struct load *l, const struct uri *uri, const char *kind,
                                              const struct yaml_place *at)
{
    const char *names[SCHEMES_MAX];
    size_t count = console_schemes(names, SCHEMES_MAX);
    for (size_t i = 0; i < count && strcmp(names[i], uri->scheme) != 0; i++)
        if (i + 1 == count) {
            fields_unknown(l, at, "the console's scheme", uri->scheme, names, count);
            return NULL;
        }
    kind = uri_option(uri, "kind", kind);
    if (kind)
        return site_want_driver(l, kind, uri->scheme, at);
    if (strcmp(uri->scheme, "ssh") != 0)
        return site_plain_driver(l, uri->scheme);
    if (!*uri->path)
        return site_want_driver(l, "direct", NULL, at);
    mistakes_add(l->m, at,
                 "which kind of console server has the port %s? add ?kind=opengear, or another of platforms/"
                 "console-servers",
                 uri->path);
    return NULL;
}

/* How a line is spoken to does not make it another line: the name, by which jobs lock it, is without options. */
static const char *name_of(const struct uri *uri, struct arena *arena)
{
    struct uri bare = *uri;
    bare.option_count = 0;
    return uri_format(&bare, arena);
}

bool site_console_from_uri(struct load *l, const char *text, const struct yaml_place *at, const char *kind,
                           const struct site_credential *credential, struct site_switch *sw)
{
    struct err e = {0};
    struct uri uri;
    struct console *c = &sw->console;
    if (!uri_parse(text, l->arena, &uri, &e)) {
        mistakes_add(l->m, at, "%s", e.msg);
        return false;
    }
    c->driver = driver_of(l, &uri, kind, at);
    if (!c->driver)
        return false;
    bool has_port = strcmp(uri.scheme, "ssh") == 0 && *uri.path;
    unsigned long baud = strtoul(uri_option(&uri, "baud", "0"), NULL, 10);
    if (baud >= BAUD_LEAST && baud <= BAUD_MOST)
        c->baud = (unsigned)baud;
    c->options.telnet_cr = c->driver->telnet_cr;
    c->name = name_of(&uri, l->arena);
    c->server = "";
    c->port = has_port ? uri.path : "";
    if (!credential && c->driver->direct && sw->credential_count)
        credential = sw->credentials[0]; /* the switch itself: its own credential opens it */
    use_credential(credential, sw);
    const char *user = *uri.user ? uri.user : credential && credential->user ? credential->user : "";
    c->uri = uri;
    c->user = user;
    if (strcmp(uri.scheme, "ssh") == 0)
        use_driver(l, at, &uri, user, sw);
    check_unique(l, c->name, at, sw);
    return true;
}

void site_read_console(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site_switch *sw = into;
    const struct yaml_node *n = pair->value;
    struct console_entry entry = {.server = NULL};
    if (n->kind == YAML_SCALAR) {
        if (fields_text(l, n, check_not_empty, &entry.uri))
            site_console_from_uri(l, entry.uri, &n->place, NULL, NULL, sw);
        return;
    }
    if (!fields_read(l, n, "a console", console_fields, FIELD_COUNT(console_fields), &entry))
        return;
    sw->console.baud = sw->console.options.baud = entry.baud;
    if (entry.uri && (yaml_get(n, "server") || entry.port))
        mistakes_add(l->m, &n->place, "a console has either uri: or server: and port:; keep one of them");
    else if (entry.kind && !entry.uri)
        mistakes_add(l->m, &n->place, "kind: belongs to a console's uri:; a server has its own; remove it");
    else if (entry.uri)
        site_console_from_uri(l, entry.uri, &n->place, entry.kind, entry.credential, sw);
    else if (entry.server)
        console_behind_server(l, n, &entry, sw);
    else if (!yaml_get(n, "server"))
        mistakes_add(l->m, &n->place, "the console needs the key \"server\" (or \"uri\"); add it");
    if (entry.baud_candidates) {
        sw->console.baud_candidates = entry.baud_candidates;
        sw->console.baud_candidate_count = entry.baud_candidate_count;
    }
}
