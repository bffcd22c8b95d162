/* The wanted configuration of a switch: read from its file, URL or command, rendered for it. */
#ifndef MODEL_CONFIG_SOURCE_H
#define MODEL_CONFIG_SOURCE_H

#include "base/cancel.h"
#include "model/render.h"

enum { CONFIG_SOURCE_MAX_BYTES = 4 * 1024 * 1024, CONFIG_SOURCE_LIMIT_MS = 60 * 1000 };

/* Is a source stated at all? */
bool config_source_is_stated(const struct site_switch *sw);
/* The path, URL or command of this switch, as errors name it. Memory from the arena; NULL with e. */
const char *config_source_name(const struct site_switch *sw, struct arena *arena, struct err *e);
/* Errors are CONFIG_SOURCE_FAIL, or CANCELLED; out is then to be cleared as well. */
bool config_source_read(const struct site_switch *sw, const struct cancel *cancel, struct arena *arena,
                        struct rendered *out, struct err *e);
/* argv without a shell: its standard output, at most max bytes, within the time; else its exit and the last line it complained with. */
bool config_source_run(const char *const *argv, const struct cancel *cancel, int64_t limit_ms,
                       struct str *out, struct err *e);

#endif
