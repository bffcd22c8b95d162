#include "transport/net.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

enum { LOOKUP_STACK_BYTES = 512 * 1024 };

bool net_cancelled(struct err *e)
{
    return err_fail(e, ERR_CANCELLED, FAILURE_CANCELLED, "stopped by the operator");
}

enum net_wait net_wait(int fd, short events, int64_t until_ms, const struct cancel *cancel)
{
    struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = cancel_now_fd(cancel), .events = POLLIN}};
    for (;;) {
        if (cancel_level(cancel) >= CANCEL_NOW)
            return NET_CANCELLED;
        int64_t left = until_ms - clock_now_ms(NULL);
        int wait_ms = left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
        int n = poll(fds, 2, wait_ms);
        if (n < 0 && errno != EINTR)
            return NET_READY; /* whatever is wrong, the read will say it */
        if (n > 0 && fds[1].revents)
            return NET_CANCELLED;
        if (n > 0)
            return NET_READY;
        if (n == 0 && left <= wait_ms)
            return NET_TIMED_OUT;
    }
}

void net_quick_ack(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

/* getaddrinfo(3) cannot be interrupted: it runs on a thread of its own, which is left behind when the time is over. */
struct lookup {
    atomic_int holders;
    char *host;
    char port[8];
    int done[2]; /* a pipe: a byte comes when the answer is there */
    int result;
    struct addrinfo *found;
};

static void lookup_leave(struct lookup *l)
{
    if (atomic_fetch_sub(&l->holders, 1) > 1)
        return;
    if (l->found)
        freeaddrinfo(l->found);
    close(l->done[0]);
    close(l->done[1]);
    mem_free(l->host);
    mem_free(l);
}

static int look_up(const char *host, const char *port, int flags, struct addrinfo **found)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
    return getaddrinfo(host, port, &hints, found);
}

static void *lookup_main(void *arg)
{
    struct lookup *l = arg;
    l->result = look_up(l->host, l->port, 0, &l->found);
    if (write(l->done[1], "!", 1) < 0)
        l->result = EAI_SYSTEM; /* cannot be: the reading end is open as long as there is a holder */
    lookup_leave(l);
    return NULL;
}

static struct lookup *lookup_start(const struct net_target *target, struct err *e)
{
    struct lookup *l = MEM_NEW(struct lookup);
    if (pipe2(l->done, O_CLOEXEC) != 0) {
        err_errno(e, "cannot make a pipe");
        mem_free(l);
        return NULL;
    }
    l->host = mem_strdup(target->host);
    snprintf(l->port, sizeof l->port, "%u", target->port);
    atomic_init(&l->holders, 2);
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, LOOKUP_STACK_BYTES);
    int failed = pthread_create(&thread, &attr, lookup_main, l);
    pthread_attr_destroy(&attr);
    if (failed) /* then on this thread, for as long as it takes */
        lookup_main(l);
    return l;
}

static bool resolve(const struct net_target *target, struct addrinfo **found, struct err *e)
{
    char port[8];
    snprintf(port, sizeof port, "%u", target->port);
    if (look_up(target->host, port, AI_NUMERICHOST, found) == 0)
        return true;
    struct lookup *l = lookup_start(target, e);
    if (!l)
        return false;
    enum net_wait w = net_wait(l->done[0], POLLIN, target->until_ms, target->cancel);
    char byte;
    bool ok = w == NET_READY && read(l->done[0], &byte, 1) == 1 && l->result == 0;
    if (ok) {
        *found = l->found;
        l->found = NULL;
    } else if (w == NET_CANCELLED) {
        net_cancelled(e);
    } else {
        err_fail(
            e, w == NET_READY ? ERR_IO : ERR_TIMEOUT, FAILURE_OOB_CONNECT_FAIL,
            "the name %s does not resolve: %s; check its spelling, DNS or /etc/hosts, or write the address",
            target->host, w == NET_READY ? gai_strerror(l->result) : "no answer in time");
    }
    lookup_leave(l);
    return ok;
}

static void set_number(int fd, int level, int name, int value)
{
    setsockopt(fd, level, name, &value, sizeof value);
}

/* TCP_USER_TIMEOUT sees a dead link while bytes are on their way; the keepalive puts one there when nothing is said. */
static void set_options(int fd, int64_t dead_after_ms)
{
    int seconds = (int)(dead_after_ms / 2000) > 0 ? (int)(dead_after_ms / 2000) : 1;
    set_number(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_number(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)dead_after_ms);
    set_number(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_number(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
    set_number(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds / 2 > 0 ? seconds / 2 : 1);
    net_quick_ack(fd);
}

/* 0, or the errno of this address; ECANCELED when the operator said stop. */
static int connect_one(const struct net_target *target, const struct addrinfo *a, int64_t until_ms, int *out)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    set_options(fd, target->dead_after_ms);
    int failed = connect(fd, a->ai_addr, a->ai_addrlen) == 0 ? 0 : errno;
    if (failed == EINPROGRESS) {
        enum net_wait w = net_wait(fd, POLLOUT, until_ms, target->cancel);
        socklen_t size = sizeof failed;
        if (w == NET_READY)
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size);
        else
            failed = w == NET_CANCELLED ? ECANCELED : ETIMEDOUT;
    }
    if (failed)
        close(fd);
    else
        *out = fd;
    return failed;
}

static const char *advice(int failed)
{
    if (failed == ECONNREFUSED)
        return "check the port number, and that the service runs there";
    if (failed == ETIMEDOUT || failed == EHOSTUNREACH || failed == ENETUNREACH)
        return "check the address, its power and the path to it";
    return "check the address and the port";
}

int net_connect(const struct net_target *target, struct err *e)
{
    struct addrinfo *found;
    if (!resolve(target, &found, e))
        return -1;
    int fd = -1, failed = EHOSTUNREACH;
    int left = 0;
    for (const struct addrinfo *a = found; a; a = a->ai_next)
        left++;
    for (const struct addrinfo *a = found; a && fd < 0 && failed != ECANCELED; a = a->ai_next, left--) {
        int64_t now = clock_now_ms(NULL);
        int64_t share = target->until_ms > now ? (target->until_ms - now) / left : 0;
        failed = connect_one(target, a, now + share, &fd);
    }
    freeaddrinfo(found);
    if (fd < 0 && failed == ECANCELED)
        net_cancelled(e);
    else if (fd < 0)
        err_fail(e,
                 failed == ETIMEDOUT      ? ERR_TIMEOUT
                 : failed == ECONNREFUSED ? ERR_CLOSED
                                          : ERR_IO,
                 FAILURE_OOB_CONNECT_FAIL, "%s; %s", failed == ETIMEDOUT ? "no answer" : strerror(failed),
                 advice(failed));
    return fd;
}
