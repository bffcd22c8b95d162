#include "text/disguise.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/vec.h"
#include "text/regex.h"

enum { NAME_MIN = 3, ADDRESS_MAX = 46, SERIAL_MIN = 6 };

struct pair {
    char *from, *to;
    size_t len;
    bool caseless; /* a word without digits may be any word in another spelling */
    size_t number; /* of an address: what stands for it, in all its spellings */
};

struct disguise {
    VEC(struct pair) pairs; /* names, longest first */
    VEC(struct pair) addresses;
    VEC(char *) kept;
    struct regex *serial;
};

/* What every factory gives tells nobody who the switch is. */
static const char *const common[] = {"admin", "root",    "cisco",  "cumulus", "sonic",   "switch",
                                     "local", "console", "router", "none",    "unknown", "localhost"};

static const char serial_pattern[] =
    "(?i)(?:serial(?:[ _-]?(?:number|num|no\\.?))?|\\bs/?n|board id)[^\\w\\n]{1,60}(?:is[^\\w\\n]+)?"
    "([A-Z0-9][A-Z0-9-]{5,30})";

struct disguise *disguise_new(void)
{
    struct disguise *d = MEM_NEW(struct disguise);
    d->serial = regex_new(serial_pattern, REGEX_BYTES, NULL);
    return d;
}

void disguise_free(struct disguise *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->pairs.count; i++) {
        mem_free(d->pairs.items[i].from);
        mem_free(d->pairs.items[i].to);
    }
    for (size_t i = 0; i < d->addresses.count; i++) {
        mem_free(d->addresses.items[i].from);
        mem_free(d->addresses.items[i].to);
    }
    for (size_t i = 0; i < d->kept.count; i++)
        mem_free(d->kept.items[i]);
    VEC_CLEAR(&d->pairs);
    VEC_CLEAR(&d->addresses);
    VEC_CLEAR(&d->kept);
    regex_free(d->serial);
    mem_free(d);
}

/* ---- names ---- */

/* The number stands in the letters and digits, from the right; the rest of them is x and 0. */
static void write_name(char *to, size_t number)
{
    for (size_t i = strlen(to); i-- > 0;) {
        unsigned char c = (unsigned char)to[i];
        if (isdigit(c)) {
            to[i] = (char)('0' + number % 10);
            number /= 10;
        } else if (isalpha(c)) {
            char letter = (char)('a' + (number % 26 + 'x' - 'a') % 26);
            to[i] = isupper(c) ? (char)toupper(letter) : letter;
            number /= 26;
        }
    }
}

static bool is_common(const char *name)
{
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (strcasecmp(common[i], name) == 0)
            return true;
    return false;
}

static void add_name(struct disguise *d, const char *name, size_t len)
{
    struct pair p = {.from = mem_strndup(name, len), .len = len};
    bool known = len < NAME_MIN || is_common(p.from) || strspn(p.from, "0123456789.-/") == len;
    for (size_t i = 0; i < d->pairs.count && !known; i++)
        known = strcasecmp(d->pairs.items[i].from, p.from) == 0;
    if (known) {
        mem_free(p.from);
        return;
    }
    p.to = mem_strdup(p.from);
    p.caseless = strpbrk(p.from, "0123456789") != NULL;
    write_name(p.to, d->pairs.count + 1);
    VEC_ADD(&d->pairs, p);
    for (size_t i = d->pairs.count - 1; i > 0 && d->pairs.items[i - 1].len < d->pairs.items[i].len; i--) {
        struct pair swap = d->pairs.items[i];
        d->pairs.items[i] = d->pairs.items[i - 1];
        d->pairs.items[i - 1] = swap;
    }
}

void disguise_add(struct disguise *d, const char *name)
{
    struct in6_addr ignored;
    if (!name || strchr(name, ' ') || inet_pton(AF_INET, name, &ignored) == 1 ||
        inet_pton(AF_INET6, name, &ignored) == 1)
        return;
    const char *dot = strchr(name, '.');
    bool has_domain =
        dot && dot > name && strpbrk(dot, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    /* Part by part, so that the host is called the same with its domain and without. */
    if (!has_domain || dot - name < NAME_MIN)
        add_name(d, name, strlen(name));
    if (has_domain) {
        add_name(d, name, (size_t)(dot - name));
        add_name(d, dot + 1, strlen(dot + 1));
    }
}

void disguise_keep(struct disguise *d, const char *text)
{
    VEC_ADD(&d->kept, mem_strdup(text));
}

void disguise_learn(struct disguise *d, const char *text, size_t len)
{
    struct regex_span spans[2];
    for (size_t at = 0; at < len && regex_match(d->serial, text, len, at, spans, 2) == REGEX_MATCH;
         at = spans[0].end) {
        const char *serial = text + spans[1].start;
        size_t serial_len = spans[1].end - spans[1].start;
        bool digit = false;
        for (size_t i = 0; i < serial_len; i++)
            digit = digit || isdigit((unsigned char)serial[i]);
        if (digit && serial_len >= SERIAL_MIN)
            add_name(d, serial, serial_len);
    }
}

static const struct pair *name_at(const struct disguise *d, const char *at, size_t len)
{
    for (size_t i = 0; i < d->pairs.count; i++) {
        const struct pair *p = &d->pairs.items[i];
        if (p->len > len || (p->len < len && isalnum((unsigned char)at[p->len])))
            continue;
        if ((p->caseless ? strncasecmp : strncmp)(at, p->from, p->len) == 0)
            return p;
    }
    return NULL;
}

/* ---- addresses ---- */

static size_t mac_len(const char *at, size_t len)
{
    static const struct {
        unsigned groups, digits;
        const char *between;
    } spellings[] = {{6, 2, ":-"}, {3, 4, ".:-"}, {2, 6, "-"}};
    for (size_t s = 0; s < sizeof spellings / sizeof *spellings; s++) {
        size_t i = 0, wanted = (size_t)spellings[s].groups * (spellings[s].digits + 1) - 1;
        while (i < wanted && i < len &&
               (i % (spellings[s].digits + 1) == spellings[s].digits
                    ? strchr(spellings[s].between, at[i]) != NULL && at[i] == at[spellings[s].digits]
                    : isxdigit((unsigned char)at[i]) != 0))
            i++;
        if (i == wanted && (i == len || !(isalnum((unsigned char)at[i]) || at[i] == at[spellings[s].digits])))
            return wanted;
    }
    return 0;
}

static void write_mac(char *to, size_t number)
{
    size_t digits = 0;
    for (size_t i = strlen(to); i-- > 0;) {
        if (!isxdigit((unsigned char)to[i]))
            continue;
        to[i] = ++digits == 11 ? '2' : "0123456789abcdef"[digits < 11 ? number % 16 : 0];
        number /= 16;
    }
}

static size_t ip4_len(const char *at, size_t len)
{
    size_t i = 0;
    for (int octet = 0; octet < 4; octet++) {
        size_t digits = 0;
        unsigned value = 0;
        for (; i + digits < len && digits < 4 && isdigit((unsigned char)at[i + digits]); digits++)
            value = value * 10 + (unsigned)(at[i + digits] - '0');
        if (digits == 0 || digits > 3 || value > 255 ||
            (octet == 0 && (value == 0 || value == 127 || value == 255)))
            return 0;
        i += digits;
        if (octet < 3 && (i >= len || at[i++] != '.'))
            return 0;
    }
    if (i < len && (isalnum((unsigned char)at[i]) || at[i] == '_' ||
                    (at[i] == '.' && i + 1 < len && isdigit((unsigned char)at[i + 1]))))
        return 0;
    return i;
}

/* Each octet keeps its digits; the number stands in the last three. */
static void write_ip4(char *to, size_t number)
{
    static const char *const first[] = {"1", "10", "198"};
    static const unsigned from[] = {0, 10, 100}, radix[] = {10, 90, 100};
    size_t end = strlen(to);
    for (int octet = 3; octet >= 0; octet--) {
        size_t start = end;
        while (start > 0 && to[start - 1] != '.')
            start--;
        size_t d = end - start - 1;
        char text[8];
        snprintf(text, sizeof text, "%u", (unsigned)(from[d] + number % radix[d]));
        memcpy(to + start, octet ? text : first[d], end - start);
        number /= radix[d];
        end = start ? start - 1 : 0;
    }
}

static size_t ip6_len(const char *at, size_t len)
{
    char text[ADDRESS_MAX];
    struct in6_addr ignored;
    size_t i = 0, colons = 0;
    while (i < len && i < ADDRESS_MAX - 1 && (isxdigit((unsigned char)at[i]) || at[i] == ':'))
        colons += at[i++] == ':';
    if (i > 1 && at[i - 1] == ':' && at[i - 2] != ':') /* the colon of "2001:db8::1: up" */
        i--;
    memcpy(text, at, i);
    text[i] = '\0';
    if (colons < 2 || i < 4 || (i < len && isalnum((unsigned char)at[i])) ||
        inet_pton(AF_INET6, text, &ignored) != 1)
        return 0;
    return i;
}

static void write_ip6(char *to, size_t number)
{
    size_t first = strcspn(to, ":");
    const char *head = strncasecmp(to, "fe80", 4) == 0 ? "fe80" : "2001";
    for (size_t i = strlen(to); i-- > 0;) {
        if (to[i] == ':')
            continue;
        to[i] = i < first && first == 4 ? head[i] : "0123456789abcdef"[number % 16];
        number = i < first && first == 4 ? number : number / 16;
    }
}

static bool is_kept(const struct disguise *d, const char *at, size_t len)
{
    for (size_t i = 0; i < d->kept.count; i++)
        if (strlen(d->kept.items[i]) == len && strncmp(d->kept.items[i], at, len) == 0)
            return true;
    return false;
}

/* The same address may be spelled otherwise: 00:1c:73:aa:bb:cc is 001c.73aa.bbcc. */
static bool same_digits(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t i = 0, k = 0;
    for (;; i++, k++) {
        while (i < a_len && !isxdigit((unsigned char)a[i]))
            i++;
        while (k < b_len && !isxdigit((unsigned char)b[k]))
            k++;
        if (i == a_len || k == b_len)
            return i == a_len && k == b_len;
        if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[k]))
            return false;
    }
}

static const struct pair *address_of(struct disguise *d, const char *at, size_t len,
                                     void (*write)(char *, size_t))
{
    size_t number = d->addresses.count + 1;
    for (size_t i = 0; i < d->addresses.count; i++) {
        const struct pair *p = &d->addresses.items[i];
        if (p->len == len && strncasecmp(p->from, at, len) == 0)
            return p;
        if (write == write_mac && mac_len(p->from, p->len) == p->len && same_digits(p->from, p->len, at, len))
            number = p->number;
    }
    struct pair p = {mem_strndup(at, len), mem_strndup(at, len), len, true, number};
    write(p.to, number);
    VEC_ADD(&d->addresses, p);
    return &d->addresses.items[d->addresses.count - 1];
}

static const struct pair *address_at(struct disguise *d, const char *at, size_t len, char before)
{
    size_t found;
    if (before == ':' || before == '.')
        return NULL;
    if ((found = mac_len(at, len)) > 0)
        return address_of(d, at, found, write_mac);
    if ((found = ip6_len(at, len)) > 0)
        return address_of(d, at, found, write_ip6);
    if ((found = ip4_len(at, len)) > 0 && !is_kept(d, at, found))
        return address_of(d, at, found, write_ip4);
    return NULL;
}

void disguise_text(struct disguise *d, const char *text, size_t len, struct str *out)
{
    for (size_t i = 0; i < len;) {
        char before = i ? text[i - 1] : ' ';
        const struct pair *p = NULL;
        if (!isalnum((unsigned char)before) && (isalnum((unsigned char)text[i]) || text[i] == ':')) {
            p = name_at(d, text + i, len - i);
            p = p ? p : address_at(d, text + i, len - i, before);
        }
        if (p)
            str_add(out, p->to, p->len);
        else
            str_add_char(out, text[i]);
        i += p ? p->len : 1;
    }
}
