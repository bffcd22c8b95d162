/* Faults of a line: small filters over the bytes that a switch sends. A chain gives the same bytes for every cut of its input. */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct fault_spec { /* as a scenario states it; borrowed, outlives the chain */
    const struct fault_driver *driver;
    uint64_t every;          /* the number that was given; 0 when offsets were */
    const uint64_t *offsets; /* byte offsets since the connection began, rising */
    size_t offset_count;
    uint64_t seed;
    const char *text; /* what log_noise says, line end included */
};

struct fault { /* one filter at work */
    const struct fault_spec *spec;
    uint64_t at; /* bytes seen */
    size_t next; /* of spec->offsets */
    bool mid_line;
    bool cut; /* set by a filter: the connection is to break now */
};

struct fault_driver {
    const char *name; /* the key in a scenario's `line:` */
    const char *about;
    bool takes_offsets;
    void (*feed)(struct fault *f, const char *bytes, size_t len, struct str *out);
};

const struct fault_driver *fault_drivers(size_t *count);

struct fault_chain {
    struct fault *items;
    size_t count;
};

void fault_chain_init(struct fault_chain *c, const struct fault_spec *specs, size_t count);
void fault_chain_reset(struct fault_chain *c); /* as at the beginning of a connection */
/* Appends what comes out. False once a filter has cut the connection: what came before the cut was appended. */
bool fault_chain_feed(struct fault_chain *c, const char *bytes, size_t len, struct str *out);
void fault_chain_clear(struct fault_chain *c);

#endif
