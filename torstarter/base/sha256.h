/* SHA-256 (FIPS 180-4), as names for secrets and configurations that are compared but not kept. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t state[8];
    uint64_t bytes;
    unsigned char block[64];
};

void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *bytes, size_t len);
void sha256_end(struct sha256 *h, unsigned char digest[32]); /* and wipes */
/* At once, as 64 small hexadecimal digits. */
const char *sha256_hex(const void *bytes, size_t len, char hex[65]);

#endif
