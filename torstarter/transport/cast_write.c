/* asciicast v2, written. JSON strings cannot hold every byte: see the `b` event in transport/cast.c. */
#include <inttypes.h>
#include <string.h>

#include "text/json.h"
#include "transport/cast.h"

static void put_base64(struct str *out, const unsigned char *p, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        unsigned group = (unsigned)p[i] << 16 | (n > 1 ? p[i + 1] << 8 : 0) | (n > 2 ? p[i + 2] : 0);
        for (size_t k = 0; k < 4; k++)
            str_add_char(out, k <= n ? digits[group >> (18 - 6 * k) & 63] : '=');
    }
}

void cast_write_header(struct str *out, int64_t timestamp_s, const char *title, const char *torstarter)
{
    struct json_writer w = {.out = out};
    json_open_object(&w);
    json_put_int(&w, "version", 2);
    json_put_int(&w, "width", CAST_WIDTH);
    json_put_int(&w, "height", CAST_HEIGHT);
    json_put_int(&w, "timestamp", timestamp_s);
    json_put_text(&w, "title", title);
    json_key(&w, "torstarter");
    str_add_cstr(out, torstarter);
    w.need_comma = true;
    json_close_object(&w);
    str_add_char(out, '\n');
}

/* Whether a JSON text holds these bytes: UTF-8 without NUL, which the reader refuses. */
static bool is_text(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t n = str_utf8_len((const unsigned char *)bytes + i, len - i);
        if (n == 0 || bytes[i] == '\0')
            return false;
        i += n;
    }
    return true;
}

static void put_text(struct json_writer *w, const char *bytes, size_t len)
{
    struct str shown = {0};
    for (size_t i = 0; i < len; i++)
        if (bytes[i])
            str_add_char(&shown, bytes[i]);
        else
            str_add_cstr(&shown, "\xEF\xBF\xBD");
    json_text_len(w, str_cstr(&shown), shown.len);
    str_clear(&shown);
}

static void open_event(struct json_writer *w, int64_t time_ms, const char *code)
{
    json_open_list(w);
    str_printf(w->out, "%" PRId64 ".%03d", time_ms / 1000, (int)(time_ms % 1000));
    w->need_comma = true;
    json_text(w, code);
}

void cast_write_event(struct str *out, int64_t time_ms, char code, const char *bytes, size_t len)
{
    struct json_writer w = {.out = out};
    const char name[] = {code, '\0'};
    open_event(&w, time_ms, name);
    put_text(&w, bytes, len);
    json_close_list(&w);
    str_add_char(out, '\n');
    if (code == 'm' || is_text(bytes, len))
        return;
    struct str true_bytes = {0};
    put_base64(&true_bytes, (const unsigned char *)bytes, len);
    w = (struct json_writer){.out = out};
    open_event(&w, time_ms, "b");
    json_text_len(&w, str_cstr(&true_bytes), true_bytes.len);
    json_close_list(&w);
    str_add_char(out, '\n');
    str_clear(&true_bytes);
}

size_t cast_whole(const char *bytes, size_t len)
{
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        unsigned char c = (unsigned char)bytes[len - back];
        size_t wanted = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 1;
        if (c >= 0x80 && c < 0xC0)
            continue;
        return wanted > back && c < 0xF5 ? len - back : len;
    }
    return len;
}
