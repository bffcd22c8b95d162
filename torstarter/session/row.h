/* One row of a terminal: the characters of one line and a pen that may go back over them. */
#ifndef SESSION_ROW_H
#define SESSION_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* A cell is a code point, or ROW_BYTE | byte for a byte that is not UTF-8. 0 is a blank that was left by erasing or by moving the
   pen: it shows as a space, but a line does not end in it. As long as a row is ASCII a cell is one byte of `narrow`. */
#define ROW_BYTE 0x80000000u

enum {
    ROW_EDIT_COLUMNS =
        4096, /* wider rows obey only CR, BS, erase to the end and overwriting: else an edit costs the row's width */
    ROW_MOVE_COLUMNS = 511 /* how far the pen can be sent beyond the end of what is written */
};

struct row { /* embed it; all zero is a valid empty row */
    struct str narrow;
    uint32_t *wide; /* the cells once is_wide */
    size_t wide_cap;
    bool is_wide, has_blanks;
    size_t width; /* cells */
    size_t bytes; /* of their text */
    size_t pen;   /* column where the next character goes; may lie beyond width */
    size_t kept; /* blanks before this column are shown even at the end: they were written, not left behind */
    size_t shown; /* cells of `text` that are still right */
    struct str text;
};

void row_clear(struct row *r); /* frees */
void row_reset(struct row *r); /* empty, memory kept */
bool row_is_empty(const struct row *r);
void row_put_ascii(struct row *r, const char *text, size_t len); /* printable ASCII only */
void row_put(struct row *r, uint32_t cell);
size_t row_tab(struct row *r); /* passes over what is written; returns how many spaces are still to be put */
size_t row_growth(const struct row *r, uint32_t cell); /* bytes the text would gain by row_put */
void row_move(struct row *r, size_t column);           /* bounded by ROW_MOVE_COLUMNS */
void row_erase(struct row *r, size_t from, size_t to); /* to blanks; to >= width cuts the row off at `from` */
void row_delete(struct row *r, size_t count);
void row_insert(struct row *r, size_t count);
/* What a person sees; valid until the row changes. */
const char *row_text(struct row *r, size_t *len);

#endif
