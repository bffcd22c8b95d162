/* Maps of a file as tables: each key is listed once, with its kind, its check and where its value goes. */
#ifndef MODEL_FIELDS_H
#define MODEL_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "text/yaml.h"

struct load { /* what every reader of a file needs */
    struct arena *arena;
    struct mistakes *m;
    void *owner; /* what is being loaded: struct site_load, struct platform_load … */
};

enum field_kind {
    FIELD_TEXT,   /* const char * */
    FIELD_FILE,   /* const char *: a path, relative to the file that names it; ~/ is expanded */
    FIELD_UINT,   /* unsigned, min to max */
    FIELD_ULONG,  /* unsigned long, min to max */
    FIELD_SPAN,   /* int64_t milliseconds, min to max */
    FIELD_BOOL,   /* bool */
    FIELD_CHOICE, /* int: index of the word in `words` (an enum) */
    FIELD_READ    /* whatever `read` makes of it */
};

enum field_flags { FIELD_REQUIRED = 1 };

struct field {
    const char *key;
    enum field_kind kind;
    unsigned flags;
    size_t offset;
    long min, max;
    const char *const *words;               /* NULL-terminated: TEXT may be one of these only; CHOICE must */
    const char *(*check)(const char *text); /* TEXT: NULL, or what is wrong: "is not …; write …" */
    void (*read)(struct load *l, const struct yaml_pair *pair, void *into);
};

/* Reads a map into a struct. Unknown and missing keys, wrong values: all become mistakes. `what` names the map: "a console
   server". False when it is no map at all. A key without a value counts as absent. */
bool fields_read(struct load *l, const struct yaml_node *map, const char *what, const struct field *fields,
                 size_t count, void *into);
/* One text, checked as FIELD_TEXT is: short, no control characters, and what `check` (or NULL) says. */
bool fields_text(struct load *l, const struct yaml_node *n, const char *(*check)(const char *),
                 const char **out);
/* A list of texts, or one text alone; NULL-terminated, in the arena. Returns the count. */
size_t fields_texts(struct load *l, const struct yaml_node *n, const char *(*check)(const char *),
                    const char *const **out);
/* The items of a list, or the one node that stands where a list may stand. */
size_t fields_items(const struct yaml_node *n, const struct yaml_node *const **items);
/* A path as the file at `place` means it. */
const char *fields_path(struct load *l, const struct yaml_place *place, const char *text);
/* A mistake that ends in the nearest of the known names, or in a list of them. */
void fields_unknown(struct load *l, const struct yaml_place *at, const char *what, const char *name,
                    const char *const *known, size_t known_count);

#define FIELD_COUNT(fields) (sizeof(fields) / sizeof *(fields))

#endif
