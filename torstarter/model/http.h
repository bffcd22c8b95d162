/* One document over HTTP(S), read whole: the configuration of a switch, a page of an asset database. The one home of libcurl. */
#ifndef MODEL_HTTP_H
#define MODEL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/str.h"

struct http_request {
    const char *url;            /* http: or https:, without a user in it */
    const char *accept;         /* NULL: anything */
    const struct secret *token; /* sent as "Authorization: SCHEME TOKEN"; NULL: none */
    const char *token_scheme;   /* "Token", "Bearer" */
    size_t max_bytes;           /* 0: HTTP_MAX_BYTES */
    int64_t timeout_ms;         /* 0: HTTP_TIMEOUT_MS, in all */
    const struct cancel *cancel;
};

enum { HTTP_MAX_BYTES = 4 * 1024 * 1024, HTTP_TIMEOUT_MS = 60 * 1000, HTTP_CONNECT_MS = 10 * 1000 };

/* Appends the body of an answer 200 to out; any other status is an error that names it. Redirects are followed within the same scheme,
   host and port only, at most five. Errors name the URL without what stands behind its "?". */
bool http_get(const struct http_request *r, struct str *out, struct err *e);
/* How long the document is, without reading it (HEAD). False where it cannot be told; *missing: because the server has no such
   document (404, 410), else it may have one. */
bool http_size(const struct http_request *r, uint64_t *bytes, bool *missing, struct err *e);

#endif
