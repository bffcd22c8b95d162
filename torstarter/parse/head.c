#include "parse/head.h"

#include <string.h>

/* What may come first where the items [from, count) have to match. */
static struct symbols first_of(const struct item *items, size_t from, size_t count, bool cut)
{
    struct symbols first = SYMBOLS_NONE, passes = SYMBOLS_ALL;
    for (size_t i = from; i < count; i++) {
        first = symbols_or(first, symbols_and(passes, items[i].eats));
        passes = symbols_and(passes, items[i].passes);
    }
    return symbols_or(first, cut ? SYMBOLS_ALL : passes);
}

static bool is_plain_literal(const struct item *item)
{
    return item->kind == ITEM_LITERAL && !item->repeated;
}

static bool is_lead(const struct item *item)
{
    return item->kind == ITEM_SPACE && item->repeated && item->most == ITEM_UNLIMITED;
}

/* What is left after the literal is nothing, or one run of \s or . with or without $. */
static void tail_build(struct head *h, const struct item *items, size_t count)
{
    size_t i = 0;
    if (count && (items[0].kind == ITEM_SPACE || items[0].kind == ITEM_ANY)) {
        h->tail = items[0].kind == ITEM_SPACE ? TAIL_BLANKS : TAIL_ANY;
        h->tail_least = items[0].least;
        h->tail_most = items[0].most;
        i++;
    }
    if (i < count && items[i].kind == ITEM_END && !items[i].repeated) {
        h->tail_to_end = true;
        i++;
    }
    bool lead_alone = h->after_blanks && h->literal_len == 0;
    bool may_give_back = lead_alone && h->tail != TAIL_NOTHING; /* \s+ could leave blanks to what follows */
    h->decides = i == count && !may_give_back;
}

void head_build(struct head *h, const struct item *items, size_t count, bool cut, struct arena *arena)
{
    memset(h, 0, sizeof *h);
    size_t i = 0;
    while (i < count && items[i].kind == ITEM_BEGIN && !items[i].repeated)
        i++;
    h->first = first_of(items, i, count, cut);
    if (i < count && is_lead(&items[i])) {
        struct symbols after = first_of(items, i + 1, count, cut);
        if (symbols_have(&after, ' ') || symbols_have(&after, '\t'))
            return; /* the blanks may be shared between this and what follows */
        h->first = after;
        h->after_blanks = true;
        h->least_blanks = items[i++].least;
    }
    char literal[HEAD_ITEMS_MAX];
    unsigned len = 0;
    while (i < count && is_plain_literal(&items[i]))
        literal[len++] = (char)items[i++].literal;
    h->literal_len = len;
    h->literal = len ? arena_strndup(arena, literal, len) : "";
    if (!cut)
        tail_build(h, items + i, count - i);
}

static bool tail_fits(const struct head *h, const char *rest, size_t len)
{
    size_t run = len;
    if (h->tail == TAIL_NOTHING)
        return !h->tail_to_end || len == 0;
    if (h->tail == TAIL_BLANKS)
        for (run = 0; run < len && (rest[run] == ' ' || rest[run] == '\t');)
            run++;
    if (run < h->tail_least)
        return false;
    return !h->tail_to_end || (run == len && run <= h->tail_most);
}

enum head_answer head_test_rest(const struct head *h, const struct head_line *line, size_t at)
{
    size_t left = line->len - at;
    const char *text = line->text + at;
    if (left < h->literal_len)
        return HEAD_NO;
    for (unsigned i = 0; i < h->literal_len; i++) /* ends after a character or two: quicker than memcmp */
        if (text[i] != h->literal[i])
            return HEAD_NO;
    if (!h->decides)
        return HEAD_PERHAPS;
    return tail_fits(h, text + h->literal_len, left - h->literal_len) ? HEAD_YES : HEAD_NO;
}
