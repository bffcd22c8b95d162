/* The permits of a job on the screen: given or refused, with the evidence, and what stands against the switch. */
#ifndef CLI_PERMITS_H
#define CLI_PERMITS_H

#include "cli/cli.h"

/* A line per permit; then, in red, what a procedure left half done. */
bool permits_list(struct cli *cli, struct store *store, int64_t job, struct err *e);
/* Each evidence with its reading and bytes: of the refused ones, and of those for the procedure `which`, "guard" for all.
   *shown grows by those printed. */
bool permits_explain(struct cli *cli, struct store *store, int64_t job, const char *which, unsigned *shown,
                     struct err *e);

#endif
