#include "session/echo.h"

#include <string.h>

#include "session/matcher.h"

enum { SCROLL_MIN_BYTES = 4 };

static bool same(const char *a, size_t a_len, const char *b, size_t b_len)
{
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

/* Length of the escape sequence at p (ECMA-48: CSI ends with 0x40…0x7E), 0 if there is none. */
static size_t escape_len(const char *p, size_t len)
{
    if (len < 2 || p[0] != 0x1B)
        return 0;
    if (p[1] != '[')
        return 2;
    size_t n = 2;
    while (n < len && ((unsigned char)p[n] < 0x40 || (unsigned char)p[n] > 0x7E))
        n++;
    return n < len ? n + 1 : len;
}

/* Wraps put blanks, returns and line feeds between the characters; a terminal of any width shows the rest in this order. */
static enum echo_verdict judge_raw(const char *command, const struct str *raw)
{
    size_t at = 0, seen = 0, len = strlen(command);
    for (size_t i = 0; i < raw->len;) {
        size_t skip = escape_len(raw->data + i, raw->len - i);
        unsigned char c = (unsigned char)raw->data[i];
        i += skip ? skip : 1;
        if (skip || c <= ' ' || c == 0x7F)
            continue;
        while (at < len && command[at] == ' ')
            at++;
        if (at == len || (unsigned char)command[at++] != c)
            return ECHO_NOT;
        seen++;
    }
    while (at < len && command[at] == ' ')
        at++;
    return at == len ? ECHO_WHOLE : seen ? ECHO_PART : ECHO_NOT;
}

/* IOS and its kin shift a long line to the left and show a `$` where it was cut. */
static bool scrolled(const char *command, const char *shown, size_t len)
{
    size_t whole = strlen(command);
    if (len > SCROLL_MIN_BYTES && shown[0] == '$' && len - 1 <= whole)
        return memcmp(command + whole - (len - 1), shown + 1, len - 1) == 0;
    if (len > SCROLL_MIN_BYTES && shown[len - 1] == '$' && len - 1 <= whole)
        return memcmp(command, shown, len - 1) == 0;
    return false;
}

enum echo_verdict echo_judge(const char *command, const struct str *prompt, const char *text, size_t len,
                             const struct str *raw)
{
    size_t want = match_trim(command, strlen(command));
    len = match_trim(text, len);
    if (same(text, len, command, want))
        return ECHO_WHOLE;
    if (len >= prompt->len && prompt->len && memcmp(text, prompt->data, prompt->len) == 0) {
        if (same(text + prompt->len, len - prompt->len, command, want) ||
            scrolled(command, text + prompt->len, len - prompt->len))
            return ECHO_WHOLE;
    }
    return judge_raw(command, raw);
}
