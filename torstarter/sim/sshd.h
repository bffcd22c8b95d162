/* The console server's SSH side: the login's user name selects a line, the password or key is checked, bytes go both ways. */
#ifndef SIM_SSHD_H
#define SIM_SSHD_H

#include "base/err.h"
#include "sim/kind.h"
#include "sim/line.h"

struct sshd;

struct sshd_setup { /* borrowed; outlives the server */
    const struct scenario_server *server;
    const struct kind *kind;
    const char *authorized_keys;                    /* NULL: no key is good */
    unsigned port;                                  /* 0: the kernel picks */
    struct line *(*find)(void *ctx, unsigned port); /* NULL: no such port */
    void *ctx;
};

/* Listens on 127.0.0.1 with a host key made for the occasion, and serves on threads of its own. */
struct sshd *sshd_open(const struct sshd_setup *setup, struct err *e);
void sshd_close(struct sshd *d); /* breaks every connection and waits for its thread */
unsigned sshd_port(const struct sshd *d);
const char *sshd_host_key(const struct sshd *d); /* "ssh-ed25519 AAAA…" */

#endif
