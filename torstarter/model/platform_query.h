/* One query of a platform file being loaded: shared by platform_query.c and platform_column.c. */
#ifndef MODEL_PLATFORM_QUERY_H
#define MODEL_PLATFORM_QUERY_H

#include "model/platform_load.h"

enum { PLATFORM_NAMES_MAX = 256 };

struct query_entry {
    struct query query;
    struct reader reader;
    const struct query_info *info;
    const struct yaml_node *columns, *words, *expect, *rows, *otherwise;
    const struct yaml_node *from_zero;
    const struct yaml_pair *words_at;
    int kind; /* enum reader_kind */
    int interface_list;
    unsigned long max_bytes;
    const char *file; /* that says it */
};

/* columns:, words: and expect: → reader.columns; the template or the path of rows has been read. */
void platform_map_columns(struct load *l, struct query_entry *q);

#endif
