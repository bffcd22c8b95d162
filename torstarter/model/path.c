#include "model/path.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

enum { TREE_LEVELS = 5 }; /* from build/x/unit/model/test_y up to the source tree */

/* Takes dir (heap). */
static void add(struct search_path *p, char *dir, struct arena *arena)
{
    bool known = !dir || !file_is_dir(dir);
    for (size_t i = 0; !known && i < p->count; i++)
        known = strcmp(p->dirs[i], dir) == 0;
    if (!known && p->count < sizeof p->dirs / sizeof *p->dirs)
        p->dirs[p->count++] = arena_strdup(arena, dir);
    mem_free(dir);
}

static bool has_dir(const char *dir, const char *name)
{
    char *path = file_join(dir, name);
    bool there = file_is_dir(path);
    mem_free(path);
    return there;
}

static void add_user_data(struct search_path *p, struct arena *arena)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (data && *data)
        add(p, file_join(data, "torstarter"), arena);
    else if (home && *home)
        add(p, file_join(home, ".local/share/torstarter"), arena);
}

/* What was installed beside the program, or the source tree that it was built in. */
static void add_own(struct search_path *p, struct arena *arena)
{
    char *dir = file_program_dir();
    if (dir)
        add(p, file_join(dir, "../share/torstarter"), arena);
    for (unsigned level = 0; dir && level < TREE_LEVELS; level++) {
        if (has_dir(dir, "platforms") && has_dir(dir, "parsers") && has_dir(dir, "configs")) {
            add(p, mem_strdup(dir), arena);
            break;
        }
        char *up = file_dir(dir);
        mem_free(dir);
        dir = up;
    }
    mem_free(dir);
    add(p, mem_strdup(TORSTARTER_SHARE), arena);
}

void search_path_init(struct search_path *p, const char *const *extra, size_t extra_count,
                      const char *site_dir, struct arena *arena)
{
    *p = (struct search_path){0};
    for (size_t i = 0; i < extra_count; i++)
        add(p, file_join("", extra[i]), arena);
    if (site_dir)
        add(p, mem_strdup(site_dir), arena);
    add_user_data(p, arena);
    add_own(p, arena);
}

const char *search_path_find(const struct search_path *p, const char *relative, struct arena *arena)
{
    for (size_t i = 0; i < p->count; i++) {
        char *path = file_join(p->dirs[i], relative);
        const char *found = file_exists(path) ? arena_strdup(arena, path) : NULL;
        mem_free(path);
        if (found)
            return found;
    }
    return NULL;
}

const char *search_path_text(const struct search_path *p, struct arena *arena)
{
    struct str text = {0};
    str_add_cstr(&text, p->count ? "looked in " : "there is no folder to look in");
    for (size_t i = 0; i < p->count; i++)
        str_printf(&text, "%s%s", i ? ", " : "", p->dirs[i]);
    const char *kept = arena_strdup(arena, str_cstr(&text));
    str_clear(&text);
    return kept;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t search_path_list(const struct search_path *p, const char *relative, const char *suffix,
                        struct arena *arena, const char *const **names)
{
    VEC(const char *) all = {0};
    for (size_t i = 0; i < p->count; i++) {
        char *dir = file_join(p->dirs[i], relative), **found;
        size_t count = file_list(dir, suffix, &found);
        for (size_t k = 0; k < count; k++) {
            VEC_ADD(&all, arena_strndup(arena, found[k], strlen(found[k]) - strlen(suffix)));
            mem_free(found[k]);
        }
        mem_free(found);
        mem_free(dir);
    }
    if (all.count)
        qsort(all.items, all.count, sizeof *all.items, by_name);
    const char **kept = arena_alloc_array(arena, all.count + 1, sizeof *kept);
    size_t count = 0;
    for (size_t i = 0; i < all.count; i++)
        if (i == 0 || strcmp(all.items[i], all.items[i - 1]) != 0)
            kept[count++] = all.items[i];
    VEC_CLEAR(&all);
    *names = kept;
    return count;
}
