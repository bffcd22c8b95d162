/* Text as Python sees it: lines as str.splitlines() cuts them, white space as str.isspace() knows it. */
#ifndef PARSE_LINES_H
#define PARSE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Makes text of bytes: NULL-free UTF-8, where each bad byte sequence (as Python's errors="replace" counts them) and each NUL is
   U+FFFD. Gives `input` itself when it is that already, else what it wrote to `copy`. */
const char *lines_text(const char *input, size_t len, struct str *copy, size_t *text_len);

struct line {
    const char *text;
    size_t len;
    size_t blanks;   /* leading spaces and tabs */
    unsigned number; /* from 1 */
    bool plain;      /* ASCII without U+001F: here both forms of a pattern (see pattern.h) mean the same */
};

struct lines {
    const char *at, *end;
    unsigned number;
};

/* Cut at LF, CR LF, CR, VT, FF, U+001C to U+001E, U+0085, U+2028, U+2029. */
bool lines_next(struct lines *l, struct line *out);
bool line_is_blank(const struct line *line); /* nothing but white space */

/* Length of the white space character at the start (or end) of s, 0 if there is none. */
size_t space_at_start(const char *s, size_t len);
size_t space_at_end(const char *s, size_t len);
/* Without the white space at the end, or at both ends. */
size_t trimmed_end(const char *s, size_t len);
const char *trimmed(const char *s, size_t *len);

#endif
