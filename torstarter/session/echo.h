/* The echo of a typed line: has it been seen? Tolerates wraps, redraws, and lines that scroll sideways behind a `$`. */
#ifndef SESSION_ECHO_H
#define SESSION_ECHO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum echo_verdict { ECHO_NOT, ECHO_PART, ECHO_WHOLE };

/* Judges a finished line: `text` as a person sees it, `raw` the bytes since the line was typed, `prompt` what stood before it. */
enum echo_verdict echo_judge(const char *command, const struct str *prompt, const char *text, size_t len,
                             const struct str *raw);

#endif
