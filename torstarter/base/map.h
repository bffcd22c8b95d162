/* A map from names to pointers (open addressing, FNV-1a); keys are copied, values are borrowed. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct map { /* all zero is a valid empty map */
    struct map_slot *slots;
    size_t count, cap;
};

void *map_get(const struct map *m, const char *key); /* NULL when absent */
bool map_has(const struct map *m, const char *key);
void *map_put(struct map *m, const char *key, void *value); /* returns the value replaced, or NULL */
void map_clear(struct map *m);                              /* frees keys, not values */

#endif
