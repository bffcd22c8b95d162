/* A frame holds: the number of rows; of each row its direction (one byte) and four numbers; then the bytes of all rows, one after
   the other. Numbers are LEB128 as in DWARF (section 7.6), signed ones zigzag; seq, time and from_byte are differences to what the
   row before lets expect, so they are mostly 0. Text stands together because zstd finds more that way. The frame's checksum (RFC 8878,
   3.1.1) tells damage; the numbers are still looked at as if nobody had. */
#include "store/pack.h"

#include <string.h>
#include <zstd.h>

#include "base/mem.h"

enum { LEVEL = 12, NUMBER_MAX = 10 };

static const char directions[] = "oim";

static size_t direction_index(char direction)
{
    const char *at = strchr(directions, direction);
    return at && *at ? (size_t)(at - directions) : 2;
}

static void add_number(struct str *out, uint64_t n)
{
    for (; n >= 0x80; n >>= 7)
        str_add_char(out, (char)(n | 0x80));
    str_add_char(out, (char)n);
}

/* Differences wrap around, so that every pair of numbers has one. */
static void add_difference(struct str *out, uint64_t now, uint64_t before)
{
    uint64_t d = now - before;
    add_number(out, (d << 1) ^ (0 - (d >> 63)));
}

void pack_add(struct pack *p, const struct transcript_chunk *c)
{
    uint64_t *next = &p->next_byte[direction_index(c->direction)];
    if (p->rows++ == 0) {
        p->first_seq = c->seq;
        p->last_seq = 0;
        p->last_at = 0;
    }
    str_add_char(&p->heads, c->direction);
    add_difference(&p->heads, (uint64_t)c->seq, (uint64_t)p->last_seq + 1);
    add_difference(&p->heads, (uint64_t)c->at_utc_us, (uint64_t)p->last_at);
    add_difference(&p->heads, c->from_byte, *next);
    add_number(&p->heads, c->len);
    str_add(&p->bytes, c->bytes, c->len);
    p->last_seq = c->seq;
    p->last_at = c->at_utc_us;
    *next = c->from_byte + (c->direction == 'm' ? 0 : c->len);
}

void pack_reset(struct pack *p)
{
    str_reset(&p->heads);
    str_reset(&p->bytes);
    p->rows = 0;
    memset(p->next_byte, 0, sizeof p->next_byte);
}

void pack_clear(struct pack *p)
{
    str_clear(&p->heads);
    str_clear(&p->bytes);
    *p = (struct pack){0};
}

/* The plain rows are removed for it, so it is tried first. */
static bool comes_back(const struct str *plain, const char *frame, size_t len)
{
    char *again = mem_alloc(plain->len);
    size_t got = ZSTD_decompress(again, plain->len, frame, len);
    bool same = got == plain->len && memcmp(again, plain->data, got) == 0;
    mem_free(again);
    return same;
}

static bool compress(const struct str *plain, struct str *frame, struct err *e)
{
    size_t room = ZSTD_compressBound(plain->len);
    char *out = mem_alloc(room);
    ZSTD_CCtx *z = ZSTD_createCCtx();
    size_t len = z ? ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, LEVEL) : 0;
    if (z && !ZSTD_isError(len))
        len = ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
    if (z && !ZSTD_isError(len))
        len = ZSTD_compress2(z, out, room, plain->data, plain->len);
    bool ok = z && !ZSTD_isError(len) && comes_back(plain, out, len);
    if (ok)
        str_add(frame, out, len);
    else
        err_set(e, ERR_FAILED, "a transcript cannot be packed: %s; it stays as it is",
                !z                  ? "no memory"
                : ZSTD_isError(len) ? ZSTD_getErrorName(len)
                                    : "it did not come back as it was");
    ZSTD_freeCCtx(z);
    mem_free(out);
    return ok;
}

bool pack_end(struct pack *p, struct str *frame, struct err *e)
{
    struct str plain = {0};
    if (p->heads.len + p->bytes.len + NUMBER_MAX > PACK_FRAME_MAX)
        return err_set(e, ERR_LIMIT, "a transcript's row is longer than %d MiB: it is not packed",
                       PACK_FRAME_MAX >> 20);
    add_number(&plain, p->rows);
    str_add(&plain, str_cstr(&p->heads), p->heads.len);
    str_add(&plain, str_cstr(&p->bytes), p->bytes.len);
    bool ok = compress(&plain, frame, e);
    str_clear(&plain);
    return ok;
}

struct cursor {
    const unsigned char *at, *end;
    bool bad;
};

static uint64_t take_number(struct cursor *c)
{
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (c->at == c->end)
            break;
        unsigned char b = *c->at++;
        n |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80)
            return n;
    }
    c->bad = true;
    return 0;
}

static uint64_t take_difference(struct cursor *c, uint64_t before)
{
    uint64_t n = take_number(c);
    return before + ((n >> 1) ^ (0 - (n & 1)));
}

struct unpack {
    struct cursor heads;
    uint64_t rows, next_byte[3];
    int64_t seq, at;
};

/* The head of the next row; its bytes are set by the caller, who knows where they begin. */
static void take_row(struct unpack *u, struct transcript_chunk *c)
{
    struct cursor *h = &u->heads;
    c->direction = h->at < h->end ? (char)*h->at++ : '\0';
    h->bad = h->bad || c->direction == '\0' || !strchr(directions, c->direction);
    uint64_t *next = &u->next_byte[direction_index(c->direction)];
    u->seq = c->seq = (int64_t)take_difference(h, (uint64_t)u->seq + 1);
    u->at = c->at_utc_us = (int64_t)take_difference(h, (uint64_t)u->at);
    c->from_byte = take_difference(h, *next);
    c->len = take_number(h);
    *next = c->from_byte + (c->direction == 'm' ? 0 : c->len);
}

/* Walks the heads once before a row is given: they must lead exactly to the end of the bytes. */
static bool find_bytes(const struct unpack *from, const unsigned char **bytes)
{
    struct unpack u = *from;
    struct transcript_chunk c;
    uint64_t total = 0;
    for (uint64_t i = 0; i < u.rows && !u.heads.bad; i++) {
        take_row(&u, &c);
        if (c.len > (uint64_t)PACK_FRAME_MAX)
            return false;
        total += c.len;
    }
    *bytes = u.heads.at;
    return !u.heads.bad && total == (uint64_t)(u.heads.end - u.heads.at);
}

static bool give_rows(const char *plain, size_t len, transcript_row *row, void *ctx, bool *stopped)
{
    struct unpack u = {.heads = {.at = (const unsigned char *)plain}};
    const unsigned char *bytes;
    u.heads.end = u.heads.at + len;
    u.rows = take_number(&u.heads);
    if (u.heads.bad || !find_bytes(&u, &bytes))
        return false;
    for (uint64_t i = 0; i < u.rows && !*stopped; i++) {
        struct transcript_chunk c;
        take_row(&u, &c);
        c.bytes = (const char *)bytes;
        bytes += c.len;
        *stopped = !row(ctx, &c);
    }
    return true;
}

bool pack_each(const void *frame, size_t len, transcript_row *row, void *ctx, bool *stopped, struct err *e)
{
    unsigned long long size = ZSTD_getFrameContentSize(frame, len);
    *stopped = false;
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > PACK_FRAME_MAX)
        return err_set(e, ERR_FAILED, "no frame of zstd that torstarter wrote");
    char *plain = mem_alloc((size_t)size + 1);
    size_t got = ZSTD_decompress(plain, (size_t)size, frame, len);
    bool ok = ZSTD_isError(got) ? err_set(e, ERR_FAILED, "%s", ZSTD_getErrorName(got))
                                : (got == size && give_rows(plain, got, row, ctx, stopped)) ||
                                      err_set(e, ERR_FAILED, "its rows do not fit their bytes");
    mem_free(plain);
    return ok;
}
