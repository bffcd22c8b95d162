/* A simulated line as a transport on a virtual clock, in this process: whole jobs in the time that they compute. */
#ifndef HELPERS_SUPPORT_SIMLINE_H
#define HELPERS_SUPPORT_SIMLINE_H

#include "base/clock.h"
#include "sim/line.h"
#include "transport/transport.h"

enum simline_end { SIMLINE_DROPS, SIMLINE_HALF_OPEN };

struct simline {
    struct clock clock; /* first member: the driver finds the line by it */
    struct line *line;
    uint64_t end_after; /* bytes of the connection until it ends; UINT64_MAX: never */
    enum simline_end end;
    /* What became of it. */
    uint64_t delivered; /* bytes of the last connection */
    uint64_t opened, writes_after_end;
    /* Inside. */
    struct transport_options options;
    struct str waiting; /* taken from the line, not yet delivered */
    bool attached, closed;
};

void simline_init(struct simline *s, const struct device_model *model, const struct scenario_switch *sw,
                  line_typed *typed, void *ctx);
void simline_clear(struct simline *s);
/* A connection. NULL with failure OOB_CONNECT_FAIL where the port refuses; a busy port says who holds it and closes. */
struct transport *simline_open(struct simline *s, const struct uri *uri,
                               const struct transport_options *options, struct err *e);

#endif
