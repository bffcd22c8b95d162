/* Conditions on a switch's state, and the rows that an answer has for each thing found there. */
#include <string.h>

#include "sim/device_self.h"

enum { LEVELS_MAX = CONFIG_DEPTH_MAX };

struct levels { /* of a path: 'interface {interface} > ip address {own}' */
    const char *text[LEVELS_MAX];
    size_t len[LEVELS_MAX];
    unsigned count;
};

static void split(const char *path, struct levels *out)
{
    static const char between[] = " > ";
    out->count = 0;
    while (out->count < LEVELS_MAX) {
        const char *next = strstr(path, between);
        out->text[out->count] = path;
        out->len[out->count++] = next ? (size_t)(next - path) : strlen(path);
        if (!next)
            return;
        path = next + strlen(between);
    }
}

static void unbind(struct device *d, size_t mark)
{
    if (d->binds.data) {
        d->binds.len = mark;
        d->binds.data[mark] = '\0';
    }
}

/* The blocks that line i stands in match, and itself. */
static bool line_matches(struct device *d, const struct config *c, size_t i, const struct levels *l)
{
    size_t at[LEVELS_MAX], mark = d->binds.len;
    unsigned depth = c->lines.items[i].depth;
    if (depth + 1 != l->count)
        return false;
    at[depth] = i;
    for (size_t k = i; k-- > 0 && depth > 0;)
        if (c->lines.items[k].depth < depth)
            at[--depth] = k;
    for (unsigned n = 0; n < l->count; n++)
        if (!device_words_match(d, l->text[n], l->len[n], c->lines.items[at[n]].text)) {
            unbind(d, mark);
            return false;
        }
    return true;
}

/* The next line that matches, from *i on. */
static bool find_line(struct device *d, const struct config *c, const struct levels *l, size_t *i)
{
    for (; *i < c->lines.count; (*i)++)
        if (line_matches(d, c, *i, l))
            return true;
    return false;
}

static bool config_holds(struct device *d, const struct device_when *w)
{
    struct levels l;
    size_t i = 0;
    const struct config *c = device_slot(d, w->slot);
    split(w->arg, &l);
    return c && find_line(d, c, &l, &i);
}

static bool is_factory(const struct device *d)
{
    const struct config *running = device_slot(d, "running"), *factory = device_slot(d, "factory");
    return running && factory && config_equal(running, factory);
}

static bool is_unsaved(const struct device *d)
{
    const struct config *running = device_slot(d, "running"), *startup = device_slot(d, "startup");
    return running && (!startup || !config_equal(running, startup));
}

static bool has_fault(const struct device *d, const char *name)
{
    for (size_t i = 0; i < d->setup->fault_count; i++)
        if (strcmp(d->setup->faults[i], name) == 0)
            return true;
    return false;
}

static bool holds(struct device *d, const struct device_when *w, const char *arg)
{
    switch (w->kind) {
    case WHEN_CONFIG:
        return config_holds(d, w);
    case WHEN_SETTLED:
        return device_settled_us(d) >= (int64_t)w->ms * 1000;
    case WHEN_FILE:
        return device_file(d, arg) != NULL;
    case WHEN_SLOT:
        return device_slot(d, arg) != NULL;
    case WHEN_UNSAVED:
        return is_unsaved(d);
    case WHEN_FACTORY:
        return is_factory(d);
    case WHEN_TIMER:
        return d->timer_due_us != INT64_MAX;
    case WHEN_SESSION:
        return *d->target && strcmp(d->target, "running") != 0;
    case WHEN_FAULT:
        return has_fault(d, arg);
    }
    return false;
}

bool device_holds(struct device *d, const struct device_whens *when)
{
    for (size_t i = 0; i < when->count; i++) {
        const struct device_when *w = &when->items[i];
        struct str arg = {0};
        device_expand(d, w->arg, strlen(w->arg), &arg);
        bool as_wanted = holds(d, w, str_cstr(&arg)) != w->negated;
        str_clear(&arg);
        if (!as_wanted)
            return false;
    }
    return true;
}

/* One row, if its own condition holds; what was bound for it is forgotten. */
static void give_row(struct device *d, const struct device_each *each, size_t mark, struct str *out)
{
    if (device_holds(d, &each->when))
        device_expand(d, each->text, strlen(each->text), out);
    unbind(d, mark);
}

static void bind_text(struct device *d, const char *name, const char *text)
{
    device_bind(d, name, strlen(name), text, strlen(text));
}

static void config_rows(struct device *d, const struct device_each *each, struct str *out)
{
    struct levels l;
    const struct config *c = device_slot(d, each->slot);
    size_t mark = d->binds.len;
    split(each->path, &l);
    for (size_t i = 0; c && find_line(d, c, &l, &i); i++)
        give_row(d, each, mark, out);
}

static void file_rows(struct device *d, const struct device_each *each, struct str *out)
{
    for (size_t i = 0; i < d->files.count; i++) {
        size_t mark = d->binds.len;
        struct str size = {0};
        str_printf(&size, "%llu", (unsigned long long)d->files.items[i].size);
        bind_text(d, "file", d->files.items[i].name);
        bind_text(d, "size", str_cstr(&size));
        bind_text(d, "file_version", d->files.items[i].version);
        str_clear(&size);
        give_row(d, each, mark, out);
    }
}

static void session_rows(struct device *d, const struct device_each *each, struct str *out)
{
    for (size_t i = 0; i < d->slots.count; i++) {
        size_t mark = d->binds.len;
        if (!d->slots.items[i].session)
            continue;
        bind_text(d, "session", d->slots.items[i].name);
        give_row(d, each, mark, out);
    }
}

void device_give_rows(struct device *d, const struct device_answer *a, struct str *out)
{
    for (size_t i = 0; i < a->each_count; i++) {
        const struct device_each *each = &a->each[i];
        if (each->of == EACH_CONFIG)
            config_rows(d, each, out);
        else if (each->of == EACH_FILES)
            file_rows(d, each, out);
        else
            session_rows(d, each, out);
    }
    if (a->end)
        device_expand(d, a->end, strlen(a->end), out);
}
