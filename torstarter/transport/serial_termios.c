#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "transport/serial_line.h"

static const struct {
    unsigned baud;
    speed_t code;
} speeds[] = {
    {300, B300},       {600, B600},       {1200, B1200},     {2400, B2400},       {4800, B4800},
    {9600, B9600},     {19200, B19200},   {38400, B38400},   {57600, B57600},     {115200, B115200},
    {230400, B230400}, {460800, B460800}, {921600, B921600}, {1500000, B1500000},
};

static bool termios_open(struct serial_line *l, const char *path, int held_fd, struct err *e)
{
    (void)path, (void)e;
    l->fd = held_fd;
    return true;
}

static bool find_speed(unsigned baud, speed_t *code, struct err *e)
{
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
        if (speeds[i].baud == baud) {
            *code = speeds[i].code;
            return true;
        }
    return err_set(e, ERR_USAGE,
                   "%u baud: this line has the usual speeds only (9600, 19200, 38400, 57600, 115200 …)",
                   baud);
}

static tcflag_t control_flags(const struct serial_settings *s)
{
    return CREAD | CLOCAL | (s->data_bits == 7 ? CS7 : CS8) | (s->stop_bits == 2 ? CSTOPB : 0) |
           (s->parity == SERIAL_PARITY_NONE  ? 0
            : s->parity == SERIAL_PARITY_ODD ? PARENB | PARODD
                                             : PARENB) |
           (s->flow == SERIAL_FLOW_RTSCTS ? CRTSCTS : 0);
}

/* A pty takes what it cannot do (7 bits, parity) and does not do it: nothing to be told, since nothing is garbled either. */
static bool termios_apply(struct serial_line *l, const struct serial_settings *s, struct err *e)
{
    struct termios t;
    speed_t code = B0;
    if (!find_speed(s->baud, &code, e))
        return false;
    if (tcgetattr(l->fd, &t) != 0)
        return err_errno(e, "cannot read the line's settings");
    cfmakeraw(&t);
    t.c_cflag = control_flags(s);
    t.c_iflag = s->flow == SERIAL_FLOW_XONXOFF ? IXON | IXOFF : 0;
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    cfsetispeed(&t, code);
    cfsetospeed(&t, code);
    if (tcsetattr(l->fd, TCSANOW, &t) != 0 || tcgetattr(l->fd, &t) != 0)
        return err_errno(e, "cannot set the line up");
    return cfgetospeed(&t) == code || err_set(e, ERR_IO, "the line does not take %u baud", s->baud);
}

static bool termios_set_break(struct serial_line *l, bool on, struct err *e)
{
    return ioctl(l->fd, on ? TIOCSBRK : TIOCCBRK) == 0 || err_errno(e, "cannot send a break");
}

static void termios_close(struct serial_line *l)
{
    l->fd = -1;
}

const struct serial_kind serial_kind_termios = {termios_open, termios_apply, termios_set_break,
                                                termios_close};
