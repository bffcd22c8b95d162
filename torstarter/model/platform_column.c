/* `columns:` of a query → what its reader makes of each; judged against the neutral vocabulary and the template. */
#include <string.h>

#include "model/check.h"
#include "model/platform_query.h"
#include "model/vocabulary.h"
#include "parse/json_path.h"
#include "parse/textfsm.h"

static size_t column_names(const struct query_info *info, const char *names[PLATFORM_NAMES_MAX])
{
    for (size_t i = 0; i < info->column_count && i < PLATFORM_NAMES_MAX; i++)
        names[i] = info->columns[i].column;
    return info->column_count;
}

static void check_source(struct load *l, const struct query_entry *q, const struct yaml_node *at,
                         const char *source)
{
    const char *values[PLATFORM_NAMES_MAX];
    if (!q->reader.template)
        return;
    size_t count = textfsm_column_count(q->reader.template);
    for (size_t i = 0; i < count && i < PLATFORM_NAMES_MAX; i++) {
        values[i] = textfsm_column(q->reader.template, i);
        if (strcmp(values[i], source) == 0)
            return;
    }
    fields_unknown(l, &at->place, "the template's Value", source, values,
                   count < PLATFORM_NAMES_MAX ? count : PLATFORM_NAMES_MAX);
}

static const char *find_spelling(const struct word_list *words, size_t count, const char *spelling)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < words[i].spelling_count; k++)
            if (strcmp(words[i].spellings[k], spelling) == 0)
                return words[i].word;
    return NULL;
}

static bool is_word(const struct column_info *column, const char *word, size_t *count)
{
    bool found = false;
    for (*count = 0; column->words[*count]; ++*count)
        found = found || strcmp(column->words[*count], word) == 0;
    return found;
}

static void read_word(struct load *l, const struct yaml_pair *pair, const struct column_info *column,
                      struct column_map *map, struct word_list *words)
{
    size_t count;
    if (!is_word(column, pair->key, &count)) {
        fields_unknown(l, &pair->key_place, "the word", pair->key, column->words, count);
        return;
    }
    struct word_list list = {.word = pair->key};
    list.spelling_count = fields_texts(l, pair->value, NULL, &list.spellings);
    for (size_t i = 0; i < list.spelling_count; i++) {
        const char *other = find_spelling(words, map->word_count, list.spellings[i]);
        if (other)
            mistakes_add(l->m, &pair->value->place,
                         "\"%.40s\" stands already under %s; a spelling means one thing", list.spellings[i],
                         other);
    }
    words[map->word_count++] = list;
}

static void map_words(struct load *l, const struct query_entry *q, const struct column_info *column,
                      const struct yaml_node *at, struct column_map *map)
{
    const struct yaml_node *words = yaml_get(q->words, column->column);
    if (!column->words && words)
        mistakes_add(l->m, &words->place, "the column %s is free text; it has no words", column->column);
    if (!column->words)
        return;
    if (!words) {
        mistakes_add(l->m, &at->place, "the column %s needs words: what does the switch print for %s, …?",
                     column->column, column->words[0]);
        return;
    }
    if (!yaml_want_map(words, l->m))
        return;
    struct word_list *lists = arena_alloc_array(l->arena, words->count, sizeof *lists);
    for (size_t i = 0; i < words->count; i++)
        read_word(l, &words->pairs[i], column, map, lists);
    map->words = lists;
}

static void map_expect(struct load *l, const struct query_entry *q, struct column_map *map)
{
    const struct yaml_node *expect = yaml_get(q->expect, map->column);
    const char *text;
    if (expect && fields_text(l, expect, check_pattern_text, &text))
        map->expect =
            platform_pattern_in(l, expect, text, arena_printf(l->arena, "^(?:%s)\\z", text), REGEX_ANCHORED);
}

/* The pointers of a JSON column: one, or a list of which the first that leads somewhere counts. */
static bool map_paths(struct load *l, const struct query_entry *q, const struct yaml_node *at,
                      struct column_map *map)
{
    const char *const *texts;
    struct str source = {0};
    struct err e = {0};
    bool good = true;
    size_t count = fields_texts(l, at, NULL, &texts);
    struct json_path *paths = arena_alloc_array(l->arena, count, sizeof *paths);
    unsigned wildcards = q->reader.rows ? q->reader.rows->wildcards : JSON_HELD_MAX;
    for (size_t i = 0; good && i < count; i++) {
        str_printf(&source, "%s%s", i ? ", " : "", texts[i]);
        good = json_path_column(texts[i], wildcards, l->arena, &paths[i], &e);
        if (good && paths[i].kind == IS_EMPTY && i + 1 < count)
            good = err_set(&e, ERR_SYNTAX, "{empty} is what stands for nothing: put it last");
    }
    if (!good)
        mistakes_add(l->m, &at->place, "%s", e.msg);
    map->source = arena_strdup(l->arena, str_cstr(&source));
    map->paths = paths;
    map->path_count = count;
    str_clear(&source);
    return good && count > 0;
}

/* Where the column's text comes from. */
static bool map_source(struct load *l, const struct query_entry *q, const struct yaml_node *at,
                       struct column_map *map)
{
    map->is_interface = at->kind == YAML_SCALAR && strcmp(at->text, "{interface}") == 0;
    if (map->is_interface) {
        map->source = at->text;
        if (!q->query.command || !strstr(q->query.command, "{interface}"))
            mistakes_add(l->m, &at->place,
                         "the command does not ask about one {interface}, so that there is no name to take");
        return true;
    }
    if (q->kind == READER_JSON)
        return map_paths(l, q, at, map);
    if (!fields_text(l, at, check_not_empty, &map->source))
        return false;
    check_source(l, q, at, map->source);
    return true;
}

static void map_column(struct load *l, struct query_entry *q, const struct yaml_pair *pair,
                       struct column_map *maps)
{
    const char *names[PLATFORM_NAMES_MAX];
    const struct column_info *column = vocabulary_column(q->info, pair->key);
    struct column_map map = {.column = pair->key};
    if (!column) {
        fields_unknown(l, &pair->key_place, "the column", pair->key, names, column_names(q->info, names));
        return;
    }
    map.required = column->required;
    if (!map_source(l, q, pair->value, &map))
        return;
    map_words(l, q, column, pair->value, &map);
    map_expect(l, q, &map);
    maps[q->reader.column_count++] = map;
}

/* words: and expect: speak of mapped columns only. */
static void check_mapped(struct load *l, const struct query_entry *q, const struct yaml_node *map)
{
    const char *names[PLATFORM_NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; q->columns && i < q->columns->count && i < PLATFORM_NAMES_MAX; i++)
        names[count++] = q->columns->pairs[i].key;
    if (map)
        yaml_only_keys(map, names, count, l->m);
}

/* from_zero: numbers that the switch counts from 0. */
static void map_from_zero(struct load *l, const struct query_entry *q, struct column_map *maps)
{
    const char *const *names;
    size_t count = q->from_zero ? fields_texts(l, q->from_zero, NULL, &names) : 0;
    for (size_t i = 0; i < count; i++) {
        struct column_map *map = NULL;
        for (size_t k = 0; !map && k < q->reader.column_count; k++)
            map = strcmp(maps[k].column, names[i]) == 0 ? &maps[k] : NULL;
        if (map && !map->words && !map->is_interface)
            map->from_zero = true;
        else
            mistakes_add(l->m, &q->from_zero->place,
                         "from_zero: \"%.40s\" is no column of numbers that is mapped here", names[i]);
    }
}

void platform_map_columns(struct load *l, struct query_entry *q)
{
    struct column_map *maps = arena_alloc_array(l->arena, q->columns->count, sizeof *maps);
    for (size_t i = 0; i < q->columns->count; i++)
        map_column(l, q, &q->columns->pairs[i], maps);
    map_from_zero(l, q, maps);
    q->reader.columns = maps;
    for (size_t i = 0; i < q->info->column_count; i++)
        if (q->info->columns[i].required && !yaml_get(q->columns, q->info->columns[i].column))
            mistakes_add(l->m, &q->columns->place, "the column %s is missing (%s); add it",
                         q->info->columns[i].column, q->info->columns[i].about);
    check_mapped(l, q, q->words);
    check_mapped(l, q, q->expect);
}
