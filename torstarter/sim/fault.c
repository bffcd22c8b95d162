#include "sim/fault.h"

#include "base/mem.h"

/* Splitmix64: what stands at an offset depends on the seed and the offset alone. */
static uint64_t hash(uint64_t seed, uint64_t at)
{
    uint64_t z = seed + (at + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Whether the byte at f->at is one of those the fault is for. */
static bool strikes(struct fault *f)
{
    const struct fault_spec *s = f->spec;
    if (s->every > 0)
        return (f->at + 1) % s->every == 0;
    if (f->next >= s->offset_count || s->offsets[f->next] != f->at)
        return false;
    f->next++;
    return true;
}

/* A wrong speed: bytes with high bits and NULs, as a UART that samples at the wrong moments gives them. */
static void garble(struct fault *f, const char *bytes, size_t len, struct str *out)
{
    for (size_t i = 0; i < len; i++, f->at++) {
        uint64_t h = hash(f->spec->seed, f->at);
        bool nul = (h >> 8) % 4 == 0;
        str_add_char(out, !strikes(f) ? bytes[i] : nul ? '\0' : (char)(0x80 | (h & 0x7f)));
    }
}

static void lose(struct fault *f, const char *bytes, size_t len, struct str *out)
{
    for (size_t i = 0; i < len; i++, f->at++)
        if (!strikes(f))
            str_add_char(out, bytes[i]);
}

/* What a line with the wrong parity setting shows: the eighth bit is the parity's. */
static void parity(struct fault *f, const char *bytes, size_t len, struct str *out)
{
    for (size_t i = 0; i < len; i++, f->at++)
        str_add_char(out, strikes(f) ? (char)(bytes[i] | 0x80) : bytes[i]);
}

static void nuls(struct fault *f, const char *bytes, size_t len, struct str *out)
{
    for (size_t i = 0; i < len; i++, f->at++) {
        if (strikes(f))
            str_add_char(out, '\0');
        str_add_char(out, bytes[i]);
    }
}

static void twice(struct fault *f, const char *bytes, size_t len, struct str *out)
{
    for (size_t i = 0; i < len; i++, f->at++) {
        if (strikes(f))
            str_add_char(out, bytes[i]);
        str_add_char(out, bytes[i]);
    }
}

/* A log line stands on lines of its own, wherever the output was when it came. */
static void log_noise(struct fault *f, const char *bytes, size_t len, struct str *out)
{
    for (size_t i = 0; i < len; i++, f->at++) {
        if (strikes(f)) {
            str_add_cstr(out, f->mid_line ? "\r\n" : "");
            str_add_cstr(out, f->spec->text);
        }
        str_add_char(out, bytes[i]);
        f->mid_line = bytes[i] != '\n';
    }
}

static void pass_until(struct fault *f, const char *bytes, size_t len, struct str *out)
{
    uint64_t left = f->spec->every > f->at ? f->spec->every - f->at : 0;
    str_add(out, bytes, len < left ? len : (size_t)left);
    f->at += len;
}

static void drop_after(struct fault *f, const char *bytes, size_t len, struct str *out)
{
    pass_until(f, bytes, len, out);
    f->cut = f->at >= f->spec->every;
}

static const struct fault_driver drivers[] = {
    {"log_noise", "a log line cuts into the output", true, log_noise},
    {"garble", "bytes come wrong, as at a wrong speed; 1: all of them", true, garble},
    {"lose", "bytes are lost", true, lose},
    {"parity", "bytes come with their eighth bit set", true, parity},
    {"nuls", "a NUL comes before the byte", true, nuls},
    {"twice", "bytes come twice", true, twice},
    {"stall_after", "after so many bytes nothing comes any more", false, pass_until},
    {"drop_after", "after so many bytes the connection breaks", false, drop_after},
};

const struct fault_driver *fault_drivers(size_t *count)
{
    *count = sizeof drivers / sizeof drivers[0];
    return drivers;
}

void fault_chain_init(struct fault_chain *c, const struct fault_spec *specs, size_t count)
{
    c->count = count;
    c->items = count > 0 ? mem_alloc_array(count, sizeof *c->items) : NULL;
    for (size_t i = 0; i < count; i++)
        c->items[i].spec = &specs[i];
}

void fault_chain_reset(struct fault_chain *c)
{
    for (size_t i = 0; i < c->count; i++)
        c->items[i] = (struct fault){.spec = c->items[i].spec};
}

bool fault_chain_feed(struct fault_chain *c, const char *bytes, size_t len, struct str *out)
{
    struct str from = {0}, to = {0};
    bool whole = true;
    if (c->count == 0)
        return str_add(out, bytes, len) || true;
    str_add(&from, bytes, len);
    for (size_t i = 0; i < c->count; i++) {
        c->items[i].spec->driver->feed(&c->items[i], str_cstr(&from), from.len, &to);
        whole = whole && !c->items[i].cut;
        struct str used = from;
        from = to;
        to = used;
        str_reset(&to);
    }
    str_add(out, str_cstr(&from), from.len);
    str_clear(&from);
    str_clear(&to);
    return whole;
}

void fault_chain_clear(struct fault_chain *c)
{
    mem_free(c->items);
    *c = (struct fault_chain){0};
}
