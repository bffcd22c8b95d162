/* Loads a scenario. Every mistake is reported; a scenario with one is not run. */
#include "sim/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "sim/scenario_self.h"

void scenario_text(const struct scenario_load *l, const struct yaml_node *map, const char *key,
                   const char **out)
{
    const struct yaml_node *n = yaml_get(map, key);
    if (n)
        yaml_want_text(n, out, l->m);
}

/* A simulated password may stand in the file; {env: NAME} lets a script share it with the site file. */
static void load_password(const struct scenario_load *l, const struct yaml_node *map, const char *key,
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
    scenario_text(l, n, "env", &name);
    const char *value = name ? getenv(name) : NULL;
    if (value)
        *out = arena_strdup(l->arena, value);
    else if (name)
        mistakes_add(l->m, &n->place,
                     "the environment variable %s is not set; set it before starting the simulator", name);
}

void scenario_begin(struct scenario_load *l, const struct yaml_node *n, const char *dir,
                    struct device_begin *out)
{
    struct scenario *s = l->s;
    const struct regex *had = out->rejects;
    device_begin_load(n, dir, l->arena, out, l->m);
    if (!out->rejects || out->rejects == had)
        return;
    s->regexes = mem_resize_array(s->regexes, s->regex_count + 1, sizeof *s->regexes);
    s->regexes[s->regex_count++] = out->rejects;
}

void scenario_credentials(const struct scenario_load *l, const struct yaml_node *n, struct device_setup *d)
{
    if (!n || !yaml_want_map(n, l->m))
        return;
    ONLY_KEYS(n, l->m, "user", "password", "enable_password");
    scenario_text(l, n, "user", &d->user);
    load_password(l, n, "password", &d->password);
    load_password(l, n, "enable_password", &d->enable_password);
}

static void load_auth(const struct scenario_load *l, const struct yaml_node *n, struct scenario_server *s)
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

static void load_listen(const struct scenario_load *l, const struct yaml_node *n, struct scenario_server *s)
{
    static const char *const names[] = {"ssh", "tcp", "pty", "telnet"};
    const char *word;
    if (!n || !yaml_want_text(n, &word, l->m))
        return;
    for (int i = 0; i < 4; i++)
        if (strcmp(word, names[i]) == 0) {
            s->listen = (enum scenario_listen)i;
            return;
        }
    mistakes_add(l->m, &n->place, "listen is ssh, tcp, telnet or pty, not \"%s\"", word);
}

static void load_server(const struct scenario_load *l, const struct yaml_node *n, struct scenario_server *s)
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
    scenario_text(l, n, "name", &s->name);
    scenario_text(l, n, "kind", &s->kind);
    scenario_text(l, n, "user", &s->user);
    load_password(l, n, "password", &s->password);
    scenario_text(l, n, "credential", &s->credential);
    scenario_text(l, n, "authorized_keys", &keys);
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

static const char *find_model(const struct scenario_load *l, const struct yaml_node *map)
{
    const char *platform = NULL, *file = NULL;
    scenario_text(l, map, "platform", &platform);
    scenario_text(l, map, "device", &file);
    if (file) {
        char *path = file_join(l->dir, file);
        file = arena_strdup(l->arena, path);
        mem_free(path);
        return file;
    }
    if (!platform)
        return NULL;
    const char *relative = arena_printf(l->arena, "fixtures/%s/device.yaml", platform);
    file = find_above(l->dir, relative, l->arena);
    for (size_t i = 0; i < l->dir_count && !file; i++) {
        const char *path = arena_printf(l->arena, "%s/%s", l->dirs[i], relative);
        file = file_exists(path) ? path : NULL;
    }
    if (!file)
        mistakes_add(l->m, &yaml_get(map, "platform")->place,
                     "no %s above the scenario or in the share folders", relative);
    return file;
}

const struct device_model *scenario_model(struct scenario_load *l, const struct yaml_node *map)
{
    const char *file = find_model(l, map);
    struct device_model *model = file ? map_get(&l->models, file) : NULL;
    if (!file || model)
        return model;
    model = device_model_load(file, l->arena, l->m);
    if (!model)
        return NULL;
    map_put(&l->models, file, model);
    l->s->models = mem_resize_array(l->s->models, l->s->model_count + 1, sizeof *l->s->models);
    l->s->models[l->s->model_count++] = model;
    return model;
}

static void load_state(struct scenario_load *l, const struct yaml_node *root)
{
    if (yaml_get(root, "speed"))
        yaml_want_int(yaml_get(root, "speed"), 1, 100000, &l->device.speed, l->m);
    device_images_load(yaml_get(root, "images"), l->dir, l->arena, &l->device.images, l->m);
    scenario_begin(l, yaml_get(root, "state"), l->dir, &l->device.begin);
}

static void load_scenario(struct scenario_load *l, const struct yaml_node *root)
{
    ONLY_KEYS(root, l->m, "name", "platform", "device", "seed", "console_server", "credentials", "line",
              "switches", "speed", "images", "state");
    l->s->name = "";
    scenario_text(l, root, "name", &l->s->name);
    if (yaml_get(root, "seed"))
        yaml_want_int(yaml_get(root, "seed"), 0, 1000000000, &l->seed, l->m);
    size_t before = l->m->count;
    l->s->model = scenario_model(l, root);
    bool good = l->m->count == before;
    load_server(l, yaml_get(root, "console_server"), &l->s->server);
    l->device = (struct device_setup){.user = "admin", .password = "", .enable_password = ""};
    scenario_credentials(l, yaml_get(root, "credentials"), &l->device);
    l->line = (struct line_setup){.banner = "", .stale = ""};
    line_setup_load(yaml_get(root, "line"), l->arena, &l->line, l->m);
    load_state(l, root);
    if (!yaml_get(root, "switches"))
        mistakes_add(l->m, &root->place, "switches: is missing");
    else if (good)
        scenario_switches(l, yaml_get(root, "switches"));
}

struct scenario *scenario_load(const char *file, const char *const *dirs, size_t dir_count,
                               struct mistakes *m)
{
    struct scenario *s = MEM_NEW(struct scenario);
    size_t before = m->count;
    struct yaml_node *root = yaml_read_file(file, &s->arena, m);
    char *dir = file_dir(file);
    struct scenario_load l = {
        .s = s, .arena = &s->arena, .m = m, .dir = dir, .seed = 1, .dirs = dirs, .dir_count = dir_count};
    s->file = arena_strdup(&s->arena, file);
    if (root && yaml_want_map(root, m))
        load_scenario(&l, root);
    VEC_CLEAR(&l.switches);
    map_clear(&l.names);
    map_clear(&l.ports);
    map_clear(&l.models);
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
    for (size_t i = 0; i < s->model_count; i++)
        device_model_free(s->models[i]);
    mem_free(s->models);
    for (size_t i = 0; i < s->regex_count; i++)
        regex_free(s->regexes[i]);
    mem_free(s->regexes);
    arena_clear(&s->arena);
    mem_free(s);
}
