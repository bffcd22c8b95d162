/* The screen: colours, width, and columns that line up also where text is not ASCII. */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/str.h"
#include "store/store.h"

enum colour { COLOUR_NONE, COLOUR_GREEN, COLOUR_RED, COLOUR_YELLOW, COLOUR_DIM, COLOUR_BOLD };

bool screen_is_terminal(FILE *f);
bool screen_has_colours(FILE *f); /* a terminal, and no NO_COLOR (https://no-color.org) */
unsigned screen_width(FILE *f);   /* columns; 100 where it is no terminal */
unsigned screen_height(FILE *f);
size_t screen_columns(const char *text); /* code points, which is near enough for what we print */
/* Appends text cut or padded to exactly `columns`; a cut ends in "…". Control bytes are escaped. */
void screen_put(struct str *out, const char *text, unsigned columns);
/* Appends text in a colour, when on. */
void screen_colour(struct str *out, bool on, enum colour colour, const char *text);
enum colour screen_state_colour(const char *state); /* PASSED green, FAILED red, … */
/* A device's text for a person: control bytes escaped, new lines kept, each line indented. */
void screen_print_block(FILE *to, const char *text, size_t len, const char *indent);

/* A row of the store as one JSON object, keys as the columns; "table" first when given. */
void screen_print_json_row(const char *table, const struct cell *cells, size_t count);
/* A cell by its column's name; NULL-safe: "" for absent or NULL, the number as text where it is one (buffer of the caller). */
const char *cell_as_text(const struct cell *cells, size_t count, const char *column, char buffer[32]);
long long cell_as_int(const struct cell *cells, size_t count, const char *column);

#endif
