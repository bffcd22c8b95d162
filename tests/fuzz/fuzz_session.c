/* A peer of random bytes and random pauses on a virtual clock: the session always comes to an end, and nothing is ever typed that
   the proof table does not allow for the state the session itself had proven. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "helpers/support_dialect.c" /* fuzz targets are linked without the helpers */
#include "session/inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { END_OF_TIME_MS = 40 * 60 * 1000 };

struct random_peer {
    struct clock clock; /* first: found through the options */
    const uint8_t *data;
    size_t size, at;
    bool rowed; /* a row came and its bytes are still to come */
};

struct link {
    struct random_peer *peer;
};

/* Words that lead deep into the dialogue, so that random input gets further than a shrug. */
static const char *const words[] = {"\r\ntor01 login: ",
                                    "Password: ",
                                    "\r\ntor01#",
                                    "\r\ntor01>",
                                    "\r\ntor01(config)#",
                                    " --More-- ",
                                    "Login incorrect\r\n",
                                    "\r\nAboot#",
                                    "Booting flash:/x\r\n",
                                    "[yes/no]: ",
                                    "\r\n",
                                    "admin",
                                    "\r\nLast login: now\r\n",
                                    "% Invalid input\r\n",
                                    "exit",
                                    "enable"};

static bool peer_open(void *self, const struct uri *uri, const struct transport_options *options,
                      struct err *e)
{
    (void)uri;
    (void)e;
    ((struct link *)self)->peer = (struct random_peer *)options->clock;
    return true;
}

/* One byte says what happens: a pause, a word, or so many of the following bytes as they are. */
static bool peer_read(void *self, struct str *into, int64_t until_ms, struct err *e)
{
    struct random_peer *p = ((struct link *)self)->peer;
    if (p->clock.now_ms > END_OF_TIME_MS)
        abort(); /* it hangs */
    if (p->at >= p->size) {
        if (p->size % 2)
            return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "end");
        clock_wait_until(&p->clock, until_ms);
        p->clock.now_ms++;
        return true;
    }
    uint8_t what = p->data[p->at];
    if (what < 64) {
        int64_t wanted = p->clock.now_ms + (int64_t)what * what;
        if (wanted > until_ms) {
            if (p->clock.now_ms >= until_ms)
                p->at++;
            clock_wait_until(&p->clock, until_ms);
            return true;
        }
        p->at++;
        clock_wait_until(&p->clock, wanted);
    } else if (what < 192) {
        p->at++;
        str_add_cstr(into, words[what % (sizeof words / sizeof *words)]);
    } else {
        size_t n = what - 191u;
        p->at++;
        if (n > p->size - p->at)
            n = p->size - p->at;
        str_add(into, p->data + p->at, n);
        p->at += n;
    }
    return true;
}

static bool peer_write(void *self, const void *bytes, size_t len, struct err *e)
{
    struct random_peer *p = ((struct link *)self)->peer;
    (void)bytes;
    (void)len;
    (void)e;
    if (!p->rowed)
        abort(); /* bytes without their row */
    p->rowed = false;
    return true;
}

static void peer_close(void *self)
{
    (void)self;
}

static const struct transport_driver driver = {
    .scheme = "random",
    .size_bytes = sizeof(struct link),
    .open = peer_open,
    .read = peer_read,
    .write = peer_write,
    .close = peer_close,
};

static bool before_send(void *ctx, const struct sent *what, uint64_t *event, struct err *e)
{
    struct random_peer *p = ctx;
    (void)event;
    (void)e;
    if (!proof_allows(what->state, what->kind) || strstr(what->text, "hunter2"))
        abort();
    p->rowed = true;
    return true;
}

static void run(struct random_peer *p, struct dialect *d, const struct secret *password)
{
    static const struct uri uri = {.scheme = "random", .user = "", .host = "", .path = ""};
    struct transport_options options = {.clock = &p->clock};
    struct credential credential = {.name = "switch", .user = "admin", .password = password};
    struct session_options o = {.take_transport = transport_open_driver(&driver, &uri, &options, NULL),
                                .dialect = d,
                                .credentials = &credential,
                                .credential_count = 1,
                                .hooks = {.ctx = p, .before_send = before_send},
                                .nonce_seed = 1};
    struct err e = {0};
    struct session *s = session_open(&o, &e);
    if (!s)
        return;
    if (session_login(s, &e))
        for (size_t i = 0; i < 2; i++) {
            struct answer a;
            session_query(s, &d->queries[i], NULL, 0, &a, &e);
            answer_clear(&a);
            session_late_bytes(s);
        }
    session_close(s, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dialect *d;
    static struct secret *password;
    if (!d) {
        d = dialect_for_tests();
        d->comment = ""; /* a nonce cannot be guessed: without it the queries are reached */
        password = secret_new("switch", "hunter2", 7);
    }
    struct random_peer p = {.data = data, .size = size};
    run(&p, d, password);
    return 0;
}
