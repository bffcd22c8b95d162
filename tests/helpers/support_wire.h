/* The far end of a connection, in the hands of a test: a listener on a port the kernel picks, bytes said, bytes expected. */
#ifndef HELPERS_SUPPORT_WIRE_H
#define HELPERS_SUPPORT_WIRE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "text/uri.h"
#include "transport/transport.h"

#define WIRE(literal) (literal), (sizeof(literal) - 1)

struct wire {
    int listener, fd; /* fd: the far end once it was accepted, else -1 */
    unsigned port;
};

void wire_init(struct wire *w);
void wire_clear(struct wire *w);
/* "telnet://127.0.0.1:PORT?cr=crlf" to it; fails the test when it does not open. */
struct transport *wire_open(struct wire *w, const char *scheme, const char *options,
                            const struct transport_options *how);
/* The same, where it shall fail. */
struct transport *wire_try(struct wire *w, const char *scheme, const char *options,
                           const struct transport_options *how, struct err *e);
void wire_accept(struct wire *w);
void wire_say(int fd, const char *bytes, size_t len);
/* The next bytes are exactly these; fails the test with both in hex otherwise. */
void wire_expect(int fd, const char *bytes, size_t len);
/* For 30 ms nothing comes. */
void wire_expect_nothing(int fd);
/* Reads from the transport until it has given these bytes, exactly. */
void wire_hear(struct transport *t, const char *bytes, size_t len);
unsigned wire_seed(void);           /* from TORSTARTER_SEED or the clock; printed */
unsigned wire_next(unsigned *seed); /* the next number of a simple generator */

/* A far end that plays a script on a thread of its own, for openings that need answers. */
struct wire_step {
    const char *expect; /* these bytes come, exactly; NULL: nothing is waited for */
    size_t expect_len;
    const char *say; /* then these are said; NULL: nothing */
    size_t say_len;
};

struct wire_script {
    struct wire *wire;
    const struct wire_step *steps; /* up to one that neither expects nor says */
    unsigned seed;                 /* 0: each step's bytes at once; else in pieces */
    bool closes;                   /* at the end */
    struct str wrong;              /* what did not come as expected */
    pthread_t thread;
};

void wire_script_start(struct wire_script *s);
void wire_script_join(struct wire_script *s); /* fails the test when the script was not followed */

#endif
