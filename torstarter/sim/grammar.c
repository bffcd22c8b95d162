#include "sim/grammar.h"

#include <stdio.h>
#include <string.h>

#include "sim/device.h"
#include "sim/keys.h"

enum { SINGLE_MAX = 16 };

static void load_words(const struct yaml_node *map, const char *key, struct arena *arena, const char **out,
                       struct mistakes *m)
{
    const struct yaml_node *n = yaml_get(map, key);
    const char *text;
    if (n && yaml_want_text(n, &text, m))
        *out = device_line_text(text, strlen(text), arena, NULL);
}

static void load_pattern(const struct yaml_node *n, struct grammar_line *l, struct mistakes *m)
{
    struct err e;
    const char *text;
    if (!yaml_want_text(n, &text, m))
        return;
    l->re = regex_new(text, REGEX_BYTES, &e);
    if (!l->re)
        mistakes_add(m, &n->place, "%s", e.msg);
}

static void load_map(const struct yaml_node *n, struct arena *arena, struct grammar_line *l,
                     struct mistakes *m)
{
    long single = 0;
    ONLY_KEYS(n, m, "line", "label", "until", "removes", "empties", "error", "says", "single", "lines");
    if (yaml_get(n, "line"))
        load_pattern(yaml_get(n, "line"), l, m);
    else
        mistakes_add(m, &n->place, "a configuration line wants `line:`, its pattern");
    load_words(n, "label", arena, &l->label, m);
    load_words(n, "until", arena, &l->until, m);
    load_words(n, "removes", arena, &l->removes, m);
    load_words(n, "empties", arena, &l->empties, m);
    load_words(n, "error", arena, &l->error, m);
    load_words(n, "says", arena, &l->says, m);
    if (yaml_get(n, "single") && yaml_want_int(yaml_get(n, "single"), 1, SINGLE_MAX, &single, m))
        l->single = (unsigned)single;
    if (yaml_get(n, "lines") || l->label) {
        l->block = ARENA_NEW(arena, struct grammar);
        l->label = l->label ? l->label : "";
        grammar_load(yaml_get(n, "lines"), arena, l->block, m);
    }
}

void grammar_load(const struct yaml_node *list, struct arena *arena, struct grammar *out, struct mistakes *m)
{
    *out = (struct grammar){0};
    if (!list || yaml_is_null(list) || !yaml_want_list(list, m))
        return;
    out->lines = arena_alloc_array(arena, list->count + 1, sizeof *out->lines);
    for (size_t i = 0; i < list->count; i++) {
        struct grammar_line *l = &out->lines[out->count++];
        l->says = "";
        if (list->items[i]->kind == YAML_MAP)
            load_map(list->items[i], arena, l, m);
        else
            load_pattern(list->items[i], l, m);
    }
}

void grammar_free(struct grammar *g)
{
    for (size_t i = 0; i < g->count; i++) {
        regex_free(g->lines[i].re);
        if (g->lines[i].block)
            grammar_free(g->lines[i].block);
    }
}

static bool match_in(const struct grammar *g, const char *text, struct grammar_match *out)
{
    struct regex_span spans[GRAMMAR_GROUPS + 1];
    size_t len = strlen(text);
    for (size_t i = 0; i < g->count; i++) {
        if (regex_match(g->lines[i].re, text, len, 0, spans, GRAMMAR_GROUPS + 1) != REGEX_MATCH)
            continue;
        out->line = &g->lines[i];
        unsigned groups = regex_group_count(g->lines[i].re);
        for (unsigned k = 0; k < GRAMMAR_GROUPS; k++) {
            bool set = k < groups && spans[k + 1].start != REGEX_UNSET;
            snprintf(out->groups[k], sizeof out->groups[k], "%.*s",
                     set ? (int)(spans[k + 1].end - spans[k + 1].start) : 0,
                     set ? text + spans[k + 1].start : "");
        }
        return true;
    }
    return false;
}

void grammar_match(const struct grammar *top, const struct config_path *path, const char *text,
                   struct grammar_match *out)
{
    const struct grammar *levels[CONFIG_DEPTH_MAX + 1] = {top};
    unsigned known = 0;
    while (known < path->depth && match_in(levels[known], path->blocks[known], out) && out->line->block) {
        levels[known + 1] = out->line->block;
        known++;
    }
    *out = (struct grammar_match){0};
    for (unsigned d = known + 1; d-- > 0;)
        if (match_in(levels[d], text, out)) {
            out->depth = d;
            return;
        }
}

void grammar_fill(const struct grammar_match *match, const char *text, struct str *out)
{
    for (const char *p = text; *p;) {
        bool group = p[0] == '{' && p[1] >= '1' && p[1] < '1' + GRAMMAR_GROUPS && p[2] == '}';
        if (group)
            str_add_cstr(out, match->groups[p[1] - '1']);
        else
            str_add_char(out, *p);
        p += group ? 3 : 1;
    }
}
