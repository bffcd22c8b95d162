/* Which lines a simulated switch takes into its configuration, and what each does there. Frozen after load. */
#ifndef SIM_GRAMMAR_H
#define SIM_GRAMMAR_H

#include "base/arena.h"
#include "sim/config.h"
#include "text/regex.h"
#include "text/yaml.h"

struct grammar;

struct grammar_line {
    struct regex *re;
    const char *label;   /* of its block's prompt, with {1} for the pattern's groups; NULL: it opens none */
    const char *until;   /* whole lines up to one that ends so belong to it; NULL: none do */
    const char *removes; /* what is taken away instead; NULL: nothing */
    const char *empties; /* a block of the top level that loses its lines instead, and stays; NULL: none */
    const char *error;   /* NULL: it is accepted */
    const char *says;    /* "" is nothing */
    unsigned single;     /* it replaces a line with as many same first words; 0: none */
    struct grammar *block;
};

struct grammar {
    struct grammar_line *lines;
    size_t count;
};

enum { GRAMMAR_GROUPS = 6 };
struct grammar_match {
    const struct grammar_line *line; /* NULL: no pattern matches */
    unsigned depth;                  /* of the path that it belongs to */
    char groups[GRAMMAR_GROUPS][64]; /* 1 and on; cut */
};

/* `lines:` of a device model. */
void grammar_load(const struct yaml_node *list, struct arena *arena, struct grammar *out, struct mistakes *m);
void grammar_free(struct grammar *g); /* the regexes; the rest is the arena's */
/* Innermost block first; `path` is where the CLI stands, shortest paths last. */
void grammar_match(const struct grammar *top, const struct config_path *path, const char *text,
                   struct grammar_match *out);
/* {1} … of text become the groups. */
void grammar_fill(const struct grammar_match *match, const char *text, struct str *out);

#endif
