/* How long something has been so, as switches print it: "3d04h", "01:02:03", "2 weeks, 1 day", "up 3 days, 4:05". Pure. */
#ifndef PLUGIN_UPTIME_H
#define PLUGIN_UPTIME_H

#include <stdbool.h>
#include <stdint.h>

/* Whole seconds; a bare number is seconds, "never" is 0. Where a text may be read in two ways ("40:10") the shorter time is taken.
   False, *seconds untouched: no such text, or one of which something is left over. */
bool uptime_read(const char *text, int64_t *seconds);

#endif
