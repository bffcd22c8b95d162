/* One run of a job's plugins on one switch: what a plugin may see and do. */
#ifndef PLUGIN_RUN_H
#define PLUGIN_RUN_H

#include "base/arena.h"
#include "base/cancel.h"
#include "base/err.h"
#include "model/platform.h"
#include "model/site.h"
#include "parse/records.h"
#include "plugin/plugin.h"
#include "session/session.h"

enum component { COMPONENT_PSU, COMPONENT_FAN, COMPONENT_UPLINK, COMPONENT_TRANSCEIVER, COMPONENT_IMAGE };

enum uplink_tried { UPLINK_NOT_TRIED, UPLINK_REACHED, UPLINK_NOT_REACHED };

/* A fact found about a part, for its table; names are the store's columns. */
struct fact {
    const char *column;
    const char *text; /* NULL: none */
    bool is_number;
    double number;
};

struct change_progress; /* session/change.h */
/* Where the engine listens. May be NULL. Called on the job's thread. */
struct run_hooks {
    void *ctx;
    void (*component)(void *ctx, enum component what, const char *status, bool failed,
                      const struct fact *facts, size_t count);
    void (*note)(void *ctx, const char *text);
    /* Facts about the switch: "serial_found", "firmware_found", "mac", "model". */
    void (*fact)(void *ctx, const char *column, const char *text);
    /* Of a long step of a change: a copy, a paste, a boot. */
    void (*progress)(void *ctx, const struct change_progress *p);
    /* The wanted configuration as rendered, with its secrets. */
    void (*wanted)(void *ctx, const char *text, size_t len);
};

struct permit;
struct config_text; /* plugin/config.h */
struct normal;
struct rule;
struct capturer;
struct run;

/* The engine's guard: the one source of permits. NULL with run->err (IN_PRODUCTION, GUARD_UNPROVEN, IDENTITY_MISMATCH). */
struct run_guard {
    void *ctx;
    struct permit *(*permit)(void *ctx, struct run *run, const char *procedure);
    /* What became of a procedure: "done", "undone", "half"; the last marks the switch TAINTED with the text. Durable on return. */
    void (*changed)(void *ctx, struct run *run, const char *procedure, const char *state, const char *text);
    /* What it would say now, without a permit; NULL: nobody to ask. */
    struct verdict (*look)(void *ctx, struct run *run);
    /* A configuration that this tool put on the switch: sha256 of its normal form; a known stage from now on. */
    void (*stage)(void *ctx, struct run *run, const char *sha256);
};

struct cached_answer {
    const char *key;           /* query, way of asking, arguments */
    const struct query *query; /* this way of asking it */
    struct records records;
    uint64_t event;
    const char *command;
    const char *text; /* the answer as it came; NULL where none did */
    size_t len;
    struct err err; /* code ERR_NONE: records were read; COMMAND_REJECTED: the switch knows no such command */
    struct evidence err_evidence;
    struct cached_answer *next;
};

/* The rows of several answers (one per interface) as one table. */
struct joined_answer {
    const struct record *rows; /* of the table */
    const struct cached_answer **answers;
    size_t *row_there; /* of the answer that the row came from */
    struct joined_answer *next;
};

struct run {
    struct site *site;
    const struct site_switch *sw;
    const struct role *role;
    const struct platform *platform;
    const struct rule *rule;                /* that runs now; NULL: the step is a plugin */
    struct session_options session_options; /* filled by the engine; oob_connect opens with it */
    struct session *session;                /* NULL before oob_connect; closed by the engine */
    const struct cancel *cancel;
    const struct attendant *attendant; /* a person at the keyboard; NULL mostly */
    const struct capturer *capturer;   /* who writes answers down; NULL mostly */
    struct run_hooks hooks;
    struct run_guard guard; /* permit NULL: nothing can be changed */
    const struct normal
        *wanted; /* the configuration that this job puts there; NULL: none, or not rendered yet */
    /* Per uplink of the switch, by plugin uplink_address: reached or not through an address that is gone again; NULL: not tried. */
    const enum uplink_tried *uplinks_tried;
    const struct config_text *wanted_text; /* and as it is typed; NULL likewise */
    struct arena arena;                    /* of the job */
    struct cached_answer *cache;           /* answers shared between the plugins of a job */
    struct joined_answer *joined;
    const struct cached_answer
        *first_read; /* by this plugin: what a pass points at; the engine clears it before each */
    const struct cached_answer *last_read;
    bool changed; /* this job changed how the switch works: neighbours may still be on their way up */
    const char
        *not_kept;  /* without a session: the last query whose answer, of one way at least, is not there */
    struct err err; /* of the last run_query that failed */
    struct evidence err_evidence;
};

/* Asks the switch (or takes the answer of this job that is there already). False: run->err is set; return verdict_error(run).
   Repeats the query, at most twice, when a log line cut into the answer. Where the platform knows other ways to ask, the next one
   is taken when the switch rejected the one before, or answered that there is nothing. {interfaces} is filled in here. */
bool run_query(struct run *run, const char *query, struct records *out);
bool run_query_with(struct run *run, const char *query, const struct argument *args, size_t arg_count,
                    struct records *out);
/* One way of asking alone, or its answer that is there already; the others are not tried. NULL: run->err (no answer came whole). */
const struct cached_answer *run_ask(struct run *run, const struct query *q, const struct argument *args,
                                    size_t arg_count);
/* About all uplinks of the switch: once per uplink where the command holds {interface}, else once; all rows in one table. */
bool run_query_uplinks(struct run *run, const char *query, struct records *out);
/* The answer that a row was read from, and through *there (may be NULL) which of its rows that is; row past the last: the first
   answer. NULL: not from this run. */
const struct cached_answer *run_answer_of(const struct run *run, const struct records *r, size_t row,
                                          size_t *there);
/* Forgets the cached answer, so that the next run_query asks again (re-sampling). */
void run_forget(struct run *run, const char *query);

/* Reads an answer and puts it there as if it had just been asked for: what rejudging and tests judge. False: it could not be
   read, and the next run_query for it fails with this error. Which way of asking it answers is told by the command as it was typed,
   or by a number behind the query: "neighbors#2"; the first where neither tells. */
bool run_remember(struct run *run, const char *query, const struct argument *args, size_t arg_count,
                  const char *text, size_t len, const char *command, uint64_t event);

/* Likewise, of a job of the past: the way of asking and its arguments are those with which the command reads as it was typed.
   `rejected`: the switch did, then. False: today nothing is asked so, and the answer stands for nothing. */
bool run_recall(struct run *run, const char *query, const char *command, bool rejected, const char *text,
                size_t len, uint64_t event);

void run_component(struct run *run, enum component what, const char *status, bool failed,
                   const struct fact *facts, size_t count);
void run_note(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void run_fact(struct run *run, const char *column, const char *text);

struct verdict verdict_pass(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct verdict verdict_fail(struct run *run, enum failure failure, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Could not find out: kind ERROR with run->err's failure (PARSE_FAILURE where it has none). */
struct verdict verdict_error(struct run *run);
struct verdict verdict_skip(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* SKIPPED because the site does not ask for it: counts neither for nor against the job. "not asked for: the site names no …" */
struct verdict verdict_not_asked(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Points a verdict at the cell that decided it. `column` may be NULL: the row as a whole; row == SIZE_MAX: the whole answer. */
void verdict_point(struct run *run, struct verdict *v, const struct records *r, size_t row,
                   const char *column, const char *wanted_fmt, ...) __attribute__((format(printf, 6, 7)));
void verdict_remedy(struct run *run, struct verdict *v, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
