#include "transport/transport.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define TRANSPORT(name) extern const struct transport_driver transport_##name;
#include "transport/drivers.def"

struct transport {
    const struct transport_driver *driver;
    const struct cancel *cancel;
    struct clock *clock;
    char *name;
    void *self;
};

const struct transport_driver *const *transport_drivers(size_t *count)
{
    static const struct transport_driver *const drivers[] = {
#define TRANSPORT(name) &transport_##name,
#include "transport/drivers.def"
    };
    *count = sizeof drivers / sizeof *drivers;
    return drivers;
}

const char *transport_user(const struct uri *uri, const struct transport_options *options)
{
    if (options->user && *options->user)
        return options->user;
    if (uri->user && *uri->user)
        return uri->user;
    const char *own = getenv("USER");
    return own && *own ? own : geteuid() == 0 ? "root" : "nobody";
}

static char *make_name(const struct transport_driver *driver, const struct uri *uri,
                       const struct transport_options *options)
{
    struct str name = {0};
    unsigned port = uri->port ? uri->port : driver->port;
    str_add_cstr(&name, driver->scheme);
    if (uri->host && *uri->host) {
        bool address6 = strchr(uri->host, ':') != NULL;
        str_printf(&name, address6 ? " [%s]" : " %s", uri->host);
        if (port)
            str_printf(&name, ":%u", port);
        if (driver->logs_in)
            str_printf(&name, " as %s", transport_user(uri, options));
    } else if (uri->path && *uri->path) {
        str_printf(&name, " %s", uri->path);
    }
    struct str shown = {0};
    str_add_escaped(&shown, name.data, name.len);
    str_clear(&name);
    return str_take(&shown);
}

struct transport *transport_open_driver(const struct transport_driver *driver, const struct uri *uri,
                                        const struct transport_options *options, struct err *e)
{
    struct transport *t = MEM_NEW(struct transport);
    t->driver = driver;
    t->cancel = options->cancel;
    t->clock = options->clock;
    t->name = make_name(driver, uri, options);
    t->self = mem_alloc(driver->size_bytes);
    if (driver->open(t->self, uri, options, e))
        return t;
    err_wrap(e, "%s: ", t->name);
    if (e && e->failure == FAILURE_NONE)
        e->failure = FAILURE_OOB_CONNECT_FAIL;
    transport_close(t);
    return NULL;
}

static bool unknown_scheme(const char *scheme, struct err *e)
{
    size_t count;
    const struct transport_driver *const *drivers = transport_drivers(&count);
    struct str names = {0};
    for (size_t i = 0; i < count; i++)
        str_printf(&names, "%s%s", i ? ", " : "", drivers[i]->scheme);
    err_fail(e, ERR_USAGE, FAILURE_OOB_CONNECT_FAIL, "there is no console transport \"%s\"; there are: %s",
             scheme, str_cstr(&names));
    str_clear(&names);
    return false;
}

struct transport *transport_open(const struct uri *uri, const struct transport_options *options,
                                 struct err *e)
{
    size_t count;
    const struct transport_driver *const *drivers = transport_drivers(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(drivers[i]->scheme, uri->scheme) == 0)
            return transport_open_driver(drivers[i], uri, options, e);
    unknown_scheme(uri->scheme, e);
    return NULL;
}

static bool is_cancelled(const struct transport *t, struct err *e)
{
    if (cancel_level(t->cancel) < CANCEL_NOW)
        return false;
    err_fail(e, ERR_CANCELLED, FAILURE_CANCELLED, "%s: stopped by the operator", t->name);
    return true;
}

bool transport_read(struct transport *t, struct str *into, int64_t until_ms, struct err *e)
{
    if (is_cancelled(t, e))
        return false;
    return t->driver->read(t->self, into, until_ms, e) || err_wrap(e, "%s: ", t->name);
}

bool transport_write(struct transport *t, const void *bytes, size_t len, struct err *e)
{
    if (is_cancelled(t, e))
        return false;
    return len == 0 || t->driver->write(t->self, bytes, len, e) || err_wrap(e, "%s: ", t->name);
}

bool transport_send_break(struct transport *t, struct err *e)
{
    if (is_cancelled(t, e))
        return false;
    if (!t->driver->send_break)
        return err_set(e, ERR_STATE, "%s: this transport cannot send a break", t->name);
    return t->driver->send_break(t->self, e) || err_wrap(e, "%s: ", t->name);
}

bool transport_set_baud(struct transport *t, unsigned baud, struct err *e)
{
    if (is_cancelled(t, e))
        return false;
    if (!t->driver->set_baud)
        return err_set(e, ERR_STATE, "%s: this transport cannot set the speed of the line", t->name);
    return t->driver->set_baud(t->self, baud, e) || err_wrap(e, "%s: ", t->name);
}

void transport_line_state(struct transport *t, struct transport_line_state *out)
{
    *out = (struct transport_line_state){.errors_known = false};
    if (t->driver->line_state)
        t->driver->line_state(t->self, out);
}

void transport_close(struct transport *t)
{
    if (!t)
        return;
    t->driver->close(t->self);
    mem_free(t->self);
    mem_free(t->name);
    mem_free(t);
}

const char *transport_name(const struct transport *t)
{
    return t->name;
}

struct clock *transport_clock(const struct transport *t)
{
    return t->clock;
}
