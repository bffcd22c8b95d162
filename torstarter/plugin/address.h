/* An address as the site writes it, "10.0.9.3/24", in the forms that switches want. Pure. */
#ifndef PLUGIN_ADDRESS_H
#define PLUGIN_ADDRESS_H

#include "base/arena.h"
#include "session/session.h"

enum { ADDRESS_ARGUMENTS = 4 };

/* {address} as it stands, {ip}, {netmask} ("255.255.255.0"; "" for IPv6), {prefix_len}. Values live in the arena. False: no prefix. */
bool address_arguments(const char *prefix, struct arena *arena, struct argument out[ADDRESS_ARGUMENTS]);
/* The address without its length stands in this text as a word of its own. */
bool address_stands_in(const char *prefix, const char *text, size_t len);

#endif
