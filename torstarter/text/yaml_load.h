/* One run of the YAML reader over a file and what it includes: shared by yaml.c and yaml_include.c only. */
#ifndef TEXT_YAML_LOAD_H
#define TEXT_YAML_LOAD_H

#include "text/yaml.h"

struct yaml_load {
    struct arena *arena;
    struct mistakes *m;
    size_t nodes; /* as a reader would meet them: what an alias stands for counts each time */
    unsigned files;
};

/* One text, without `include:`. NULL after a syntax error; an empty text is an empty map. */
struct yaml_node *yaml_compose(struct yaml_load *load, const char *file, const char *text, size_t len);

#endif
