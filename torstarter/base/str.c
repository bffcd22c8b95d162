#include "base/str.h"

#include <fnmatch.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static void reserve(struct str *s, size_t more)
{
    size_t need = s->len + more + 1;
    if (need <= s->cap)
        return;
    size_t cap = s->cap ? s->cap * 2 : 64;
    if (cap < need)
        cap = need;
    s->data = mem_resize(s->data, cap);
    s->cap = cap;
}

bool str_add(struct str *s, const void *bytes, size_t len)
{
    bool fits = true;
    if (s->max_bytes && len > s->max_bytes - (s->len < s->max_bytes ? s->len : s->max_bytes)) {
        len = s->len < s->max_bytes ? s->max_bytes - s->len : 0;
        s->overflowed = true;
        fits = false;
    }
    if (len == 0 && s->data)
        return fits;
    reserve(s, len);
    if (len)
        memcpy(s->data + s->len, bytes, len);
    s->len += len;
    s->data[s->len] = '\0';
    return fits;
}

bool str_add_cstr(struct str *s, const char *text)
{
    return str_add(s, text, strlen(text));
}

bool str_add_char(struct str *s, char c)
{
    return str_add(s, &c, 1);
}

bool str_vprintf(struct str *s, const char *fmt, va_list ap)
{
    char small[512];
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    bool fits = true;
    if (n >= 0 && (size_t)n < sizeof small) {
        fits = str_add(s, small, (size_t)n);
    } else if (n >= 0) {
        char *large = mem_alloc((size_t)n + 1);
        vsnprintf(large, (size_t)n + 1, fmt, again);
        fits = str_add(s, large, (size_t)n);
        mem_free(large);
    }
    va_end(again);
    return fits;
}

bool str_printf(struct str *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    bool fits = str_vprintf(s, fmt, ap);
    va_end(ap);
    return fits;
}

const char *str_cstr(const struct str *s)
{
    return s->data ? s->data : "";
}

void str_reset(struct str *s)
{
    s->len = 0;
    s->overflowed = false;
    if (s->data)
        s->data[0] = '\0';
}

void str_drop(struct str *s, size_t len)
{
    if (len >= s->len) {
        str_reset(s);
        return;
    }
    memmove(s->data, s->data + len, s->len - len + 1);
    s->len -= len;
}

void str_clear(struct str *s)
{
    mem_free(s->data);
    *s = (struct str){.max_bytes = s->max_bytes};
}

char *str_take(struct str *s)
{
    char *data = s->data ? s->data : mem_strdup("");
    *s = (struct str){.max_bytes = s->max_bytes};
    return data;
}

bool str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
    size_t a = strlen(s), b = strlen(suffix);
    return a >= b && memcmp(s + a - b, suffix, b) == 0;
}

size_t str_utf8_len(const unsigned char *p, size_t len)
{
    if (len == 0)
        return 0;
    unsigned c = p[0];
    if (c < 0x80)
        return 1;
    size_t n = c >= 0xC2 && c <= 0xDF ? 2 : c >= 0xE0 && c <= 0xEF ? 3 : c >= 0xF0 && c <= 0xF4 ? 4 : 0;
    if (n == 0 || len < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((c == 0xE0 && p[1] < 0xA0) || (c == 0xED && p[1] > 0x9F) || (c == 0xF0 && p[1] < 0x90) ||
        (c == 0xF4 && p[1] > 0x8F))
        return 0;
    return n;
}

/* C1 controls, and what turns the direction of text: a screen would show something else than what is there. */
static bool is_treacherous(const unsigned char *p, size_t n)
{
    if (n == 2)
        return (p[0] == 0xC2 && p[1] < 0xA0) || (p[0] == 0xD8 && p[1] == 0x9C); /* U+0080…9F, U+061C */
    if (n != 3 || p[0] != 0xE2)
        return false;
    return (p[1] == 0x80 &&
            ((p[2] >= 0x8E && p[2] <= 0x8F) || (p[2] >= 0xA8 && p[2] <= 0xAE))) || /* U+200E…F, 2028…E */
           (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9);                         /* U+2066…9 */
}

static void add_escaped(struct str *s, const unsigned char *p, size_t len, bool double_backslash)
{
    for (size_t i = 0; i < len;) {
        size_t n = str_utf8_len(p + i, len - i);
        if (n > 1 && !is_treacherous(p + i, n)) {
            str_add(s, p + i, n);
            i += n;
            continue;
        }
        unsigned c = p[i++];
        if (c == '\n')
            str_add_cstr(s, "\\n");
        else if (c == '\r')
            str_add_cstr(s, "\\r");
        else if (c == '\t')
            str_add_cstr(s, "\\t");
        else if (c == '\\' && double_backslash)
            str_add_cstr(s, "\\\\");
        else if (c >= 0x20 && c < 0x7F)
            str_add_char(s, (char)c);
        else
            str_printf(s, "\\x%02x", c);
    }
}

void str_add_escaped(struct str *s, const void *bytes, size_t len)
{
    add_escaped(s, bytes, len, true);
}

void str_add_printable(struct str *s, const char *text)
{
    add_escaped(s, (const unsigned char *)text, strlen(text), false);
}

/* How many bytes of an invalid sequence one U+FFFD stands for: the longest prefix that could have become valid. */
static size_t bad_utf8_len(const unsigned char *p, size_t len)
{
    unsigned c = p[0];
    size_t want = c >= 0xC2 && c <= 0xDF ? 2 : c >= 0xE0 && c <= 0xEF ? 3 : c >= 0xF0 && c <= 0xF4 ? 4 : 1;
    size_t n = 1;
    while (n < want && n < len) {
        unsigned lo = 0x80, hi = 0xBF;
        if (n == 1) {
            lo = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
            hi = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
        }
        if (p[n] < lo || p[n] > hi)
            break;
        n++;
    }
    return n;
}

void str_add_utf8(struct str *s, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    size_t start = 0, i = 0;
    while (i < len) {
        size_t n = str_utf8_len(p + i, len - i);
        if (n) {
            i += n;
            continue;
        }
        str_add(s, p + start, i - start);
        str_add(s, "\xEF\xBF\xBD", 3);
        i += bad_utf8_len(p + i, len - i);
        start = i;
    }
    str_add(s, p + start, len - start);
}

unsigned str_distance(const char *a, const char *b)
{
    enum { MOST = 64 };
    size_t la = strnlen(a, MOST), lb = strnlen(b, MOST);
    unsigned row[MOST + 1];
    for (size_t j = 0; j <= lb; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= la; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            unsigned best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[lb];
}

const char *str_nearest(const char *name, const char *const *names, size_t count)
{
    const char *best = NULL;
    unsigned least = (unsigned)(strlen(name) / 2 + 1);
    for (size_t i = 0; i < count; i++) {
        unsigned d = str_distance(name, names[i]);
        if (d < least) {
            least = d;
            best = names[i];
        }
    }
    return best;
}

bool str_glob(const char *pattern, const char *s)
{
    return fnmatch(pattern, s, 0) == 0;
}
