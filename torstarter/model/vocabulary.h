/* Look-ups in the neutral vocabulary that only the loader needs (the table itself: model/platform.h). */
#ifndef MODEL_VOCABULARY_H
#define MODEL_VOCABULARY_H

#include "model/platform.h"

const struct column_info *vocabulary_column(const struct query_info *q, const char *name); /* NULL: unknown */
/* Whether a command of this query may hold {argument}: those that its `about` names in braces. */
bool vocabulary_takes(const struct query_info *q, const char *argument);
bool vocabulary_procedure_takes(const struct procedure_info *p, const char *argument);

#endif
