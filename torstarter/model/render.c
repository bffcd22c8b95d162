#include "model/render.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret_reveal.h"
#include "base/sha256.h"

enum { NAME_MAX_BYTES = 128, NAMES_MAX = 64, SHOWN_MAX = 60 };

enum value_kind {
    VALUE_TEXT,
    VALUE_UINT,
    VALUE_COUNT,
    VALUE_ULONG,
    VALUE_IP,
    VALUE_PREFIX_LEN,
    VALUE_NETMASK
};

struct value { /* a name, and where its value stands */
    const char *name;
    enum value_kind kind;
    size_t offset;
};

#define AT(member) offsetof(struct site_switch, member)
static const struct value switch_values[] = {
    {"name", VALUE_TEXT, AT(name)},
    {"serial", VALUE_TEXT, AT(serial)},
    {"mac", VALUE_TEXT, AT(mac)},
    {"rack", VALUE_TEXT, AT(rack)},
    {"platform", VALUE_TEXT, AT(platform)},
    {"firmware.version", VALUE_TEXT, AT(firmware.version)},
    {"management.interface", VALUE_TEXT, AT(management.interface)},
    {"management.address", VALUE_TEXT, AT(management.address)},
    {"management.ip", VALUE_IP, AT(management.address)},
    {"management.prefix_len", VALUE_PREFIX_LEN, AT(management.address)},
    {"management.netmask", VALUE_NETMASK, AT(management.address)},
    {"management.gateway", VALUE_TEXT, AT(management.gateway)},
};
#undef AT

#define AT(member) offsetof(struct uplink, member)
static const struct value uplink_values[] = {
    {"interface", VALUE_TEXT, AT(interface)},
    {"peer", VALUE_TEXT, AT(peer)},
    {"peer_interface", VALUE_TEXT, AT(peer_interface)},
    {"address", VALUE_TEXT, AT(address)},
    {"ip", VALUE_IP, AT(address)},
    {"prefix_len", VALUE_PREFIX_LEN, AT(address)},
    {"netmask", VALUE_NETMASK, AT(address)},
    {"gateway", VALUE_TEXT, AT(gateway)},
    {"mtu", VALUE_UINT, AT(mtu)},
};
#undef AT

static const struct value neighbor_values[] = {
    {"address", VALUE_TEXT, offsetof(struct neighbor, address)},
    {"as", VALUE_ULONG, offsetof(struct neighbor, as)},
    {"min_prefixes", VALUE_COUNT, offsetof(struct neighbor, min_prefixes)},
};

struct list {
    const char *name;
    const struct value *values;
    size_t value_count, size, items, count; /* the two last: offsets in the switch */
};

#define LIST(name, of, type, member)                                                                         \
    {                                                                                                        \
        name, of, sizeof of / sizeof *of, sizeof(type), offsetof(struct site_switch, member##s),             \
            offsetof(struct site_switch, member##_count)                                                     \
    }
static const struct list lists[] = {
    LIST("uplinks", uplink_values, struct uplink, uplink),
    LIST("routing.neighbors", neighbor_values, struct neighbor, neighbor),
};
enum {
    LIST_COUNT = sizeof lists / sizeof lists[0],
    SWITCH_VALUES = sizeof switch_values / sizeof *switch_values
};

struct rendering {
    const struct site_switch *sw;
    const char *name, *text;
    size_t len, at;
    bool secrets;             /* may be named */
    const struct list *loop;  /* that `at` stands in; NULL */
    size_t index, loop_body;  /* the item, and where its text begins */
    unsigned line, loop_line; /* of `at`, of the loop's text */
    size_t line_start, loop_line_start;
    struct rendered *out;
    struct err *e;
};

static bool wrong(struct rendering *r, size_t at, const char *what, const char *name, const char *hint)
{
    return err_fail(r->e, ERR_SYNTAX, FAILURE_CONFIG_SOURCE_FAIL, "%s:%u:%zu: {{ %.*s }} %s%s", r->name,
                    r->line, at - r->line_start + 1, SHOWN_MAX, name, what, hint);
}

/* ---- values ---- */

static bool add_netmask(const char *address, struct str *into)
{
    const char *slash = strchr(address, '/');
    unsigned long bits = slash ? strtoul(slash + 1, NULL, 10) : 33;
    if (bits > 32 || strchr(address, ':'))
        return false;
    uint32_t mask = bits ? 0xFFFFFFFFU << (32 - bits) : 0;
    return str_printf(into, "%u.%u.%u.%u", mask >> 24, mask >> 16 & 255, mask >> 8 & 255, mask & 255);
}

/* False: the site does not state it. */
static bool add_value(const struct value *v, const void *of, struct str *into)
{
    const void *at = (const char *)of + v->offset;
    unsigned number = v->kind == VALUE_UINT || v->kind == VALUE_COUNT ? *(const unsigned *)at : 0;
    if (v->kind == VALUE_UINT && number == 0)
        return false;
    if (v->kind == VALUE_UINT || v->kind == VALUE_COUNT)
        return str_printf(into, "%u", number);
    if (v->kind == VALUE_ULONG)
        return str_printf(into, "%lu", *(const unsigned long *)at);
    const char *text = *(const char *const *)at;
    if (!text || !*text)
        return false;
    const char *slash = strchr(text, '/');
    switch (v->kind) {
    case VALUE_IP:
        return str_add(into, text, strcspn(text, "/"));
    case VALUE_PREFIX_LEN:
        return slash && str_add_cstr(into, slash + 1);
    case VALUE_NETMASK:
        return add_netmask(text, into);
    default:
        return str_add_cstr(into, text);
    }
}

static const struct value *value_by_name(const struct value *values, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(values[i].name, name) == 0)
            return &values[i];
    return NULL;
}

static const struct list *list_by_name(const char *name, size_t len)
{
    for (size_t i = 0; i < LIST_COUNT; i++)
        if (strlen(lists[i].name) == len && strncmp(lists[i].name, name, len) == 0)
            return &lists[i];
    return NULL;
}

static size_t list_count(const struct rendering *r, const struct list *l)
{
    return *(const size_t *)((const char *)r->sw + l->count);
}

static const void *list_item(const struct rendering *r, const struct list *l, size_t index)
{
    const char *items = *(const char *const *)((const char *)r->sw + l->items);
    return items + index * l->size;
}

/* "uplinks.0.address": the list, the number and the rest. */
static const struct list *split_name(const char *name, size_t *index, const char **rest)
{
    for (const char *dot = name; (dot = strchr(dot, '.')); dot++) {
        const struct list *l = list_by_name(name, (size_t)(dot - name));
        size_t digits = strspn(dot + 1, "0123456789");
        if (!l || digits == 0 || digits > 6 || dot[1 + digits] != '.')
            continue;
        *index = strtoul(dot + 1, NULL, 10);
        *rest = dot + 2 + digits;
        return l;
    }
    return NULL;
}

static bool unknown(struct rendering *r, size_t at, const char *name)
{
    static const char *const others[] = {"role", "index"};
    char full[NAMES_MAX][NAME_MAX_BYTES];
    const char *names[NAMES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < SWITCH_VALUES; i++)
        names[n++] = switch_values[i].name;
    names[n++] = others[0];
    for (size_t i = 0; r->loop && i < r->loop->value_count; i++)
        names[n++] = r->loop->values[i].name;
    if (r->loop)
        names[n++] = others[1];
    for (size_t k = 0; k < LIST_COUNT; k++)
        for (size_t i = 0; i < lists[k].value_count; i++, n++) {
            snprintf(full[n], sizeof full[n], "%s.0.%s", lists[k].name, lists[k].values[i].name);
            names[n] = full[n];
        }
    char hint[NAME_MAX_BYTES + 32] = "; the names stand in the README, under \"Configurations\"";
    const char *near = str_nearest(name, names, n);
    if (near)
        snprintf(hint, sizeof hint, "; did you mean %s?", near);
    return wrong(r, at, "is no name that a template may use", name, hint);
}

static bool unstated(struct rendering *r, size_t at, const char *name)
{
    char hint[NAME_MAX_BYTES + 300];
    const struct yaml_place *p = &r->sw->place;
    snprintf(hint, sizeof hint, " for %s (%s:%u); add it there", r->sw->name, p->file ? p->file : "site",
             p->line);
    return wrong(r, at, "is not stated in the site file", name, hint);
}

static bool add_secret(struct rendering *r, size_t at, const char *name, struct str *into)
{
    const struct site_credential *c = render_credential(r->sw, name + strlen("secret:"));
    size_t len = 0;
    if (!r->secrets)
        return wrong(r, at, "may stand in the text of a configuration alone", name, "");
    if (!c)
        return wrong(r, at, "is no credential of this switch", name,
                     "; name it under credentials: and in `config: {secrets: [...]}`");
    const char *bytes = c->password ? secret_reveal(c->password, &len) : "";
    if (len == 0)
        return wrong(r, at, "has no password", name, "; see credentials:");
    struct rendered_secret used = {.name = c->name};
    sha256_hex(bytes, len, used.sha256);
    for (size_t i = 0; i < r->out->secrets.count; i++)
        if (strcmp(r->out->secrets.items[i].name, c->name) == 0)
            return str_add(into, bytes, len);
    VEC_ADD(&r->out->secrets, used);
    return str_add(into, bytes, len);
}

static bool resolve(struct rendering *r, size_t at, const char *name, struct str *into)
{
    const struct value *v = r->loop ? value_by_name(r->loop->values, r->loop->value_count, name) : NULL;
    const char *rest = NULL;
    size_t index = 0;
    if (v)
        return add_value(v, list_item(r, r->loop, r->index), into) || unstated(r, at, name);
    if (r->loop && strcmp(name, "index") == 0)
        return str_printf(into, "%zu", r->index);
    if (str_starts(name, "secret:"))
        return add_secret(r, at, name, into);
    if (strcmp(name, "role") == 0)
        return (r->sw->role->name && str_add_cstr(into, r->sw->role->name)) || unstated(r, at, name);
    if ((v = value_by_name(switch_values, SWITCH_VALUES, name)))
        return add_value(v, r->sw, into) || unstated(r, at, name);
    const struct list *l = split_name(name, &index, &rest);
    v = l ? value_by_name(l->values, l->value_count, rest) : NULL;
    if (!v)
        return unknown(r, at, name);
    return (index < list_count(r, l) && add_value(v, list_item(r, l, index), into)) || unstated(r, at, name);
}

/* ---- text ---- */

static bool add_bytes(struct rendering *r, const char *bytes, size_t len)
{
    struct rendered *out = r->out;
    if (out->text.len + len > RENDER_MAX_BYTES)
        return err_fail(r->e, ERR_LIMIT, FAILURE_CONFIG_SOURCE_FAIL,
                        "%s: the configuration is longer than %d MiB", r->name,
                        RENDER_MAX_BYTES / 1024 / 1024);
    for (size_t i = 0; i < len; i++) {
        bool starts = out->text.len == 0 || out->text.data[out->text.len - 1] == '\n';
        if (starts)
            VEC_ADD(&out->lines, r->line);
        str_add_char(&out->text, bytes[i]);
    }
    return true;
}

/* Goes on to `to`, counting lines. */
static void pass(struct rendering *r, size_t to)
{
    for (; r->at < to; r->at++)
        if (r->text[r->at] == '\n') {
            r->line++;
            r->line_start = r->at + 1;
        }
}

static bool copy(struct rendering *r, size_t to)
{
    while (r->at < to) {
        const char *from = r->text + r->at, *lf = memchr(from, '\n', to - r->at);
        size_t n = lf ? (size_t)(lf - from) + 1 : to - r->at;
        if (!add_bytes(r, from, n))
            return false;
        pass(r, r->at + n);
    }
    return true;
}

/* Nothing else stands in the line of the tag from `begin` to `end`: *to is where the next line begins. */
static bool stands_alone(const struct rendering *r, size_t begin, size_t end, size_t *to)
{
    while (end < r->len && strchr(" \t\r", r->text[end]))
        end++;
    for (size_t i = r->line_start; i < begin; i++)
        if (r->text[i] != ' ' && r->text[i] != '\t')
            return false;
    *to = end < r->len ? end + 1 : end;
    return end == r->len || r->text[end] == '\n';
}

static bool section(struct rendering *r, size_t begin, size_t end, const char *name)
{
    const struct list *l = list_by_name(name + 1, strlen(name + 1));
    size_t to = end;
    if (!l)
        return wrong(r, begin, "is no list of a switch", name, "; there are uplinks and routing.neighbors");
    if (!stands_alone(r, begin, end, &to))
        to = end;
    if (*name == '#' && r->loop)
        return wrong(r, begin, "stands within another one", name, "; write one behind the other");
    if (*name == '/' && l != r->loop)
        return wrong(r, begin, "closes nothing", name, "");
    if (*name == '#' && list_count(r, l) == 0)
        return unstated(r, begin, name + 1);
    if (*name == '#') {
        pass(r, to);
        r->loop = l;
        r->index = 0;
        r->loop_body = r->at;
        r->loop_line = r->line;
        r->loop_line_start = r->line_start;
        return true;
    }
    if (++r->index < list_count(r, l)) { /* once more */
        r->at = r->loop_body;
        r->line = r->loop_line;
        r->line_start = r->loop_line_start;
        return true;
    }
    r->loop = NULL;
    pass(r, to);
    return true;
}

static bool literal_braces(const char *name)
{
    return strcmp(name, "'{{") == 0;
}

/* The tag that begins here. */
static bool tag(struct rendering *r)
{
    size_t begin = r->at, end = begin + 2;
    char name[NAME_MAX_BYTES] = "";
    while (end + 1 < r->len && strncmp(r->text + end, "}}", 2) != 0 && r->text[end] != '\n')
        end++;
    if (end + 1 >= r->len || r->text[end] == '\n')
        return wrong(r, begin, "is not closed", "",
                     "; }} is missing in this line, or write {{ '{{' }} for the braces");
    size_t from = begin + 2, n = 0;
    for (size_t i = from; i < end && n + 1 < sizeof name; i++)
        if (r->text[i] != ' ' && r->text[i] != '\t' && r->text[i] != '\'')
            name[n++] = r->text[i];
        else if (r->text[i] == '\'' && n == 0)
            name[n++] = '\'';
    name[n] = '\0';
    if (literal_braces(name)) {
        bool ok = add_bytes(r, "{{", 2);
        pass(r, end + 2);
        return ok;
    }
    if (*name == '#' || *name == '/')
        return section(r, begin, end + 2, name);
    struct str value = {0};
    bool ok = resolve(r, begin, name, &value) && add_bytes(r, str_cstr(&value), value.len);
    mem_wipe(value.data, value.len);
    str_clear(&value);
    pass(r, end + 2);
    return ok;
}

/* A line that holds a section's tag alone leaves nothing, not even the blanks before it. */
static size_t next_tag(const struct rendering *r, size_t *copy_to)
{
    const char *p = memmem(r->text + r->at, r->len - r->at, "{{", 2);
    size_t at = p ? (size_t)(p - r->text) : r->len, end = at, to;
    *copy_to = at;
    if (!p)
        return at;
    size_t first = at + 2;
    while (first < r->len && (r->text[first] == ' ' || r->text[first] == '\t'))
        first++;
    if (first >= r->len || !strchr("#/", r->text[first]))
        return at;
    while (end + 1 < r->len && strncmp(r->text + end, "}}", 2) != 0)
        end++;
    struct rendering there = *r;
    pass(&there, at);
    if (stands_alone(&there, at, end + 2 < r->len ? end + 2 : r->len, &to) && there.line_start >= r->at)
        *copy_to = there.line_start;
    return at;
}

static bool render(struct rendering *r)
{
    r->line = 1;
    while (r->at < r->len) {
        size_t stop, tag_at = next_tag(r, &stop);
        if (!copy(r, stop))
            return false;
        pass(r, tag_at);
        if (r->at < r->len && !tag(r))
            return false;
    }
    return !r->loop || wrong(r, r->loop_body, "is never closed", r->loop->name, "");
}

bool render_text(const struct site_switch *sw, const char *name, const char *text, size_t len,
                 struct rendered *out, struct err *e)
{
    struct rendering r = {
        .sw = sw, .name = name, .text = text, .len = len, .secrets = true, .out = out, .e = e};
    return render(&r);
}

bool render_word(const struct site_switch *sw, const char *name, const char *text, struct str *out,
                 struct err *e)
{
    struct rendered made = {0};
    struct rendering r = {.sw = sw, .name = name, .text = text, .len = strlen(text), .out = &made, .e = e};
    bool ok = render(&r) && str_add(out, str_cstr(&made.text), made.text.len);
    rendered_clear(&made);
    return ok;
}

const struct site_credential *render_credential(const struct site_switch *sw, const char *name)
{
    for (size_t i = 0; i < sw->config.secret_count; i++)
        if (strcmp(sw->config.secrets[i]->name, name) == 0)
            return sw->config.secrets[i];
    for (size_t i = 0; i < sw->credential_count; i++)
        if (strcmp(sw->credentials[i]->name, name) == 0)
            return sw->credentials[i];
    return NULL;
}

void rendered_clear(struct rendered *r)
{
    if (r->text.data)
        mem_wipe(r->text.data, r->text.cap);
    str_clear(&r->text);
    VEC_CLEAR(&r->lines);
    VEC_CLEAR(&r->secrets);
}
