/* The pace of a line: when bytes put in at one end come out at the other. Pure: time is an argument. */
#ifndef SIM_PACE_H
#define SIM_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"

struct pace_run {     /* bytes that follow each other without a gap */
    int64_t first_us; /* when the first of them starts to come out */
    size_t len;
};

struct pace {         /* one direction; all zero is a line that is as fast as the machine */
    long bytes_per_s; /* 0: no limit. 9600 baud is 960: ten bits a byte */
    long latency_ms;
    size_t chunk_bytes; /* at most so many come out at once; 0: no limit */
    long look_us;       /* how often it is worth looking while bytes come; 0: at every byte */
    struct str bytes;
    VEC(struct pace_run) runs;
    int64_t free_us; /* when the wire has taken all that was put in */
    bool apart;      /* what is put in next does not follow without a gap */
};

void pace_put(struct pace *p, const void *bytes, size_t len, int64_t now_us);
/* Whatever is put in from now on comes so much later. */
void pace_pause(struct pace *p, long pause_ms, int64_t now_us);
/* Appends what has come out by now; call again until it gives nothing. Returns how many bytes. */
size_t pace_take(struct pace *p, int64_t now_us, struct str *out);
int64_t pace_due_us(const struct pace *p); /* INT64_MAX when empty */
void pace_clear(struct pace *p);           /* frees what is on the way; the settings stay */

#endif
