/* A console: where a switch's serial line can be reached, and how that console server speaks (a data file per kind). */
#ifndef SESSION_CONSOLE_H
#define SESSION_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "session/dialect.h"
#include "transport/transport.h"

enum dialogue_answer { DIALOGUE_TEXT, DIALOGUE_USER, DIALOGUE_PASSWORD };

struct dialogue_step { /* of the console server's own login, before the switch is heard */
    const char *expect_text;
    struct regex *expect; /* searched in the unfinished line */
    enum dialogue_answer answer;
    const char *send; /* DIALOGUE_TEXT: may hold {port} {label}; a CR follows */
};

struct busy_sign {
    const char *text;
    struct regex *regex; /* group "holder" captures who holds the port, where the server says so */
};

struct console_driver { /* platforms/console-servers/KIND.yaml, loaded by model, frozen */
    const char *kind;   /* "opengear" */
    const char *about;
    const char *scheme; /* "ssh" */
    const char *user;   /* "{user}:port{port:02}"; "{user}" for direct */
    unsigned port_base; /* TCP port = port_base + port where > 0; else the server's own port */
    struct dialogue_step *steps;
    size_t step_count;
    struct regex *ready; /* proof of being connected to the line; NULL: the opened channel is the proof */
    const char *ready_text;
    struct busy_sign *busy;
    size_t busy_count;
    struct regex *replay; /* a line that says what follows is old; NULL */
    const char *escapes;  /* byte sequences never to be sent as payload, one per NUL-terminated string… */
    size_t escapes_len;   /* …in this many bytes */
    bool direct;          /* the far side is the switch itself: no serial line behind it */
};

struct console {
    const char *name;   /* "oob-r1 port 7": for people, and for locks */
    const char *server; /* "oob-r1", "" when there is none */
    struct uri uri;     /* user and port already as the driver wants them */
    const struct console_driver *driver;
    const char *port;                 /* "7" */
    struct transport_options options; /* credential of the console server, host keys */
    unsigned baud;                    /* of the serial line, for estimates; 0: unknown or none */
};

/* Fills uri.user/uri.port from the driver's template: {user}, {port}, {port:02}, {label}. */
bool console_address(const struct console_driver *driver, const struct uri *base, const char *user,
                     const char *port, struct arena *arena, struct uri *out, struct err *e);

#endif
