#include "plugin/all.h"

#include <string.h>

#define PLUGIN(name) &plugin_##name,
static const struct plugin *const all[] = {
#include "plugin/plugins.def"
};
#undef PLUGIN

enum { PLUGIN_COUNT = sizeof all / sizeof all[0] };

const struct plugin *const *plugins(size_t *count)
{
    *count = PLUGIN_COUNT;
    return all;
}

const struct plugin *plugin_by_name(const char *name)
{
    for (size_t i = 0; i < PLUGIN_COUNT; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}

unsigned plugin_times(const struct plugin *p, const struct site_switch *sw, const struct platform *platform,
                      const char *query)
{
    return p->times ? p->times(sw, platform, query) : 1;
}
