#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *check(void *p)
{
    if (!p) {
        static const char text[] = "torstarter: out of memory; the store holds everything that was typed\n";
        fwrite(text, 1, sizeof text - 1, stderr);
        abort();
    }
    return p;
}

void *mem_alloc(size_t size_bytes)
{
    return check(calloc(1, size_bytes ? size_bytes : 1));
}

void *mem_alloc_array(size_t count, size_t size_bytes)
{
    return check(calloc(count ? count : 1, size_bytes ? size_bytes : 1));
}

void *mem_resize(void *p, size_t size_bytes)
{
    return check(realloc(p, size_bytes ? size_bytes : 1));
}

void *mem_resize_array(void *p, size_t count, size_t size_bytes)
{
    return check(reallocarray(p, count ? count : 1, size_bytes ? size_bytes : 1));
}

char *mem_strdup(const char *s)
{
    return s ? mem_strndup(s, strlen(s)) : NULL;
}

char *mem_strndup(const char *s, size_t len)
{
    char *copy = mem_alloc(len + 1);
    memcpy(copy, s, len);
    return copy;
}

void mem_free(void *p)
{
    free(p);
}

void mem_wipe(void *p, size_t size_bytes)
{
    if (p && size_bytes)
        explicit_bzero(p, size_bytes);
}
