/* Firmware versions as switches print them and as people write them: 17.9.4a and 17.09.04a are the same. Pure. */
#ifndef PLUGIN_VERSION_H
#define PLUGIN_VERSION_H

#include <stdbool.h>

/* Numbers by their value, letters without case, the rest byte by byte; blanks around do not count. */
bool version_same(const char *a, const char *b);
/* <0: a is the older one, >0: the newer. Where the first difference is no number it cannot be told: 0. */
int version_order(const char *a, const char *b);

#endif
