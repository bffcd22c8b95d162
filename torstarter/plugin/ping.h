/* One uplink's gateway, pinged from that uplink; with packets as long as its MTU where the site states one. */
#ifndef PLUGIN_PING_H
#define PLUGIN_PING_H

#include "plugin/run.h"

enum ping_outcome { PING_REACHED, PING_LOST, PING_REFUSED, PING_UNREAD, PING_CONTRADICTION };

struct pinged {
    struct records r;
    double sent, received;
    const char *refusal; /* in the switch's words; "" */
};

/* PING_UNREAD: run->err. */
enum ping_outcome ping_uplink(struct run *run, const struct uplink *u, bool full, struct pinged *p);
/* Of an uplink that was lost or refused; may ask once more, with short packets. */
struct verdict ping_failed(struct run *run, const struct uplink *u, struct pinged *p);
/* Where the platform pings from an address, not from an interface, the site has to say which. */
bool ping_lacks_source(const struct run *run, const struct uplink *u);
/* How many pings of that kind (ping, ping_full) the site's uplinks want. */
unsigned ping_times(const struct site_switch *sw, const char *query);

#endif
