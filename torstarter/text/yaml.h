/* YAML files as trees that know where each node stood: the one home of libyaml. */
#ifndef TEXT_YAML_H
#define TEXT_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_place {
    const char *file;      /* as the user named it, or as `include:` found it */
    unsigned line, column; /* from 1 */
};

struct yaml_node {
    enum yaml_kind kind;
    struct yaml_place place;
    const char *text;         /* scalars: NUL-terminated UTF-8 without NULs inside; "" for an empty one */
    bool quoted;              /* scalars: 'x' or "x" (so that 'true' and '1' stay text) */
    struct yaml_pair *pairs;  /* maps, in file order; keys are unique scalars */
    struct yaml_node **items; /* lists */
    size_t count;
};

struct yaml_pair {
    const char *key;
    struct yaml_place key_place;
    struct yaml_node *value;
};

/* Mistakes found so far in one or many files: all are reported, not only the first. */
struct mistakes {
    struct str text; /* one "file:line:column: what is wrong; what to do" a line */
    size_t count;
};
void mistakes_add(struct mistakes *m, const struct yaml_place *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void mistakes_clear(struct mistakes *m);
/* false and an ERR_SYNTAX error (the first lines, "… and N more") when there are any. */
bool mistakes_none(const struct mistakes *m, struct err *e);

enum { YAML_FILE_MAX_BYTES = 16 * 1024 * 1024, YAML_DEPTH_MAX = 64, YAML_NODE_MAX = 2000000 };

/* Reads one file: anchors and aliases (bounded, so that a "billion laughs" file is refused), merge keys (<<), and
   `include: FILE` or `include: [FILE…]` at the top level (relative to the file that says it; maps are merged, a key in the
   including file wins; cycles are refused). NULL when the file cannot be read at all or has syntax errors: then at least one
   mistake was added. The tree lives in the arena. */
struct yaml_node *yaml_read_file(const char *path, struct arena *arena, struct mistakes *m);
/* The same from memory; `name` stands for the file; include: is a mistake. */
struct yaml_node *yaml_read_text(const char *name, const char *text, size_t len, struct arena *arena,
                                 struct mistakes *m);

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key); /* NULL if not a map or absent */
bool yaml_is_null(const struct yaml_node *n); /* NULL, or a plain empty scalar, ~ or null */

/* Readers that add a mistake naming the place and what was wanted, and return false. */
bool yaml_want_text(const struct yaml_node *n, const char **out, struct mistakes *m);
bool yaml_want_int(const struct yaml_node *n, long min, long max, long *out, struct mistakes *m);
bool yaml_want_number(const struct yaml_node *n, double *out, struct mistakes *m);
bool yaml_want_bool(const struct yaml_node *n, bool *out, struct mistakes *m); /* true false yes no on off */
bool yaml_want_span_ms(const struct yaml_node *n, long *out,
                       struct mistakes *m); /* 250ms 3s 5m; a bare number: seconds */
bool yaml_want_map(const struct yaml_node *n, struct mistakes *m);
bool yaml_want_list(const struct yaml_node *n, struct mistakes *m);
/* A mistake for each key that is not in `known`, with the nearest known key. */
void yaml_only_keys(const struct yaml_node *map, const char *const *known, size_t known_count,
                    struct mistakes *m);

#endif
