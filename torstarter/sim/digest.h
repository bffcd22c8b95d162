/* Checksums as switches print them of files: MD5 (RFC 1321), SHA-1, SHA-256 and SHA-512 (FIPS 180-4), in hexadecimal. */
#ifndef SIM_DIGEST_H
#define SIM_DIGEST_H

#include <stddef.h>

#include "base/str.h"

enum digest_kind { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512, DIGEST_COUNT };

const char *digest_name(enum digest_kind kind); /* "sha256" */
void digest_add_hex(enum digest_kind kind, const void *bytes, size_t len, struct str *out);

#endif
