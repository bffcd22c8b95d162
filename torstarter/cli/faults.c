#include "cli/faults.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { CHOSEN_MOST = 3, BURST_MOST_BYTES = 40, RANGE_MOST_BYTES = 100000 };

/* A log line as most switches write it, at a place where it is not waited for. */
static const char log_line[] =
    "%LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet7, changed state to up\r\n";

/* Splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static bool is_burst(const struct fault_driver *d)
{
    return d->takes_offsets && strcmp(d->name, "log_noise") != 0;
}

void faults_choose(struct faults *f, uint64_t seed, uint64_t len)
{
    size_t drivers;
    const struct fault_driver *all = fault_drivers(&drivers);
    f->count = 1 + next(&seed) % CHOSEN_MOST;
    for (size_t i = 0; i < f->count; i++) {
        struct fault_item *item = &f->items[i];
        item->driver = &all[next(&seed) % drivers];
        item->from = item->to = 1 + next(&seed) % (len + 1);
        uint64_t more = next(&seed);
        if (is_burst(item->driver) && more & 1)
            item->to += (more >> 1) % BURST_MOST_BYTES;
    }
}

static const struct fault_driver *driver_named(const char *name, size_t len)
{
    size_t count;
    const struct fault_driver *all = fault_drivers(&count);
    for (size_t i = 0; i < count; i++)
        if (strlen(all[i].name) == len && memcmp(all[i].name, name, len) == 0)
            return &all[i];
    return NULL;
}

static bool read_item(struct fault_item *item, const char **at)
{
    size_t name = strcspn(*at, "@,");
    char *end = NULL;
    item->driver = driver_named(*at, name);
    if (!item->driver || (*at)[name] != '@' || !strchr("0123456789", (*at)[name + 1]))
        return false;
    item->from = item->to = strtoull(*at + name + 1, &end, 10);
    if (*end == '-' && is_burst(item->driver))
        item->to = strtoull(end + 1, &end, 10);
    *at = end;
    return item->from <= item->to && item->to - item->from < RANGE_MOST_BYTES &&
           (item->from > 0 || item->driver->takes_offsets) && (*end == ',' || !*end);
}

bool faults_read(struct faults *f, const char *text, struct err *e)
{
    *f = (struct faults){0};
    for (const char *at = text;; at++) {
        if (f->count == FAULTS_MAX || !read_item(&f->items[f->count], &at))
            return err_set(e, ERR_USAGE,
                           "--faults wants up to %d of NAME@BYTE or NAME@FROM-TO with commas between, as "
                           "lose@1234,garble@20-60,drop_after@900; got \"%.200s\"",
                           FAULTS_MAX, text);
        f->count++;
        if (!*at)
            return true;
    }
}

void faults_write(const struct faults *f, struct str *out)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct fault_item *item = &f->items[i];
        str_printf(out, "%s%s@%" PRIu64, i ? "," : "", item->driver->name, item->from);
        if (item->to > item->from)
            str_printf(out, "-%" PRIu64, item->to);
    }
}

static void leave_out(struct faults *f, size_t number)
{
    f->count--;
    memmove(&f->items[number], &f->items[number + 1], (f->count - number) * sizeof f->items[0]);
}

bool faults_smaller(const struct faults *f, size_t number, struct faults *out)
{
    *out = *f;
    if (f->count > 1 && number < f->count) {
        leave_out(out, number);
        return true;
    }
    number -= f->count > 1 ? f->count : 0;
    for (size_t i = 0; i < f->count; i++) {
        struct fault_item *item = &out->items[i];
        if (item->from == item->to)
            continue;
        uint64_t middle = item->from + (item->to - item->from) / 2;
        if (number == 0)
            item->to = middle;
        else if (number == 1)
            item->from = middle + 1;
        if (number < 2)
            return true;
        number -= 2;
    }
    return false;
}

void faults_line_init(struct faults_line *l, const struct faults *f)
{
    *l = (struct faults_line){0};
    for (size_t i = 0; i < f->count; i++) {
        const struct fault_item *item = &f->items[i];
        struct fault_spec *spec = &l->specs[i];
        *spec = (struct fault_spec){.driver = item->driver, .text = log_line};
        if (!item->driver->takes_offsets) {
            spec->every = item->from;
            continue;
        }
        spec->offset_count = (size_t)(item->to - item->from + 1);
        uint64_t *offsets = mem_alloc_array(spec->offset_count, sizeof *offsets);
        for (size_t k = 0; k < spec->offset_count; k++)
            offsets[k] = item->from + k;
        spec->offsets = offsets;
    }
    fault_chain_init(&l->chain, l->specs, f->count);
}

void faults_line_clear(struct faults_line *l)
{
    for (size_t i = 0; i < l->chain.count; i++)
        mem_free((void *)(uintptr_t)l->specs[i].offsets);
    fault_chain_clear(&l->chain);
}
