/* `queries:` → dialect.queries and readers, side by side; judged against the neutral vocabulary and the template. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "model/check.h"
#include "model/platform_query.h"
#include "model/vocabulary.h"
#include "parse/json_path.h"
#include "parse/textfsm.h"

enum { MAX_BYTES = 8 * 1024 * 1024, TYPICAL_BYTES = 1000 };

static void read_command(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct query_entry *q = into;
    if (!fields_text(l, pair->value, check_not_empty, &q->query.command))
        return;
    platform_check_query(l, pair->value, q->query.command);
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

static void read_rows(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct query_entry *q = into;
    struct json_path *path = ARENA_NEW(l->arena, struct json_path);
    const char *text;
    struct err e = {0};
    if (!fields_text(l, pair->value, NULL, &text))
        return;
    if (json_path_rows(text, l->arena, path, &e))
        q->reader.rows = path;
    else
        mistakes_add(l->m, &pair->value->place, "%s", e.msg);
    q->reader.line = pair->key_place.line;
}

static void read_otherwise(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct query_entry *q = into;
    q->otherwise = pair->value;
    if (q->query.alternative > 0)
        mistakes_add(
            l->m, &pair->key_place,
            "stands within an otherwise: already; write this way to ask as the next item of that list");
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

static void read_from_zero(struct load *l, const struct yaml_pair *pair, void *into)
{
    (void)l;
    ((struct query_entry *)into)->from_zero = pair->value;
}

static void read_last_line(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct query_entry *q = into;
    const char *text;
    if (fields_text(l, pair->value, check_pattern_text, &text))
        q->reader.last_line = platform_pattern_in(l, pair->value, text,
                                                  arena_printf(l->arena, "^(?:%s)\\z", text), REGEX_ANCHORED);
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
static const char *const reader_words[] = {
    [READER_TEXTFSM] = "textfsm", [READER_JSON] = "json", [READER_TEXT] = "text", NULL};
static const char *const list_words[] = {"prefix_once", "full", NULL};
static const struct field query_fields[] = {
    {"command", FIELD_READ, FIELD_REQUIRED, .read = read_command},
    {"mode", FIELD_READ, .read = read_mode},
    {"interface_list", FIELD_CHOICE, .offset = AT(interface_list), .words = list_words},
    {"reader", FIELD_CHOICE, .offset = AT(kind), .words = reader_words},
    {"template", FIELD_READ, .read = read_template},
    {"rows", FIELD_READ, .read = read_rows},
    {"columns", FIELD_READ, .read = read_columns},
    {"words", FIELD_READ, .read = read_words},
    {"expect", FIELD_READ, .read = read_expect},
    {"from_zero", FIELD_READ, .read = read_from_zero},
    {"none", FIELD_READ, .read = read_none},
    {"last_line", FIELD_READ, .read = read_last_line},
    {"min_rows", FIELD_UINT, .offset = AT(reader.min_rows), .min = 0, .max = 100000},
    {"stall", FIELD_SPAN, .offset = AT(query.stall_ms), .min = 1000, .max = 3600000},
    {"total", FIELD_SPAN, .offset = AT(query.total_ms), .min = 1000, .max = 86400000},
    {"max_bytes", FIELD_ULONG, .offset = AT(max_bytes), .min = 1000, .max = 1024L * 1024 * 1024},
    {"typical_bytes", FIELD_UINT, .offset = AT(query.typical_bytes), .min = 1, .max = 1024 * 1024 * 1024},
    {"otherwise", FIELD_READ, .read = read_otherwise},
};
#undef AT

/* Which keys a reader needs, and which it has no use for. */
static void check_keys(struct load *l, const struct yaml_node *map, enum reader_kind kind)
{
    enum { TEXTFSM = 1 << READER_TEXTFSM, JSON = 1 << READER_JSON };
    static const struct {
        const char *key;
        unsigned taken, needed;
    } keys[] = {{"template", TEXTFSM, TEXTFSM},
                {"rows", JSON, JSON},
                {"columns", TEXTFSM | JSON, TEXTFSM | JSON},
                {"words", TEXTFSM | JSON, 0},
                {"expect", TEXTFSM | JSON, 0},
                {"from_zero", TEXTFSM | JSON, 0}};
    for (size_t i = 0; i < FIELD_COUNT(keys); i++) {
        const struct yaml_node *there = yaml_get(map, keys[i].key);
        if (!there && keys[i].needed >> kind & 1)
            mistakes_add(l->m, &map->place, "a query with reader: %s needs the key \"%s\"; add it",
                         reader_words[kind], keys[i].key);
        else if (there && !(keys[i].taken >> kind & 1))
            mistakes_add(l->m, &there->place, "reader: %s has no use for %s; remove it", reader_words[kind],
                         keys[i].key);
    }
}

/* The whole answer is the column `text`. */
static void map_text(struct load *l, const struct yaml_node *at, struct query_entry *q)
{
    struct column_map *map = ARENA_NEW(l->arena, struct column_map);
    *map = (struct column_map){.column = "text", .source = "text"};
    if (!vocabulary_column(q->info, "text"))
        mistakes_add(l->m, &at->place, "the query %s has no column text, so that reader: text cannot read it",
                     q->query.name);
    q->reader.columns = map;
    q->reader.column_count = 1;
}

static void add_query(struct platform *p, const struct query_entry *q)
{
    size_t i = p->dialect.query_count++;
    p->dialect.queries[i] = q->query;
    p->dialect.queries[i].max_bytes = q->max_bytes;
    p->dialect.queries[i].interfaces_in_full = q->interface_list == 1;
    p->readers[i] = q->reader;
    p->word_lines[i] = q->words_at ? q->words_at->key_place.line : 0;
    p->query_files[i] = q->file;
}

/* One way to ask. Gives the list of further ones, or NULL. */
static const struct yaml_node *read_way(struct load *l, const struct yaml_node *map, unsigned line,
                                        const struct query_info *info, unsigned alternative)
{
    struct platform *p = &((struct platform_load *)l->owner)->platform;
    struct query_entry q = {.max_bytes = MAX_BYTES, .info = info, .file = map->place.file};
    q.query = (struct query){.name = info->name,
                             .mode = p->dialect.home,
                             .stall_ms = 30000,
                             .typical_bytes = TYPICAL_BYTES,
                             .line = line,
                             .alternative = alternative};
    q.reader = (struct reader){.query = info->name, .min_rows = 1};
    bool is_map = fields_read(l, map, alternative ? "another way to ask" : "a query", query_fields,
                              FIELD_COUNT(query_fields), &q);
    q.reader.kind = (enum reader_kind)q.kind;
    if (is_map)
        check_keys(l, map, q.reader.kind);
    if (q.reader.kind != READER_TEXTFSM)
        q.reader.template_file = q.file;
    if (q.reader.kind == READER_TEXT) {
        q.reader.line = line;
        map_text(l, map, &q);
    } else if (is_map && q.columns) {
        platform_map_columns(l, &q);
    }
    add_query(p, &q);
    return alternative ? NULL : q.otherwise;
}

static void read_ways(struct load *l, const struct yaml_pair *pair, const struct query_info *info)
{
    const struct yaml_node *further = read_way(l, pair->value, pair->key_place.line, info, 0);
    const struct yaml_node *const *items = &further;
    size_t count = further ? fields_items(further, &items) : 0;
    for (size_t i = 0; i < count; i++)
        read_way(l, items[i], items[i]->place.line, info, (unsigned)i + 1);
}

static void read_query(struct load *l, const struct yaml_pair *pair)
{
    const char *names[PLATFORM_NAMES_MAX];
    size_t count;
    const struct query_info *info = vocabulary_query(pair->key);
    if (!info) {
        const struct query_info *all = vocabulary(&count);
        for (size_t i = 0; i < count && i < PLATFORM_NAMES_MAX; i++)
            names[i] = all[i].name;
        fields_unknown(l, &pair->key_place, "the query", pair->key, names, count);
        return;
    }
    read_ways(l, pair, info);
}

/* At most: the query with its further ways. */
static size_t count_ways(const struct yaml_node *query)
{
    const struct yaml_node *further = query->kind == YAML_MAP ? yaml_get(query, "otherwise") : NULL;
    const struct yaml_node *const *items = &further;
    return 1 + (further ? fields_items(further, &items) : 0);
}

/* Room for so many more; what points at the old places must not be there yet. */
static void make_room(struct platform *p, size_t ways)
{
    size_t count = p->dialect.query_count;
    struct query *queries = arena_alloc_array(&p->arena, count + ways, sizeof *queries);
    struct reader *readers = arena_alloc_array(&p->arena, count + ways, sizeof *readers);
    unsigned *lines = arena_alloc_array(&p->arena, count + ways, sizeof *lines);
    const char **files = arena_alloc_array(&p->arena, count + ways, sizeof *files);
    for (size_t i = 0; i < count; i++) {
        queries[i] = p->dialect.queries[i];
        readers[i] = p->readers[i];
        lines[i] = p->word_lines[i];
        files[i] = p->query_files[i];
    }
    p->dialect.queries = queries;
    p->readers = readers;
    p->word_lines = lines;
    p->query_files = files;
}

void platform_read_query(struct load *l, const struct yaml_pair *pair, const struct query_info *info)
{
    make_room(&((struct platform_load *)l->owner)->platform, count_ways(pair->value));
    read_ways(l, pair, info);
}

void platform_read_queries(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct platform *p = into;
    if (!yaml_want_map(pair->value, l->m))
        return;
    size_t ways = 0;
    for (size_t i = 0; i < pair->value->count; i++)
        ways += count_ways(pair->value->pairs[i].value);
    make_room(p, ways);
    for (size_t i = 0; i < pair->value->count; i++)
        read_query(l, &pair->value->pairs[i]);
}
