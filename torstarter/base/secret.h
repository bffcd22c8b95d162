/* A secret: it can be compared, sent and masked, but has no way into a format string. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct secret; /* opaque on purpose: no member to print */

/* Copies the bytes. `name` is what stands for it in logs: {secret:NAME}; [A-Za-z0-9_.-], at most 40. */
struct secret *secret_new(const char *name, const char *bytes, size_t len);
struct secret *secret_copy(const struct secret *s);
void secret_free(struct secret *s); /* wipes */
const char *secret_name(const struct secret *s);
bool secret_is_empty(const struct secret *s);
#endif
