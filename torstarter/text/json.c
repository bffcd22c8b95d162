/* Names that both jansson and our header give to enumerators; jansson's are read under another name. */
#define JSON_NULL   JANSSON_NULL
#define JSON_OBJECT JANSSON_OBJECT
#include <jansson.h>
#undef JSON_NULL
#undef JSON_OBJECT

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/json.h"

static json_t *in(const struct json *j)
{
    return (json_t *)j;
}

static const struct json *out(const json_t *j)
{
    return (const struct json *)j;
}

struct json *json_parse(const char *text, size_t len, struct err *e)
{
    json_error_t why;
    json_t *j = json_loadb(text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
    if (!j)
        err_set(e, ERR_SYNTAX, "not JSON: line %d, column %d: %s", why.line, why.column, why.text);
    return (struct json *)j;
}

void json_free(struct json *j)
{
    json_decref(in(j));
}

enum json_kind json_kind(const struct json *j)
{
    switch (json_typeof(in(j))) {
    case JANSSON_OBJECT:
        return JSON_OBJECT;
    case JSON_ARRAY:
        return JSON_LIST;
    case JSON_STRING:
        return JSON_TEXT;
    case JSON_INTEGER:
    case JSON_REAL:
        return JSON_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_BOOL;
    case JANSSON_NULL:
        break;
    }
    return JSON_NULL;
}

size_t json_count(const struct json *j)
{
    return json_kind(j) == JSON_OBJECT ? json_object_size(in(j)) : json_array_size(in(j));
}

const struct json *json_item(const struct json *list, size_t i)
{
    return out(json_array_get(in(list), i));
}

const struct json *json_member(const struct json *object, const char *key)
{
    return out(json_object_get(in(object), key));
}

void json_each(const struct json *object, void (*each)(void *ctx, const char *key, const struct json *value),
               void *ctx)
{
    const char *key;
    json_t *value;
    json_object_foreach(in(object), key, value) each(ctx, key, out(value));
}

const char *json_text_of(const struct json *j, size_t *len)
{
    const char *text = json_string_value(in(j));
    if (text && len)
        *len = json_string_length(in(j));
    return text;
}

double json_number_of(const struct json *j)
{
    return json_number_value(in(j));
}

/* Decimals of up to 15 digits come back as they were written (DBL_DIG). */
bool json_scalar_of(const struct json *j, struct str *out)
{
    enum json_kind kind = json_kind(j);
    if (kind == JSON_TEXT)
        return str_add(out, json_string_value(in(j)), json_string_length(in(j)));
    if (kind != JSON_NUMBER && kind != JSON_BOOL)
        return false;
    char *text = json_dumps(in(j), JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    str_add_cstr(out, text);
    free(text);
    return true;
}

bool json_bool_of(const struct json *j)
{
    return json_is_true(in(j));
}

/* One reference token of RFC 6901 is unescaped (~1 is '/', ~0 is '~'); NULL when it ends in a lone '~'. */
static char *token_unescape(const char *token, size_t len)
{
    char *key = mem_strndup(token, len), *to = key;
    for (const char *p = key; *p; p++) {
        if (*p != '~') {
            *to++ = *p;
        } else if (p[1] == '0' || p[1] == '1') {
            *to++ = *++p == '0' ? '~' : '/';
        } else {
            mem_free(key);
            return NULL;
        }
    }
    *to = '\0';
    return key;
}

static const struct json *list_step(const struct json *list, const char *token)
{
    size_t digits = strspn(token, "0123456789");
    if (digits == 0 || token[digits] || (token[0] == '0' && digits > 1) || digits > 9)
        return NULL;
    return json_item(list, strtoul(token, NULL, 10));
}

const struct json *json_at(const struct json *j, const char *pointer)
{
    while (j && *pointer == '/') {
        size_t len = strcspn(++pointer, "/");
        char *token = token_unescape(pointer, len);
        if (!token)
            return NULL;
        j = json_kind(j) == JSON_LIST ? list_step(j, token) : json_member(j, token);
        mem_free(token);
        pointer += len;
    }
    return *pointer ? NULL : j;
}
