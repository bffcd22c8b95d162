/* TCP for the transports: a name and a port become a connected socket, within a time and cancellable. */
#ifndef TRANSPORT_NET_H
#define TRANSPORT_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"

enum net_wait { NET_READY, NET_TIMED_OUT, NET_CANCELLED };

struct net_target {
    const char *host;
    unsigned port;
    int64_t until_ms;      /* machine's clock: name and connection together */
    int64_t dead_after_ms; /* TCP_USER_TIMEOUT, and keepalive at about that pace */
    const struct cancel *cancel;
};

/* A non-blocking socket with TCP_NODELAY, all addresses of the name tried in turn; -1 with failure OOB_CONNECT_FAIL (or ERR_CANCELLED;
   ERR_CLOSED where the connection was refused: a busy console port does that) and what each address said. */
int net_connect(const struct net_target *target, struct err *e);
/* Waits until fd is ready for `events` (poll(2)), the time is over or CANCEL_NOW was raised. */
enum net_wait net_wait(int fd, short events, int64_t until_ms, const struct cancel *cancel);
/* Have what came acknowledged at once: a peer that writes in small pieces waits for it. The kernel forgets it, so after every read. */
void net_quick_ack(int fd);
bool net_cancelled(struct err *e); /* sets e, returns false */

#endif
