/* Rows about changes: permits, configurations that were put on a switch, and the TAINTED mark. Those that may not be lost wait. */
#ifndef STORE_CHANGE_ROWS_H
#define STORE_CHANGE_ROWS_H

#include "base/arena.h"
#include "store/store.h"

struct permit_row {
    int64_t job, at_us;
    const char *procedure, *serial;
    const char *evidence;        /* JSON */
    const char *override_reason; /* NULL: none */
    const char *refused;         /* failure code; NULL: given */
    const char *text;
};
/* Durable on return. */
bool permit_row_add(struct store *s, const struct permit_row *row, int64_t *id, struct err *e);
/* Not waited for: durable with whatever is put behind it and waited for. */
void permit_row_spend(struct store *s, int64_t id, int64_t at_us);
/* "done", "undone", "half", "lost". Durable on return. */
bool permit_row_end(struct store *s, int64_t id, const char *outcome, const char *text, struct err *e);

struct stage_row { /* a configuration that was put on a switch */
    const char *serial, *sha256;
    int64_t job, at_us;
};
bool stage_row_add(struct store *s, const struct stage_row *row, struct err *e);
/* All hashes of that serial; memory of the arena. */
bool stage_rows(struct store *s, const char *serial, struct arena *arena, const char *const **out,
                size_t *count, struct err *e);

struct taint_row {
    int64_t id, job, at_us;
    const char *switch_name, *serial, *procedure, *text;
};
bool taint_row_add(struct store *s, const struct taint_row *row, struct err *e);
/* Marks not cleared: of this serial, or without one and of this name; memory of the arena, the oldest first. */
bool taint_rows(struct store *s, const char *switch_name, const char *serial, struct arena *arena,
                struct taint_row **out, size_t *count, struct err *e);
bool taint_row_clear(struct store *s, int64_t id, int64_t job, int64_t at_us, struct err *e);

/* The jobs' permits that were spent and never ended, each with its switch: what a dead process left open. */
struct open_permit {
    int64_t id, job;
    const char *procedure, *serial, *switch_name;
};
bool permit_rows_open(struct store *s, int64_t job, struct arena *arena, struct open_permit **out,
                      size_t *count, struct err *e);

/* Did one of the jobs that this one goes on with change how the switch works, without a restart proven since? What was lent and taken
   back, copied or deleted whole, or taken back by its undo, does not count. */
bool permit_rows_unproven(struct store *s, int64_t job, bool *unproven, struct err *e);

#endif
