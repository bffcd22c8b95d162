/* Inside of parse/pattern: the state of one translation, shared by its files. */
#ifndef PARSE_PATTERN_PARSER_H
#define PARSE_PATTERN_PARSER_H

#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"
#include "parse/pattern.h"

/* Python's bound on widths and repeats (MAXREPEAT); here it also means "unlimited". */
#define WIDTH_UNLIMITED UINT32_MAX

enum pattern_flags { FLAG_CASELESS = 1, FLAG_MULTILINE = 2, FLAG_DOTALL = 4, FLAG_VERBOSE = 8 };

/* What one element, a sequence or a choice of sequences is like. */
struct node {
    uint32_t low, high;  /* width in characters */
    uint32_t size;       /* estimate of PCRE2's compiled size in bytes */
    struct symbols eats; /* see struct item */
    struct symbols passes;
};

struct element {
    struct node node;
    enum item_kind kind;
    unsigned char literal;
    bool repeated;
    uint32_t least, most;
};

struct group {
    const char *name; /* NULL: unnamed */
    uint32_t low, high;
    bool closed;
};

struct parser {
    const char *start, *at, *end;
    enum pattern_form form;
    struct arena *arena;
    struct str *out;
    struct pattern *pattern;
    VEC(struct group) groups; /* [0] is group 1 */
    unsigned flags;           /* global ones: (?i) at the very start */
    bool in_lookbehind;
    unsigned lookbehind_groups; /* groups there were when the outermost lookbehind began */
    unsigned largest_condition;
    unsigned depth;
    struct item items[HEAD_ITEMS_MAX]; /* outermost, for the head */
    unsigned item_count;
    bool items_cut, has_branches;
    struct err *e;
};

/* pattern_node.c */
/* false with "what (at character N)"; the place is `at` in the source. */
bool parser_refuse(struct parser *p, const char *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool parser_take(struct parser *p, char c);
/* The next character and past it; the source is known to be valid UTF-8 and not at its end. */
uint32_t parser_next(struct parser *p);
void parser_emit_literal(struct parser *p, struct str *out, uint32_t c);
/* Ignoring case, Python takes I, i, U+0130 and U+0131 for one letter; PCRE2 for three. */
#define CASELESS_I "iI\\x{130}\\x{131}"
bool parser_is_caseless_i(const struct parser *p, uint32_t c, unsigned flags);

uint32_t width_add(uint32_t a, uint32_t b);
struct node node_literal(uint32_t c, unsigned flags);
struct node node_class(struct symbols eats);
struct node node_place(struct symbols passes);
struct node node_after(struct node a, struct node b);
struct node node_either(struct node a, struct node b);

/* pattern_repeat.c */
enum repeat { REPEAT_NONE, REPEAT_READ, REPEAT_REFUSED };
/* What stands at p->at: a repeat (past it, without the lazy or possessive sign), none, or one that is refused. */
enum repeat parser_read_repeat(struct parser *p, uint32_t *least, uint32_t *most);
/* Applies it, with that sign, to the last element of the sequence; there may be none. `from` is where the repeat stands. */
bool parser_repeat(struct parser *p, const char *from, struct element *el, bool there, uint32_t least,
                   uint32_t most);

/* pattern_class.c: \d \D \s \S \w \W as they are written inside and outside of [...]. */
struct symbols category_symbols(char category);
const char *category_outside(enum pattern_form form, char category);
/* After '['. */
bool parser_class(struct parser *p, unsigned flags, struct element *out);

/* pattern_escape.c: after '\'. */
enum escape_kind { ESCAPE_LITERAL, ESCAPE_CATEGORY, ESCAPE_PLACE, ESCAPE_REFERENCE };
struct escape {
    enum escape_kind kind;
    uint32_t value; /* the character, the letter of the category or place, or the group */
};
bool parser_escape(struct parser *p, bool in_class, struct escape *out);
/* A group that a reference or condition may name (Python's checkgroup and checklookbehindgroup). */
bool parser_may_refer(struct parser *p, const char *at, unsigned group);
int parser_group_by_name(const struct parser *p, const char *name);

/* pattern_group.c: after '('. `kept` is false for a comment or global flags: there is no element then. */
bool parser_group(struct parser *p, unsigned *flags, bool very_first, struct element *out, bool *kept);

/* pattern.c: a|b|c up to ')' or the end. */
bool parser_choice(struct parser *p, unsigned flags, struct node *out);
/* One branch; used alone by conditions. */
bool parser_sequence(struct parser *p, unsigned *flags, bool first, struct node *out);

#endif
