#include "job/transcript.h"

#include <string.h>

enum { ROW_BYTES = 4096, ROW_US = 1000000 };

static void put(struct transcript *t, char direction, uint64_t from_byte, const char *bytes, size_t len,
                int64_t at_utc_us)
{
    const char name[] = {direction, '\0'};
    const struct cell row[] = {cell_int("job", t->job),
                               cell_int("seq", ++t->seq),
                               cell_int("at", at_utc_us),
                               cell_text("direction", name),
                               cell_int("from_byte", (int64_t)from_byte),
                               cell_blob("bytes", bytes, len)};
    store_insert(t->store, "transcript", row, sizeof row / sizeof *row);
}

void transcript_flush(struct transcript *t)
{
    if (t->pending.len)
        put(t, t->direction, t->from_byte, t->pending.data, t->pending.len, t->at_utc_us);
    str_reset(&t->pending);
}

void transcript_add(struct transcript *t, bool received, const char *bytes, size_t len, int64_t at_utc_us)
{
    char direction = received ? 'o' : 'i';
    uint64_t *count = received ? &t->received : &t->typed;
    if (t->pending.len && (direction != t->direction || at_utc_us - t->at_utc_us >= ROW_US))
        transcript_flush(t);
    if (t->pending.len == 0) {
        t->direction = direction;
        t->at_utc_us = at_utc_us;
        t->from_byte = *count;
    }
    str_add(&t->pending, bytes, len);
    *count += len;
    if (t->pending.len >= ROW_BYTES)
        transcript_flush(t);
}

void transcript_mark(struct transcript *t, const char *text, int64_t at_utc_us)
{
    transcript_flush(t);
    put(t, 'm', t->received, text, strlen(text), at_utc_us);
}

void transcript_clear(struct transcript *t)
{
    str_clear(&t->pending);
}
