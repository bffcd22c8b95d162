/* Checksums as switches print them of files: MD5 (RFC 1321), SHA-1, SHA-256 and SHA-512 (FIPS 180-4), in hexadecimal. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum digest_kind { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512, DIGEST_COUNT };

const char *digest_name(enum digest_kind kind); /* "sha256" */

struct digest { /* of a file that is read piece by piece */
    enum digest_kind kind;
    uint64_t state[8], bytes;
    unsigned char rest[128]; /* what is no whole block yet */
};
void digest_init(struct digest *d, enum digest_kind kind);
void digest_add(struct digest *d, const void *bytes, size_t len);
void digest_end_hex(struct digest *d, struct str *out); /* appends */
/* At once; appends. */
void digest_add_hex(enum digest_kind kind, const void *bytes, size_t len, struct str *out);

#endif
