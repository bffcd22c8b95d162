/* Answers that may be passed on: without secrets, without who the switch is, named as fixtures are. */
#ifndef CLI_SAFE_H
#define CLI_SAFE_H

#include "base/arena.h"
#include "model/platform.h"
#include "model/site.h"
#include "text/disguise.h"

/* What the site calls this switch, its users and its neighbours. */
void safe_learn_site(struct disguise *d, const struct site_switch *sw);
/* Columns that say who somebody is, whatever the query. */
void safe_learn_records(struct disguise *d, const struct records *r);
/* Without secrets and without who it is; ends in a line end. */
void safe_text(struct disguise *d, const char *text, size_t len, struct str *out);
/* QUERY.txt, QUERY.2.txt for the second way; of further uplinks QUERY.INTERFACE.txt. `about` NULL: of no interface; `number` 0: of the
   first. */
const char *safe_file(const struct query *q, const char *about, unsigned number, struct arena *arena);

#endif
