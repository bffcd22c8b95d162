/* Regular expressions: the one home of PCRE2. Limits always set, so that no pattern can hang a job. */
#ifndef TEXT_REGEX_H
#define TEXT_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct
    regex; /* immutable once compiled: may be shared between threads; matching uses per-thread scratch memory */

enum regex_flags {
    REGEX_ANCHORED = 1, /* must match at the start (Python's re.match) */
    REGEX_JIT = 2,      /* for what stays loaded; costs 80 % of the compile time */
    REGEX_CASELESS = 4,
    REGEX_BYTES = 8 /* no UTF: for raw console bytes; else UTF|UCP, the subject must be valid UTF-8 */
};

enum regex_result {
    REGEX_NO_MATCH = 0,
    REGEX_MATCH = 1,
    REGEX_GAVE_UP = -1 /* the match limit was passed, or the subject is not UTF-8: neither yes nor no */
};

struct regex_span {
    size_t start, end; /* byte offsets; start == REGEX_UNSET when the group did not take part */
};
#define REGEX_UNSET ((size_t)-1)

/* Backtracking steps for one subject; for subjects over 64 KiB it shrinks as they grow, so that the work stays bounded. */
enum { REGEX_MATCH_LIMIT = 100000 };

/* On failure the text says what is wrong and at which byte offset of the pattern. */
struct regex *regex_new(const char *pattern, unsigned flags, struct err *e);
/* The same expression, compiled to machine code: for one that turned out to be used often. Never NULL. */
struct regex *regex_copy_jit(const struct regex *re);
void regex_free(struct regex *re);
unsigned regex_group_count(const struct regex *re);                    /* without group 0 */
int regex_group_number(const struct regex *re, const char *name);      /* -1 if there is no such group */
const char *regex_group_name(const struct regex *re, unsigned number); /* NULL if unnamed; borrowed */
/* spans[0..span_count) are filled on a match (span 0 is the whole); span_count may be 0. Where the match limit is passed,
   a second algorithm that does not backtrack may still prove that there is no match: then REGEX_NO_MATCH. */
enum regex_result regex_match(const struct regex *re, const char *subject, size_t len, size_t from,
                              struct regex_span *spans, size_t span_count);
/* Quotes what is special, so that text matches itself. Caller frees. */
char *regex_quote(const char *text);

#endif
