/* The flash of a switch: its files, what is copied there, checksums, and what boots next. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sim/device_self.h"

enum { PERCENT = 100 };
static const uint64_t no_end = UINT64_MAX;

struct device_file *device_file(const struct device *d, const char *name)
{
    for (size_t i = 0; i < d->files.count; i++)
        if (strcmp(d->files.items[i].name, name) == 0)
            return &d->files.items[i];
    return NULL;
}

static void clear_file(struct device_file *f)
{
    mem_free(f->name);
    mem_free(f->version);
    mem_free(f->content);
}

static bool delete_file(struct device *d, const char *name)
{
    struct device_file *f = device_file(d, name);
    if (!f)
        return false;
    clear_file(f);
    size_t behind = d->files.count - (size_t)(f - d->files.items) - 1;
    memmove(f, f + 1, behind * sizeof *f);
    d->files.count--;
    return true;
}

static const struct device_image *image_named(const struct device *d, const char *name)
{
    for (size_t i = 0; name && i < d->setup->images.count; i++)
        if (strcmp(d->setup->images.items[i].name, name) == 0)
            return &d->setup->images.items[i];
    return NULL;
}

/* What a file holds by name: the checksums of an image are those of its content's text. */
static void put_file(struct device *d, const char *name, uint64_t size, const char *version,
                     const struct device_image *image, bool damaged)
{
    struct device_file f = {.image = image, .size = size, .damaged = damaged};
    delete_file(d, name);
    f.name = mem_strdup(name);
    f.version = mem_strdup(version);
    f.content = mem_strdup(image ? image->content : name);
    VEC_ADD(&d->files, f);
}

static char *filled(const struct device *d, const char *text)
{
    struct str s = {0};
    device_expand(d, text, strlen(text), &s);
    return s.len > 0 ? str_take(&s) : mem_strdup("");
}

static void begin_files(struct device *d, const struct device_files_begin *files)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct device_file_begin *b = &files->items[i];
        char *name = filled(d, b->name);
        const struct device_image *image = image_named(d, b->image ? b->image : name);
        bool running = strcmp(name, d->image) == 0;
        put_file(d, name, b->size,
                 b->version ? b->version
                 : image    ? image->version
                 : running  ? d->version
                            : "",
                 image, image && b->size < image->size);
        mem_free(name);
    }
}

void device_flash_begin(struct device *d)
{
    const struct device_flash_model *m = &d->model->flash;
    const char *version = d->setup->begin.version;
    for (size_t i = 0; !version && i < d->model->value_count; i++)
        if (strcmp(d->model->values[i].name, "version") == 0)
            version = d->model->values[i].text;
    snprintf(d->version, sizeof d->version, "%s", version ? version : "");
    char *image = filled(d, m->image);
    snprintf(d->image, sizeof d->image, "%s", image);
    snprintf(d->boot_image, sizeof d->boot_image, "%s", image);
    mem_free(image);
    begin_files(d, &m->files);
    begin_files(d, &d->setup->begin.files);
}

void device_flash_clear(struct device *d)
{
    for (size_t i = 0; i < d->files.count; i++)
        clear_file(&d->files.items[i]);
    VEC_CLEAR(&d->files);
    for (int k = 0; k < DIGEST_COUNT; k++)
        str_clear(&d->digests[k]);
}

static uint64_t bytes_of(const struct device_files_begin *files)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < files->count; i++)
        sum += files->items[i].size;
    return sum;
}

/* `free:` of the scenario makes the flash so much smaller. */
uint64_t device_flash_bytes(const struct device *d)
{
    uint64_t size = d->model->flash.size,
             begun = bytes_of(&d->model->flash.files) + bytes_of(&d->setup->begin.files);
    if (d->setup->begin.free_bytes > 0)
        return begun + d->setup->begin.free_bytes;
    return size > begun ? size : begun;
}

uint64_t device_used_bytes(const struct device *d)
{
    uint64_t used = 0;
    for (size_t i = 0; i < d->files.count; i++)
        used += d->files.items[i].size;
    return used;
}

static const struct device_image *image_at(const struct device *d, const char *url)
{
    for (size_t i = 0; i < d->setup->images.count; i++)
        if (!d->setup->images.items[i].missing && str_ends(url, d->setup->images.items[i].url_path))
            return &d->setup->images.items[i];
    return NULL;
}

static bool fail(struct device *d, const char *reason)
{
    d->reason = reason;
    return false;
}

/* Where the copy ends before it is whole, if it does: at the first of no room and the fault. */
static void find_end(struct device *d, uint64_t room)
{
    const struct device_begin *b = &d->setup->begin;
    struct device_copy *c = &d->copy;
    uint64_t at = c->size * (uint64_t)(b->fetch_at > 0 ? b->fetch_at : PERCENT / 2) / PERCENT;
    c->ends_at = no_end;
    if (c->size > room) {
        c->ends_at = room;
        c->ends = "no_space";
    }
    if ((b->fetches == FETCHES_STALL || b->fetches == FETCHES_BREAK) && at < c->ends_at) {
        c->ends_at = at;
        c->ends = b->fetches == FETCHES_BREAK ? "broken" : NULL;
    }
}

static void wait_step(struct device *d)
{
    const struct device_flash_model *m = &d->model->flash;
    struct device_copy *c = &d->copy;
    unsigned steps = m->progress_steps > 0 ? m->progress_steps : 1;
    uint64_t next = c->size * (c->step + 1) / steps;
    int64_t due_us = c->began_us + c->takes_us * (int64_t)(c->step + 1) / (int64_t)steps;
    if (next > c->ends_at) /* by then it has ended */
        due_us = c->ends ? c->began_us + (int64_t)((double)c->takes_us * (double)c->ends_at / (double)c->size)
                         : INT64_MAX;
    device_wait(d, PENDING_COMMAND, due_us);
}

bool device_copy_begin(struct device *d, char *const *args)
{
    const struct device_flash_model *m = &d->model->flash;
    struct device_copy *c = &d->copy;
    long speed = d->setup->speed > 0 ? d->setup->speed : 1;
    *c = (struct device_copy){.image = image_at(d, args[0]), .began_us = d->now_us};
    if (!c->image)
        return fail(d, "no_image");
    snprintf(c->name, sizeof c->name, "%s", args[1]);
    struct device_file *old = device_file(d, args[1]);
    if (old && strcmp(args[2], "new") == 0)
        return fail(d, "exists");
    uint64_t room = device_flash_bytes(d) - device_used_bytes(d) + (old ? old->size : 0);
    c->size = c->image->truncated > 0 && c->image->truncated < c->image->size ? c->image->truncated
                                                                              : c->image->size;
    c->takes_us = (int64_t)((double)c->size * 1e6 / (double)m->rate / (double)speed);
    find_end(d, room);
    wait_step(d);
    return true;
}

static void copy_is_whole(struct device *d)
{
    const struct device_copy *c = &d->copy;
    enum device_fetches f = d->setup->begin.fetches;
    if (c->image->config) {
        struct config *made = config_parse(c->image->config, strlen(c->image->config),
                                           d->model->config.blocks != DEVICE_BLOCKS_INDENT, device_reads_over,
                                           &d->model->config);
        device_slot_set(d, c->name, made, false);
        return;
    }
    bool damaged = c->size < c->image->size || c->image->corrupt || f == FETCHES_DAMAGED || f == FETCHES_HALF;
    put_file(d, c->name, f == FETCHES_HALF ? c->size / 2 : c->size, c->image->version, c->image, damaged);
}

/* What came so far stays or goes, as the platform has it. */
static void copy_is_partial(struct device *d)
{
    struct device_copy *c = &d->copy;
    unsigned steps = d->model->flash.progress_steps > 0 ? d->model->flash.progress_steps : 1;
    uint64_t done = c->size * c->step / steps;
    if (c->ends_at != no_end && c->ends && strcmp(c->ends, d->reason ? d->reason : "") == 0)
        done = c->ends_at;
    if (!d->model->flash.partial_removed && !c->image->config)
        put_file(d, c->name, done, c->image->version, c->image, true);
    else
        delete_file(d, c->name);
}

bool device_copy_on(struct device *d, struct str *out)
{
    const struct device_flash_model *m = &d->model->flash;
    struct device_copy *c = &d->copy;
    unsigned steps = m->progress_steps > 0 ? m->progress_steps : 1;
    if (c->size * (c->step + 1) / steps > c->ends_at) {
        d->reason = c->ends;
        device_say(d, m->progress_end, out);
        copy_is_partial(d);
        return false;
    }
    c->step++;
    device_say(d, m->progress, out);
    if (c->step < steps) {
        wait_step(d);
        return true;
    }
    device_say(d, m->progress_end, out);
    copy_is_whole(d);
    return false;
}

void device_copy_stops(struct device *d)
{
    d->reason = "interrupted";
    copy_is_partial(d);
}

static void digest(struct device *d, const struct device_file *f)
{
    struct str content = {0};
    str_printf(&content, "%s%s", f->content, f->damaged ? " damaged" : "");
    for (int k = 0; k < DIGEST_COUNT; k++) {
        const char *said = f->image && !f->damaged ? f->image->digests[k] : NULL;
        str_reset(&d->digests[k]);
        if (said)
            str_add_cstr(&d->digests[k], said);
        else
            digest_add_hex((enum digest_kind)k, str_cstr(&content), content.len, &d->digests[k]);
    }
    d->digested_bytes = f->size;
    str_clear(&content);
}

static bool boot(struct device *d, const char *name, bool verified)
{
    const struct device_file *f = device_file(d, name);
    if (!f)
        return fail(d, "no_file");
    if (verified && f->damaged)
        return fail(d, "bad_image");
    snprintf(d->boot_image, sizeof d->boot_image, "%s", name);
    return true;
}

bool device_flash_do(struct device *d, const struct device_op *op, char *const *args)
{
    const struct device_file *f = device_file(d, args[0]);
    switch (op->verb) {
    case VERB_DELETE:
        if (!delete_file(d, args[0]))
            return fail(d, "no_file");
        return true;
    case VERB_CHECKSUM:
        if (!f)
            return fail(d, "no_file");
        digest(d, f);
        if (d->model->flash.digest_rate > 0)
            device_wait_ms(d, PENDING_COMMAND, (long)(f->size * 1000 / d->model->flash.digest_rate));
        return true;
    default:
        return boot(d, args[0], op->verb == VERB_INSTALL || strcmp(args[1], "verified") == 0);
    }
}

const char *device_boot_image(const struct device *d)
{
    return d->boot_image;
}

const char *device_boot_version(const struct device *d)
{
    const struct device_file *f = device_file(d, d->boot_image);
    if (!d->model->flash.declared)
        return d->version;
    return f && !f->damaged && *f->version ? f->version : NULL;
}
