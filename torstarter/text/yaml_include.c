/* `include:`: a site may be spread over files, and a generated file (ports, host keys) may be laid under a written one. */
#include "text/yaml.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "text/yaml_load.h"

enum { FILES_MAX = 256, INCLUDE_DEPTH_MAX = 16 };

struct opened { /* the files being read now, innermost first */
    const struct opened *up;
    const char *path;
    dev_t device;
    ino_t inode;
    unsigned depth;
};

static struct yaml_node *read_one(struct yaml_load *load, const char *path, const struct yaml_place *asked,
                                  const struct opened *up);

static struct yaml_pair *find_pair(const struct yaml_node *map, const char *key)
{
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->pairs[i].key, key) == 0)
            return &map->pairs[i];
    return NULL;
}

/* A new map (nodes may be shared through aliases): all of `winner`, and what only `other` has; maps in both are merged alike. */
static struct yaml_node *merge(struct yaml_load *load, const struct yaml_node *winner,
                               const struct yaml_node *other)
{
    struct yaml_node *n = ARENA_NEW(load->arena, struct yaml_node);
    *n = *winner;
    n->pairs = arena_alloc_array(load->arena, winner->count + other->count, sizeof *n->pairs);
    if (winner->count)
        memcpy(n->pairs, winner->pairs, winner->count * sizeof *n->pairs);
    struct map known = {0};
    for (size_t i = 0; i < winner->count; i++)
        map_put(&known, n->pairs[i].key, &n->pairs[i]);
    for (size_t i = 0; i < other->count; i++) {
        struct yaml_pair *own = map_get(&known, other->pairs[i].key);
        if (!own)
            n->pairs[n->count++] = other->pairs[i];
        else if (own->value->kind == YAML_MAP && other->pairs[i].value->kind == YAML_MAP)
            own->value = merge(load, own->value, other->pairs[i].value);
    }
    map_clear(&known);
    return n;
}

static struct yaml_node *without(struct yaml_load *load, const struct yaml_node *map, const char *key)
{
    struct yaml_node *n = ARENA_NEW(load->arena, struct yaml_node);
    *n = *map;
    n->pairs = arena_alloc_array(load->arena, map->count, sizeof *n->pairs);
    n->count = 0;
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->pairs[i].key, key) != 0)
            n->pairs[n->count++] = map->pairs[i];
    return n;
}

static struct yaml_node *include_one(struct yaml_load *load, struct yaml_node *root,
                                     const struct yaml_node *name, const struct opened *by)
{
    const char *text;
    if (!yaml_want_text(name, &text, load->m))
        return root;
    char *dir = file_dir(by->path), *path = file_join(dir, text);
    struct yaml_node *more = read_one(load, path, &name->place, by);
    mem_free(dir);
    mem_free(path);
    if (!more)
        return root;
    if (more->kind != YAML_MAP) {
        mistakes_add(load->m, &more->place, "an included file must be a map of keys");
        return root;
    }
    return merge(load, root, more);
}

static struct yaml_node *include_all(struct yaml_load *load, struct yaml_node *root, const struct opened *by)
{
    const struct yaml_pair *include = root->kind == YAML_MAP ? find_pair(root, "include") : NULL;
    if (!include)
        return root;
    const struct yaml_node *names = include->value;
    root = without(load, root, "include");
    if (names->kind != YAML_LIST)
        return include_one(load, root, names, by);
    for (size_t i = 0; i < names->count; i++)
        root = include_one(load, root, names->items[i], by);
    return root;
}

static bool may_open(struct yaml_load *load, const struct opened *file, const struct yaml_place *asked)
{
    for (const struct opened *o = file->up; o; o = o->up)
        if (o->device == file->device && o->inode == file->inode) {
            mistakes_add(load->m, asked, "%s includes itself; remove one of the includes", file->path);
            return false;
        }
    if (file->depth > INCLUDE_DEPTH_MAX || ++load->files > FILES_MAX) {
        mistakes_add(load->m, asked, "more than %d files, or %d one below the other, are included", FILES_MAX,
                     INCLUDE_DEPTH_MAX);
        return false;
    }
    return true;
}

static struct yaml_node *read_one(struct yaml_load *load, const char *path, const struct yaml_place *asked,
                                  const struct opened *up)
{
    struct stat st = {0};
    struct opened file = {.up = up, .path = path, .depth = up ? up->depth + 1 : 0};
    if (stat(path, &st) == 0) {
        file.device = st.st_dev;
        file.inode = st.st_ino;
        if (!may_open(load, &file, asked))
            return NULL;
    }
    struct str text = STR_MAX(YAML_FILE_MAX_BYTES);
    struct err e = {0};
    struct yaml_node *root = NULL;
    if (file_read(path, &text, &e))
        root = yaml_compose(load, path, str_cstr(&text), text.len);
    else
        mistakes_add(load->m, asked, "%s", e.msg);
    str_clear(&text);
    return root ? include_all(load, root, &file) : NULL;
}

struct yaml_node *yaml_read_file(const char *path, struct arena *arena, struct mistakes *m)
{
    struct yaml_load load = {.arena = arena, .m = m};
    return read_one(&load, path, NULL, NULL);
}

struct yaml_node *yaml_read_text(const char *name, const char *text, size_t len, struct arena *arena,
                                 struct mistakes *m)
{
    struct yaml_load load = {.arena = arena, .m = m};
    struct yaml_node *root = yaml_compose(&load, name, text, len);
    const struct yaml_pair *include = root && root->kind == YAML_MAP ? find_pair(root, "include") : NULL;
    if (include)
        mistakes_add(m, &include->key_place, "include: works in files only");
    return root;
}
