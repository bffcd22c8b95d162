/* A permit's evidence as the store keeps it: JSON, secrets masked. */
#ifndef JOB_GUARD_TEXT_H
#define JOB_GUARD_TEXT_H

#include "base/mask.h"
#include "plugin/evidence.h"

const char *safety_name(enum safety s); /* "safe" */
/* [{"name", "safety", "text", "query", "command", "event", "line", "raw"}, …]; event is the log's, whose bytes it was read from.
   The caller frees (mem_free). */
char *guard_evidence_text(const struct evidence_report *r, const struct mask *mask);

#endif
