/* A site: what the operator wants. Console servers, switches, roles, credentials, assets; frozen after load. */
#ifndef MODEL_SITE_H
#define MODEL_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/secret.h"
#include "model/path.h"
#include "session/console.h"
#include "session/session.h"
#include "text/yaml.h"

/* How a password is had: read once, when first needed, so that a plan needs none. */
enum secret_source { SECRET_NONE, SECRET_ENV, SECRET_FILE, SECRET_COMMAND, SECRET_DEFAULT };

struct site_credential {
    const char *name, *user;
    const char *key_file; /* NULL: none */
    enum secret_source password_from, enable_from;
    const char *const *password_args, *const *enable_args; /* name, path or argv; NULL-terminated */
    struct yaml_place place;
    struct secret *password, *enable_password; /* after site_resolve_credential; owned by the site */
};

struct console_server {
    const char *name;
    const struct console_driver *driver;
    const char *address;
    unsigned port;                            /* 0: the scheme's own */
    const struct site_credential *credential; /* NULL: none */
    unsigned sessions;                        /* at most so many of our sessions at once; default 16 */
    unsigned logins;                          /* at most so many being opened at once; default 8 */
    enum host_keys host_keys;
    const char *known_hosts; /* NULL: the user's */
    enum clear_policy clear_policy;
    int64_t clear_idle_ms;
    const unsigned *baud_candidates; /* NULL: the usual ones */
    size_t baud_candidate_count;
    struct yaml_place place;
};

struct light_limits {
    bool has_rx_min, has_rx_max, has_tx_min, has_tx_max;
    double rx_min_dbm, rx_max_dbm, tx_min_dbm, tx_max_dbm;
};

struct role {
    const char *name;
    unsigned power_supplies; /* 0: not stated */
    unsigned fans;           /* system fans expected at least; 0: not stated */
    const char *airflow;     /* "front-to-back", "back-to-front"; NULL: not stated */
    unsigned uplinks;        /* 0: not stated */
    struct light_limits light;
    const char *reboot; /* "always", "when-changed", "never"; NULL: not stated */
    struct yaml_place place;
};

struct uplink {
    const char *interface;             /* as the site writes it, expanded by the platform: "Ethernet49/1" */
    const char *peer, *peer_interface; /* NULL: not stated */
    const char *address;               /* "10.1.0.1/31"; NULL */
    const char *gateway;               /* NULL */
    unsigned mtu;                      /* 0: not stated */
    struct yaml_place place;
};

struct neighbor {
    const char *address;
    unsigned long as;
    unsigned min_prefixes;
    unsigned hold_time_s; /* what its session agrees on, where the switch does not print it; 0: not stated */
    bool bfd;             /* a BFD session must be up too */
    bool no_flaps;        /* it must never have gone down, where the switch counts that */
};

struct firmware {                      /* wanted */
    const char *version;               /* NULL: not stated */
    const char *image;                 /* file name; NULL */
    const char *md5, *sha256, *sha512; /* hexadecimal; NULL */
    struct yaml_place place;
};

struct config_source { /* exactly one of the three, or none of them */
    const char *file, *url;
    const char *text;                       /* rendered already, kept with a job: model/snapshot.h */
    const char *const *command;             /* argv, NULL-terminated; no shell */
    const struct site_credential **secrets; /* that {{ secret:NAME }} may name, beside the switch's own */
    size_t secret_count;
    struct yaml_place place;
};

struct management { /* interface NULL: not stated */
    const char *interface, *address, *gateway;
    struct yaml_place place;
};

struct site_switch {
    const char *name, *rack; /* rack "" when not stated */
    const char *platform;
    const struct role *role;             /* never NULL: an empty role when not stated */
    const char *serial, *mac;            /* NULL: not stated */
    const struct console_server *server; /* NULL when the console is a URI of its own */
    const struct site_credential
        *console_credential; /* opens the console, the server's or the URI's; NULL: none */
    struct console console;  /* ready to be opened once its credential is resolved */
    const struct site_credential **credentials;
    size_t credential_count;
    const char *firmware_version; /* NULL */
    struct firmware firmware;
    struct config_source config;
    struct management management;
    const char *const
        *lags; /* names of link aggregation groups that must have all members; NULL-terminated or NULL */
    struct uplink *uplinks;
    size_t uplink_count;
    struct neighbor *neighbors;
    size_t neighbor_count;
    const char *reboot; /* NULL: as its role says */
    struct yaml_place place;
};

struct asset {
    const char *serial, *name, *status, *mac; /* mac "" when not stated */
    unsigned line;
};

struct site {
    const char *file;
    struct site_credential *credentials;
    size_t credential_count;
    struct console_server *servers;
    size_t server_count;
    struct console_driver **drivers;
    size_t driver_count;
    struct role *roles;
    size_t role_count;
    struct site_switch *switches; /* in file order */
    size_t switch_count;
    const char *images_url;  /* ends in "/"; NULL: none */
    const char *assets_file; /* NULL: none */
    struct asset *assets;
    size_t asset_count;
    bool
        assets_not_asked; /* `guard: {assets: false}`: there is no asset database, and the guard may do without */
    bool is_snapshot;     /* kept with a job that is played again: its servers are not to be asked */
    struct arena arena;
};

/* All mistakes at once; NULL if there are any. Reads console-server drivers, assets; not the platforms. */
struct site *site_load(const char *file, const struct search_path *path, struct mistakes *m);
/* A site of one switch in no file: --console URI --platform NAME. Credentials from TORSTARTER_USER and TORSTARTER_PASSWORD. */
struct site *site_of_one(const char *console_uri, const char *platform, const struct search_path *path,
                         struct mistakes *m);
void site_free(struct site *s); /* wipes secrets */

/* SELECTOR: a name, a glob, rack=r1, role=spine, platform=…, or "all". Adds to out (no doubles), false if nothing matches. */
struct switch_list {
    struct site_switch **items;
    size_t count, cap;
};
bool site_select(struct site *s, const char *selector, struct switch_list *out, struct err *e);
/* Reads environment, file or runs the command (argv, no shell). Once; errors name the credential and its place, not the value. */
bool site_resolve_credential(struct site *s, struct site_credential *c, struct err *e);
/* All credentials that this switch and its console server use. */
bool site_resolve_switch(struct site *s, struct site_switch *sw, struct err *e);
const struct asset *site_asset_by_serial(const struct site *s, const char *serial);
const struct asset *site_asset_by_name(const struct site *s, const char *name);

#endif
