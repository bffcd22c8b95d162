/* A small dialect after Arista EOS, built in C: what a session's tests speak when no platform file is loaded. */
#ifndef HELPERS_SUPPORT_DIALECT_H
#define HELPERS_SUPPORT_DIALECT_H

#include "session/dialect.h"

/* queries: version, inventory (stall 30 s), ping ({address}), raw (1 MiB at most), exec_time, shell_mem */
struct dialect *dialect_for_tests(void);
void dialect_free(struct dialect *d);

#endif
