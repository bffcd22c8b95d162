/* Packing: rows of a transcript into one zstd frame, and back; pure, knows no table. The home of libzstd. */
#ifndef STORE_PACK_H
#define STORE_PACK_H

#include "base/str.h"
#include "store/transcript.h"

enum {
    PACK_BLOCK_BYTES =
        1 << 20, /* a block is closed once it holds so many bytes: what a reader needs of memory */
    PACK_FRAME_MAX = 64 << 20 /* unpacked; a frame that claims more is damaged */
};

struct pack { /* a block that is filled; all zero is empty */
    struct str heads, bytes;
    uint64_t rows;
    int64_t first_seq, last_seq, last_at;
    uint64_t next_byte[3]; /* expected from_byte: of 'o', 'i', 'm' */
};

void pack_add(struct pack *p, const struct transcript_chunk *c);
/* Appends the frame to `frame`. */
bool pack_end(struct pack *p, struct str *frame, struct err *e);
void pack_reset(struct pack *p); /* memory kept */
void pack_clear(struct pack *p);

/* Gives the rows back in order. False with an error: the frame is damaged (no row was given) or no memory; *stopped: `row` said so. */
bool pack_each(const void *frame, size_t len, transcript_row *row, void *ctx, bool *stopped, struct err *e);

#endif
