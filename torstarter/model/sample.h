/* Lines made up from a pattern: a simple regular expression run backwards, to find prompts that may be taken for each other. */
#ifndef MODEL_SAMPLE_H
#define MODEL_SAMPLE_H

#include "base/str.h"

/* Appends one line that `pattern` may match; other `turn`s choose other alternatives, repeats and characters. {hostname} becomes
   `hostname`. What it does not know (look-arounds, back references) is passed over: the caller tries the line on the pattern. */
void sample_line(const char *pattern, const char *hostname, unsigned turn, struct str *out);

#endif
