/* The YAML reader under arbitrary bytes: never a crash, a tree or a mistake, and every node in its place. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As a loader would, to a depth: aliases make a walk of the whole tree long. */
static void walk(const struct yaml_node *n, unsigned depth, size_t *left, struct mistakes *m)
{
    long number;
    double real;
    bool yes;
    if (*left == 0)
        return;
    --*left;
    if (!n->place.file || n->place.line == 0 || n->place.column == 0 || depth > YAML_DEPTH_MAX)
        abort();
    if (n->kind == YAML_SCALAR) {
        yaml_want_int(n, -5, 5, &number, m);
        yaml_want_number(n, &real, m);
        yaml_want_bool(n, &yes, m);
        yaml_want_span_ms(n, &number, m);
    }
    for (size_t i = 0; n->kind == YAML_LIST && i < n->count; i++)
        walk(n->items[i], depth + 1, left, m);
    for (size_t i = 0; n->kind == YAML_MAP && i < n->count; i++) {
        if (yaml_get(n, n->pairs[i].key) != n->pairs[i].value) /* keys are unique */
            abort();
        walk(n->pairs[i].value, depth + 1, left, m);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct mistakes m = {0};
    struct err e = {0};
    size_t left = 5000;
    struct yaml_node *root = yaml_read_text("fuzz.yaml", (const char *)data, size, &arena, &m);
    if (!root && m.count == 0)
        abort();
    if (root)
        walk(root, 1, &left, &m);
    if (mistakes_none(&m, &e) != (m.count == 0))
        abort();
    for (size_t i = 0; i < m.text.len; i++)
        if ((unsigned char)m.text.data[i] < 0x20 && m.text.data[i] != '\n')
            abort();
    mistakes_clear(&m);
    arena_clear(&arena);
    return 0;
}
