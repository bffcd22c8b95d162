/* The transcript of one job: every byte both ways as rows, a few at a time instead of one row per read. */
#ifndef JOB_TRANSCRIPT_H
#define JOB_TRANSCRIPT_H

#include "base/str.h"
#include "store/store.h"

struct transcript {
    struct store *store;
    int64_t job, seq;
    struct str pending; /* of one direction */
    char direction;     /* 'o' from the switch, 'i' typed */
    int64_t at_utc_us;  /* of the first pending byte */
    uint64_t from_byte; /* of the first pending byte, in its direction */
    uint64_t received, typed;
};

/* A row ends when the direction turns, at 4 KB, or with the first byte that comes a second after its own first. */
void transcript_add(struct transcript *t, bool received, const char *bytes, size_t len, int64_t at_utc_us);
void transcript_flush(struct transcript *t); /* puts what is pending; does not wait */
/* A marker: `text` names what begins here; its from_byte is the count of received bytes. */
void transcript_mark(struct transcript *t, const char *text, int64_t at_utc_us);
void transcript_clear(struct transcript *t);

#endif
