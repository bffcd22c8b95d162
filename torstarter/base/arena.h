/* An arena: many small things that live and die together (a model, a job, a table of records). */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena { /* embed it; all zero is a valid empty arena; not shared between threads while it grows */
    struct arena_block *blocks;
    size_t used_bytes;
};

void *arena_alloc(struct arena *a, size_t size_bytes); /* zeroed, aligned for any type; never NULL */
void *arena_alloc_array(struct arena *a, size_t count, size_t size_bytes);
char *arena_strdup(struct arena *a, const char *s); /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3), nonnull));
void arena_clear(struct arena *a); /* frees everything; the arena may be used again */

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

#endif
