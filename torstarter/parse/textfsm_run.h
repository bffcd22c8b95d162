/* Inside of parse/textfsm: one run of a template over one input. */
#ifndef PARSE_TEXTFSM_RUN_H
#define PARSE_TEXTFSM_RUN_H

#include "parse/textfsm_private.h"

/* A piece of the input, and once a row needed it, its copy in the table's arena. */
struct piece {
    const char *text; /* NULL: nothing (Python's None) */
    size_t len;
    const char *copy;
};

/* What a Value holds while the run goes on. */
struct cell {
    struct piece now;
    struct piece down; /* Filldown: what it falls back to */
    /* List: rows point into items; they only grow, so that what a row has seen of them stays as it was */
    struct textfsm_value *items;
    size_t count, cap;
};

struct run {
    struct textfsm *t;
    struct textfsm_table *table;
    struct err *e;
    struct cell *cells; /* one per Value */
    VEC(struct textfsm_row) rows;
    int state;
    struct line line;
    unsigned first_line; /* of the record being built */
};

/* A rule's group took part (or not: text NULL). false when the nested regex of a List is broken. */
bool cell_assign(struct run *run, unsigned column, const char *text, size_t len, unsigned rule_line);
void record_clear(struct run *run);
void record_clear_all(struct run *run);
void record_append(struct run *run, unsigned rule_line);
void run_note_gave_up(struct run *run, unsigned rule_line);

#endif
