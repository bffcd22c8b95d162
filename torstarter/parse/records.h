/* Records: what an answer says in neutral words. Rows of named columns; a column with words holds a known word or the
   answer is unread. */
#ifndef PARSE_RECORDS_H
#define PARSE_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct json_path;

struct record {
    const char *const
        *values;            /* neutral text per column ("" when the platform left it empty); words replaced */
    const char *const *raw; /* what stood there before the words, for `why` */
    unsigned line;          /* line of the answer (from 1) it was read from, 0 if unknown */
    unsigned rule_line;     /* template line that recorded it, 0 if unknown */
};

struct records {
    const char *const *columns; /* neutral names */
    size_t column_count;
    struct record *rows;
    size_t count;
    const char *query;  /* "power_supplies" */
    const char *reader; /* the reader's template_file */
    const char *answer; /* the cleaned answer text, borrowed from the arena of the run */
    size_t answer_len;
    bool none; /* the platform's `none` pattern matched: "no rows" is the answer */
};

/* "" for a column that is not there is never returned: asking for an unknown column is a programmer's mistake and aborts in
   debug builds; use records_has. */
const char *record_get(const struct records *r, size_t row, const char *column);
const char *record_raw(const struct records *r, size_t row, const char *column);
bool records_has(const struct records *r, const char *column);
bool record_is(const struct records *r, size_t row, const char *column, const char *word);
/* Numbers as switches print them: "1.05A", "-2.39", "35%". false for N/A and anything without a number in front. */
bool record_number(const struct records *r, size_t row, const char *column, double *out);

/* How an answer is read: filled by the platform's loader, frozen. */
struct word_list { /* one neutral word and the platform's spellings of it */
    const char *word;
    const char *const *spellings; /* exact text after trimming; "" allowed */
    size_t spelling_count;
};
struct column_map {
    const char *column;            /* neutral name */
    const char *source;            /* as written: the template's Value, or JSON pointers */
    const struct word_list *words; /* none: any text is taken as it is */
    size_t word_count;
    struct regex *expect;          /* shape of a valid value, anchored at both ends; NULL: any */
    bool from_zero;                /* a number that the switch counts from 0, and we from 1 */
    bool is_interface;             /* source {interface}: the name that was asked about */
    const struct json_path *paths; /* JSON: the first at which there is something gives the value */
    size_t path_count;
    bool required; /* JSON: unread where there is nothing at any of them; else "" */
};
enum reader_kind {
    READER_TEXTFSM,
    READER_JSON,
    READER_TEXT /* the whole answer is the one column of the one row */
};
struct reader {
    const char *query;
    enum reader_kind kind;
    struct textfsm *template;     /* TEXTFSM: owned by the platform */
    const struct json_path *rows; /* JSON: where the rows are */
    const char *template_file;    /* what says how it is read: the template, else the platform file … */
    unsigned line;                /* … and its line there, 0 for templates */
    struct regex *none;           /* "% There seem to be no power supplies connected" */
    const struct column_map *columns;
    size_t column_count;
    struct regex
        *last_line; /* the answer's last line that is not blank, whole; another: cut off, unread. NULL: any */
    unsigned min_rows; /* fewer rows than this: unread (the loader's default is 1) */
};

/* Pure: answer → records, or ERR_UNREAD/FAILURE_PARSE_FAILURE with line and bytes: Error state, unmatched line, a rule that gave
   up, an unknown word, a value of the wrong shape, too few rows (unless `none` says so). `none` is looked for first, in the answer
   without the white space around it; it counts only where nothing but blank lines is left beside the lines it matched. Values are
   trimmed; a List is its items joined with commas, each of them judged. Memory from the arena. */
bool reader_read(const struct reader *reader, const char *answer, size_t len, struct arena *arena,
                 struct records *out, struct err *e);
/* The same for an answer about one interface, whose name the columns of source {interface} get; NULL: about none. */
bool reader_read_for(const struct reader *reader, const char *interface, const char *answer, size_t len,
                     struct arena *arena, struct records *out, struct err *e);

#endif
