/* A job that ended, as the store has it: what was asked and answered, and how its plugins judged. */
#ifndef JOB_PAST_H
#define JOB_PAST_H

#include "base/arena.h"
#include "base/vec.h"
#include "store/store.h"

struct past_answer {
    int64_t seq, phase_run;
    const char *query, *command, *status; /* "ok", "none", "rejected", … */
    const char *output;                   /* as the session cleaned it; NULL: not kept */
    size_t len;
};

struct past_run { /* one plugin; texts are never NULL */
    int64_t seq, event, template_line;
    const char *plugin, *state, *code, *text, *template_file;
};

struct past_uplink {
    const char *interface, *peer, *peer_interface, *gateway; /* NULL: not stated */
};

struct past_job {
    int64_t id;
    const char *type, *state, *switch_name, *rack, *role, *platform;
    const char *serial, *firmware; /* that were expected; NULL: not stated */
    const char *site;              /* its part of the site (model/snapshot.h); NULL: not kept */
    VEC(struct past_answer) answers;
    VEC(struct past_run) runs;
    VEC(struct past_uplink) uplinks;
    struct arena arena;
};

/* False: the store cannot be read, or has no such job (ERR_USAGE). past_clear in every case. */
bool past_read(struct store *s, int64_t job, struct past_job *out, struct err *e);
void past_clear(struct past_job *p);

/* For rows of a select: "" where there is nothing, and memory of the arena. */
const char *past_text(const struct cell *cells, size_t count, const char *column, struct arena *arena);
int64_t past_number(const struct cell *cells, size_t count, const char *column);

#endif
