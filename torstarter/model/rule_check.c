/* `checks:` of a rule, judged against the columns and words of its query. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/check.h"
#include "model/rule_load.h"
#include "model/vocabulary.h"

enum { NAMES_MAX = 256 };

static const struct {
    const char *name;
    bool is_number;
} site_values[] = {
    {"role.power_supplies", true}, {"role.fans", true},        {"role.uplinks", true},
    {"role.airflow", false},       {"switch.uplinks", true},   {"switch.name", false},
    {"switch.rack", false},        {"switch.platform", false}, {"switch.serial", false},
    {"switch.firmware", false},
};

static size_t site_value(const char *name, size_t len)
{
    size_t i = 0;
    while (i < FIELD_COUNT(site_values) &&
           (strlen(site_values[i].name) != len || strncmp(site_values[i].name, name, len) != 0))
        i++;
    return i;
}

bool rule_is_site_value(const char *name, size_t len)
{
    return site_value(name, len) < FIELD_COUNT(site_values);
}

static void unknown_site_value(struct load *l, const struct yaml_node *at, const char *name)
{
    const char *names[FIELD_COUNT(site_values)];
    for (size_t i = 0; i < FIELD_COUNT(site_values); i++)
        names[i] = site_values[i].name;
    fields_unknown(l, &at->place, "the value", name, names, FIELD_COUNT(site_values));
}

static struct column_info *find_column(struct load *l, const struct yaml_node *at, const char *name)
{
    const struct query_info *info = ((struct rule_load *)l->owner)->rule->info;
    const char *names[NAMES_MAX];
    for (size_t i = 0; i < info->column_count && i < NAMES_MAX; i++) {
        names[i] = info->columns[i].column;
        if (strcmp(names[i], name) == 0)
            return (struct column_info *)&info->columns[i];
    }
    fields_unknown(l, &at->place, "the column", name, names, info->column_count);
    return NULL;
}

/* A whole value may be {role.…} or {switch.…}; a text then is that, else one of the column's words. */
static void check_value(struct load *l, const struct yaml_node *at, const struct column_info *column,
                        const char *value)
{
    size_t len = strlen(value), count = 0;
    if (len > 2 && value[0] == '{' && value[len - 1] == '}') {
        if (!rule_is_site_value(value + 1, len - 2))
            unknown_site_value(l, at, arena_strndup(l->arena, value + 1, len - 2));
        return;
    }
    for (; column->words && column->words[count]; count++)
        if (strcmp(column->words[count], value) == 0)
            return;
    if (column->words)
        fields_unknown(l, &at->place, "the word", value, column->words, count);
}

static const char *read_number(struct load *l, const struct yaml_node *n)
{
    const char *text = NULL;
    char *end;
    if (!fields_text(l, n, check_not_empty, &text))
        return NULL;
    size_t len = strlen(text), i = len > 2 && *text == '{' ? site_value(text + 1, len - 2) : 0;
    if (*text == '{' && text[len - 1] == '}') {
        if (i == FIELD_COUNT(site_values))
            unknown_site_value(l, n, arena_strndup(l->arena, text + 1, len - 2));
        else if (!site_values[i].is_number)
            mistakes_add(l->m, &n->place, "%s is no number", text);
        return text;
    }
    strtod(text, &end);
    if (*end)
        mistakes_add(l->m, &n->place,
                     "\"%.40s\" is no number; write one, or a value like {role.power_supplies}", text);
    return text;
}

static void own_pattern(struct load *l, struct regex *regex)
{
    struct rule *r = ((struct rule_load *)l->owner)->rule;
    struct regex **all = arena_alloc_array(l->arena, r->pattern_count + 1, sizeof(struct regex *));
    for (size_t i = 0; i < r->pattern_count; i++)
        all[i] = r->patterns[i];
    all[r->pattern_count++] = regex;
    r->patterns = all;
}

/* By itself first, so that no ")|(" breaks out of what is put around it. */
static struct regex *read_pattern(struct load *l, const struct yaml_node *n)
{
    const char *text = NULL;
    struct err e = {0};
    if (!fields_text(l, n, check_not_empty, &text))
        return NULL;
    struct regex *alone = regex_new(text, 0, &e);
    struct regex *whole =
        alone ? regex_new(arena_printf(l->arena, "^(?:%s)\\z", text), REGEX_ANCHORED, &e) : NULL;
    regex_free(alone);
    if (whole)
        own_pattern(l, whole);
    else
        mistakes_add(l->m, &n->place, "%s", e.msg);
    return whole;
}

static const char *const condition_keys[] = {"column", "is", "is_not", "matches", "at_least", "at_most"};

static void read_operation(struct load *l, const struct yaml_node *n, enum rule_op op,
                           const struct column_info *column, struct rule_conditions *out)
{
    struct rule_condition c = {.column = column->column, .op = op};
    if (op == RULE_IS || op == RULE_IS_NOT) {
        size_t count = fields_texts(l, n, NULL, &c.values);
        for (size_t i = 0; i < count; i++)
            check_value(l, n, column, c.values[i]);
    } else {
        const char **value = arena_alloc_array(l->arena, 2, sizeof *value);
        if (op == RULE_MATCHES)
            c.regex = read_pattern(l, n);
        value[0] = op == RULE_MATCHES ? n->text : read_number(l, n);
        c.values = value;
    }
    out->items[out->count++] = c;
}

/* {column: stratum, at_least: 1, at_most: 15} is two conditions. */
static void read_condition(struct load *l, const struct yaml_node *n, struct rule_conditions *out)
{
    const char *name = NULL;
    size_t before = out->count;
    if (!yaml_want_map(n, l->m))
        return;
    yaml_only_keys(n, condition_keys, FIELD_COUNT(condition_keys), l->m);
    const struct yaml_node *at = yaml_get(n, "column");
    if (!at) {
        mistakes_add(l->m, &n->place, "of which column? write {column: NAME, is: WORD}");
        return;
    }
    struct column_info *column = fields_text(l, at, check_not_empty, &name) ? find_column(l, at, name) : NULL;
    if (!column)
        return;
    if (((struct rule_load *)l->owner)->rule->own)
        column->required = true; /* each platform has to tell it */
    for (unsigned op = RULE_IS; op <= RULE_AT_MOST; op++)
        if (yaml_get(n, condition_keys[op + 1]))
            read_operation(l, yaml_get(n, condition_keys[op + 1]), (enum rule_op)op, column, out);
    if (out->count == before)
        mistakes_add(l->m, &n->place, "what of %s? one of is, is_not, matches, at_least, at_most", name);
}

static void read_conditions(struct load *l, const struct yaml_node *n, struct rule_conditions *out)
{
    const struct yaml_node *const *items = &n;
    size_t count = fields_items(n, &items);
    out->items = arena_alloc_array(l->arena, count * FIELD_COUNT(condition_keys) + 1, sizeof *out->items);
    for (size_t i = 0; i < count; i++)
        read_condition(l, items[i], out);
    if (count == 0)
        mistakes_add(l->m, &n->place, "no condition stands here");
}

/* Of one row there is only one where each row is judged. */
static void read_text(struct load *l, const struct yaml_node *n, bool of_a_row, const char **out)
{
    if (!fields_text(l, n, check_not_empty, out))
        return;
    for (const char *p = *out; (p = strchr(p, '{')); p++) {
        size_t len = strcspn(p + 1, "}");
        const char *name = arena_strndup(l->arena, p + 1, len);
        if (!p[1 + len])
            mistakes_add(l->m, &n->place, "a { is not closed");
        else if (strcmp(name, "rows") == 0 || rule_is_site_value(name, len))
            continue;
        else if (strncmp(name, "role.", 5) == 0 || strncmp(name, "switch.", 7) == 0)
            unknown_site_value(l, n, name);
        else if (find_column(l, n, name) && !of_a_row)
            mistakes_add(l->m, &n->place,
                         "{%.40s} is of one row, and this text is about all; {rows} counts them", name);
    }
}

static void read_failure(struct load *l, const struct yaml_node *n, enum failure *out)
{
    const char *name = NULL;
    if (!n || !fields_text(l, n, check_not_empty, &name))
        return;
    enum phase phase = failure_by_name(name, out) ? failure_info(*out)->phase : PHASE_COUNT;
    if (phase == PHASE_COUNT)
        mistakes_add(l->m, &n->place, "\"%.60s\" is no failure code; `torstarter codes` lists them", name);
    else if (phase == PHASE_ANY || phase == PHASE_OOB_CONNECT)
        mistakes_add(l->m, &n->place, "%s tells of the job or the console, which a rule does not judge",
                     name);
}

static void read_count(struct load *l, const struct yaml_node *n, struct rule_check *c)
{
    static const char *const keys[] = {"at_least", "at_most"};
    if (!yaml_want_map(n, l->m))
        return;
    yaml_only_keys(n, keys, FIELD_COUNT(keys), l->m);
    if (yaml_get(n, "at_least"))
        c->at_least = read_number(l, yaml_get(n, "at_least"));
    if (yaml_get(n, "at_most"))
        c->at_most = read_number(l, yaml_get(n, "at_most"));
    if (n->count == 0)
        mistakes_add(l->m, &n->place, "how many? at_least: N, at_most: N, or both");
}

static void read_check(struct load *l, const struct yaml_node *n, struct rule_check *c)
{
    static const char *const keys[] = {"every", "some", "count", "where", "text", "failure", "remedy"};
    *c = (struct rule_check){.failure = FAILURE_RULE_FAILURE, .place = n->place};
    if (!yaml_want_map(n, l->m))
        return;
    yaml_only_keys(n, keys, FIELD_COUNT(keys), l->m);
    unsigned scopes = 0;
    for (unsigned i = 0; i < 3; i++)
        if (yaml_get(n, keys[i])) {
            c->scope = (enum rule_scope)i;
            scopes++;
        }
    if (scopes != 1) {
        mistakes_add(l->m, &n->place, "a check is one of every:, some: and count:");
        return;
    }
    if (yaml_get(n, "where"))
        read_conditions(l, yaml_get(n, "where"), &c->where);
    if (c->scope == RULE_COUNT)
        read_count(l, yaml_get(n, "count"), c);
    else
        read_conditions(l, yaml_get(n, keys[c->scope]), &c->conditions);
    read_failure(l, yaml_get(n, "failure"), &c->failure);
    if (!yaml_get(n, "text"))
        mistakes_add(l->m, &n->place, "text: is missing: what is wrong when this does not hold?");
    else
        read_text(l, yaml_get(n, "text"), c->scope == RULE_EVERY, &c->text);
    if (yaml_get(n, "remedy"))
        read_text(l, yaml_get(n, "remedy"), c->scope == RULE_EVERY, &c->remedy);
}

void rule_read_checks(struct load *l)
{
    struct rule_load *rl = l->owner;
    const struct yaml_node *const *items = &rl->checks;
    size_t count = fields_items(rl->checks, &items);
    rl->rule->checks = arena_alloc_array(l->arena, count + 1, sizeof *rl->rule->checks);
    for (size_t i = 0; i < count; i++)
        read_check(l, items[i], &rl->rule->checks[rl->rule->check_count++]);
    if (count == 0)
        mistakes_add(l->m, &rl->checks->place, "no check stands here; a rule needs at least one");
    if (rl->pass)
        read_text(l, rl->pass, false, &rl->rule->pass);
}
