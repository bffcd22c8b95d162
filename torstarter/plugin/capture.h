/* Capture: every answer that a platform can be asked for, handed to whoever writes it down (`torstarter capture`). */
#ifndef PLUGIN_CAPTURE_H
#define PLUGIN_CAPTURE_H

#include "plugin/run.h"

enum captured_state { CAPTURED_READ, CAPTURED_NONE, CAPTURED_REJECTED, CAPTURED_UNREAD, CAPTURED_NOT_ASKED };

struct captured { /* one command; borrowed from the run */
    enum captured_state state;
    const struct query *query; /* this way of asking it */
    const char *about;         /* the interface or port that was asked about; NULL: none */
    bool spare;          /* UNREAD, but a way that is asked before it was read: no job would come so far */
    unsigned number;     /* 0: the first answer of this way */
    const char *command; /* as typed; as declared where it was not asked */
    const char *text;
    size_t len;
    const struct records *records; /* READ, NONE; else NULL */
    const char *why;               /* UNREAD, NOT_ASKED, REJECTED */
};

struct capturer { /* called on the job's thread */
    void *ctx;
    void (*answer)(void *ctx, struct run *run, const struct captured *c);
};

#endif
