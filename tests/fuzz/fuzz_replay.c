/* A recording, as damaged as can be, through reading and the whole job: no crash, no hang; PASSED only with its end marked. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "job/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct search_path path = {.dirs = {"."}, .count = 1};
static const struct replay_wishes wishes = {.path = &path, .platform = "arista_eos"};
static struct replays *replays;

static void clear(void)
{
    replays_free(replays);
}

/* The first byte chooses between a recording and a captured log. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct replay_result r;
    if (!replays) {
        replays = replays_new(&wishes);
        atexit(clear);
    }
    bool log = size > 0 && data[0] != '{';
    const char *text = (const char *)data;
    replay_text(replays, log ? "fuzz.log" : "fuzz.cast", text, size, &r);
    if (!log && r.end == REPLAY_OK && !memmem(text, size, "END ", 4) && !memmem(text, size, "\\u", 2))
        abort();
    replay_result_clear(&r);
    return 0;
}
