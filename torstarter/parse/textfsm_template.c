/* A template file: Value lines, a blank line, then states, each with its rules. Refuses what textfsm refuses. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "parse/textfsm_private.h"

enum { TEMPLATE_MAX_BYTES = 4 * 1024 * 1024 };

struct reader {
    struct textfsm *t;
    const char *at, *end;
    unsigned line;
    struct err *e;
};

bool template_refuse(const struct textfsm *t, unsigned line, struct err *e, const char *fmt, ...)
{
    char what[sizeof e->msg];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_set(e, ERR_SYNTAX, "%s:%u: %s", t->name, line, what);
}

/* The next line without its end and the white space before it; universal newlines. NULL at the end of the file. */
static const char *next_line(struct reader *r, size_t *len)
{
    if (r->at == r->end)
        return NULL;
    const char *line = r->at;
    while (r->at < r->end && *r->at != '\n' && *r->at != '\r')
        r->at++;
    *len = trimmed_end(line, (size_t)(r->at - line));
    if (r->at < r->end)
        r->at += *r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n' ? 2 : 1;
    r->line++;
    return line;
}

static bool is_comment(const char *line, size_t len)
{
    const char *first = trimmed(line, &len);
    return len > 0 && *first == '#';
}

static bool starts_with(const char *line, size_t len, const char *prefix)
{
    return len >= strlen(prefix) && memcmp(line, prefix, strlen(prefix)) == 0;
}

static bool read_values(struct reader *r)
{
    const char *line;
    size_t len;
    while ((line = next_line(r, &len)) && len > 0) {
        if (is_comment(line, len))
            continue;
        if (starts_with(line, len, "Value ")) {
            if (!value_read(r->t, line, len, r->line, r->e))
                return false;
        } else if (r->t->values.count == 0) {
            return template_refuse(r->t, r->line, r->e,
                                   "no Value definitions found: expected \"Value …\", a # comment or a "
                                   "blank line");
        } else {
            return template_refuse(r->t, r->line, r->e, "expected a blank line after the last Value");
        }
    }
    return true;
}

static int state_by_name(const struct textfsm *t, const char *name, size_t len)
{
    for (size_t i = 0; i < t->states.count; i++)
        if (strlen(t->states.items[i].name) == len && memcmp(t->states.items[i].name, name, len) == 0)
            return (int)i;
    return -1;
}

static bool is_reserved(const char *name)
{
    static const char *const reserved[] = {"Continue", "Next",   "Error",   "Clear",
                                           "Clearall", "Record", "NoRecord"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return false;
}

static bool add_state(struct reader *r, const char *line, size_t len)
{
    struct textfsm *t = r->t;
    struct state s = {.name = arena_strndup(&t->arena, line, len), .line = r->line};
    if (line[0] == ' ' || line[0] == '\t')
        return template_refuse(t, r->line, r->e,
                               "expected the name of a state at the start of the line: a blank line ends the "
                               "rules of a state");
    if (!is_word(line, len) || character_count(line, len) > NAME_MAX_CHARACTERS)
        return template_refuse(t, r->line, r->e, "invalid state name '%s': letters, digits and _, at most %d",
                               s.name, NAME_MAX_CHARACTERS);
    if (is_reserved(s.name))
        return template_refuse(t, r->line, r->e, "invalid state name '%s': it is the name of an action",
                               s.name);
    int before = state_by_name(t, line, len);
    if (before >= 0)
        return template_refuse(t, r->line, r->e, "duplicate state '%s'; first in line %u", s.name,
                               t->states.items[before].line);
    VEC_ADD(&t->states, s);
    return true;
}

static bool read_rules(struct reader *r)
{
    VEC(struct rule) rules = {0};
    const char *line;
    size_t len;
    bool good = true;
    while (good && (line = next_line(r, &len)) && len > 0) {
        if (is_comment(line, len))
            continue;
        if (!starts_with(line, len, " ^") && !starts_with(line, len, "  ^") &&
            !starts_with(line, len, "\t^")) {
            good = template_refuse(r->t, r->line, r->e,
                                   "missing white space or carat ('^') before the rule: one or two "
                                   "blanks or a tab, then ^");
            break;
        }
        struct rule rule;
        good = rule_read(r->t, line, len, r->line, &rule, r->e);
        VEC_ADD(&rules, rule);
    }
    struct state *s = &r->t->states.items[r->t->states.count - 1];
    s->rules = rules.items;
    s->rule_count = rules.count;
    return good;
}

static bool read_states(struct reader *r)
{
    const char *line;
    size_t len;
    while ((line = next_line(r, &len)))
        if (len > 0 && !is_comment(line, len) && (!add_state(r, line, len) || !read_rules(r)))
            return false;
    return true;
}

/* ---- what can be judged only when all states are known ---- */

static bool check_reserved_states(struct reader *r)
{
    static const char *const names[] = {"End", "EOF"};
    for (size_t i = 0; i < 2; i++) {
        int found = state_by_name(r->t, names[i], 3);
        if (found < 0)
            continue;
        const struct state *s = &r->t->states.items[found];
        if (s->rule_count > 0)
            return template_refuse(r->t, s->rules[0].code.line, r->e, "the state '%s' must have no rules",
                                   s->name);
        r->t->has_eof |= i == 1;
    }
    return true;
}

static bool link_rule(struct reader *r, const struct state *s, struct rule *rule)
{
    struct textfsm *t = r->t;
    if (rule->line_op == LINE_ERROR || !*rule->target)
        return true;
    if (strcmp(rule->target, "End") == 0)
        rule->next_state = STATE_END;
    else if (strcmp(rule->target, "EOF") == 0)
        rule->next_state = STATE_EOF;
    else
        rule->next_state = state_by_name(t, rule->target, strlen(rule->target));
    if (rule->next_state != STATE_STAY)
        return true;
    const char **names = arena_alloc_array(&t->arena, t->states.count, sizeof *names);
    for (size_t i = 0; i < t->states.count; i++)
        names[i] = t->states.items[i].name;
    const char *near = str_nearest(rule->target, names, t->states.count);
    return template_refuse(t, rule->code.line, r->e, "state '%s' not found, referenced in state '%s'%s%s%s",
                           rule->target, s->name, near ? "; did you mean " : "", near ? near : "",
                           near ? "?" : "");
}

static bool link_states(struct reader *r)
{
    struct textfsm *t = r->t;
    t->start = state_by_name(t, "Start", strlen("Start"));
    if (t->start < 0)
        return template_refuse(t, r->line ? r->line : 1, r->e, "missing state 'Start'");
    if (!check_reserved_states(r))
        return false;
    for (size_t i = 0; i < t->states.count; i++)
        for (size_t j = 0; j < t->states.items[i].rule_count; j++)
            if (!link_rule(r, &t->states.items[i], &t->states.items[i].rules[j]))
                return false;
    return true;
}

static bool check_text(struct reader *r)
{
    unsigned line = 1;
    for (const char *p = r->at; p < r->end;) {
        size_t n = (signed char)*p > 0 ? 1
                   : *p == 0           ? 0
                                       : str_utf8_len((const unsigned char *)p, (size_t)(r->end - p));
        if (n == 0)
            return template_refuse(r->t, line, r->e,
                                   *p ? "not UTF-8: save the template as UTF-8" : "holds a NUL byte");
        line += *p == '\n';
        p += n;
    }
    return true;
}

struct textfsm *textfsm_new(const char *name, const char *text, size_t len, struct err *e)
{
    struct textfsm *t = MEM_NEW(struct textfsm);
    struct reader r = {.t = t, .at = text, .end = text + len, .e = e};
    pthread_mutex_init(&t->lock, NULL);
    t->name = arena_strdup(&t->arena, name);
    if (check_text(&r) && read_values(&r) && read_states(&r) && link_states(&r))
        return t;
    textfsm_free(t);
    return NULL;
}

struct textfsm *textfsm_open(const char *path, struct err *e)
{
    struct str text = STR_MAX(TEMPLATE_MAX_BYTES);
    struct textfsm *t = NULL;
    if (file_read(path, &text, e))
        t = textfsm_new(path, str_cstr(&text), text.len, e);
    str_clear(&text);
    return t;
}

void textfsm_free(struct textfsm *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->values.count; i++)
        if (t->values.items[i].nested)
            code_clear(t->values.items[i].nested);
    for (size_t i = 0; i < t->states.count; i++) {
        for (size_t j = 0; j < t->states.items[i].rule_count; j++)
            code_clear(&t->states.items[i].rules[j].code);
        mem_free(t->states.items[i].rules);
    }
    for (size_t i = 0; i < t->retired.count; i++)
        regex_free(t->retired.items[i]);
    VEC_CLEAR(&t->values);
    VEC_CLEAR(&t->states);
    VEC_CLEAR(&t->retired);
    pthread_mutex_destroy(&t->lock);
    arena_clear(&t->arena);
    mem_free(t);
}

bool textfsm_compile(struct textfsm *t, struct err *e)
{
    for (size_t i = 0; i < t->values.count; i++)
        if (t->values.items[i].nested && !code_compile_first(t, t->values.items[i].nested, e))
            return false;
    for (size_t i = 0; i < t->states.count; i++)
        for (size_t j = 0; j < t->states.items[i].rule_count; j++)
            if (!code_compile_first(t, &t->states.items[i].rules[j].code, e))
                return false;
    return true;
}

/* ---- what a template tells about itself ---- */

const char *textfsm_name(const struct textfsm *t)
{
    return t->name;
}

size_t textfsm_column_count(const struct textfsm *t)
{
    return t->values.count;
}

const char *textfsm_column(const struct textfsm *t, size_t i)
{
    return t->values.items[i].name;
}

bool textfsm_column_is_list(const struct textfsm *t, size_t i)
{
    return t->values.items[i].has[OPTION_LIST];
}

bool textfsm_column_is_key(const struct textfsm *t, size_t i)
{
    return t->values.items[i].has[OPTION_KEY];
}

static bool is_catch_all(const struct rule *rule)
{
    static const char *const all[] = {"^.", "^.*", "^.+", "^.*$", "^.+$"};
    for (size_t i = 0; rule->line_op == LINE_ERROR && i < sizeof all / sizeof *all; i++)
        if (strcmp(rule->code.source, all[i]) == 0)
            return true;
    return false;
}

bool textfsm_is_strict(const struct textfsm *t, const char **lax_state)
{
    for (size_t i = 0; i < t->states.count; i++) {
        const struct state *s = &t->states.items[i];
        if (strcmp(s->name, "EOF") == 0 || strcmp(s->name, "End") == 0)
            continue;
        if (s->rule_count > 0 && is_catch_all(&s->rules[s->rule_count - 1]))
            continue;
        *lax_state = s->name;
        return false;
    }
    return true;
}
