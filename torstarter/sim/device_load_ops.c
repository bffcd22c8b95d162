/* Loads what the commands of a device model do: operations, conditions, questions, rows. */
#include <stdlib.h>
#include <string.h>

#include "sim/device_load_self.h"

enum { WORD_MAX_BYTES = 64 };

static const struct verb {
    const char *name;
    unsigned least, most; /* arguments */
    bool changes;
} verbs[VERB_COUNT] = {
    [VERB_PAGE_LENGTH] = {"page_length", 0, 1, false},
    [VERB_CONFIG_OPEN] = {"config_open", 1, 1, false},
    [VERB_CONFIG_CLOSE] = {"config_close", 0, 0, false},
    [VERB_CONFIG_TOP] = {"config_top", 0, 0, false},
    [VERB_CONFIG_COPY] = {"config_copy", 2, 2, true},
    [VERB_CONFIG_MERGE] = {"config_merge", 2, 2, true},
    [VERB_CONFIG_DROP] = {"config_drop", 1, 1, true},
    [VERB_SAVE] = {"save", 0, 2, true},
    [VERB_CONFIG_ADD] = {"config_add", 2, 2, true},
    [VERB_CONFIG_REMOVE] = {"config_remove", 2, 2, true},
    [VERB_TIMER] = {"timer", 1, 2, true},
    [VERB_CONFIRM] = {"confirm", 0, 0, true},
    [VERB_ROLLBACK] = {"rollback", 0, 0, true},
    [VERB_FETCH] = {"fetch", 2, 3, true},
    [VERB_DELETE] = {"delete", 1, 1, true},
    [VERB_CHECKSUM] = {"checksum", 1, 1, false},
    [VERB_BOOT] = {"boot", 1, 2, true},
    [VERB_INSTALL] = {"install", 1, 1, true},
    [VERB_RELOAD] = {"reload", 0, 1, true},
};

static const char *next_word(const char **p, struct arena *arena)
{
    *p += strspn(*p, " ");
    size_t len = strcspn(*p, " ");
    const char *word = len > 0 ? arena_strndup(arena, *p, len) : "";
    *p += len;
    return word;
}

static void load_op(const struct device_load *l, const struct yaml_node *n, struct device_op *op)
{
    const char *text, *names[VERB_COUNT];
    unsigned args = 0, verb = 0;
    if (!yaml_want_text(n, &text, l->m))
        return;
    const char *word = next_word(&text, l->arena);
    for (unsigned i = 0; i < VERB_COUNT; i++)
        names[i] = verbs[i].name;
    while (verb < VERB_COUNT && strcmp(verbs[verb].name, word) != 0)
        verb++;
    bool path = verb == VERB_CONFIG_ADD || verb == VERB_CONFIG_REMOVE;
    for (int i = 0; i < DEVICE_OP_ARGS; i++) {
        op->args[i] =
            path && i == 1 ? arena_strdup(l->arena, text + strspn(text, " ")) : next_word(&text, l->arena);
        text += path && i == 1 ? strlen(text) : 0;
        args += *op->args[i] != '\0';
    }
    text += strspn(text, " ");
    if (verb == VERB_COUNT) {
        const char *near = str_nearest(word, names, VERB_COUNT);
        mistakes_add(l->m, &n->place, "no operation \"%s\"%s%s; they stand in sim/device.h", word,
                     near ? ", did you mean " : "", near ? near : "");
    } else if (args < verbs[verb].least || args > verbs[verb].most || *text) {
        mistakes_add(l->m, &n->place, "%s wants %u to %u words behind it", word, verbs[verb].least,
                     verbs[verb].most);
    } else {
        op->verb = (enum device_verb)verb;
    }
}

void device_load_ops(const struct device_load *l, const struct yaml_node *n, struct device_ops *out)
{
    *out = (struct device_ops){0};
    if (!n || yaml_is_null(n))
        return;
    size_t count = n->kind == YAML_LIST ? n->count : 1;
    out->items = arena_alloc_array(l->arena, count + 1, sizeof *out->items);
    for (size_t i = 0; i < count; i++)
        load_op(l, n->kind == YAML_LIST ? n->items[i] : n, &out->items[out->count++]);
}

static bool takes_prefix(const char **text, const char *prefix)
{
    if (!str_starts(*text, prefix))
        return false;
    *text += strlen(prefix);
    return true;
}

/* 15s, 5m, 250ms; a bare number: seconds. */
static bool read_span(const char *text, long *ms)
{
    char *end;
    long n = strtol(text, &end, 10);
    long unit = strcmp(end, "ms") == 0  ? 1
                : strcmp(end, "m") == 0 ? 60000
                : strcmp(end, "h") == 0 ? 3600000
                                        : 1000;
    bool known = unit != 1000 || *end == '\0' || strcmp(end, "s") == 0;
    *ms = n * unit;
    return end > text && known && n >= 0;
}

static void load_when(const struct device_load *l, const struct yaml_node *n, struct device_when *w)
{
    static const char *const words[] = {[WHEN_UNSAVED] = "unsaved",
                                        [WHEN_FACTORY] = "factory",
                                        [WHEN_TIMER] = "timer",
                                        [WHEN_SESSION] = "session"};
    const char *text;
    w->arg = "";
    if (!yaml_want_text(n, &text, l->m))
        return;
    w->negated = takes_prefix(&text, "not ");
    if (takes_prefix(&text, "config@")) {
        w->kind = WHEN_CONFIG;
        w->slot = next_word(&text, l->arena);
        w->arg = text + strspn(text, " ");
    } else if (takes_prefix(&text, "config ")) {
        *w = (struct device_when){WHEN_CONFIG, w->negated, text, "running", 0};
    } else if (takes_prefix(&text, "settled ")) {
        w->kind = WHEN_SETTLED;
        if (!read_span(text, &w->ms))
            mistakes_add(l->m, &n->place, "settled wants a time: 15s, not \"%s\"", text);
    } else if (takes_prefix(&text, "file ")) {
        *w = (struct device_when){WHEN_FILE, w->negated, text, NULL, 0};
    } else if (takes_prefix(&text, "slot ")) {
        *w = (struct device_when){WHEN_SLOT, w->negated, text, NULL, 0};
    } else if (takes_prefix(&text, "fault ")) {
        *w = (struct device_when){WHEN_FAULT, w->negated, text, NULL, 0};
    } else {
        for (int k = WHEN_UNSAVED; k <= WHEN_SESSION; k++)
            if (strcmp(text, words[k]) == 0) {
                w->kind = (enum device_when_kind)k;
                return;
            }
        mistakes_add(l->m, &n->place,
                     "no condition \"%s\"; there are config, settled, file, slot, unsaved, factory, timer, "
                     "session, fault",
                     text);
    }
}

void device_load_whens(const struct device_load *l, const struct yaml_node *n, struct device_whens *out)
{
    *out = (struct device_whens){0};
    if (!n || yaml_is_null(n))
        return;
    size_t count = n->kind == YAML_LIST ? n->count : 1;
    out->items = arena_alloc_array(l->arena, count + 1, sizeof *out->items);
    for (size_t i = 0; i < count; i++)
        load_when(l, n->kind == YAML_LIST ? n->items[i] : n, &out->items[out->count++]);
}

static void load_row(const struct device_load *l, const struct yaml_node *n, struct device_each *each)
{
    const char *of = "";
    each->text = "";
    if (!yaml_want_map(n, l->m))
        return;
    ONLY_KEYS(n, l->m, "of", "text", "when");
    if (!yaml_get(n, "of") || !yaml_want_text(yaml_get(n, "of"), &of, l->m)) {
        mistakes_add(l->m, &n->place,
                     "a row wants `of:`, what there is one for: config PATH, files, sessions");
        return;
    }
    device_load_text(l, n, "text", &each->text);
    device_load_whens(l, yaml_get(n, "when"), &each->when);
    each->slot = "running";
    if (takes_prefix(&of, "config@")) {
        each->slot = next_word(&of, l->arena);
        each->path = of + strspn(of, " ");
    } else if (takes_prefix(&of, "config ")) {
        each->path = of;
    } else {
        each->of = strcmp(of, "files") == 0 ? EACH_FILES : EACH_SESSIONS;
        if (each->of == EACH_SESSIONS && strcmp(of, "sessions") != 0)
            mistakes_add(l->m, &n->place, "rows are of config PATH, files or sessions, not of \"%s\"", of);
    }
}

void device_load_each(const struct device_load *l, const struct yaml_node *n, struct device_answer *a)
{
    if (!n || !yaml_want_list(n, l->m))
        return;
    a->each = arena_alloc_array(l->arena, n->count + 1, sizeof *a->each);
    for (size_t i = 0; i < n->count; i++)
        load_row(l, n->items[i], &a->each[a->each_count++]);
}

static void load_go(const struct device_load *l, const struct yaml_node *n, struct device_question *q)
{
    if (!n || !yaml_want_list(n, l->m))
        return;
    const char **go = arena_alloc_array(l->arena, n->count + 1, sizeof *go);
    for (size_t i = 0; i < n->count; i++)
        if (yaml_want_text(n->items[i], &go[q->go_count], l->m))
            q->go_count++;
    q->go = go;
}

static void load_questions(const struct device_load *l, const struct yaml_node *n, struct device_command *c)
{
    if (!n || !yaml_want_list(n, l->m))
        return;
    c->questions = arena_alloc_array(l->arena, n->count + 1, sizeof *c->questions);
    for (size_t i = 0; i < n->count; i++) {
        const struct yaml_node *item = n->items[i];
        struct device_question *q = &c->questions[c->question_count++];
        q->ask = q->stop = "";
        if (!yaml_want_map(item, l->m))
            continue;
        ONLY_KEYS(item, l->m, "ask", "go", "stop", "as", "when");
        device_load_text(l, item, "ask", &q->ask);
        device_load_text(l, item, "stop", &q->stop);
        device_load_text(l, item, "as", &q->as);
        load_go(l, yaml_get(item, "go"), q);
        device_load_whens(l, yaml_get(item, "when"), &q->when);
    }
}

static void load_fails(const struct device_load *l, const struct yaml_node *n, struct device_command *c)
{
    static const char *const reasons[] = {"no_image",    "no_space",  "no_file",  "exists",
                                          "broken",      "bad_image", "no_timer", "rollback_failed",
                                          "save_failed", "otherwise", "no_line",  "interrupted"};
    enum { REASONS = sizeof reasons / sizeof reasons[0] };
    if (!n || !yaml_want_map(n, l->m))
        return;
    yaml_only_keys(n, reasons, REASONS, l->m);
    c->fails = arena_alloc_array(l->arena, n->count + 1, sizeof *c->fails);
    for (size_t i = 0; i < n->count; i++) {
        struct device_reason *r = &c->fails[c->fail_count++];
        r->reason = n->pairs[i].key;
        r->text = "";
        device_load_text(l, n, r->reason, &r->text);
    }
}

/* page_length takes the command's last word where none is said. */
static void name_page_length(const struct device_load *l, struct device_command *c)
{
    const char *last = strrchr(c->command, ' ');
    for (size_t i = 0; i < c->ops.count; i++)
        if (c->ops.items[i].verb == VERB_PAGE_LENGTH && !*c->ops.items[i].args[0]) {
            struct device_op *own = arena_alloc_array(l->arena, c->ops.count, sizeof *own);
            memcpy(own, c->ops.items, c->ops.count * sizeof *own);
            own[i].args[0] = last ? last + 1 : "0";
            c->ops.items = own;
        }
}

static void load_then(const struct device_load *l, const struct yaml_node *n, const char *key,
                      enum device_state *out)
{
    const char *word = NULL;
    device_load_text(l, n, key, &word);
    if (word && !device_state_by_name(word, out))
        mistakes_add(l->m, &n->place, "no state \"%s\"; there are login, exec, enable, config", word);
}

void device_load_command(const struct device_load *l, const struct yaml_node *n, struct device_command *c)
{
    const struct yaml_node *takes = yaml_get(n, "takes"), *raw = yaml_get(n, "raw"),
                           *changes = yaml_get(n, "changes");
    c->to = c->then = DEVICE_STATE_COUNT;
    c->begins = c->says = "";
    load_then(l, n, "to", &c->to);
    load_then(l, n, "then", &c->then);
    device_load_text(l, n, "label", &c->label);
    device_load_text(l, n, "begins", &c->begins);
    device_load_text(l, n, "says", &c->says);
    device_load_text(l, n, "paste", &c->paste);
    device_load_text(l, n, "end", &c->paste_end);
    if (yaml_get(n, "file"))
        device_load_file(l, yaml_get(n, "file"), n, &c->says, NULL);
    if (takes)
        yaml_want_span_ms(takes, &c->takes_ms, l->m);
    if (raw)
        yaml_want_bool(raw, &c->paste_raw, l->m);
    device_load_whens(l, yaml_get(n, "when"), &c->when);
    load_questions(l, yaml_get(n, "questions"), c);
    load_fails(l, yaml_get(n, "fails"), c);
    device_load_ops(l, yaml_get(n, "does"), &c->ops);
    c->changes = c->paste != NULL;
    for (size_t i = 0; i < c->ops.count; i++)
        c->changes = c->changes || verbs[c->ops.items[i].verb].changes;
    if (changes)
        yaml_want_bool(changes, &c->changes, l->m);
    name_page_length(l, c);
}
