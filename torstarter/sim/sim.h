/* The simulator: a scenario's switches behind its console server, listening on 127.0.0.1 on a port that the kernel picks. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/str.h"
#include "sim/line.h"
#include "sim/scenario.h"

struct sim;

struct sim_options {         /* all may be NULL or 0 */
    const char *ready_file;  /* written when all listens; see sim_open */
    const char *known_hosts; /* where the host key is written; NULL: ready_file + ".known_hosts" */
    const char *
        typed_file; /* gets a JSON line for each line typed: switch, at, state, text, and unsafe where it is */
    const char *authorized_keys; /* instead of the scenario's */
    unsigned port;               /* of the ssh console server; 0: the kernel picks */
    bool keep_typed;             /* in memory too, for sim_typed */
    const char *const *dirs;     /* further folders that hold fixtures/ */
    size_t dir_count;
};

/* Loads, listens and serves, on threads of its own, from here until sim_close. The ready file is a YAML fragment that a site
   file can include:
     console_servers:
       oob-r1: {kind: opengear, address: 127.0.0.1, port: 40123, credential: oob, host_keys: strict, known_hosts: FILE}
   or, where the scenario listens on tcp or pty, a map from the names of the switches to console URIs:
     consoles:
       tor-r1-01: tcp://127.0.0.1:40124
   NULL: ERR_SYNTAX for a scenario with mistakes, ERR_IO. */
struct sim *sim_open(const char *scenario, const struct sim_options *options, struct err *e);
void sim_run(struct sim *s, const struct cancel *cancel); /* returns when cancelled */
void sim_close(struct sim *s);                            /* breaks every connection; NULL is fine */

const struct scenario *sim_scenario(const struct sim *s);
unsigned sim_port(const struct sim *s); /* of the ssh console server; 0 when there is none */
const char *
sim_known_hosts_line(const struct sim *s); /* "[127.0.0.1]:40123 ssh-ed25519 AAAA…"; "" without ssh */
/* Switches are numbered as in the scenario; -1: no such switch. */
int sim_find(const struct sim *s, const char *name);
const char *sim_console(const struct sim *s,
                        int sw); /* "ssh://net%3Aport07@127.0.0.1:40123", "tcp://…", "serial:/dev/pts/7" */
void sim_counts(const struct sim *s, int sw, struct line_counts *out);
uint64_t sim_unsafe_bytes(const struct sim *s); /* of all switches */
/* Appends what was typed so far, a line each: "enable: show version". Needs keep_typed. */
void sim_typed(struct sim *s, int sw, struct str *out);

#endif
