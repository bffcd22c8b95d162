/* The machine: each line is offered to the rules of the current state until one of them takes it. */
#include "parse/textfsm_run.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

enum { SHOWN_BYTES_MAX = 160, SPANS_ON_STACK = 32 };

/* ---- what went wrong ---- */

static struct str shown(const struct line *line)
{
    struct str s = {0};
    size_t len = line->len;
    if (len > SHOWN_BYTES_MAX)
        for (len = SHOWN_BYTES_MAX; len > 0 && ((unsigned char)line->text[len] & 0xC0) == 0x80;)
            len--;
    str_add_char(&s, '"');
    str_add_escaped(&s, line->text, len);
    str_add_cstr(&s, len < line->len ? "…\"" : "\"");
    return s;
}

static bool refuse_line(struct run *run, enum err_code code, unsigned rule_line, const char *what)
{
    struct str bytes = shown(&run->line);
    err_fail(run->e, code, FAILURE_PARSE_FAILURE, "%s:%u: input line %u %s: %s", run->t->name, rule_line,
             run->line.number, what, str_cstr(&bytes));
    str_clear(&bytes);
    return false;
}

static bool error_action(struct run *run, const struct rule *rule)
{
    if (!*rule->target)
        return refuse_line(run, ERR_UNREAD, rule->code.line, "is not one this template can read");
    struct str what = {0};
    str_printf(&what, "is an error, %s", rule->target);
    refuse_line(run, ERR_UNREAD, rule->code.line, str_cstr(&what));
    str_clear(&what);
    return false;
}

void run_note_gave_up(struct run *run, unsigned rule_line)
{
    struct textfsm_table *table = run->table;
    if (table->gave_up_rules++ == 0) {
        table->gave_up_rule_line = rule_line;
        table->gave_up_line = run->line.number;
    }
    log_line(LOG_PARSE, LOG_WARN,
             "%s:%u: the regex passed its match limit on input line %u; taken as no match", run->t->name,
             rule_line, run->line.number);
}

static void note_unmatched(struct run *run)
{
    if (line_is_blank(&run->line))
        return;
    if (run->table->unmatched_lines++ == 0)
        run->table->first_unmatched_line = run->line.number;
}

/* ---- one line ---- */

enum outcome { OUTCOME_NEXT_RULE, OUTCOME_NEXT_LINE, OUTCOME_STOP };

static bool assign(struct run *run, const struct rule *rule, const struct regex_span *spans)
{
    for (unsigned i = 0; i < rule->assignment_count; i++) {
        struct regex_span s = spans[rule->assignments[i].group];
        const char *text = s.start == REGEX_UNSET ? NULL : run->line.text + s.start;
        if (!cell_assign(run, rule->assignments[i].column, text, text ? s.end - s.start : 0, rule->code.line))
            return false;
    }
    return true;
}

static enum outcome act(struct run *run, const struct rule *rule)
{
    if (rule->record_op == RECORD_RECORD)
        record_append(run, rule->code.line);
    else if (rule->record_op == RECORD_CLEAR)
        record_clear(run);
    else if (rule->record_op == RECORD_CLEARALL)
        record_clear_all(run);
    if (rule->line_op == LINE_CONTINUE)
        return OUTCOME_NEXT_RULE;
    if (rule->line_op == LINE_ERROR) {
        error_action(run, rule);
        return OUTCOME_STOP;
    }
    if (rule->next_state != STATE_STAY)
        run->state = rule->next_state;
    return OUTCOME_NEXT_LINE;
}

static enum code_result match(struct run *run, struct rule *rule, struct regex_span *spans)
{
    if (run->line.plain) {
        struct head_line line = {run->line.text, run->line.len, run->line.blanks};
        enum head_answer answer = head_test(&rule->head, &line);
        if (answer != HEAD_PERHAPS)
            return answer == HEAD_YES ? CODE_MATCH : CODE_NO_MATCH;
    }
    return code_match(run->t, &rule->code, run->line.plain, run->line.text, run->line.len, spans,
                      rule->span_count, run->e);
}

static enum outcome try_rule(struct run *run, struct rule *rule, struct regex_span *spans, bool *matched)
{
    switch (match(run, rule, spans)) {
    case CODE_NO_MATCH:
        return OUTCOME_NEXT_RULE;
    case CODE_GAVE_UP:
        run_note_gave_up(run, rule->code.line);
        if (run->table->gave_up_rules < TEXTFSM_GAVE_UP_MAX)
            return OUTCOME_NEXT_RULE;
        refuse_line(run, ERR_LIMIT, rule->code.line,
                    "is one of too many on which a regex passed its match limit");
        return OUTCOME_STOP;
    case CODE_BROKEN:
        return OUTCOME_STOP;
    case CODE_MATCH:
        break;
    }
    *matched = true;
    if (!assign(run, rule, spans))
        return OUTCOME_STOP;
    return act(run, rule);
}

/* The largest number of spans that a rule of the template wants. */
static size_t spans_wanted(const struct textfsm *t)
{
    size_t most = 0;
    for (size_t i = 0; i < t->states.count; i++)
        for (size_t j = 0; j < t->states.items[i].rule_count; j++)
            if (t->states.items[i].rules[j].span_count > most)
                most = t->states.items[i].rules[j].span_count;
    return most;
}

static bool run_line(struct run *run, struct regex_span *spans)
{
    const struct state *state = &run->t->states.items[run->state];
    bool matched = false;
    if (run->line.len > TEXTFSM_LINE_MAX_BYTES)
        return refuse_line(run, ERR_LIMIT, state->line, "is longer than 1 MiB, which no table is");
    for (size_t i = 0; i < state->rule_count; i++) {
        enum outcome outcome = try_rule(run, &state->rules[i], spans, &matched);
        if (outcome == OUTCOME_STOP)
            return false;
        if (outcome == OUTCOME_NEXT_LINE)
            break;
    }
    if (!matched)
        note_unmatched(run);
    if (run->table->arena.used_bytes > TEXTFSM_TABLE_MAX_BYTES)
        return refuse_line(run, ERR_LIMIT, state->line, "makes the table larger than 512 MiB");
    return true;
}

/* ---- the whole input ---- */

static bool run_lines(struct run *run, const char *text, size_t len)
{
    struct regex_span on_stack[SPANS_ON_STACK], *spans = on_stack;
    size_t wanted = spans_wanted(run->t);
    if (wanted > SPANS_ON_STACK)
        spans = mem_alloc_array(wanted, sizeof *spans);
    struct lines lines = {.at = text, .end = text + len};
    bool good = true;
    while (good && run->state >= 0 && lines_next(&lines, &run->line))
        good = run_line(run, spans);
    if (spans != on_stack)
        mem_free(spans);
    return good;
}

static void name_columns(struct run *run)
{
    struct textfsm_table *table = run->table;
    size_t count = run->t->values.count;
    const char **columns = arena_alloc_array(&table->arena, count, sizeof *columns);
    for (size_t i = 0; i < count; i++)
        columns[i] = arena_strdup(&table->arena, run->t->values.items[i].name);
    table->columns = columns;
    table->column_count = count;
}

bool textfsm_parse(struct textfsm *t, const char *input, size_t len, struct textfsm_table *out, struct err *e)
{
    struct str copy = {0};
    struct run run = {.t = t, .table = out, .e = e, .state = t->start};
    size_t text_len;
    *out = (struct textfsm_table){0};
    name_columns(&run);
    run.cells = mem_alloc_array(t->values.count, sizeof *run.cells);
    const char *text = lines_text(input, len, &copy, &text_len);
    bool good = run_lines(&run, text, text_len);
    if (good && run.state != STATE_END && !t->has_eof) {
        run.line.number++;
        record_append(&run, 0);
    }
    out->rows = run.rows.items;
    out->row_count = run.rows.count;
    mem_free(run.cells);
    str_clear(&copy);
    return good;
}
