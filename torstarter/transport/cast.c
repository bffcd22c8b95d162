/* asciicast v2 (docs.asciinema.org/manual/asciicast/v2): a header object, then one [time, code, data] a line. Ours are the codes `m`
   (a phase begins) and `b` (base64: the true bytes of the `o` before it, where those are no UTF-8). */
#include "transport/cast.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "text/json.h"

enum { TIME_MAX_S = 100 * 24 * 3600 };

struct place {
    const char *path;
    unsigned line;
};

static bool wrong(const struct place *at, const char *what, struct err *e)
{
    return err_set(e, ERR_SYNTAX, "%s:%u: %s", at->path, at->line, what);
}

static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* RFC 4648, with padding. */
static bool decode_base64(const char *text, size_t len, struct arena *arena, const char **bytes,
                          size_t *out_len)
{
    size_t pads = len > 1 && text[len - 1] == '=' ? 1 + (text[len - 2] == '=') : 0;
    char *out = arena_alloc(arena, len / 4 * 3 + 1);
    size_t n = 0;
    if (len % 4 != 0)
        return false;
    for (size_t i = 0; i < len; i += 4) {
        uint32_t group = 0;
        for (size_t k = 0; k < 4; k++) {
            int value = i + k >= len - pads ? 0 : base64_value(text[i + k]);
            if (value < 0)
                return false;
            group = group << 6 | (uint32_t)value;
        }
        out[n++] = (char)(group >> 16);
        out[n++] = (char)(group >> 8);
        out[n++] = (char)group;
    }
    *bytes = out;
    *out_len = n - pads;
    return true;
}

static bool read_header(const struct json *header, const struct place *at, struct err *e)
{
    if (json_kind(header) != JSON_OBJECT)
        return wrong(at, "the first line must be the header of an asciicast v2 file: {\"version\": 2, …}", e);
    const struct json *version = json_member(header, "version");
    if (!version || json_kind(version) != JSON_NUMBER || json_number_of(version) != 2)
        return wrong(at, "this is no asciicast of version 2", e);
    return true;
}

static bool read_time(const struct json *event, int64_t *at_ms, const struct place *at, struct err *e)
{
    const struct json *time = json_item(event, 0);
    if (json_kind(time) != JSON_NUMBER)
        return wrong(at, "the time of the event is no number", e);
    double seconds = json_number_of(time);
    if (!isfinite(seconds) || seconds < 0 || seconds > TIME_MAX_S)
        return wrong(at, "the time of the event is out of range", e);
    int64_t ms = (int64_t)(seconds * 1000 + 0.5);
    if (ms < *at_ms)
        return wrong(at, "the event is earlier than the one before it", e);
    *at_ms = ms;
    return true;
}

static bool replace_bytes(struct cast *c, const char *data, size_t len, const struct place *at, struct err *e)
{
    struct cast_event *last = c->count ? &c->events[c->count - 1] : NULL;
    if (!last || last->line + 1 != at->line)
        return wrong(at, "a \"b\" event must follow the \"o\" or \"i\" event whose bytes it gives", e);
    return decode_base64(data, len, &c->arena, &last->bytes, &last->len) ||
           wrong(at, "the data of the \"b\" event is no base64", e);
}

static void add_event(struct cast *c, struct cast_event event)
{
    if (c->count == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 64;
        c->events = mem_resize_array(c->events, c->cap, sizeof *c->events);
    }
    c->events[c->count++] = event;
}

static void add_mark(struct cast *c, struct cast_mark mark)
{
    if (c->mark_count == c->mark_cap) {
        c->mark_cap = c->mark_cap ? c->mark_cap * 2 : 16;
        c->marks = mem_resize_array(c->marks, c->mark_cap, sizeof *c->marks);
    }
    c->marks[c->mark_count++] = mark;
}

static bool read_event(const struct json *event, struct cast *c, const struct place *at, struct err *e)
{
    if (json_kind(event) != JSON_LIST || json_count(event) != 3)
        return wrong(at, "an event must be [time, code, data]", e);
    if (!read_time(event, &c->end_ms, at, e))
        return false;
    size_t code_len, len;
    const char *code = json_text_of(json_item(event, 1), &code_len);
    const char *data = json_text_of(json_item(event, 2), &len);
    if (!code || code_len != 1 || !data)
        return wrong(at, "code and data of an event must be texts, the code of one letter", e);
    if (*code == 'b')
        return replace_bytes(c, data, len, at, e);
    if (*code == 'm')
        add_mark(c, (struct cast_mark){c->end_ms, arena_strndup(&c->arena, data, len), at->line});
    if ((*code != 'o' && *code != 'i') || len == 0)
        return true; /* markers, changes of the window's size */
    add_event(c, (struct cast_event){.at_ms = c->end_ms,
                                     .typed = *code == 'i',
                                     .bytes = arena_strndup(&c->arena, data, len),
                                     .len = len,
                                     .line = at->line});
    return true;
}

static bool read_line(const char *text, size_t len, struct cast *c, const struct place *at, struct err *e)
{
    struct err why = {0};
    struct json *j = json_parse(text, len, &why);
    if (!j)
        return err_set(e, ERR_SYNTAX, "%s:%u: damaged: %s", at->path, at->line, why.msg);
    bool ok = at->line == 1 ? read_header(j, at, e) : read_event(j, c, at, e);
    if (ok && at->line == 1)
        c->header = arena_strndup(&c->arena, text, len);
    json_free(j);
    return ok;
}

static bool read_lines(const char *text, size_t len, const char *path, struct cast *c, struct err *e)
{
    struct place at = {path, 0};
    const char *p = text, *end = p + len;
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        at.line++;
        if (!newline)
            return wrong(&at, "the file is cut inside this line", e);
        if (!read_line(p, (size_t)(newline - p), c, &at, e))
            return false;
        p = newline + 1;
    }
    c->lines = at.line;
    return at.line > 0 || err_set(e, ERR_SYNTAX, "%s:1: the file is empty", path);
}

bool cast_read_text(const char *name, const char *text, size_t len, struct cast *out, struct err *e)
{
    *out = (struct cast){0};
    if (read_lines(text, len, name, out, e))
        return true;
    cast_clear(out);
    return false;
}

bool cast_read(const char *path, struct cast *out, struct err *e)
{
    struct str text = STR_MAX(CAST_FILE_MAX_BYTES);
    *out = (struct cast){0};
    bool ok = file_read(path, &text, e) && cast_read_text(path, str_cstr(&text), text.len, out, e);
    str_clear(&text);
    return ok;
}

void cast_clear(struct cast *c)
{
    mem_free(c->events);
    mem_free(c->marks);
    arena_clear(&c->arena);
    *c = (struct cast){0};
}
