/* A far end of random bytes behind telnet: and rfc2217:, cut in two: no byte of it does harm, and every opening and reading ends. */
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "transport/transport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OPEN_MS = 200, READ_MAX_BYTES = 1 << 20 };

static int listen_on_loopback(unsigned *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 8) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        abort();
    *port = ntohs(at.sin_port);
    return fd;
}

struct far {
    int listener;
    const uint8_t *data;
    size_t size;
};

/* Says all it has to say, hears out what comes back, goes. */
static void *answer(void *context)
{
    const struct far *f = context;
    char sink[4096];
    int fd = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        abort();
    bool said = send(fd, f->data, f->size, MSG_NOSIGNAL) >= 0;
    shutdown(fd, SHUT_WR);
    while (said && recv(fd, sink, sizeof sink, 0) > 0)
        ;
    close(fd);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int listener = -1;
    static unsigned port;
    if (size < 2)
        return 0;
    if (listener < 0)
        listener = listen_on_loopback(&port);
    struct far far = {listener, data + 1, size - 1};
    struct uri uri = {.scheme = data[0] & 1 ? "rfc2217" : "telnet",
                      .user = "",
                      .host = "127.0.0.1",
                      .port = port,
                      .path = ""};
    struct transport_options options = {.connect_timeout_ms = OPEN_MS, .dead_after_ms = OPEN_MS};
    struct str got = {0};
    struct err e = {0};
    pthread_t thread;
    if (pthread_create(&thread, NULL, answer, &far) != 0)
        abort();
    struct transport *t = transport_open(&uri, &options, &e);
    while (t && got.len < READ_MAX_BYTES && transport_read(t, &got, clock_now_ms(NULL) + OPEN_MS, &e) &&
           got.len)
        str_reset(&got);
    transport_close(t);
    pthread_join(thread, NULL);
    str_clear(&got);
    return 0;
}
