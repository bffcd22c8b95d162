/* The record being built, and what the options of a Value do to it: callbacks in the order in which they were written. */
#include <string.h>

#include "parse/textfsm_run.h"

static const char *piece_copy(struct run *run, struct piece *p)
{
    if (!p->copy)
        p->copy = arena_strndup(&run->table->arena, p->text, p->len);
    return p->copy;
}

static bool is_filled(const struct textfsm_value *v)
{
    return v->kind == TEXTFSM_TEXT ? v->text[0] != '\0' : v->count > 0;
}

/* ---- assigning ---- */

static struct textfsm_value text_or_none(struct run *run, const char *text, size_t len)
{
    if (!text)
        return (struct textfsm_value){.kind = TEXTFSM_NONE, .text = ""};
    return (struct textfsm_value){.kind = TEXTFSM_TEXT, .text = arena_strndup(&run->table->arena, text, len)};
}

static struct textfsm_value dictionary(struct run *run, const struct value *v, const char *text,
                                       const struct regex_span *spans)
{
    struct arena *arena = &run->table->arena;
    const char **keys = arena_alloc_array(arena, v->nested_count, sizeof *keys);
    struct textfsm_value *items = arena_alloc_array(arena, v->nested_count, sizeof *items);
    for (unsigned i = 0; i < v->nested_count; i++) {
        struct regex_span s = spans[v->nested_names[i].group];
        keys[i] = arena_strdup(arena, v->nested_names[i].name);
        items[i] = text_or_none(run, s.start == REGEX_UNSET ? NULL : text + s.start, s.end - s.start);
    }
    return (struct textfsm_value){
        .kind = TEXTFSM_DICT, .text = "", .keys = keys, .items = items, .count = v->nested_count};
}

/* What a List gets for one match: a dictionary where its regex has named groups in it, and matches what was matched. */
static bool list_item(struct run *run, const struct value *v, const struct piece *p, unsigned rule_line,
                      struct textfsm_value *out)
{
    *out = text_or_none(run, p->text, p->len);
    if (!v->nested || !p->text)
        return true;
    size_t count = v->nested_groups + 1;
    struct regex_span *spans = mem_alloc_array(count, sizeof *spans);
    enum code_result r =
        code_match(run->t, v->nested, run->line.plain, p->text, p->len, spans, count, run->e);
    if (r == CODE_MATCH)
        *out = dictionary(run, v, p->text, spans);
    if (r == CODE_GAVE_UP)
        run_note_gave_up(run, rule_line);
    mem_free(spans);
    return r != CODE_BROKEN;
}

static void list_add(struct run *run, struct cell *c, struct textfsm_value item)
{
    if (c->count == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 4;
        struct textfsm_value *items = arena_alloc_array(&run->table->arena, cap, sizeof *items);
        if (c->count)
            memcpy(items, c->items, c->count * sizeof *items);
        c->items = items;
        c->cap = cap;
    }
    c->items[c->count++] = item;
}

/* Fillup: the rows above get it too, up to the first that has something there. */
static void fill_up(struct run *run, unsigned column, struct cell *c)
{
    if (c->now.len == 0)
        return;
    for (size_t i = run->rows.count; i-- > 0;) {
        struct textfsm_value *above = (struct textfsm_value *)&run->rows.items[i].values[column];
        if (is_filled(above))
            return;
        *above = (struct textfsm_value){.kind = TEXTFSM_TEXT, .text = piece_copy(run, &c->now)};
    }
}

bool cell_assign(struct run *run, unsigned column, const char *text, size_t len, unsigned rule_line)
{
    const struct value *v = &run->t->values.items[column];
    struct cell *c = &run->cells[column];
    c->now = (struct piece){.text = text, .len = text ? len : 0};
    if (text && !run->first_line)
        run->first_line = run->line.number;
    if (v->has[OPTION_FILLDOWN])
        c->down = c->now;
    if (v->has[OPTION_FILLUP])
        fill_up(run, column, c);
    struct textfsm_value item;
    if (v->has[OPTION_LIST]) {
        if (!list_item(run, v, &c->now, rule_line, &item))
            return false;
        list_add(run, c, item);
    }
    return true;
}

/* ---- clearing ---- */

static void list_clear(struct cell *c)
{
    c->items = NULL; /* rows keep what they have of it */
    c->count = c->cap = 0;
}

void record_clear(struct run *run)
{
    for (size_t i = 0; i < run->t->values.count; i++) {
        const struct value *v = &run->t->values.items[i];
        run->cells[i].now = v->has[OPTION_FILLDOWN] ? run->cells[i].down : (struct piece){0};
        if (v->has[OPTION_LIST] && !v->has[OPTION_FILLDOWN])
            list_clear(&run->cells[i]);
    }
    run->first_line = 0;
}

void record_clear_all(struct run *run)
{
    for (size_t i = 0; i < run->t->values.count; i++)
        run->cells[i] = (struct cell){0};
    run->first_line = 0;
}

/* ---- recording ---- */

/* false when Required finds nothing. Required looks at the List only if List stands before it, else at its last match. */
static bool save_allowed(const struct value *v, const struct cell *c)
{
    bool filled = c->now.len > 0;
    for (unsigned i = 0; i < v->option_count; i++) {
        if (v->options[i] == OPTION_LIST)
            filled = c->count > 0;
        if (v->options[i] == OPTION_REQUIRED && !filled)
            return false;
    }
    return true;
}

static bool is_nothing(const struct value *v, const struct cell *c)
{
    return v->has[OPTION_LIST] ? c->count == 0 : !c->now.text;
}

static struct textfsm_value saved(struct run *run, const struct value *v, struct cell *c)
{
    if (v->has[OPTION_LIST])
        return (struct textfsm_value){.kind = TEXTFSM_LIST, .text = "", .items = c->items, .count = c->count};
    return (struct textfsm_value){.kind = TEXTFSM_TEXT, .text = c->now.text ? piece_copy(run, &c->now) : ""};
}

/* What has been copied for a Filldown need not be copied again for each row. */
static void remember_copy(struct cell *c)
{
    if (c->down.text == c->now.text && c->down.len == c->now.len)
        c->down.copy = c->now.copy;
}

void record_append(struct run *run, unsigned rule_line)
{
    const struct textfsm *t = run->t;
    size_t count = t->values.count, nothing = 0;
    for (size_t i = 0; i < count; i++) {
        if (!save_allowed(&t->values.items[i], &run->cells[i])) {
            record_clear(run);
            return;
        }
        nothing += is_nothing(&t->values.items[i], &run->cells[i]);
    }
    if (nothing == count)
        return;
    struct textfsm_value *values = arena_alloc_array(&run->table->arena, count, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        values[i] = saved(run, &t->values.items[i], &run->cells[i]);
        remember_copy(&run->cells[i]);
    }
    struct textfsm_row row = {
        .values = values, .line = run->line.number, .rule_line = rule_line, .first_line = run->first_line};
    VEC_ADD(&run->rows, row);
    record_clear(run);
}
