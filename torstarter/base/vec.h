/* A growing array of any type: VEC(struct thing) things; VEC_ADD(&things, x); things.items[i], things.count. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>

#include "base/mem.h"

#define VEC(type)                                                                                            \
    struct {                                                                                                 \
        type *items;                                                                                         \
        size_t count, cap;                                                                                   \
    }

#define VEC_ADD(v, item)                                                                                     \
    do {                                                                                                     \
        if ((v)->count == (v)->cap) {                                                                        \
            (v)->cap = (v)->cap ? (v)->cap * 2 : 8;                                                          \
            (v)->items = mem_resize_array((v)->items, (v)->cap, sizeof *(v)->items);                         \
        }                                                                                                    \
        (v)->items[(v)->count++] = (item);                                                                   \
    } while (0)

#define VEC_CLEAR(v)                                                                                         \
    do {                                                                                                     \
        mem_free((v)->items);                                                                                \
        (v)->items = NULL;                                                                                   \
        (v)->count = (v)->cap = 0;                                                                           \
    } while (0)

#endif
