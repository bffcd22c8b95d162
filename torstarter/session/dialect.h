/* A dialect: how one platform speaks on its console. Pure data, loaded by model from platforms/NAME.yaml, then frozen. */
#ifndef SESSION_DIALECT_H
#define SESSION_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"
#include "text/regex.h"

/* What the session is proven to be in; each allows certain bytes only (session/proof.c). Order: most specific first. */
enum state {
    STATE_UNKNOWN,    /* only the wake-up */
    STATE_BOOTING,    /* nothing at all */
    STATE_LOADER,     /* nothing at all, unless a procedure for that very state says so */
    STATE_FIRST_BOOT, /* POAP, ZTP, setup dialogue: nothing, unless the dialect's entry allows an answer */
    STATE_QUESTION,   /* an unfinished line that asks something unknown: nothing */
    STATE_PAGER,      /* the pager's own key */
    STATE_PASSWORD,   /* a password or the empty line that gives the login up */
    STATE_LOGIN,      /* a user name */
    STATE_CONFIG,     /* the way back only (reading jobs never enter it) */
    STATE_SHELL,
    STATE_ENABLE,
    STATE_EXEC,
    STATE_COUNT
};
const char *state_name(enum state s); /* "enable" */
bool state_by_name(const char *name, enum state *out);
bool state_is_prompt(enum state s); /* a place where a command may be typed: config shell enable exec */

struct prompt {
    enum state state;
    const char *text; /* as written in the platform file, before {hostname} was filled in */
    struct regex
        *regex; /* anchored at the line's start and at its end; group "hostname" where the pattern has it */
};

enum answer_kind { ANSWER_NOTHING, ANSWER_PASSWORD, ANSWER_ENABLE_PASSWORD };

struct mode_change { /* one edge of the mode graph */
    enum state from, to;
    const char *send;
    enum answer_kind answer; /* what a password prompt after it wants */
    const char *back;        /* the command that leads back, or NULL */
};

/* Something recognised in the output, with what it means. */
struct sign {
    const char *text;     /* the pattern as written */
    struct regex *regex;  /* searched in a completed line, or in the unfinished one where it says so */
    enum failure failure; /* FAILURE_NONE for pure knowledge (noise, milestones) */
    bool unfinished;      /* looked for in the unfinished last line: a question, a pager */
    const char *send;     /* an answer that neither reloads nor persists, or NULL: never answered */
};

struct sign_list {
    struct sign *items;
    size_t count;
};

struct query {           /* read-only, declared by the platform; session_query() sends nothing else */
    const char *name;    /* "power_supplies" */
    const char *command; /* may hold {interface}, {address}, … filled from checked arguments */
    enum state mode;     /* where it is typed: STATE_EXEC, STATE_ENABLE, STATE_SHELL */
    int64_t stall_ms;    /* gives up when nothing comes for this long */
    int64_t total_ms;    /* 0: no total limit beside the bytes */
    size_t max_bytes;    /* of the raw answer; more is COMMAND_TIMEOUT's sister: ERR_LIMIT, PARSE_FAILURE */
    struct regex *none;  /* an answer that means "no rows" and is therefore no rejection; or NULL */
    unsigned typical_bytes;  /* for --plan: what a healthy answer of a usual switch is long */
    unsigned line;           /* in the platform file */
    unsigned alternative;    /* 0: asked first; 1, 2 …: its `otherwise:`, in that order right behind it */
    bool interfaces_in_full; /* {interfaces} is Ethernet1/49,Ethernet1/50, not Ethernet1/49,1/50 */
};

/* A part of a configuration that has no prompt per line: from a line that `begin` finds to one that holds its group 1 (a banner's
   delimiter), or `end` where begin has no group 1 ("EOF", "quit"). */
struct multiline {
    const char *text;
    struct regex *begin;
    const char *end; /* NULL: group 1 of begin */
};

struct procedure; /* session/procedure.h */

struct dialect {
    const char *platform;
    const char *comment;    /* "!": starts a line the CLI ignores; carries the nonce. "" when there is none */
    struct prompt *prompts; /* in matching order: most specific state first */
    size_t prompt_count;
    struct mode_change *modes;
    size_t mode_count;
    enum state home;       /* where queries are typed by default: STATE_ENABLE, STATE_EXEC or STATE_SHELL */
    const char **on_login; /* session-scoped settings only */
    size_t on_login_count;
    const char *logout;          /* typed at a proven exec/enable/shell prompt: "exit" */
    struct sign_list pager;      /* unfinished; `send` is its key */
    struct sign_list rejected;   /* a command was refused though the prompt came back */
    struct sign_list noise;      /* log lines that may cut into output */
    struct sign_list questions;  /* known questions (unfinished); without `send` they are never answered */
    struct sign_list first_boot; /* FIRST_BOOT, LOGIN_POLICY … */
    struct sign_list
        booting; /* boot milestones and loaders' banners: after one of these not a byte is sent */
    struct sign_list
        ready; /* a boot is over and one return is wanted, where no login prompt comes by itself ("Press RETURN") */
    struct sign_list login_failed; /* "Login incorrect", "% Bad passwords" */
    struct sign_list dirty;        /* uncommitted changes and the like → CONSOLE_DIRTY */
    int64_t settle_ms; /* quiet time that makes a prompt believable when it is not the exact one learned */
    int64_t login_failed_ms; /* silence that may follow a wrong password (pam_faildelay: 3 s) */
    size_t line_max_bytes;   /* the CLI's line buffer */
    struct query *queries;
    size_t query_count;
    /* What changes the switch: only session/change.h types it, under a permit. */
    const struct procedure *procedures;
    size_t procedure_count;
    struct sign_list
        config_secrets; /* in lines of a configuration: group 1 is a secret, logged by its hash */
    const struct multiline *multiline;
    size_t multiline_count;
    char line_kill; /* clears what was typed of a line; 0: Ctrl-U */
    char redraw;    /* shows prompt and line once more, as the switch has them; 0: nothing does */
};

/* The first way to ask it; NULL if not declared. */
const struct query *dialect_query(const struct dialect *d, const char *name);
/* The way to ask that comes when the CLI rejected q or answered `none`; NULL behind the last. */
const struct query *dialect_query_otherwise(const struct dialect *d, const struct query *q);
/* NULL if the platform does not declare it. */
const struct procedure *dialect_procedure(const struct dialect *d, const char *name);
/* Signs that mean the same on every platform (boot banners, GRUB, U-Boot, ONIE, getty): session/signs.c, merged by the loader
   behind the platform's own. */
const struct sign_list *dialect_common_booting(void);
/* First-boot dialogues and forced password changes, likewise; none has an answer. */
const struct sign_list *dialect_common_first_boot(void);

#endif
