#include "plugin/rule.h"

#include <stdlib.h>
#include <string.h>

#include "plugin/shared.h"

enum { FAULTS_TOLD = 4 };

enum truth { HOLDS, HOLDS_NOT, NOT_TOLD }; /* NOT_TOLD: v is filled */

struct judging {
    struct run *run;
    const struct rule_check *check;
    struct records r;
    const struct rule_condition *broken; /* the condition that did not hold last */
    struct verdict v;
};

/* ---- values of the site ---- */

static const char *number_or_null(struct run *run, unsigned n)
{
    return n ? arena_printf(&run->arena, "%u", n) : NULL;
}

/* NULL: the site does not say. */
static const char *site_value(struct run *run, const char *name)
{
    const struct role *role = run->role;
    const struct site_switch *sw = run->sw;
    if (strcmp(name, "role.power_supplies") == 0)
        return number_or_null(run, role->power_supplies);
    if (strcmp(name, "role.fans") == 0)
        return number_or_null(run, role->fans);
    if (strcmp(name, "role.uplinks") == 0)
        return number_or_null(run, role->uplinks);
    if (strcmp(name, "role.airflow") == 0)
        return role->airflow;
    if (strcmp(name, "switch.uplinks") == 0)
        return number_or_null(run, (unsigned)sw->uplink_count);
    if (strcmp(name, "switch.rack") == 0)
        return sw->rack;
    if (strcmp(name, "switch.platform") == 0)
        return sw->platform;
    if (strcmp(name, "switch.serial") == 0)
        return sw->serial;
    if (strcmp(name, "switch.firmware") == 0)
        return sw->firmware_version;
    return strcmp(name, "switch.name") == 0 ? sw->name : NULL;
}

/* The value as the rule means it; NULL: the site does not say it, and j->v does. */
static const char *value_of(struct judging *j, const char *written)
{
    size_t len = strlen(written);
    if (len < 3 || written[0] != '{' || written[len - 1] != '}')
        return written;
    const char *name = arena_strndup(&j->run->arena, written + 1, len - 2);
    const char *value = site_value(j->run, name);
    if (!value)
        j->v = verdict_skip(j->run, "the site file does not say %s, which the rule %s compares with", name,
                            j->run->rule->name);
    return value;
}

/* ---- conditions ---- */

static enum truth holds_word(struct judging *j, const struct rule_condition *c, const char *text)
{
    bool found = false;
    for (const char *const *value = c->values; *value; value++) {
        const char *wanted = value_of(j, *value);
        if (!wanted)
            return NOT_TOLD;
        found = found || strcmp(text, wanted) == 0;
    }
    return found == (c->op == RULE_IS) ? HOLDS : HOLDS_NOT;
}

static enum truth holds_number(struct judging *j, const struct rule_condition *c, size_t row)
{
    double found;
    const char *wanted = value_of(j, c->values[0]);
    if (!wanted)
        return NOT_TOLD;
    if (!record_number(&j->r, row, c->column, &found)) {
        j->v = verdict_unread(j->run, &j->r, row, "%s is \"%s\", and the rule %s wants a number", c->column,
                              record_get(&j->r, row, c->column), j->run->rule->name);
        return NOT_TOLD;
    }
    double limit = strtod(wanted, NULL);
    return (c->op == RULE_AT_LEAST ? found >= limit : found <= limit) ? HOLDS : HOLDS_NOT;
}

static enum truth holds_pattern(struct judging *j, const struct rule_condition *c, size_t row,
                                const char *text)
{
    enum regex_result found = regex_match(c->regex, text, strlen(text), 0, NULL, 0);
    if (found != REGEX_GAVE_UP)
        return found == REGEX_MATCH ? HOLDS : HOLDS_NOT;
    j->v = verdict_unread(j->run, &j->r, row, "the pattern %s of the rule %s came to no end at \"%s\"",
                          c->values[0], j->run->rule->name, text);
    return NOT_TOLD;
}

static enum truth holds(struct judging *j, const struct rule_condition *c, size_t row)
{
    const char *text = record_get(&j->r, row, c->column);
    if (c->op == RULE_IS || c->op == RULE_IS_NOT)
        return holds_word(j, c, text);
    return c->op == RULE_MATCHES ? holds_pattern(j, c, row, text) : holds_number(j, c, row);
}

static enum truth all_hold(struct judging *j, const struct rule_conditions *all, size_t row)
{
    for (size_t i = 0; i < all->count; i++) {
        enum truth t = holds(j, &all->items[i], row);
        j->broken = t == HOLDS ? j->broken : &all->items[i];
        if (t != HOLDS)
            return t;
    }
    return HOLDS;
}

/* ---- texts ---- */

static const char *filled(struct judging *j, const char *text, size_t row, size_t rows)
{
    struct str s = {0};
    for (const char *p = text; *p;) {
        size_t len = *p == '{' ? strcspn(p, "}") : 0;
        if (!len) {
            str_add_char(&s, *p++);
            continue;
        }
        const char *name = arena_strndup(&j->run->arena, p + 1, len - 1);
        const char *value = strcmp(name, "rows") == 0 ? arena_printf(&j->run->arena, "%zu", rows)
                            : rule_is_site_value(name, strlen(name)) ? site_value(j->run, name)
                            : row < j->r.count                       ? record_text(&j->r, row, name)
                                                                     : NULL;
        str_add_cstr(&s, value ? value : "not stated");
        p += len + 1;
    }
    const char *kept = arena_strdup(&j->run->arena, str_cstr(&s));
    str_clear(&s);
    return kept;
}

static const char *wanted_text(struct judging *j, const struct rule_condition *c)
{
    static const char *const words[] = {"is", "is not", "matches", "is at least", "is at most"};
    struct str s = {0};
    str_printf(&s, "%s %s", c->column, words[c->op]);
    for (const char *const *v = c->values; *v; v++) {
        const char *value = **v == '{' && c->op != RULE_MATCHES ? value_of(j, *v) : *v;
        str_printf(&s, "%s %s", v == c->values ? "" : " or", value ? value : *v);
        if (c->op >= RULE_MATCHES)
            break;
    }
    const char *kept = arena_strdup(&j->run->arena, str_cstr(&s));
    str_clear(&s);
    return kept;
}

static void fail(struct judging *j, const char *text, size_t row, size_t rows)
{
    const struct rule_check *k = j->check;
    j->v = verdict_fail(j->run, k->failure, "%s", text);
    if (k->remedy)
        verdict_remedy(j->run, &j->v, "%s", filled(j, k->remedy, row, rows));
}

static void place(struct judging *j, size_t row, const char *column, const char *wanted)
{
    verdict_point(j->run, &j->v, &j->r, row, column, "rule %s (%s:%u) wants that %s", j->run->rule->name,
                  j->check->place.file, j->check->place.line, wanted);
}

/* ---- checks ---- */

/* The rows that the check is about; ROW_NONE: j->v says why they are not known. */
static size_t rows_of(struct judging *j, bool *is_one)
{
    size_t count = 0;
    for (size_t i = 0; i < j->r.count; i++) {
        enum truth t = all_hold(j, &j->check->where, i);
        if (t == NOT_TOLD)
            return ROW_NONE;
        is_one[i] = t == HOLDS;
        count += is_one[i];
    }
    return count;
}

static enum truth judge_every(struct judging *j, const bool *is_one, size_t rows)
{
    struct str text = {0};
    const struct rule_condition *broken = NULL;
    size_t first = ROW_NONE, faults = 0;
    for (size_t i = 0; i < j->r.count; i++) {
        enum truth t = is_one[i] ? all_hold(j, &j->check->conditions, i) : HOLDS;
        if (t == NOT_TOLD) {
            str_clear(&text);
            return t;
        }
        if (t == HOLDS)
            continue;
        if (first == ROW_NONE) {
            first = i;
            broken = j->broken;
        }
        if (faults++ < FAULTS_TOLD) {
            text_list(&text);
            str_add_cstr(&text, filled(j, j->check->text, i, rows));
        }
    }
    if (faults > FAULTS_TOLD)
        str_printf(&text, "; and %zu more", faults - FAULTS_TOLD);
    if (faults) {
        fail(j, arena_strdup(&j->run->arena, str_cstr(&text)), first, rows);
        place(j, first, broken->column, wanted_text(j, broken));
    }
    str_clear(&text);
    return faults ? HOLDS_NOT : HOLDS;
}

static enum truth judge_some(struct judging *j, const bool *is_one, size_t rows)
{
    for (size_t i = 0; i < j->r.count; i++) {
        enum truth t = is_one[i] ? all_hold(j, &j->check->conditions, i) : HOLDS_NOT;
        if (t != HOLDS_NOT)
            return t;
    }
    fail(j, filled(j, j->check->text, ROW_NONE, rows), ROW_NONE, rows);
    place(j, ROW_NONE, NULL,
          arena_printf(&j->run->arena, "in some row %s", wanted_text(j, &j->check->conditions.items[0])));
    return HOLDS_NOT;
}

static enum truth judge_count(struct judging *j, size_t rows)
{
    const struct rule_check *k = j->check;
    const char *least = k->at_least ? value_of(j, k->at_least) : "0";
    const char *most = least && k->at_most ? value_of(j, k->at_most) : "-";
    if (!least || !most)
        return NOT_TOLD;
    if ((double)rows >= strtod(least, NULL) && (!k->at_most || (double)rows <= strtod(most, NULL)))
        return HOLDS;
    fail(j, filled(j, k->text, ROW_NONE, rows), ROW_NONE, rows);
    place(j, ROW_NONE, NULL,
          k->at_most ? arena_printf(&j->run->arena, "there are %s to %s rows", least, most)
                     : arena_printf(&j->run->arena, "there are at least %s rows", least));
    return HOLDS_NOT;
}

static enum truth judge(struct judging *j)
{
    struct arena *arena = &j->run->arena;
    bool *is_one = arena_alloc_array(arena, j->r.count + 1, sizeof *is_one);
    size_t rows = rows_of(j, is_one);
    if (rows == ROW_NONE)
        return NOT_TOLD;
    if (j->check->scope == RULE_COUNT)
        return judge_count(j, rows);
    if (j->r.count == 0) {
        j->v = verdict_unread(j->run, &j->r, ROW_NONE, "the answer has no row that the rule %s could judge",
                              j->run->rule->name);
        return NOT_TOLD;
    }
    if (rows == 0) { /* nothing is proven about what is not there */
        fail(j, arena_printf(arena, "no row is one where %s", wanted_text(j, &j->check->where.items[0])),
             ROW_NONE, 0);
        place(j, ROW_NONE, NULL, "there is such a row");
        return HOLDS_NOT;
    }
    return j->check->scope == RULE_EVERY ? judge_every(j, is_one, rows) : judge_some(j, is_one, rows);
}

/* ---- the run ---- */

const char *rule_missing_column(const struct rule *r, const struct platform *p)
{
    for (size_t i = 0; i < r->check_count; i++) {
        const struct rule_conditions *both[] = {&r->checks[i].where, &r->checks[i].conditions};
        for (size_t k = 0; k < 2; k++)
            for (size_t n = 0; n < both[k]->count; n++)
                if (!platform_maps(p, r->query, both[k]->items[n].column))
                    return both[k]->items[n].column;
    }
    return NULL;
}

/* The way that answered may tell less than another would. */
static const char *column_not_told(const struct rule *r, const struct records *records)
{
    for (size_t i = 0; records->count > 0 && i < r->check_count; i++) {
        const struct rule_conditions *both[] = {&r->checks[i].where, &r->checks[i].conditions};
        for (size_t k = 0; k < 2; k++)
            for (size_t n = 0; n < both[k]->count; n++)
                if (!records_has(records, both[k]->items[n].column))
                    return both[k]->items[n].column;
    }
    return NULL;
}

static bool asks_about_uplinks(const struct run *run)
{
    const struct dialect *d = &run->platform->dialect;
    for (const struct query *q = dialect_query(d, run->rule->query); q; q = dialect_query_otherwise(d, q))
        if (query_takes(q, "interface") || query_takes(q, "interfaces"))
            return true;
    return false;
}

static struct verdict judge_all(struct run *run, const struct records *r)
{
    struct judging j = {.run = run, .r = *r};
    struct verdict skip = {0};
    for (size_t i = 0; i < run->rule->check_count; i++) {
        j.check = &run->rule->checks[i];
        enum truth t = judge(&j);
        if (t == HOLDS_NOT || (t == NOT_TOLD && j.v.kind != VERDICT_SKIP))
            return j.v;
        skip = t == NOT_TOLD ? j.v : skip;
    }
    if (skip.kind == VERDICT_SKIP)
        return skip;
    return verdict_pass(run, "%s",
                        run->rule->pass ? filled(&j, run->rule->pass, ROW_NONE, r->count) : run->rule->about);
}

static struct verdict rule_run(struct run *run)
{
    const struct rule *rule = run->rule;
    struct records r;
    const char *missing = rule_missing_column(rule, run->platform);
    if (missing)
        return verdict_skip(run, "platform %s does not tell the column %s of %s", run->platform->name,
                            missing, rule->query);
    bool uplinks = asks_about_uplinks(run);
    if (uplinks && run->sw->uplink_count == 0)
        return verdict_skip(run, "the site file names no uplinks of %s, which %s is asked about",
                            run->sw->name, rule->query);
    if (uplinks ? !run_query_uplinks(run, rule->query, &r) : !run_query(run, rule->query, &r))
        return verdict_error(run);
    if (column_not_told(rule, &r))
        return verdict_unread(run, &r, ROW_NONE, "this answer does not tell the column %s",
                              column_not_told(rule, &r));
    return judge_all(run, &r);
}

const struct plugin *rule_plugin(const struct rule *r, struct arena *arena)
{
    struct plugin *p = ARENA_NEW(arena, struct plugin);
    const char **needs = arena_alloc_array(arena, 2, sizeof *needs);
    enum failure *codes = arena_alloc_array(arena, r->check_count + 1, sizeof *codes);
    size_t count = 0;
    for (size_t i = 0; i < r->check_count; i++) {
        size_t k = 0;
        while (k < count && codes[k] != r->checks[i].failure)
            k++;
        codes[k] = r->checks[i].failure;
        count += k == count;
    }
    needs[0] = r->query;
    *p = (struct plugin){.name = r->name,
                         .about = r->about,
                         .phase = PHASE_RULE_CHECK,
                         .effect = READS,
                         .needs = needs,
                         .codes = codes,
                         .run = rule_run};
    return p;
}
