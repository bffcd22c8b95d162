/* The kinds of console server that the simulator plays: how a login names its port, and what a busy port says. */
#ifndef SIM_KIND_H
#define SIM_KIND_H

#include <stdbool.h>

#include "base/str.h"

struct kind {
    const char *name;
    const char *port_prefix; /* between "user:" and the number */
    unsigned port_width;     /* digits that the number is written with */
    const char *busy;        /* before the holder's name; %u is the port */
};

const struct kind *kind_find(const char *name); /* NULL: not played */
/* "net:port07" → 7 when user is "net". */
bool kind_parse_login(const struct kind *k, const char *user, const char *login, unsigned *port);
void kind_add_login(const struct kind *k, const char *user, unsigned port, struct str *out);
void kind_add_busy(const struct kind *k, unsigned port, const char *holder, struct str *out);

#endif
