/* The terminal model: bytes of a switch → finished lines and one unfinished line, the same for every way of cutting them. */
#ifndef SESSION_TERMINAL_H
#define SESSION_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct terminal;

/* Called for each finished line (LF, or a wrap that is none: lines are as wide as they come). Text is what a person would see:
   CR overwrites, BS steps back, tabs go to the next multiple of 8, CSI erase and cursor within the line obeyed, SGR, OSC, DCS
   and charset switches dropped, NUL and BEL dropped; bytes that are not UTF-8 are kept as they are. Text may hold no NUL.

   What that means in the corners:
   - A character is a code point, or a byte that is none; each takes one column. LF always goes to column 0, so LF, CR LF,
     CR CR LF and LF CR end a line alike.
   - A space written over a character erases it. A line does not end in columns that were erased: "--More--" wiped out by
     "\r        \r" leaves nothing behind, while trailing spaces that were sent as such stay.
   - A device that wraps its own lines (" \r" at column 80) comes out as a person without a wrap would see it: the text after the
     CR overwrites the line from column 0. Whoever expects such an echo must look at the bytes, not at the line.
   - The cursor sent to another row (boot menus): nothing happens until something is written there; then the line it left is
     finished. A cursor that comes back (ESC 7 … ESC 8, a probe for the screen's size) goes on as if nothing had been. Clearing
     the whole screen finishes the line.
   - An escape sequence that a CR or LF cuts is given up there; one that grows past its bound (CSI 256, strings 64 KiB) too. */
typedef void terminal_line(void *ctx, const char *text, size_t len);

enum {
    TERMINAL_LINE_MAX_BYTES = 1024 * 1024
}; /* longer lines are cut there, go on as a new line, and `overlong` is set */

struct terminal *terminal_new(terminal_line *line, void *ctx);
void terminal_free(struct terminal *t);
void terminal_feed(struct terminal *t, const void *bytes, size_t len);
/* The unfinished last line as it stands; borrowed until the next feed. A UTF-8 sequence shows once it is complete. */
const char *terminal_unfinished(const struct terminal *t, size_t *len);
bool terminal_in_escape(
    const struct terminal *t); /* inside an escape sequence: the line is not to be judged yet */
/* The cursor went back to the beginning of a line that has text: a line end whose second half is still to come, or a line about to
   be written over. Nobody waits for input there. */
bool terminal_returned(const struct terminal *t);
bool terminal_overlong(const struct terminal *t);
/* Counts for a diagnosis of the line: printable, control (without CR LF TAB BS BEL ESC), high bytes that are not UTF-8, NULs. */
struct terminal_counts {
    uint64_t bytes, printable, control, high, nul, lines, screen_moves;
};
const struct terminal_counts *terminal_counts(const struct terminal *t);
void terminal_reset(
    struct terminal *t); /* forgets the unfinished line, half an escape sequence and the counts */

#endif
