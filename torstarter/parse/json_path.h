/* Paths into JSON: RFC 6901 pointers with steps that stand for several members at once. */
#ifndef PARSE_JSON_PATH_H
#define PARSE_JSON_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "text/json.h"

enum { JSON_HELD_MAX = 9, JSON_STEPS_MAX = 32 };

struct json_step {
    enum {
        STEP_KEY,          /* a member, or a list's item */
        STEP_KEY_OR_NONE,  /* KEY?: in the path of rows, one that may be missing */
        STEP_EACH,         /* *: each item of a list, each member of an object */
        STEP_EACH_OR_SELF, /* +: each item of a list, or the value itself when it is no list */
        STEP_HELD          /* {1}: what the first wildcard stood at */
    } kind;
    const char *key;
    unsigned held; /* from 0 */
};

struct json_path {
    const char *text;
    enum {
        FROM_ROW,  /* /ps_status; of the rows themselves: from the root */
        FROM_ROOT, /* //version/… */
        IS_HELD,   /* {1} alone: the name itself, in steps[0].held */
        IS_EMPTY   /* {empty}: nothing there is right, too */
    } kind;
    const struct json_step *steps;
    size_t step_count;
    unsigned wildcards;
};

/* `*`, `+` and `KEY?` belong to the path of rows. */
bool json_path_rows(const char *text, struct arena *arena, struct json_path *out, struct err *e);
/* {N} and `//` belong to the path of a column; `wildcards` are those of its rows. */
bool json_path_column(const char *text, unsigned wildcards, struct arena *arena, struct json_path *out,
                      struct err *e);

/* Where a row was found: by which keys and indices its wildcards went; NULL where `+` stood at the value itself. */
struct json_held {
    const char *names[JSON_HELD_MAX];
    unsigned count;
};

/* Calls `each` for every row, in the order of the text. False when `each` said so, or when the answer is built otherwise than
   the path says: then e tells where. */
bool json_path_each(const struct json_path *rows, const struct json *root, struct arena *arena,
                    bool (*each)(void *ctx, const struct json *row, const struct json_held *held), void *ctx,
                    struct err *e);
/* What a column's path leads to; NULL when there is nothing (null counts as nothing). Not for IS_HELD and IS_EMPTY. */
const struct json *json_path_at(const struct json_path *path, const struct json *root, const struct json *row,
                                const struct json_held *held);

/* The line of the text (from 1) on which each row begins, in the order of json_path_each. */
struct json_lines {
    VEC(unsigned) lines;
    bool lost; /* they cannot be told */
};
/* The text has been read by json_parse: nothing is checked here. */
void json_path_lines(const struct json_path *rows, const char *text, size_t len, struct json_lines *out);
unsigned json_lines_of(const struct json_lines *lines, size_t row); /* 0: not known */
void json_lines_clear(struct json_lines *lines);

#endif
