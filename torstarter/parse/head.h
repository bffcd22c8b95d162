/* The head of a pattern: what a line must begin with. Most rules are ruled out by it, and many are decided, without a match. */
#ifndef PARSE_HEAD_H
#define PARSE_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "parse/symbols.h"

/* What a pattern is made of, as far as heads are concerned. */
enum item_kind {
    ITEM_BEGIN,   /* ^ */
    ITEM_END,     /* $ */
    ITEM_AT,      /* another place without width: \b \A … */
    ITEM_LITERAL, /* one ASCII character */
    ITEM_SPACE,   /* \s */
    ITEM_ANY,     /* . */
    ITEM_OTHER
};
#define ITEM_UNLIMITED (~0u)

struct item {
    enum item_kind kind;
    unsigned char literal;
    bool repeated;
    unsigned least, most;  /* how often; ITEM_UNLIMITED */
    struct symbols eats;   /* may be its first character */
    struct symbols passes; /* may come next when it matches nothing */
};

enum { HEAD_ITEMS_MAX = 48 };

struct head {
    struct symbols first; /* the first symbol of the line, or the first after its blanks, is one of these */
    bool after_blanks;
    unsigned least_blanks;
    const char *literal; /* what then follows */
    unsigned literal_len;
    /* decides: with what follows the literal it is the whole pattern, so that no match is needed (no groups, plain line) */
    bool decides;
    enum { TAIL_NOTHING, TAIL_BLANKS, TAIL_ANY } tail;
    bool tail_to_end;
    unsigned tail_least, tail_most;
};

/* From the outermost items, in order; `cut` when there were more than fit. The literal is kept in the arena. */
void head_build(struct head *h, const struct item *items, size_t count, bool cut, struct arena *arena);

struct head_line {
    const char *text;
    size_t len;
    size_t blanks; /* leading spaces and tabs */
};
enum head_answer { HEAD_NO, HEAD_PERHAPS, HEAD_YES };
enum head_answer head_test_rest(const struct head *h, const struct head_line *line, size_t at);

/* For lines of plain ASCII only. Inline, because most rules end here for most lines. */
static inline enum head_answer head_test(const struct head *h, const struct head_line *line)
{
    size_t at = h->after_blanks ? line->blanks : 0;
    if (h->after_blanks && line->blanks < h->least_blanks)
        return HEAD_NO;
    if (!symbols_have(&h->first, at < line->len ? (unsigned char)line->text[at] : SYMBOL_END))
        return HEAD_NO;
    return h->literal_len == 0 && !h->decides ? HEAD_PERHAPS : head_test_rest(h, line, at);
}

#endif
