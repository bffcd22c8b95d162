/* Value [option[,option…]] name (regex), split at single blanks as textfsm does. */
#include <string.h>

#include "base/mem.h"
#include "parse/textfsm_private.h"

static const char *const option_names[OPTION_COUNT] = {"Required", "Filldown", "Fillup", "Key", "List"};

int value_by_name(const struct textfsm *t, const char *name, size_t len)
{
    for (size_t i = 0; i < t->values.count; i++)
        if (strlen(t->values.items[i].name) == len && memcmp(t->values.items[i].name, name, len) == 0)
            return (int)i;
    return -1;
}

static bool add_option(struct textfsm *t, struct value *v, const char *name, struct err *e)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(option_names[i], name) != 0)
            continue;
        if (v->has[i])
            return template_refuse(t, v->line, e, "duplicate option \"%s\"", name);
        v->has[i] = true;
        v->options[v->option_count++] = (enum option)i;
        return true;
    }
    const char *near = str_nearest(name, option_names, OPTION_COUNT);
    return template_refuse(t, v->line, e, "unknown option \"%s\"; %s%s", name,
                           near ? "did you mean " : "there are Required, Filldown, Fillup, Key and List",
                           near ? near : "");
}

static bool add_options(struct textfsm *t, struct value *v, const char *text, size_t len, struct err *e)
{
    for (size_t from = 0, at = 0; at <= len; at++) {
        if (at < len && text[at] != ',')
            continue;
        if (!add_option(t, v, arena_strndup(&t->arena, text + from, at - from), e))
            return false;
        from = at + 1;
    }
    return true;
}

/* The part before the next single blank; past it. NULL when there is none left. */
static const char *next_token(const char **at, const char *end, size_t *len)
{
    if (*at > end)
        return NULL;
    const char *from = *at, *blank = memchr(from, ' ', (size_t)(end - from));
    const char *stop = blank ? blank : end;
    *len = (size_t)(stop - from);
    *at = stop + 1;
    return from;
}

static size_t count_of(const char *text, char c)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == c;
    return n;
}

static bool check(struct textfsm *t, struct value *v, struct err *e)
{
    size_t len = strlen(v->regex);
    if (!*v->name)
        return template_refuse(t, v->line, e,
                               "the Value has no name: one blank between the words of the line");
    if (character_count(v->name, strlen(v->name)) > NAME_MAX_CHARACTERS)
        return template_refuse(t, v->line, e, "the Value's name '%s' is longer than %d characters", v->name,
                               NAME_MAX_CHARACTERS);
    if (strchr(v->name, '\\'))
        return template_refuse(t, v->line, e, "the Value's name '%s' holds a backslash", v->name);
    if (len < 2 || v->regex[0] != '(' || v->regex[len - 1] != ')' ||
        count_of(v->regex, '(') != count_of(v->regex, ')'))
        return template_refuse(t, v->line, e, "the Value's regex \"%s\" must stand within one '()' pair",
                               v->regex);
    if (value_by_name(t, v->name, strlen(v->name)) >= 0)
        return template_refuse(t, v->line, e, "the Value '%s' is declared twice; first in line %u", v->name,
                               t->values.items[value_by_name(t, v->name, strlen(v->name))].line);
    return true;
}

/* The whole of a List's regex, as textfsm compiles it for what is nested in it. */
static bool read_nested(struct textfsm *t, struct value *v, struct err *e)
{
    struct err why;
    struct pattern pattern;
    size_t len = strlen(v->regex);
    if (!pattern_translate(v->regex, len, PATTERN_ASCII, &t->arena, &pattern, &why))
        return template_refuse(t, v->line, e, "the Value's regex \"%s\" is refused: %s", v->regex, why.msg);
    if (pattern.group_count < 2 || pattern.name_count == 0)
        return true;
    v->nested = ARENA_NEW(&t->arena, struct code);
    v->nested_names = pattern.names;
    v->nested_count = pattern.name_count;
    v->nested_groups = pattern.group_count;
    return code_init(t, v->nested, &pattern, v->regex, len, v->line, e);
}

bool value_read(struct textfsm *t, const char *text, size_t len, unsigned line, struct err *e)
{
    const char *at = text, *end = text + len;
    size_t lens[3] = {0};
    const char *tokens[3];
    struct value v = {.line = line};
    for (int i = 0; i < 3; i++)
        if (!(tokens[i] = next_token(&at, end, &lens[i])))
            return template_refuse(t, line, e, "expected \"Value [options] name (regex)\"");
    bool has_options = lens[2] == 0 || tokens[2][0] != '(';
    const char *regex = has_options ? at : tokens[2];
    if (has_options && !add_options(t, &v, tokens[1], lens[1], e))
        return false;
    int name = has_options ? 2 : 1;
    v.name = arena_strndup(&t->arena, tokens[name], lens[name]);
    v.regex = arena_strndup(&t->arena, regex, regex < end ? (size_t)(end - regex) : 0);
    if (!check(t, &v, e) || (v.has[OPTION_LIST] && !read_nested(t, &v, e))) {
        if (v.nested)
            code_clear(v.nested);
        return false;
    }
    v.template = arena_printf(&t->arena, "(?P<%s>%s", v.name, v.regex + 1);
    VEC_ADD(&t->values, v);
    return true;
}
