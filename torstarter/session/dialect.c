#include "session/dialect.h"

#include <string.h>

#include "session/procedure.h"

static const char *const state_names[STATE_COUNT] = {
    [STATE_UNKNOWN] = "unknown",       [STATE_BOOTING] = "booting",   [STATE_LOADER] = "loader",
    [STATE_FIRST_BOOT] = "first_boot", [STATE_QUESTION] = "question", [STATE_PAGER] = "pager",
    [STATE_PASSWORD] = "password",     [STATE_LOGIN] = "login",       [STATE_CONFIG] = "config",
    [STATE_SHELL] = "shell",           [STATE_ENABLE] = "enable",     [STATE_EXEC] = "exec",
};

const char *state_name(enum state s)
{
    return (unsigned)s < STATE_COUNT ? state_names[s] : "unknown";
}

bool state_by_name(const char *name, enum state *out)
{
    for (unsigned i = 0; i < STATE_COUNT; i++)
        if (strcmp(state_names[i], name) == 0) {
            *out = (enum state)i;
            return true;
        }
    return false;
}

bool state_is_prompt(enum state s)
{
    return s == STATE_CONFIG || s == STATE_SHELL || s == STATE_ENABLE || s == STATE_EXEC;
}

const struct query *dialect_query(const struct dialect *d, const char *name)
{
    for (size_t i = 0; i < d->query_count; i++)
        if (strcmp(d->queries[i].name, name) == 0)
            return &d->queries[i];
    return NULL;
}

const struct query *dialect_query_otherwise(const struct dialect *d, const struct query *q)
{
    const struct query *next = q + 1;
    return next < d->queries + d->query_count && next->alternative > 0 ? next : NULL;
}

const struct procedure *dialect_procedure(const struct dialect *d, const char *name)
{
    for (size_t i = 0; i < d->procedure_count; i++)
        if (strcmp(d->procedures[i].name, name) == 0)
            return &d->procedures[i];
    return NULL;
}
