/* vocabulary.def as constant tables: once for each query's columns, once for the queries. */
#include <stdio.h>
#include <string.h>

#include "model/platform.h"
#include "model/vocabulary.h"

#define FREE                                 NULL
#define WORDS(...)                           ((const char *const[]){__VA_ARGS__, NULL})
#define QUERY(name, about)                   static const struct column_info columns_##name[] = {
#define COLUMN(name, required, words, about) {#name, required, words, about},
#define END_QUERY                                                                                            \
    }                                                                                                        \
    ;
#include "model/vocabulary.def"
#undef QUERY
#undef COLUMN
#undef END_QUERY

static const struct query_info queries[] = {
#define QUERY(name, about) {#name, about, columns_##name, sizeof columns_##name / sizeof *columns_##name},
#define COLUMN(name, required, words, about)
#define END_QUERY
#include "model/vocabulary.def"
};

static const struct procedure_info procedures[] = {
#define PROCEDURE(name, undo, about) {#name, undo, about},
#include "model/procedures.def"
#undef PROCEDURE
};

const struct query_info *vocabulary(size_t *count)
{
    *count = sizeof queries / sizeof *queries;
    return queries;
}

const struct query_info *vocabulary_query(const char *name)
{
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        if (strcmp(queries[i].name, name) == 0)
            return &queries[i];
    return NULL;
}

const struct column_info *vocabulary_column(const struct query_info *q, const char *name)
{
    for (size_t i = 0; i < q->column_count; i++)
        if (strcmp(q->columns[i].column, name) == 0)
            return &q->columns[i];
    return NULL;
}

static bool names_argument(const char *about, const char *argument)
{
    char hole[40];
    int len = snprintf(hole, sizeof hole, "{%s}", argument);
    return len > 2 && (size_t)len < sizeof hole && strstr(about, hole);
}

bool vocabulary_takes(const struct query_info *q, const char *argument)
{
    return names_argument(q->about, argument);
}

const struct procedure_info *vocabulary_procedures(size_t *count)
{
    *count = sizeof procedures / sizeof *procedures;
    return procedures;
}

const struct procedure_info *vocabulary_procedure(const char *name)
{
    for (size_t i = 0; i < sizeof procedures / sizeof *procedures; i++)
        if (strcmp(procedures[i].name, name) == 0)
            return &procedures[i];
    return NULL;
}

bool vocabulary_procedure_takes(const struct procedure_info *p, const char *argument)
{
    return names_argument(p->about, argument);
}
