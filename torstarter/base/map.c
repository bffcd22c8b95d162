#include "base/map.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

struct map_slot {
    char *key;
    void *value;
};

static size_t hash(const char *key)
{
    uint64_t h = 1469598103934665603u; /* FNV-1a, 64 bit */
    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * 1099511628211u;
    return (size_t)h;
}

static struct map_slot *find(const struct map *m, const char *key)
{
    if (m->cap == 0)
        return NULL;
    size_t i = hash(key) & (m->cap - 1);
    while (m->slots[i].key && strcmp(m->slots[i].key, key) != 0)
        i = (i + 1) & (m->cap - 1);
    return &m->slots[i];
}

void *map_get(const struct map *m, const char *key)
{
    struct map_slot *s = find(m, key);
    return s && s->key ? s->value : NULL;
}

bool map_has(const struct map *m, const char *key)
{
    struct map_slot *s = find(m, key);
    return s && s->key;
}

static void grow(struct map *m)
{
    struct map old = *m;
    m->cap = old.cap ? old.cap * 2 : 16;
    m->slots = mem_alloc_array(m->cap, sizeof *m->slots);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].key)
            *find(m, old.slots[i].key) = old.slots[i];
    mem_free(old.slots);
}

void *map_put(struct map *m, const char *key, void *value)
{
    if (m->count * 4 >= m->cap * 3)
        grow(m);
    struct map_slot *s = find(m, key);
    void *before = s->value;
    if (!s->key) {
        s->key = mem_strdup(key);
        m->count++;
        before = NULL;
    }
    s->value = value;
    return before;
}

void map_clear(struct map *m)
{
    for (size_t i = 0; i < m->cap; i++)
        mem_free(m->slots[i].key);
    mem_free(m->slots);
    *m = (struct map){0};
}
