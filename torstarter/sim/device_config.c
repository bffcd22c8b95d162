/* Configurations of a switch: the slots they are in, the lines typed into them, and the timer that takes a change back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sim/device_self.h"

static struct device_slot *find_slot(const struct device *d, const char *name)
{
    for (size_t i = 0; i < d->slots.count; i++)
        if (strcmp(d->slots.items[i].name, name) == 0)
            return &d->slots.items[i];
    return NULL;
}

struct config *device_slot(const struct device *d, const char *name)
{
    struct device_slot *s = find_slot(d, name);
    return s ? s->config : NULL;
}

static bool any_line(const struct config *c, const struct regex *re, char *group, size_t size)
{
    struct regex_span spans[2];
    for (size_t i = 0; c && i < c->lines.count; i++) {
        const char *text = c->lines.items[i].text;
        if (regex_match(re, text, strlen(text), 0, spans, 2) != REGEX_MATCH)
            continue;
        if (group && regex_group_count(re) > 0 && spans[1].start != REGEX_UNSET)
            snprintf(group, size, "%.*s", (int)(spans[1].end - spans[1].start), text + spans[1].start);
        return true;
    }
    return false;
}

bool device_config_has(const struct device *d, const struct regex *re)
{
    return any_line(device_slot(d, "running"), re, NULL, 0);
}

static void note_running(struct device *d)
{
    const struct device_config_model *m = &d->model->config;
    d->changed_us = d->now_us;
    if (!m->hostname)
        return;
    d->hostname[0] = '\0';
    if (!any_line(device_slot(d, "running"), m->hostname, d->hostname, sizeof d->hostname) &&
        m->factory_hostname)
        snprintf(d->hostname, sizeof d->hostname, "%s", m->factory_hostname);
}

void device_slot_set(struct device *d, const char *name, struct config *take_config, bool session)
{
    struct device_slot *s = find_slot(d, name);
    if (s) {
        config_unref(s->config);
        s->config = take_config;
    } else {
        struct device_slot fresh = {mem_strdup(name), take_config, session};
        VEC_ADD(&d->slots, fresh);
    }
    if (strcmp(name, "running") == 0)
        note_running(d);
    if (d->model->config.boot_line && strcmp(name, "startup") == 0)
        any_line(take_config, d->model->config.boot_line, d->boot_image, sizeof d->boot_image);
}

static void drop_slot(struct device *d, size_t i)
{
    mem_free(d->slots.items[i].name);
    config_unref(d->slots.items[i].config);
    d->slots.count--;
    memmove(d->slots.items + i, d->slots.items + i + 1, (d->slots.count - i) * sizeof *d->slots.items);
}

bool device_reads_over(const void *ctx, const char *line)
{
    const struct device_config_model *m = ctx;
    for (size_t i = 0; i < m->ignore_count; i++)
        if (regex_match(m->ignore[i], line, strlen(line), 0, NULL, 0) == REGEX_MATCH)
            return true;
    return false;
}

static struct config *parse(const struct device *d, const char *text)
{
    struct str filled = {0};
    device_expand(d, text, strlen(text), &filled);
    struct config *c =
        config_parse(str_cstr(&filled), filled.len, d->model->config.blocks != DEVICE_BLOCKS_INDENT,
                     device_reads_over, &d->model->config);
    str_clear(&filled);
    return c;
}

static void begin_slots(struct device *d, const struct device_slots_begin *slots, bool session)
{
    for (size_t i = 0; i < slots->count; i++)
        device_slot_set(d, slots->items[i].name, parse(d, slots->items[i].text), session);
}

void device_config_begin(struct device *d)
{
    const struct device_config_model *m = &d->model->config;
    const struct device_begin *b = &d->setup->begin;
    bool factory = b->config ? strcmp(b->config, "factory") == 0 : m->starts_factory;
    d->timer_due_us = INT64_MAX;
    d->began_factory = factory;
    if (!m->declared)
        return;
    for (size_t i = 0; i < m->factory.count; i++)
        if (strcmp(m->factory.items[i].name, "running") == 0)
            device_slot_set(d, "factory", parse(d, m->factory.items[i].text), false);
    begin_slots(d, b->slots.count > 0 ? &b->slots : factory ? &m->factory : &m->production, false);
    struct config *running = device_slot(d, "running");
    if (!running)
        device_slot_set(d, "running", running = config_new(), false);
    if (!device_slot(d, "startup"))
        device_slot_set(d, "startup", config_ref(running), false);
    begin_slots(d, &b->sessions, true);
    if (b->unsaved) {
        struct device_slot *s = find_slot(d, "running");
        config_put(config_unshare(&s->config), &(struct config_path){.depth = 0}, "unsaved line", 0);
    }
    d->changed_us = d->booted_us;
}

void device_config_leave(struct device *d)
{
    while (d->path.depth > 0)
        mem_free((char *)d->path.blocks[--d->path.depth]);
    d->until[0] = '\0';
}

void device_config_clear(struct device *d)
{
    device_config_leave(d);
    while (d->slots.count > 0)
        drop_slot(d, d->slots.count - 1);
    VEC_CLEAR(&d->slots);
    config_unref(d->before_timer);
    d->before_timer = NULL;
}

static void cut_path(struct device *d, unsigned depth)
{
    while (d->path.depth > depth)
        mem_free((char *)d->path.blocks[--d->path.depth]);
}

/* "no ip routing" → "ip routing", "delete interfaces x" → "set interfaces x"; NULL: the line takes nothing away. */
static char *negated(const struct device *d, const char *line)
{
    const struct device_config_model *m = &d->model->config;
    if (!*m->negation || !str_starts(line, m->negation))
        return NULL;
    struct str s = {0};
    str_printf(&s, "%s%s", m->blocks == DEVICE_BLOCKS_SET ? "set " : "", line + strlen(m->negation));
    return str_take(&s);
}

static size_t remove_lines(struct device *d, struct config *c, const char *prefix)
{
    size_t removed = 0;
    for (struct config_path at = d->path;; at.depth--) {
        removed = config_remove(c, &at, prefix);
        if (removed > 0 || at.depth == 0)
            return removed;
    }
}

static void refuse(struct device *d, const char *own, struct str *out)
{
    device_say(d, own ? own : d->model->texts[DEVICE_TEXT_REJECTED], out);
}

static void enter_block(struct device *d, const struct grammar_match *m, const char *line)
{
    struct str label = {0};
    cut_path(d, m->depth);
    if (d->path.depth >= CONFIG_DEPTH_MAX - 1)
        return;
    grammar_fill(m, m->line->label, &label);
    snprintf(d->labels[d->path.depth], sizeof d->labels[0], "%s", str_cstr(&label));
    d->path.blocks[d->path.depth++] = mem_strdup(line);
    str_clear(&label);
}

static struct config *writable(struct device *d)
{
    struct device_slot *s = find_slot(d, d->target);
    return s ? config_unshare(&s->config) : NULL;
}

/* A line and its negation do not stand beside each other. */
static void put(struct device *d, struct config *c, const struct config_path *at, const char *line,
                unsigned single)
{
    char *rest = negated(d, line);
    struct str no = {0};
    if (rest) {
        config_remove(c, at, rest);
    } else if (d->model->config.blocks == DEVICE_BLOCKS_INDENT) {
        str_printf(&no, "%s%s", d->model->config.negation, line);
        config_remove(c, at, str_cstr(&no));
    }
    config_put(c, at, line, single);
    mem_free(rest);
    str_clear(&no);
}

static void accept(struct device *d, struct config *c, const struct grammar_match *m, const char *line)
{
    struct config_path at = d->path;
    struct str text = {0};
    at.depth = m->depth;
    cut_path(d, m->depth); /* a line of an outer block leaves the inner ones */
    if (m->line->removes) {
        grammar_fill(m, m->line->removes, &text);
        remove_lines(d, c, str_cstr(&text));
    } else if (m->line->empties) {
        grammar_fill(m, m->line->empties, &text);
        config_empty(c, str_cstr(&text));
    } else {
        put(d, c, &at, line, m->line->single);
    }
    if (m->line->block && d->model->config.blocks == DEVICE_BLOCKS_INDENT)
        enter_block(d, m, line);
    if (m->line->until) {
        str_reset(&text);
        grammar_fill(m, m->line->until, &text);
        snprintf(d->until, sizeof d->until, "%s", str_cstr(&text));
    }
    str_clear(&text);
}

static bool rejects(const struct device *d, const char *line)
{
    const struct regex *re = d->setup->begin.rejects;
    return re && regex_match(re, line, strlen(line), 0, NULL, 0) == REGEX_MATCH;
}

/* True when it was a line that takes away, and one that can be. */
static bool take_away(struct device *d, struct config *c, const char *line)
{
    struct grammar_match m;
    char *rest = negated(d, line);
    if (!rest)
        return false;
    bool done = remove_lines(d, c, rest) > 0;
    if (!done) {
        grammar_match(&d->model->config.grammar, &d->path, rest, &m);
        done = m.line && !m.line->error;
    }
    mem_free(rest);
    return done;
}

static void changed(struct device *d)
{
    if (strcmp(d->target, "running") == 0)
        note_running(d);
}

bool device_config_line(struct device *d, const char *line, struct str *out)
{
    struct grammar_match m;
    struct config *c = writable(d);
    if (!c)
        return false;
    if (*d->until) { /* the lines of a banner have no form of their own */
        config_put(c, &d->path, line, 0);
        if (str_ends(line, d->until))
            d->until[0] = '\0';
        changed(d);
        return true;
    }
    if (device_reads_over(&d->model->config, line))
        return true;
    if (rejects(d, line)) {
        refuse(d, NULL, out);
        return true;
    }
    grammar_match(&d->model->config.grammar, &d->path, line, &m);
    if (!m.line && !take_away(d, c, line))
        return false;
    if (m.line && m.line->error) {
        refuse(d, m.line->error, out);
        return true;
    }
    if (m.line) {
        accept(d, c, &m, line);
        device_say(d, m.line->says, out);
    }
    changed(d);
    return true;
}

/* Whether a line that takes `rest` away would be taken: there is such a line somewhere, or there could be. */
static bool could_go(const struct device *d, const char *rest)
{
    const struct config *c = device_slot(d, d->target);
    struct grammar_match m;
    for (size_t i = 0; i < c->lines.count; i++)
        if (str_starts(c->lines.items[i].text, rest))
            return true;
    grammar_match(&d->model->config.grammar, &d->path, rest, &m);
    return m.line && !m.line->error;
}

bool device_config_accepts(struct device *d, const char *line)
{
    struct grammar_match m;
    if (!device_slot(d, d->target))
        return false;
    if (*d->until)
        return true;
    if (device_reads_over(&d->model->config, line) || rejects(d, line))
        return false;
    grammar_match(&d->model->config.grammar, &d->path, line, &m);
    if (m.line)
        return !m.line->error;
    char *rest = negated(d, line);
    bool accepts = rest && could_go(d, rest);
    mem_free(rest);
    return accepts;
}

/* As if the lines of `from` were typed: what replaces, replaces. */
static void merge(struct device *d, const struct config *from, struct config *to)
{
    for (size_t i = 0; i < from->lines.count; i++) {
        struct config_path at = {.depth = from->lines.items[i].depth};
        struct grammar_match m;
        unsigned depth = at.depth;
        for (size_t k = i; k-- > 0 && depth > 0;)
            if (from->lines.items[k].depth < depth)
                at.blocks[--depth] = from->lines.items[k].text;
        grammar_match(&d->model->config.grammar, &at, from->lines.items[i].text, &m);
        put(d, to, &at, from->lines.items[i].text, m.line && m.depth == at.depth ? m.line->single : 0);
    }
}

static void set_running(struct device *d, struct config *take_config)
{
    struct config *was = device_slot(d, "running");
    if (was)
        device_slot_set(d, "previous", config_ref(was), false);
    device_slot_set(d, "running", take_config, false);
}

static bool fail(struct device *d, const char *reason)
{
    d->reason = reason;
    return false;
}

static bool copy(struct device *d, const char *from, const char *to, bool merges)
{
    struct config *source = device_slot(d, from), *target = device_slot(d, to), *made;
    if (!source)
        return fail(d, "no_file");
    if (merges && target) {
        made = config_ref(target);
        merge(d, source, config_unshare(&made));
    } else {
        made = config_ref(source);
    }
    if (strcmp(to, "running") == 0)
        set_running(d, made);
    else
        device_slot_set(d, to, made, false);
    return true;
}

static bool save(struct device *d, const char *from, const char *to)
{
    if (d->setup->begin.saves == SAVES_REFUSED)
        return fail(d, "save_failed");
    return d->setup->begin.saves == SAVES_IGNORED ||
           copy(d, *from ? from : "running", *to ? to : "startup", false);
}

static void stop_timer(struct device *d)
{
    config_unref(d->before_timer);
    d->before_timer = NULL;
    d->timer_due_us = INT64_MAX;
}

/* "5" is minutes, "300s" seconds, "00:05:00" and "05:00" what a clock says. */
static long timer_s(const char *text)
{
    long s = 0;
    char *end;
    if (!strchr(text, ':')) {
        s = strtol(text, &end, 10);
        return *end == 's' ? s : s * 60;
    }
    for (const char *p = text; *p; p = *end ? end + 1 : end) {
        s = s * 60 + strtol(p, &end, 10);
        if (end == p)
            break;
    }
    return s;
}

static void start_timer(struct device *d, const char *time, const char *name)
{
    struct config *running = device_slot(d, "running");
    if (running && !d->before_timer)
        d->before_timer = config_ref(running);
    snprintf(d->timer_name, sizeof d->timer_name, "%s", name);
    d->timer_due_us = d->now_us + (int64_t)timer_s(time) * 1000000;
}

static bool roll_back(struct device *d)
{
    if (!d->before_timer)
        return fail(d, "no_timer");
    if (d->setup->begin.rollback_refused) {
        stop_timer(d);
        return fail(d, "rollback_failed");
    }
    set_running(d, config_ref(d->before_timer));
    stop_timer(d);
    return true;
}

void device_timer_expires(struct device *d, struct str *out)
{
    if (roll_back(d))
        device_say(d, d->model->texts[DEVICE_TEXT_TIMER_EXPIRED], out);
}

static void open_slot(struct device *d, const char *name)
{
    struct config *running = device_slot(d, "running");
    device_config_leave(d);
    snprintf(d->target, sizeof d->target, "%s", name);
    if (running && !device_slot(d, name))
        device_slot_set(d, name, config_ref(running), true);
}

static bool drop(struct device *d, const char *name)
{
    for (size_t i = 0; i < d->slots.count; i++)
        if (strcmp(d->slots.items[i].name, name) == 0) {
            drop_slot(d, i);
            if (strcmp(d->target, name) == 0)
                d->target[0] = '\0';
            return true;
        }
    return fail(d, "no_file");
}

/* "interface swp1 > ip address 10.0.0.1/31": the heads, and the line in them. The text is cut into pieces. */
static const char *cut_into_path(char *text, struct config_path *at)
{
    static const char between[] = " > ";
    at->depth = 0;
    for (char *next; (next = strstr(text, between)) && at->depth < CONFIG_DEPTH_MAX - 1;
         text = next + strlen(between)) {
        *next = '\0';
        at->blocks[at->depth++] = text;
    }
    return text;
}

static bool edit(struct device *d, const char *slot, char *path, bool adds)
{
    struct config_path at;
    const char *line = cut_into_path(path, &at);
    struct config *had = device_slot(d, slot), *c = had ? config_ref(had) : config_new();
    bool done = adds;
    if (adds)
        config_put(config_unshare(&c), &at, line, 0);
    else
        done = config_remove(config_unshare(&c), &at, line) > 0;
    device_slot_set(d, slot, c, true);
    return done || fail(d, "no_line");
}

bool device_config_do(struct device *d, const struct device_op *op, char *const *args)
{
    switch (op->verb) {
    case VERB_CONFIG_OPEN:
        open_slot(d, args[0]);
        return true;
    case VERB_CONFIG_CLOSE:
        d->target[0] = '\0';
        device_config_leave(d);
        return true;
    case VERB_CONFIG_TOP:
        device_config_leave(d);
        return true;
    case VERB_CONFIG_COPY:
    case VERB_CONFIG_MERGE:
        return copy(d, args[0], args[1], op->verb == VERB_CONFIG_MERGE);
    case VERB_CONFIG_DROP:
        return drop(d, args[0]);
    case VERB_CONFIG_ADD:
    case VERB_CONFIG_REMOVE:
        return edit(d, args[0], args[1], op->verb == VERB_CONFIG_ADD);
    case VERB_SAVE:
        return save(d, args[0], args[1]);
    case VERB_TIMER:
        start_timer(d, args[0], args[1]);
        return true;
    case VERB_CONFIRM:
        if (!d->before_timer)
            return fail(d, "no_timer");
        stop_timer(d);
        return true;
    default:
        return roll_back(d);
    }
}

void device_config_booted(struct device *d)
{
    const struct device_config_model *m = &d->model->config;
    stop_timer(d);
    d->target[0] = d->label[0] = '\0';
    device_config_leave(d);
    if (!m->declared)
        return;
    for (size_t i = d->slots.count; i-- > 0;)
        if (d->slots.items[i].session)
            drop_slot(d, i);
    for (size_t i = 0; i < m->at_boot.count; i++) {
        const char *const *args = m->at_boot.items[i].args;
        device_config_do(d, &m->at_boot.items[i],
                         (char *[]){(char *)args[0], (char *)args[1], (char *)args[2]});
    }
    note_running(d);
}
