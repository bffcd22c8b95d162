/* What a job kept of its switch, as text: two runs over the same switch give the same. */
#ifndef JOB_REPLAY_RECORDS_H
#define JOB_REPLAY_RECORDS_H

#include "base/str.h"
#include "store/store.h"

/* Appends a row a line, "table: column=value …", in the order of the keys. */
bool replay_records(struct store *store, struct str *out, struct err *e);

#endif
