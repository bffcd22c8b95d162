/* `config:` says how a configuration is read back, compared and recognised; `boot:` what a boot looks like from outside. */
#include <string.h>

#include "model/check.h"
#include "model/platform_load.h"

enum { SILENCE_MS = 5 * 60000, TOTAL_MS = 30 * 60000, WITHIN_MS = 5 * 60000 };

struct config_entry {
    struct config_form form;
    int blocks;
    struct dialect *dialect;
};

struct regex *platform_read_pattern(struct load *l, const struct yaml_node *n, const char **text)
{
    return fields_text(l, n, check_pattern_text, text) ? platform_pattern(l, n, *text, 0) : NULL;
}

/* A list of patterns; a sign's other keys mean nothing here. */
static void read_patterns(struct load *l, const struct yaml_pair *pair, struct sign_list *out)
{
    const struct yaml_node *const *items = (const struct yaml_node *const *)&pair->value;
    size_t count = fields_items(pair->value, &items);
    out->items = arena_alloc_array(l->arena, count, sizeof *out->items);
    for (size_t i = 0; i < count; i++) {
        struct sign *sign = &out->items[out->count];
        sign->regex = platform_read_pattern(l, items[i], &sign->text);
        out->count += sign->regex != NULL;
    }
}

#define PATTERNS(list)                                                                                       \
    static void read_##list(struct load *l, const struct yaml_pair *pair, void *into)                        \
    {                                                                                                        \
        read_patterns(l, pair, &((struct config_entry *)into)->form.list);                                   \
    }
PATTERNS(ignore)
PATTERNS(ordered)
PATTERNS(defaults)
PATTERNS(factory)

static void read_cutting(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct config_form *form = &((struct config_entry *)into)->form;
    read_patterns(l, pair, &form->cutting);
    const char **texts = arena_alloc_array(l->arena, form->cutting.count + 1, sizeof *texts);
    for (size_t i = 0; i < form->cutting.count; i++)
        texts[i] = form->cutting.items[i].text;
    form->cutting_texts = texts;
}

static void read_secrets(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct sign_list *secrets = &((struct config_entry *)into)->dialect->config_secrets;
    const struct yaml_node *const *items = (const struct yaml_node *const *)&pair->value;
    read_patterns(l, pair, secrets);
    if (secrets->count != fields_items(pair->value, &items))
        return; /* mistakes enough */
    for (size_t i = 0; i < secrets->count; i++)
        if (regex_group_count(secrets->items[i].regex) < 1)
            mistakes_add(l->m, &items[i]->place,
                         "group 1 of this pattern is the secret, but it has no group; put ( ) around it");
}

static void read_begin(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct multiline *m = into;
    m->begin = platform_read_pattern(l, pair->value, &m->text);
}

static const struct field multiline_fields[] = {
    {"begin", FIELD_READ, FIELD_REQUIRED, .read = read_begin},
    {"end", FIELD_TEXT, .offset = offsetof(struct multiline, end), .check = check_not_empty},
};

static void read_multiline(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct dialect *d = ((struct config_entry *)into)->dialect;
    const struct yaml_node *const *items = (const struct yaml_node *const *)&pair->value;
    size_t count = fields_items(pair->value, &items);
    struct multiline *all = arena_alloc_array(l->arena, count, sizeof *all);
    for (size_t i = 0; i < count; i++) {
        if (!fields_read(l, items[i], "a part of several lines", multiline_fields,
                         FIELD_COUNT(multiline_fields), &all[i]) ||
            !all[i].begin)
            continue;
        bool grouped = regex_group_count(all[i].begin) > 0;
        if (!all[i].end && !grouped)
            mistakes_add(
                l->m, &items[i]->place,
                "nothing says where this part ends: add end:, or a group for the delimiter in begin:");
        if (all[i].end && grouped)
            mistakes_add(l->m, &items[i]->place,
                         "begin: has a group for the delimiter, and end: says another; keep one of them");
    }
    d->multiline = all;
    d->multiline_count = count;
}

static char read_key(struct load *l, const struct yaml_pair *pair, const char *const *words, size_t count)
{
    const char *text;
    if (!fields_text(l, pair->value, NULL, &text))
        return 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0)
            return (char)(text[5] & 0x1F);
    fields_unknown(l, &pair->value->place, pair->key, text, words, count);
    return 0;
}

static void read_line_kill(struct load *l, const struct yaml_pair *pair, void *into)
{
    static const char *const words[] = {"ctrl-u", "ctrl-x"};
    ((struct config_entry *)into)->dialect->line_kill = read_key(l, pair, words, FIELD_COUNT(words));
}

static void read_redraw(struct load *l, const struct yaml_pair *pair, void *into)
{
    static const char *const words[] = {"ctrl-r", "ctrl-l"};
    ((struct config_entry *)into)->dialect->redraw = read_key(l, pair, words, FIELD_COUNT(words));
}

static const char *const block_words[] = {
    [BLOCKS_INDENT] = "indent", [BLOCKS_SET] = "set", [BLOCKS_FLAT] = "flat", NULL};
static const struct field config_fields[] = {
    {"blocks", FIELD_CHOICE, FIELD_REQUIRED, offsetof(struct config_entry, blocks), .words = block_words},
    {"ignore", FIELD_READ, .read = read_ignore},
    {"ordered", FIELD_READ, .read = read_ordered},
    {"defaults", FIELD_READ, .read = read_defaults},
    {"secrets", FIELD_READ, .read = read_secrets},
    {"factory", FIELD_READ, .read = read_factory},
    {"cutting", FIELD_READ, .read = read_cutting},
    {"multiline", FIELD_READ, .read = read_multiline},
    {"line_kill", FIELD_READ, .read = read_line_kill},
    {"redraw", FIELD_READ, .read = read_redraw},
    {"replaces", FIELD_BOOL, .offset = offsetof(struct config_entry, form.replaces)},
};

void platform_read_config(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct platform *p = into;
    struct config_entry e = {.dialect = &p->dialect};
    if (!fields_read(l, pair->value, "config", config_fields, FIELD_COUNT(config_fields), &e))
        return;
    p->config = e.form;
    p->config.blocks = (enum config_blocks)e.blocks;
    p->config.declared = true;
}

static void read_milestone_pattern(struct load *l, const struct yaml_pair *pair, void *into)
{
    const char *text;
    ((struct boot_milestone *)into)->regex = platform_read_pattern(l, pair->value, &text);
}

/* It is kept in boot_report.reached. */
static const char *check_milestone(const char *text)
{
    return strlen(text) < sizeof((struct boot_report *)0)->reached ? check_name(text)
                                                                   : "is longer than 31 bytes; shorten it";
}

static const struct field milestone_fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct boot_milestone, name), .check = check_milestone},
    {"pattern", FIELD_READ, FIELD_REQUIRED, .read = read_milestone_pattern},
    {"within", FIELD_SPAN, .offset = offsetof(struct boot_milestone, within_ms), .min = 1000,
     .max = 86400000},
};

static void read_milestones(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct boot_plan *plan = into;
    if (!yaml_want_list(pair->value, l->m))
        return;
    size_t count = pair->value->count;
    struct boot_milestone *all = arena_alloc_array(l->arena, count, sizeof *all);
    for (size_t i = 0; i < count; i++) {
        const struct yaml_node *n = pair->value->items[i];
        all[i].within_ms = WITHIN_MS;
        fields_read(l, n, "a milestone", milestone_fields, FIELD_COUNT(milestone_fields), &all[i]);
        for (size_t k = 0; all[i].name && k < i; k++)
            if (all[k].name && strcmp(all[k].name, all[i].name) == 0)
                mistakes_add(l->m, &n->place, "the milestone %s is there already; give it another name",
                             all[i].name);
    }
    if (count == 0)
        mistakes_add(l->m, &pair->value->place, "no milestones: add one, or remove boot:");
    plan->milestones = all;
    plan->count = count;
}

static const struct field boot_fields[] = {
    {"milestones", FIELD_READ, FIELD_REQUIRED, .read = read_milestones},
    {"silence", FIELD_SPAN, .offset = offsetof(struct boot_plan, silence_ms), .min = 1000, .max = 86400000},
    {"total", FIELD_SPAN, .offset = offsetof(struct boot_plan, total_ms), .min = 1000, .max = 86400000},
};

void platform_read_boot(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct boot_plan *plan = &((struct platform *)into)->boot;
    *plan = (struct boot_plan){.silence_ms = SILENCE_MS, .total_ms = TOTAL_MS};
    fields_read(l, pair->value, "boot", boot_fields, FIELD_COUNT(boot_fields), plan);
    if (plan->silence_ms > plan->total_ms)
        mistakes_add(l->m, &pair->value->place, "silence is longer than total: it would never end a boot");
}
