#include "store/transcript.h"

#include <string.h>

#include "base/vec.h"
#include "store/inner.h"
#include "store/pack.h"

/* One statement, so one snapshot: a job that is packed meanwhile is seen whole, in one form or the other. */
static const char both_select[] =
    "SELECT first_seq AS seq, last_seq, NULL, NULL, frame FROM transcript_z WHERE job = ?1 AND last_seq > ?2 "
    "UNION ALL SELECT seq, at, direction, from_byte, bytes FROM transcript WHERE job = ?1 AND seq > ?2 "
    "ORDER BY seq";
static const char plain_select[] =
    "SELECT seq, at, direction, from_byte, bytes FROM transcript WHERE job = ? "
    "AND seq > ? ORDER BY seq";
/* Another process may have packed the same rows, or removed the job, since they were read: then this does nothing. */
static const char block_insert[] =
    "INSERT INTO transcript_z (job, first_seq, last_seq, received_to, typed_to, plain_bytes, frame) "
    "SELECT ?1, ?2, ?3, ?5, ?6, ?7, ?8 WHERE ?4 = (SELECT count(*) FROM transcript WHERE job = ?1 AND seq "
    "BETWEEN ?2 AND ?3) AND NOT EXISTS (SELECT 1 FROM transcript_z WHERE job = ?1 AND first_seq = ?2)";
static const char block_delete[] =
    "DELETE FROM transcript WHERE job = ?1 AND seq BETWEEN ?2 AND ?3 AND EXISTS (SELECT 1 FROM transcript_z "
    "WHERE job = ?1 AND first_seq = ?2 AND last_seq = ?3)";

struct reading {
    transcript_row *row;
    void *ctx;
    int64_t job, after;
    bool damaged;
    struct err err;
};

static bool give(void *ctx, const struct transcript_chunk *c)
{
    struct reading *r = ctx;
    if (c->seq <= r->after)
        return true;
    r->after = c->seq;
    return r->row(r->ctx, c);
}

static bool give_packed(struct reading *r, const struct cell *cells)
{
    bool stopped = false;
    if (pack_each(cells[4].bytes, cells[4].len, give, r, &stopped, &r->err))
        return !stopped;
    r->damaged = true;
    err_wrap(&r->err, "the packed transcript of job %lld is damaged (rows %lld to %lld): ", (long long)r->job,
             (long long)cells[0].number, (long long)cells[1].number);
    return false;
}

static struct transcript_chunk plain_chunk(const struct cell *cells)
{
    return (struct transcript_chunk){.seq = cells[0].number,
                                     .at_utc_us = cells[1].number,
                                     .direction = cells[2].len ? *(const char *)cells[2].bytes : 'm',
                                     .from_byte = (uint64_t)cells[3].number,
                                     .bytes = cells[4].bytes,
                                     .len = cells[4].len};
}

static bool read_row(void *ctx, const struct cell *cells, size_t count)
{
    if (count != 5)
        return false;
    if (cells[2].kind == CELL_NULL)
        return give_packed(ctx, cells);
    struct transcript_chunk c = plain_chunk(cells);
    return give(ctx, &c);
}

bool transcript_after(struct store *s, int64_t job, int64_t after_seq, transcript_row *row, void *ctx,
                      struct err *e)
{
    struct reading r = {.row = row, .ctx = ctx, .job = job, .after = after_seq};
    const struct cell parameters[] = {cell_int("job", job), cell_int("after", after_seq)};
    if (!store_select(s, both_select, parameters, 2, read_row, &r, e))
        return false;
    if (r.damaged && e)
        *e = r.err;
    return !r.damaged;
}

bool transcript_each(struct store *s, int64_t job, transcript_row *row, void *ctx, struct err *e)
{
    return transcript_after(s, job, INT64_MIN, row, ctx, e);
}

struct packing {
    struct store *store;
    int64_t job;
    struct pack block;
    uint64_t received_to, typed_to;
};

static bool add_row(void *ctx, const struct cell *cells, size_t count)
{
    struct packing *p = ctx;
    struct transcript_chunk c = plain_chunk(cells);
    pack_add(&p->block, &c);
    if (c.direction == 'o')
        p->received_to = c.from_byte + c.len;
    else if (c.direction == 'i')
        p->typed_to = c.from_byte + c.len;
    return count == 5 && p->block.bytes.len < PACK_BLOCK_BYTES;
}

static void put_block(const struct packing *p, const struct str *frame)
{
    const struct pack *b = &p->block;
    const struct cell cells[] = {cell_int("job", p->job),
                                 cell_int("first_seq", b->first_seq),
                                 cell_int("last_seq", b->last_seq),
                                 cell_int("rows", (int64_t)b->rows),
                                 cell_int("received_to", (int64_t)p->received_to),
                                 cell_int("typed_to", (int64_t)p->typed_to),
                                 cell_int("plain_bytes", (int64_t)b->bytes.len),
                                 cell_blob("frame", frame->data, frame->len)};
    struct write *insert =
        write_new(WRITE_STATEMENT, block_insert, cells, sizeof cells / sizeof *cells, NULL, 0);
    insert->next = write_new(WRITE_STATEMENT, block_delete, cells, 3, NULL, 0);
    store_put(p->store, insert);
}

/* The readers' lock is free while a block is compressed; rows of an ended job do not change in between. */
static bool pack_blocks(struct packing *p, struct err *e)
{
    struct str frame = {0};
    struct cell parameters[] = {cell_int("job", p->job), cell_int("after", INT64_MIN)};
    bool ok, full = true;
    for (ok = true; ok && full; parameters[1].number = p->block.last_seq) {
        pack_reset(&p->block);
        str_reset(&frame);
        ok = store_select(p->store, plain_select, parameters, 2, add_row, p, e);
        full = p->block.bytes.len >= PACK_BLOCK_BYTES;
        ok = ok && (p->block.rows == 0 || pack_end(&p->block, &frame, e));
        if (ok && p->block.rows)
            put_block(p, &frame);
    }
    str_clear(&frame);
    return ok;
}

bool transcript_pack(struct store *s, int64_t job, struct err *e)
{
    struct packing p = {.store = s, .job = job};
    if (store_in_memory(s))
        return true; /* gone before it is worth it */
    store_pack_lock(s);
    bool ok = pack_blocks(&p, e);
    store_pack_unlock(s);
    pack_clear(&p.block);
    return ok;
}

/* Jumps from job to job: no row in between is read, however long the transcripts of running jobs are. */
static const char left_select[] =
    "WITH RECURSIVE plain(job) AS (SELECT min(job) FROM transcript UNION ALL "
    "SELECT (SELECT min(t.job) FROM transcript t WHERE t.job > plain.job) FROM plain WHERE plain.job IS NOT "
    "NULL) SELECT j.id FROM plain JOIN job j ON j.id = plain.job WHERE j.finished_at IS NOT NULL LIMIT ?";

struct left {
    VEC(int64_t) jobs;
};

static bool read_job(void *ctx, const struct cell *cells, size_t count)
{
    struct left *l = ctx;
    VEC_ADD(&l->jobs, cells[0].number);
    return count == 1;
}

bool transcript_pack_ended(struct store *s, unsigned most, unsigned *packed, struct err *e)
{
    struct left left = {0};
    const struct cell limit = cell_int("most", most);
    *packed = 0;
    bool ok = store_select(s, left_select, &limit, 1, read_job, &left, e);
    for (size_t i = 0; ok && i < left.jobs.count; i++) {
        ok = transcript_pack(s, left.jobs.items[i], e);
        *packed += ok;
    }
    VEC_CLEAR(&left.jobs);
    return ok;
}
