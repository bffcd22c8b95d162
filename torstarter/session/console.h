/* A console: where a switch's serial line can be reached, and how that console server speaks (a data file per kind). */
#ifndef SESSION_CONSOLE_H
#define SESSION_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "session/dialect.h"
#include "transport/transport.h"

enum dialogue_answer {
    DIALOGUE_TEXT,
    DIALOGUE_USER,
    DIALOGUE_PASSWORD,
    DIALOGUE_KEYS,     /* without a line end; may be escape bytes */
    DIALOGUE_REDIRECT, /* go on at another TCP port of the same server: group "port" of what was expected */
    DIALOGUE_WAIT      /* nothing is typed */
};

struct dialogue_step { /* of the console server's own login, before the switch is heard */
    const char *expect_text;
    struct regex *expect; /* searched in the unfinished line; NULL: nothing is waited for */
    enum dialogue_answer answer;
    const char *send; /* TEXT: may hold {user} {port} {label}, and the line end follows; KEYS: as it stands */
    bool line;        /* `expect` is searched in finished lines instead */
    bool optional;    /* passed over when the next one's comes first */
    bool clears;      /* takes the port from somebody: asked for is the site's policy, right before it */
};

struct busy_sign {
    const char *text;
    struct regex *regex; /* group "holder" captures who holds the port, where the server says so */
};

/* What else means busy, beside being told. */
enum busy_when {
    BUSY_REFUSED = 1, /* the TCP connection is refused */
    BUSY_CLOSED = 2,  /* it is closed before a byte came */
    BUSY_SILENT = 4   /* nothing comes, whatever is typed: cannot be told from a dead switch, so only said */
};

enum break_method { BREAK_NONE, BREAK_LINE, BREAK_KEYS };

enum clear_where {
    CLEAR_HERE,    /* in the connection that was told "busy", which then is the console */
    CLEAR_CONSOLE, /* in a new connection to the console's address, which then is the console */
    CLEAR_SERVER   /* at the server's own command line; then the console is opened anew */
};

struct console_clear { /* how a port is taken from who holds it */
    enum clear_where where;
    const char *scheme, *user; /* CLEAR_SERVER: NULL: as for consoles; "{user}" */
    unsigned tcp_port;         /* CLEAR_SERVER: 0: the site's, else the scheme's */
    struct dialogue_step *steps;
    size_t step_count;
    struct regex *ready;
    const char *
        idle; /* a line that tells since when the holder has not typed: may hold {port}; groups w d h m s, and
                         "holder". NULL: the server cannot tell */
    unsigned times;  /* the steps from `clears` on are made so often; 0: once */
    int64_t wait_ms; /* before the console is opened anew */
};

struct console_driver { /* platforms/console-servers/KIND.yaml, loaded by model, frozen */
    const char *kind;   /* "opengear" */
    const char *about;
    const char *scheme; /* "ssh" */
    const char *user;   /* "{user}:port{port:02}"; "{user}" for direct */
    unsigned port_base; /* TCP port = port_base + port where > 0; else the server's own port */
    bool port_is_tcp;   /* the console's port is the TCP port */
    unsigned tcp_port;  /* the server's own port where the site names none; 0: the scheme's */
    struct dialogue_step *steps;
    size_t step_count;
    const char *line_end;  /* of the dialogue's lines; NULL: CR */
    const char *telnet_cr; /* what telnet sends a CR as: crnul, crlf, cr; NULL: crnul */
    struct regex *ready;   /* proof of being connected to the line; NULL: the opened channel is the proof */
    const char *ready_text;
    struct busy_sign *busy;
    size_t busy_count;
    unsigned busy_when;     /* enum busy_when */
    struct busy_sign *lost; /* the server, not the switch: no such port, or its own prompt */
    size_t lost_count;
    struct regex *replay; /* a line that says what follows is old; NULL */
    const char *escapes;  /* byte sequences never to be sent as payload, one per NUL-terminated string… */
    size_t escapes_len;   /* …in this many bytes */
    enum break_method break_method;
    const char *break_keys;
    const char *speed_advice;   /* how a person sets the port's speed on the server; NULL */
    struct console_clear clear; /* no steps: this kind of server cannot be told to */
    bool direct;                /* the far side is the switch itself: no serial line behind it */
    const char *way;            /* the scheme that was asked for; NULL: the kind's first */
    struct regex **patterns;    /* all that were compiled, for console_driver_clear */
    size_t pattern_count;
};

enum clear_policy {
    CLEAR_NEVER,
    CLEAR_IDLE,  /* only from a holder of whom the server says that he has not typed for clear_idle_ms */
    CLEAR_ALWAYS /* also where the server cannot tell; never from one who typed in the last minutes */
};

struct console {
    const char *name;   /* "oob-r1 port 7": for people, and for locks */
    const char *server; /* "oob-r1", "" when there is none */
    struct uri uri;     /* user and port already as the driver wants them */
    const struct console_driver *driver;
    const char *port;                 /* "7" */
    struct transport_options options; /* credential of the console server, host keys */
    unsigned baud;                    /* of the serial line, for estimates; 0: unknown or none */
    const char *user; /* at the console server, before the driver's template; NULL: the URI's */
    const unsigned *baud_candidates; /* tried when the line is garbled; NULL: the usual four */
    size_t baud_candidate_count;
    enum clear_policy clear_policy;
    int64_t clear_idle_ms;
};

/* Fills uri.user/uri.port from the driver's template: {user}, {port}, {port:02}, {label}. */
bool console_address(const struct console_driver *driver, const struct uri *base, const char *user,
                     const char *port, struct arena *arena, struct uri *out, struct err *e);
/* Names of the schemes that a console's URI may have; at most max, their number is returned. */
size_t console_schemes(const char **names, size_t max);
/* A BREAK as this console takes it. Nothing else sends one: for a person at an interactive console, and for recovery steps. */
bool console_send_break(const struct console *c, struct transport *t, struct err *e);

#endif
