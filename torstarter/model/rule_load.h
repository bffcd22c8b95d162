/* A rule being loaded: shared by the files rule*.c only. */
#ifndef MODEL_RULE_LOAD_H
#define MODEL_RULE_LOAD_H

#include "model/fields.h"
#include "model/rule.h"

struct rule_load {
    struct rule *rule;
    const struct yaml_node *checks, *pass; /* read last: they speak of columns */
};

/* checks: and pass: of a rule whose query is known. */
void rule_read_checks(struct load *l);

#endif
