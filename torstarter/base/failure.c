#include "base/failure.h"

#include <string.h>

static const struct {
    const char *name, *about;
} phases[PHASE_COUNT] = {
#define PHASE(name, about) [PHASE_##name] = {#name, about},
#include "base/failure.def"
};

static const struct failure_info failures[FAILURE_COUNT] = {
    [FAILURE_NONE] = {"", PHASE_ANY, "nothing failed", ""},
#define FAILURE(name, phase, meaning, remedy) [FAILURE_##name] = {#name, PHASE_##phase, meaning, remedy},
#include "base/failure.def"
};

const char *phase_name(enum phase phase)
{
    return phase < PHASE_COUNT ? phases[phase].name : "?";
}

const char *phase_about(enum phase phase)
{
    return phase < PHASE_COUNT ? phases[phase].about : "?";
}

const struct failure_info *failure_info(enum failure failure)
{
    return &failures[failure < FAILURE_COUNT ? failure : FAILURE_NONE];
}

const char *failure_name(enum failure failure)
{
    return failure_info(failure)->name;
}

bool failure_by_name(const char *name, enum failure *out)
{
    for (unsigned i = 1; i < FAILURE_COUNT; i++)
        if (strcmp(failures[i].name, name) == 0) {
            *out = (enum failure)i;
            return true;
        }
    return false;
}

bool phase_by_name(const char *name, enum phase *out)
{
    for (unsigned i = 0; i < PHASE_COUNT; i++)
        if (strcmp(phases[i].name, name) == 0) {
            *out = (enum phase)i;
            return true;
        }
    return false;
}
