/* Prompts: which state a line proves. Two states that one line could prove would let a session type into the wrong one, so lines
   are made up from each pattern and tried on all others. */
#include <stdlib.h>
#include <string.h>

#include "model/platform_load.h"
#include "model/sample.h"

enum { PROMPTS_MAX = 32, TURNS = 24 };

static const char *const hostnames[] = {"tor01",   "tor01-o", "switch-con", "r1.example.net",
                                        "tor(s1)", "Leaf_2",  "localhost"};

struct entry { /* one pattern as the file says it */
    struct prompt prompt;
    struct yaml_place place;
    const char *const *overlaps; /* names of less specific states; NULL-terminated, or NULL */
    const char *const *samples;
};

struct prompt_load {
    struct entry entries[PROMPTS_MAX];
    size_t count;
};

static void read_overlaps(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct entry *entry = into;
    enum state state;
    size_t count = fields_texts(l, pair->value, NULL, &entry->overlaps);
    for (size_t i = 0; i < count; i++)
        if (!state_by_name(entry->overlaps[i], &state) || state <= entry->prompt.state)
            mistakes_add(l->m, &pair->value->place,
                         "\"%.40s\" is not a state less specific than %s; the order is loader "
                         "password login config shell enable exec",
                         entry->overlaps[i], state_name(entry->prompt.state));
}

static void read_samples(struct load *l, const struct yaml_pair *pair, void *into)
{
    fields_texts(l, pair->value, NULL, &((struct entry *)into)->samples);
}

static const struct field entry_fields[] = {
    {"pattern", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct entry, prompt.text), .check = check_pattern_text},
    {"overlaps", FIELD_READ, .read = read_overlaps},
    {"samples", FIELD_READ, .read = read_samples},
};

/* {hostname} → (?<hostname>FRAGMENT), anchored at both ends; blanks after a prompt are the CLI's habit, not its meaning. */
static const char *full_pattern(struct load *l, const struct yaml_node *at, const char *text)
{
    const struct platform_load *pl = l->owner;
    const char *hole = strstr(text, "{hostname}");
    if (!hole)
        return arena_printf(l->arena, "^(?:%s)[ ]*\\z", text);
    if (strstr(hole + 1, "{hostname}"))
        mistakes_add(l->m, &at->place, "{hostname} stands twice in this prompt; once is allowed");
    if (!pl->hostname)
        mistakes_add(l->m, &at->place,
                     "this prompt uses {hostname}; say what it looks like in speaks: hostname");
    return arena_printf(l->arena, "^(?:%.*s(?<hostname>%s)%s)[ ]*\\z", (int)(hole - text), text,
                        pl->hostname ? pl->hostname : "[^ ]+", hole + strlen("{hostname}"));
}

static void read_entry(struct load *l, const struct yaml_node *n, enum state state, struct prompt_load *all)
{
    struct entry entry = {.prompt = {.state = state}, .place = n->place};
    if (n->kind == YAML_SCALAR)
        fields_text(l, n, check_pattern_text, &entry.prompt.text);
    else
        fields_read(l, n, "a prompt", entry_fields, FIELD_COUNT(entry_fields), &entry);
    if (!entry.prompt.text)
        return;
    if (all->count == PROMPTS_MAX) {
        mistakes_add(l->m, &n->place, "more than %d prompts; use alternatives (a|b)", PROMPTS_MAX);
        return;
    }
    entry.prompt.regex =
        platform_pattern_in(l, n, entry.prompt.text, full_pattern(l, n, entry.prompt.text), REGEX_ANCHORED);
    if (entry.prompt.regex)
        all->entries[all->count++] = entry;
}

static void read_state(struct load *l, const struct yaml_pair *pair, struct prompt_load *all)
{
    static const char *const names[] = {"login", "password", "exec", "enable", "config", "shell", "loader"};
    enum state state = STATE_UNKNOWN;
    size_t known = 0;
    while (known < sizeof names / sizeof *names && strcmp(names[known], pair->key) != 0)
        known++;
    if (known == sizeof names / sizeof *names || !state_by_name(pair->key, &state)) {
        fields_unknown(l, &pair->key_place, "state", pair->key, names, sizeof names / sizeof *names);
        return;
    }
    ((struct platform_load *)l->owner)->has_prompt[state] = true;
    const struct yaml_node *const *items = (const struct yaml_node *const *)&pair->value;
    size_t count = fields_items(pair->value, &items);
    for (size_t i = 0; i < count; i++)
        read_entry(l, items[i], state, all);
}

static bool matches(const struct entry *entry, const char *line)
{
    return regex_match(entry->prompt.regex, line, strlen(line), 0, NULL, 0) != REGEX_NO_MATCH;
}

static bool is_declared(const struct entry *a, const struct entry *b)
{
    const struct entry *specific = a->prompt.state < b->prompt.state ? a : b, *other = specific == a ? b : a;
    for (size_t i = 0; specific->overlaps && specific->overlaps[i]; i++)
        if (strcmp(specific->overlaps[i], state_name(other->prompt.state)) == 0)
            return true;
    return false;
}

/* True once a mistake was found: one a prompt is enough. */
static bool try_line(struct load *l, const struct prompt_load *all, const struct entry *from,
                     const char *line)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct entry *other = &all->entries[i];
        if (other->prompt.state == from->prompt.state || !matches(other, line) || is_declared(from, other))
            continue;
        const struct entry *specific = from->prompt.state < other->prompt.state ? from : other;
        mistakes_add(l->m, &from->place,
                     "the line \"%.60s\" is a prompt of %s, and also of %s (line %u); make them differ, or "
                     "say overlaps: "
                     "[%s] at %s",
                     line, state_name(from->prompt.state), state_name(other->prompt.state), other->place.line,
                     state_name((specific == from ? other : from)->prompt.state),
                     state_name(specific->prompt.state));
        return true;
    }
    return false;
}

static void try_given(struct load *l, const struct prompt_load *all, const struct entry *entry)
{
    for (size_t i = 0; entry->samples && entry->samples[i]; i++) {
        if (!matches(entry, entry->samples[i]))
            mistakes_add(l->m, &entry->place, "the sample \"%.60s\" does not match its pattern",
                         entry->samples[i]);
        else if (try_line(l, all, entry, entry->samples[i]))
            return;
    }
}

static void try_entry(struct load *l, const struct prompt_load *all, const struct entry *entry)
{
    size_t tried = 0;
    bool found = false;
    struct str line = {0};
    for (size_t h = 0; !found && h < sizeof hostnames / sizeof *hostnames; h++)
        for (unsigned turn = 0; !found && turn < TURNS; turn++) {
            str_reset(&line);
            sample_line(entry->prompt.text, hostnames[h], turn, &line);
            if (!matches(entry, str_cstr(&line)))
                continue;
            tried++;
            found = try_line(l, all, entry, str_cstr(&line));
        }
    str_clear(&line);
    if (!tried && (!entry->samples || !entry->samples[0]))
        mistakes_add(l->m, &entry->place,
                     "no line could be made up that this prompt matches; give some: {pattern: …, "
                     "samples: ['…']}");
    try_given(l, all, entry);
}

static void keep(struct load *l, const struct prompt_load *all, struct dialect *d)
{
    d->prompts = arena_alloc_array(l->arena, all->count, sizeof *d->prompts);
    for (int state = 0; state < STATE_COUNT; state++)
        for (size_t i = 0; i < all->count; i++)
            if ((int)all->entries[i].prompt.state == state)
                d->prompts[d->prompt_count++] = all->entries[i].prompt;
}

void platform_read_prompts(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct prompt_load all = {.count = 0};
    if (!yaml_want_map(pair->value, l->m))
        return;
    for (size_t i = 0; i < pair->value->count; i++)
        read_state(l, &pair->value->pairs[i], &all);
    for (size_t i = 0; i < all.count; i++)
        try_entry(l, &all, &all.entries[i]);
    keep(l, &all, into);
}
