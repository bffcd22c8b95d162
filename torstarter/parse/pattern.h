/* Patterns: Python's `re` syntax (3.11) translated to PCRE2's, or refused with the reason. */
/* The grammar is that of Lib/re/_parser.py; https://docs.python.org/3.11/library/re.html. Whatever Python refuses is refused,
   whatever PCRE2 reads differently is rewritten. parse/README.md lists the differences. */
#ifndef PARSE_PATTERN_H
#define PARSE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "parse/head.h"

enum pattern_form {
    PATTERN_ASCII,  /* for REGEX_BYTES, on lines of plain ASCII: see struct line */
    PATTERN_UNICODE /* for UTF and UCP, on any line */
};

struct pattern_name { /* a named group, in the order in which they are defined */
    const char *name;
    unsigned group;
};

struct pattern {
    const char *text; /* for regex_new, with REGEX_ANCHORED */
    unsigned group_count;
    const struct pattern_name *names;
    unsigned name_count;
    bool ascii_form; /* false: it names characters beyond ASCII, so that only the Unicode form can be used */
    bool unsure;     /* only PCRE2's own compiler can tell whether it takes it: compile before use */
    struct head head;
};

/* All memory is from the arena. An error says what is wrong and at which character (from 1) of the pattern. */
bool pattern_translate(const char *source, size_t len, enum pattern_form form, struct arena *arena,
                       struct pattern *out, struct err *e);

#endif
