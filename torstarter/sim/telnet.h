/* The telnet of a simulated line's port (RFC 854, 857, 858): a network virtual terminal that echoes and suppresses go-ahead. */
#ifndef SIM_TELNET_H
#define SIM_TELNET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct telnet { /* of one connection; all zero at its beginning */
    enum {
        TELNET_DATA,
        TELNET_RETURN,
        TELNET_COMMAND,
        TELNET_OPTION,
        TELNET_INSIDE,
        TELNET_INSIDE_COMMAND
    } state;
    unsigned char verb;
    bool said[256][2]; /* by option, to WILL and to DO: each is answered once, so that no loop can begin */
};

void telnet_greet(struct str *out);
/* What the client sent: its data are appended to `typed`, what it is to be told to `out`. Any cut of the bytes gives the same. */
void telnet_receive(struct telnet *t, const char *bytes, size_t len, struct str *typed, struct str *out);
/* What the switch said, as it goes on the wire. */
void telnet_quote(const char *bytes, size_t len, struct str *out);

#endif
