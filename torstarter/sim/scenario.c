/* Loads a scenario. Every mistake is reported; a scenario with one is not run. */
#include "sim/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/map.h"
#include "base/vec.h"

enum { SWITCHES_MAX = 20000, PORT_MAX = 65535 };

struct load {
    struct scenario *s;
    struct arena *arena;
    struct mistakes *m;
    const char *dir;
    long seed;
    struct line_setup line;     /* of every switch */
    struct device_setup device; /* its credentials */
    VEC(struct scenario_switch) switches;
    struct map names, ports;
};

#define ONLY_KEYS(node, m, ...)                                                                              \
    do {                                                                                                     \
        static const char *const keys_[] = {__VA_ARGS__};                                                    \
        yaml_only_keys((node), keys_, sizeof keys_ / sizeof keys_[0], (m));                                  \
    } while (0)

static void load_text(const struct load *l, const struct yaml_node *map, const char *key, const char **out)
{
    const struct yaml_node *n = yaml_get(map, key);
    if (n)
        yaml_want_text(n, out, l->m);
}

/* A simulated password may stand in the file; {env: NAME} lets a script share it with the site file. */
static void load_password(const struct load *l, const struct yaml_node *map, const char *key,
                          const char **out)
{
    const struct yaml_node *n = yaml_get(map, key);
    const char *name = NULL;
    if (!n)
        return;
    if (n->kind != YAML_MAP) {
        *out = n->kind == YAML_SCALAR ? n->text : "";
        return;
    }
    ONLY_KEYS(n, l->m, "env");
    load_text(l, n, "env", &name);
    const char *value = name ? getenv(name) : NULL;
    if (value)
        *out = arena_strdup(l->arena, value);
    else if (name)
        mistakes_add(l->m, &n->place,
                     "the environment variable %s is not set; set it before starting the simulator", name);
}

static void load_credentials(const struct load *l, const struct yaml_node *n, struct device_setup *d)
{
    if (!n || !yaml_want_map(n, l->m))
        return;
    ONLY_KEYS(n, l->m, "user", "password", "enable_password");
    load_text(l, n, "user", &d->user);
    load_password(l, n, "password", &d->password);
    load_password(l, n, "enable_password", &d->enable_password);
}

static void load_auth(const struct load *l, const struct yaml_node *n, struct scenario_server *s)
{
    if (!n || !yaml_want_list(n, l->m))
        return;
    s->auth_password = s->auth_publickey = s->auth_interactive = false;
    for (size_t i = 0; i < n->count; i++) {
        const char *word = "";
        yaml_want_text(n->items[i], &word, l->m);
        if (strcmp(word, "password") == 0)
            s->auth_password = true;
        else if (strcmp(word, "publickey") == 0)
            s->auth_publickey = true;
        else if (strcmp(word, "keyboard-interactive") == 0)
            s->auth_interactive = true;
        else
            mistakes_add(l->m, &n->items[i]->place, "there are password, publickey and keyboard-interactive");
    }
}

static void load_listen(const struct load *l, const struct yaml_node *n, struct scenario_server *s)
{
    static const char *const names[] = {"ssh", "tcp", "pty"};
    const char *word;
    if (!n || !yaml_want_text(n, &word, l->m))
        return;
    for (int i = 0; i < 3; i++)
        if (strcmp(word, names[i]) == 0) {
            s->listen = (enum scenario_listen)i;
            return;
        }
    mistakes_add(l->m, &n->place, "listen is ssh, tcp or pty, not \"%s\"", word);
}

static void load_server(const struct load *l, const struct yaml_node *n, struct scenario_server *s)
{
    const char *keys = NULL;
    *s = (struct scenario_server){.name = "sim",
                                  .kind = "opengear",
                                  .user = "net",
                                  .password = "",
                                  .credential = "oob",
                                  .auth_password = true,
                                  .auth_publickey = true,
                                  .auth_interactive = true};
    if (!n || !yaml_want_map(n, l->m))
        return;
    ONLY_KEYS(n, l->m, "name", "kind", "user", "password", "credential", "authorized_keys", "auth", "listen");
    load_text(l, n, "name", &s->name);
    load_text(l, n, "kind", &s->kind);
    load_text(l, n, "user", &s->user);
    load_password(l, n, "password", &s->password);
    load_text(l, n, "credential", &s->credential);
    load_text(l, n, "authorized_keys", &keys);
    if (strcmp(s->kind, "opengear") != 0 && strcmp(s->kind, "generic") != 0)
        mistakes_add(l->m, &yaml_get(n, "kind")->place,
                     "the simulator plays opengear and generic, not \"%s\"", s->kind);
    if (keys) {
        char *path = file_join(l->dir, keys);
        s->authorized_keys = arena_strdup(l->arena, path);
        mem_free(path);
    }
    load_auth(l, yaml_get(n, "auth"), s);
    load_listen(l, yaml_get(n, "listen"), s);
}

/* {n} and {n:03} become the switch's number; all else stays for the device to fill in. */
static const char *number_text(const struct load *l, const char *text, unsigned n)
{
    struct str s = {0};
    for (const char *p = text; *p;) {
        unsigned width = 0;
        int len = 0;
        if (strncmp(p, "{n}", 3) == 0)
            len = 3;
        else if (sscanf(p, "{n:%2u}%n", &width, &len) != 1)
            len = 0;
        if (len > 0)
            str_printf(&s, "%0*u", (int)width, n);
        else
            str_add_char(&s, *p);
        p += len > 0 ? len : 1;
    }
    const char *copy = arena_strdup(l->arena, str_cstr(&s));
    str_clear(&s);
    return copy;
}

static void load_values(const struct load *l, const struct yaml_node *n, unsigned number,
                        struct device_setup *d)
{
    static const char *const own[] = {"serial", "mac", "model"};
    enum { OWN_COUNT = sizeof own / sizeof own[0] };
    const struct yaml_node *more = yaml_get(n, "values");
    size_t more_count = more && yaml_want_map(more, l->m) ? more->count : 0;
    struct device_value *values = arena_alloc_array(l->arena, OWN_COUNT + more_count + 1, sizeof *values);
    size_t count = 0;
    for (size_t i = 0; i < more_count; i++) {
        const char *text = "";
        yaml_want_text(more->pairs[i].value, &text, l->m);
        values[count++] = (struct device_value){more->pairs[i].key, number_text(l, text, number)};
    }
    for (size_t i = 0; i < OWN_COUNT; i++) {
        const char *text = NULL;
        load_text(l, n, own[i], &text);
        if (text)
            values[count++] = (struct device_value){own[i], number_text(l, text, number)};
    }
    d->values = values;
    d->value_count = count;
}

static void load_answers(const struct load *l, const struct yaml_node *n, struct device_setup *d)
{
    const struct yaml_node *faults = yaml_get(n, "faults"), *own = yaml_get(n, "answers");
    size_t fault_count = faults && yaml_want_list(faults, l->m) ? faults->count : 0;
    const struct device_answers **lists = arena_alloc_array(l->arena, fault_count + 1, sizeof *lists);
    if (own) {
        struct device_answers *answers = ARENA_NEW(l->arena, struct device_answers);
        device_answers_load(own, l->dir, l->arena, answers, l->m);
        lists[d->answers_count++] = answers;
    }
    for (size_t i = 0; i < fault_count; i++) {
        const char *name;
        if (!yaml_want_text(faults->items[i], &name, l->m))
            continue;
        const struct device_fault *f = device_model_fault(l->s->model, name);
        if (f)
            lists[d->answers_count++] = &f->answers;
        else
            mistakes_add(l->m, &faults->items[i]->place, "%s has no fault \"%s\"", l->s->model->file, name);
    }
    d->answers = lists;
}

static const char *filled(const struct load *l, const struct scenario_switch *sw, const char *text)
{
    struct str s = {0};
    struct device *d = device_new(l->s->model, &sw->device, NULL, NULL);
    const char *lines = device_line_text(text, strlen(text), l->arena, NULL);
    device_expand(d, lines, strlen(lines), &s);
    device_free(d);
    const char *copy = arena_strdup(l->arena, str_cstr(&s));
    str_clear(&s);
    return copy;
}

static void finish_line(const struct load *l, struct scenario_switch *sw)
{
    struct line_setup *line = &sw->line;
    line->banner = filled(l, sw, line->banner);
    line->stale = filled(l, sw, line->stale);
    for (size_t i = 0; i < line->fault_count; i++) {
        line->faults[i].text = filled(l, sw, l->s->model->texts[DEVICE_TEXT_LOG]);
        line->faults[i].seed = (uint64_t)l->seed + sw->port;
    }
    sw->device.start = line_setup_state(line);
    sw->device.refuses_passwords = line->wrong_password;
    sw->device.echo_off = line->echo_off;
    sw->device.pager_stays = line->pager_on;
}

static void check_unique(struct load *l, const struct yaml_node *n, const struct scenario_switch *sw)
{
    char port[16];
    snprintf(port, sizeof port, "%u", sw->port);
    if (map_put(&l->names, sw->name, l))
        mistakes_add(l->m, &n->place,
                     "a second switch with the name %s; with count: put {n:03} into the name", sw->name);
    if (map_put(&l->ports, port, l))
        mistakes_add(l->m, &n->place, "a second switch on port %u", sw->port);
}

static void add_switch(struct load *l, const struct yaml_node *n, long port, unsigned number)
{
    struct scenario_switch sw = {
        .name = "", .device = l->device, .line = l->line, .injected = "", .expect = ""};
    load_text(l, n, "name", &sw.name);
    load_text(l, n, "injected", &sw.injected);
    load_text(l, n, "expect", &sw.expect);
    sw.name = sw.device.name = number_text(l, sw.name, number);
    sw.port = (unsigned)port;
    load_credentials(l, yaml_get(n, "credentials"), &sw.device);
    load_values(l, n, number, &sw.device);
    load_answers(l, n, &sw.device);
    line_setup_load(yaml_get(n, "line"), l->arena, &sw.line, l->m);
    finish_line(l, &sw);
    check_unique(l, n, &sw);
    VEC_ADD(&l->switches, sw);
}

static void load_switch(struct load *l, const struct yaml_node *n)
{
    long port = 0, count = 1;
    if (!yaml_want_map(n, l->m))
        return;
    ONLY_KEYS(n, l->m, "name", "port", "serial", "mac", "model", "values", "faults", "answers", "credentials",
              "line", "injected", "expect", "count");
    if (!yaml_get(n, "name") || !yaml_get(n, "port"))
        mistakes_add(l->m, &n->place, "a switch wants a name and a port");
    else
        yaml_want_int(yaml_get(n, "port"), 1, PORT_MAX, &port, l->m);
    if (yaml_get(n, "count"))
        yaml_want_int(yaml_get(n, "count"), 1, SWITCHES_MAX, &count, l->m);
    size_t before = l->m->count;
    for (long i = 0; i < count && l->m->count == before; i++)
        add_switch(l, n, port + i, (unsigned)i + 1);
}

static void load_switches(struct load *l, const struct yaml_node *n)
{
    if (!yaml_want_list(n, l->m))
        return;
    for (size_t i = 0; i < n->count; i++)
        load_switch(l, n->items[i]);
    l->s->switches = arena_alloc_array(l->arena, l->switches.count, sizeof *l->s->switches);
    if (l->switches.count > 0)
        memcpy(l->s->switches, l->switches.items, l->switches.count * sizeof *l->s->switches);
    l->s->switch_count = l->switches.count;
}

/* dir, its parent, and so on up: a scenario of a source tree finds the tree's fixtures. */
static const char *find_above(const char *dir, const char *relative, struct arena *arena)
{
    char *at = realpath(dir, NULL);
    const char *found = NULL;
    while (at && !found) {
        const char *path = arena_printf(arena, "%s/%s", strcmp(at, "/") == 0 ? "" : at, relative);
        if (file_exists(path))
            found = path;
        if (strcmp(at, "/") == 0)
            break;
        char *up = file_dir(at);
        free(at);
        at = strdup(up);
        mem_free(up);
    }
    free(at);
    return found;
}

static const char *find_model(const struct load *l, const struct yaml_node *root, const char *const *dirs,
                              size_t dir_count)
{
    const char *platform = NULL, *file = NULL;
    load_text(l, root, "platform", &platform);
    load_text(l, root, "device", &file);
    if (file) {
        char *path = file_join(l->dir, file);
        file = arena_strdup(l->arena, path);
        mem_free(path);
        return file;
    }
    if (!platform) {
        mistakes_add(l->m, &root->place, "platform: NAME is missing, or device: FILE");
        return NULL;
    }
    const char *relative = arena_printf(l->arena, "fixtures/%s/device.yaml", platform);
    file = find_above(l->dir, relative, l->arena);
    for (size_t i = 0; i < dir_count && !file; i++) {
        const char *path = arena_printf(l->arena, "%s/%s", dirs[i], relative);
        file = file_exists(path) ? path : NULL;
    }
    if (!file)
        mistakes_add(l->m, &yaml_get(root, "platform")->place,
                     "no %s above the scenario or in the share folders", relative);
    return file;
}

static void load_scenario(struct load *l, const struct yaml_node *root, const char *const *dirs,
                          size_t dir_count)
{
    ONLY_KEYS(root, l->m, "name", "platform", "device", "seed", "console_server", "credentials", "line",
              "switches");
    l->s->name = "";
    load_text(l, root, "name", &l->s->name);
    if (yaml_get(root, "seed"))
        yaml_want_int(yaml_get(root, "seed"), 0, 1000000000, &l->seed, l->m);
    const char *file = find_model(l, root, dirs, dir_count);
    l->s->model = file ? device_model_load(file, l->arena, l->m) : NULL;
    load_server(l, yaml_get(root, "console_server"), &l->s->server);
    l->device = (struct device_setup){.user = "admin", .password = "", .enable_password = ""};
    load_credentials(l, yaml_get(root, "credentials"), &l->device);
    l->line = (struct line_setup){.banner = "", .stale = ""};
    line_setup_load(yaml_get(root, "line"), l->arena, &l->line, l->m);
    if (!yaml_get(root, "switches"))
        mistakes_add(l->m, &root->place, "switches: is missing");
    else if (l->s->model)
        load_switches(l, yaml_get(root, "switches"));
}

struct scenario *scenario_load(const char *file, const char *const *dirs, size_t dir_count,
                               struct mistakes *m)
{
    struct scenario *s = MEM_NEW(struct scenario);
    size_t before = m->count;
    struct yaml_node *root = yaml_read_file(file, &s->arena, m);
    char *dir = file_dir(file);
    struct load l = {.s = s, .arena = &s->arena, .m = m, .dir = dir, .seed = 1};
    s->file = arena_strdup(&s->arena, file);
    if (root && yaml_want_map(root, m))
        load_scenario(&l, root, dirs, dir_count);
    VEC_CLEAR(&l.switches);
    map_clear(&l.names);
    map_clear(&l.ports);
    mem_free(dir);
    if (m->count == before)
        return s;
    scenario_free(s);
    return NULL;
}

void scenario_free(struct scenario *s)
{
    if (!s)
        return;
    arena_clear(&s->arena);
    mem_free(s);
}
