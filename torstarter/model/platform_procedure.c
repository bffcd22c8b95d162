/* `procedures:` are what changes a switch: dialect.procedures. Here is judged that they fit together; nothing can run them without a
   permit. */
#include <string.h>

#include "model/platform_load.h"
#include "model/vocabulary.h"

enum { PROCEDURES_MAX = 64 };

struct procedure_entry {
    struct procedure *procedure;
    const struct procedure_info *info;
    const char *undo; /* as the file says it */
    struct yaml_place undo_place;
    const struct yaml_node *steps;
};

static void read_undo(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct procedure_entry *entry = into;
    entry->undo_place = pair->value->place;
    fields_text(l, pair->value, NULL, &entry->undo);
}

static void take_steps(struct load *l, const struct yaml_pair *pair, void *into)
{
    (void)l;
    ((struct procedure_entry *)into)->steps = pair->value;
}

static const struct field procedure_fields[] = {
    {"undo", FIELD_READ, .read = read_undo},
    {"steps", FIELD_READ, FIELD_REQUIRED, .read = take_steps},
};

/* Where a step may stand; the steps themselves have been judged. */
static void judge_steps(struct load *l, const struct procedure_entry *entry)
{
    const struct procedure *p = entry->procedure;
    for (size_t i = 0; i < p->step_count; i++) {
        const struct procedure_step *step = &p->steps[i];
        const struct yaml_place *place = &entry->steps->items[i]->place;
        if (step->reloads && i + 1 < p->step_count)
            mistakes_add(l->m, place, "the switch restarts in this step: it must be the last one");
        if (step->kind == STEP_PASTE && strcmp(p->name, "config_load") != 0)
            mistakes_add(l->m, place, "paste belongs to config_load only: %s has no configuration to type",
                         p->name);
    }
    if (strcmp(p->name, "reload") == 0 && p->step_count && !p->steps[p->step_count - 1].reloads)
        mistakes_add(l->m, &entry->steps->items[p->step_count - 1]->place,
                     "the last step of reload restarts the switch: add reloads: true");
}

static void read_steps(struct load *l, struct procedure_entry *entry)
{
    if (!yaml_want_list(entry->steps, l->m))
        return;
    size_t count = entry->steps->count;
    struct procedure_step *steps = arena_alloc_array(l->arena, count, sizeof *steps);
    for (size_t i = 0; i < count; i++)
        platform_read_step(l, entry->steps->items[i], entry->info, &steps[i]);
    entry->procedure->steps = steps;
    entry->procedure->step_count = count;
    if (count == 0)
        mistakes_add(l->m, &entry->steps->place,
                     "a procedure without steps does nothing; add one or remove it");
    judge_steps(l, entry);
}

static void read_procedure(struct load *l, const struct yaml_pair *pair, struct procedure_entry *entry)
{
    entry->undo = entry->info->undo;
    entry->undo_place = pair->key_place;
    *entry->procedure = (struct procedure){.name = entry->info->name, .line = pair->key_place.line};
    if (pair->value->kind == YAML_LIST)
        entry->steps = pair->value;
    else
        fields_read(l, pair->value, "a procedure", procedure_fields, FIELD_COUNT(procedure_fields), entry);
    if (entry->steps)
        read_steps(l, entry);
}

static void unknown_procedure(struct load *l, const struct yaml_place *at, const char *what, const char *name)
{
    const char *names[PROCEDURES_MAX];
    size_t count;
    const struct procedure_info *all = vocabulary_procedures(&count);
    for (size_t i = 0; i < count && i < PROCEDURES_MAX; i++)
        names[i] = all[i].name;
    fields_unknown(l, at, what, name, names, count);
}

/* An undo runs with the arguments of what it takes back. */
static bool same_arguments(const struct procedure_info *undo, const struct procedure_info *of)
{
    for (const char *p = undo->about; (p = strchr(p, '{')); p++) {
        char name[40] = "";
        size_t len = strcspn(p + 1, "}");
        if (len < sizeof name)
            memcpy(name, p + 1, len);
        if (!vocabulary_procedure_takes(of, name))
            return false;
    }
    return true;
}

/* What was typed ahead has run when a line before it turns out to be damaged: only an undo makes up for that. */
static void judge_ahead(struct load *l, const struct procedure_entry *entry)
{
    for (size_t i = 0; i < entry->procedure->step_count; i++)
        if (entry->procedure->steps[i].ahead && !entry->procedure->undo)
            mistakes_add(
                l->m, &entry->steps->items[i]->place,
                "ahead: types lines before the one above is proven, which only an undo can take back: "
                "name undo: or remove ahead:");
}

static void link_undo(struct load *l, const struct procedure_entry *entry)
{
    const struct dialect *d = &((struct platform_load *)l->owner)->platform.dialect;
    const char *name = entry->procedure->name, *undo = entry->undo;
    if (!undo || strcmp(undo, "none") == 0)
        return;
    if (!vocabulary_procedure(undo))
        unknown_procedure(l, &entry->undo_place, "the undo", undo);
    else if (strcmp(undo, name) == 0)
        mistakes_add(l->m, &entry->undo_place, "%s cannot take itself back; name another, or undo: none",
                     name);
    else if (!dialect_procedure(d, undo))
        mistakes_add(l->m, &entry->undo_place,
                     "%s is taken back by %s, which is not among procedures: here; add it, or say undo: none",
                     name, undo);
    else if (!same_arguments(vocabulary_procedure(undo), entry->info))
        mistakes_add(l->m, &entry->undo_place, "%s needs arguments that %s has not; name another undo", undo,
                     name);
    entry->procedure->undo = undo;
}

void platform_read_procedures(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct dialect *d = &((struct platform *)into)->dialect;
    struct procedure_entry entries[PROCEDURES_MAX] = {0};
    if (!yaml_want_map(pair->value, l->m))
        return;
    size_t count = pair->value->count < PROCEDURES_MAX ? pair->value->count : PROCEDURES_MAX;
    struct procedure *procedures = arena_alloc_array(l->arena, count, sizeof *procedures);
    d->procedures = procedures;
    for (size_t i = 0; i < count; i++) {
        const struct yaml_pair *one = &pair->value->pairs[i];
        struct procedure_entry *entry = &entries[d->procedure_count];
        entry->info = vocabulary_procedure(one->key);
        entry->procedure = &procedures[d->procedure_count];
        if (!entry->info) {
            unknown_procedure(l, &one->key_place, "the procedure", one->key);
            continue;
        }
        read_procedure(l, one, entry);
        d->procedure_count++;
    }
    for (size_t i = 0; i < d->procedure_count; i++)
        link_undo(l, &entries[i]);
    for (size_t i = 0; i < d->procedure_count; i++)
        judge_ahead(l, &entries[i]);
}
