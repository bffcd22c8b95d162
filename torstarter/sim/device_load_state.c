/* Loads the state that a switch begins with: flash, configurations, images, and what a scenario or a fault says of them. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/vec.h"
#include "sim/device_load_self.h"

enum { STEPS_MAX = 10000, BUFFER_MAX = 1000000, INDENT_MAX = 16 };

struct regex *device_load_regex(const struct device_load *l, const struct yaml_node *n)
{
    struct err e;
    const char *text;
    if (!n || !yaml_want_text(n, &text, l->m))
        return NULL;
    struct regex *re = regex_new(text, REGEX_BYTES, &e);
    if (!re)
        mistakes_add(l->m, &n->place, "%s", e.msg);
    return re;
}

bool device_load_word(const struct device_load *l, const struct yaml_node *map, const char *key,
                      const char *const *words, size_t count, unsigned *out)
{
    const struct yaml_node *n = yaml_get(map, key);
    const char *text;
    struct str known = {0};
    if (!n || !yaml_want_text(n, &text, l->m))
        return false;
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(words[i], text) == 0) {
            *out = i;
            str_clear(&known);
            return true;
        }
        str_printf(&known, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    mistakes_add(l->m, &n->place, "%s is one of %s, not \"%s\"", key, str_cstr(&known), text);
    str_clear(&known);
    return false;
}

/* 981MB, 3GB, 12KB, 512; powers of ten, as vendors count. */
static void load_size(const struct device_load *l, const struct yaml_node *n, uint64_t *out)
{
    static const char *const units[] = {"", "KB", "MB", "GB"};
    const char *text;
    char *end;
    uint64_t factor = 1;
    if (!n || !yaml_want_text(n, &text, l->m))
        return;
    double number = strtod(text, &end);
    for (int i = 0; i < 4; i++, factor *= 1000)
        if (strcmp(end, units[i]) == 0 && end > text && number >= 0) {
            *out = (uint64_t)(number * (double)factor + 0.5);
            return;
        }
    mistakes_add(l->m, &n->place, "a size is a number of bytes, KB, MB or GB, not \"%s\"", text);
}

static void load_slot(const struct device_load *l, const char *name, const struct yaml_node *n,
                      struct device_slots_begin *out)
{
    struct device_slot_begin *s = &out->items[out->count++];
    *s = (struct device_slot_begin){name, ""};
    device_load_file(l, n, NULL, &s->text, NULL);
}

static void load_slots(const struct device_load *l, const struct yaml_node *n, struct device_slots_begin *out)
{
    *out = (struct device_slots_begin){0};
    if (!n || yaml_is_null(n))
        return;
    size_t count = n->kind == YAML_MAP ? n->count : 2;
    out->items = arena_alloc_array(l->arena, count + 1, sizeof *out->items);
    if (n->kind != YAML_MAP) {
        load_slot(l, "running", n, out);
        out->items[out->count++] = (struct device_slot_begin){"startup", out->items[0].text};
        return;
    }
    for (size_t i = 0; i < n->count; i++)
        load_slot(l, n->pairs[i].key, n->pairs[i].value, out);
}

static void load_files(const struct device_load *l, const struct yaml_node *n, struct device_files_begin *out)
{
    *out = (struct device_files_begin){0};
    if (!n || yaml_is_null(n) || !yaml_want_map(n, l->m))
        return;
    out->items = arena_alloc_array(l->arena, n->count + 1, sizeof *out->items);
    for (size_t i = 0; i < n->count; i++) {
        const struct yaml_node *v = n->pairs[i].value;
        struct device_file_begin *f = &out->items[out->count++];
        f->name = n->pairs[i].key;
        if (v->kind != YAML_MAP) {
            load_size(l, v, &f->size);
            continue;
        }
        ONLY_KEYS(v, l->m, "size", "version", "image");
        load_size(l, yaml_get(v, "size"), &f->size);
        device_load_text(l, v, "version", &f->version);
        device_load_text(l, v, "image", &f->image);
    }
}

static void load_progress(const struct device_load *l, const struct yaml_node *n,
                          struct device_flash_model *f)
{
    long steps = 50;
    if (!n || !yaml_want_map(n, l->m))
        return;
    ONLY_KEYS(n, l->m, "text", "steps", "end");
    device_load_text(l, n, "text", &f->progress);
    device_load_text(l, n, "end", &f->progress_end);
    if (yaml_get(n, "steps"))
        yaml_want_int(yaml_get(n, "steps"), 1, STEPS_MAX, &steps, l->m);
    f->progress_steps = (unsigned)steps;
}

static void load_flash(const struct device_load *l, const struct yaml_node *n, struct device_flash_model *f)
{
    static const char *const partial[] = {"kept", "removed"};
    unsigned removed = 0;
    f->image = f->progress = f->progress_end = "";
    f->rate = 20000000;
    f->digest_rate = 150000000;
    f->progress_steps = 1;
    if (!n || !yaml_want_map(n, l->m))
        return;
    ONLY_KEYS(n, l->m, "size", "files", "image", "rate", "digest_rate", "partial", "progress");
    f->declared = true;
    load_size(l, yaml_get(n, "size"), &f->size);
    load_size(l, yaml_get(n, "rate"), &f->rate);
    load_size(l, yaml_get(n, "digest_rate"), &f->digest_rate);
    if (f->rate == 0)
        mistakes_add(l->m, &n->place, "rate: is more than nothing a second");
    load_files(l, yaml_get(n, "files"), &f->files);
    device_load_text(l, n, "image", &f->image);
    if (device_load_word(l, n, "partial", partial, 2, &removed))
        f->partial_removed = removed == 1;
    load_progress(l, yaml_get(n, "progress"), f);
}

static void load_ignore(const struct device_load *l, const struct yaml_node *n, struct device_config_model *c)
{
    if (!n || !yaml_want_list(n, l->m))
        return;
    c->ignore = arena_alloc_array(l->arena, n->count + 1, sizeof *c->ignore);
    for (size_t i = 0; i < n->count; i++)
        if ((c->ignore[c->ignore_count] = device_load_regex(l, n->items[i])))
            c->ignore_count++;
}

static void load_config_texts(const struct device_load *l, const struct yaml_node *n,
                              struct device_config_model *c)
{
    static const char *const blocks[] = {"indent", "set", "flat"}, *const starts[] = {"production",
                                                                                      "factory"};
    long indent = 3;
    unsigned word;
    if (device_load_word(l, n, "blocks", blocks, 3, &word))
        c->blocks = (enum device_blocks)word;
    if (device_load_word(l, n, "start", starts, 2, &word))
        c->starts_factory = word == 1;
    if (yaml_get(n, "indent"))
        yaml_want_int(yaml_get(n, "indent"), 0, INDENT_MAX, &indent, l->m);
    c->indent = (unsigned)indent;
    c->negation = c->blocks == DEVICE_BLOCKS_SET ? "delete " : "no ";
    c->separator = "";
    device_load_text(l, n, "separator", &c->separator);
    device_load_text(l, n, "negation", &c->negation);
    device_load_text(l, n, "factory_hostname", &c->factory_hostname);
}

static void load_config(const struct device_load *l, const struct yaml_node *n, struct device_config_model *c)
{
    static struct device_op saved = {VERB_CONFIG_COPY, {"startup", "running", ""}};
    c->negation = c->separator = "";
    if (!n || !yaml_want_map(n, l->m))
        return;
    ONLY_KEYS(n, l->m, "blocks", "indent", "separator", "negation", "factory", "production", "start",
              "hostname", "factory_hostname", "password", "enable_password", "boot_line", "ignore", "at_boot",
              "lines");
    c->declared = true;
    load_config_texts(l, n, c);
    load_slots(l, yaml_get(n, "factory"), &c->factory);
    load_slots(l, yaml_get(n, "production"), &c->production);
    c->hostname = device_load_regex(l, yaml_get(n, "hostname"));
    c->password = device_load_regex(l, yaml_get(n, "password"));
    c->enable_password = device_load_regex(l, yaml_get(n, "enable_password"));
    c->boot_line = device_load_regex(l, yaml_get(n, "boot_line"));
    load_ignore(l, yaml_get(n, "ignore"), c);
    if (yaml_get(n, "at_boot"))
        device_load_ops(l, yaml_get(n, "at_boot"), &c->at_boot);
    else
        c->at_boot = (struct device_ops){&saved, 1};
    grammar_load(yaml_get(n, "lines"), l->arena, &c->grammar, l->m);
}

static void load_clock(const struct device_load *l, const struct yaml_node *n, struct device_clock_model *c)
{
    static const char *const styles[] = {"and", "commas", "linux", "nxos", "colon"};
    unsigned style;
    *c = (struct device_clock_model){"%a %b %e %H:%M:%S %Y", UPTIME_AND, 8040000};
    if (!n || !yaml_want_map(n, l->m))
        return;
    ONLY_KEYS(n, l->m, "format", "uptime", "up_for");
    device_load_text(l, n, "format", &c->format);
    if (device_load_word(l, n, "uptime", styles, 5, &style))
        c->style = (enum device_uptime)style;
    if (yaml_get(n, "up_for"))
        yaml_want_span_ms(yaml_get(n, "up_for"), &c->up_for_ms, l->m);
}

static void load_reasons(const struct device_load *l, const struct yaml_node *n, struct device_model *model)
{
    static const char *const names[RELOAD_REASON_COUNT] = {"start", "command", "crash", "power"};
    for (int i = 0; i < RELOAD_REASON_COUNT; i++)
        model->reload_reasons[i] = "";
    if (!n || !yaml_want_map(n, l->m))
        return;
    yaml_only_keys(n, names, RELOAD_REASON_COUNT, l->m);
    for (int i = 0; i < RELOAD_REASON_COUNT; i++)
        device_load_text(l, n, names[i], &model->reload_reasons[i]);
}

static void load_values(const struct device_load *l, const struct yaml_node *n, struct device_model *model)
{
    if (!n || !yaml_want_map(n, l->m))
        return;
    struct device_value *values = arena_alloc_array(l->arena, n->count + 1, sizeof *values);
    for (size_t i = 0; i < n->count; i++) {
        values[i] = (struct device_value){n->pairs[i].key, ""};
        yaml_want_text(n->pairs[i].value, &values[i].text, l->m);
    }
    model->values = values;
    model->value_count = n->count;
}

void device_load_state(const struct device_load *l, const struct yaml_node *root, struct device_model *model)
{
    const struct yaml_node *buffer = yaml_get(root, "console_buffer"), *takes = yaml_get(root, "line_takes");
    if (buffer)
        yaml_want_int(buffer, 0, BUFFER_MAX, &model->console_buffer, l->m);
    if (takes)
        yaml_want_span_ms(takes, &model->line_takes_ms, l->m);
    load_values(l, yaml_get(root, "values"), model);
    load_clock(l, yaml_get(root, "clock"), &model->clock);
    load_reasons(l, yaml_get(root, "reload_reasons"), model);
    load_flash(l, yaml_get(root, "flash"), &model->flash);
    load_config(l, yaml_get(root, "config"), &model->config);
}

static void begin_config(const struct device_load *l, const struct yaml_node *n, struct device_begin *b)
{
    const char *word = "";
    if (!n)
        return;
    b->slots = (struct device_slots_begin){0};
    if (n->kind == YAML_SCALAR && yaml_want_text(n, &word, l->m) &&
        (strcmp(word, "factory") == 0 || strcmp(word, "production") == 0))
        b->config = word;
    else
        load_slots(l, n, &b->slots);
}

static void begin_faults(const struct device_load *l, const struct yaml_node *map, struct device_begin *b)
{
    static const char *const boots[] = {"well", "loop", "loader", "silent", "old_version", "crash"};
    static const char *const saves[] = {"well", "ignored", "refused"}, *const rollbacks[] = {"well",
                                                                                             "refused"};
    static const char *const fetches[] = {"well", "stalls", "breaks", "damaged", "half"};
    unsigned word;
    if (device_load_word(l, map, "boot", boots, 6, &word))
        b->boots = (enum device_boots)word;
    if (device_load_word(l, map, "save", saves, 3, &word))
        b->saves = (enum device_saves)word;
    if (device_load_word(l, map, "fetch", fetches, 5, &word))
        b->fetches = (enum device_fetches)word;
    if (device_load_word(l, map, "rollback", rollbacks, 2, &word))
        b->rollback_refused = word == 1;
    if (yaml_get(map, "fetch_at"))
        yaml_want_int(yaml_get(map, "fetch_at"), 0, 100, &b->fetch_at, l->m);
    if (yaml_get(map, "unsaved"))
        yaml_want_bool(yaml_get(map, "unsaved"), &b->unsaved, l->m);
    if (yaml_get(map, "rejects"))
        b->rejects = device_load_regex(l, yaml_get(map, "rejects"));
}

/* Sessions, and the candidate, which is one more of them. */
static void begin_sessions(const struct device_load *l, const struct yaml_node *map, struct device_begin *b)
{
    const struct yaml_node *sessions = yaml_get(map, "sessions"), *candidate = yaml_get(map, "candidate");
    if (sessions && yaml_want_map(sessions, l->m))
        load_slots(l, sessions, &b->sessions);
    if (!candidate)
        return;
    struct device_slots_begin with = {arena_alloc_array(l->arena, b->sessions.count + 2, sizeof *with.items),
                                      0};
    for (size_t i = 0; i < b->sessions.count; i++)
        with.items[with.count++] = b->sessions.items[i];
    load_slot(l, "candidate", candidate, &with);
    b->sessions = with;
}

void device_begin_load(const struct yaml_node *map, const char *dir, struct arena *arena,
                       struct device_begin *out, struct mistakes *m)
{
    const struct device_load load = {arena, m, dir}, *l = &load;
    if (!map || yaml_is_null(map) || !yaml_want_map(map, m))
        return;
    ONLY_KEYS(map, m, "config", "version", "files", "free", "sessions", "candidate", "boot", "serial", "save",
              "fetch", "fetch_at", "rollback", "rejects", "unsaved");
    begin_config(l, yaml_get(map, "config"), out);
    device_load_text(l, map, "version", &out->version);
    device_load_text(l, map, "serial", &out->serial);
    if (yaml_get(map, "files"))
        load_files(l, yaml_get(map, "files"), &out->files);
    load_size(l, yaml_get(map, "free"), &out->free_bytes);
    begin_sessions(l, map, out);
    begin_faults(l, map, out);
}

static void load_image(const struct device_load *l, const struct yaml_node *n, struct device_image *image)
{
    const struct yaml_node *corrupt = yaml_get(n, "corrupt"), *missing = yaml_get(n, "missing");
    image->version = "";
    image->url_path = image->content = image->name;
    if (!yaml_want_map(n, l->m))
        return;
    ONLY_KEYS(n, l->m, "version", "size", "url_path", "truncated", "corrupt", "missing", "content", "config",
              "md5", "sha1", "sha256", "sha512");
    device_load_text(l, n, "version", &image->version);
    device_load_text(l, n, "url_path", &image->url_path);
    device_load_text(l, n, "content", &image->content);
    load_size(l, yaml_get(n, "size"), &image->size);
    load_size(l, yaml_get(n, "truncated"), &image->truncated);
    for (int k = 0; k < DIGEST_COUNT; k++)
        device_load_text(l, n, digest_name((enum digest_kind)k), &image->digests[k]);
    if (corrupt)
        yaml_want_bool(corrupt, &image->corrupt, l->m);
    if (missing)
        yaml_want_bool(missing, &image->missing, l->m);
    if (yaml_get(n, "config"))
        device_load_file(l, yaml_get(n, "config"), NULL, &image->config, NULL);
    if (image->size == 0 && image->config)
        image->size = strlen(image->config);
    if (image->size == 0)
        mistakes_add(l->m, &n->place, "the image %s wants its size", image->name);
}

void device_images_load(const struct yaml_node *map, const char *dir, struct arena *arena,
                        struct device_images *out, struct mistakes *m)
{
    const struct device_load l = {arena, m, dir};
    *out = (struct device_images){0};
    if (!map || yaml_is_null(map) || !yaml_want_map(map, m))
        return;
    out->items = arena_alloc_array(arena, map->count + 1, sizeof *out->items);
    for (size_t i = 0; i < map->count; i++) {
        out->items[out->count].name = map->pairs[i].key;
        load_image(&l, map->pairs[i].value, &out->items[out->count++]);
    }
}

void device_model_free(struct device_model *model)
{
    if (!model)
        return;
    struct device_config_model *c = &model->config;
    regex_free(c->hostname);
    regex_free(c->password);
    regex_free(c->enable_password);
    regex_free(c->boot_line);
    for (size_t i = 0; i < c->ignore_count; i++)
        regex_free(c->ignore[i]);
    grammar_free(&c->grammar);
}
