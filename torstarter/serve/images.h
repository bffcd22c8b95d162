/* A folder of firmware images, served read-only over HTTP for switches to fetch. The one home of libmicrohttpd. */
#ifndef SERVE_IMAGES_H
#define SERVE_IMAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct image_server;

struct image_transfer {
    const char *who;  /* address */
    const char *file; /* as asked for, whatever that was: escape it before it is shown */
    unsigned status;  /* 200, 206; 404 and the like: nothing was sent */
    uint64_t bytes;   /* handed to the connection */
    uint64_t of_bytes;
    int64_t took_ms;
    bool head;   /* only asked about */
    bool broken; /* the connection ended before the file did */
};

struct image_server_options {
    const char *dir;
    const char *listen; /* "10.0.0.2:8080", "[2001:db8::1]:8080", ":8080"; port 0: the kernel picks */
    void *ctx;
    void (*transferred)(void *ctx, const struct image_transfer *t); /* on the server's own threads */
};

/* Serves from its return on. Only regular files that stand in the folder itself: no folders, no names that begin with a dot, no
   symbolic links, no listing. */
struct image_server *image_server_open(const struct image_server_options *o, struct err *e);
unsigned image_server_port(const struct image_server *s);
/* Descriptor of one of its files, read-only, or -1: what a request for that name gets, for checksums. */
int image_server_file(const struct image_server *s, const char *name);
/* Connections that are open are cut. NULL is fine. */
void image_server_close(struct image_server *s);

#endif
