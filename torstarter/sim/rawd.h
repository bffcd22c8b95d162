/* Lines without a console server's login: a TCP port or a pseudo-terminal for each switch, as raw ports of a terminal server. */
#ifndef SIM_RAWD_H
#define SIM_RAWD_H

#include "base/err.h"
#include "sim/line.h"

struct rawd;

/* LISTEN_TCP and LISTEN_TELNET: 127.0.0.1, ports picked by the kernel; a dead line refuses the connection. LISTEN_PTY: the slave ends can be opened
   at once, and their lines count as connected from the beginning. */
struct rawd *rawd_open(enum scenario_listen how, struct line *const *lines, size_t count, struct err *e);
void rawd_close(struct rawd *d);
/* "tcp://127.0.0.1:40124", "telnet://127.0.0.1:40125" or "serial:/dev/pts/7". */
const char *rawd_console(const struct rawd *d, size_t i);

#endif
