/* Readers of a tree's values: each says what was wanted where, and never more of the value than fits on a line. */
#include "text/yaml.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static const struct yaml_place *place_of(const struct yaml_node *n)
{
    return n ? &n->place : NULL;
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->pairs[i].key, key) == 0)
            return map->pairs[i].value;
    return NULL;
}

bool yaml_is_null(const struct yaml_node *n)
{
    if (!n)
        return true;
    if (n->kind != YAML_SCALAR || n->quoted)
        return false;
    return !*n->text || strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0;
}

/* The text of a scalar that is not null, or NULL with a mistake that says what was wanted. */
static const char *scalar(const struct yaml_node *n, const char *wanted, struct mistakes *m)
{
    if (yaml_is_null(n))
        mistakes_add(m, place_of(n), "%s is wanted here, there is nothing", wanted);
    else if (n->kind != YAML_SCALAR)
        mistakes_add(m, &n->place, "%s is wanted here, this is a %s", wanted,
                     n->kind == YAML_LIST ? "list" : "map");
    else
        return n->text;
    return NULL;
}

bool yaml_want_text(const struct yaml_node *n, const char **out, struct mistakes *m)
{
    const char *text = scalar(n, "a text", m);
    if (text)
        *out = text;
    return text != NULL;
}

static bool is_decimal(const char *text)
{
    if (*text == '-')
        text++;
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && !text[digits] && (digits == 1 || *text != '0');
}

bool yaml_want_int(const struct yaml_node *n, long min, long max, long *out, struct mistakes *m)
{
    const char *text = scalar(n, "a whole number", m);
    if (!text)
        return false;
    errno = 0;
    long value = strtol(text, NULL, 10);
    if (n->quoted || !is_decimal(text))
        mistakes_add(m, &n->place, "\"%.40s\" is not a whole number%s", text,
                     n->quoted ? "; write it without quotes" : " (digits only, no leading zero)");
    else if (errno == ERANGE || value < min || value > max)
        mistakes_add(m, &n->place, "%.40s is out of range; %ld to %ld is allowed", text, min, max);
    else
        return *out = value, true;
    return false;
}

bool yaml_want_number(const struct yaml_node *n, double *out, struct mistakes *m)
{
    const char *text = scalar(n, "a number", m);
    if (!text)
        return false;
    char *end;
    double value = strtod(text, &end);
    bool plain = strspn(text, "+-.0123456789eE") == strlen(text);
    if (n->quoted || !plain || end == text || *end || !isfinite(value)) {
        mistakes_add(m, &n->place, "\"%.40s\" is not a number such as -9.5", text);
        return false;
    }
    *out = value;
    return true;
}

bool yaml_want_bool(const struct yaml_node *n, bool *out, struct mistakes *m)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    const char *text = scalar(n, "true or false", m);
    if (!text)
        return false;
    for (size_t i = 0; !n->quoted && i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0)
            return *out = i % 2 == 1, true;
    mistakes_add(m, &n->place, "\"%.40s\" is neither true nor false", text);
    return false;
}

bool yaml_want_span_ms(const struct yaml_node *n, long *out, struct mistakes *m)
{
    const char *text = scalar(n, "a time", m);
    if (!text)
        return false;
    int64_t span_ms;
    if (!clock_parse_span(text, &span_ms) || span_ms < 0 || span_ms > 86400000L * 366) {
        mistakes_add(m, &n->place, "\"%.40s\" is not a time such as 250ms, 3s or 5m", text);
        return false;
    }
    *out = (long)span_ms;
    return true;
}

static bool want_kind(const struct yaml_node *n, enum yaml_kind kind, const char *wanted, struct mistakes *m)
{
    static const char *const kinds[] = {[YAML_SCALAR] = "text", [YAML_LIST] = "a list", [YAML_MAP] = "a map"};
    if (n && n->kind == kind)
        return true;
    if (yaml_is_null(n))
        mistakes_add(m, place_of(n), "%s is wanted here, there is nothing", wanted);
    else
        mistakes_add(m, &n->place, "%s is wanted here, this is %s", wanted, kinds[n->kind]);
    return false;
}

bool yaml_want_map(const struct yaml_node *n, struct mistakes *m)
{
    return want_kind(n, YAML_MAP, "a map (key: value)", m);
}

bool yaml_want_list(const struct yaml_node *n, struct mistakes *m)
{
    return want_kind(n, YAML_LIST, "a list ([a, b])", m);
}

void yaml_only_keys(const struct yaml_node *map, const char *const *known, size_t known_count,
                    struct mistakes *m)
{
    for (size_t i = 0; map && map->kind == YAML_MAP && i < map->count; i++) {
        const char *key = map->pairs[i].key;
        size_t k = 0;
        while (k < known_count && strcmp(key, known[k]) != 0)
            k++;
        if (k < known_count)
            continue;
        const char *near = str_nearest(key, known, known_count);
        mistakes_add(m, &map->pairs[i].key_place, "the key \"%.60s\" is not known here%s%s%s", key,
                     near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
}
