#include "model/rule.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/check.h"
#include "model/rule_load.h"
#include "model/vocabulary.h"

enum { NAMES_MAX = 256 };

static void read_query(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct rule *r = into;
    const char *names[NAMES_MAX], *name;
    size_t count;
    const struct query_info *all = vocabulary(&count);
    if (!fields_text(l, pair->value, check_name, &name))
        return;
    r->info = vocabulary_query(name);
    r->query = name;
    for (size_t i = 0; !r->info && i < count && i < NAMES_MAX; i++)
        names[i] = all[i].name;
    if (!r->info)
        fields_unknown(l, &pair->value->place, "the query", name, names,
                       count < NAMES_MAX ? count : NAMES_MAX);
    else if (strchr(r->info->about, '{') && !vocabulary_takes(r->info, "interface") &&
             !vocabulary_takes(r->info, "interfaces"))
        mistakes_add(l->m, &pair->value->place, "the query %s wants arguments that a rule cannot give", name);
    else if (vocabulary_takes(r->info, "address"))
        mistakes_add(l->m, &pair->value->place, "the query %s wants an address, which a rule cannot give",
                     name);
}

/* state: [ok, failed] has these words; anything else is `text`. Which of them a platform must tell, the conditions say. */
static struct column_info read_column(struct load *l, const struct yaml_pair *pair)
{
    struct column_info c = {.column = pair->key, .about = "of the rule's own query"};
    const char *wrong = check_name(pair->key), *text;
    if (wrong)
        mistakes_add(l->m, &pair->key_place, "\"%.40s\" %s", pair->key, wrong);
    if (pair->value->kind == YAML_LIST) {
        if (fields_texts(l, pair->value, check_name, &c.words) == 0)
            mistakes_add(l->m, &pair->value->place, "a column with words needs at least one of them");
    } else if (fields_text(l, pair->value, NULL, &text) && strcmp(text, "text") != 0) {
        mistakes_add(l->m, &pair->value->place, "a column is text, or a list of its words: [ok, failed]");
    }
    return c;
}

static void read_columns(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct rule *r = into;
    if (!yaml_want_map(pair->value, l->m))
        return;
    struct query_info *info = ARENA_NEW(l->arena, struct query_info);
    struct column_info *columns = arena_alloc_array(l->arena, pair->value->count + 1, sizeof *columns);
    for (size_t i = 0; i < pair->value->count; i++)
        columns[i] = read_column(l, &pair->value->pairs[i]);
    r->query = arena_printf(l->arena, "rule:%s", r->name);
    *info = (struct query_info){r->query, "a rule's own query, of one {interface} or of {interfaces}",
                                columns, pair->value->count};
    r->info = info;
    r->own = true;
}

/* What stands there is read when the platform is there: platform_add_rule. */
static void read_platforms(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct rule *r = into;
    if (!yaml_want_map(pair->value, l->m))
        return;
    const char **names = arena_alloc_array(l->arena, pair->value->count + 1, sizeof *names);
    struct yaml_place *places = arena_alloc_array(l->arena, pair->value->count + 1, sizeof *places);
    for (size_t i = 0; i < pair->value->count; i++) {
        names[i] = pair->value->pairs[i].key;
        places[i] = pair->value->pairs[i].key_place;
    }
    r->platforms = names;
    r->platform_places = places;
}

static void read_checks(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct rule_load *rl = l->owner;
    (void)into;
    rl->checks = pair->value;
}

static void read_pass(struct load *l, const struct yaml_pair *pair, void *into)
{
    (void)into;
    ((struct rule_load *)l->owner)->pass = pair->value;
}

static const struct field rule_fields[] = {
    {"about", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct rule, about), .check = check_not_empty},
    {"query", FIELD_READ, .read = read_query},
    {"columns", FIELD_READ, .read = read_columns},
    {"platforms", FIELD_READ, .read = read_platforms},
    {"checks", FIELD_READ, FIELD_REQUIRED, .read = read_checks},
    {"pass", FIELD_READ, .read = read_pass},
};

/* Of the vocabulary, or its own: one of the two, whole. */
static void check_whole(struct load *l, const struct yaml_node *root)
{
    const struct yaml_node *query = yaml_get(root, "query"), *columns = yaml_get(root, "columns"),
                           *platforms = yaml_get(root, "platforms");
    if (query && (columns || platforms))
        mistakes_add(
            l->m, &query->place,
            "a rule asks a query of the vocabulary, or has columns: and platforms: of its own; not both");
    else if (!query && (!columns || !platforms))
        mistakes_add(
            l->m, &root->place,
            "what does the rule ask? query: NAME of the vocabulary, or columns: and platforms: of its own");
}

static const char *find_file(const char *name, const struct search_path *path, struct load *l)
{
    const char *const *names, *wrong = check_name(name);
    struct yaml_place nowhere = {0};
    if (wrong) {
        mistakes_add(l->m, NULL, "rule \"%.40s\" %s", name, wrong);
        return NULL;
    }
    const char *file =
        search_path_find(path, arena_printf(l->arena, "configs/rules/%s.yaml", name), l->arena);
    if (!file) {
        size_t count = rule_names(path, l->arena, &names);
        fields_unknown(l, &nowhere, "rule", name, names, count);
    }
    return file;
}

/* A mistake that was said before is a mistake still: they are counted here, each once a load. */
static void pass_on(struct mistakes *from, struct mistakes *to)
{
    for (char *line = from->text.data; line && *line;) {
        char *end = strchr(line, '\n');
        *end = '\0';
        mistakes_add(to, NULL, "%s", line);
        line = end + 1;
    }
    mistakes_clear(from);
}

struct rule *rule_load(const char *name, const struct search_path *path, struct mistakes *m)
{
    struct rule *r = MEM_NEW(struct rule);
    struct rule_load rl = {.rule = r};
    struct mistakes own = {0};
    struct load l = {.arena = &r->arena, .m = &own, .owner = &rl};
    r->name = arena_strdup(&r->arena, name);
    r->file = find_file(name, path, &l);
    struct yaml_node *root = r->file ? yaml_read_file(r->file, &r->arena, &own) : NULL;
    if (root && fields_read(&l, root, "a rule", rule_fields, FIELD_COUNT(rule_fields), r))
        check_whole(&l, root);
    if (r->info && rl.checks)
        rule_read_checks(&l);
    if (root && own.count == 0)
        return r;
    pass_on(&own, m);
    rule_free(r);
    return NULL;
}

void rule_free(struct rule *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->pattern_count; i++)
        regex_free(r->patterns[i]);
    arena_clear(&r->arena);
    mem_free(r);
}

size_t rule_names(const struct search_path *path, struct arena *arena, const char *const **names)
{
    return search_path_list(path, "configs/rules", ".yaml", arena, names);
}
