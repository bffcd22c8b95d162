/* A transport: bytes in, bytes out. It knows nothing of what they mean. One thread uses one transport. */
#ifndef TRANSPORT_TRANSPORT_H
#define TRANSPORT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/str.h"
#include "text/uri.h"

struct transport;

enum host_keys { HOST_KEYS_STRICT, HOST_KEYS_ACCEPT_NEW, HOST_KEYS_OFF };

/* What a transport needs to know beyond its URI. All borrowed; must outlive the transport. */
struct transport_options {
    const char *user; /* login name as the far side wants it ("net:port07"); NULL: the URI's, then $USER */
    const struct secret
        *password;        /* NULL: none; also answers keyboard-interactive questions that hide their echo */
    const char *key_file; /* private key; NULL: none. ~/ is expanded */
    bool no_agent;        /* do not ask the ssh agent */
    enum host_keys host_keys;
    const char *known_hosts;    /* NULL: ~/.ssh/known_hosts */
    int64_t connect_timeout_ms; /* 0: 15 s; covers name, TCP, key exchange and login together */
    int64_t
        dead_after_ms; /* 0: 20 s; unacknowledged bytes older than this mean a dead link (TCP_USER_TIMEOUT) */
    const struct cancel
        *cancel;           /* NULL: cannot be cancelled; polled at CANCEL_NOW while connecting and reading */
    struct clock *clock;   /* NULL: the machine's; a virtual one for replay */
    unsigned baud;         /* of the serial line where the URI names none; 0: not known */
    const char *telnet_cr; /* what a CR is sent as where the URI has no cr=: crnul, crlf or cr; NULL: crnul */
};

/* What the far end of the line shows of itself, as far as it can be seen from here. Counters are since the opening. */
struct transport_line_state {
    bool errors_known; /* the four counters mean something */
    unsigned framing_errors, parity_errors, overruns, breaks;
    bool modem_known; /* these three mean something */
    bool cts, dsr, dcd;
    bool flow_known;   /* so does this: */
    bool flow_stopped; /* what we send is held back by flow control (XOFF, CTS, a console server's SUSPEND) */
};

/* By the URI's scheme (transport/drivers.def). NULL with failure OOB_CONNECT_FAIL, OOB_AUTH_FAIL, OOB_HOST_KEY or CONSOLE_BUSY;
   the text says which host and port and what to do. */
struct transport *transport_open(const struct uri *uri, const struct transport_options *options,
                                 struct err *e);

/* Appends what has come, waiting until until_ms (clock_now_ms of its clock) for the first byte. True with nothing appended when
   the time ran out. False: ERR_CLOSED with failure CONSOLE_LOST, ERR_CANCELLED, ERR_IO. At most 64 KiB a call. */
bool transport_read(struct transport *t, struct str *into, int64_t until_ms, struct err *e);
/* Sends all, or fails (ERR_TIMEOUT when nothing moves for dead_after_ms). */
bool transport_write(struct transport *t, const void *bytes, size_t len, struct err *e);
bool transport_send_break(struct transport *t, struct err *e); /* ERR_STATE where the transport cannot */
/* The speed of the serial line, which has confirmed it when this returns true; what had come at the old speed is dropped. ERR_STATE
   where the transport has no serial line in its hands. */
bool transport_set_baud(struct transport *t, unsigned baud, struct err *e);
/* All false where nothing can be seen (TCP, SSH). */
void transport_line_state(struct transport *t, struct transport_line_state *out);
void transport_close(struct transport *t);                /* NULL is fine; frees */
const char *transport_name(const struct transport *t);    /* "ssh oob-r1:22 as net:port07", for messages */
struct clock *transport_clock(const struct transport *t); /* NULL: the machine's */

enum {
    TRANSPORT_READ_MAX_BYTES = 64 * 1024,
    TRANSPORT_CONNECT_TIMEOUT_MS = 15000,
    TRANSPORT_DEAD_AFTER_MS = 20000,
    TRANSPORT_BAUD_MIN = 50,
    TRANSPORT_BAUD_MAX = 4000000
};

/* A driver: one static const struct, one line in drivers.def. The core allocates size_bytes (zeroed) as `self`. */
struct transport_driver {
    const char *scheme; /* "ssh" */
    const char *about;
    size_t size_bytes;
    bool (*open)(void *self, const struct uri *uri, const struct transport_options *options, struct err *e);
    bool (*read)(void *self, struct str *into, int64_t until_ms, struct err *e);
    bool (*write)(void *self, const void *bytes, size_t len, struct err *e);
    bool (*send_break)(void *self, struct err *e);                    /* may be NULL */
    bool (*set_baud)(void *self, unsigned baud, struct err *e);       /* may be NULL */
    void (*line_state)(void *self, struct transport_line_state *out); /* may be NULL; out is zeroed */
    void (*close)(void *self);                                        /* also called after open failed */
    unsigned port; /* where the URI names none; 0: it has no ports */
    bool logs_in;  /* as transport_user(): part of its name */
};

/* A transport over a driver that is in no table: scripted peers of the tests. */
struct transport *transport_open_driver(const struct transport_driver *driver, const struct uri *uri,
                                        const struct transport_options *options, struct err *e);
const struct transport_driver *const *transport_drivers(size_t *count);

/* For drivers: the login name that holds (options, then URI, then this process's own). Borrowed, never NULL. */
const char *transport_user(const struct uri *uri, const struct transport_options *options);

#endif
