/* Ctrl-C and its relatives: the first asks, the second insists. */
#ifndef CLI_STOP_H
#define CLI_STOP_H

#include "base/cancel.h"

/* From here on SIGINT, SIGTERM and SIGHUP raise the returned cancel, which lives as long as the process. */
struct cancel *stop_on_signals(void);

#endif
