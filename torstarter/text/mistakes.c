/* Mistakes in files: one line each, safe for a screen whatever the file held. */
#include <stdarg.h>
#include <string.h>

#include "text/yaml.h"

enum { LINES_MAX = 1000, LINE_MAX_BYTES = 2000, SHOWN_MAX_BYTES = 400 };

/* Like str_add_escaped, but a backslash stays one: patterns are quoted in these lines. */
static void add_safe(struct str *line, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t backslashes = strspn(text + i, "\\");
        str_add(line, text + i, backslashes);
        i += backslashes;
        size_t plain = strcspn(text + i, "\\");
        str_add_escaped(line, text + i, plain);
        i += plain;
    }
}

/* A node that is reached through several aliases is wrong once. */
static bool is_new(const struct mistakes *m, const struct str *line)
{
    for (const char *at = m->text.data; at && (at = strstr(at, line->data)); at++)
        if (at == m->text.data || at[-1] == '\n')
            return false;
    return true;
}

void mistakes_add(struct mistakes *m, const struct yaml_place *at, const char *fmt, ...)
{
    struct str raw = STR_MAX(LINE_MAX_BYTES), line = {0};
    if (at && at->file && at->line)
        str_printf(&raw, "%.500s:%u:%u: ", at->file, at->line, at->column);
    else if (at && at->file)
        str_printf(&raw, "%.500s: ", at->file);
    va_list ap;
    va_start(ap, fmt);
    str_vprintf(&raw, fmt, ap);
    va_end(ap);
    add_safe(&line, str_cstr(&raw), raw.len);
    str_add_char(&line, '\n');
    if (m->count >= LINES_MAX) {
        m->count++;
    } else if (is_new(m, &line)) {
        m->count++;
        str_add(&m->text, line.data, line.len);
    }
    str_clear(&raw);
    str_clear(&line);
}

void mistakes_clear(struct mistakes *m)
{
    str_clear(&m->text);
    m->count = 0;
}

bool mistakes_none(const struct mistakes *m, struct err *e)
{
    if (m->count == 0)
        return true;
    const char *text = str_cstr(&m->text);
    size_t shown = 0, len = 0;
    for (const char *end; (end = strchr(text + len, '\n')); shown++) {
        if (shown && (size_t)(end - text) > SHOWN_MAX_BYTES)
            break;
        len = (size_t)(end - text) + 1;
    }
    int bytes = len > SHOWN_MAX_BYTES ? SHOWN_MAX_BYTES : (int)len - 1;
    if (shown < m->count)
        return err_set(e, ERR_SYNTAX, "%.*s\n… and %zu more", bytes, text, m->count - shown);
    return err_set(e, ERR_SYNTAX, "%.*s", bytes, text);
}
