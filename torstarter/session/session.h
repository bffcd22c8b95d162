/* A session: the dialogue with one switch on one console. It sends only what the proven state allows. */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/mask.h"
#include "base/secret.h"
#include "session/console.h"
#include "session/dialect.h"
#include "transport/transport.h"

struct session;

struct credential {   /* one of those tried on the switch, in the site's order */
    const char *name; /* "factory" */
    const char *user;
    const struct secret *password;        /* never NULL; may be empty */
    const struct secret *enable_password; /* NULL: none */
};

enum sent_kind {
    SENT_WAKE,
    SENT_USER,
    SENT_PASSWORD,
    SENT_MODE,
    SENT_SETTING,
    SENT_QUERY,
    SENT_ANSWER,
    SENT_NONCE,
    SENT_ABORT,
    SENT_LOGOUT,
    SENT_KEYS,     /* typed by a person at an interactive console */
    SENT_CHANGE,   /* a line of a procedure, or the answer to a question of it; only under a permit */
    SENT_PASTE,    /* a line of a configuration; likewise */
    SENT_INTERRUPT /* the one Ctrl-C that ends a stalled step whose platform data allows it; likewise */
};
const char *sent_kind_name(enum sent_kind kind); /* "query" */

struct sent { /* what is about to be typed; secrets masked */
    enum sent_kind kind;
    enum state state;
    const char *text;  /* without the CR; "{secret:switch}" for a password */
    const char *query; /* name of the query, or "" */
    int64_t at_utc_us;
    uint64_t received_from; /* offset in the received, masked stream at which its answer will begin */
};

enum answer_status {
    ANSWER_OK,
    ANSWER_NONE_ROWS,
    ANSWER_REJECTED,
    ANSWER_TIMED_OUT,
    ANSWER_LOST,
    ANSWER_CUT
};
const char *answer_status_name(enum answer_status status); /* "ok", "none", "rejected", … */

struct answer {
    struct str
        text; /* clean: no echo, no prompt, no pager, no noise; lines end in \n; caller: answer_clear */
    enum answer_status status;
    bool noisy;       /* a log line was taken out of it: the query was, or should be, repeated */
    unsigned damaged; /* NULs and control bytes within it: line or speed is bad, nothing in it is sure */
    uint64_t event;   /* what before_send returned for the command */
    uint64_t received_from, received_to; /* range in the received, masked stream */
    int64_t duration_us;
    char command[512]; /* as typed */
};
void answer_clear(struct answer *a);

/* How the rooms above watch and hold back. All may be NULL. Called on the session's thread. */
struct session_hooks {
    void *ctx;
    /* Must return only when the row is durable. False (with e): nothing is sent and the call that wanted to fails. Returns the
       event's number through *event (0: none). */
    bool (*before_send)(void *ctx, const struct sent *what, uint64_t *event, struct err *e);
    void (*after_answer)(void *ctx, uint64_t event, const struct answer *a);
    /* Every byte, both ways, masked. */
    void (*bytes)(void *ctx, bool received, const char *bytes, size_t len, int64_t at_utc_us);
    void (*note)(void *ctx, const char *text); /* something a person would want to know: "woke after 2 CRs" */
};

struct session_options {
    const struct console *console;    /* opened by session_open, unless take_transport is given */
    struct transport *take_transport; /* tests: used instead; owned from here on, also on failure */
    /* Opens what else has to be opened (a redirect, a port that was cleared). NULL: transport_open. */
    struct transport *(*open)(void *ctx, const struct uri *uri, const struct transport_options *options,
                              struct err *e);
    void *open_ctx;
    const struct dialect *dialect;
    const struct credential *credentials;
    size_t credential_count;
    const struct secret *const *other_secrets; /* also masked */
    size_t other_secret_count;
    struct session_hooks hooks;
    const struct cancel *cancel;
    bool answer_first_boot; /* job type provision: signs with `send` in first_boot may be answered */
    bool
        from_factory_ok; /* a forced password change may be answered (issue of changes); false: LOGIN_POLICY */
    int64_t
        silent_after_ms; /* 0: 20 s; a console that says nothing for so long, after wake-ups, is CONSOLE_SILENT */
    int64_t login_timeout_ms; /* 0: 120 s, in all */
    uint64_t nonce_seed;      /* 0: from the system's random numbers */
};

/* Reaches the console server, passes its login dialogue, finds out whether the port is busy. NULL with failure OOB_CONNECT_FAIL,
   OOB_AUTH_FAIL, OOB_HOST_KEY, CONSOLE_BUSY (names the holder). Nothing has been typed to the switch then. */
struct session *session_open(const struct session_options *options, struct err *e);

/* Looks, wakes, logs in (or finds a session that is logged in already and starts anew from a clean login), reaches the dialect's
   home mode, makes on_login's settings, proves the present with a nonce. Failures: CONSOLE_SILENT, CONSOLE_GARBLED, CONSOLE_DIRTY,
   LOGIN_FAIL, LOGIN_POLICY, FIRST_BOOT, QUESTION_UNKNOWN, BOOT_LOADER, CONSOLE_LOST. */
bool session_login(struct session *s, struct err *e);

struct
    argument { /* for {name} in a query's command: no blanks, control characters, quotes, ; | ? ! or backslashes */
    const char *name, *value;
};

/* Types one declared query and reads its answer. `q` must belong to this session's dialect (else ERR_STATE). False: ERR_REJECTED
   (COMMAND_REJECTED), ERR_TIMEOUT (COMMAND_TIMEOUT), ERR_CLOSED (CONSOLE_LOST), ERR_LIMIT (PARSE_FAILURE), ERR_CANCELLED,
   QUESTION_UNKNOWN. `out` is filled as far as it came in every case. */
bool session_query(struct session *s, const struct query *q, const struct argument *args, size_t arg_count,
                   struct answer *out, struct err *e);

/* True: what follows takes back a change of ours, so CANCEL_ASKED does not stop its queries (CANCEL_NOW does). The guard says so. */
void session_take_back(struct session *s, bool on);

/* A person at an interactive console. */
enum attend_wish { ATTEND_STAY, ATTEND_LEAVE, ATTEND_BREAK };
struct attendant {
    void *ctx;
    void (*opened)(void *ctx);                              /* the line is there; may be NULL */
    void (*show)(void *ctx, const char *bytes, size_t len); /* what came, masked */
    /* Takes what was typed since, without waiting: at most room bytes. */
    enum attend_wish (*keys)(void *ctx, char *keys, size_t room, size_t *len);
};
/* After session_open, instead of session_login: until the person leaves (true) or the line is lost (false). Nothing is typed that
   the person did not type; session_close afterwards types nothing either. */
bool session_attend(struct session *s, const struct attendant *a, struct err *e);

/* Reads what came since the last answer, without waiting. True, once, when bytes came that neither log lines nor a prompt explain:
   the last answer was not whole and has to be asked for again. Whoever does not ask learns it from the next session_query(),
   which then fails with ERR_UNREAD (PARSE_FAILURE) and sends nothing. Ask before a verdict is given. */
bool session_late_bytes(struct session *s);

/* Logs out if, and only if, a state is proven from which that is safe; closes the line; frees. `left` (may be NULL) receives what
   was left behind: "" after a clean logout, else e.g. "the session was left in state unknown: nothing was typed". */
void session_close(struct session *s, struct str *left);

enum state session_state(const struct session *s);
const char *session_hostname(const struct session *s); /* from the prompt: not an identity; "" before login */
const char *
session_credential(const struct session *s); /* name of the one that worked; "" if none was needed */
/* What somebody should put right though the login went well: "the line runs at 9600 baud, the site says 115200"; "" mostly. */
const char *session_finding(const struct session *s);
/* Since it was opened, or last restarted, the switch spoke of its provisioning mode, which the procedure first_boot_end leaves. */
bool session_in_first_boot(const struct session *s);
uint64_t session_received(const struct session *s); /* bytes received so far (masked stream) */
int64_t session_now_ms(const struct session *s);    /* its clock, by which permits grow old */
/* The last bytes received, escaped, for an error text: at most max bytes of them. Caller frees. */
char *session_tail(const struct session *s, size_t max);
/* Bytes this session must never have sent: counted by the drivers of the tests. */
struct mask *session_mask(struct session *s);

#endif
