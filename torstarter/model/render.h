/* A template of a configuration: {{ name }} becomes what the site says of one switch. Pure: text and switch in, text out.

   {{ name }} {{ serial }} {{ mac }} {{ rack }} {{ role }} {{ platform }} {{ firmware.version }}
   {{ management.interface }} .address .ip .prefix_len .netmask .gateway
   {{ uplinks.0.interface }} .peer .peer_interface .address .ip .prefix_len .netmask .gateway .mtu        (from 0, as in the site file)
   {{ routing.neighbors.0.address }} .as .min_prefixes
   {{# uplinks }} … {{ interface }} … {{/ uplinks }}     once per uplink, likewise routing.neighbors: names of the item stand alone, and
                                                         {{ index }} counts from 0; a line that holds nothing but one of the two goes
   {{ secret:NAME }}                                     the password of a credential that the switch or its `config: secrets:` names
   {{ '{{' }}                                            the two braces themselves
   A name that is unknown, or of which the site says nothing, is a mistake: nothing is ever left out silently. */
#ifndef MODEL_RENDER_H
#define MODEL_RENDER_H

#include "base/vec.h"
#include "model/site.h"

enum { RENDER_MAX_BYTES = 4 * 1024 * 1024 };

struct rendered_secret { /* which version of a secret is in it, to be told by its hash alone */
    const char *name;
    char sha256[65];
};

struct rendered { /* all zero is a valid empty one */
    VEC(struct rendered_secret) secrets;
    struct str text;     /* holds the secrets in the clear */
    VEC(unsigned) lines; /* per line of text: the template's line it came from */
};

/* `name` stands for the template in errors ("leaf.cfg:12:8: …"), which are CONFIG_SOURCE_FAIL. */
bool render_text(const struct site_switch *sw, const char *name, const char *text, size_t len,
                 struct rendered *out, struct err *e);
/* For a path, an address, a word of a command: without secrets. Caller: str_clear. */
bool render_word(const struct site_switch *sw, const char *name, const char *text, struct str *out,
                 struct err *e);
/* A credential that {{ secret:NAME }} may name; NULL. */
const struct site_credential *render_credential(const struct site_switch *sw, const char *name);
void rendered_clear(struct rendered *r); /* wipes */

#endif
