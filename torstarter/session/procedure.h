/* A procedure: a script of the platform file that changes the switch. Pure data; only session/change.h can type it, under a permit. */
#ifndef SESSION_PROCEDURE_H
#define SESSION_PROCEDURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"
#include "session/dialect.h"
#include "text/regex.h"

/* A question that this very step may meet, and its one answer; any other question stops the step unanswered. */
struct step_answer {
    const char *text; /* the pattern as written; searched in the unfinished line */
    struct regex *regex;
    const char *send; /* may hold {arguments}; "" is a return alone */
    unsigned times;   /* how often at most; 1 unless said */
};

/* A line of the answer that means the step has failed, and with what. */
struct step_failure {
    const char *text;
    struct regex *regex;
    enum failure failure;
};

struct step_requirement { /* of every row that the query gives: this column has this value */
    const char *column;
    const char *value; /* may hold {arguments}; compared without case and blanks around */
};

enum step_kind {
    STEP_RUN,   /* one command line */
    STEP_PASTE, /* the lines of the configuration given, one by one */
    STEP_QUERY  /* reads, and compares: done by the caller of session/change.h, who can parse */
};

struct procedure_step {
    enum step_kind kind;
    const char *about;   /* for progress: "copy the image" */
    const char *command; /* of STEP_RUN; may hold {arguments} */
    const char *query;   /* of STEP_QUERY */
    const struct step_requirement *requirements;
    size_t requirement_count;
    const char *when,
        *unless;     /* names of arguments: the step is left out where that one is (not) given; NULL */
    enum state mode; /* where it is typed; config may be */
    enum state then; /* the mode it ends in; STATE_UNKNOWN: the same */
    const struct step_answer *answers;
    size_t answer_count;
    const struct step_failure *failures;
    size_t failure_count;
    struct regex *success;  /* must be seen in the answer; NULL: the prompt is enough */
    enum failure code;      /* what the step ends in when it is refused, stalls, or lacks its success */
    struct regex *progress; /* group 1 is a percentage or a count of bytes; NULL: none */
    bool progress_is_bytes;
    int64_t stall_ms; /* silence that means failure */
    int64_t total_ms; /* 0: none */
    char interrupt; /* typed once when the step stalls, to have the prompt back for its undo; 0: nothing is */
    bool verifies;  /* the switch itself proves here that the image is its vendor's: a signature */
    bool reloads; /* the switch restarts: the step ends when the line says so, nothing is typed afterwards */
    const char *
        paste_begin; /* of STEP_PASTE: a command that opens it ("load set terminal"); NULL: typed at the mode's prompt */
    const char *paste_end; /* bytes that close it ("\x04"), or NULL */
    bool
        ahead; /* of STEP_PASTE: nothing takes effect before a commit and the procedure has an undo, so lines may be typed with
                   their returns before their echo came back */
    unsigned window_bytes; /* of STEP_PASTE: at most so many without their echo; 0: 100 */
    unsigned line;         /* in the platform file */
};

struct procedure {
    const char *name; /* of model/procedures.def */
    const char *undo; /* the procedure that takes it back, NULL: none */
    const struct procedure_step *steps;
    size_t step_count;
    unsigned line;
};

#endif
