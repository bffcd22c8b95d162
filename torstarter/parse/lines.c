#include "parse/lines.h"

#include <stdint.h>
#include <string.h>

/* ---- bytes to text ---- */

static bool all_ascii(const unsigned char *p, size_t len)
{
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        bool has_zero = ((w - 0x0101010101010101u) & ~w & 0x8080808080808080u) != 0;
        if (w & 0x8080808080808080u || has_zero)
            return false;
    }
    for (; i < len; i++)
        if (p[i] == 0 || p[i] >= 0x80)
            return false;
    return true;
}

static bool is_text(const unsigned char *p, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t n = p[i] == 0 ? 0 : p[i] < 0x80 ? 1 : str_utf8_len(p + i, len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

const char *lines_text(const char *input, size_t len, struct str *copy, size_t *text_len)
{
    const unsigned char *p = (const unsigned char *)input;
    *text_len = len;
    if (all_ascii(p, len) || is_text(p, len))
        return input;
    const char *from = input, *end = input + len, *nul;
    while ((nul = memchr(from, '\0', (size_t)(end - from)))) {
        str_add_utf8(copy, from, (size_t)(nul - from));
        str_add_cstr(copy, "\xEF\xBF\xBD");
        from = nul + 1;
    }
    str_add_utf8(copy, from, (size_t)(end - from));
    *text_len = copy->len;
    return str_cstr(copy);
}

/* ---- white space ---- */

/* UTF-8 of what str.isspace() says yes to beyond ASCII. */
static const char *const wide_spaces[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80",
};
enum { WIDE_SPACES = sizeof wide_spaces / sizeof *wide_spaces };

static bool is_ascii_space(unsigned char c)
{
    return (c >= 9 && c <= 13) || (c >= 28 && c <= 32);
}

size_t space_at_start(const char *s, size_t len)
{
    if (len == 0 || (unsigned char)*s < 0x80)
        return len && is_ascii_space((unsigned char)*s);
    for (size_t i = 0; i < WIDE_SPACES; i++) {
        size_t n = strlen(wide_spaces[i]);
        if (len >= n && memcmp(s, wide_spaces[i], n) == 0)
            return n;
    }
    return 0;
}

size_t space_at_end(const char *s, size_t len)
{
    if (len == 0 || (unsigned char)s[len - 1] < 0x80)
        return len && is_ascii_space((unsigned char)s[len - 1]);
    for (size_t n = 2; n <= 3 && n <= len; n++)
        if (space_at_start(s + len - n, n) == n)
            return n;
    return 0;
}

size_t trimmed_end(const char *s, size_t len)
{
    for (size_t n; (n = space_at_end(s, len)) > 0;)
        len -= n;
    return len;
}

const char *trimmed(const char *s, size_t *len)
{
    for (size_t n; (n = space_at_start(s, *len)) > 0;) {
        s += n;
        *len -= n;
    }
    *len = trimmed_end(s, *len);
    return s;
}

/* ---- lines ---- */

/* Length of the line break at p, 0 if there is none. */
static size_t line_break(const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;
    if (c == '\r')
        return p + 1 < end && p[1] == '\n' ? 2 : 1;
    if (c < 0x80)
        return (c >= 10 && c <= 12) || (c >= 28 && c <= 30);
    if (c == 0xC2)
        return end - p >= 2 && (unsigned char)p[1] == 0x85 ? 2 : 0;
    if (c != 0xE2 || end - p < 3 || (unsigned char)p[1] != 0x80)
        return 0;
    return (unsigned char)p[2] == 0xA8 || (unsigned char)p[2] == 0xA9 ? 3 : 0;
}

bool lines_next(struct lines *l, struct line *out)
{
    if (l->at == l->end)
        return false;
    const char *p = l->at, *end = l->end;
    bool plain = true;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    *out = (struct line){.text = l->at, .blanks = (size_t)(p - l->at), .number = ++l->number};
    size_t cut = 0;
    for (; p < end; p++) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x20 && c < 0x80)
            continue;
        if ((cut = line_break(p, end)))
            break;
        plain = plain && c < 0x80 && c != 0x1F;
    }
    out->len = (size_t)(p - l->at);
    out->plain = plain;
    l->at = p + cut;
    return true;
}

bool line_is_blank(const struct line *line)
{
    return line->blanks == line->len || trimmed_end(line->text, line->len) == 0;
}
