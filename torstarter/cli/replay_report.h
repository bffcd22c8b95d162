/* How `replay` tells what became of each recording: TAP, GitHub's annotations, JUnit's XML. */
#ifndef CLI_REPLAY_REPORT_H
#define CLI_REPLAY_REPORT_H

#include <stddef.h>

#include "job/replay.h"

struct replay_count {
    size_t by_end[REPLAY_REFUSED + 1];
};

struct replay_format {
    const char *name;
    void (*begin)(size_t files);
    void (*file)(size_t number, const char *path, const struct replay_result *r);
    void (*end)(const struct replay_count *count);
};

const struct replay_format *replay_format_by_name(const char *name); /* NULL: there is none */

#endif
