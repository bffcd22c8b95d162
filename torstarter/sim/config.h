/* A configuration as a simulated switch holds it: lines with their depth. Snapshots are shared until one of them changes. */
#ifndef SIM_CONFIG_H
#define SIM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"

enum { CONFIG_DEPTH_MAX = 8 };

struct config_line {
    char *text;
    unsigned depth;
};

struct config {
    VEC(struct config_line) lines;
    unsigned refs;
};

/* The blocks that a line stands in, outermost first. */
struct config_path {
    const char *blocks[CONFIG_DEPTH_MAX];
    unsigned depth;
};

struct config *config_new(void);
struct config *config_ref(struct config *c);
void config_unref(struct config *c);              /* NULL is nothing */
struct config *config_unshare(struct config **c); /* what may be written; *c becomes it */

/* Lines by their indent; each is given to `reads_over` first. `flat`: depth 0 whatever the indent. */
struct config *config_parse(const char *text, size_t len, bool flat,
                            bool (*reads_over)(const void *ctx, const char *line), const void *ctx);
/* Where the line stands, (size_t)-1: nowhere. */
size_t config_find(const struct config *c, const struct config_path *at, const char *text);
/* The line at `i` and all below it end before this. */
size_t config_block_end(const struct config *c, size_t i);
/* At the end of its block, whose own lines are made where they lack. `same_words` > 0: in place of the line with the same first words. */
void config_put(struct config *c, const struct config_path *at, const char *text, unsigned same_words);
void config_add_raw(struct config *c,
                    const char *line); /* at the end, as it is: of a file that has no blocks */
/* What is `prefix` or starts with it and a blank, with all below. Returns how many lines went. */
size_t config_remove(struct config *c, const struct config_path *at, const char *prefix);
/* All that stands in the blocks that are `head` or start with it and a blank; they themselves stay. */
void config_empty(struct config *c, const char *head);
bool config_equal(const struct config *a, const struct config *b);
/* Lines end in CR LF; `separator` (or "") stands around blocks of the top level. */
void config_show(const struct config *c, unsigned indent, const char *separator, struct str *out);
/* What only `from` has behind -, what only `to` has behind +, each under its blocks. */
void config_diff(const struct config *from, const struct config *to, unsigned indent, struct str *out);

#endif
