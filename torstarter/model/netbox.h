/* The asset database as NetBox keeps it: its devices, read over the REST API (NetBox 3 and 4: "REST API Overview", dcim/devices). */
#ifndef MODEL_NETBOX_H
#define MODEL_NETBOX_H

#include "base/arena.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/secret.h"
#include "model/site.h"

struct netbox {
    const char *url;  /* "https://netbox.example.net", without /api */
    const char *site; /* slug of the site whose devices are wanted; NULL: all */
    const struct secret *token;
    const struct cancel *cancel;
};

/* Each device that has a name and a serial number, page by page; memory of the arena. An asset's `line` is the device's number there. False:
   not every page was had and understood; errors name the address without its query, never the token. */
bool netbox_read(const struct netbox *n, struct arena *arena, struct asset **out, size_t *count,
                 struct err *e);

#endif
