#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <stdlib.h>
#include <termios.h>

#include "transport/serial_line.h"

static bool failed(enum sp_return rc, const char *what, struct err *e)
{
    if (rc == SP_ERR_FAIL) {
        char *text = sp_last_error_message();
        err_set(e, ERR_IO, "cannot %s: %s", what, text ? text : "the system does not say why");
        sp_free_error_message(text);
    } else {
        err_set(e, ERR_IO, "cannot %s: %s", what,
                rc == SP_ERR_SUPP ? "the port cannot do that" : "the port does not take it");
    }
    return false;
}

/* A read that finds nothing must say so, and not look like a hang-up; a carrier that is down must not close the line. */
static bool tune(int fd, struct err *e)
{
    struct termios t;
    if (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
        tcgetattr(fd, &t) != 0)
        return err_errno(e, "cannot set up the port");
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    t.c_cflag |= CLOCAL | CREAD;
    return tcsetattr(fd, TCSANOW, &t) == 0 || err_errno(e, "cannot set up the port");
}

static bool port_open(struct serial_line *l, const char *path, int held_fd, struct err *e)
{
    (void)held_fd;
    enum sp_return rc = sp_get_port_by_name(path, &l->port);
    if (rc != SP_OK)
        return failed(rc, "find the port", e);
    rc = sp_open(l->port, SP_MODE_READ_WRITE);
    if (rc != SP_OK) {
        failed(rc, "open the port", e);
        sp_free_port(l->port);
        l->port = NULL;
        return false;
    }
    sp_get_port_handle(l->port, &l->fd);
    return tune(l->fd, e);
}

static bool port_apply(struct serial_line *l, const struct serial_settings *s, struct err *e)
{
    static const enum sp_parity parities[] = {SP_PARITY_NONE, SP_PARITY_ODD, SP_PARITY_EVEN};
    static const enum sp_flowcontrol flows[] = {SP_FLOWCONTROL_NONE, SP_FLOWCONTROL_XONXOFF,
                                                SP_FLOWCONTROL_RTSCTS};
    enum sp_return rc;
    if ((rc = sp_set_bits(l->port, (int)s->data_bits)) != SP_OK)
        return failed(rc, "set the data bits", e);
    if ((rc = sp_set_parity(l->port, parities[s->parity])) != SP_OK)
        return failed(rc, "set the parity", e);
    if ((rc = sp_set_stopbits(l->port, (int)s->stop_bits)) != SP_OK)
        return failed(rc, "set the stop bits", e);
    if ((rc = sp_set_flowcontrol(l->port, flows[s->flow])) != SP_OK)
        return failed(rc, "set the flow control", e);
    if ((rc = sp_set_baudrate(l->port, (int)s->baud)) != SP_OK)
        return failed(rc, "set the speed", e);
    return true;
}

static bool port_set_break(struct serial_line *l, bool on, struct err *e)
{
    enum sp_return rc = on ? sp_start_break(l->port) : sp_end_break(l->port);
    return rc == SP_OK || failed(rc, "send a break", e);
}

static void port_close(struct serial_line *l)
{
    if (!l->port)
        return;
    sp_close(l->port);
    sp_free_port(l->port);
    l->port = NULL;
}

const struct serial_kind serial_kind_port = {port_open, port_apply, port_set_break, port_close};
