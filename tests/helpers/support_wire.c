#include "helpers/support_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"

enum { PATIENCE_MS = 20000, QUIET_MS = 30 };

void wire_init(struct wire *w)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    *w = (struct wire){.fd = -1};
    w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(w->listener, (struct sockaddr *)&a, size), 0);
    assert_int_equal(listen(w->listener, 8), 0);
    assert_int_equal(getsockname(w->listener, (struct sockaddr *)&a, &size), 0);
    w->port = ntohs(a.sin_port);
}

void wire_clear(struct wire *w)
{
    if (w->fd >= 0)
        close(w->fd);
    close(w->listener);
}

struct transport *wire_try(struct wire *w, const char *scheme, const char *options,
                           const struct transport_options *how, struct err *e)
{
    static const struct transport_options plain = {.connect_timeout_ms = PATIENCE_MS};
    struct arena arena = {0};
    struct uri uri;
    char text[200];
    snprintf(text, sizeof text, "%s://127.0.0.1:%u%s", scheme, w->port, options);
    if (!uri_parse(text, &arena, &uri, e))
        fail_msg("%s: %s", text, e->msg);
    struct transport *t = transport_open(&uri, how ? how : &plain, e);
    arena_clear(&arena);
    return t;
}

struct transport *wire_open(struct wire *w, const char *scheme, const char *options,
                            const struct transport_options *how)
{
    struct err e = {0};
    struct transport *t = wire_try(w, scheme, options, how, &e);
    if (!t)
        fail_msg("%s", e.msg);
    return t;
}

static bool accept_one(struct wire *w)
{
    struct pollfd p = {.fd = w->listener, .events = POLLIN};
    int on = 1;
    if (poll(&p, 1, PATIENCE_MS) == 1)
        w->fd = accept(w->listener, NULL, NULL);
    return w->fd >= 0 && setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
}

void wire_accept(struct wire *w)
{
    assert_true(accept_one(w));
}

void wire_say(int fd, const char *bytes, size_t len)
{
    assert_int_equal(write(fd, bytes, len), len);
}

static void add_hex(struct str *out, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        str_printf(out, " %02x", (unsigned char)bytes[i]);
}

/* As many bytes as are wanted; fewer when the time ends or the far side is gone. */
static size_t receive(int fd, char *out, size_t len)
{
    size_t have = 0;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (have < len && poll(&p, 1, PATIENCE_MS) == 1) {
        ssize_t n = read(fd, out + have, len - have);
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    return have;
}

static bool expect(int fd, const char *bytes, size_t len, struct str *wrong)
{
    char *got = malloc(len + 1);
    size_t n = receive(fd, got, len);
    bool same = n == len && memcmp(got, bytes, len) == 0;
    if (!same) {
        str_add_cstr(wrong, "expected:");
        add_hex(wrong, bytes, len);
        str_add_cstr(wrong, "; came:");
        add_hex(wrong, got, n);
    }
    free(got);
    return same;
}

void wire_expect(int fd, const char *bytes, size_t len)
{
    struct str wrong = {0};
    if (!expect(fd, bytes, len, &wrong))
        fail_msg("%s", str_cstr(&wrong));
    str_clear(&wrong);
}

void wire_expect_nothing(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char bytes[64];
    struct str wrong = {0};
    ssize_t n = poll(&p, 1, QUIET_MS) == 1 ? read(fd, bytes, sizeof bytes) : 0;
    if (n > 0) {
        add_hex(&wrong, bytes, (size_t)n);
        fail_msg("nothing was to be said, but it was:%s", str_cstr(&wrong));
    }
}

void wire_hear(struct transport *t, const char *bytes, size_t len)
{
    struct str got = {0}, wrong = {0};
    struct err e = {0};
    int64_t end = clock_now_ms(NULL) + PATIENCE_MS;
    while (got.len < len && clock_now_ms(NULL) < end)
        if (!transport_read(t, &got, end, &e))
            break;
    if (got.len != len || memcmp(str_cstr(&got), bytes, len) != 0) {
        str_add_cstr(&wrong, "to be heard:");
        add_hex(&wrong, bytes, len);
        str_add_cstr(&wrong, "; heard:");
        add_hex(&wrong, got.data, got.len);
        fail_msg("%s %s", str_cstr(&wrong), e.msg);
    }
    str_clear(&got);
}

unsigned wire_seed(void)
{
    const char *given = getenv("TORSTARTER_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)clock_now_us(NULL) | 1;
    fprintf(stderr, "# TORSTARTER_SEED=%u\n", seed);
    return seed;
}

unsigned wire_next(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void say_in_pieces(struct wire_script *s, const char *bytes, size_t len)
{
    while (len > 0) {
        size_t part = s->seed ? 1 + wire_next(&s->seed) % 4 : len;
        part = part < len ? part : len;
        if (write(s->wire->fd, bytes, part) != (ssize_t)part)
            return;
        bytes += part;
        len -= part;
    }
}

static void *play(void *arg)
{
    struct wire_script *s = arg;
    if (!accept_one(s->wire)) {
        str_add_cstr(&s->wrong, "nobody connected");
        return NULL;
    }
    for (size_t i = 0; s->steps[i].expect || s->steps[i].say; i++) {
        const struct wire_step *step = &s->steps[i];
        if (step->expect && !expect(s->wire->fd, step->expect, step->expect_len, &s->wrong)) {
            str_printf(&s->wrong, " (step %zu)", i + 1);
            shutdown(s->wire->fd, SHUT_RDWR);
            return NULL;
        }
        if (step->say)
            say_in_pieces(s, step->say, step->say_len);
    }
    if (s->closes)
        shutdown(s->wire->fd, SHUT_WR);
    return NULL;
}

void wire_script_start(struct wire_script *s)
{
    s->wrong = (struct str){0};
    assert_int_equal(pthread_create(&s->thread, NULL, play, s), 0);
}

void wire_script_join(struct wire_script *s)
{
    pthread_join(s->thread, NULL);
    if (s->wrong.len)
        fail_msg("%s", str_cstr(&s->wrong));
}
