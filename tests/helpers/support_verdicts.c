#include "helpers/support_verdicts.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "plugin/shared.h"

#define NAME "tor-r1-09"

/* ---- the file ---- */

size_t verdicts_platforms(struct arena *arena, const char ***names)
{
    const char *only = getenv("TORSTARTER_PLATFORM");
    char **found;
    size_t count = file_list("fixtures", "", &found), n = 0;
    *names = arena_alloc_array(arena, count + 1, sizeof **names);
    for (size_t i = 0; i < count; i++) {
        const char *file = arena_printf(arena, "fixtures/%s/verdicts.yaml", found[i]);
        if ((only && *only) ? strcmp(only, found[i]) == 0 : file_exists(file))
            (*names)[n++] = arena_strdup(arena, found[i]);
        mem_free(found[i]);
    }
    mem_free(found);
    return n;
}

static void wrong(struct verdicts *v, const struct yaml_place *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void wrong(struct verdicts *v, const struct yaml_place *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (at)
        str_printf(&v->mistakes, "%s:%u:%u: ", at->file, at->line, at->column);
    str_vprintf(&v->mistakes, fmt, ap);
    str_add_char(&v->mistakes, '\n');
    va_end(ap);
}

static const char *text_of(const struct yaml_node *n)
{
    return n && n->kind == YAML_SCALAR ? n->text : "";
}

/* "neighbors.2" and "neighbors#2" are the second way to ask for the neighbours. */
static const char *query_named(struct verdicts *v, const struct yaml_pair *pair)
{
    char *name = arena_strdup(&v->arena, pair->key);
    char *dot = strchr(name, '.');
    if (dot)
        *dot = '#';
    char *bare = arena_strndup(&v->arena, name, strcspn(name, "#"));
    const struct query *q = dialect_query(&v->platform->dialect, bare);
    unsigned long way = strchr(name, '#') ? strtoul(strchr(name, '#') + 1, NULL, 10) : 1;
    for (unsigned long i = 1; q && i < way; i++)
        q = dialect_query_otherwise(&v->platform->dialect, q);
    if (!q)
        wrong(v, &pair->key_place, "%s: platform %s asks no such query", pair->key, v->name);
    return name;
}

static void read_answers(struct verdicts *v, const struct yaml_node *map, struct verdict_case *c)
{
    c->answers = arena_alloc_array(&v->arena, map ? map->count : 0, sizeof *c->answers);
    for (size_t i = 0; map && map->kind == YAML_MAP && i < map->count; i++) {
        const struct yaml_node *n = map->pairs[i].value;
        struct case_answer *a = &c->answers[c->answer_count++];
        a->query = query_named(v, &map->pairs[i]);
        a->file_count = n->kind == YAML_LIST ? n->count : 1;
        a->files = arena_alloc_array(&v->arena, a->file_count, sizeof *a->files);
        for (size_t k = 0; k < a->file_count; k++)
            a->files[k] = text_of(n->kind == YAML_LIST ? n->items[k] : n);
    }
}

static void read_expect(struct verdicts *v, const struct yaml_node *n, struct verdict_case *c)
{
    const char *text = text_of(n);
    c->kind = strcmp(text, "PASSED") == 0 ? VERDICT_PASS : VERDICT_SKIP;
    if (c->kind == VERDICT_PASS || strcmp(text, "SKIPPED") == 0)
        return;
    if (!failure_by_name(text, &c->failure)) {
        wrong(v, n ? &n->place : NULL, "expect: \"%s\" is neither PASSED, SKIPPED nor a failure's code",
              text);
        return;
    }
    c->kind = failure_info(c->failure)->phase == PHASE_ANY ? VERDICT_ERROR : VERDICT_FAIL;
}

static void read_case(struct verdicts *v, const struct yaml_node *n, struct verdict_case *c)
{
    static const char *const known[] = {"plugin", "answers", "expect", "says", "role", "switch", "values"};
    struct mistakes m = {0};
    yaml_only_keys(n, known, sizeof known / sizeof *known, &m);
    str_add_cstr(&v->mistakes, str_cstr(&m.text));
    mistakes_clear(&m);
    c->line = n->place.line;
    c->plugin = text_of(yaml_get(n, "plugin"));
    c->says = text_of(yaml_get(n, "says"));
    c->role = yaml_get(n, "role");
    c->sw = yaml_get(n, "switch");
    c->values = yaml_get(n, "values");
    if (!plugin_by_name(c->plugin))
        wrong(v, &n->place, "there is no plugin \"%s\"", c->plugin);
    read_expect(v, yaml_get(n, "expect"), c);
    read_answers(v, yaml_get(n, "answers"), c);
}

static void read_file(struct verdicts *v)
{
    static const char *const known[] = {"switch", "role", "values", "lacking", "cases"};
    struct mistakes m = {0};
    struct yaml_node *root = yaml_read_file(v->file, &v->arena, &m);
    if (root)
        yaml_only_keys(root, known, sizeof known / sizeof *known, &m);
    str_add_cstr(&v->mistakes, str_cstr(&m.text));
    mistakes_clear(&m);
    const struct yaml_node *cases = yaml_get(root, "cases");
    v->sw = yaml_get(root, "switch");
    v->role = yaml_get(root, "role");
    v->values = yaml_get(root, "values");
    v->lacking = yaml_get(root, "lacking");
    if (!v->sw || !v->role || !cases || cases->kind != YAML_LIST) {
        wrong(v, NULL, "%s: switch, role or the list of cases is missing", v->file);
        return;
    }
    v->cases = arena_alloc_array(&v->arena, cases->count, sizeof *v->cases);
    for (size_t i = 0; i < cases->count; i++)
        read_case(v, cases->items[i], &v->cases[v->case_count++]);
}

struct verdicts *verdicts_open(const char *platform)
{
    struct verdicts *v = MEM_NEW(struct verdicts);
    struct search_path path;
    struct mistakes m = {0};
    v->name = arena_strdup(&v->arena, platform);
    v->file = arena_printf(&v->arena, "fixtures/%s/verdicts.yaml", platform);
    search_path_init(&path, (const char *[]){"."}, 1, NULL, &v->arena);
    v->platform = platform_load(platform, &path, &m);
    str_add_cstr(&v->mistakes, str_cstr(&m.text));
    mistakes_clear(&m);
    if (v->platform)
        read_file(v);
    return v;
}

void verdicts_close(struct verdicts *v)
{
    if (v->platform)
        platform_free(v->platform);
    str_clear(&v->mistakes);
    arena_clear(&v->arena);
    mem_free(v);
}

/* ---- the switch, by way of a site file ---- */

static void put_scalar(struct str *out, const struct yaml_node *n)
{
    if (!n->quoted && *n->text && !n->text[strcspn(n->text, ",[]{}:#&*!|>'\"%@`\\\n")]) {
        str_add_cstr(out, n->text);
        return;
    }
    str_add_char(out, '"');
    for (const char *p = n->text; *p; p++)
        str_printf(out, strchr("\"\\", *p) ? "\\%c" : *p == '\n' ? "\\n" : "%c", *p);
    str_add_char(out, '"');
}

static void put_node(struct str *out, const struct yaml_node *n)
{
    if (n->kind == YAML_SCALAR) {
        put_scalar(out, n);
        return;
    }
    str_add_char(out, n->kind == YAML_LIST ? '[' : '{');
    for (size_t i = 0; i < n->count; i++) {
        str_add_cstr(out, i ? ", " : "");
        if (n->kind == YAML_MAP)
            str_printf(out, "%s: ", n->pairs[i].key);
        put_node(out, n->kind == YAML_MAP ? n->pairs[i].value : n->items[i]);
    }
    str_add_char(out, n->kind == YAML_LIST ? ']' : '}');
}

/* "key: value, " of both; the case's own first, and what it leaves empty not at all. */
static void put_keys(struct str *out, const struct yaml_node *own, const struct yaml_node *common)
{
    for (size_t i = 0; own && i < own->count; i++) {
        if (yaml_is_null(own->pairs[i].value))
            continue;
        str_printf(out, "%s: ", own->pairs[i].key);
        put_node(out, own->pairs[i].value);
        str_add_cstr(out, ", ");
    }
    for (size_t i = 0; common && i < common->count; i++) {
        const char *key = common->pairs[i].key;
        if ((own && yaml_get(own, key)) || strcmp(key, "name") == 0)
            continue;
        str_printf(out, "%s: ", key);
        put_node(out, common->pairs[i].value);
        str_add_cstr(out, ", ");
    }
}

/* The serial number of the neighbour in the rack: the last digit differs. For cables that are crossed. */
static const char *next_serial(struct verdicts *v, const char *serial, int step)
{
    char *other = arena_strdup(&v->arena, serial);
    for (size_t i = strlen(other); i-- > 0;)
        if (isdigit((unsigned char)other[i])) {
            other[i] = (char)('0' + (other[i] - '0' + step) % 10);
            break;
        }
    return other;
}

static void put_site(struct str *out, struct verdicts *v, const struct verdict_case *c)
{
    str_add_cstr(
        out,
        "console_servers: {oob-r1: {kind: opengear, address: 192.0.2.5}}\n"
        "credentials: {switch: {user: admin, password: \"\"}}\nassets: {file: assets.csv}\nroles:\n  tor: {");
    put_keys(out, c ? c->role : NULL, v->role);
    str_printf(out,
               "}\nswitches:\n  " NAME ": {platform: %s, role: tor, rack: r1, "
               "console: {server: oob-r1, port: 9}, credentials: [switch], ",
               v->name);
    put_keys(out, c ? c->sw : NULL, v->sw);
    str_printf(out,
               "}\n  tor-r1-10: {platform: %s, role: tor, rack: r1, serial: \"%s\", "
               "console: {server: oob-r1, port: 10}, credentials: [switch]}\n",
               v->name, next_serial(v, text_of(yaml_get(v->sw, "serial")), 1));
}

static bool put_file(const char *dir, const char *name, const char *text, struct err *e)
{
    char *path = file_join(dir, name);
    bool put = file_write(path, text, strlen(text), 0600, e);
    mem_free(path);
    return put;
}

static void remove_file(const char *dir, const char *name)
{
    char *path = file_join(dir, name);
    unlink(path);
    mem_free(path);
}

static struct site *load_site(struct verdicts *v, const struct verdict_case *c)
{
    const char *base = getenv("TMPDIR");
    char *dir = file_join(base && *base ? base : "/tmp", "verdicts.XXXXXX"), *assets = NULL;
    struct str text = {0};
    struct mistakes m = {0};
    struct err e = {0};
    struct site *site = NULL;
    struct search_path path;
    put_site(&text, v, c);
    assets = arena_printf(&v->arena, "serial,name,status\n%s,%s,planned\n",
                          text_of(yaml_get(v->sw, "serial")), NAME);
    if (!mkdtemp(dir) || !put_file(dir, "site.yaml", str_cstr(&text), &e) ||
        !put_file(dir, "assets.csv", assets, &e)) {
        wrong(v, NULL, "%s: no room for a site file: %s", dir, e.msg);
    } else {
        char *file = file_join(dir, "site.yaml");
        search_path_init(&path, (const char *[]){"."}, 1, NULL, &v->arena);
        site = site_load(file, &path, &m);
        str_add_cstr(&v->mistakes, str_cstr(&m.text));
        if (!site)
            str_printf(&v->mistakes, "the site file made of it was:\n%s", str_cstr(&text));
        mem_free(file);
    }
    mistakes_clear(&m);
    remove_file(dir, "site.yaml");
    remove_file(dir, "assets.csv");
    rmdir(dir);
    mem_free(dir);
    str_clear(&text);
    return site;
}

/* ---- a trial ---- */

static void on_component(void *ctx, enum component what, const char *status, bool failed,
                         const struct fact *facts, size_t count)
{
    struct trial *t = ctx;
    (void)what, (void)status, (void)facts, (void)count;
    t->components++;
    t->failed += failed;
}

static void on_note(void *ctx, const char *text)
{
    str_printf(&((struct trial *)ctx)->notes, "%s\n", text);
}

bool trial_open(struct trial *t, struct verdicts *v, const struct verdict_case *c)
{
    *t = (struct trial){.of = v, .site = load_site(v, c), .values = c ? c->values : NULL};
    if (!t->site)
        return false;
    t->run = (struct run){.site = t->site,
                          .sw = &t->site->switches[0],
                          .role = t->site->switches[0].role,
                          .platform = v->platform,
                          .hooks = {.ctx = t, .component = on_component, .note = on_note}};
    return true;
}

void trial_close(struct trial *t)
{
    if (t->site)
        site_free(t->site);
    str_clear(&t->notes);
    arena_clear(&t->run.arena);
}

static size_t uplink_arguments(struct trial *t, size_t uplink, struct argument args[5])
{
    if (uplink >= t->run.sw->uplink_count)
        return 0;
    struct arena *arena = &t->run.arena;
    const struct uplink *u = &t->run.sw->uplinks[uplink];
    const char *own = u->address ? u->address : "";
    args[0] = (struct argument){"interface", platform_interface(t->run.platform, u->interface, arena)};
    args[1] = (struct argument){"address", u->gateway ? u->gateway : ""};
    args[2] = (struct argument){"source", arena_strndup(arena, own, strcspn(own, "/"))};
    args[3] = (struct argument){"mtu", arena_printf(arena, "%u", u->mtu)};
    args[4] = (struct argument){"payload", arena_printf(arena, "%u", u->mtu > 28 ? u->mtu - 28 : 0)};
    return 5;
}

static const char *place_value(struct trial *t, const char *name, size_t len, size_t uplink)
{
    struct argument args[5];
    char key[40];
    snprintf(key, sizeof key, "%.*s", (int)len, name);
    const struct yaml_node *own = yaml_get(t->values, key), *common = yaml_get(t->of->values, key);
    if (own || common)
        return text_of(own ? own : common);
    for (size_t i = 0, n = uplink_arguments(t, uplink, args); i < n; i++)
        if (strcmp(args[i].name, key) == 0)
            return args[i].value;
    if (strcmp(key, "hostname") == 0)
        return NAME;
    /* As at the head of the file: what a case says of the site's switch does not change the switch. */
    return strcmp(key, "serial") == 0 || strcmp(key, "mac") == 0 ? text_of(yaml_get(t->of->sw, key)) : NULL;
}

char *trial_text(struct trial *t, const char *file, size_t uplink)
{
    struct str text = {0}, out = {0};
    struct err e = {0};
    char *path = file_join(arena_printf(&t->run.arena, "fixtures/%s", t->of->name), file);
    bool read = file_read(path, &text, &e);
    if (!read)
        wrong(t->of, NULL, "%s", e.msg);
    for (const char *p = str_cstr(&text); *p;) {
        size_t len = *p == '{' ? strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_0123456789") : 0;
        const char *value = len && p[1 + len] == '}' ? place_value(t, p + 1, len, uplink) : NULL;
        if (value)
            str_add_cstr(&out, value);
        else
            str_add_char(&out, *p);
        p += value ? len + 2 : 1;
    }
    mem_free(path);
    str_clear(&text);
    if (read)
        return str_take(&out);
    str_clear(&out);
    return NULL;
}

static const struct query *query_of(const struct trial *t, const char *query)
{
    const struct dialect *d = &t->run.platform->dialect;
    char *name = mem_strndup(query, strcspn(query, "#"));
    const struct query *q = dialect_query(d, name);
    unsigned long way = strchr(query, '#') ? strtoul(strchr(query, '#') + 1, NULL, 10) : 1;
    for (unsigned long i = 1; q && i < way; i++)
        q = dialect_query_otherwise(d, q);
    mem_free(name);
    return q;
}

bool trial_is_per_uplink(const struct trial *t, const char *query)
{
    const struct query *q = query_of(t, query);
    return q && (query_takes(q, "interface") || query_takes(q, "address"));
}

bool trial_say(struct trial *t, const char *query, const char *text, size_t len, size_t uplink)
{
    struct argument args[5];
    size_t n = uplink_arguments(t, uplink, args);
    /* A number tells the way; a bare name would be taken for the command as typed. */
    const char *way = strchr(query, '#') ? query : arena_printf(&t->run.arena, "%s#1", query);
    return run_remember(&t->run, way, args, n, text, len, query, 1);
}

static void lay(struct trial *t, const char *query, const char *const *files, size_t count, bool must_read)
{
    size_t uplinks = trial_is_per_uplink(t, query) ? t->run.sw->uplink_count : 1;
    if (count > 1 && count != uplinks)
        wrong(t->of, NULL, "%s: %s: %zu answers for %zu uplinks", t->of->file, query, count, uplinks);
    for (size_t i = 0; i < uplinks; i++) {
        const char *file = files[count > 1 ? i % count : 0];
        char *text = trial_text(t, file, trial_is_per_uplink(t, query) ? i : SIZE_MAX);
        if (text && !trial_say(t, query, text, strlen(text), i) && must_read)
            wrong(t->of, NULL, "fixtures/%s/%s is not read: %s", t->of->name, file,
                  t->run.cache ? t->run.cache->err.msg : "");
        mem_free(text);
    }
}

static bool names(const struct verdict_case *c, const char *query)
{
    size_t len = strlen(query);
    for (size_t i = 0; c && i < c->answer_count; i++)
        if (strncmp(c->answers[i].query, query, len) == 0 && strchr("#", c->answers[i].query[len]))
            return true;
    return false;
}

void trial_lay_healthy(struct trial *t, const struct verdict_case *c)
{
    const struct dialect *d = &t->run.platform->dialect;
    for (size_t i = 0; i < d->query_count; i++) {
        const char *name = d->queries[i].name;
        const char *file = arena_printf(&t->run.arena, "healthy/%s.txt", name);
        const char *path = arena_printf(&t->run.arena, "fixtures/%s/%s", t->of->name, file);
        if (d->queries[i].alternative == 0 && !names(c, name) && file_exists(path))
            lay(t, name, &file, 1, true);
    }
}

void trial_lay_case(struct trial *t, const struct verdict_case *c)
{
    trial_lay_healthy(t, c);
    for (size_t i = 0; i < c->answer_count; i++)
        lay(t, c->answers[i].query, c->answers[i].files, c->answers[i].file_count, false);
}

struct verdict trial_judge(struct trial *t, const char *plugin)
{
    t->run.first_read = NULL;
    return plugin_by_name(plugin)->run(&t->run);
}
