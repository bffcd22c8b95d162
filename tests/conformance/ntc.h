/* An ntc-templates checkout: its index, and the raw files of its tests. Static functions in a header, because the program here
   and the one in tests/bench are built by different rules. What it does follows textfsm's clitable.py and ntc_templates/parse.py. */
#ifndef TESTS_CONFORMANCE_NTC_H
#define TESTS_CONFORMANCE_NTC_H

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "parse/pattern.h"
#include "text/regex.h"

struct ntc_row {           /* of the index */
    const char *templates; /* names joined with ':' */
    struct regex *platform, *command;
};

struct ntc_pair {
    const char *platform, *command;
    const char *raw, *yml; /* paths */
};

struct ntc {
    struct arena arena;
    const char *templates_dir, *tests_dir;
    VEC(struct ntc_row) rows;
    VEC(struct ntc_pair) pairs;
};

static struct regex *ntc_regex(struct ntc *n, const char *source)
{
    struct err e;
    struct pattern pattern;
    struct regex *re = NULL;
    if (pattern_translate(source, strlen(source), PATTERN_ASCII, &n->arena, &pattern, &e))
        re = regex_new(pattern.text, REGEX_ANCHORED | REGEX_BYTES, &e);
    if (!re) {
        fprintf(stderr, "index: %s: %s\n", source, e.msg);
        exit(2);
    }
    return re;
}

/* re.sub(r'(\[\[.+?\]\])', …): [[abc]] becomes (a(b(c)?)?)? */
static char *ntc_complete(struct ntc *n, const char *command)
{
    struct str out = {0};
    const char *open, *close;
    while ((open = strstr(command, "[[")) && open[2] && (close = strstr(open + 3, "]]"))) {
        str_add(&out, command, (size_t)(open - command));
        for (const char *c = open + 2; c < close; c++)
            str_printf(&out, "(%c", *c);
        for (const char *c = open + 2; c < close; c++)
            str_add_cstr(&out, ")?");
        command = close + 2;
    }
    str_add_cstr(&out, command);
    char *kept = arena_strdup(&n->arena, str_cstr(&out));
    str_clear(&out);
    return kept;
}

static char *ntc_trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    size_t len = strlen(s);
    while (len && isspace((unsigned char)s[len - 1]))
        s[--len] = '\0';
    return s;
}

static void ntc_read_index(struct ntc *n)
{
    struct err e;
    struct str text = {0};
    char *path = arena_printf(&n->arena, "%s/index", n->templates_dir), *save;
    if (!file_read(path, &text, &e)) {
        fprintf(stderr, "%s\n", e.msg);
        exit(2);
    }
    bool header = true;
    for (char *line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *fields[5], *at = line;
        size_t count = 0;
        while (count < 5 && (fields[count] = strsep(&at, ",")))
            fields[count] = ntc_trim(fields[count]), count++;
        if (*line == '#' || count != 4)
            continue;
        if (!header) {
            struct ntc_row row = {arena_strdup(&n->arena, fields[0]), ntc_regex(n, fields[2]),
                                  ntc_regex(n, ntc_complete(n, fields[3]))};
            VEC_ADD(&n->rows, row);
        }
        header = false;
    }
    str_clear(&text);
}

static int ntc_names(const char *dir, char ***names)
{
    struct dirent **entries;
    int count = scandir(dir, &entries, NULL, alphasort), kept = 0;
    *names = mem_alloc_array((size_t)(count < 0 ? 0 : count) + 1, sizeof **names);
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.')
            (*names)[kept++] = mem_strdup(entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return kept;
}

static void ntc_add_pairs(struct ntc *n, const char *platform, const char *command)
{
    char **files;
    char *dir = arena_printf(&n->arena, "%s/%s/%s", n->tests_dir, platform, command);
    char *words = arena_strdup(&n->arena, command);
    for (char *c = words; *c; c++)
        if (*c == '_')
            *c = ' ';
    int count = ntc_names(dir, &files);
    for (int i = 0; i < count; i++) {
        size_t len = strlen(files[i]);
        if (len > 4 && strcmp(files[i] + len - 4, ".raw") == 0) {
            struct ntc_pair pair = {arena_strdup(&n->arena, platform), words,
                                    arena_printf(&n->arena, "%s/%s", dir, files[i]),
                                    arena_printf(&n->arena, "%s/%.*s.yml", dir, (int)len - 4, files[i])};
            VEC_ADD(&n->pairs, pair);
        }
        mem_free(files[i]);
    }
    mem_free(files);
}

static void ntc_open(struct ntc *n, const char *checkout)
{
    char **platforms, **commands;
    n->templates_dir = arena_printf(&n->arena, "%s/ntc_templates/templates", checkout);
    n->tests_dir = arena_printf(&n->arena, "%s/tests", checkout);
    ntc_read_index(n);
    int count = ntc_names(n->tests_dir, &platforms);
    for (int i = 0; i < count; i++) {
        char *dir = arena_printf(&n->arena, "%s/%s", n->tests_dir, platforms[i]);
        int command_count = file_is_dir(dir) ? ntc_names(dir, &commands) : 0;
        for (int j = 0; j < command_count; j++) {
            ntc_add_pairs(n, platforms[i], commands[j]);
            mem_free(commands[j]);
        }
        if (command_count || file_is_dir(dir))
            mem_free(commands);
        mem_free(platforms[i]);
    }
    mem_free(platforms);
}

/* The first row that matches; NULL if none does. */
static const char *ntc_templates(const struct ntc *n, const struct ntc_pair *pair)
{
    for (size_t i = 0; i < n->rows.count; i++) {
        const struct ntc_row *row = &n->rows.items[i];
        if (regex_match(row->platform, pair->platform, strlen(pair->platform), 0, NULL, 0) == REGEX_MATCH &&
            regex_match(row->command, pair->command, strlen(pair->command), 0, NULL, 0) == REGEX_MATCH)
            return row->templates;
    }
    return NULL;
}

static void ntc_close(struct ntc *n)
{
    for (size_t i = 0; i < n->rows.count; i++) {
        regex_free(n->rows.items[i].platform);
        regex_free(n->rows.items[i].command);
    }
    VEC_CLEAR(&n->rows);
    VEC_CLEAR(&n->pairs);
    arena_clear(&n->arena);
}

#endif
