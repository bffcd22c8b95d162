#include "job/replay_kind.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "model/rule.h"
#include "plugin/plugin.h"

struct kinds {
    const struct search_path *path;
    pthread_mutex_t lock;
    struct kind *first;
};

struct kinds *kinds_new(const struct search_path *path)
{
    struct kinds *k = MEM_NEW(struct kinds);
    k->path = path;
    pthread_mutex_init(&k->lock, NULL);
    return k;
}

static void kind_free(struct kind *k)
{
    if (k->platform)
        platform_free(k->platform);
    if (k->type)
        job_type_free(k->type);
    mem_free(k->platform_name);
    mem_free(k->type_name);
    mem_free(k->mistakes);
    mem_free(k);
}

void kinds_free(struct kinds *k)
{
    for (struct kind *next; k->first; k->first = next) {
        next = k->first->next;
        kind_free(k->first);
    }
    pthread_mutex_destroy(&k->lock);
    mem_free(k);
}

static struct job_type *load_type(const struct kinds *k, const char *name, struct mistakes *m)
{
    size_t count;
    const struct plugin *const *all = plugins(&count);
    const char **names = mem_alloc_array(count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = all[i]->name;
    struct job_type *t = job_type_load(name, k->path, names, count, m);
    mem_free(names);
    return t;
}

static struct kind *load(struct kinds *k, const char *platform, const char *type)
{
    struct kind *new = MEM_NEW(struct kind);
    struct mistakes m = {0};
    new->platform_name = mem_strdup(platform);
    new->type_name = mem_strdup(type);
    new->type = load_type(k, type, &m);
    new->platform = platform_load(platform, k->path, &m);
    for (size_t i = 0; new->type &&new->platform &&i < new->type->step_count; i++)
        if (new->type->steps[i].rule)
            platform_add_rule(new->platform, new->type->steps[i].rule, k->path, &m);
    if (m.count)
        new->mistakes = mem_strdup(str_cstr(&m.text));
    mistakes_clear(&m);
    new->next = k->first;
    k->first = new;
    return new;
}

const struct kind *kinds_get(struct kinds *k, const char *platform, const char *type, struct err *e)
{
    pthread_mutex_lock(&k->lock);
    struct kind *found = k->first;
    while (found && (strcmp(found->platform_name, platform) != 0 || strcmp(found->type_name, type) != 0))
        found = found->next;
    if (!found)
        found = load(k, platform, type);
    pthread_mutex_unlock(&k->lock);
    if (!found->mistakes)
        return found;
    err_set(e, ERR_SYNTAX, "%.480s", found->mistakes);
    return NULL;
}
