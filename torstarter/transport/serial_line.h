/* A serial line on this machine: its settings, and the two ways of getting at it. */
#ifndef TRANSPORT_SERIAL_LINE_H
#define TRANSPORT_SERIAL_LINE_H

#include <stdbool.h>

#include "base/err.h"

enum serial_parity { SERIAL_PARITY_NONE, SERIAL_PARITY_ODD, SERIAL_PARITY_EVEN };
enum serial_flow { SERIAL_FLOW_NONE, SERIAL_FLOW_XONXOFF, SERIAL_FLOW_RTSCTS };

struct serial_settings {
    unsigned baud, data_bits, stop_bits;
    enum serial_parity parity;
    enum serial_flow flow;
};

struct sp_port;

struct serial_line {
    int fd;               /* to read and write; non-blocking */
    struct sp_port *port; /* serial_kind_port only */
};

struct serial_kind {
    /* held_fd: the line is open already, and locked. */
    bool (*open)(struct serial_line *l, const char *path, int held_fd, struct err *e);
    bool (*apply)(struct serial_line *l, const struct serial_settings *settings, struct err *e);
    bool (*set_break)(struct serial_line *l, bool on, struct err *e);
    void (*close)(struct serial_line *l); /* not held_fd */
};

extern const struct serial_kind serial_kind_port;    /* with modem lines: libserialport */
extern const struct serial_kind serial_kind_termios; /* ptys and their like, which libserialport refuses */

#endif
