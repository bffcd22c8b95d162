/* `procedures:` are what changes a switch. They are judged in shape only: nothing can run them without a permit. */
#include "model/check.h"
#include "model/platform_load.h"

struct step {
    const char *run, *query, *about, *progress;
    bool has_require;
    int64_t span_ms;
};

static void read_any_map(struct load *l, const struct yaml_pair *pair, void *into)
{
    (void)into;
    yaml_want_map(pair->value, l->m);
}

static void read_require(struct load *l, const struct yaml_pair *pair, void *into)
{
    ((struct step *)into)->has_require = yaml_want_map(pair->value, l->m);
}

#define AT(member) offsetof(struct step, member)
static const struct field step_fields[] = {
    {"about", FIELD_TEXT, .offset = AT(about)},
    {"run", FIELD_TEXT, .offset = AT(run), .check = check_not_empty},
    {"query", FIELD_TEXT, .offset = AT(query), .check = check_name},
    {"require", FIELD_READ, .read = read_require},
    {"progress", FIELD_TEXT, .offset = AT(progress)},
    {"stall", FIELD_SPAN, .offset = AT(span_ms), .min = 1000, .max = 86400000},
    {"total", FIELD_SPAN, .offset = AT(span_ms), .min = 1000, .max = 86400000},
    {"answers", FIELD_READ, .read = read_any_map},
    {"expect", FIELD_READ, .read = read_any_map},
};
#undef AT

static void read_step(struct load *l, const struct yaml_node *n)
{
    struct step step = {0};
    if (!fields_read(l, n, "a step", step_fields, FIELD_COUNT(step_fields), &step))
        return;
    if (!step.run == !step.query)
        mistakes_add(l->m, &n->place, "a step has either run: or query:; keep one of them");
    if (step.has_require && !step.query)
        mistakes_add(l->m, &n->place, "require: judges the answer of a query; add query:");
}

void platform_read_procedures(struct load *l, const struct yaml_pair *pair, void *into)
{
    (void)into;
    if (!yaml_want_map(pair->value, l->m))
        return;
    for (size_t i = 0; i < pair->value->count; i++) {
        const struct yaml_pair *procedure = &pair->value->pairs[i];
        const char *wrong = check_name(procedure->key);
        if (wrong)
            mistakes_add(l->m, &procedure->key_place, "\"%.40s\" %s", procedure->key, wrong);
        if (!yaml_want_list(procedure->value, l->m))
            continue;
        for (size_t k = 0; k < procedure->value->count; k++)
            read_step(l, procedure->value->items[k]);
    }
}
