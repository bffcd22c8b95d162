/* RFC 3986, as far as consoles need it: no fragment, no relative forms. What is refused is never quoted: it may hold a password. */
#include "text/uri.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

enum { OPTION_MAX = 32 };

static const char UNRESERVED[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

struct piece { /* of the text */
    const char *at;
    size_t len;
};

static struct piece piece_until(const char *at, const char *end, const char *stops)
{
    struct piece p = {.at = at};
    while (at + p.len < end && !strchr(stops, at[p.len]))
        p.len++;
    return p;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* NULL with e set when the escapes are wrong or hide a control character. */
static const char *decode(struct piece p, const char *what, struct arena *arena, struct err *e)
{
    char *out = arena_alloc(arena, p.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < p.len; i++) {
        unsigned char c = (unsigned char)p.at[i];
        if (c == '%') {
            int high = i + 1 < p.len ? hex_digit(p.at[i + 1]) : -1;
            int low = i + 2 < p.len ? hex_digit(p.at[i + 2]) : -1;
            if (high < 0 || low < 0) {
                err_set(e, ERR_USAGE,
                        "console URI: %% in the %s must be followed by two hex digits; write %%25 for a %%",
                        what);
                return NULL;
            }
            c = (unsigned char)(high << 4 | low);
            i += 2;
        }
        if (c < 0x20 || c == 0x7F) {
            err_set(e, ERR_USAGE, "console URI: control character in the %s", what);
            return NULL;
        }
        out[n++] = (char)c;
    }
    return out;
}

static const char *lower_case(const char *s, struct arena *arena)
{
    char *out = arena_strdup(arena, s);
    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return out;
}

static bool read_scheme(const char *text, struct arena *arena, struct uri *out, size_t *len, struct err *e)
{
    size_t n = 0;
    while (isalnum((unsigned char)text[n]) || (n > 0 && text[n] && strchr("+-.", text[n])))
        n++;
    if (n == 0 || text[n] != ':' || !isalpha((unsigned char)text[0]))
        return err_set(
            e, ERR_USAGE,
            "console URI: no scheme; write for example ssh://user@host/7 or serial:/dev/ttyUSB0?baud=9600");
    out->scheme = lower_case(arena_strndup(arena, text, n), arena);
    *len = n + 1;
    return true;
}

static bool read_port(struct piece p, struct uri *out, struct err *e)
{
    unsigned long port = 0;
    for (size_t i = 0; i < p.len && port <= 65535; i++) {
        if (!isdigit((unsigned char)p.at[i]))
            port = 65536;
        else
            port = port * 10 + (unsigned)(p.at[i] - '0');
    }
    if (port == 0 || port > 65535)
        return err_set(e, ERR_USAGE, "console URI: the port after the host must be a number from 1 to 65535");
    out->port = (unsigned)port;
    return true;
}

static bool read_host(struct piece p, struct arena *arena, struct uri *out, struct err *e)
{
    const char *end = p.at + p.len;
    struct piece host = piece_until(p.at, end, ":");
    if (p.len && p.at[0] == '[') {
        host = piece_until(p.at + 1, end, "]");
        if (host.at + host.len == end)
            return err_set(e, ERR_USAGE, "console URI: the ] after the IPv6 address is missing");
    }
    const char *rest = host.at + host.len + (p.len && p.at[0] == '[');
    const char *name = decode(host, "host", arena, e);
    if (!name)
        return false;
    if (!*name || strpbrk(name, " /\\@"))
        return err_set(e, ERR_USAGE, "console URI: %s",
                       *name ? "the host is no name or address" : "no host after //");
    out->host = lower_case(name, arena);
    if (rest == end)
        return true;
    if (*rest != ':')
        return err_set(e, ERR_USAGE, "console URI: something that is no port follows the IPv6 address");
    return read_port((struct piece){rest + 1, (size_t)(end - rest - 1)}, out, e);
}

static bool read_authority(struct piece p, struct arena *arena, struct uri *out, struct err *e)
{
    const char *at_sign = memrchr(p.at, '@', p.len);
    if (at_sign) {
        struct piece user = {p.at, (size_t)(at_sign - p.at)};
        if (memchr(user.at, ':', user.len))
            return err_set(e, ERR_USAGE,
                           "console URI: a password does not belong there (others see it); name a credential "
                           "in the site file. A : that "
                           "is part of the user name is written %%3A");
        out->user = decode(user, "user name", arena, e);
        if (!out->user)
            return false;
        p = (struct piece){at_sign + 1, p.len - user.len - 1};
    }
    return read_host(p, arena, out, e);
}

static bool read_option(struct piece p, struct arena *arena, struct uri *out, struct err *e)
{
    const char *end = p.at + p.len;
    struct piece key = piece_until(p.at, end, "=");
    struct piece value = {key.at + key.len, 0};
    if (value.at < end) {
        value.at++;
        value.len = (size_t)(end - value.at);
    }
    struct uri_option o = {decode(key, "options", arena, e), NULL};
    if (o.key)
        o.value = decode(value, "options", arena, e);
    if (!o.value)
        return false;
    if (!*o.key)
        return err_set(e, ERR_USAGE, "console URI: an option without a name; write ?name=value&name=value");
    if (uri_option(out, o.key, NULL))
        return err_set(e, ERR_USAGE, "console URI: the option %s is there twice", o.key);
    if (out->option_count == OPTION_MAX)
        return err_set(e, ERR_USAGE, "console URI: more than %d options", OPTION_MAX);
    out->options[out->option_count++] = o;
    return true;
}

static bool read_options(const char *text, struct arena *arena, struct uri *out, struct err *e)
{
    const char *end = text + strlen(text);
    out->options = arena_alloc_array(arena, OPTION_MAX, sizeof *out->options);
    while (text < end) {
        struct piece p = piece_until(text, end, "&");
        if (!read_option(p, arena, out, e))
            return false;
        text = p.at + p.len + (p.at + p.len < end);
    }
    return true;
}

/* A command line is taken as it stands: % and ? mean something to programs. */
static bool read_command(const char *text, struct arena *arena, struct uri *out, struct err *e)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            return err_set(e, ERR_USAGE, "console URI: control character in the command");
    out->path = arena_strdup(arena, text);
    return true;
}

static bool read_path(const char *text, const char *end, struct arena *arena, struct uri *out, struct err *e)
{
    if (strcmp(out->scheme, "exec") == 0)
        return read_command(text, arena, out, e);
    struct piece path = piece_until(text, end, "?");
    out->path = decode(path, "path", arena, e);
    if (!out->path)
        return false;
    const char *rest = path.at + path.len;
    return rest == end || read_options(rest + 1, arena, out, e);
}

bool uri_parse(const char *text, struct arena *arena, struct uri *out, struct err *e)
{
    struct uri u = {.user = "", .host = "", .path = ""};
    size_t n = 0;
    if (!read_scheme(text, arena, &u, &n, e))
        return false;
    const char *rest = text + n, *end = rest + strlen(rest);
    if (str_starts(rest, "//")) {
        struct piece authority = piece_until(rest + 2, end, "/?");
        if (!read_authority(authority, arena, &u, e))
            return false;
        rest = authority.at + authority.len;
        rest += *rest == '/';
    }
    if (!read_path(rest, end, arena, &u, e))
        return false;
    if (!*u.host && !*u.path)
        return err_set(e, ERR_USAGE, "console URI: nothing after %s:", u.scheme);
    *out = u;
    return true;
}

const char *uri_option(const struct uri *u, const char *key, const char *otherwise)
{
    for (unsigned i = 0; i < u->option_count; i++)
        if (strcmp(u->options[i].key, key) == 0)
            return u->options[i].value;
    return otherwise;
}

bool uri_option_number(const struct uri *u, const char *key, unsigned min, unsigned max, unsigned *out,
                       struct err *e)
{
    const char *text = uri_option(u, key, NULL);
    unsigned long number = 0;
    if (!text)
        return true;
    for (const char *p = text; *p && number <= max; p++)
        number = isdigit((unsigned char)*p) ? number * 10 + (unsigned)(*p - '0') : (unsigned long)max + 1;
    if (!*text || number < min || number > max)
        return err_set(e, ERR_USAGE, "console URI: %s=%.20s: must be a number from %u to %u", key, text, min,
                       max);
    *out = (unsigned)number;
    return true;
}

bool uri_check_options(const struct uri *u, const char *const *names, struct err *e)
{
    size_t count = 0;
    while (names[count])
        count++;
    for (unsigned i = 0; i < u->option_count; i++) {
        const char *key = u->options[i].key;
        size_t n = 0;
        while (n < count && strcmp(names[n], key) != 0)
            n++;
        if (n < count)
            continue;
        const char *near = str_nearest(key, names, count);
        return err_set(e, ERR_USAGE, "console URI: %s: knows no option %.40s%s%s%s", u->scheme, key,
                       near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    return true;
}

static void encode(struct str *out, const char *text, const char *also)
{
    for (; *text; text++)
        if (strchr(UNRESERVED, *text) || strchr(also, *text))
            str_add_char(out, *text);
        else
            str_printf(out, "%%%02X", (unsigned char)*text);
}

static void format_authority(struct str *s, const struct uri *u)
{
    str_add_cstr(s, "//");
    if (*u->user) {
        encode(s, u->user, "+");
        str_add_char(s, '@');
    }
    bool address6 = strchr(u->host, ':') != NULL;
    str_add_cstr(s, address6 ? "[" : "");
    encode(s, u->host, ":");
    str_add_cstr(s, address6 ? "]" : "");
    if (u->port)
        str_printf(s, ":%u", u->port);
    if (*u->path)
        str_add_char(s, '/');
}

char *uri_format(const struct uri *u, struct arena *arena)
{
    struct str s = {0};
    str_printf(&s, "%s:", u->scheme);
    if (*u->host)
        format_authority(&s, u);
    if (strcmp(u->scheme, "exec") == 0)
        str_add_cstr(&s, u->path);
    else
        encode(&s, u->path, "/:,+@=");
    for (unsigned i = 0; i < u->option_count; i++) {
        str_add_char(&s, i ? '&' : '?');
        encode(&s, u->options[i].key, "/:,+@");
        str_add_char(&s, '=');
        encode(&s, u->options[i].value, "/:,+@");
    }
    char *text = arena_strndup(arena, str_cstr(&s), s.len);
    str_clear(&s);
    return text;
}
