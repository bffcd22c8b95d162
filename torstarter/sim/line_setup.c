#include "sim/line_setup.h"

#include <string.h>

#include "base/vec.h"

enum key_kind { KEY_BOOL, KEY_TEXT, KEY_NUMBER, KEY_SPAN, KEY_BUSY };

enum { NUMBER_MAX = 1000000000, OFFSETS_MAX = 10000, FAULTS_MAX = 16, KEYS_MAX = 48 };

struct line_key {
    const char *name;
    enum key_kind kind;
    size_t offset;
};

#define KEY(name, kind, member)                                                                              \
    {                                                                                                        \
        name, kind, offsetof(struct line_setup, member)                                                      \
    }

static const struct line_key keys[] = {
    KEY("silent", KEY_BOOL, silent),
    KEY("busy", KEY_BUSY, busy),
    KEY("dead", KEY_BOOL, dead),
    KEY("already_logged_in", KEY_BOOL, already_logged_in),
    KEY("config_mode_left", KEY_BOOL, config_mode_left),
    KEY("shell_left", KEY_BOOL, shell_left),
    KEY("loader", KEY_BOOL, loader),
    KEY("menu", KEY_TEXT, menu),
    KEY("question", KEY_TEXT, question),
    KEY("after_login", KEY_TEXT, after_login),
    KEY("issue", KEY_TEXT, issue),
    KEY("motd", KEY_TEXT, motd),
    KEY("delayed_echo", KEY_SPAN, echo_delay_ms),
    KEY("pause_after", KEY_TEXT, pause_after),
    KEY("reboots_at", KEY_NUMBER, reboots_at),
    KEY("half_open_after", KEY_NUMBER, half_open_after),
    KEY("booting", KEY_BOOL, booting),
    KEY("wrong_password", KEY_BOOL, wrong_password),
    KEY("echo_off", KEY_BOOL, echo_off),
    KEY("pager_on", KEY_BOOL, pager_on),
    KEY("forgets", KEY_BOOL, forgets),
    KEY("banner", KEY_TEXT, banner),
    KEY("stale_buffer", KEY_TEXT, stale),
    KEY("slow", KEY_NUMBER, bytes_per_s),
    KEY("latency", KEY_SPAN, latency_ms),
    KEY("chunk", KEY_NUMBER, chunk_bytes),
};
enum { KEY_COUNT = sizeof keys / sizeof keys[0] };

/* Three ways in which a port is not ours: the server says who holds it, it refuses, or it lets us in and nothing is heard. */
static void load_busy(const struct yaml_node *n, struct line_setup *l, struct mistakes *m)
{
    static const char *const known[] = {"kind", "by"};
    const char *kind = "told";
    l->busy = "somebody";
    if (n->kind != YAML_MAP) {
        yaml_want_text(n, &l->busy, m);
        return;
    }
    yaml_only_keys(n, known, sizeof known / sizeof known[0], m);
    if (yaml_get(n, "by"))
        yaml_want_text(yaml_get(n, "by"), &l->busy, m);
    if (!yaml_get(n, "kind") || !yaml_want_text(yaml_get(n, "kind"), &kind, m) || strcmp(kind, "told") == 0)
        return;
    l->busy = NULL;
    l->dead = strcmp(kind, "refused") == 0;
    l->silent = strcmp(kind, "silent") == 0;
    if (!l->dead && !l->silent)
        mistakes_add(m, &n->place, "a port is busy in three ways: told, refused, silent; not \"%s\"", kind);
}

static void load_key(const struct line_key *key, const struct yaml_node *n, struct line_setup *l,
                     struct mistakes *m)
{
    void *at = (char *)l + key->offset;
    if (key->kind == KEY_BUSY)
        load_busy(n, l, m);
    else if (key->kind == KEY_BOOL)
        yaml_want_bool(n, at, m);
    else if (key->kind == KEY_TEXT)
        yaml_want_text(n, at, m);
    else if (key->kind == KEY_NUMBER)
        yaml_want_int(n, 0, NUMBER_MAX, at, m);
    else
        yaml_want_span_ms(n, at, m);
}

static void load_offsets(const struct yaml_node *list, struct arena *arena, struct fault_spec *s,
                         struct mistakes *m)
{
    uint64_t *offsets = arena_alloc_array(arena, list->count + 1, sizeof *offsets);
    long offset, last = -1;
    if (list->count > OFFSETS_MAX)
        mistakes_add(m, &list->place, "more than %d offsets", OFFSETS_MAX);
    for (size_t i = 0; i < list->count && i < OFFSETS_MAX; i++) {
        if (!yaml_want_int(list->items[i], 0, NUMBER_MAX, &offset, m))
            return;
        if (offset <= last)
            mistakes_add(m, &list->items[i]->place, "offsets rise: %ld comes after %ld", offset, last);
        last = offset;
        offsets[s->offset_count++] = (uint64_t)offset;
    }
    s->offsets = offsets;
}

static void load_fault(const struct fault_driver *driver, const struct yaml_node *n, struct arena *arena,
                       struct line_setup *l, struct mistakes *m)
{
    struct fault_spec s = {.driver = driver, .text = ""};
    long every;
    if (driver->takes_offsets && n->kind == YAML_LIST)
        load_offsets(n, arena, &s, m);
    else if (yaml_want_int(n, 1, NUMBER_MAX, &every, m))
        s.every = (uint64_t)every;
    for (size_t i = 0; i < l->fault_count; i++)
        if (l->faults[i].driver == driver) {
            l->faults[i] = s;
            return;
        }
    if (l->fault_count < FAULTS_MAX)
        l->faults[l->fault_count++] = s;
}

/* Each switch gets a list of its own: the one for all switches is only what it begins with. */
static void own_faults(struct line_setup *l, struct arena *arena)
{
    struct fault_spec *own = arena_alloc_array(arena, FAULTS_MAX, sizeof *own);
    if (l->fault_count > 0)
        memcpy(own, l->faults, l->fault_count * sizeof *own);
    l->faults = own;
}

static void check_keys(const struct yaml_node *map, struct mistakes *m)
{
    const char *known[KEYS_MAX];
    size_t count = 0, driver_count;
    const struct fault_driver *drivers = fault_drivers(&driver_count);
    for (size_t i = 0; i < KEY_COUNT; i++)
        known[count++] = keys[i].name;
    for (size_t i = 0; i < driver_count && count < KEYS_MAX; i++)
        known[count++] = drivers[i].name;
    yaml_only_keys(map, known, count, m);
}

void line_setup_load(const struct yaml_node *map, struct arena *arena, struct line_setup *l,
                     struct mistakes *m)
{
    size_t driver_count;
    const struct fault_driver *drivers = fault_drivers(&driver_count);
    own_faults(l, arena);
    if (!map || yaml_is_null(map) || !yaml_want_map(map, m))
        return;
    check_keys(map, m);
    for (size_t i = 0; i < map->count; i++) {
        for (size_t k = 0; k < KEY_COUNT; k++)
            if (strcmp(map->pairs[i].key, keys[k].name) == 0)
                load_key(&keys[k], map->pairs[i].value, l, m);
        for (size_t k = 0; k < driver_count; k++)
            if (strcmp(map->pairs[i].key, drivers[k].name) == 0)
                load_fault(&drivers[k], map->pairs[i].value, arena, l, m);
    }
}

enum device_state line_setup_state(const struct line_setup *l)
{
    if (l->silent)
        return DEVICE_SILENT;
    if (l->booting)
        return DEVICE_BOOTING;
    if (l->loader || l->menu)
        return DEVICE_LOADER;
    if (l->question)
        return DEVICE_QUESTION;
    if (l->config_mode_left)
        return DEVICE_CONFIG;
    if (l->shell_left)
        return DEVICE_SHELL;
    return l->already_logged_in ? DEVICE_ENABLE : DEVICE_LOGIN;
}
