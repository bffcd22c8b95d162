/* Configurations under arbitrary bytes: never a crash, a text is equal to itself, and no secret comes through. The first byte says how
   blocks are nested, the rest is the text. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/normal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct platform *load(void)
{
    static struct platform *example;
    struct search_path path = {.dirs = {"tests/data/model"}, .count = 1};
    struct mistakes m = {0};
    if (!example)
        example = platform_load("example", &path, &m);
    if (!example) {
        fputs(str_cstr(&m.text), stderr);
        abort();
    }
    return example;
}

static void judge(const struct normal *n)
{
    static const char secret[] = "enable secret ";
    for (size_t i = 0; i < n->count; i++) {
        const struct normal_line *line = &n->lines[i];
        if ((i && strcmp(n->lines[i - 1].key, line->key) >= 0) || !*line->text || line->text < line->path ||
            line->text > line->path + strlen(line->path))
            abort();
        if (strncmp(line->text, secret, sizeof secret - 1) == 0 && !strchr(line->text, '\\') &&
            !strstr(line->text, "sha256:") && !strchr(line->text + sizeof secret - 1, ' ') &&
            !strchr(line->text, '\t'))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct platform *p = load();
    struct arena arena = {0};
    struct normal a, b;
    struct str diff = {0};
    const char *stranger = NULL, *text = (const char *)data + 1;
    p->config.blocks = (enum config_blocks)(data[0] % 3);
    normal_read(p, text, size - 1, &arena, &a);
    normal_read(p, text, size - 1, &arena, &b);
    judge(&a);
    if (!normal_same(&a, &b, true, 100, &diff) || diff.len || strcmp(a.sha256, b.sha256) != 0)
        abort();
    if (!normal_is_factory(p, &a, &stranger) && !stranger)
        abort();
    normal_read(p, text, (size - 1) / 2, &arena, &b);
    bool same = normal_same(&a, &b, true, 100, &diff);
    if (same != (diff.len == 0) || (same && strcmp(a.sha256, b.sha256) != 0))
        abort();
    str_clear(&diff);
    arena_clear(&arena);
    return 0;
}
