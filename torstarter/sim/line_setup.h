/* What a scenario says of one line: where the switch stands when it is first seen, and what is wrong with the wire. */
#ifndef SIM_LINE_SETUP_H
#define SIM_LINE_SETUP_H

#include "base/arena.h"
#include "sim/device.h"
#include "sim/fault.h"
#include "text/yaml.h"

struct line_setup {
    bool silent, dead, already_logged_in, config_mode_left, shell_left, loader, booting, wrong_password,
        echo_off, pager_on;
    bool forgets;         /* the login does not survive the connection */
    const char *busy;     /* who holds the port; NULL: nobody */
    const char *banner;   /* what the console server says first */
    const char *stale;    /* old output that it replays then */
    const char *menu;     /* stands on the line at first, and no byte may be typed: a boot menu; NULL: none */
    const char *question; /* the same of a question; NULL: none */
    const char *after_login;  /* a question in place of the first prompt; NULL: none */
    const char *issue, *motd; /* before the login prompt, after a login; NULL: the model's */
    const char *pause_after;  /* the wire rests for a while after each of these; NULL: never */
    long bytes_per_s, latency_ms, chunk_bytes, echo_delay_ms;
    long reboots_at;      /* bytes that the switch says before it restarts; 0: never */
    long half_open_after; /* bytes after which nothing passes either way, and nothing ends; 0: never */
    struct fault_spec *faults;
    size_t fault_count;
};

/* Reads a scenario's `line:` over what is in l already, key by key; NULL is nothing to read. */
void line_setup_load(const struct yaml_node *map, struct arena *arena, struct line_setup *l,
                     struct mistakes *m);
/* The state a switch is in when the simulation begins. */
enum device_state line_setup_state(const struct line_setup *l);

#endif
