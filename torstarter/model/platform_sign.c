/* Lists of signs: a pattern each, with what may be said beside it. */
#include <string.h>

#include "model/platform_load.h"

struct sign_entry {
    struct sign sign;
    const char *code;
};

static const char *const code_words[] = {"FIRST_BOOT", "LOGIN_POLICY", NULL};
static const struct field sign_fields[] = {
    {"pattern", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct sign_entry, sign.text),
     .check = check_pattern_text},
    {"send", FIELD_TEXT, .offset = offsetof(struct sign_entry, sign.send), .check = check_short_answer},
    {"code", FIELD_TEXT, .offset = offsetof(struct sign_entry, code), .words = code_words},
    {"unfinished", FIELD_BOOL, .offset = offsetof(struct sign_entry, sign.unfinished)},
};

static bool may_answer(const struct sign *preset)
{
    return preset->unfinished || preset->failure == FAILURE_FIRST_BOOT;
}

static void read_sign(struct load *l, const struct yaml_node *n, const struct sign *preset,
                      bool send_required, struct sign_list *out)
{
    struct sign_entry entry = {.sign = *preset};
    if (n->kind == YAML_SCALAR)
        fields_text(l, n, check_pattern_text, &entry.sign.text);
    else
        fields_read(l, n, "a sign", sign_fields, FIELD_COUNT(sign_fields), &entry);
    if (!entry.sign.text)
        return;
    if (send_required && !entry.sign.send)
        mistakes_add(l->m, &n->place, "a pager needs the key that goes on; write {pattern: …, send: ' '}");
    if (entry.sign.send && !may_answer(preset))
        mistakes_add(l->m, &n->place, "nothing is ever answered to this; remove send");
    if (entry.code && preset->failure != FAILURE_FIRST_BOOT)
        mistakes_add(l->m, &n->place, "code belongs to first_boot only; remove it");
    else if (entry.code)
        failure_by_name(entry.code, &entry.sign.failure);
    entry.sign.regex = platform_pattern(l, n, entry.sign.text, 0);
    if (entry.sign.regex)
        out->items[out->count++] = entry.sign;
}

void platform_read_signs(struct load *l, const struct yaml_pair *pair, struct sign_list *out,
                         const struct sign *preset, bool send_required)
{
    const struct yaml_node *const *items = (const struct yaml_node *const *)&pair->value;
    size_t count = fields_items(pair->value, &items);
    struct sign *all = arena_alloc_array(l->arena, out->count + count, sizeof *all);
    if (out->count) /* first_boot and its other name, factory, share one list */
        memcpy(all, out->items, out->count * sizeof *all);
    out->items = all;
    for (size_t i = 0; i < count; i++)
        read_sign(l, items[i], preset, send_required, out);
}
