/* A dialogue with one simulated switch in virtual time: lines typed, what it said, and what its record says of them. */
#ifndef HELPERS_SUPPORT_PLAY_H
#define HELPERS_SUPPORT_PLAY_H

#include "sim/device.h"

struct play {
    struct arena arena;
    struct device_model *model;
    struct device_setup setup;
    struct device *device;
    struct str said, changes; /* changes: the lines that changed something, one a line */
    int64_t now_us;
};

/* `more`: YAML with `state:` and `images:`, files relative to the model's. Fails the test where anything is wrong. */
void play_open(struct play *p, const char *model, const char *more);
void play_close(struct play *p);
void play_type(struct play *p, const char *line); /* and a second for the answer */
void play_key(struct play *p, char key);
void play_wait(struct play *p, long seconds);
/* Types the line; what it said after that, until a second later. Valid until the next call. */
const char *play_ask(struct play *p, const char *line);
void play_log_in(struct play *p,
                 const char *password); /* to enable, without a pager; NULL: none is asked for */
void play_expect(struct play *p, const char *line, const char *part);

#endif
