/* A file in the flash is the wanted one when its checksum, computed by the switch, is the site's. One that is not, the rest of a copy
   that broke off mostly, is deleted before it is copied again (behaviour 54): what a switch asks when it would overwrite a file
   differs, and an old tail may survive. Never deleted: what boots next, and what runs. */
#include "plugin/image.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/http.h"
#include "plugin/shared.h"

enum { SERVER_MS = 5000, OTHERS_SHOWN = 3 };

static const struct {
    const char *kind, *query;
    size_t offset; /* in struct firmware */
} sums[] = {{"sha512", "image_sha512", offsetof(struct firmware, sha512)},
            {"sha256", "image_sha256", offsetof(struct firmware, sha256)},
            {"md5", "image_md5", offsetof(struct firmware, md5)}}; /* the best first */

enum { SUMS = sizeof sums / sizeof sums[0] };

static const char *sum_of(const struct firmware *f, size_t i)
{
    return *(const char *const *)((const char *)f + sums[i].offset);
}

void image_init(struct image *i, struct run *run, const char *boots, const char *runs_from)
{
    const struct firmware *f = &run->sw->firmware;
    *i = (struct image){.run = run, .wanted = f, .boots = boots, .runs_from = runs_from};
    if (run->site->images_url)
        i->url = arena_printf(&run->arena, "%s%s", run->site->images_url, f->image);
    for (size_t k = 0; k < SUMS && !i->sum; k++) {
        if (!sum_of(f, k) || !dialect_query(&run->platform->dialect, sums[k].query))
            continue;
        i->sum_kind = sums[k].kind;
        i->sum_query = sums[k].query;
        i->sum = sum_of(f, k);
    }
}

size_t image_arguments(const struct image *i, const char *before, struct argument out[IMAGE_ARGUMENTS])
{
    const struct firmware *f = i->wanted;
    const struct argument all[IMAGE_ARGUMENTS] = {{"image_file", f->image},    {"image_url", i->url},
                                                  {"version", f->version},     {"image_md5", f->md5},
                                                  {"image_sha256", f->sha256}, {"image_sha512", f->sha512},
                                                  {"checksum", i->sum},        {"image_before", before}};
    size_t count = 0;
    for (size_t k = 0; k < IMAGE_ARGUMENTS; k++)
        if (all[k].name && all[k].value && *all[k].value)
            out[count++] = all[k];
    return count;
}

static bool fail(struct image *i, struct verdict v)
{
    i->verdict = v;
    return false;
}

static bool verified_by_switch(const struct run *run)
{
    const struct procedure *p = dialect_procedure(&run->platform->dialect, "image_activate");
    for (size_t i = 0; p && i < p->step_count; i++)
        if (p->steps[i].verifies)
            return true;
    return false;
}

bool image_can_be_proven(struct image *i)
{
    struct run *run = i->run;
    if (i->sum)
        return true;
    if (verified_by_switch(run)) {
        run_note(run, "no checksum of %s is compared: the switch verifies its signature", i->wanted->image);
        return true;
    }
    struct str known = {0};
    for (size_t k = 0; k < SUMS; k++)
        if (dialect_query(&run->platform->dialect, sums[k].query))
            str_printf(&known, "%s%s", known.len ? ", " : "", sums[k].kind);
    struct verdict v =
        verdict_fail(run, FAILURE_FIRMWARE_CHECKSUM,
                     "the site gives no checksum of %s that %s can compute; nothing was changed",
                     i->wanted->image, run->platform->name);
    if (known.len)
        verdict_remedy(run, &v, "add the image's checksum to the site file: one of %s", str_cstr(&known));
    else
        verdict_remedy(run, &v, "install it by hand: platform %s knows no way to prove an image",
                       run->platform->name);
    str_clear(&known);
    return fail(i, v);
}

/* The whole file is read by the switch: minutes. *right: it is the wanted one; *r holds what it computed. */
static bool compute(struct image *i, struct records *r, bool *right)
{
    struct run *run = i->run;
    const struct argument args[] = {{"image_file", i->wanted->image}};
    if (!run_query_with(run, i->sum_query, args, 1, r))
        return fail(i, verdict_error(run));
    *right = r->count == 1 && text_same(record_get(r, 0, "checksum"), i->sum);
    return true;
}

/* A file of another length needs no checksum to be the wrong one. */
static bool judge_file(struct image *i, const struct records *files, size_t row)
{
    double size = 0;
    bool sized = i->size_bytes > 0 && records_has(files, "size_bytes") &&
                 record_number(files, row, "size_bytes", &size);
    bool right = sized && (uint64_t)size == i->size_bytes;
    struct records r;
    if (i->sum && (right || !sized) && !compute(i, &r, &right))
        return false;
    i->state = right ? IMAGE_RIGHT : IMAGE_WRONG;
    return true;
}

bool image_look(struct image *i)
{
    struct run *run = i->run;
    struct records files;
    i->state = IMAGE_ABSENT;
    if (!dialect_query(&run->platform->dialect, "images"))
        return true;
    if (!run_query(run, "images", &files))
        return fail(i, verdict_error(run));
    for (size_t row = 0; row < files.count; row++)
        if (strcmp(record_get(&files, row, "file"), i->wanted->image) == 0)
            return judge_file(i, &files, row);
    return true;
}

bool image_remove(struct image *i)
{
    struct run *run = i->run;
    const char *file = i->wanted->image;
    struct argument args[IMAGE_ARGUMENTS];
    struct change c;
    bool boots = text_same(i->boots, file) || text_same(i->runs_from, file);
    if (boots || !*i->boots || !run_can(run, "image_delete")) {
        struct verdict v =
            verdict_fail(run, FAILURE_FIRMWARE_CHECKSUM,
                         "%s in the flash is not the wanted image, and was not deleted: %s", file,
                         boots        ? "the switch boots from it"
                         : !*i->boots ? "which image it boots is not known"
                                      : "the platform declares no image_delete");
        verdict_remedy(run, &v, "boot another image, delete %s by hand, then run the job again", file);
        return fail(i, v);
    }
    run_note(run, "%s in the flash is not the wanted image: it is deleted", file);
    size_t count = image_arguments(i, "", args);
    bool ok = run_procedure(run, "image_delete", args, count, NULL, &c) || fail(i, verdict_changed(run, &c));
    change_clear(&c);
    if (!ok || !image_look(i))
        return false;
    return i->state == IMAGE_ABSENT || fail(i, verdict_fail(run, FAILURE_FIRMWARE_FETCH_FAIL,
                                                            "%s could not be deleted from the flash", file));
}

bool image_ask_server(struct image *i)
{
    struct run *run = i->run;
    bool missing = false;
    struct err e = {0};
    if (!i->url) {
        struct verdict v = verdict_fail(run, FAILURE_FIRMWARE_FETCH_FAIL,
                                        "%s is not in the flash, and the site names no "
                                        "image server; nothing was changed",
                                        i->wanted->image);
        verdict_remedy(run, &v, "add `images: {url: …}` to the site file");
        return fail(i, v);
    }
    const struct http_request request = {.url = i->url, .timeout_ms = SERVER_MS, .cancel = run->cancel};
    if (run->site->is_snapshot)
        return true;
    if (http_size(&request, &i->size_bytes, &missing, &e))
        return true;
    if (missing) {
        struct verdict v = verdict_fail(run, FAILURE_FIRMWARE_FETCH_FAIL, "%s; nothing was changed", e.msg);
        verdict_remedy(run, &v, "put %s on the image server, or correct its name in the site file",
                       i->wanted->image);
        return fail(i, v);
    }
    run_note(run, "the size of %s is not known from here: %s", i->wanted->image, e.msg);
    return true;
}

/* "2706660293", "1,725,192 KB", "2.5G". A K counts as 1000: rather too little room than too much. False: no such text. */
static bool bytes_read(const char *text, double *bytes)
{
    struct str digits = STR_MAX(40);
    const char *p = text + strspn(text, " \t");
    for (; isdigit((unsigned char)*p) || *p == ',' || *p == '.'; p++)
        if (*p != ',')
            str_add_char(&digits, *p);
    char *end;
    *bytes = strtod(str_cstr(&digits), &end);
    bool ok = digits.len > 0 && *end == '\0';
    str_clear(&digits);
    p += strspn(p, " \t");
    static const char units[] = "KMGT";
    const char *unit = *p ? strchr(units, toupper((unsigned char)*p)) : NULL;
    for (const char *u = units; unit && u <= unit; u++)
        *bytes *= p[1] == 'i' ? 1024 : 1000;
    return ok && (unit || *p == '\0' || toupper((unsigned char)*p) == 'B');
}

/* The largest file but those that must stay, smaller than `below`; ROW_NONE. */
static size_t largest(const struct image *i, const struct records *r, double below, double *bytes)
{
    size_t best = ROW_NONE;
    *bytes = 0;
    for (size_t row = 0; row < r->count; row++) {
        const char *file = record_get(r, row, "file");
        double size;
        if (text_same(file, i->boots) || text_same(file, i->runs_from) ||
            !record_number(r, row, "size_bytes", &size) || size >= below || size <= *bytes)
            continue;
        *bytes = size;
        best = row;
    }
    return best;
}

/* For the person who makes room. */
static const char *others(struct image *i)
{
    struct run *run = i->run;
    struct records r;
    struct str s = {0};
    double below = HUGE_VAL;
    bool ok = dialect_query(&run->platform->dialect, "images") && run_query(run, "images", &r) &&
              records_has(&r, "size_bytes");
    for (unsigned n = 0; ok && n < OTHERS_SHOWN; n++) {
        double bytes;
        size_t row = largest(i, &r, below, &bytes);
        if (row == ROW_NONE)
            break;
        str_printf(&s, "%s%s (%.1f MB)", s.len ? ", " : "", record_get(&r, row, "file"), bytes / 1e6);
        below = bytes;
    }
    const char *text = arena_strdup(&run->arena, str_cstr(&s));
    str_clear(&s);
    return text;
}

bool image_has_room(struct image *i)
{
    struct run *run = i->run;
    struct records r;
    double bytes = 0;
    if (!dialect_query(&run->platform->dialect, "flash") || i->size_bytes == 0)
        return true;
    if (!run_query(run, "flash", &r))
        return fail(i, verdict_error(run));
    if (r.count != 1 || !bytes_read(record_get(&r, 0, "free_bytes"), &bytes))
        return fail(i, verdict_unread(run, &r, 0, "the room in the flash is no number"));
    if (bytes >= (double)i->size_bytes)
        return true;
    struct verdict v =
        verdict_fail(run, FAILURE_FIRMWARE_NO_SPACE, "%s needs %.1f MB, the flash has %.1f MB left",
                     i->wanted->image, (double)i->size_bytes / 1e6, bytes / 1e6);
    verdict_point(run, &v, &r, 0, "free_bytes", "at least %llu", (unsigned long long)i->size_bytes);
    const char *rest = others(i);
    if (*rest)
        verdict_remedy(run, &v, "remove what is not needed from the flash; the largest: %s", rest);
    return fail(i, v);
}

/* A damaged copy does not stay: the next run would have to find out once more. */
static bool prove(struct image *i)
{
    struct run *run = i->run;
    struct records r = {0};
    bool right = true;
    if (i->sum && !compute(i, &r, &right))
        return false;
    i->state = right ? IMAGE_RIGHT : IMAGE_WRONG;
    if (right)
        return true;
    struct verdict v =
        verdict_fail(run, FAILURE_FIRMWARE_CHECKSUM, "%s was copied, but its %s is not that of the site file",
                     i->wanted->image, i->sum_kind);
    verdict_point(run, &v, &r, r.count ? 0 : SIZE_MAX, r.count ? "checksum" : NULL, "%s", i->sum);
    if (!image_remove(i))
        run_note(run, "%s", i->verdict.text);
    return fail(i, v);
}

bool image_fetch(struct image *i)
{
    struct run *run = i->run;
    struct argument args[IMAGE_ARGUMENTS];
    struct change c;
    size_t count = image_arguments(i, "", args);
    bool ok = run_procedure(run, "image_fetch", args, count, NULL, &c);
    if (!ok) {
        i->state = c.state == CHANGE_HALF ? IMAGE_WRONG : IMAGE_ABSENT;
        fail(i, verdict_changed(run, &c));
    }
    change_clear(&c);
    return ok && prove(i);
}

struct verdict image_tell(const struct image *i, struct verdict v, const char *version)
{
    static const char *const words[] = {[IMAGE_ABSENT] = "is not in the flash",
                                        [IMAGE_WRONG] = "is in the flash, and not as it should be",
                                        [IMAGE_RIGHT] = "is in the flash, whole"};
    struct run *run = i->run;
    if (v.kind == VERDICT_PASS || v.kind == VERDICT_SKIP || i->state == IMAGE_NOT_LOOKED)
        return v;
    v.text = arena_printf(&run->arena, "%s (now: it runs %s%s%s, %s %s)", v.text, version,
                          *i->boots ? ", boots next " : "", i->boots, i->wanted->image, words[i->state]);
    return v;
}
