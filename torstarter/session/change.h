/* The only way to change a switch: the steps of a declared procedure, under a permit that is spent by it. */
#ifndef SESSION_CHANGE_H
#define SESSION_CHANGE_H

#include "session/permit.h"
#include "session/procedure.h"
#include "session/session.h"

struct change_progress {
    const char *about;             /* of the step */
    int percent;                   /* -1: not known */
    uint64_t done_bytes, of_bytes; /* of a paste or a copy; of_bytes 0: not known */
    int64_t elapsed_ms;
};
struct change_watch {
    void *ctx;
    void (*progress)(void *ctx, const struct change_progress *p); /* may be NULL; on the session's thread */
};

/* Spends the permit, which lives until change_end(). Fails with GUARD_UNPROVEN, nothing typed, where the permit is spent, older than PERMIT_VALID_MS, of another
   session, connection, login, serial or procedure. */
bool change_begin(struct session *s, struct permit *permit, const struct procedure *p, struct err *e);
/* Step `i` (STEP_RUN) of the procedure that was begun, or of its undo. Ends in the step's own code when refused, stalled or unsuccessful;
   QUESTION_UNKNOWN for a question it does not list; CONSOLE_LOST. `out` is filled as far as it came in every case. */
bool change_step(struct session *s, struct permit *permit, const struct procedure *p, size_t i,
                 const struct argument *args, size_t arg_count, const struct change_watch *watch,
                 struct answer *out, struct err *e);

struct paste {
    const char *text; /* lines end in \n; checked by paste_check */
    size_t len;
    size_t window_bytes; /* at most so many bytes without their echo; 0: 100 */
    const char *const *
        cutting; /* patterns of lines that may change prompt or login: expected, NULL-terminated; may be NULL */
};
struct paste_result {
    size_t lines, bytes;  /* typed and echoed */
    size_t repeated;      /* lines that were typed again after a loss */
    size_t rejected_line; /* from 1; 0: none */
    uint64_t event;       /* of the line typed last */
    struct str rejected;  /* that line's text and the switch's words; caller: str_clear */
};
/* Refuses, before anything is touched, control bytes, lines longer than the dialect's line buffer, bytes that are no UTF-8 where the
   dialect is ASCII, escape sequences of the console server; error says line and column. */
bool paste_check(const struct session *s, const char *text, size_t len, struct err *e);
/* Step `i` (STEP_PASTE). Paced by echo; what was lost or garbled on the way is seen in the echo before the line's end is typed, the
   line is cleared and typed again. Stops at the first line that the switch rejects (CONFIG_REJECTED). */
bool change_paste(struct session *s, struct permit *permit, const struct procedure *p, size_t i,
                  const struct paste *what, const struct change_watch *watch, struct paste_result *out,
                  struct err *e);
/* Has a byte of the procedure that was begun (or of its undo) left? Where none has, the switch is as it was. */
bool change_typed(const struct session *s);
/* Back to the home mode, where that is safe. The permit is of no more use. */
bool change_end(struct session *s, struct permit *permit, struct err *e);

/* What a boot is made of, for one platform: milestones in order, each with the time it may take since the one before. */
struct boot_milestone {
    const char *name; /* "loader", "kernel", "init", "login" */
    struct regex *regex;
    int64_t within_ms;
};
struct boot_plan {
    const struct boot_milestone *milestones;
    size_t count;
    int64_t silence_ms; /* nothing at all for so long: REBOOT_TIMEOUT */
    int64_t total_ms;
};
struct boot_report {
    char reached[32]; /* the last milestone seen */
    int64_t took_ms;
    unsigned starts; /* how often the first milestone was seen */
    bool login;      /* a login prompt (or a proven prompt) stands on the line */
};
/* Listens only: not one byte is sent. True when a login prompt stands there. False: REBOOT_TIMEOUT naming the milestone that is late,
   BOOT_LOOP, BOOT_LOADER, FIRST_BOOT, CONSOLE_LOST. Afterwards session_login() may be called again on the same session. */
bool session_await_boot(struct session *s, const struct boot_plan *plan, const struct change_watch *watch,
                        struct boot_report *out, struct err *e);

/* Grows with each connection, login and restart seen. */
uint64_t session_epoch(const struct session *s);

#endif
