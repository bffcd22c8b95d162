/* A rule's own query, as strictly read as those of the platform file: the same keys, the same read_only and pipes. */
#include <string.h>

#include "model/platform_load.h"
#include "model/rule.h"

static const struct yaml_pair *own_pair(const struct yaml_node *root, const char *platform)
{
    const struct yaml_node *all = yaml_get(root, "platforms");
    for (size_t i = 0; all && all->kind == YAML_MAP && i < all->count; i++)
        if (strcmp(all->pairs[i].key, platform) == 0)
            return &all->pairs[i];
    return NULL;
}

bool platform_add_rule(struct platform *p, const struct rule *r, const struct search_path *path,
                       struct mistakes *m)
{
    struct platform_load *pl = (struct platform_load *)p;
    struct load l = {.arena = &p->arena, .m = m, .owner = pl};
    size_t before = m->count;
    if (!r->own || dialect_query(&p->dialect, r->query))
        return true;
    /* Read again into the platform's own memory: the rule may be gone first. */
    const struct yaml_node *root = yaml_read_file(r->file, &p->arena, m);
    const struct yaml_pair *own = root ? own_pair(root, p->name) : NULL;
    if (own) {
        struct query_info info = *r->info;
        info.name = arena_strdup(&p->arena, r->query);
        pl->path = path;
        platform_read_query(&l, own, &info);
        pl->path = NULL;
    }
    return m->count == before;
}
