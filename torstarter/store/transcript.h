/* A job's transcript, read back: every byte both ways, in order, in whatever form it is kept. */
#ifndef STORE_TRANSCRIPT_H
#define STORE_TRANSCRIPT_H

#include "store/store.h"

struct transcript_chunk {
    int64_t seq, at_utc_us; /* of its first byte */
    char direction;         /* 'o' from the switch, 'i' typed, 'm' a marker */
    uint64_t from_byte;     /* counts each direction on its own; of a marker: bytes received before it */
    const char *bytes;      /* borrowed during the call; a marker's words */
    size_t len;
};

/* Return false to stop. Do not select inside. */
typedef bool transcript_row(void *ctx, const struct transcript_chunk *chunk);
bool transcript_each(struct store *s, int64_t job, transcript_row *row, void *ctx, struct err *e);
/* Only what comes after that seq: for those who follow a job that runs, also over the moment when it is packed. */
bool transcript_after(struct store *s, int64_t job, int64_t after_seq, transcript_row *row, void *ctx,
                      struct err *e);

/* Two columns of a SELECT that reads `job j`: the recorded bytes, and what they take in the store. */
#define TRANSCRIPT_SIZES                                                                                     \
    "COALESCE((SELECT SUM(plain_bytes) FROM transcript_z z WHERE z.job = j.id), 0) + COALESCE((SELECT "      \
    "SUM(LENGTH(bytes)) FROM transcript t WHERE t.job = j.id), 0) AS transcript_bytes, "                     \
    "COALESCE((SELECT SUM(LENGTH(frame)) FROM transcript_z z WHERE z.job = j.id), 0) + COALESCE((SELECT "    \
    "SUM(LENGTH(bytes)) FROM transcript t WHERE t.job = j.id), 0) AS transcript_stored_bytes "

/* Packs the transcript of a job that has ended; one job at a time per store, any thread. Returns when it is put: durable with the
   next commit. A job whose transcript is packed already, or has none, is fine. */
bool transcript_pack(struct store *s, int64_t job, struct err *e);
/* The same for ended jobs that somebody left plain, the oldest `most` of them at the most; *packed counts them. */
bool transcript_pack_ended(struct store *s, unsigned most, unsigned *packed, struct err *e);

#endif
