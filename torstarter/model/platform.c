#include "model/platform.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "model/check.h"
#include "model/platform_load.h"
#include "parse/textfsm.h"

static void read_name(struct load *l, const struct yaml_pair *pair, void *into)
{
    const struct platform *p = into;
    const char *text;
    if (fields_text(l, pair->value, check_name, &text) && strcmp(text, p->name) != 0)
        mistakes_add(l->m, &pair->value->place,
                     "the platform is called \"%.40s\" here, but the file \"%s\"; make them equal", text,
                     p->name);
}

static const char *check_interface_prefix(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!isalpha((unsigned char)*p) && *p != '-')
            return "is not the beginning of an interface's name; letters and - only";
    return check_not_empty(text);
}

static void read_interfaces(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct platform *p = into;
    if (!yaml_want_map(pair->value, l->m))
        return;
    struct interface_name *names = arena_alloc_array(l->arena, pair->value->count, sizeof *names);
    for (size_t i = 0; i < pair->value->count; i++) {
        const struct yaml_pair *name = &pair->value->pairs[i];
        const char *wrong = check_interface_prefix(name->key);
        if (wrong)
            mistakes_add(l->m, &name->key_place, "\"%.40s\" %s", name->key, wrong);
        names[i].abbreviation = name->key;
        fields_text(l, name->value, check_interface_prefix, &names[i].full);
    }
    p->interfaces = names;
    p->interface_count = pair->value->count;
}

static void read_management(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct platform *p = into;
    const char *text;
    if (fields_text(l, pair->value, check_pattern_text, &text))
        p->management = platform_pattern_in(l, pair->value, text, arena_printf(l->arena, "^(?:%s)\\z", text),
                                            REGEX_ANCHORED);
}

static const char *const lane_words[] = {"name_suffix", NULL};
static const struct field platform_fields[] = {
    {"platform", FIELD_READ, FIELD_REQUIRED, .read = read_name},
    {"about", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct platform, about), .check = check_not_empty},
    {"speaks", FIELD_READ, FIELD_REQUIRED, .read = platform_read_speaks},
    {"interfaces", FIELD_READ, .read = read_interfaces},
    {"management", FIELD_READ, .read = read_management},
    {"lanes", FIELD_TEXT, .offset = offsetof(struct platform, lanes), .words = lane_words},
    {"queries", FIELD_READ, FIELD_REQUIRED, .read = platform_read_queries},
    {"guard", FIELD_READ, .read = platform_read_guard},
    {"procedures", FIELD_READ, .read = platform_read_procedures},
    {"boot", FIELD_READ, .read = platform_read_boot},
    {"config", FIELD_READ, .read = platform_read_config},
};

static const char *find_file(const char *name, const struct search_path *path, struct load *l)
{
    const char *const *names, *wrong = check_name(name);
    struct yaml_place nowhere = {0};
    if (wrong) {
        mistakes_add(l->m, NULL, "platform \"%.40s\" %s", name, wrong);
        return NULL;
    }
    const char *file = search_path_find(path, arena_printf(l->arena, "platforms/%s.yaml", name), l->arena);
    if (!file) {
        size_t count = search_path_list(path, "platforms", ".yaml", l->arena, &names);
        fields_unknown(l, &nowhere, "platform", name, names, count);
    }
    return file;
}

/* Used where the file says nothing, also about a file without `speaks:`. */
static const char *const read_only[] = {"show ", NULL}, *const settings[] = {"terminal ", NULL},
                         *const no_pipes[] = {NULL};

struct platform *platform_load(const char *name, const struct search_path *path, struct mistakes *m)
{
    struct platform_load *pl = MEM_NEW(struct platform_load);
    struct platform *p = &pl->platform;
    struct load l = {.arena = &p->arena, .m = m, .owner = pl};
    size_t before = m->count;
    pl->path = path;
    pl->read_only = read_only;
    pl->settings = settings;
    pl->pipes = no_pipes;
    p->name = arena_strdup(&p->arena, name);
    p->file = find_file(name, path, &l);
    struct yaml_node *root = p->file ? yaml_read_file(p->file, &p->arena, m) : NULL;
    if (root)
        fields_read(&l, root, "a platform", platform_fields, FIELD_COUNT(platform_fields), p);
    p->dialect.platform = p->name;
    pl->path = NULL; /* the caller's; not needed any more */
    if (root && m->count == before)
        return p;
    platform_free(p);
    return NULL;
}

void platform_free(struct platform *p)
{
    struct platform_load *pl = (struct platform_load *)p;
    if (!pl)
        return;
    for (size_t i = 0; i < pl->patterns.count; i++)
        regex_free(pl->patterns.items[i]);
    for (size_t i = 0; i < p->dialect.query_count; i++)
        textfsm_free(p->readers[i].template);
    VEC_CLEAR(&pl->patterns);
    arena_clear(&p->arena);
    mem_free(pl);
}

const struct reader *platform_reader(const struct platform *p, const char *query)
{
    for (size_t i = 0; i < p->dialect.query_count; i++)
        if (strcmp(p->readers[i].query, query) == 0)
            return &p->readers[i];
    return NULL;
}

const struct reader *platform_reader_of(const struct platform *p, const struct query *q)
{
    return &p->readers[q - p->dialect.queries];
}

static bool is_management(const struct platform *p, const char *name)
{
    return regex_match(p->management, name, strlen(name), 0, NULL, 0) == REGEX_MATCH;
}

bool platform_is_management(const struct platform *p, const char *name)
{
    struct arena arena = {0};
    bool found =
        p->management && (is_management(p, name) || is_management(p, platform_interface(p, name, &arena)));
    arena_clear(&arena);
    return found;
}

const char *platform_interface(const struct platform *p, const char *name, struct arena *arena)
{
    size_t letters = 0;
    while (isalpha((unsigned char)name[letters]) || name[letters] == '-')
        letters++;
    for (size_t i = 0; i < p->interface_count; i++)
        if (strlen(p->interfaces[i].abbreviation) == letters &&
            strncmp(p->interfaces[i].abbreviation, name, letters) == 0)
            return arena_printf(arena, "%s%s", p->interfaces[i].full, name + letters);
    return arena_strdup(arena, name);
}
