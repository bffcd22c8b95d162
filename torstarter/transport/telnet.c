/* A console server's telnet port: nvt.c with a break. */
#include <string.h>

#include "transport/nvt.h"

enum { TELNET_PORT = 23 };

struct telnet {
    struct nvt nvt;
    bool breaks_by_sync;
};

static bool telnet_open(void *self, const struct uri *uri, const struct transport_options *options,
                        struct err *e)
{
    static const char *const names[] = {"cr", "break", "baud", "kind", NULL};
    struct telnet *t = self;
    const char *how = uri_option(uri, "break", "brk");
    t->breaks_by_sync = strcmp(how, "sync") == 0;
    if (!nvt_open(&t->nvt, uri, options, names, TELNET_PORT, e))
        return false;
    return t->breaks_by_sync || strcmp(how, "brk") == 0 ||
           err_set(e, ERR_USAGE, "console URI: break=%.40s: one of brk, sync", how);
}

static bool telnet_read(void *self, struct str *into, int64_t until_ms, struct err *e)
{
    struct telnet *t = self;
    return nvt_read(&t->nvt, into, until_ms, e);
}

static bool telnet_write(void *self, const void *bytes, size_t len, struct err *e)
{
    struct telnet *t = self;
    return nvt_write(&t->nvt, bytes, len, e);
}

static bool telnet_break(void *self, struct err *e)
{
    struct telnet *t = self;
    return t->breaks_by_sync ? nvt_send_sync(&t->nvt, e) : nvt_send_break(&t->nvt, e);
}

static void telnet_close(void *self)
{
    struct telnet *t = self;
    nvt_clear(&t->nvt);
}

const struct transport_driver transport_telnet = {
    .scheme = "telnet",
    .about = "a console server's telnet port; cr=crnul|crlf|cr, break=brk|sync",
    .size_bytes = sizeof(struct telnet),
    .open = telnet_open,
    .read = telnet_read,
    .write = telnet_write,
    .send_break = telnet_break,
    .close = telnet_close,
    .port = TELNET_PORT,
};
