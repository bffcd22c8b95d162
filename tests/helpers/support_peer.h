/* A scripted switch on a virtual clock: states, what is typed in them, what comes of it and when. It records every byte. */
#ifndef HELPERS_SUPPORT_PEER_H
#define HELPERS_SUPPORT_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"
#include "transport/transport.h"

/* Inside any text that is printed. */
#define PEER_10MS "\x1c"
#define PEER_1S   "\x1d"
#define PEER_10S  "\x1e"
#define PEER_NUL  "\x1f"

struct peer_rule {
    const char
        *typed; /* the whole line without its CR, or one key where the state takes keys; "*": anything */
    const char *reply;   /* NULL: nothing */
    const char *next;    /* the state that follows; NULL: the same */
    const char *echo;    /* instead of the usual echo (what was typed, CR LF) */
    const char *unasked; /* printed once the prompt of the next state stands there */
    int64_t delay_ms;    /* before the reply */
    unsigned times;      /* applies so often at most; 0: always */
};

struct peer_state {
    const char *name;
    const char *prompt; /* printed on entering, and after every reply */
    const char *enter;  /* printed before the prompt on entering */
    const struct peer_rule
        *rules;        /* up to one whose `typed` is NULL; what none fits brings nothing but the prompt */
    const char *after; /* by itself, after after_ms, this state */
    int64_t after_ms;
    const char *flood;      /* printed again and again while in this state */
    size_t flood_max_bytes; /* 0: without end */
    bool mute;              /* nothing comes back at all: no echo, no prompt */
    bool hidden;            /* what is typed is not echoed, only the line's end */
    bool keys;              /* every byte counts by itself, without echo */
    bool unsafe;            /* nothing may be sent here */
    bool closes;            /* the connection ends here, after what was printed */
};

struct peer_speed {
    unsigned baud;
    const char *state;
};

struct peer_item;

struct peer {
    struct clock clock;              /* first member: the driver finds the peer by it */
    const struct peer_state *states; /* up to one without a name; the first is where it begins */
    size_t chunk_bytes;              /* at most so many bytes a read; 0: as they come */
    unsigned baud;                   /* 0: instantly */
    int64_t latency_ms;              /* before anything comes back */
    /* What became of it. */
    const struct peer_state *state;
    struct str bytes; /* all that was sent to it */
    struct str log;   /* "state|what was typed\n" for each write; XON as ^Q */
    size_t unsafe_bytes;
    uint64_t delivered, reads;
    unsigned breaks;    /* that were sent to it */
    unsigned speeds[8]; /* that were set, in turn */
    size_t speed_count;
    /* What the line shows, and which state a speed leads to: a switch at another speed is another state. */
    struct transport_line_state line;
    const struct peer_speed *by_speed; /* up to one of 0; NULL: the speed cannot be set */
    /* Inside. */
    struct peer_item *items;
    size_t item_count, item_cap, item_first;
    struct str input;
    int64_t last_ms;
    unsigned used[1024]; /* 32 states of 32 rules */
    size_t flooded;
    bool closed;
};

extern const struct transport_driver peer_driver;

void peer_init(struct peer *p, const struct peer_state *states);
void peer_clear(struct peer *p);
/* A new connection to it, in this state: what was about to be printed is gone. */
void peer_reconnect(struct peer *p, const char *state);
/* Prints something at now + delay_ms, whatever the state. */
void peer_say(struct peer *p, int64_t delay_ms, const char *text);
/* A transport to it, for session_options.take_transport. */
struct transport *peer_transport(struct peer *p);
size_t peer_count(const struct peer *p, const char *log_line); /* how often this line is in the log */

#endif
