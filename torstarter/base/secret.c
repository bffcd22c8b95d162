#include "base/secret.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret_reveal.h"

struct secret {
    char name[41];
    size_t len;
    char *bytes;
};

struct secret *secret_new(const char *name, const char *bytes, size_t len)
{
    struct secret *s = MEM_NEW(struct secret);
    snprintf(s->name, sizeof s->name, "%s", name);
    s->bytes = mem_strndup(bytes, len);
    s->len = len;
    return s;
}

struct secret *secret_copy(const struct secret *s)
{
    return s ? secret_new(s->name, s->bytes, s->len) : NULL;
}

void secret_free(struct secret *s)
{
    if (!s)
        return;
    mem_wipe(s->bytes, s->len);
    mem_free(s->bytes);
    mem_free(s);
}

const char *secret_name(const struct secret *s)
{
    return s->name;
}

bool secret_is_empty(const struct secret *s)
{
    return s->len == 0;
}

const char *secret_reveal(const struct secret *s, size_t *len)
{
    *len = s->len;
    return s->bytes;
}
