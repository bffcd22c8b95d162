/* The bytes that decided, on the screen: the lines of an answer around the one that counts, its words marked. */
#ifndef CLI_EVIDENCE_H
#define CLI_EVIDENCE_H

#include <stddef.h>

/* `line` from 1; 0: none counts more than the others, the first ones are shown. Where the terminal has colours the word is coloured
   where it stands, else underlined with ^ in the line below. */
void evidence_print(const char *answer, long long line, const char *raw);

#endif
