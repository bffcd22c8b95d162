#include "model/server.h"

#include <string.h>

#include "model/check.h"
#include "model/fields.h"
#include "text/regex.h"

enum { ESCAPE_MAX_BYTES = 16 };

struct step_entry {
    struct dialogue_step step;
    const char *answer;
};

static const char *check_pattern(const char *text)
{
    return *text ? NULL : "is an empty pattern: it would match everything; remove it";
}

static struct regex *compile(struct load *l, const struct yaml_node *n, const char *pattern)
{
    struct err e = {0};
    struct regex *re = regex_new(pattern, REGEX_BYTES | REGEX_JIT, &e);
    if (!re)
        mistakes_add(l->m, &n->place, "%s", e.msg);
    return re;
}

static struct regex *read_pattern(struct load *l, const struct yaml_node *n, const char **text)
{
    return fields_text(l, n, check_pattern, text) ? compile(l, n, *text) : NULL;
}

/* {user} {port} {port:02} {label} and nothing else in braces. */
static const char *check_template(const char *text)
{
    static const char *const known[] = {"{user}", "{port}", "{port:02}", "{label}"};
    for (const char *p = text; (p = strchr(p, '{')); p++) {
        size_t i = 0;
        while (i < FIELD_COUNT(known) && !str_starts(p, known[i]))
            i++;
        if (i == FIELD_COUNT(known))
            return "holds something else in braces than {user}, {port}, {port:02}, {label}";
    }
    return check_not_empty(text);
}

static void read_expect(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct step_entry *entry = into;
    entry->step.expect = read_pattern(l, pair->value, &entry->step.expect_text);
}

static const char *const answer_words[] = {"user", "password", NULL};
static const struct field step_fields[] = {
    {"expect", FIELD_READ, FIELD_REQUIRED, .read = read_expect},
    {"send", FIELD_TEXT, .offset = offsetof(struct step_entry, step.send), .check = check_template},
    {"answer", FIELD_TEXT, .offset = offsetof(struct step_entry, answer), .words = answer_words},
};

static void read_login(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_driver *d = into;
    if (!yaml_want_list(pair->value, l->m))
        return;
    d->steps = arena_alloc_array(l->arena, pair->value->count, sizeof *d->steps);
    for (size_t i = 0; i < pair->value->count; i++) {
        const struct yaml_node *n = pair->value->items[i];
        struct step_entry entry = {.step = {.answer = DIALOGUE_TEXT}};
        if (!fields_read(l, n, "a login step", step_fields, FIELD_COUNT(step_fields), &entry))
            continue;
        if (!entry.answer == !entry.step.send)
            mistakes_add(l->m, &n->place, "a login step has either send: or answer:; keep one of them");
        if (entry.answer)
            entry.step.answer = strcmp(entry.answer, "user") == 0 ? DIALOGUE_USER : DIALOGUE_PASSWORD;
        d->steps[d->step_count++] = entry.step;
    }
}

static void read_ready(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_driver *d = into;
    d->ready = read_pattern(l, pair->value, &d->ready_text);
}

static void read_replay(struct load *l, const struct yaml_pair *pair, void *into)
{
    const char *text;
    ((struct console_driver *)into)->replay = read_pattern(l, pair->value, &text);
}

static void read_busy(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_driver *d = into;
    const struct yaml_node *const *items = (const struct yaml_node *const *)&pair->value;
    size_t count = fields_items(pair->value, &items);
    d->busy = arena_alloc_array(l->arena, count, sizeof *d->busy);
    for (size_t i = 0; i < count; i++) {
        struct busy_sign sign = {.text = NULL};
        sign.regex = read_pattern(l, items[i], &sign.text);
        if (sign.regex)
            d->busy[d->busy_count++] = sign;
    }
}

/* Control characters are the rule here ("\x1a", "\x05c."), so these texts are not checked as others are. */
static void read_escapes(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_driver *d = into;
    const struct yaml_node *const *items = (const struct yaml_node *const *)&pair->value;
    size_t count = fields_items(pair->value, &items);
    char *all = arena_alloc(l->arena, count * (ESCAPE_MAX_BYTES + 1));
    for (size_t i = 0; i < count; i++) {
        const char *text;
        if (!yaml_want_text(items[i], &text, l->m))
            continue;
        size_t len = strlen(text);
        if (len == 0 || len > ESCAPE_MAX_BYTES) {
            mistakes_add(l->m, &items[i]->place,
                         "an escape sequence has 1 to %d bytes; write it like '~.' or \"\\x1a\"",
                         ESCAPE_MAX_BYTES);
            continue;
        }
        memcpy(all + d->escapes_len, text, len);
        d->escapes_len += len + 1;
    }
    d->escapes = all;
}

#define AT(member) offsetof(struct console_driver, member)
static const char *const schemes[] = {"ssh", "telnet", "rfc2217", "tcp", NULL};
static const struct field driver_fields[] = {
    {"about", FIELD_TEXT, FIELD_REQUIRED, AT(about), .check = check_not_empty},
    {"scheme", FIELD_TEXT, FIELD_REQUIRED, AT(scheme), .words = schemes},
    {"user", FIELD_TEXT, .offset = AT(user), .check = check_template},
    {"port_base", FIELD_UINT, .offset = AT(port_base), .min = 1, .max = 65000},
    {"login", FIELD_READ, .read = read_login},
    {"ready", FIELD_READ, .read = read_ready},
    {"busy", FIELD_READ, .read = read_busy},
    {"replay", FIELD_READ, .read = read_replay},
    {"escapes", FIELD_READ, .read = read_escapes},
    {"direct", FIELD_BOOL, .offset = AT(direct)},
};
#undef AT

struct console_driver *console_driver_load(const char *kind, const struct yaml_place *asked,
                                           const struct search_path *path, struct arena *arena,
                                           struct mistakes *m)
{
    struct load l = {.arena = arena, .m = m};
    size_t before = m->count;
    const char *const *names, *wrong = check_name(kind);
    if (wrong) {
        mistakes_add(m, asked, "console server kind \"%.40s\" %s", kind, wrong);
        return NULL;
    }
    const char *file =
        search_path_find(path, arena_printf(arena, "platforms/console-servers/%s.yaml", kind), arena);
    if (!file) {
        size_t count = search_path_list(path, "platforms/console-servers", ".yaml", arena, &names);
        fields_unknown(&l, asked, "console server kind", kind, names, count);
        return NULL;
    }
    struct console_driver *d = ARENA_NEW(arena, struct console_driver);
    d->kind = arena_strdup(arena, kind);
    d->user = "{user}";
    struct yaml_node *root = yaml_read_file(file, arena, m);
    if (root)
        fields_read(&l, root, "a console-server driver", driver_fields, FIELD_COUNT(driver_fields), d);
    if (root && m->count == before)
        return d;
    console_driver_clear(d);
    return NULL;
}

void console_driver_clear(struct console_driver *d)
{
    for (size_t i = 0; i < d->step_count; i++)
        regex_free(d->steps[i].expect);
    for (size_t i = 0; i < d->busy_count; i++)
        regex_free(d->busy[i].regex);
    regex_free(d->ready);
    regex_free(d->replay);
    d->step_count = d->busy_count = 0;
    d->ready = d->replay = NULL;
}
