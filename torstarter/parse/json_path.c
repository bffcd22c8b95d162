/* https://www.rfc-editor.org/rfc/rfc6901; the further steps are this project's own. */
#include "parse/json_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* ---- reading a path ---- */

struct path_reader {
    const char *text;
    struct arena *arena;
    struct err *e;
    bool of_rows;
    unsigned wildcards; /* of the rows */
};

static bool refuse(const struct path_reader *r, const char *why)
{
    return err_set(r->e, ERR_SYNTAX, "\"%.80s\" %s", r->text, why);
}

/* ~1 is '/', ~0 is '~', and nothing else may follow a '~'. */
static char *unescape(struct arena *arena, const char *token, size_t len)
{
    char *key = arena_strndup(arena, token, len), *to = key;
    for (const char *p = key; *p; p++) {
        if (*p == '~' && p[1] != '0' && p[1] != '1')
            return NULL;
        if (*p == '~')
            *to++ = *++p == '0' ? '~' : '/';
        else
            *to++ = *p;
    }
    *to = '\0';
    return key;
}

/* {1} to {9}: its number from 0; false when it is none. */
static bool is_held(const char *token, size_t len, unsigned *held)
{
    if (len != 3 || token[0] != '{' || token[2] != '}' || token[1] < '1' || token[1] > '9')
        return false;
    *held = (unsigned)(token[1] - '1');
    return true;
}

static bool read_step(const struct path_reader *r, const char *token, size_t len, struct json_step *out)
{
    bool each = len == 1 && *token == '*', or_self = len == 1 && *token == '+';
    bool optional = len > 1 && token[len - 1] == '?';
    if (is_held(token, len, &out->held)) {
        out->kind = STEP_HELD;
        return r->of_rows ? refuse(r, "names a wildcard of the rows, which has a meaning in columns only")
                          : out->held < r->wildcards || refuse(r, "names a wildcard that rows: has not");
    }
    if ((each || or_self || optional) && !r->of_rows)
        return refuse(r, "has a step *, + or KEY?, which belongs to rows: only; a column is one value");
    out->kind = each ? STEP_EACH : or_self ? STEP_EACH_OR_SELF : optional ? STEP_KEY_OR_NONE : STEP_KEY;
    out->key = unescape(r->arena, token, len - optional);
    return out->key || refuse(r, "holds a ~ that is neither ~0 (for ~) nor ~1 (for /)");
}

static bool read_steps(const struct path_reader *r, const char *p, struct json_path *out)
{
    struct json_step *steps = arena_alloc_array(r->arena, JSON_STEPS_MAX, sizeof *steps);
    out->text = r->text;
    out->steps = steps;
    if (*p && *p != '/')
        return refuse(r, "is no pointer: it begins with /");
    while (*p) {
        size_t len = strcspn(++p, "/");
        if (out->step_count == JSON_STEPS_MAX)
            return refuse(r, "has more than 32 steps");
        struct json_step *step = &steps[out->step_count++];
        if (!read_step(r, p, len, step))
            return false;
        out->wildcards += step->kind == STEP_EACH || step->kind == STEP_EACH_OR_SELF;
        p += len;
    }
    return out->wildcards <= JSON_HELD_MAX || refuse(r, "has more than 9 wildcards");
}

bool json_path_rows(const char *text, struct arena *arena, struct json_path *out, struct err *e)
{
    struct path_reader r = {arena_strdup(arena, text), arena, e, true, 0};
    *out = (struct json_path){.kind = FROM_ROOT};
    return read_steps(&r, r.text, out);
}

bool json_path_column(const char *text, unsigned wildcards, struct arena *arena, struct json_path *out,
                      struct err *e)
{
    struct path_reader r = {arena_strdup(arena, text), arena, e, false, wildcards};
    bool from_root = str_starts(text, "//");
    unsigned held;
    *out = (struct json_path){.kind = from_root ? FROM_ROOT : FROM_ROW};
    if (strcmp(text, "{empty}") == 0) {
        *out = (struct json_path){.text = r.text, .kind = IS_EMPTY};
        return true;
    }
    if (!is_held(text, strlen(text), &held))
        return read_steps(&r, r.text + from_root, out);
    struct json_step *step = ARENA_NEW(arena, struct json_step);
    *out = (struct json_path){.text = r.text, .kind = IS_HELD, .steps = step, .step_count = 1};
    return read_step(&r, r.text, 3, step);
}

/* ---- following one ---- */

/* The member or item; NULL when there is none, or no place for one. */
static const struct json *step_into(const struct json *j, const char *key)
{
    enum json_kind kind = json_kind(j);
    if (kind == JSON_OBJECT)
        return json_member(j, key);
    size_t digits = kind == JSON_LIST ? strspn(key, "0123456789") : 0;
    if (digits == 0 || key[digits] || (key[0] == '0' && digits > 1) || digits > 9)
        return NULL;
    return json_item(j, strtoul(key, NULL, 10));
}

static bool is_there(const struct json *j)
{
    return j && json_kind(j) != JSON_NULL;
}

const struct json *json_path_at(const struct json_path *path, const struct json *root, const struct json *row,
                                const struct json_held *held)
{
    const struct json *j = path->kind == FROM_ROOT ? root : row;
    for (size_t i = 0; j && i < path->step_count; i++) {
        const struct json_step *step = &path->steps[i];
        const char *key = step->kind == STEP_HELD ? held->names[step->held] : step->key;
        j = key ? step_into(j, key) : j;
    }
    return is_there(j) ? j : NULL;
}

struct walk {
    const struct json_path *path;
    struct arena *arena;
    bool (*each)(void *ctx, const struct json *row, const struct json_held *held);
    void *ctx;
    struct err *e;
    struct json_held held;
    const char *keys[JSON_STEPS_MAX]; /* gone so far; NULL where a step went nowhere */
};

static bool walk(struct walk *w, const struct json *j, size_t at);

/* Where the walk stands, as a plain pointer, and what is wrong there. */
static bool walk_refuse(const struct walk *w, size_t at, const char *why)
{
    struct str where = {0};
    for (size_t i = 0; i < at; i++)
        if (w->keys[i])
            str_printf(&where, "/%s", w->keys[i]);
    err_set(w->e, ERR_UNREAD, "at \"%.120s\" %s (rows: %s)", str_cstr(&where), why, w->path->text);
    str_clear(&where);
    return false;
}

static bool walk_key(struct walk *w, const struct json *j, size_t at)
{
    const struct json_step *step = &w->path->steps[at];
    enum json_kind kind = json_kind(j);
    w->keys[at] = step->key;
    if (kind != JSON_OBJECT && kind != JSON_LIST && kind != JSON_NULL)
        return walk_refuse(w, at, "stands a plain value where an object is wanted");
    const struct json *next = step_into(j, step->key);
    if (is_there(next))
        return walk(w, next, at + 1);
    /* An answer, or one row's branch of it, that lacks what was asked for says nothing: it is no table without rows. */
    if (step->kind == STEP_KEY)
        return walk_refuse(w, at + 1, "there is nothing; where it may be missing, write KEY? in its place");
    return true;
}

static bool walk_child(struct walk *w, const struct json *child, size_t at, const char *name)
{
    w->keys[at] = name;
    w->held.names[w->held.count++] = name;
    bool good = walk(w, child, at + 1);
    w->held.count--;
    return good;
}

struct members {
    struct walk *w;
    size_t at;
    bool good;
};

static void walk_member(void *ctx, const char *key, const struct json *value)
{
    struct members *m = ctx;
    m->good = m->good && walk_child(m->w, value, m->at, key);
}

static bool walk_each(struct walk *w, const struct json *j, size_t at)
{
    struct members m = {w, at, true};
    enum json_kind kind = json_kind(j);
    if (kind == JSON_LIST)
        for (size_t i = 0; m.good && i < json_count(j); i++)
            m.good = walk_child(w, json_item(j, i), at, arena_printf(w->arena, "%zu", i));
    else if (w->path->steps[at].kind == STEP_EACH_OR_SELF)
        m.good = walk_child(w, j, at, NULL);
    else if (kind == JSON_OBJECT)
        json_each(j, walk_member, &m);
    else
        m.good = walk_refuse(w, at, "stands a plain value where a list or an object is wanted");
    return m.good;
}

static bool walk(struct walk *w, const struct json *j, size_t at)
{
    if (at == w->path->step_count)
        return w->each(w->ctx, j, &w->held);
    const struct json_step *step = &w->path->steps[at];
    if (step->kind == STEP_EACH || step->kind == STEP_EACH_OR_SELF)
        return walk_each(w, j, at);
    return walk_key(w, j, at);
}

bool json_path_each(const struct json_path *rows, const struct json *root, struct arena *arena,
                    bool (*each)(void *ctx, const struct json *row, const struct json_held *held), void *ctx,
                    struct err *e)
{
    struct walk w = {.path = rows, .arena = arena, .each = each, .ctx = ctx, .e = e};
    return walk(&w, root, 0);
}
