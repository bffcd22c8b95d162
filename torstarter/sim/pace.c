#include "sim/pace.h"

enum { SECOND_US = 1000000 };

static int64_t wire_us(const struct pace *p, size_t len)
{
    return p->bytes_per_s > 0 ? (int64_t)len * SECOND_US / p->bytes_per_s : 0;
}

void pace_put(struct pace *p, const void *bytes, size_t len, int64_t now_us)
{
    if (len == 0)
        return;
    int64_t start_us = now_us > p->free_us ? now_us : p->free_us;
    struct pace_run *last = p->runs.count > 0 ? &p->runs.items[p->runs.count - 1] : NULL;
    str_add(&p->bytes, bytes, len);
    if (last && !p->apart && p->bytes_per_s > 0 && start_us == p->free_us) {
        last->len += len;
        p->free_us = last->first_us - p->latency_ms * 1000 + wire_us(p, last->len);
        return;
    }
    p->apart = false;
    struct pace_run run = {start_us + p->latency_ms * 1000, len};
    VEC_ADD(&p->runs, run);
    p->free_us = start_us + wire_us(p, len);
}

void pace_pause(struct pace *p, long pause_ms, int64_t now_us)
{
    int64_t from_us = now_us > p->free_us ? now_us : p->free_us;
    p->free_us = from_us + pause_ms * 1000;
    p->apart = true;
}

static size_t available(const struct pace *p, const struct pace_run *run, int64_t now_us)
{
    if (now_us < run->first_us)
        return 0;
    if (p->bytes_per_s == 0)
        return run->len;
    uint64_t out = (uint64_t)(now_us - run->first_us) * (uint64_t)p->bytes_per_s / SECOND_US;
    return out < run->len ? (size_t)out : run->len;
}

static void drop_from_run(struct pace *p, size_t len)
{
    struct pace_run *run = p->runs.items;
    run->first_us += wire_us(p, len);
    run->len -= len;
    if (run->len > 0)
        return;
    p->runs.count--;
    for (size_t i = 0; i < p->runs.count; i++)
        p->runs.items[i] = p->runs.items[i + 1];
}

size_t pace_take(struct pace *p, int64_t now_us, struct str *out)
{
    size_t taken = 0;
    while (p->runs.count > 0 && (p->chunk_bytes == 0 || taken < p->chunk_bytes)) {
        size_t len = available(p, p->runs.items, now_us);
        if (p->chunk_bytes > 0 && len > p->chunk_bytes - taken)
            len = p->chunk_bytes - taken;
        if (len == 0)
            break;
        str_add(out, p->bytes.data + taken, len);
        taken += len;
        drop_from_run(p, len);
    }
    if (p->runs.count == 0)
        str_clear(&p->bytes);
    else
        str_drop(&p->bytes, taken);
    return taken;
}

/* However rarely a paced line is looked at, its last byte is due when it is due. */
int64_t pace_due_us(const struct pace *p)
{
    if (p->runs.count == 0)
        return INT64_MAX;
    const struct pace_run *run = p->runs.items;
    if (p->bytes_per_s == 0)
        return run->first_us;
    size_t len = (size_t)p->bytes_per_s * (size_t)p->look_us / SECOND_US + 1;
    if (p->chunk_bytes > 0 && len > p->chunk_bytes)
        len = p->chunk_bytes;
    if (len > run->len)
        len = run->len;
    return run->first_us + wire_us(p, len) + 1;
}

void pace_clear(struct pace *p)
{
    str_clear(&p->bytes);
    VEC_CLEAR(&p->runs);
    p->free_us = 0;
}
