/* A configuration as text that can be compared: what does not count taken out (plugin/normal.c says what), secrets by their hash. Pure. */
#ifndef PLUGIN_NORMAL_H
#define PLUGIN_NORMAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "model/platform.h"

struct normal_line {
    const char
        *path; /* the lines it stands under and itself, joined: "router bgp 65001 / neighbor 10.1.0.0 …" */
    const char *text; /* itself: the end of path */
    const char *key;  /* what is sorted by and hashed: path, with the place of each line whose order counts */
    const char *block; /* the lines among which its place counts; NULL: it does not */
    unsigned line;     /* of the text it came from, from 1 */
    bool is_default;   /* may be missing when read back; no part of the hash */
};
struct normal {
    struct normal_line *lines; /* sorted by key, no doubles */
    size_t count;
    char sha256[65]; /* of what counts: equal for two texts that mean the same */
};
/* From the platform's `config:` data: ignored lines (comments, timestamps, banners of the answer), how blocks are nested (indent,
   set lines), whose order counts, defaults that are not printed, patterns of secrets (group 1 is replaced by its hash). */
void normal_read(const struct platform *p, const char *text, size_t len, struct arena *arena,
                 struct normal *out);
/* Lines of `wanted` that `found` lacks ("-") and, where `exact`, lines that only `found` has ("+"), under the path of their block
   ("@@ … @@"), and lines of ordered blocks that stand elsewhere ("~"): a diff for a person, at most max_lines of it. Ordered blocks
   that `wanted` has are compared exactly in any case: a line more is another list. True when there is no difference. */
bool normal_same(const struct normal *wanted, const struct normal *found, bool exact, size_t max_lines,
                 struct str *diff);
/* Each line matches one of the platform's factory patterns. False: *stranger is the first that does not. No line at all is no
   factory configuration: nothing was read. */
bool normal_is_factory(const struct platform *p, const struct normal *n, const char **stranger);

#endif
