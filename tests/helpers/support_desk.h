/* A desk to test sessions at: a scripted peer, a dialect, credentials, and hooks that write everything down. */
#ifndef HELPERS_SUPPORT_DESK_H
#define HELPERS_SUPPORT_DESK_H

#include "helpers/support_dialect.h"
#include "helpers/support_peer.h"
#include "session/session.h"

#define DESK_PASSWORD "Tr0ub4dor&3"
#define DESK_ENABLE   "en4ble-me!"

enum { DESK_CREDENTIALS = 6 };

struct desk {
    struct peer peer;
    struct dialect *dialect;
    struct credential credentials[DESK_CREDENTIALS]; /* [0] is "switch": admin, DESK_PASSWORD */
    struct secret *secrets[2 * DESK_CREDENTIALS];
    size_t credential_count, secret_count;
    struct session_options options;
    struct session *session;
    struct err e;
    struct str received, sent; /* what the bytes hook was given */
    struct str rows;           /* "kind state text\n", one per before_send */
    struct str notes;
    bool refuse_rows;      /* before_send fails */
    bool sent_unannounced; /* bytes reached the peer before their row */
    bool unsafe_wanted;    /* the test is about unsafe bytes itself */
    const char *raise_on;  /* a row that raises cancel to CANCEL_ASKED */
    struct cancel *cancel;
};

void desk_init(struct desk *d, const struct peer_state *states);
void desk_credential(struct desk *d, const char *name, const char *user, const char *password,
                     const char *enable);
bool desk_open(struct desk *d);
bool desk_login(struct desk *d); /* opens first where needed */
bool desk_query(struct desk *d, const char *name, struct answer *a);
/* Closes; what was left behind. Caller frees. */
char *desk_close(struct desk *d);
/* Ends the process when an unsafe byte was sent, a byte had no row, or a secret shows in anything that was written down. */
void desk_clear(struct desk *d);

/* The states of a usual switch: login, password, exec, enable, config, shell. Copy and change them. */
#define DESK_LOGIN_RULES                                                                                     \
    (const struct peer_rule[])                                                                               \
    {                                                                                                        \
        {.typed = "", .reply = NULL}, {.typed = "*", .next = "password"},                                    \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }
#define DESK_PASSWORD_RULES                                                                                  \
    (const struct peer_rule[])                                                                               \
    {                                                                                                        \
        {.typed = DESK_PASSWORD,                                                                             \
         .reply = "Last login: Sat Jan 31 09:00:00 UTC 2026 on ttyS0\r\n",                                   \
         .next = "enable"},                                                                                  \
            {.typed = "*", .delay_ms = 3000, .reply = "\r\nLogin incorrect\r\n", .next = "login"},           \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }
#define DESK_ENABLE_RULES                                                                                    \
    (const struct peer_rule[])                                                                               \
    {                                                                                                        \
        {.typed = "show version", .reply = DESK_VERSION}, {.typed = "exit", .next = "login"},                \
            {.typed = "terminal length 0", .reply = "Pagination disabled.\r\n"},                             \
            {.typed = "bash", .next = "shell"}, {.typed = "configure terminal", .next = "config"},           \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }
#define DESK_VERSION                                                                                         \
    "Arista DCS-7050SX3-48YC8\r\nSerial number:       JPE00000001\r\nUptime:              1 week\r\n\r\n"
#define DESK_LOGIN                                                                                           \
    {                                                                                                        \
        .name = "login", .prompt = "\r\ntor01 login: ", .rules = DESK_LOGIN_RULES                            \
    }
#define DESK_PASSWORD_STATE                                                                                  \
    {                                                                                                        \
        .name = "password", .prompt = "Password: ", .hidden = true, .rules = DESK_PASSWORD_RULES             \
    }
#define DESK_ENABLE_STATE                                                                                    \
    {                                                                                                        \
        .name = "enable", .prompt = "tor01#", .rules = DESK_ENABLE_RULES                                     \
    }

#endif
