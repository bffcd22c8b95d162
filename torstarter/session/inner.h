/* The inside of a session: what the files of this room share. For session/ only. */
#ifndef SESSION_INNER_H
#define SESSION_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session/line.h"
#include "session/procedure.h"
#include "session/session.h"

enum {
    BOOT_MILESTONES = 16,
    BOOT_TEXT_BYTES = 80,
    BOOT_LOOP_COUNT = 3,
    BOOT_APART_MS = 2000, /* closer together it is one boot: a countdown, or a console server's replay */
    HOSTNAME_BYTES = 128,
    LOGIN_ATTEMPTS_MAX = 4, /* below the lockouts of the platforms we know (5 and more) */
    WAKE_QUIET_MS = 2000,
    LOADER_QUIET_MS = 2000,
    SETTLE_MS = 200,        /* where the dialect does not say */
    LOGIN_FAILED_MS = 5000, /* the same: pam_faildelay and some more */
    LISTEN_MAX_BYTES = 16 * 1024 * 1024,
    QUESTION_QUIET_MS = 3000
};

/* What the unfinished line means, as it stands. */
struct sight {
    enum state state;
    const struct sign *sign; /* of a pager, a question, a first-boot dialogue, a loader */
    bool unknown;            /* STATE_QUESTION: it only has the shape of a question */
};

struct milestone {
    char text[BOOT_TEXT_BYTES];
    unsigned count;
    int64_t last_ms;
};

struct boot {  /* what was seen of the switch booting */
    bool seen; /* and no login prompt since */
    int64_t last_ms;
    char last[BOOT_TEXT_BYTES];
    struct milestone milestones[BOOT_MILESTONES];
    size_t count;
    const char *loop; /* the milestone that came BOOT_LOOP_COUNT times */
};

struct heard { /* signs in the lines that came */
    const struct sign *first_boot, *dirty;
    const struct sign *login_failed; /* since something was last typed */
    char text[160];                  /* the line of first_boot or dirty */
};

enum login_step { LOGIN_IDLE, LOGIN_USER_SENT, LOGIN_PASSWORD_SENT };

struct login {
    enum login_step step;
    const struct credential *current;
    size_t tried; /* how many of the order were begun */
    unsigned users_resent, aborts, logouts, answers, elicited;
    uint64_t user_writes;     /* line.writes when the user name was typed */
    int64_t user_ms, slow_ms; /* when that was; how long a line that is slow took to answer it */
    struct str prompt;        /* where the password was typed */
    bool user_echoed;         /* the user name came back: the line is at a login */
    bool echo_judged, echoed; /* the far side showed what was typed at its password prompt */
    char answered[160];       /* the question that was answered last: its line, finished, asks nothing more */
    struct str names;         /* of the credentials that were refused */
};

struct session;
/* A finished line; while somebody listens for it. */
typedef void line_sink(struct session *s, void *ctx, const char *text, size_t len);

struct dialogue;

struct idle { /* what the console server says of the port's holder */
    struct regex *regex;
    bool known;
    int64_t ms; /* since he typed; of several the least */
};

struct speed { /* the search for the line's speed */
    bool searching, settled;
    unsigned configured, current;
    size_t next;     /* of the candidates */
    unsigned errors; /* framing errors when this speed was set */
    char tried[80];
    bool told; /* the finding is written down */
};

struct slow { /* commands whose answers begin late though the echo comes at once */
    unsigned run;
    int64_t ms;
};

struct permit;

/* The procedure that a permit was spent for. Bytes of a change leave only while one of its steps is being made. */
struct begun {
    const struct permit *permit; /* NULL: none */
    const struct procedure *procedure;
    const struct procedure_step *step; /* NULL: between steps */
    uint64_t epoch;
    bool typed;   /* something of it has left */
    bool stalled; /* its step stands still, and nothing was typed against that yet */
};

struct session {
    struct session_options options;
    const struct dialect *dialect;
    struct line line;
    enum state state;
    line_sink *sink;
    void *sink_ctx;
    struct boot boot;
    struct heard heard;
    bool in_first_boot; /* it says that it is in its provisioning mode, in which one can log in */
    struct login login;
    struct str learned[STATE_COUNT]; /* the exact prompt of each mode, once proven */
    char hostname[HOSTNAME_BYTES];
    const struct credential *credential; /* the one that worked */
    bool logged_in;
    bool leaving;     /* CANCEL_ASKED does not end the waits of a goodbye */
    bool taking_back; /* nor what takes a change of ours back: see session_take_back */
    bool present;     /* proven by a nonce, or by an answer since */
    bool on_line;     /* the console server's own dialogue is over */
    bool replayed;    /* the console server said that what follows is old */
    bool late;        /* bytes came after an accepted prompt; nobody has asked yet */
    bool accepted;    /* the last query's answer was believed */
    char astray[160]; /* what the console server says instead of connecting us; "" */
    char busy[200];   /* what the console server said of the port's holder; "" */
    char last_query[64];
    int64_t deadline_ms;       /* of the login */
    struct dialogue *dialogue; /* with the console server, while it lasts */
    struct uri uri;            /* of the line as it is: another TCP port after a redirect */
    struct idle idle;
    bool cleared;
    struct speed speed;
    struct slow slow;
    struct begun begun;
    uint64_t epoch;  /* grows with each connection, login and restart seen */
    char serial[64]; /* of the switch that the first permit was for */
    bool
        unfinished_line; /* part of a line of ours stands in the switch's line editor: a return would run it */
    const struct persona *persona; /* what answers, where it showed */
    char limit[120];               /* the line that says the login service stopped; "" */
    struct str finding;
    uint64_t random;
    struct regex *
        *cuts; /* noise patterns without their ^, for rows cut in the middle; NULL where there is none */
};

/* What to type; exactly one of text and secret. */
struct typing {
    enum sent_kind kind;
    const char *text;
    const struct secret *secret;
    const char *query;
    bool no_return;       /* a pager's key */
    bool to_server;       /* from the console-server's own data: may hold its escape bytes */
    const char *line_end; /* NULL: CR */
};

/* permit.c */
bool permit_spend(struct permit *permit, struct session *s, const struct procedure *p, struct err *e);
/* The permit was spent for the procedure under way, or for the one that this one takes back. */
bool permit_covers(const struct permit *permit, const struct session *s, const struct procedure *p,
                   struct err *e);
bool permit_holds(const struct session *s); /* what was begun has not become void since */

/* proof.c */
bool proof_allows(enum state state, enum sent_kind kind);
bool session_type(struct session *s, const struct typing *t, uint64_t *event, struct err *e);
/* For paste.c: a line's row, durable on return; then its bytes in pieces, as their echo lets them, recorded as `shown`. The state
   stays proven: whoever pastes judges each byte of the echo. */
bool session_paste_row(struct session *s, const char *text, size_t len, const char *shown, uint64_t *event,
                       struct err *e);
bool session_paste_bytes(struct session *s, const char *bytes, size_t len, const char *shown, struct err *e);
char session_line_kill(const struct session *s);
bool session_holds_escape(const struct session *s, const char *bytes, size_t len); /* the console server's */
/* For attend.c: a person's keys, whatever they are. */
bool session_type_keys(struct session *s, const char *keys, size_t len, bool is_secret, struct err *e);
bool session_type_break(struct session *s, struct err *e);

/* boot.c */
void boot_hear(struct session *s, const char *text, size_t len); /* a finished line */
void boot_note(struct session *s, const char *text, size_t len); /* an unfinished one: counts nothing */
/* "Press RETURN to get started": the boot is over, and one return is wanted. */
bool boot_is_ready(const struct session *s, const char *text, size_t len);
void boot_over(struct session *s);
bool boot_fail(struct session *s, struct err *e); /* during a query */

/* login.c */
void login_forget(struct login *login); /* the switch restarted in the middle of it */

/* look.c */
struct sight session_sight(struct session *s);
/* Listens until the unfinished line means something and has been quiet for as long as that meaning asks, or until_ms. */
bool session_listen(struct session *s, int64_t until_ms, struct sight *sight, struct err *e);
void session_hear(struct session *s, void *ctx, const char *text,
                  size_t len); /* the sink of looking and login */
bool session_has_learned(
    const struct session *s); /* the unfinished line is an exact prompt that was learned */
void session_learn(struct session *s, enum state state);

/* wake.c */
/* Looks, wakes if need be, until the state is known. first_gap_ms: silence before the first wake-up; 0: the usual. */
bool session_look(struct session *s, int64_t first_gap_ms, struct sight *sight, struct err *e);

/* exchange.c */
struct exchange {
    enum sent_kind kind;
    const char *text, *query;
    int64_t stall_ms, total_ms;
    size_t max_bytes;
    bool any_end;    /* a prompt of another mode, a login or a password prompt ends it too */
    bool old_first;  /* whatever comes before the echo is old and is dropped */
    enum state then; /* a prompt of this mode ends it too; STATE_UNKNOWN: none */
    const struct procedure_step *step; /* of SENT_CHANGE: its questions alone are answered */
    const char *const *replies;        /* to the step's questions, filled in */
    void (*watch)(void *ctx, struct session *s);
    void *watch_ctx;
    struct answer *answer;
    struct sight end; /* out */
    bool gone;        /* out, of a step that reloads: the switch has left */
};
bool session_exchange(struct session *s, struct exchange *x, struct err *e);

/* change.c */
bool change_declared(const struct session *s, const struct procedure *p, size_t i, enum step_kind kind,
                     struct err *e);
bool change_ready(struct session *s, const struct procedure_step *step, struct err *e); /* in its mode */
/* What a line of the answer means: FAILURE_NONE, or the code that it is refused with. */
enum failure change_refusal(const struct session *s, const struct procedure_step *step, const char *text,
                            size_t len);

/* query.c */
/* A command with its {arguments}, each checked; `what` names it in the error. */
bool session_fill(const char *what, const char *form, const struct argument *args, size_t count,
                  struct str *out, struct err *e);

/* mode.c */
bool session_mode(struct session *s, enum state target, struct err *e);

/* sync.c */
bool session_nonce(struct session *s, struct err *e);
bool session_drain(struct session *s,
                   struct err *e); /* reads what is there without waiting; explains it or sets `late` */
bool session_resync(struct session *s,
                    struct err *e); /* from anywhere back to a proven prompt, present proven by a nonce */

/* noise.c */
void noise_init(struct session *s);
void noise_clear(struct session *s);
bool noise_is(const struct session *s, const char *text, size_t len);
/* Where a log line cuts into a row; SIZE_MAX: nowhere. */
size_t noise_cut(const struct session *s, const char *text, size_t len);

/* console.c */
const struct console_driver *session_driver(const struct session *s); /* NULL: none */
/* {user} {port} {port:02} {label} filled in. */
bool console_fill(const char *form, const char *user, const char *port, struct str *out, struct err *e);
void console_hear(struct session *s, const char *text, size_t len, bool unfinished);
bool console_astray(struct session *s, struct err *e); /* the server says that it did not connect us */
bool console_busy(struct session *s, struct err *e);   /* fails with CONSOLE_BUSY where the server said so */
/* The connection ended before a byte came, and this kind of server means busy by that: sets `busy`. */
bool console_closed_is_busy(struct session *s);

/* dialogue.c */
struct dialogue {
    const struct dialogue_step *steps;
    size_t count;
    const struct regex *ready;
    bool clearing;
    unsigned times;
    size_t done, base; /* steps that are over; the first of this connection */
    int64_t deadline_ms;
    const struct dialogue_step *hit; /* its line came */
    char port[8];                    /* that was captured */
    bool taken;                      /* a step that clears was made */
};
bool console_open(struct session *s, const struct uri *uri, struct err *e);
bool console_reach(struct session *s, struct err *e); /* the console's own address */
bool console_dialogue(struct session *s, struct err *e);
bool dialogue_run(struct session *s, struct dialogue *d, struct err *e);
void dialogue_hear(struct session *s, const char *text, size_t len); /* a finished line */

/* clear.c */
void clear_init(struct session *s);
void clear_hear(struct session *s, const char *text, size_t len);
bool clear_allowed(struct session *s, struct err *e); /* right before the step that takes the port */
/* The port is busy: takes it where the site allows that, and stands at the console again. */
bool console_clear_busy(struct session *s, struct err *e);

/* speed.c */
bool speed_is_garbled(const struct session *s);
bool speed_is_flooded(const struct session *s); /* so much garbage that silence need not be waited for */
/* Goes on to the next candidate. False: there is none, or the speed is not in our hands. */
bool speed_next(struct session *s);
bool speed_unproven(struct session *s); /* a candidate is being tried and has shown no text yet */
void speed_proven(struct session *s);   /* a prompt came */
bool speed_fail(const struct session *s, struct err *e);

/* persona.c */
struct persona;
void persona_hear(struct session *s, const char *text, size_t len);
/* Adds to an error's text what answers there, where that is not what the job is for. */
void persona_name(struct session *s, struct err *e);

/* diagnose.c */
/* CONSOLE_SILENT with the reason, as far as the line shows it. */
bool diagnose_silence(const struct session *s, bool nothing_came, int64_t waited_ms, unsigned returns,
                      struct err *e);

/* session.c */
const char *session_name(const struct session *s); /* the console's, for messages */
void session_note(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool session_is_direct(const struct session *s);
/* A device's words for an error text: masked, escaped, at most max bytes of them. Caller frees. */
char *session_quote(const struct session *s, const char *text, size_t len, size_t max);
int64_t or_else(int64_t value, int64_t otherwise);

#endif
