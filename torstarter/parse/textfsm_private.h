/* Inside of parse/textfsm: a template after reading, shared by its files. */
#ifndef PARSE_TEXTFSM_PRIVATE_H
#define PARSE_TEXTFSM_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/vec.h"
#include "parse/lines.h"
#include "parse/pattern.h"
#include "parse/textfsm.h"
#include "text/regex.h"

enum option { OPTION_REQUIRED, OPTION_FILLDOWN, OPTION_FILLUP, OPTION_KEY, OPTION_LIST, OPTION_COUNT };
enum line_op { LINE_NEXT, LINE_CONTINUE, LINE_ERROR };
enum record_op { RECORD_NOTHING, RECORD_RECORD, RECORD_CLEAR, RECORD_CLEARALL };
enum { STATE_STAY = -1, STATE_END = -2, STATE_EOF = -3 };

/* A pattern that is compiled when first needed and again, to machine code, when it turns out to be needed often. Readers only
   load the pointer; whoever replaces it holds the template's lock, and what was replaced lives as long as the template. */
struct code_slot {
    _Atomic(struct regex *) re;
    atomic_uint runs;
};

struct code {
    const char *source; /* Python's */
    size_t source_len;
    const char *ascii_text; /* PCRE2's ASCII form; NULL if there is none */
    unsigned line;          /* of the template */
    struct code_slot ascii, unicode;
};

struct value {
    const char *name;
    const char *regex;    /* "(…)" as written */
    const char *template; /* "(?P<name>…)" */
    enum option options[OPTION_COUNT];
    unsigned option_count;
    bool has[OPTION_COUNT];
    unsigned line;
    /* List with nested named groups: each item is a dictionary of them */
    struct code *nested;
    const struct pattern_name *nested_names;
    unsigned nested_count, nested_groups;
};

struct assignment {
    unsigned group, column;
};

struct rule {
    struct head head;
    struct code code;
    const struct assignment *assignments; /* in the order of the pattern's named groups */
    unsigned assignment_count;
    unsigned span_count; /* spans up to the highest group wanted */
    enum line_op line_op;
    enum record_op record_op;
    int next_state;
    const char *target; /* a state's name, or an Error's message; "" if none */
};

struct state {
    const char *name;
    struct rule *rules;
    size_t rule_count;
    unsigned line;
};

struct textfsm {
    const char *name;
    struct arena arena;
    VEC(struct value) values;
    VEC(struct state) states;
    int start;
    bool has_eof;
    pthread_mutex_t lock; /* over the replacing of compiled code */
    VEC(struct regex *) retired;
};

enum { NAME_MAX_CHARACTERS = 48 };

/* false with "name:line: …". */
bool template_refuse(const struct textfsm *t, unsigned line, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* textfsm_value.c: a "Value …" line, trimmed at its end. */
bool value_read(struct textfsm *t, const char *text, size_t len, unsigned line, struct err *e);
int value_by_name(const struct textfsm *t, const char *name, size_t len);

/* textfsm_rule.c: a line of a state, with its leading blanks. */
bool rule_read(struct textfsm *t, const char *text, size_t len, unsigned line, struct rule *out,
               struct err *e);
/* \w+, as state names are. */
bool is_word(const char *text, size_t len);
size_t character_count(const char *text, size_t len);

/* textfsm_code.c */
bool code_init(struct textfsm *t, struct code *code, const struct pattern *pattern, const char *source,
               size_t len, unsigned line, struct err *e);
bool code_compile(struct textfsm *t, struct code *code, struct err *e);       /* all forms, now */
bool code_compile_first(struct textfsm *t, struct code *code, struct err *e); /* the form most lines need */
void code_clear(struct code *code);
enum code_result { CODE_NO_MATCH, CODE_MATCH, CODE_GAVE_UP, CODE_BROKEN };
/* CODE_BROKEN: PCRE2 refused the pattern, e says why. */
enum code_result code_match(struct textfsm *t, struct code *code, bool plain, const char *text, size_t len,
                            struct regex_span *spans, size_t span_count, struct err *e);

#endif
