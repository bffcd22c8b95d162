#include "sim/rawd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sim/served.h"
#include "sim/telnet.h"

enum { READ_BYTES = 4096, NAME_MAX_BYTES = 64 };

struct port {
    struct rawd *owner;
    struct line *line;
    int fd;    /* the listener, or the pty's master */
    int slave; /* kept open, so that the master lives while nobody is there; -1 for TCP */
    char name[NAME_MAX_BYTES];
};

struct rawd {
    enum scenario_listen how;
    struct port *ports;
    size_t count;
    struct served served;
};

struct talk { /* one open descriptor on one line */
    struct served *served;
    struct line *line;
    int fd;
    struct str out;
    struct telnet *telnet; /* NULL: bytes as they are */
};

/* --- bytes both ways --- */

static bool take(struct talk *t)
{
    struct str said = {0};
    if (!t->telnet)
        return line_take(t->line, clock_now_us(NULL), &t->out);
    bool whole = line_take(t->line, clock_now_us(NULL), &said);
    telnet_quote(str_cstr(&said), said.len, &t->out);
    str_clear(&said);
    return whole;
}

static bool give(struct talk *t)
{
    bool whole = true;
    for (;;) {
        if (t->out.len == 0)
            whole = take(t);
        if (t->out.len == 0)
            return whole;
        ssize_t n = write(t->fd, t->out.data, t->out.len);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        if ((size_t)n == t->out.len && t->out.cap > READ_BYTES)
            str_clear(&t->out);
        else
            str_drop(&t->out, (size_t)n);
    }
}

static void type(struct talk *t, const char *bytes, size_t len)
{
    struct str typed = {0};
    if (!t->telnet) {
        line_type(t->line, bytes, len, clock_now_us(NULL));
        return;
    }
    telnet_receive(t->telnet, bytes, len, &typed, &t->out);
    if (typed.len > 0)
        line_type(t->line, typed.data, typed.len, clock_now_us(NULL));
    str_clear(&typed);
}

static bool get(struct talk *t)
{
    char bytes[READ_BYTES];
    ssize_t n = read(t->fd, bytes, sizeof bytes);
    if (n > 0)
        type(t, bytes, (size_t)n);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void talk(struct talk *t)
{
    struct pollfd fds[] = {{.fd = t->fd}, {.fd = served_stop_fd(t->served), .events = POLLIN}};
    bool on = true;
    while (on && fds[1].revents == 0) {
        on = give(t);
        int64_t left_us = t->out.len > 0 ? INT64_MAX : line_due_us(t->line) - clock_now_us(NULL);
        if (left_us < 0)
            left_us = 0;
        const struct timespec wait = {left_us / 1000000, left_us % 1000000 * 1000};
        fds[0].events = (short)(POLLIN | (t->out.len > 0 ? POLLOUT : 0));
        if (on && ppoll(fds, 2, left_us == INT64_MAX ? NULL : &wait, NULL) > 0 && (fds[0].revents & ~POLLOUT))
            on = get(t);
    }
    str_clear(&t->out);
}

/* --- TCP --- */

static void *serve_tcp(void *arg)
{
    struct talk *t = arg;
    struct served *served = t->served;
    const char *holder;
    served_enter(served, t->fd);
    line_wait_free(t->line, LINE_ENDING_MS);
    if (line_attach(t->line, clock_now_us(NULL), &holder)) {
        if (t->telnet)
            telnet_greet(&t->out);
        talk(t);
        line_detach(t->line, clock_now_us(NULL));
    } else {
        dprintf(t->fd, "Port already in use by %s\r\n", holder);
    }
    served_leave(served, t->fd);
    close(t->fd);
    mem_free(t->telnet);
    mem_free(t);
    served_thread_ends(served);
    return NULL;
}

static void accept_one(struct rawd *d, const struct port *p)
{
    const int on = 1;
    int fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct talk *t = MEM_NEW(struct talk);
    *t = (struct talk){.served = &d->served, .line = p->line, .fd = fd};
    if (d->how == LISTEN_TELNET)
        t->telnet = MEM_NEW(struct telnet);
    if (served_start(&d->served, serve_tcp, t, NULL))
        return;
    close(fd);
    mem_free(t->telnet);
    mem_free(t);
}

static void *accept_all(void *arg)
{
    struct rawd *d = arg;
    struct pollfd *fds = mem_alloc_array(d->count + 1, sizeof *fds);
    for (size_t i = 0; i < d->count; i++)
        fds[i] = (struct pollfd){.fd = line_switch(d->ports[i].line)->line.dead ? -1 : d->ports[i].fd,
                                 .events = POLLIN};
    fds[d->count] = (struct pollfd){.fd = served_stop_fd(&d->served), .events = POLLIN};
    while (fds[d->count].revents == 0) {
        if (poll(fds, d->count + 1, -1) <= 0)
            continue;
        for (size_t i = 0; i < d->count; i++)
            if (fds[i].revents != 0)
                accept_one(d, &d->ports[i]);
    }
    mem_free(fds);
    served_thread_ends(&d->served);
    return NULL;
}

static bool open_tcp(struct port *p, struct err *e)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (p->fd < 0 || bind(p->fd, (struct sockaddr *)&at, len) != 0 ||
        getsockname(p->fd, (struct sockaddr *)&at, &len) != 0)
        return err_errno(e, "no TCP port for a simulated line");
    /* A dead line's port is bound, so that nobody else gets it, but does not listen. */
    if (!line_switch(p->line)->line.dead && listen(p->fd, 16) != 0)
        return err_errno(e, "cannot listen for a simulated line");
    snprintf(p->name, sizeof p->name, "%s://127.0.0.1:%u", p->owner->how == LISTEN_TELNET ? "telnet" : "tcp",
             ntohs(at.sin_port));
    return true;
}

/* --- pseudo-terminals --- */

static void *serve_pty(void *arg)
{
    struct talk *t = arg;
    struct served *served = t->served;
    talk(t);
    line_detach(t->line, clock_now_us(NULL));
    mem_free(t);
    served_thread_ends(served);
    return NULL;
}

static bool open_pty(struct port *p, struct err *e)
{
    char name[NAME_MAX_BYTES - 8];
    struct termios raw;
    const char *holder;
    p->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (p->fd < 0 || grantpt(p->fd) != 0 || unlockpt(p->fd) != 0 || ptsname_r(p->fd, name, sizeof name) != 0)
        return err_errno(e, "no pseudo-terminal for a simulated line");
    p->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (p->slave < 0 || tcgetattr(p->slave, &raw) != 0)
        return err_errno(e, "cannot open %s", name);
    cfmakeraw(&raw);
    tcsetattr(p->slave, TCSANOW, &raw);
    snprintf(p->name, sizeof p->name, "serial:%s", name);
    if (!line_attach(p->line, clock_now_us(NULL), &holder))
        return true; /* a busy port: nothing is ever heard on it */
    struct talk *t = MEM_NEW(struct talk);
    *t = (struct talk){.served = &p->owner->served, .line = p->line, .fd = p->fd};
    if (served_start(&p->owner->served, serve_pty, t, e))
        return true;
    mem_free(t);
    return false;
}

/* --- both --- */

struct rawd *rawd_open(enum scenario_listen how, struct line *const *lines, size_t count, struct err *e)
{
    struct rawd *d = MEM_NEW(struct rawd);
    *d = (struct rawd){.how = how, .ports = mem_alloc_array(count, sizeof *d->ports)};
    served_init(&d->served);
    bool good = true;
    for (; d->count < count && good; d->count++) {
        struct port *p = &d->ports[d->count];
        *p = (struct port){.owner = d, .line = lines[d->count], .fd = -1, .slave = -1};
        good = how == LISTEN_PTY ? open_pty(p, e) : open_tcp(p, e);
    }
    if (good && (how == LISTEN_PTY || served_start(&d->served, accept_all, d, e)))
        return d;
    rawd_close(d);
    return NULL;
}

void rawd_close(struct rawd *d)
{
    if (!d)
        return;
    served_stop(&d->served);
    for (size_t i = 0; i < d->count; i++) {
        if (d->ports[i].fd >= 0)
            close(d->ports[i].fd);
        if (d->ports[i].slave >= 0)
            close(d->ports[i].slave);
    }
    mem_free(d->ports);
    mem_free(d);
}

const char *rawd_console(const struct rawd *d, size_t i)
{
    return d->ports[i].name;
}
