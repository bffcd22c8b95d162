/* One error: what went wrong, in words a person can act on, with the failure code a job ends in if it has one. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/failure.h"

enum err_code {
    ERR_NONE = 0,
    ERR_IO,        /* the operating system said no: a file, a socket, a disk */
    ERR_TIMEOUT,   /* nothing came within the time allowed */
    ERR_CLOSED,    /* the other side went away */
    ERR_SYNTAX,    /* a file of the user's is wrong: file:line:column is in the text; exit status 65 */
    ERR_USAGE,     /* the command line is wrong; exit status 64 */
    ERR_LIMIT,     /* a stated maximum was passed */
    ERR_REJECTED,  /* the switch refused a command */
    ERR_UNREAD,    /* an answer was not understood completely */
    ERR_CANCELLED, /* the operator said stop */
    ERR_STATE,     /* not possible in the state the session is proven to be in */
    ERR_FAILED     /* anything else that could not be done */
};

/* Filled by the callee when it returns false; untouched on success. Never allocates, so it may be copied by value. */
struct err {
    enum err_code code;
    enum failure failure; /* FAILURE_NONE where the caller has to decide */
    char msg[512];        /* one or more lines, no trailing newline; never holds a secret */
};

/* All return false, so that `return err_set(e, …)` reads well. `e` may be NULL: then nothing is recorded. */
bool err_set(struct err *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool err_fail(struct err *e, enum err_code code, enum failure failure, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* ERR_IO with strerror(errno) appended: "cannot open x.yaml: No such file or directory". */
bool err_errno(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Puts context in front: "psu: " + what was there. Keeps code and failure. */
bool err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
