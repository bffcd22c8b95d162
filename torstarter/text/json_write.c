#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/json.h"

static void new_line(struct json_writer *w)
{
    if (w->indent == 0)
        return;
    str_add_char(w->out, '\n');
    for (unsigned i = 0; i < w->depth * w->indent; i++)
        str_add_char(w->out, ' ');
}

static bool follows_key(const struct json_writer *w)
{
    char last = w->out->len ? w->out->data[w->out->len - 1] : '\0';
    return last == ':' ||
           (last == ' ' && w->indent && w->out->len > 1 && w->out->data[w->out->len - 2] == ':');
}

/* What has to stand between the last thing and this one. */
static void begin(struct json_writer *w)
{
    if (w->need_comma)
        str_add_char(w->out, ',');
    if (w->depth && !follows_key(w))
        new_line(w);
    w->need_comma = true;
}

static void open(struct json_writer *w, char bracket)
{
    begin(w);
    str_add_char(w->out, bracket);
    w->depth++;
    w->need_comma = false;
}

static void close(struct json_writer *w, char bracket)
{
    w->depth--;
    if (w->need_comma)
        new_line(w);
    str_add_char(w->out, bracket);
    w->need_comma = true;
}

void json_open_object(struct json_writer *w)
{
    open(w, '{');
}

void json_close_object(struct json_writer *w)
{
    close(w, '}');
}

void json_open_list(struct json_writer *w)
{
    open(w, '[');
}

void json_close_list(struct json_writer *w)
{
    close(w, ']');
}

static void add_escape(struct str *out, unsigned char c)
{
    static const char names[] = "btnvfr"; /* 8 to 13; JSON knows no \v */
    if (c == '"' || c == '\\')
        str_printf(out, "\\%c", c);
    else if (c >= '\b' && c <= '\r' && c != '\v')
        str_printf(out, "\\%c", names[c - '\b']);
    else
        str_printf(out, "\\u%04x", c);
}

static void add_quoted(struct str *out, const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t start = 0, i = 0;
    str_add_char(out, '"');
    while (i < len) {
        if (p[i] >= 0x20 && p[i] != '"' && p[i] != '\\') {
            i++;
            continue;
        }
        str_add_utf8(out, p + start, i - start);
        add_escape(out, p[i]);
        start = ++i;
    }
    str_add_utf8(out, p + start, i - start);
    str_add_char(out, '"');
}

void json_key(struct json_writer *w, const char *key)
{
    begin(w);
    add_quoted(w->out, key, strlen(key));
    str_add_cstr(w->out, w->indent ? ": " : ":");
    w->need_comma = false;
}

void json_text_len(struct json_writer *w, const char *text, size_t len)
{
    begin(w);
    add_quoted(w->out, text, len);
}

void json_text(struct json_writer *w, const char *text)
{
    if (text)
        json_text_len(w, text, strlen(text));
    else
        json_write_null(w);
}

void json_int(struct json_writer *w, int64_t value)
{
    begin(w);
    str_printf(w->out, "%lld", (long long)value);
}

void json_number(struct json_writer *w, double value)
{
    if (!isfinite(value)) {
        json_write_null(w);
        return;
    }
    begin(w);
    char shortest[40];
    for (int digits = 15; digits <= 17; digits++) { /* 17 always reads back as the same number */
        snprintf(shortest, sizeof shortest, "%.*g", digits, value);
        if (strtod(shortest, NULL) == value)
            break;
    }
    str_add_cstr(w->out, shortest);
}

void json_bool(struct json_writer *w, bool value)
{
    begin(w);
    str_add_cstr(w->out, value ? "true" : "false");
}

void json_write_null(struct json_writer *w)
{
    begin(w);
    str_add_cstr(w->out, "null");
}

void json_put_text(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_text(w, text);
}

void json_put_int(struct json_writer *w, const char *key, int64_t value)
{
    json_key(w, key);
    json_int(w, value);
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
    json_key(w, key);
    json_bool(w, value);
}
