/* One step of a procedure: a command, a paste or a query, with the questions it may meet and what its answer must hold. */
#include <stdio.h>
#include <string.h>

#include "model/check.h"
#include "model/platform_load.h"
#include "model/vocabulary.h"

enum { NAMES_MAX = 256, STALL_MS = 60000 };

struct step_entry {
    struct procedure_step step;
    const struct procedure_info *info;
    const char *paste;
};

/* Every {argument} in text is one that the procedure has. */
static void check_arguments(struct load *l, const struct yaml_node *at, const struct procedure_info *info,
                            const char *text)
{
    for (const char *p = text; (p = strchr(p, '{')); p++) {
        char name[40];
        size_t len = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_0123456789");
        if (len == 0 || p[1 + len] != '}')
            continue; /* a brace of the command's own */
        snprintf(name, sizeof name, "%.*s", (int)len, p + 1);
        if (!vocabulary_procedure_takes(info, name))
            mistakes_add(l->m, &at->place, "the procedure %s has no argument {%.30s}: %s", info->name, name,
                         info->about);
    }
}

static void read_failure(struct load *l, const struct yaml_node *n, enum failure *out)
{
    const char *names[FAILURE_COUNT], *text;
    if (!fields_text(l, n, NULL, &text) || failure_by_name(text, out))
        return;
    for (int i = 1; i < FAILURE_COUNT; i++)
        names[i - 1] = failure_name((enum failure)i);
    fields_unknown(l, &n->place, "the failure code", text, names, FAILURE_COUNT - 1);
}

static void read_run(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct step_entry *e = into;
    if (fields_text(l, pair->value, check_not_empty, &e->step.command))
        check_arguments(l, pair->value, e->info, e->step.command);
}

static void read_query_name(struct load *l, const struct yaml_pair *pair, void *into)
{
    const struct dialect *d = &((struct platform_load *)l->owner)->platform.dialect;
    struct step_entry *e = into;
    const char *names[NAMES_MAX], *name;
    size_t count = 0;
    if (!fields_text(l, pair->value, NULL, &name))
        return;
    e->step.query = name;
    for (size_t i = 0; i < d->query_count && count < NAMES_MAX; i++) {
        if (d->queries[i].alternative == 0)
            names[count++] = d->queries[i].name;
        if (strcmp(d->queries[i].name, name) == 0 && d->queries[i].command &&
            !strstr(d->queries[i].command, "{interfaces}"))
            check_arguments(l, pair->value, e->info, d->queries[i].command);
    }
    if (!dialect_query(d, name))
        fields_unknown(l, &pair->value->place, "the query", name, names, count);
}

static bool maps_column(const struct reader *r, const char *column)
{
    for (size_t i = 0; i < r->column_count; i++)
        if (strcmp(r->columns[i].column, column) == 0)
            return true;
    return false;
}

/* Each way to ask it has the column. */
static void check_column(struct load *l, const struct yaml_pair *pair, const char *query)
{
    const struct platform *p = &((struct platform_load *)l->owner)->platform;
    for (const struct query *q = dialect_query(&p->dialect, query); q;
         q = dialect_query_otherwise(&p->dialect, q)) {
        const struct reader *r = platform_reader_of(p, q);
        const char *names[NAMES_MAX];
        size_t count = 0;
        for (; count < r->column_count && count < NAMES_MAX; count++)
            names[count] = r->columns[count].column;
        if (maps_column(r, pair->key))
            continue;
        fields_unknown(l, &pair->key_place, "the column", pair->key, names, count);
        return;
    }
}

static void read_require(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct step_entry *e = into;
    if (!yaml_want_map(pair->value, l->m) || !e->step.query)
        return;
    struct step_requirement *all = arena_alloc_array(l->arena, pair->value->count, sizeof *all);
    for (size_t i = 0; i < pair->value->count; i++) {
        const struct yaml_pair *one = &pair->value->pairs[i];
        all[i].column = one->key;
        check_column(l, one, e->step.query);
        if (fields_text(l, one->value, NULL, &all[i].value))
            check_arguments(l, one->value, e->info, all[i].value);
    }
    e->step.requirements = all;
    e->step.requirement_count = pair->value->count;
}

static void read_argument_name(struct load *l, const struct yaml_pair *pair, const struct step_entry *e,
                               const char **out)
{
    if (fields_text(l, pair->value, check_name, out) && !vocabulary_procedure_takes(e->info, *out))
        mistakes_add(l->m, &pair->value->place, "the procedure %s has no argument {%.30s}: %s", e->info->name,
                     *out, e->info->about);
}

static void read_when(struct load *l, const struct yaml_pair *pair, void *into)
{
    read_argument_name(l, pair, into, &((struct step_entry *)into)->step.when);
}

static void read_unless(struct load *l, const struct yaml_pair *pair, void *into)
{
    read_argument_name(l, pair, into, &((struct step_entry *)into)->step.unless);
}

/* A first-boot dialogue has no prompt, and its end may be a login: one procedure alone may say so. */
static void read_state(struct load *l, const struct yaml_pair *pair, const struct step_entry *e,
                       enum state besides, enum state *out)
{
    const struct yaml_node *n = pair->value;
    if (n->kind == YAML_SCALAR && strcmp(n->text, state_name(besides)) == 0 &&
        strcmp(e->info->name, "first_boot_end") == 0)
        *out = besides;
    else
        platform_prompt_state(l, n, out);
}

static void read_mode(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct step_entry *e = into;
    read_state(l, pair, e, STATE_FIRST_BOOT, &e->step.mode);
}

static void read_then(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct step_entry *e = into;
    read_state(l, pair, e, STATE_LOGIN, &e->step.then);
}

struct answer_entry {
    struct step_answer answer;
    const struct procedure_info *info;
};

static void read_ask(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct step_answer *a = &((struct answer_entry *)into)->answer;
    a->regex = platform_read_pattern(l, pair->value, &a->text);
}

static void read_send(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct answer_entry *a = into;
    if (fields_text(l, pair->value, NULL, &a->answer.send))
        check_arguments(l, pair->value, a->info, a->answer.send);
}

static const struct field answer_fields[] = {
    {"ask", FIELD_READ, FIELD_REQUIRED, .read = read_ask},
    {"send", FIELD_READ, FIELD_REQUIRED, .read = read_send},
    {"times", FIELD_UINT, .offset = offsetof(struct answer_entry, answer.times), .min = 1, .max = 100},
};

static void read_answers(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct step_entry *e = into;
    const struct yaml_node *const *items = (const struct yaml_node *const *)&pair->value;
    size_t count = fields_items(pair->value, &items);
    struct step_answer *all = arena_alloc_array(l->arena, count, sizeof *all);
    for (size_t i = 0; i < count; i++) {
        struct answer_entry entry = {.answer = {.times = 1}, .info = e->info};
        fields_read(l, items[i], "an answer", answer_fields, FIELD_COUNT(answer_fields), &entry);
        all[i] = entry.answer;
    }
    e->step.answers = all;
    e->step.answer_count = count;
}

static void read_failure_pattern(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct step_failure *f = into;
    f->regex = platform_read_pattern(l, pair->value, &f->text);
}

static void read_failure_code(struct load *l, const struct yaml_pair *pair, void *into)
{
    read_failure(l, pair->value, &((struct step_failure *)into)->failure);
}

static const struct field failure_fields[] = {
    {"pattern", FIELD_READ, FIELD_REQUIRED, .read = read_failure_pattern},
    {"code", FIELD_READ, FIELD_REQUIRED, .read = read_failure_code},
};

static void read_fails(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct step_entry *e = into;
    const struct yaml_node *const *items = (const struct yaml_node *const *)&pair->value;
    size_t count = fields_items(pair->value, &items);
    struct step_failure *all = arena_alloc_array(l->arena, count, sizeof *all);
    for (size_t i = 0; i < count; i++)
        fields_read(l, items[i], "a line that means failure", failure_fields, FIELD_COUNT(failure_fields),
                    &all[i]);
    e->step.failures = all;
    e->step.failure_count = count;
}

static void read_success(struct load *l, const struct yaml_pair *pair, void *into)
{
    const char *text;
    ((struct step_entry *)into)->step.success = platform_read_pattern(l, pair->value, &text);
}

static void read_code(struct load *l, const struct yaml_pair *pair, void *into)
{
    read_failure(l, pair->value, &((struct step_entry *)into)->step.code);
}

static void read_progress(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct step_entry *e = into;
    const char *text;
    e->step.progress = platform_read_pattern(l, pair->value, &text);
    if (e->step.progress && regex_group_count(e->step.progress) < 1)
        mistakes_add(l->m, &pair->value->place,
                     "progress needs a group that holds the number: write it like '(\\d{1,3})%%'");
}

/* ctrl-d is the byte 4; anything else is a line that is typed. */
static void read_end(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct step_entry *e = into;
    const char *text;
    if (!fields_text(l, pair->value, check_not_empty, &text))
        return;
    if (str_starts(text, "ctrl-") && text[5] >= 'a' && text[5] <= 'z' && !text[6])
        e->step.paste_end = arena_printf(l->arena, "%c", text[5] & 0x1F);
    else
        e->step.paste_end = arena_printf(l->arena, "%s\r", text);
}

/* Only what ends a command and nothing else: no byte that a file could choose. */
static void read_interrupt(struct load *l, const struct yaml_pair *pair, void *into)
{
    enum { CTRL_C = 0x03 };
    const char *text;
    if (!fields_text(l, pair->value, NULL, &text))
        return;
    if (strcmp(text, "ctrl-c") == 0)
        ((struct step_entry *)into)->step.interrupt = CTRL_C;
    else
        mistakes_add(l->m, &pair->value->place, "what interrupts a step is ctrl-c, not \"%.30s\"", text);
}

#define AT(member) offsetof(struct step_entry, member)
static const char *const paste_words[] = {"config", NULL};
static const struct field step_fields[] = {
    {"about", FIELD_TEXT, .offset = AT(step.about)},
    {"run", FIELD_READ, .read = read_run},
    {"paste", FIELD_TEXT, .offset = AT(paste), .words = paste_words},
    {"query", FIELD_READ, .read = read_query_name},
    {"require", FIELD_READ, .read = read_require},
    {"when", FIELD_READ, .read = read_when},
    {"unless", FIELD_READ, .read = read_unless},
    {"mode", FIELD_READ, .read = read_mode},
    {"then", FIELD_READ, .read = read_then},
    {"answers", FIELD_READ, .read = read_answers},
    {"fails", FIELD_READ, .read = read_fails},
    {"success", FIELD_READ, .read = read_success},
    {"code", FIELD_READ, .read = read_code},
    {"progress", FIELD_READ, .read = read_progress},
    {"progress_bytes", FIELD_BOOL, .offset = AT(step.progress_is_bytes)},
    {"stall", FIELD_SPAN, .offset = AT(step.stall_ms), .min = 1000, .max = 86400000},
    {"total", FIELD_SPAN, .offset = AT(step.total_ms), .min = 1000, .max = 86400000},
    {"interrupt", FIELD_READ, .read = read_interrupt},
    {"reloads", FIELD_BOOL, .offset = AT(step.reloads)},
    {"verifies", FIELD_BOOL, .offset = AT(step.verifies)},
    {"begin", FIELD_TEXT, .offset = AT(step.paste_begin), .check = check_not_empty},
    {"end", FIELD_READ, .read = read_end},
    {"ahead", FIELD_BOOL, .offset = AT(step.ahead)},
    {"window", FIELD_UINT, .offset = AT(step.window_bytes), .min = 16, .max = 4096},
};
#undef AT

static const char *const kind_names[] = {[STEP_RUN] = "run", [STEP_PASTE] = "paste", [STEP_QUERY] = "query"};

/* Keys that a kind of step has no use for; those that are not listed stand anywhere. */
static void check_keys(struct load *l, const struct yaml_node *n, enum step_kind kind)
{
    enum { RUN = 1 << STEP_RUN, PASTE = 1 << STEP_PASTE, QUERY = 1 << STEP_QUERY };
    static const struct {
        const char *key;
        unsigned taken;
    } keys[] = {{"require", QUERY},     {"mode", RUN | PASTE},   {"then", RUN | PASTE},
                {"answers", RUN},       {"fails", RUN | PASTE},  {"success", RUN},
                {"progress", RUN},      {"progress_bytes", RUN}, {"stall", RUN | PASTE},
                {"total", RUN | PASTE}, {"reloads", RUN},        {"verifies", RUN},
                {"interrupt", RUN},     {"begin", PASTE},        {"end", PASTE},
                {"ahead", PASTE},       {"window", PASTE}};
    for (size_t i = 0; i < FIELD_COUNT(keys); i++) {
        const struct yaml_node *there = yaml_get(n, keys[i].key);
        if (there && !(keys[i].taken >> kind & 1))
            mistakes_add(l->m, &there->place, "a step with %s: has no use for %s; remove it",
                         kind_names[kind], keys[i].key);
    }
    if (kind == STEP_QUERY && !yaml_get(n, "require"))
        mistakes_add(l->m, &n->place, "a step with query: says what the answer must hold; add require:");
    if (yaml_get(n, "interrupt") && yaml_get(n, "reloads"))
        mistakes_add(l->m, &n->place,
                     "a step in which the switch restarts is not interrupted; remove interrupt");
    if (yaml_get(n, "progress_bytes") && !yaml_get(n, "progress"))
        mistakes_add(l->m, &n->place, "progress_bytes says what progress: counts; add progress:");
}

void platform_read_step(struct load *l, const struct yaml_node *n, const struct procedure_info *info,
                        struct procedure_step *out)
{
    const struct platform_load *pl = l->owner;
    struct step_entry e = {.info = info};
    e.step = (struct procedure_step){.stall_ms = STALL_MS, .code = FAILURE_COMMAND_REJECTED};
    if (!fields_read(l, n, "a step", step_fields, FIELD_COUNT(step_fields), &e))
        return;
    if (!!yaml_get(n, "run") + !!yaml_get(n, "paste") + !!yaml_get(n, "query") != 1)
        mistakes_add(l->m, &n->place, "a step has one of run:, paste: and query:; keep one of them");
    else
        check_keys(l, n, e.paste ? STEP_PASTE : yaml_get(n, "query") ? STEP_QUERY : STEP_RUN);
    e.step.kind = e.paste ? STEP_PASTE : e.step.query ? STEP_QUERY : STEP_RUN;
    if (e.step.mode == STATE_UNKNOWN)
        e.step.mode = e.paste && pl->has_prompt[STATE_CONFIG] ? STATE_CONFIG : pl->platform.dialect.home;
    e.step.line = n->place.line;
    *out = e.step;
}
