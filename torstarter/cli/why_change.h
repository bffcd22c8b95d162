/* why: of a verdict on a change, which procedure it was, and which of its steps in the platform file. */
#ifndef CLI_WHY_CHANGE_H
#define CLI_WHY_CHANGE_H

#include "cli/cli.h"

/* A row of phase_run with the columns platform, command, and procedure (of the permit that was spent); prints nothing where it is about no change. */
void why_change_print(struct cli *cli, const struct cell *cells, size_t count);

#endif
