/* The phases of a job and the failure codes it may end in: the same on every platform. One table: failure.def. */
#ifndef BASE_FAILURE_H
#define BASE_FAILURE_H

#include <stdbool.h>

enum phase {
#define PHASE(name, about) PHASE_##name,
#include "base/failure.def"
    PHASE_COUNT
};

enum failure {
    FAILURE_NONE = 0,
#define FAILURE(name, phase, meaning, remedy) FAILURE_##name,
#include "base/failure.def"
    FAILURE_COUNT
};

struct failure_info {
    const char *name; /* "PSU_FAILURE" */
    enum phase phase; /* where it comes from; PHASE_ANY for those that may come anywhere */
    const char *meaning;
    const char *remedy; /* for a person holding a torch; "" for FAILURE_NONE */
};

const char *phase_name(enum phase phase);                      /* "PSU_CHECK" */
const char *phase_about(enum phase phase);                     /* what happens in it, in a few words */
const struct failure_info *failure_info(enum failure failure); /* never NULL */
const char *failure_name(enum failure failure);                /* "" for FAILURE_NONE */
bool failure_by_name(const char *name, enum failure *out);
bool phase_by_name(const char *name, enum phase *out);

#endif
