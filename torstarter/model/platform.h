/* A platform: one kind of switch, loaded whole from platforms/NAME.yaml and parsers/NAME/, then frozen. */
#ifndef MODEL_PLATFORM_H
#define MODEL_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "model/path.h"
#include "parse/records.h"
#include "session/change.h"
#include "session/dialect.h"
#include "text/yaml.h"

/* How lines of a configuration belong to each other. */
enum config_blocks {
    BLOCKS_INDENT, /* a line belongs to the nearest one above that is indented less */
    BLOCKS_SET,    /* each line says all: `show configuration | display set` */
    BLOCKS_FLAT    /* likewise, for files of other shapes */
};

/* How a configuration is read back, compared and recognised: `config:`. Patterns are searched in a line without the blanks around
   it. What is a secret, and what has no prompt per line, stands in dialect.config_secrets and dialect.multiline. */
struct config_form {
    bool declared; /* the file has a `config:` */
    enum config_blocks blocks;
    struct sign_list ignore; /* lines that do not count */
    struct sign_list
        ordered; /* indent: heads of blocks whose lines' order counts; set, flat: lines with the same match keep theirs */
    struct sign_list defaults; /* lines that may be missing when read back */
    struct sign_list factory;  /* a factory configuration has such lines alone */
    struct sign_list cutting;  /* may change prompt or login: typed last */
    bool
        replaces; /* config_load takes away what the text does not say: read back, it must be that text and nothing else */
    const char *const *cutting_texts; /* the same as struct paste wants them; NULL-terminated, NULL: none */
};

/* What the guard need not ask, because such a switch cannot have it: `guard: {not_applicable: {mac_table: why}}`. */
struct not_applicable {
    const char *query, *why;
};

struct platform {
    const char *name; /* "arista_eos" */
    const char *about;
    const char *file;       /* platforms/arista_eos.yaml, as found */
    struct dialect dialect; /* dialect.queries[i] is read by readers[i] */
    struct reader *readers;
    unsigned *word_lines;     /* per query: line of its `words:` in the file, for `why` */
    const char **query_files; /* per query: the file that says how it is asked, its own or a rule's */
    const struct interface_name *interfaces; /* Et → Ethernet */
    size_t interface_count;
    struct regex *management; /* whole names of management interfaces; NULL: there are none */
    const char *
        lanes; /* "name_suffix": the lanes of Ethernet49/1 are called Ethernet49/1 to /4; NULL: never by name */
    struct boot_plan boot; /* count 0: the file says nothing of how it boots */
    struct config_form config;
    const struct not_applicable *not_applicable;
    size_t not_applicable_count;
    struct arena arena;
};

struct interface_name { /* "Et3/1" and "Ethernet3/1" are the same port */
    const char *abbreviation, *full;
};

/* Neutral vocabulary: which queries there are, with their columns and words. One table: model/vocabulary.def. */
struct column_info {
    const char *column;
    bool required;            /* a platform that declares the query must map it */
    const char *const *words; /* NULL-terminated; NULL: free text or number */
    const char *about;
};
struct query_info {
    const char *name; /* "power_supplies" */
    const char *about;
    const struct column_info *columns;
    size_t column_count;
};
const struct query_info *vocabulary_query(const char *name);
const struct query_info *vocabulary(size_t *count);

/* What may be done to a switch, in neutral words. One table: model/procedures.def. */
struct procedure_info {
    const char *name;  /* "image_fetch" */
    const char *undo;  /* the procedure that takes it back unless the platform names another; NULL: none */
    const char *about; /* names its arguments in braces */
};
const struct procedure_info *vocabulary_procedure(const char *name);
const struct procedure_info *vocabulary_procedures(size_t *count);

/* All mistakes are added to m (file:line:column, nearest known key); NULL if there are any. Templates are compiled (their mistakes
   count too), prompts that may both match one line are refused unless declared. */
struct platform *platform_load(const char *name, const struct search_path *path, struct mistakes *m);
void platform_free(struct platform *p);
/* Of the first way to ask it. */
const struct reader *platform_reader(const struct platform *p, const char *query);
/* Of this way to ask: q is one of p->dialect.queries. */
const struct reader *platform_reader_of(const struct platform *p, const struct query *q);
/* "Et3/1" → "Ethernet3/1"; unknown prefixes stay. Memory from the arena. */
const char *platform_interface(const struct platform *p, const char *name, struct arena *arena);
/* Why the guard need not ask this query; NULL: it must be asked. */
const char *platform_not_applicable(const struct platform *p, const char *query);
/* A management interface, by its short or its full name: never an uplink. */
bool platform_is_management(const struct platform *p, const char *name);

#endif
