/* Hides who a switch is in what it printed: names, serial numbers, MAC and IP addresses become others of the same length and shape, the
   same one wherever it stands, so that tables keep their columns. What is secret is redact.h's business. */
#ifndef TEXT_DISGUISE_H
#define TEXT_DISGUISE_H

#include <stddef.h>

#include "base/str.h"

struct disguise;

struct disguise *disguise_new(void);
void disguise_free(struct disguise *d);
/* A name of a host, a user or a neighbour, a serial number: hidden wherever it stands as a word. Of a name with a domain both parts. Names
   that every factory gives (admin, localhost), and those of one or two letters, stay. */
void disguise_add(struct disguise *d, const char *name);
/* Stays, though it looks like an address: a version. */
void disguise_keep(struct disguise *d, const char *text);
/* Adds what a text itself calls a serial number: "Serial number: X", "sn": "X", "Processor board ID X". */
void disguise_learn(struct disguise *d, const char *text, size_t len);
/* Appends the text, as long as it was. */
void disguise_text(struct disguise *d, const char *text, size_t len, struct str *out);

#endif
