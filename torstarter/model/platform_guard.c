/* `guard:` of a platform: signs of production that such a switch cannot show. What is merely not declared stays unproven. */
#include <string.h>

#include "model/check.h"
#include "model/platform_load.h"

/* Who the switch is and what its configuration says are asked everywhere. */
static const char *const may_lack[] = {"users", "pending_changes", "routing_neighbors", "interface_rates",
                                       "mac_table"};
enum { MAY_LACK = sizeof may_lack / sizeof *may_lack };

static bool is_one_of_them(struct load *l, const struct yaml_pair *pair)
{
    for (size_t i = 0; i < MAY_LACK; i++)
        if (strcmp(may_lack[i], pair->key) == 0)
            return true;
    fields_unknown(l, &pair->key_place, "the sign of production", pair->key, may_lack, MAY_LACK);
    return false;
}

static void read_not_applicable(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct platform *p = into;
    if (!yaml_want_map(pair->value, l->m))
        return;
    struct not_applicable *list = arena_alloc_array(l->arena, pair->value->count, sizeof *list);
    for (size_t i = 0; i < pair->value->count; i++) {
        const struct yaml_pair *item = &pair->value->pairs[i];
        list[i].query = item->key;
        fields_text(l, item->value, check_not_empty, &list[i].why);
        if (is_one_of_them(l, item) && dialect_query(&p->dialect, item->key))
            mistakes_add(l->m, &item->key_place,
                         "the platform declares the query %s, so it is applicable; remove one of the two",
                         item->key);
    }
    p->not_applicable = list;
    p->not_applicable_count = pair->value->count;
}

static const struct field guard_fields[] = {
    {"not_applicable", FIELD_READ, FIELD_REQUIRED, .read = read_not_applicable}};

void platform_read_guard(struct load *l, const struct yaml_pair *pair, void *into)
{
    fields_read(l, pair->value, "guard", guard_fields, FIELD_COUNT(guard_fields), into);
}

const char *platform_not_applicable(const struct platform *p, const char *query)
{
    for (size_t i = 0; i < p->not_applicable_count; i++)
        if (strcmp(p->not_applicable[i].query, query) == 0)
            return p->not_applicable[i].why;
    return NULL;
}
