/* The simulator's memory of what was typed to its switches: a file of JSON lines, and text for tests. */
#ifndef SIM_TYPED_H
#define SIM_TYPED_H

#include "base/err.h"
#include "sim/line.h"

struct typed;

/* path NULL: no file. The file is begun anew. */
struct typed *typed_open(const char *path, bool keep, const struct scenario *s, struct err *e);
void typed_close(struct typed *t);
/* A line_typed. A line is in the file when this returns, so that it outlives whoever typed it. */
void typed_add(void *typed, const struct scenario_switch *sw, const struct device_typed *what);
void typed_read(struct typed *t, size_t sw, struct str *out);

#endif
