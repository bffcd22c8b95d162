/* The matcher: what an unfinished or a finished line means in a dialect. Pure: it keeps nothing and never looks back. */
#ifndef SESSION_MATCHER_H
#define SESSION_MATCHER_H

#include <stdbool.h>
#include <stddef.h>

#include "session/dialect.h"

enum { MATCH_PROMPT_MAX_BYTES = 512 }; /* a longer unfinished line is no prompt */

/* The first prompt, in the dialect's order, that is the whole line; blanks at its end do not count. NULL: none. */
const struct prompt *match_prompt(const struct dialect *d, const char *text, size_t len);
/* The host's name within a line that match_prompt() found; false where the pattern has no such group. */
bool match_hostname(const struct prompt *p, const char *text, size_t len, struct regex_span *where);
/* The first sign found in the line, of those for unfinished lines or of the others; `where` may be NULL. */
const struct sign *match_sign(const struct sign_list *list, const char *text, size_t len, bool unfinished,
                              struct regex_span *where);
/* Either kind. */
const struct sign *match_any(const struct sign_list *list, const char *text, size_t len,
                             struct regex_span *where);
/* The shape of a question: [yes/no], (y/n), [confirm], "name []?", "selection [2]:". */
bool match_question(const char *text, size_t len);
/* A command prompt with text behind it: somebody's half-typed command, which a carriage return would run. */
bool match_typed(const struct dialect *d, const char *text, size_t len);
/* The line is a login prompt and what was typed there: proof that the switch had come up by then. */
bool match_login_line(const struct dialect *d, const char *text, size_t len);
size_t match_trim(const char *text, size_t len); /* length without blanks at the end */

#endif
