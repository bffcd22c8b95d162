/* A simulated rack in this process, without sockets and on virtual clocks: a scenario, and the site that fits it. */
#ifndef HELPERS_SUPPORT_RACK_H
#define HELPERS_SUPPORT_RACK_H

#include "helpers/support_simline.h"
#include "job/engine.h"
#include "sim/scenario.h"

struct rack {
    struct scenario *scenario;
    struct simline *lines; /* one a switch, in the scenario's order */
    struct site *site;
    struct platform *platform;
    struct job_type *type;
    struct job_spec *specs; /* the same order */
    char *dir;              /* of its own; gone with it */
    struct search_path path;
    struct arena arena;
};

/* The scenario's switches have the passwords $RACK_FIRST or, as the site's second credential, $RACK_SECOND; both are set here.
   Every switch is to have four uplinks to spine-1…4 Ethernet3/1 and the serial number that the scenario gives it. NULL: e. */
struct rack *rack_open(const char *scenario, const char *job_type, struct err *e);
void rack_close(struct rack *r);
/* For engine_options and session_options: ctx is the rack. */
struct transport *rack_console(void *ctx, const struct uri *uri, const struct transport_options *options,
                               struct err *e);
/* The line as it was at the beginning. */
void rack_rewind(struct rack *r, size_t i);

#endif
