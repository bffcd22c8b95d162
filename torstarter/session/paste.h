/* The inside of a paste: the lines as they will be typed. For session/paste*.c only. */
#ifndef SESSION_PASTE_H
#define SESSION_PASTE_H

#include "session/change.h"

struct paste_line {
    const char *text; /* not terminated */
    size_t len;
    unsigned number; /* in what was given, from 1; 0: the step's own command */
    bool alone;      /* its end brings no prompt: a banner's text is going on */
    bool cutting;    /* may change prompt or login */
};

struct paste_lines {
    struct paste_line *items;
    size_t count, total_bytes;
};

/* Blank lines and bare comments bring nothing and are left out, except where lines have no prompt. */
bool paste_split(const struct session *s, const struct procedure_step *step, const struct paste *what,
                 struct paste_lines *out, struct err *e);
/* What is logged for the line; its secrets are masked from here on wherever they come, by their hash. */
void paste_show(struct session *s, const struct paste_line *line, struct str *shown);

#endif
