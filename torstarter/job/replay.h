/* Recordings as tests: each is taken through the same job again, by the engine itself, on a virtual clock and a store in memory. */
#ifndef JOB_REPLAY_H
#define JOB_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "job/engine.h"
#include "job/log_console.h"
#include "model/path.h"

struct replay_wishes {
    const struct search_path *path;
    const char *expect; /* a failure code or a state, in place of what the header says; NULL: the header's */
    const char *platform;                  /* of captured logs; NULL: by their folder's name */
    const char *job_type;                  /* likewise; NULL: validate */
    const char *const *only, *const *skip; /* of captured logs; NULL: none */
    bool loose;                            /* answers by command */
};

enum replay_end { REPLAY_OK, REPLAY_NOT_OK, REPLAY_SKIPPED, REPLAY_REFUSED /* the file is wrong */ };

struct replay_result {
    enum replay_end end;
    struct str text;      /* one line: why not ok, or the verdict */
    struct str details;   /* more lines, each "key: value" or indented; may be empty */
    int64_t virtual_ms;   /* how long the job took on its own clock */
    enum job_state state; /* the job ended in; where it was begun */
    enum failure failure;
    struct str records; /* replay_through: what was kept of the switch, a row a line */
};
void replay_result_clear(struct replay_result *r);

/* What recordings have in common: platforms and job types, loaded once. Any thread may play. */
struct replays;
struct replays *replays_new(const struct replay_wishes *wishes); /* borrowed */
void replays_free(struct replays *r);
void replay_file(struct replays *r, const char *path, struct replay_result *out);
/* From memory; `name` stands for the file. */
void replay_text(struct replays *r, const char *name, const char *text, size_t len,
                 struct replay_result *out);

/* By command, over a line with faults, whatever the wishes say of loose. Skipped where nothing can be answered by command. `fault` NULL:
   a good line. */
void replay_through(struct replays *r, const char *path, const struct log_line_fault *fault,
                    struct replay_result *out);

/* Plain logs, by their name: *.log and *.raw; recordings: *.cast. */
bool replay_is_file(const char *name);
bool replay_is_log(const char *name);

#endif
