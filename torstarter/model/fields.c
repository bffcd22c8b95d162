#include "model/fields.h"

#include <stdint.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

enum { TEXT_MAX_BYTES = 4096, KEYS_MAX = 48 };

static const struct yaml_pair *find_pair(const struct yaml_node *map, const char *key)
{
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->pairs[i].key, key) == 0)
            return &map->pairs[i];
    return NULL;
}

static bool has_control(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p < 0x20 || *p == 0x7F || (*p == 0xC2 && p[1] < 0xA0)) /* C0, DEL, C1 */
            return true;
    return false;
}

bool fields_text(struct load *l, const struct yaml_node *n, const char *(*check)(const char *),
                 const char **out)
{
    const char *text, *wrong = NULL;
    if (!yaml_want_text(n, &text, l->m))
        return false;
    if (strlen(text) > TEXT_MAX_BYTES)
        wrong = "… is longer than 4096 bytes; shorten it";
    else if (has_control(text))
        wrong = "holds a control character or a line end; remove it";
    else if (check)
        wrong = check(text);
    if (wrong)
        mistakes_add(l->m, &n->place, "\"%.40s\" %s", text, wrong);
    else
        *out = text;
    return !wrong;
}

size_t fields_items(const struct yaml_node *n, const struct yaml_node *const **items)
{
    if (n->kind == YAML_LIST) {
        *items = (const struct yaml_node *const *)n->items;
        return n->count;
    }
    return 1;
}

size_t fields_texts(struct load *l, const struct yaml_node *n, const char *(*check)(const char *),
                    const char *const **out)
{
    const struct yaml_node *const *items = &n;
    size_t count = fields_items(n, &items), good = 0;
    const char **texts = arena_alloc_array(l->arena, count + 1, sizeof *texts);
    for (size_t i = 0; i < count; i++)
        if (fields_text(l, items[i], check, &texts[good]))
            good++;
    texts[good] = NULL;
    *out = texts;
    return good;
}

const char *fields_path(struct load *l, const struct yaml_place *place, const char *text)
{
    char *dir = file_dir(place->file);
    char *path = file_join(strcmp(dir, ".") == 0 ? "" : dir, text);
    const char *kept = arena_strdup(l->arena, path);
    mem_free(dir);
    mem_free(path);
    return kept;
}

void fields_unknown(struct load *l, const struct yaml_place *at, const char *what, const char *name,
                    const char *const *known, size_t known_count)
{
    const char *near = str_nearest(name, known, known_count);
    struct str list = STR_MAX(300);
    for (size_t i = 0; !near && i < known_count; i++)
        str_printf(&list, "%s%s", i ? ", " : "", known[i]);
    if (near)
        mistakes_add(l->m, at, "%s \"%.60s\" is not known; did you mean \"%s\"?", what, name, near);
    else if (known_count)
        mistakes_add(l->m, at, "%s \"%.60s\" is not known; there are: %s", what, name, str_cstr(&list));
    else
        mistakes_add(l->m, at, "%s \"%.60s\" is not known; there are none", what, name);
    str_clear(&list);
}

static size_t word_count(const char *const *words)
{
    size_t n = 0;
    while (words[n])
        n++;
    return n;
}

static bool word_index(struct load *l, const struct yaml_node *n, const struct field *f, const char *text,
                       int *out)
{
    size_t count = word_count(f->words);
    for (size_t i = 0; i < count; i++)
        if (strcmp(f->words[i], text) == 0) {
            *out = (int)i;
            return true;
        }
    fields_unknown(l, &n->place, f->key, text, f->words, count);
    return false;
}

static void read_text(struct load *l, const struct yaml_node *n, const struct field *f, void *to)
{
    const char *text;
    int index;
    if (!fields_text(l, n, f->check, &text))
        return;
    if (f->kind == FIELD_FILE)
        *(const char **)to = fields_path(l, &n->place, text);
    else if (!f->words || word_index(l, n, f, text, &index))
        *(const char **)to = text;
}

static void read_number(struct load *l, const struct yaml_node *n, const struct field *f, void *to)
{
    long value;
    if (f->kind == FIELD_SPAN) {
        if (!yaml_want_span_ms(n, &value, l->m))
            return;
        if (value < f->min || value > f->max)
            mistakes_add(l->m, &n->place, "%s is out of range; %ld to %ld ms is allowed", n->text, f->min,
                         f->max);
        else
            *(int64_t *)to = value;
        return;
    }
    if (!yaml_want_int(n, f->min, f->max, &value, l->m))
        return;
    if (f->kind == FIELD_ULONG)
        *(unsigned long *)to = (unsigned long)value;
    else
        *(unsigned *)to = (unsigned)value;
}

static void read_field(struct load *l, const struct yaml_pair *pair, const struct field *f, void *into)
{
    void *to = (char *)into + f->offset;
    const struct yaml_node *n = pair->value;
    const char *text;
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_FILE:
        read_text(l, n, f, to);
        break;
    case FIELD_UINT:
    case FIELD_ULONG:
    case FIELD_SPAN:
        read_number(l, n, f, to);
        break;
    case FIELD_BOOL:
        yaml_want_bool(n, to, l->m);
        break;
    case FIELD_CHOICE:
        if (fields_text(l, n, NULL, &text))
            word_index(l, n, f, text, to);
        break;
    case FIELD_READ:
        f->read(l, pair, into);
        break;
    }
}

bool fields_read(struct load *l, const struct yaml_node *map, const char *what, const struct field *fields,
                 size_t count, void *into)
{
    const char *keys[KEYS_MAX];
    if (!yaml_want_map(map, l->m))
        return false;
    for (size_t i = 0; i < count && i < KEYS_MAX; i++)
        keys[i] = fields[i].key;
    yaml_only_keys(map, keys, count, l->m);
    for (size_t i = 0; i < count; i++) {
        const struct yaml_pair *pair = find_pair(map, fields[i].key);
        if (pair && !yaml_is_null(pair->value))
            read_field(l, pair, &fields[i], into);
        else if (fields[i].flags & FIELD_REQUIRED)
            mistakes_add(l->m, pair ? &pair->key_place : &map->place, "%s needs the key \"%s\"; add it", what,
                         fields[i].key);
    }
    return true;
}
