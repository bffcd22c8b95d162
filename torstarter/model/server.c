#include "model/server.h"

#include <string.h>

#include "base/mem.h"
#include "model/check.h"
#include "model/fields.h"
#include "text/regex.h"

enum { ESCAPE_MAX_BYTES = 16 };

struct step_entry {
    struct dialogue_step step;
    const char *answer, *text, *keys, *redirect;
};

struct driver_entry {
    struct console_driver driver; /* first: its readers see this */
    const struct yaml_node *also;
};

static const char *check_pattern(const char *text)
{
    return *text ? NULL : "is an empty pattern: it would match everything; remove it";
}

static struct regex *compile(struct load *l, const struct yaml_node *n, const char *pattern)
{
    struct console_driver *d = l->owner;
    struct err e = {0};
    struct regex *re = regex_new(pattern, REGEX_BYTES | REGEX_JIT, &e);
    if (!re) {
        mistakes_add(l->m, &n->place, "%s", e.msg);
        return NULL;
    }
    d->patterns = mem_resize_array(d->patterns, d->pattern_count + 1, sizeof *d->patterns);
    return d->patterns[d->pattern_count++] = re;
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

/* An empty text is the plain line end. */
static const char *check_template_or_empty(const char *text)
{
    return *text ? check_template(text) : NULL;
}

static void read_expect(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct step_entry *entry = into;
    if (entry->step.expect_text)
        mistakes_add(l->m, &pair->key_place, "a step waits for either expect: or line:; keep one of them");
    entry->step.expect = read_pattern(l, pair->value, &entry->step.expect_text);
    entry->step.line = strcmp(pair->key, "line") == 0;
}

/* Escape characters are the rule here ("\x05c;"), so this text is not checked as others are. */
static void read_keys(struct load *l, const struct yaml_pair *pair, void *into)
{
    const char **keys = into, *text;
    if (!yaml_want_text(pair->value, &text, l->m))
        return;
    if (!*text || strlen(text) > ESCAPE_MAX_BYTES)
        mistakes_add(l->m, &pair->value->place, "keys are 1 to %d bytes; write them like '~.' or \"\\x05c;\"",
                     ESCAPE_MAX_BYTES);
    else
        *keys = text;
}

static void read_step_keys(struct load *l, const struct yaml_pair *pair, void *into)
{
    read_keys(l, pair, &((struct step_entry *)into)->keys);
}

static const char *const answer_words[] = {"user", "password", "nothing", NULL};
static const char *const redirect_words[] = {"{port}", NULL};
#define AT(member) offsetof(struct step_entry, member)
static const struct field step_fields[] = {
    {"expect", FIELD_READ, .read = read_expect},
    {"line", FIELD_READ, .read = read_expect},
    {"send", FIELD_TEXT, .offset = AT(text), .check = check_template_or_empty},
    {"answer", FIELD_TEXT, .offset = AT(answer), .words = answer_words},
    {"keys", FIELD_READ, .read = read_step_keys},
    {"redirect", FIELD_TEXT, .offset = AT(redirect), .words = redirect_words},
    {"optional", FIELD_BOOL, .offset = AT(step.optional)},
    {"clears", FIELD_BOOL, .offset = AT(step.clears)},
};
#undef AT

static void decide_answer(struct load *l, const struct yaml_node *n, struct step_entry *entry)
{
    struct dialogue_step *step = &entry->step;
    unsigned ways = !!entry->text + !!entry->answer + !!entry->keys + !!entry->redirect;
    if (ways != 1)
        mistakes_add(l->m, &n->place,
                     "a step has one of send:, answer:, keys: and redirect:; keep one of them");
    step->send = entry->text ? entry->text : entry->keys;
    if (entry->keys)
        step->answer = DIALOGUE_KEYS;
    else if (entry->redirect)
        step->answer = DIALOGUE_REDIRECT;
    else if (entry->answer)
        step->answer = strcmp(entry->answer, "user") == 0       ? DIALOGUE_USER
                       : strcmp(entry->answer, "password") == 0 ? DIALOGUE_PASSWORD
                                                                : DIALOGUE_WAIT;
    if (entry->redirect && step->expect && regex_group_number(step->expect, "port") <= 0)
        mistakes_add(l->m, &n->place, "a redirect needs the port in its pattern; write (?<port>\\d+)");
}

static struct dialogue_step *read_steps(struct load *l, const struct yaml_node *list, const char *what,
                                        bool clearing, size_t *count)
{
    *count = 0;
    if (!yaml_want_list(list, l->m))
        return NULL;
    struct dialogue_step *steps = arena_alloc_array(l->arena, list->count, sizeof *steps);
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml_node *n = list->items[i];
        struct step_entry entry = {.step = {.answer = DIALOGUE_TEXT}};
        if (!fields_read(l, n, what, step_fields, FIELD_COUNT(step_fields), &entry))
            continue;
        decide_answer(l, n, &entry);
        if (!clearing && !entry.step.expect_text && i > 0) /* some servers wait for the client to begin */
            mistakes_add(l->m, &n->place, "%s needs the key \"expect\" or \"line\"; add it", what);
        if (!clearing && entry.step.clears)
            mistakes_add(l->m, &n->place, "a port is taken in clear: only; remove clears");
        steps[(*count)++] = entry.step;
    }
    return steps;
}

static void read_login(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_driver *d = into;
    d->steps = read_steps(l, pair->value, "a login step", false, &d->step_count);
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

static struct busy_sign *read_lines(struct load *l, const struct yaml_node *n, size_t *count)
{
    const struct yaml_node *const *items = (const struct yaml_node *const *)&n;
    size_t all = fields_items(n, &items);
    struct busy_sign *signs = arena_alloc_array(l->arena, all, sizeof *signs);
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        struct busy_sign sign = {.text = NULL};
        sign.regex = read_pattern(l, items[i], &sign.text);
        if (sign.regex)
            signs[(*count)++] = sign;
    }
    return signs;
}

static void read_busy(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_driver *d = into;
    d->busy = read_lines(l, pair->value, &d->busy_count);
}

static void read_lost(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_driver *d = into;
    d->lost = read_lines(l, pair->value, &d->lost_count);
}

static void read_busy_when(struct load *l, const struct yaml_pair *pair, void *into)
{
    static const char *const words[] = {"refused", "closed", "silent"};
    static const unsigned bits[] = {BUSY_REFUSED, BUSY_CLOSED, BUSY_SILENT};
    struct console_driver *d = into;
    const struct yaml_node *const *items = (const struct yaml_node *const *)&pair->value;
    size_t count = fields_items(pair->value, &items);
    d->busy_when = 0;
    for (size_t i = 0; i < count; i++) {
        const char *text;
        size_t k = 0;
        if (!fields_text(l, items[i], NULL, &text))
            continue;
        while (k < FIELD_COUNT(words) && strcmp(words[k], text) != 0)
            k++;
        if (k < FIELD_COUNT(words))
            d->busy_when |= bits[k];
        else
            fields_unknown(l, &items[i]->place, "way of being busy", text, words, FIELD_COUNT(words));
    }
}

static void read_line_end(struct load *l, const struct yaml_pair *pair, void *into)
{
    static const char *const words[] = {"cr", "lf", "crlf"}, *const ends[] = {"\r", "\n", "\r\n"};
    const char *text;
    if (!fields_text(l, pair->value, NULL, &text))
        return;
    for (size_t i = 0; i < FIELD_COUNT(words); i++)
        if (strcmp(words[i], text) == 0) {
            ((struct console_driver *)into)->line_end = ends[i];
            return;
        }
    fields_unknown(l, &pair->value->place, "line end", text, words, FIELD_COUNT(words));
}

static void read_break_keys(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_driver *d = into;
    d->break_method = BREAK_KEYS;
    read_keys(l, pair, &d->break_keys);
}

static const struct field break_fields[] = {{"keys", FIELD_READ, FIELD_REQUIRED, .read = read_break_keys}};

static void read_break(struct load *l, const struct yaml_pair *pair, void *into)
{
    static const char *const words[] = {"line", "none"};
    struct console_driver *d = into;
    const char *text;
    if (pair->value->kind == YAML_MAP) {
        fields_read(l, pair->value, "a break", break_fields, FIELD_COUNT(break_fields), d);
    } else if (fields_text(l, pair->value, NULL, &text)) {
        d->break_method = strcmp(text, "line") == 0 ? BREAK_LINE : BREAK_NONE;
        if (strcmp(text, "line") != 0 && strcmp(text, "none") != 0)
            fields_unknown(l, &pair->value->place, "way to send a BREAK", text, words, FIELD_COUNT(words));
    }
}

static void read_clear_steps(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_clear *c = into;
    bool clears = false;
    c->steps = read_steps(l, pair->value, "a clear step", true, &c->step_count);
    for (size_t i = 0; i < c->step_count; i++)
        clears = clears || c->steps[i].clears;
    if (!clears)
        mistakes_add(l->m, &pair->value->place,
                     "no step says clears: true; the one that takes the port from its holder needs it");
}

static void read_clear_ready(struct load *l, const struct yaml_pair *pair, void *into)
{
    const char *text;
    ((struct console_clear *)into)->ready = read_pattern(l, pair->value, &text);
}

/* {port} is filled in when the port is known. */
static void read_idle(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_clear *c = into;
    struct str plain = {0};
    if (!fields_text(l, pair->value, check_pattern, &c->idle))
        return;
    for (const char *p = c->idle; *p; p++)
        if (str_starts(p, "{port}"))
            p += strlen("{port}") - 1;
        else
            str_add_char(&plain, *p);
    compile(l, pair->value, str_cstr(&plain));
    str_clear(&plain);
}

static const char *const schemes[] = {"ssh", "telnet", "rfc2217", "tcp", "exec", NULL};
static const char *const where_words[] = {
    [CLEAR_HERE] = "here", [CLEAR_CONSOLE] = "console", [CLEAR_SERVER] = "server", NULL};
_Static_assert(sizeof(enum clear_where) == sizeof(int), "where is read as FIELD_CHOICE");
#define AT(member) offsetof(struct console_clear, member)
static const struct field clear_fields[] = {
    {"where", FIELD_CHOICE, FIELD_REQUIRED, AT(where), .words = where_words},
    {"scheme", FIELD_TEXT, .offset = AT(scheme), .words = schemes},
    {"user", FIELD_TEXT, .offset = AT(user), .check = check_template},
    {"tcp_port", FIELD_UINT, .offset = AT(tcp_port), .min = 1, .max = 65535},
    {"steps", FIELD_READ, FIELD_REQUIRED, .read = read_clear_steps},
    {"ready", FIELD_READ, .read = read_clear_ready},
    {"idle", FIELD_READ, .read = read_idle},
    {"times", FIELD_UINT, .offset = AT(times), .min = 1, .max = 3},
    {"wait", FIELD_SPAN, .offset = AT(wait_ms), .min = 0, .max = 60000},
};
#undef AT

static void read_clear(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct console_driver *d = into;
    d->clear = (struct console_clear){.where = CLEAR_SERVER};
    if (fields_read(l, pair->value, "clear", clear_fields, FIELD_COUNT(clear_fields), &d->clear) &&
        d->clear.where != CLEAR_SERVER && !d->clear.ready)
        mistakes_add(l->m, &pair->value->place,
                     "clear needs the key \"ready\": what proves that the console is ours then?");
}

/* "line": over the connection itself; anything else is what a person has to do on the server. */
static void read_speed(struct load *l, const struct yaml_pair *pair, void *into)
{
    const char *text;
    if (fields_text(l, pair->value, check_not_empty, &text))
        ((struct console_driver *)into)->speed_advice = strcmp(text, "line") == 0 ? NULL : text;
}

static void read_also(struct load *l, const struct yaml_pair *pair, void *into)
{
    if (yaml_want_map(pair->value, l->m))
        ((struct driver_entry *)into)->also = pair->value;
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

static const char *const carriage_returns[] = {"crnul", "crlf", "cr", NULL};

#define AT(member) offsetof(struct console_driver, member)
#define WAY_FIELDS                                                                                           \
    {"user", FIELD_TEXT, .offset = AT(user), .check = check_template},                                       \
        {"port_base", FIELD_UINT, .offset = AT(port_base), .min = 1, .max = 65000},                          \
        {"tcp_port", FIELD_UINT, .offset = AT(tcp_port), .min = 1, .max = 65535},                            \
        {"telnet_cr", FIELD_TEXT, .offset = AT(telnet_cr), .words = carriage_returns},                       \
        {"line_end", FIELD_READ, .read = read_line_end}, {"login", FIELD_READ, .read = read_login},          \
        {"ready", FIELD_READ, .read = read_ready}, {"busy", FIELD_READ, .read = read_busy},                  \
        {"busy_when", FIELD_READ, .read = read_busy_when}, {"lost", FIELD_READ, .read = read_lost},          \
        {"replay", FIELD_READ, .read = read_replay}, {"escapes", FIELD_READ, .read = read_escapes},          \
        {"break", FIELD_READ, .read = read_break}, {"speed", FIELD_READ, .read = read_speed},                \
    {                                                                                                        \
        "clear", FIELD_READ, .read = read_clear                                                              \
    }
static const struct field driver_fields[] = {
    {"about", FIELD_TEXT, FIELD_REQUIRED, AT(about), .check = check_not_empty},
    {"scheme", FIELD_TEXT, FIELD_REQUIRED, AT(scheme), .words = schemes},
    {"direct", FIELD_BOOL, .offset = AT(direct)},
    {"port_is_tcp", FIELD_BOOL, .offset = AT(port_is_tcp)},
    {"also", FIELD_READ, .read = read_also},
    WAY_FIELDS,
};
static const struct field way_fields[] = {WAY_FIELDS};
#undef AT
#undef WAY_FIELDS

static void check_ready(struct load *l, const struct yaml_node *n, const struct console_driver *d)
{
    for (size_t i = 0; i < d->step_count; i++)
        if (d->steps[i].answer == DIALOGUE_PASSWORD && !d->ready) {
            mistakes_add(
                l->m, &n->place,
                "a login that sends a password needs the key \"ready\": what proves that it is over?");
            return;
        }
}

/* Every other way is read, so that a mistake in it is reported; the wanted one is kept. */
static bool read_ways(struct load *l, struct driver_entry *entry, const char *scheme)
{
    struct console_driver *d = &entry->driver, base = *d;
    bool found = !scheme || !d->scheme || strcmp(scheme, d->scheme) == 0;
    for (size_t i = 0; entry->also && i < entry->also->count; i++) {
        const struct yaml_pair *p = &entry->also->pairs[i];
        bool wanted = scheme && strcmp(p->key, scheme) == 0;
        size_t k = 0;
        while (schemes[k] && strcmp(schemes[k], p->key) != 0)
            k++;
        if (!schemes[k])
            fields_unknown(l, &p->key_place, "scheme", p->key, schemes, k);
        struct console_driver way = base;
        way.patterns = d->patterns;
        way.pattern_count = d->pattern_count;
        way.scheme = p->key;
        l->owner = &way;
        fields_read(l, p->value, "a way to the console server", way_fields, FIELD_COUNT(way_fields), &way);
        check_ready(l, p->value, &way);
        struct console_driver *keep = wanted ? &way : d;
        keep->patterns = way.patterns;
        keep->pattern_count = way.pattern_count;
        *d = *keep;
        l->owner = d;
        found = found || wanted;
    }
    return found;
}

static const char *find_file(struct load *l, const char *kind, const struct yaml_place *asked,
                             const struct search_path *path)
{
    const char *const *names, *wrong = check_name(kind);
    if (wrong) {
        mistakes_add(l->m, asked, "console server kind \"%.40s\" %s", kind, wrong);
        return NULL;
    }
    const char *file =
        search_path_find(path, arena_printf(l->arena, "platforms/console-servers/%s.yaml", kind), l->arena);
    if (file)
        return file;
    size_t count = search_path_list(path, "platforms/console-servers", ".yaml", l->arena, &names);
    fields_unknown(l, asked, "console server kind", kind, names, count);
    return NULL;
}

struct console_driver *console_driver_load_way(const char *kind, const char *scheme,
                                               const struct yaml_place *asked, const struct search_path *path,
                                               struct arena *arena, struct mistakes *m)
{
    struct driver_entry *entry = ARENA_NEW(arena, struct driver_entry);
    struct console_driver *d = &entry->driver;
    struct load l = {.arena = arena, .m = m, .owner = d};
    size_t before = m->count;
    const char *file = find_file(&l, kind, asked, path);
    if (!file)
        return NULL;
    d->kind = arena_strdup(arena, kind);
    d->user = "{user}";
    d->way = scheme ? arena_strdup(arena, scheme) : NULL;
    struct yaml_node *root = yaml_read_file(file, arena, m);
    if (root &&
        fields_read(&l, root, "a console-server driver", driver_fields, FIELD_COUNT(driver_fields), entry)) {
        check_ready(&l, root, d);
        if (!read_ways(&l, entry, scheme))
            mistakes_add(m, asked, "no way is known to a console server of kind %s by %s", kind, scheme);
    }
    if (root && m->count == before)
        return d;
    console_driver_clear(d);
    return NULL;
}

struct console_driver *console_driver_load(const char *kind, const struct yaml_place *asked,
                                           const struct search_path *path, struct arena *arena,
                                           struct mistakes *m)
{
    return console_driver_load_way(kind, NULL, asked, path, arena, m);
}

void console_driver_clear(struct console_driver *d)
{
    for (size_t i = 0; i < d->pattern_count; i++)
        regex_free(d->patterns[i]);
    mem_free(d->patterns);
    d->patterns = NULL;
    d->pattern_count = d->step_count = d->busy_count = d->lost_count = d->clear.step_count = 0;
    d->ready = d->replay = d->clear.ready = NULL;
}
