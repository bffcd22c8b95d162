/* The TextFSM engine: a template and a text give a table. Pure: it knows no device, opens no file but the template. */
/* The language: https://github.com/google/textfsm (wiki, "TextFSM"), as textfsm 1.1.0 behaves. */
#ifndef PARSE_TEXTFSM_H
#define PARSE_TEXTFSM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct
    textfsm; /* immutable after compilation apart from lazily compiled rules: safe to share between threads */

struct textfsm_value {
    /* NONE: only inside a LIST or DICT, a group that took no part (Python's None; ntc-templates prints it as "None") */
    enum { TEXTFSM_TEXT, TEXTFSM_LIST, TEXTFSM_DICT, TEXTFSM_NONE } kind;
    const char *text; /* TEXT: never NULL in a finished table ("" where nothing matched); NONE: "" */
    /* LIST: items (TEXT, NONE or, with nested named groups, DICT). DICT: keys[i] → items[i]. */
    const char *const *keys;
    const struct textfsm_value *items;
    size_t count;
};

struct textfsm_row {
    const struct textfsm_value *values; /* one per column */
    unsigned
        line; /* input line (from 1) at which it was recorded; last line + 1 for the implicit EOF record */
    unsigned rule_line;  /* template line of the rule that recorded it; 0 for the implicit EOF record */
    unsigned first_line; /* first input line that gave it a value, 0 if none did (all filled down) */
};

struct textfsm_table {
    const char *const *columns;
    size_t column_count;
    struct textfsm_row *rows;
    size_t row_count;
    /* What makes an answer unread. The first of each kind; counts of all. */
    unsigned unmatched_lines, first_unmatched_line; /* lines (not blank) that no rule matched */
    unsigned gave_up_rules, gave_up_rule_line,
        gave_up_line; /* rules that hit their match limit, and would perhaps match */
    struct arena arena;
};

/* `name` stands for the file in messages. Errors are ERR_SYNTAX "name:line: reason". Patterns are Python's; what PCRE2 reads
   differently is translated (parse/pattern.h) or refused. */
struct textfsm *textfsm_new(const char *name, const char *text, size_t len, struct err *e);
struct textfsm *textfsm_open(const char *path, struct err *e);
void textfsm_free(struct textfsm *t);
const char *textfsm_name(const struct textfsm *t);
size_t textfsm_column_count(const struct textfsm *t);
const char *textfsm_column(const struct textfsm *t, size_t i);
bool textfsm_column_is_list(const struct textfsm *t, size_t i);
bool textfsm_column_is_key(const struct textfsm *t, size_t i);
/* True when every state but EOF and End ends in a catch-all `^. -> Error` (or `^.* -> Error`): then no line can be passed over. */
bool textfsm_is_strict(const struct textfsm *t, const char **lax_state);

/* Rules are compiled when a line first needs them. This compiles all of them now, in the form for ASCII lines: for a service
   that wants the first answer read nearly as fast as the last. What PCRE2 may refuse has been compiled by textfsm_new already. */
bool textfsm_compile(struct textfsm *t, struct err *e);

enum {
    TEXTFSM_LINE_MAX_BYTES = 1024 * 1024,        /* of one line; a longer one is unread */
    TEXTFSM_TABLE_MAX_BYTES = 512 * 1024 * 1024, /* of one table */
    TEXTFSM_GAVE_UP_MAX = 100 /* rules that gave up before the whole input is called unread */
};

/* Reads the whole input (bytes; universal newlines, controls and bad UTF-8 dealt with as parse/README says).
   false with ERR_UNREAD when the template's Error action was reached: the text names the rule line, the input line and its
   bytes; ERR_LIMIT past one of the maxima above. The table is cleared by the caller in either case. */
bool textfsm_parse(struct textfsm *t, const char *input, size_t len, struct textfsm_table *out,
                   struct err *e);
void textfsm_table_clear(struct textfsm_table *table);
/* A list of objects, one per row, keys as in the template. */
void textfsm_table_to_json(const struct textfsm_table *table, struct str *out, unsigned indent);

#endif
