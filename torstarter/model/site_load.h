/* A site being loaded: shared by the files site*.c only. */
#ifndef MODEL_SITE_LOAD_H
#define MODEL_SITE_LOAD_H

#include "base/map.h"
#include "model/fields.h"
#include "model/site.h"

struct site_load {
    struct site *site;
    const struct search_path *path;
    const char *const *platforms; /* names that there are */
    size_t platform_count;
    struct map consoles; /* "server port" or URI → switch that has it */
    struct map serials;  /* serial → switch */
};

void site_read_credentials(struct load *l, const struct yaml_pair *pair, void *into);
void site_read_servers(struct load *l, const struct yaml_pair *pair, void *into);
void site_read_roles(struct load *l, const struct yaml_pair *pair, void *into);
void site_read_switches(struct load *l, const struct yaml_pair *pair, void *into);
void site_read_assets(struct load *l, const struct yaml_pair *pair, void *into);

/* By name, or NULL with a mistake that names the nearest. */
const struct site_credential *site_want_credential(struct load *l, const struct yaml_node *n);
/* The site's one driver of this kind and scheme (NULL: the kind's first), loaded when first asked for. */
const struct console_driver *site_want_driver(struct load *l, const char *kind, const char *scheme,
                                              const struct yaml_place *asked);
/* What stands for a console server where there is none: serial:, tcp:, replay: … */
const struct console_driver *site_plain_driver(struct load *l, const char *scheme);
/* `console:` of a switch; its credentials are known already. */
void site_read_console(struct load *l, const struct yaml_pair *pair, void *into);
/* A console of its own, not behind one of the site's servers. kind: where the URI names none itself; NULL: by its scheme. */
bool site_console_from_uri(struct load *l, const char *text, const struct yaml_place *at, const char *kind,
                           const struct site_credential *credential, struct site_switch *sw);
/* `config:` of a switch. */
void site_read_config(struct load *l, const struct yaml_pair *pair, void *into);
/* The keys of a map become the names of the things in it: a mistake for each that is no name. */
bool site_name_is_good(struct load *l, const struct yaml_pair *pair, const char *(*check)(const char *));

/* {env: NAME} and the like, into password_from and password_args of a struct site_credential. */
void site_read_password(struct load *l, const struct yaml_pair *pair, void *into);
extern const struct role site_no_role;
extern const char *const site_reboot_words[]; /* NULL-terminated */

#endif
