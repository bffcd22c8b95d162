/* The lanes of the uplinks' transceivers, joined from the rows of one answer. */
#ifndef PLUGIN_LANES_H
#define PLUGIN_LANES_H

#include "plugin/shared.h"

struct lane {
    size_t uplink;         /* index into the site's uplinks */
    const char *name;      /* as printed, expanded */
    unsigned number;       /* from 1 */
    size_t rx_row, tx_row; /* ROW_NONE: the answer tells no such level, not even that it is not applicable */
};

struct lanes {
    struct lane *items;
    size_t count;
};

/* Asks for them and joins. False with run->err: not read, or a level stands twice. Memory from the run's arena. */
bool lanes_read(struct run *run, struct records *r, struct lanes *out);
/* 4 for "100GBASE-SR4", 1 for "10GBASE-LR", 0 where the type does not tell. */
unsigned lanes_of_type(const char *type);
/* No light in it: the switch's inventory calls it copper. */
bool type_is_copper(const char *type);

#endif
