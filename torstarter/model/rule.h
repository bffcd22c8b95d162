/* A rule: a check whose answer lies in one query, as data: configs/rules/NAME.yaml. Frozen after load. */
#ifndef MODEL_RULE_H
#define MODEL_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/failure.h"
#include "model/path.h"
#include "model/platform.h"
#include "text/yaml.h"

struct rule_condition { /* of one cell */
    const char *column;
    enum rule_op { RULE_IS, RULE_IS_NOT, RULE_MATCHES, RULE_AT_LEAST, RULE_AT_MOST } op;
    const char *const *values; /* IS, IS_NOT: any of them; else one. NULL-terminated; may be a "{role.…}" */
    struct regex *regex;       /* MATCHES: of the whole text */
};

struct rule_conditions { /* all of them must hold of the same row */
    struct rule_condition *items;
    size_t count;
};

struct rule_check {
    enum rule_scope { RULE_EVERY, RULE_SOME, RULE_COUNT } scope;
    struct rule_conditions where;      /* only of these rows; none: of all */
    struct rule_conditions conditions; /* EVERY, SOME */
    const char *at_least, *at_most;    /* COUNT; NULL: not said */
    enum failure failure;              /* what it ends in when it does not hold */
    const char *text, *remedy; /* with {column}, {rows}, {role.…}, {switch.…}; remedy NULL: the code's own */
    struct yaml_place place;
};

struct rule {
    const char *name, *about, *file;
    const char *query; /* of the vocabulary, or "rule:NAME": its own, which only this rule can ask for */
    bool own;
    const struct query_info *info; /* the query's columns and words */
    const char *const *platforms;  /* own: those that have the query; NULL-terminated */
    const struct yaml_place *platform_places;
    struct rule_check *checks;
    size_t check_count;
    const char *pass;        /* text of the verdict when all hold; NULL: about */
    struct regex **patterns; /* owned */
    size_t pattern_count;
    struct arena arena;
};

/* All mistakes are added to m (file:line:column); NULL if there are any. */
struct rule *rule_load(const char *name, const struct search_path *path, struct mistakes *m);
void rule_free(struct rule *r);
/* A name within a text that stands for something of the site: "role.power_supplies", "switch.name". */
bool rule_is_site_value(const char *name, size_t len);
/* The names of configs/rules/ in all folders, sorted. */
size_t rule_names(const struct search_path *path, struct arena *arena, const char *const **names);

/* Puts the rule's own query, as the rule words it for this platform, among the platform's queries; nothing to do where it has none, or
   is there already. To be called before the platform is used. False: mistakes were added. */
bool platform_add_rule(struct platform *p, const struct rule *r, const struct search_path *path,
                       struct mistakes *m);

#endif
