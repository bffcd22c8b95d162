/* The lanes of the uplinks' transceivers, joined from the rows of one answer. */
#ifndef PLUGIN_LANES_H
#define PLUGIN_LANES_H

#include "plugin/shared.h"

struct lane {
    size_t uplink;         /* index into the site's uplinks */
    unsigned number;       /* as the switch counts: from 1, or from 0 */
    size_t rx_row, tx_row; /* ROW_NONE: the answer tells no such level, not even that it is not applicable */
};

#define LANE_ALL ((unsigned)-1)

struct lane_row {    /* what a row of the answer is about */
    size_t uplink;   /* ROW_NONE: none of the site's */
    unsigned number; /* LANE_ALL: the whole transceiver */
};

struct lanes {
    struct lane *items;
    size_t count;
    struct lane_row *rows; /* one per row of the answer */
};

/* Asks for them and joins. False with run->err: not read, or a level stands twice. Memory from the run's arena. */
bool lanes_read(struct run *run, struct records *r, struct lanes *out);
/* The tightest of the limits in `column` that the answer gives for this lane or for its whole transceiver. */
bool lanes_limit(const struct lanes *lanes, const struct records *r, const struct lane *lane,
                 const char *column, double *dbm);
/* A level in dBm: "-2.39", "0.54mW" (0 mW and "-inf" are darkness: -40). False: no reading. */
bool level_dbm(const struct records *r, size_t row, const char *column, double *dbm);

/* 4 for "100GBASE-SR4", 1 for "10GBASE-LR", 0 where the type does not tell. */
unsigned lanes_of_type(const char *type);
/* Where no type is printed: 4 at 40 Gbit/s and more ("100G", "100Gbps", "100000"), 0 where that tells nothing either. */
unsigned lanes_of_speed(const char *type, const char *speed);
/* No light in it, by its type's words. */
bool type_is_copper(const char *type);

enum media { MEDIA_OPTICAL, MEDIA_COPPER, MEDIA_NONE, MEDIA_UNKNOWN, MEDIA_CONTRADICTION };
/* What sits in an uplink, by its row of uplink_interfaces and by the rows of transceivers. In doubt it is optical: then its levels
   must be there. Copper that shines is a contradiction. Unknown only where the platform has a word that says so. */
enum media media_of(struct run *run, const struct records *states, size_t row, const struct records *r,
                    const char *interface);

#endif
