/* The bytes of a secret: only for those that send it (transport, session) and the one that hides it (mask). See FLOORS. */
#ifndef BASE_SECRET_REVEAL_H
#define BASE_SECRET_REVEAL_H

#include <stddef.h>

struct secret;

/* NUL-terminated, borrowed from the secret; *len without the NUL. */
const char *secret_reveal(const struct secret *s, size_t *len);

#endif
