/* serpair: a null-modem cable between two ptys, as slow and as unforgiving as a serial line.

     serpair -s SWITCH_LINK -c CONSOLE_LINK [-r auto|BAUD] [-m] [-q N] [-k] [-l LOG]

   A pty has no line rate, and what nobody reads waits in it for whoever comes later. Here each direction runs at the speed its
   sender has set (a pty's master sees its slave's termios), and bytes for an end that nobody has open are lost, as on a real port.
     -r BAUD  that speed both ways, whatever the ends have set; 0: not paced
     -m       where the two ends' speeds or formats differ, the bits are sampled again as a UART would: true garbage
     -q N     the receiver overruns: what exceeds N unread bytes is lost
     -k       keeps bytes for an end that nobody has open, as socat and some console servers do
     -l LOG   one line a chunk: seconds, "switch>" or "console>", the bytes in hex as they left their sender
   The links are made last: when both are there, the cable is. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { LANE_BYTES = 64 * 1024, CHUNK_BYTES = 4096, TICK_MS = 1, LOOK_MS = 5, AUTO = -1, CELLS_MAX = 12 };

struct format {
    int baud, bits, parity, stops; /* parity: 0 none, 1 odd, 2 even */
};

struct end {
    int master;
    bool open; /* somebody has it open */
    const char *link;
    char name[64];
};

struct lane { /* one direction */
    struct end *from, *to;
    const char *tag;
    unsigned char bytes[LANE_BYTES];
    size_t len;
    double credit, last_s; /* bytes that may have left by now, and when that was reckoned */
};

struct cable {
    struct end ends[2];
    struct lane lanes[2];
    int rate;
    size_t queue_max;
    bool resample, keep;
    FILE *log;
    double began_s;
};

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static void die(const char *what)
{
    fprintf(stderr, "serpair: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Nothing here keeps a slave open: so its master reports a hang-up exactly while nobody has it, a vhangup of getty included. What
   waits in a slave that was closed is thrown away, as a port that no program has open would not even have taken it. */
static int end_slave(const struct end *e)
{
    return open(e->name, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
}

static void end_open(struct end *e)
{
    struct termios t;
    e->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (e->master < 0 || grantpt(e->master) || unlockpt(e->master) ||
        ptsname_r(e->master, e->name, sizeof e->name))
        die("a pty");
    int slave = end_slave(e);
    if (slave < 0 || tcgetattr(slave, &t))
        die(e->name);
    cfmakeraw(&t);
    t.c_cflag |= CLOCAL | CREAD;
    cfsetspeed(&t, B115200);
    if (tcsetattr(slave, TCSANOW, &t))
        die(e->name);
    close(slave);
}

static void end_look(struct cable *c, struct end *e)
{
    struct pollfd fd = {.fd = e->master};
    bool was = e->open;
    e->open = poll(&fd, 1, 0) >= 0 && !(fd.revents & POLLHUP);
    if (!was || e->open || c->keep)
        return;
    int slave = end_slave(e);
    if (slave >= 0) {
        tcflush(slave, TCIFLUSH);
        close(slave);
    }
}

static struct format format_of(const struct end *e)
{
    static const struct {
        speed_t code;
        int baud;
    } speeds[] = {{B300, 300},     {B1200, 1200},   {B2400, 2400},   {B4800, 4800},    {B9600, 9600},
                  {B19200, 19200}, {B38400, 38400}, {B57600, 57600}, {B115200, 115200}};
    struct format f = {115200, 8, 0, 1};
    struct termios t;
    if (tcgetattr(e->master, &t))
        return f;
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
        if (speeds[i].code == cfgetospeed(&t))
            f.baud = speeds[i].baud;
    f.bits = (t.c_cflag & CSIZE) == CS7 ? 7 : 8;
    if (t.c_cflag & PARENB)
        f.parity = t.c_cflag & PARODD ? 1 : 2;
    f.stops = t.c_cflag & CSTOPB ? 2 : 1;
    return f;
}

static int cells(const struct format *f) /* bit times of one character */
{
    return 1 + f->bits + (f->parity ? 1 : 0) + f->stops;
}

static void put_on_wire(unsigned char byte, const struct format *f, unsigned char *wire)
{
    int at = 0, ones = 0;
    wire[at++] = 0;
    for (int i = 0; i < f->bits; i++) {
        wire[at] = byte >> i & 1;
        ones += wire[at++];
    }
    if (f->parity)
        wire[at++] = f->parity == 1 ? !(ones & 1) : ones & 1;
    while (at < cells(f))
        wire[at++] = 1;
}

struct wire {
    unsigned char levels[CHUNK_BYTES * CELLS_MAX];
    double cell_s, end_s;
};

static int level_at(const struct wire *w, double at_s)
{
    return at_s >= w->end_s || w->levels[(size_t)(at_s / w->cell_s)];
}

/* Sender's format a, receiver's format b: hunts for a start bit, samples in the middle of each cell, waits for the idle line. */
static size_t sample_again(const unsigned char *in, size_t len, struct format a, struct format b,
                           unsigned char *out, size_t max)
{
    static struct wire w;
    double cell_s = 1.0 / b.baud, at_s = 0;
    size_t count = 0;
    w.cell_s = 1.0 / a.baud;
    w.end_s = (double)len * cells(&a) * w.cell_s;
    for (size_t i = 0; i < len; i++)
        put_on_wire(in[i], &a, w.levels + i * (size_t)cells(&a));
    while (at_s < w.end_s && count < max) {
        unsigned value = 0;
        if (level_at(&w, at_s) || level_at(&w, at_s + cell_s / 2)) {
            at_s += w.cell_s / 16;
            continue;
        }
        for (int i = 0; i < b.bits; i++)
            value |= (unsigned)level_at(&w, at_s + cell_s * (1.5 + i)) << i;
        out[count++] = (unsigned char)value;
        at_s += cell_s * (1.5 + b.bits + (b.parity ? 1 : 0));
        while (at_s < w.end_s && !level_at(&w, at_s))
            at_s += w.cell_s / 16;
    }
    return count;
}

static void note(struct cable *c, const struct lane *l, size_t len)
{
    if (!c->log)
        return;
    fprintf(c->log, "%.3f %s>", now_s() - c->began_s, l->tag);
    for (size_t i = 0; i < len; i++)
        fprintf(c->log, " %02x", l->bytes[i]);
    fputc('\n', c->log);
}

/* What its reader has not fetched yet: only the slave can tell. */
static size_t unread(const struct end *e)
{
    int waiting = 0, slave = end_slave(e);
    if (slave < 0)
        return 0;
    if (ioctl(slave, FIONREAD, &waiting) < 0)
        waiting = 0;
    close(slave);
    return (size_t)waiting;
}

static void deliver(struct cable *c, struct lane *l, const unsigned char *bytes, size_t len)
{
    if (!c->keep && !l->to->open)
        return;
    if (c->queue_max) {
        size_t waiting = unread(l->to), room = waiting < c->queue_max ? c->queue_max - waiting : 0;
        len = len < room ? len : room;
    }
    for (ssize_t done; len > 0; bytes += done, len -= (size_t)done)
        if ((done = write(l->to->master, bytes, len)) <= 0)
            return; /* the reader's queue is full: no flow control, lost */
}

/* How many of the waiting bytes have left their sender by now. */
static size_t due(const struct cable *c, struct lane *l, const struct format *f)
{
    double now = now_s();
    int baud = c->rate == AUTO ? f->baud : c->rate;
    if (baud == 0)
        return l->len < CHUNK_BYTES ? l->len : CHUNK_BYTES;
    l->credit += (now - l->last_s) * baud / cells(f);
    l->last_s = now;
    size_t whole = (size_t)l->credit;
    whole = whole < l->len ? whole : l->len;
    whole = whole < CHUNK_BYTES ? whole : CHUNK_BYTES;
    l->credit -= (double)whole;
    return whole;
}

static void lane_move(struct cable *c, struct lane *l)
{
    static unsigned char garbled[LANE_BYTES];
    struct format a = format_of(l->from), b = format_of(l->to);
    size_t len = l->len ? due(c, l, &a) : 0;
    if (len == 0)
        return;
    note(c, l, len);
    if (c->resample && memcmp(&a, &b, sizeof a) != 0)
        deliver(c, l, garbled, sample_again(l->bytes, len, a, b, garbled, sizeof garbled));
    else
        deliver(c, l, l->bytes, len);
    l->len -= len;
    memmove(l->bytes, l->bytes + len, l->len);
}

static void lane_take(struct lane *l)
{
    if (l->len + CHUNK_BYTES > LANE_BYTES)
        return;
    ssize_t got = read(l->from->master, l->bytes + l->len, CHUNK_BYTES);
    if (got <= 0)
        return;
    if (l->len == 0) {
        l->last_s = now_s();
        l->credit = 0;
    }
    l->len += (size_t)got;
}

static void turn(struct cable *c)
{
    struct pollfd fds[2];
    bool busy = c->lanes[0].len || c->lanes[1].len;
    for (size_t i = 0; i < 2; i++) {
        end_look(c, &c->ends[i]);
        bool ready = c->ends[i].open && c->lanes[i].len + CHUNK_BYTES <= LANE_BYTES;
        fds[i] = (struct pollfd){.fd = ready ? c->ends[i].master : -1, .events = POLLIN};
    }
    if (poll(fds, 2, busy ? TICK_MS : LOOK_MS) < 0 && errno != EINTR)
        die("poll");
    for (size_t i = 0; i < 2; i++) {
        lane_take(&c->lanes[i]);
        lane_move(c, &c->lanes[i]);
    }
}

static bool read_options(struct cable *c, int argc, char **argv)
{
    const char *log = NULL;
    c->rate = AUTO;
    for (int option; (option = getopt(argc, argv, "s:c:r:mq:kl:")) != -1;) {
        if (option == 's')
            c->ends[0].link = optarg;
        else if (option == 'c')
            c->ends[1].link = optarg;
        else if (option == 'r')
            c->rate = strcmp(optarg, "auto") == 0 ? AUTO : atoi(optarg);
        else if (option == 'q')
            c->queue_max = (size_t)atoi(optarg);
        else if (option == 'm')
            c->resample = true;
        else if (option == 'k')
            c->keep = true;
        else if (option == 'l')
            log = optarg;
        else
            return false;
    }
    if (log && !(c->log = fopen(log, "w")))
        die(log);
    if (c->log)
        setvbuf(c->log, NULL, _IOLBF, 0);
    return c->ends[0].link && c->ends[1].link;
}

int main(int argc, char **argv)
{
    static struct cable c;
    struct sigaction action = {.sa_handler = stop};
    if (!read_options(&c, argc, argv)) {
        fprintf(stderr,
                "usage: serpair -s SWITCH_LINK -c CONSOLE_LINK [-r auto|BAUD] [-m] [-q N] [-k] [-l LOG]\n");
        return 64;
    }
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGHUP, SIG_IGN);
    c.began_s = now_s();
    for (size_t i = 0; i < 2; i++)
        end_open(&c.ends[i]);
    c.lanes[0] = (struct lane){.from = &c.ends[0], .to = &c.ends[1], .tag = "switch"};
    c.lanes[1] = (struct lane){.from = &c.ends[1], .to = &c.ends[0], .tag = "console"};
    for (size_t i = 0; i < 2; i++)
        if (symlink(c.ends[i].name, c.ends[i].link))
            die(c.ends[i].link);
    while (!stopped)
        turn(&c);
    for (size_t i = 0; i < 2; i++)
        unlink(c.ends[i].link);
    return 0;
}
