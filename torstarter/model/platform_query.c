/* `queries:` → dialect.queries and readers, side by side; judged against the neutral vocabulary and the template. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "model/check.h"
#include "model/platform_load.h"
#include "model/vocabulary.h"
#include "parse/textfsm.h"

enum { MAX_BYTES = 8 * 1024 * 1024, TYPICAL_BYTES = 1000, NAMES_MAX = 256 };

struct query_entry {
    struct query query;
    struct reader reader;
    const struct query_info *info;
    const struct yaml_node *columns, *words, *expect;
    const struct yaml_pair *words_at;
    const char *kind; /* textfsm */
    unsigned long max_bytes;
};

static void read_command(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct query_entry *q = into;
    const struct platform_load *pl = l->owner;
    if (!fields_text(l, pair->value, check_not_empty, &q->query.command))
        return;
    platform_check_command(l, pair->value, q->query.command, pl->read_only, "read_only");
    for (const char *p = q->query.command; (p = strchr(p, '{')); p++) {
        size_t len = strcspn(p + 1, "}");
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)len, p + 1);
        if (p[1 + len] != '}' || !vocabulary_takes(q->info, name))
            mistakes_add(l->m, &pair->value->place,
                         "the query %s has no argument {%.30s}; see torstarter plugins", q->query.name, name);
    }
}

static void read_mode(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct query_entry *q = into;
    if (platform_prompt_state(l, pair->value, &q->query.mode) && q->query.mode == STATE_CONFIG)
        mistakes_add(l->m, &pair->value->place, "a query only reads: its mode is exec, enable or shell");
}

static void read_template(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct query_entry *q = into;
    const struct platform_load *pl = l->owner;
    const char *name, *lax = NULL;
    struct err e = {0};
    if (!fields_text(l, pair->value, check_name, &name))
        return;
    const char *relative = arena_printf(l->arena, "parsers/%s/%s.textfsm", pl->platform.name, name);
    q->reader.template_file = search_path_find(pl->path, relative, l->arena);
    if (!q->reader.template_file) {
        mistakes_add(l->m, &pair->value->place, "there is no %s (%s)", relative,
                     search_path_text(pl->path, l->arena));
        return;
    }
    q->reader.template = textfsm_open(q->reader.template_file, &e);
    if (!q->reader.template)
        mistakes_add(l->m, NULL, "%s", e.msg);
    else if (!textfsm_is_strict(q->reader.template, &lax))
        mistakes_add(l->m, &pair->value->place,
                     "%s passes over lines that it does not know; end the state %s in: ^. -> Error",
                     q->reader.template_file, lax ? lax : "Start");
}

static void read_columns(struct load *l, const struct yaml_pair *pair, void *into)
{
    if (yaml_want_map(pair->value, l->m))
        ((struct query_entry *)into)->columns = pair->value;
}

static void read_words(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct query_entry *q = into;
    q->words_at = pair;
    if (yaml_want_map(pair->value, l->m))
        q->words = pair->value;
}

static void read_expect(struct load *l, const struct yaml_pair *pair, void *into)
{
    if (yaml_want_map(pair->value, l->m))
        ((struct query_entry *)into)->expect = pair->value;
}

static void read_none(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct query_entry *q = into;
    const char *text;
    if (!fields_text(l, pair->value, check_pattern_text, &text))
        return;
    /* Searched in a whole answer: ^ and $ mean its lines. */
    q->query.none = q->reader.none =
        platform_pattern_in(l, pair->value, text, arena_printf(l->arena, "(?m)%s", text), 0);
}

#define AT(member) offsetof(struct query_entry, member)
static const char *const reader_words[] = {"textfsm", NULL};
static const struct field query_fields[] = {
    {"command", FIELD_READ, FIELD_REQUIRED, .read = read_command},
    {"mode", FIELD_READ, .read = read_mode},
    {"reader", FIELD_TEXT, .offset = AT(kind), .words = reader_words},
    {"template", FIELD_READ, FIELD_REQUIRED, .read = read_template},
    {"columns", FIELD_READ, FIELD_REQUIRED, .read = read_columns},
    {"words", FIELD_READ, .read = read_words},
    {"expect", FIELD_READ, .read = read_expect},
    {"none", FIELD_READ, .read = read_none},
    {"min_rows", FIELD_UINT, .offset = AT(reader.min_rows), .min = 0, .max = 100000},
    {"stall", FIELD_SPAN, .offset = AT(query.stall_ms), .min = 1000, .max = 3600000},
    {"total", FIELD_SPAN, .offset = AT(query.total_ms), .min = 1000, .max = 86400000},
    {"max_bytes", FIELD_ULONG, .offset = AT(max_bytes), .min = 1000, .max = 1024L * 1024 * 1024},
    {"typical_bytes", FIELD_UINT, .offset = AT(query.typical_bytes), .min = 1, .max = 1024 * 1024 * 1024},
};
#undef AT

static size_t column_names(const struct query_info *info, const char *names[NAMES_MAX])
{
    for (size_t i = 0; i < info->column_count && i < NAMES_MAX; i++)
        names[i] = info->columns[i].column;
    return info->column_count;
}

static void check_source(struct load *l, const struct query_entry *q, const struct yaml_node *at,
                         const char *source)
{
    const char *values[NAMES_MAX];
    if (!q->reader.template)
        return;
    size_t count = textfsm_column_count(q->reader.template);
    for (size_t i = 0; i < count && i < NAMES_MAX; i++) {
        values[i] = textfsm_column(q->reader.template, i);
        if (strcmp(values[i], source) == 0)
            return;
    }
    fields_unknown(l, &at->place, "the template's Value", source, values,
                   count < NAMES_MAX ? count : NAMES_MAX);
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

static void map_column(struct load *l, struct query_entry *q, const struct yaml_pair *pair,
                       struct column_map *maps)
{
    const char *names[NAMES_MAX];
    const struct column_info *column = vocabulary_column(q->info, pair->key);
    struct column_map map = {.column = pair->key};
    if (!column) {
        fields_unknown(l, &pair->key_place, "the column", pair->key, names, column_names(q->info, names));
        return;
    }
    if (!fields_text(l, pair->value, check_not_empty, &map.source))
        return;
    check_source(l, q, pair->value, map.source);
    map_words(l, q, column, pair->value, &map);
    map_expect(l, q, &map);
    maps[q->reader.column_count++] = map;
}

/* words: and expect: speak of mapped columns only. */
static void check_mapped(struct load *l, const struct query_entry *q, const struct yaml_node *map)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; q->columns && i < q->columns->count && i < NAMES_MAX; i++)
        names[count++] = q->columns->pairs[i].key;
    if (map)
        yaml_only_keys(map, names, count, l->m);
}

static void map_columns(struct load *l, struct query_entry *q)
{
    struct column_map *maps = arena_alloc_array(l->arena, q->columns->count, sizeof *maps);
    for (size_t i = 0; i < q->columns->count; i++)
        map_column(l, q, &q->columns->pairs[i], maps);
    q->reader.columns = maps;
    for (size_t i = 0; i < q->info->column_count; i++)
        if (q->info->columns[i].required && !yaml_get(q->columns, q->info->columns[i].column))
            mistakes_add(l->m, &q->columns->place, "the column %s is missing (%s); add it",
                         q->info->columns[i].column, q->info->columns[i].about);
    check_mapped(l, q, q->words);
    check_mapped(l, q, q->expect);
}

static void read_query(struct load *l, const struct yaml_pair *pair, struct platform *p)
{
    const char *names[NAMES_MAX];
    size_t count;
    struct query_entry q = {.max_bytes = MAX_BYTES, .info = vocabulary_query(pair->key)};
    if (!q.info) {
        const struct query_info *all = vocabulary(&count);
        for (size_t i = 0; i < count && i < NAMES_MAX; i++)
            names[i] = all[i].name;
        fields_unknown(l, &pair->key_place, "the query", pair->key, names, count);
        return;
    }
    q.query = (struct query){.name = q.info->name,
                             .mode = p->dialect.home,
                             .stall_ms = 30000,
                             .typical_bytes = TYPICAL_BYTES,
                             .line = pair->key_place.line};
    q.reader = (struct reader){.query = q.info->name, .min_rows = 1};
    bool is_map = fields_read(l, pair->value, "a query", query_fields, FIELD_COUNT(query_fields), &q);
    if (is_map && q.columns)
        map_columns(l, &q);
    q.query.max_bytes = q.max_bytes;
    size_t i = p->dialect.query_count++;
    p->dialect.queries[i] = q.query;
    p->readers[i] = q.reader;
    p->word_lines[i] = q.words_at ? q.words_at->key_place.line : 0;
}

void platform_read_queries(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct platform *p = into;
    if (!yaml_want_map(pair->value, l->m))
        return;
    p->dialect.queries = arena_alloc_array(l->arena, pair->value->count, sizeof *p->dialect.queries);
    p->readers = arena_alloc_array(l->arena, pair->value->count, sizeof *p->readers);
    p->word_lines = arena_alloc_array(l->arena, pair->value->count, sizeof *p->word_lines);
    for (size_t i = 0; i < pair->value->count; i++)
        read_query(l, &pair->value->pairs[i], p);
}
