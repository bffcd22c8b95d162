/* The site loader under arbitrary bytes (behind a NUL: its asset file): a whole site or a mistake. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "model/site.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64];

static void remove_folder(void)
{
    char path[96];
    static const char *const names[] = {"site.yaml", "assets.csv"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void put(const char *name, const uint8_t *data, size_t size, char path[96])
{
    if (!*folder) {
        strcpy(folder, "/tmp/fuzz_site.XXXXXX");
        if (!mkdtemp(folder))
            abort();
        atexit(remove_folder);
    }
    snprintf(path, 96, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (!f || (size && fwrite(data, 1, size, f) != size) || fclose(f) != 0)
        abort();
}

static void judge(struct site *s)
{
    struct switch_list all = {0};
    for (size_t i = 0; i < s->switch_count; i++) {
        const struct site_switch *sw = &s->switches[i];
        if (!sw->name || !sw->rack || !sw->platform || !sw->role || !sw->console.driver || !sw->console.name)
            abort();
        if (strchr(sw->name, '/') || strchr(sw->name, '\n') || strlen(sw->name) > 64)
            abort();
    }
    if (site_select(s, "all", &all, NULL) != (s->switch_count > 0))
        abort();
    mem_free(all.items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct search_path path = {.dirs = {".", "tests/data/model"}, .count = 2};
    char site_file[96], assets_file[96];
    const uint8_t *nul = memchr(data, 0, size);
    size_t len = nul ? (size_t)(nul - data) : size;
    put("site.yaml", data, len, site_file);
    put("assets.csv", data + len + (nul != NULL), size - len - (nul != NULL), assets_file);
    struct mistakes m = {0};
    struct site *s = site_load(site_file, &path, &m);
    if ((s == NULL) != (m.count > 0))
        abort();
    if (s)
        judge(s);
    site_free(s);
    mistakes_clear(&m);
    return 0;
}
