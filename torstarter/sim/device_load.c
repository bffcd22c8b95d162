/* Loads fixtures/PLATFORM/device.yaml. Every mistake is reported; a model with one is not used. */
#include <string.h>

#include "base/file.h"
#include "base/vec.h"
#include "sim/device_load_self.h"

enum { FIXTURE_MAX_BYTES = 64 * 1024 * 1024, PAGER_LINES_MAX = 10000, REPEAT_MAX = 1000000 };

static const char *const text_names[DEVICE_TEXT_COUNT] = {
    [DEVICE_TEXT_ISSUE] = "issue",
    [DEVICE_TEXT_MOTD] = "motd",
    [DEVICE_TEXT_LOGIN_FAILED] = "login_failed",
    [DEVICE_TEXT_ENABLE_FAILED] = "enable_failed",
    [DEVICE_TEXT_REJECTED] = "rejected",
    [DEVICE_TEXT_LOG] = "log",
    [DEVICE_TEXT_TIMER_EXPIRED] = "timer_expired",
};

static const enum device_state prompt_states[] = {DEVICE_LOGIN,  DEVICE_PASSWORD, DEVICE_EXEC,  DEVICE_ENABLE,
                                                  DEVICE_CONFIG, DEVICE_SHELL,    DEVICE_LOADER};
enum { PROMPT_COUNT = sizeof prompt_states / sizeof prompt_states[0] };

const char *device_line_text(const char *text, size_t len, struct arena *arena, size_t *out_len)
{
    struct str s = {0};
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
            str_add_char(&s, '\r');
        str_add_char(&s, text[i]);
    }
    const char *copy = arena_strndup(arena, str_cstr(&s), s.len);
    if (out_len)
        *out_len = s.len;
    str_clear(&s);
    return copy;
}

const char *device_load_one_blank(struct arena *arena, const char *command)
{
    char *out = arena_alloc(arena, strlen(command) + 1), *w = out;
    for (const char *p = command; *p; p++) {
        if (*p != ' ')
            *w++ = *p;
        else if (w > out && w[-1] != ' ')
            *w++ = ' ';
    }
    while (w > out && w[-1] == ' ')
        w--;
    *w = '\0';
    return out;
}

/* Each OLD of `replace:` becomes its NEW, so that a fixture can stay as it was captured. */
static void replace_one(struct str *s, const char *old, const char *new)
{
    struct str out = {0};
    for (const char *p = str_cstr(s), *hit; *p; p = hit + strlen(old)) {
        hit = strstr(p, old);
        if (!hit) {
            str_add_cstr(&out, p);
            break;
        }
        str_add(&out, p, (size_t)(hit - p));
        str_add_cstr(&out, new);
    }
    str_clear(s);
    *s = out;
}

static void replace(const struct device_load *l, const struct yaml_node *map, struct str *s)
{
    if (!map || !yaml_want_map(map, l->m))
        return;
    for (size_t i = 0; i < map->count; i++) {
        const char *new;
        if (!yaml_want_text(map->pairs[i].value, &new, l->m))
            continue;
        if (!*map->pairs[i].key || !strstr(str_cstr(s), map->pairs[i].key))
            mistakes_add(l->m, &map->pairs[i].key_place, "the fixture has no \"%s\" to replace",
                         map->pairs[i].key);
        else
            replace_one(s, map->pairs[i].key, new);
    }
}

void device_load_file(const struct device_load *l, const struct yaml_node *n, const struct yaml_node *map,
                      const char **text, size_t *len)
{
    const char *name;
    if (!yaml_want_text(n, &name, l->m))
        return;
    char *path = file_join(l->dir, name);
    struct str s = STR_MAX(FIXTURE_MAX_BYTES);
    struct err e;
    if (file_read(path, &s, &e)) {
        replace(l, map ? yaml_get(map, "replace") : NULL, &s);
        *text = device_line_text(str_cstr(&s), s.len, l->arena, len);
    } else {
        mistakes_add(l->m, &n->place, "%s; put the fixture there or correct the name", e.msg);
    }
    str_clear(&s);
    mem_free(path);
}

void device_load_text(const struct device_load *l, const struct yaml_node *map, const char *key,
                      const char **out)
{
    const struct yaml_node *n = yaml_get(map, key);
    const char *raw;
    if (n && yaml_want_text(n, &raw, l->m))
        *out = device_line_text(raw, strlen(raw), l->arena, NULL);
}

static void load_text(const struct device_load *l, const struct yaml_node *n, const char **text, size_t *len)
{
    const char *raw;
    if (yaml_want_text(n, &raw, l->m))
        *text = device_line_text(raw, strlen(raw), l->arena, len);
}

static void load_modes(const struct device_load *l, const struct yaml_node *n, unsigned *modes)
{
    if (!n || !yaml_want_list(n, l->m))
        return;
    *modes = 0;
    for (size_t i = 0; i < n->count; i++) {
        enum device_state s;
        const char *name;
        if (!yaml_want_text(n->items[i], &name, l->m))
            continue;
        if (device_state_by_name(name, &s))
            *modes |= 1u << s;
        else
            mistakes_add(l->m, &n->items[i]->place, "no state \"%s\"; there are exec, enable, config", name);
    }
}

static void load_then(const struct device_load *l, const struct yaml_node *n, enum device_state *then)
{
    const char *name;
    if (!n || !yaml_want_text(n, &name, l->m))
        return;
    if (!device_state_by_name(name, then) || *then == DEVICE_PAGER || *then == DEVICE_PASSWORD ||
        *then == DEVICE_ENABLE_PASSWORD)
        mistakes_add(l->m, &n->place,
                     "after an answer comes login, booting, loader, silent or question, not \"%s\"", name);
}

static void load_answer_map(const struct device_load *l, const struct yaml_pair *p, struct device_answer *a)
{
    const struct yaml_node *file = yaml_get(p->value, "file"), *text = yaml_get(p->value, "text");
    const struct yaml_node *takes = yaml_get(p->value, "takes"), *repeat = yaml_get(p->value, "repeat");
    long times = 1;
    ONLY_KEYS(p->value, l->m, "file", "text", "in", "takes", "repeat", "then", "replace", "when", "each",
              "end");
    if (!file == !text)
        mistakes_add(l->m, &p->value->place, "the answer to \"%s\" wants either file or text", p->key);
    else if (file)
        device_load_file(l, file, p->value, &a->text, &a->len);
    else
        load_text(l, text, &a->text, &a->len);
    load_modes(l, yaml_get(p->value, "in"), &a->modes);
    load_then(l, yaml_get(p->value, "then"), &a->then);
    device_load_whens(l, yaml_get(p->value, "when"), &a->when);
    device_load_each(l, yaml_get(p->value, "each"), a);
    device_load_text(l, p->value, "end", &a->end);
    if (takes)
        yaml_want_span_ms(takes, &a->takes_ms, l->m);
    if (repeat && yaml_want_int(repeat, 1, REPEAT_MAX, &times, l->m))
        a->repeat = (unsigned)times;
}

static void load_answer(const struct device_load *l, const struct yaml_pair *p, struct device_answer *a)
{
    *a = (struct device_answer){.command = device_load_one_blank(l->arena, p->key),
                                .text = "",
                                .repeat = 1,
                                .then = DEVICE_STATE_COUNT};
    a->modes = 1u << DEVICE_EXEC | 1u << DEVICE_ENABLE | 1u << DEVICE_CONFIG;
    if (p->value->kind == YAML_SCALAR) {
        device_load_file(l, p->value, NULL, &a->text, &a->len);
        return;
    }
    if (yaml_want_map(p->value, l->m))
        load_answer_map(l, p, a);
}

static void load_answers(const struct device_load *l, const struct yaml_node *map, struct device_answers *out)
{
    *out = (struct device_answers){0};
    if (!map || yaml_is_null(map) || !yaml_want_map(map, l->m))
        return;
    size_t count = map->count;
    for (size_t i = 0; i < map->count; i++)
        count += map->pairs[i].value->kind == YAML_LIST ? map->pairs[i].value->count : 0;
    out->items = arena_alloc_array(l->arena, count + 1, sizeof *out->items);
    for (size_t i = 0; i < map->count; i++) {
        struct yaml_pair p = map->pairs[i];
        const struct yaml_node *list = p.value->kind == YAML_LIST ? p.value : NULL;
        for (size_t k = 0; k < (list ? list->count : 1); k++) {
            p.value = list ? list->items[k] : p.value;
            load_answer(l, &p, &out->items[out->count++]);
        }
    }
}

bool device_answers_load(const struct yaml_node *map, const char *dir, struct arena *arena,
                         struct device_answers *out, struct mistakes *m)
{
    size_t before = m->count;
    load_answers(&(struct device_load){arena, m, dir}, map, out);
    return m->count == before;
}

static void load_faults(const struct device_load *l, const struct yaml_node *map, struct device_model *model)
{
    if (!map || yaml_is_null(map) || !yaml_want_map(map, l->m))
        return;
    model->faults = arena_alloc_array(l->arena, map->count, sizeof *model->faults);
    for (size_t i = 0; i < map->count; i++) {
        struct device_fault *f = &model->faults[model->fault_count++];
        const struct yaml_node *n = map->pairs[i].value;
        f->name = map->pairs[i].key;
        f->about = "";
        if (!yaml_want_map(n, l->m))
            continue;
        ONLY_KEYS(n, l->m, "about", "answers", "state");
        f->state = yaml_get(n, "state");
        if (yaml_get(n, "about"))
            yaml_want_text(yaml_get(n, "about"), &f->about, l->m);
        load_answers(l, yaml_get(n, "answers"), &f->answers);
    }
}

static void load_command(const struct device_load *l, const struct yaml_node *n, struct device_command *c)
{
    const struct yaml_node *asks = yaml_get(n, "asks");
    const char *word;
    load_modes(l, yaml_get(n, "in"), &c->modes);
    if (!yaml_get(n, "in"))
        mistakes_add(l->m, &n->place, "a command wants `in: [modes]`, the modes it can be typed in");
    if (asks && yaml_want_text(asks, &word, l->m)) {
        c->asks = strcmp(word, "enable_password") == 0;
        if (!c->asks)
            mistakes_add(l->m, &asks->place, "a command can ask for enable_password only, not \"%s\"", word);
    }
}

static void load_commands(const struct device_load *l, const struct yaml_node *list,
                          struct device_model *model)
{
    VEC(struct device_command) commands = {0};
    if (!list || !yaml_want_list(list, l->m))
        return;
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml_node *n = list->items[i], *type = yaml_get(n, "type");
        struct device_command c = {0};
        const char *word;
        if (!yaml_want_map(n, l->m))
            continue;
        ONLY_KEYS(n, l->m, "type", "in", "to", "asks", "does", "when", "questions", "takes", "begins", "says",
                  "file", "replace", "fails", "label", "then", "changes", "paste", "end", "raw");
        load_command(l, n, &c);
        if (!type)
            mistakes_add(l->m, &n->place, "a command wants `type:`, what is typed");
        bool many = type && type->kind == YAML_LIST;
        for (size_t k = 0; type && k < (many ? type->count : 1); k++) {
            if (!yaml_want_text(many ? type->items[k] : type, &word, l->m))
                continue;
            struct device_command one = {
                .command = device_load_one_blank(l->arena, word), .modes = c.modes, .asks = c.asks};
            device_load_command(l, n, &one);
            VEC_ADD(&commands, one);
        }
    }
    model->commands = arena_alloc_array(l->arena, commands.count, sizeof *model->commands);
    if (commands.count > 0)
        memcpy(model->commands, commands.items, commands.count * sizeof *model->commands);
    model->command_count = commands.count;
    VEC_CLEAR(&commands);
}

static void load_key(const struct device_load *l, const struct yaml_node *pager, const char *key, char *out)
{
    const struct yaml_node *n = yaml_get(pager, key);
    const char *text;
    if (!n || !yaml_want_text(n, &text, l->m))
        return;
    if (strlen(text) == 1)
        *out = text[0];
    else
        mistakes_add(l->m, &n->place, "%s is one key, not \"%s\"", key, text);
}

static void load_pager(const struct device_load *l, const struct yaml_node *n, struct device_model *model)
{
    long lines = 24;
    if (!n || !yaml_want_map(n, l->m))
        return;
    ONLY_KEYS(n, l->m, "text", "lines", "next", "quit");
    if (yaml_get(n, "text"))
        yaml_want_text(yaml_get(n, "text"), &model->pager, l->m);
    if (yaml_get(n, "lines"))
        yaml_want_int(yaml_get(n, "lines"), 0, PAGER_LINES_MAX, &lines, l->m);
    model->pager_lines = (unsigned)lines;
    load_key(l, n, "next", &model->pager_next);
    load_key(l, n, "quit", &model->pager_quit);
}

static void load_boot(const struct device_load *l, const struct yaml_node *n, struct device_model *model)
{
    if (!n || !yaml_want_map(n, l->m))
        return;
    ONLY_KEYS(n, l->m, "file", "takes", "replace");
    if (yaml_get(n, "file"))
        device_load_file(l, yaml_get(n, "file"), n, &model->boot, NULL);
    if (yaml_get(n, "takes"))
        yaml_want_span_ms(yaml_get(n, "takes"), &model->boot_ms, l->m);
}

static void load_prompts(const struct device_load *l, const struct yaml_node *n, struct device_model *model)
{
    const char *names[PROMPT_COUNT];
    for (size_t i = 0; i < DEVICE_STATE_COUNT; i++)
        model->prompts[i] = "";
    if (!n || !yaml_want_map(n, l->m))
        return;
    for (size_t i = 0; i < PROMPT_COUNT; i++) {
        names[i] = device_state_name(prompt_states[i]);
        if (yaml_get(n, names[i]))
            load_text(l, yaml_get(n, names[i]), &model->prompts[prompt_states[i]], NULL);
    }
    yaml_only_keys(n, names, PROMPT_COUNT, l->m);
    model->prompts[DEVICE_ENABLE_PASSWORD] = model->prompts[DEVICE_PASSWORD];
}

static void load_texts(const struct device_load *l, const struct yaml_node *n, struct device_model *model)
{
    for (size_t i = 0; i < DEVICE_TEXT_COUNT; i++)
        model->texts[i] = "";
    if (!n || !yaml_want_map(n, l->m))
        return;
    yaml_only_keys(n, text_names, DEVICE_TEXT_COUNT, l->m);
    for (size_t i = 0; i < DEVICE_TEXT_COUNT; i++)
        if (yaml_get(n, text_names[i]))
            load_text(l, yaml_get(n, text_names[i]), &model->texts[i], NULL);
}

static void load_model(const struct device_load *l, const struct yaml_node *root, struct device_model *model)
{
    ONLY_KEYS(root, l->m, "device", "comment", "prompts", "texts", "login_failed_delay", "boot", "pager",
              "commands", "answers", "faults", "console_buffer", "line_takes", "values", "clock",
              "reload_reasons", "flash", "config");
    const struct yaml_node *delay = yaml_get(root, "login_failed_delay");
    model->comment = model->pager = model->boot = model->name = "";
    model->pager_next = ' ';
    model->pager_quit = 'q';
    if (!yaml_get(root, "device"))
        mistakes_add(l->m, &root->place, "device: NAME is missing");
    else
        yaml_want_text(yaml_get(root, "device"), &model->name, l->m);
    if (yaml_get(root, "comment"))
        yaml_want_text(yaml_get(root, "comment"), &model->comment, l->m);
    if (delay)
        yaml_want_span_ms(delay, &model->login_failed_delay_ms, l->m);
    load_prompts(l, yaml_get(root, "prompts"), model);
    load_texts(l, yaml_get(root, "texts"), model);
    load_boot(l, yaml_get(root, "boot"), model);
    load_pager(l, yaml_get(root, "pager"), model);
    load_commands(l, yaml_get(root, "commands"), model);
    load_answers(l, yaml_get(root, "answers"), &model->answers);
    load_faults(l, yaml_get(root, "faults"), model);
    device_load_state(l, root, model);
}

struct device_model *device_model_load(const char *file, struct arena *arena, struct mistakes *m)
{
    size_t before = m->count;
    struct yaml_node *root = yaml_read_file(file, arena, m);
    if (!root || !yaml_want_map(root, m))
        return NULL;
    struct device_model *model = ARENA_NEW(arena, struct device_model);
    char *dir = file_dir(file);
    model->file = arena_strdup(arena, file);
    load_model(&(struct device_load){arena, m, dir}, root, model);
    mem_free(dir);
    if (m->count == before)
        return model;
    device_model_free(model);
    return NULL;
}

const struct device_fault *device_model_fault(const struct device_model *model, const char *name)
{
    for (size_t i = 0; i < model->fault_count; i++)
        if (strcmp(model->faults[i].name, name) == 0)
            return &model->faults[i];
    return NULL;
}
