/* For evidence*.c: one sign of safety, and how it is read. */
#ifndef PLUGIN_EVIDENCE_SELF_H
#define PLUGIN_EVIDENCE_SELF_H

#include "plugin/evidence.h"
#include "plugin/shared.h"

struct known { /* what the reading of a sign may rest on */
    struct evidence_known own;
    struct evidence_report *report;
};

typedef void evidence_sign(struct run *run, const struct known *k, struct evidence_found *f);
evidence_sign evidence_identity, evidence_users, evidence_pending, evidence_routing, evidence_traffic,
    evidence_hosts, evidence_configuration, evidence_assets;

/* The query of this moment, nothing kept. False: *f says why there is none (UNKNOWN, or SAFE where it cannot apply). */
bool evidence_ask(struct run *run, const struct known *k, const char *query, struct records *r,
                  struct evidence_found *f);
/* run->err becomes what *f says. */
void evidence_unread(struct run *run, const struct known *k, struct evidence_found *f);
/* `row` SIZE_MAX: the answer as a whole. */
void evidence_say(struct run *run, struct evidence_found *f, enum safety safety, const struct records *r,
                  size_t row, const char *column, const char *fmt, ...) __attribute__((format(printf, 7, 8)));
/* One of the site's uplinks, a group of them that the site names, or a management port. */
bool evidence_is_uplink(struct run *run, const char *interface);

#endif
