/* What must be the same on both sides of a restart: read before it, compared with what the switch says afterwards. */
#ifndef PLUGIN_REBOOT_STATE_H
#define PLUGIN_REBOOT_STATE_H

#include "plugin/normal.h"
#include "plugin/run.h"

struct reboot_state {
    const char *serial, *mac, *version; /* "" where the switch does not tell */
    int64_t uptime_s;
    const char *uptime; /* as printed */
    bool compares;      /* the platform says how a configuration is read */
    bool has_startup;   /* there is one apart from the running one */
    struct normal running, startup;
    /* count 0 where the platform does not declare the query, or the switch does not know it */
    struct records interfaces, neighbors, sessions, parts;
};

/* Everything anew. False: run->err. */
bool reboot_state_read(struct run *run, struct reboot_state *out);
/* PASS, or CONFIG_NOT_SAVED: a restart would lose what runs now. */
struct verdict reboot_state_saved(struct run *run, const struct reboot_state *s);

/* One look each, asking anew; PASS, or what is not (yet) as before. patience_ms: how long after the restart that may be so; -1: not
   at all. */
struct reboot_check {
    const char *about;
    struct verdict (*look)(struct run *run, const struct reboot_state *before);
    int64_t patience_ms;
};
extern const struct reboot_check reboot_checks[];
extern const size_t reboot_check_count;

#endif
