#include "model/check.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"
#define HEX     DIGITS "abcdefABCDEF"

/* Only these characters, a letter or digit first, at most max of them. */
static bool made_of(const char *text, const char *allowed, size_t max)
{
    size_t len = strlen(text);
    return len > 0 && len <= max && strspn(text, allowed) == len && isalnum((unsigned char)*text);
}

const char *check_name(const char *text)
{
    if (made_of(text, LETTERS DIGITS "._-", 64))
        return NULL;
    return "is not a name; write letters, digits, . _ - (a letter or digit first, at most 64)";
}

const char *check_secret_name(const char *text)
{
    return strlen(text) > 32 ? "is too long for a credential's name; at most 32 characters"
                             : check_name(text);
}

static bool is_ip(const char *text, int *bits)
{
    unsigned char bytes[16];
    *bits = inet_pton(AF_INET, text, bytes) == 1 ? 32 : inet_pton(AF_INET6, text, bytes) == 1 ? 128 : 0;
    return *bits != 0;
}

/* RFC 1123, 2.1: labels of 1 to 63 letters, digits and hyphens, no hyphen at either end. Underscores are seen in the field. */
static bool is_host_name(const char *text)
{
    if (!*text || strlen(text) > 253)
        return false;
    for (const char *label = text;;) {
        size_t len = strspn(label, LETTERS DIGITS "_-");
        if (len == 0 || len > 63 || label[0] == '-' || label[len - 1] == '-')
            return false;
        if (!label[len])
            return true;
        if (label[len] != '.')
            return false;
        label += len + 1;
    }
}

const char *check_host(const char *text)
{
    int bits;
    bool dotted = strspn(text, DIGITS ".") == strlen(text); /* 10.0.0.500 is a mistyped address, not a name */
    if (is_ip(text, &bits) || (!dotted && is_host_name(text)))
        return NULL;
    return "is not an address; write an IP address or a host name";
}

const char *check_ip(const char *text)
{
    int bits;
    return is_ip(text, &bits) ? NULL : "is not an IP address; write it like 10.1.0.0 or 2001:db8::1";
}

const char *check_prefix(const char *text)
{
    static const char wrong[] = "is not an address with its length; write it like 10.1.0.1/31";
    char address[64];
    const char *slash = strchr(text, '/');
    int bits;
    if (!slash || (size_t)(slash - text) >= sizeof address)
        return wrong;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    size_t digits = strspn(slash + 1, DIGITS);
    bool ok =
        digits > 0 && digits <= 3 && !slash[1 + digits] && is_ip(address, &bits) && atoi(slash + 1) <= bits;
    return ok ? NULL : wrong;
}

/* 1/1/49: two slashes, lest 10.0.0.1/31 or a name that lost its letters be taken for one. */
static bool is_numbered_interface(const char *text)
{
    size_t len = strspn(text, DIGITS "/");
    const char *slash = memchr(text, '/', len);
    return slash && memchr(slash + 1, '/', len - (size_t)(slash + 1 - text)) &&
           strspn(text + len, DIGITS "/:._-") == strlen(text + len);
}

const char *check_interface(const char *text)
{
    if (made_of(text, LETTERS DIGITS "/:._-", 64) && !strstr(text, "..") &&
        (isalpha((unsigned char)*text) || is_numbered_interface(text)))
        return NULL;
    return "is not an interface's name; write it like Ethernet49/1";
}

const char *check_serial(const char *text)
{
    return made_of(text, LETTERS DIGITS "._/-", 64) ? NULL
                                                    : "is not a serial number; letters, digits, . _ / - only";
}

const char *check_mac(const char *text)
{
    static const char *const shapes[] = {"hh:hh:hh:hh:hh:hh", "hh-hh-hh-hh-hh-hh", "hhhh.hhhh.hhhh",
                                         "hhhhhh-hhhhhh"};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        const char *p = text, *shape = shapes[s];
        while (*shape && *p && (*shape == 'h' ? isxdigit((unsigned char)*p) != 0 : *shape == *p))
            shape++, p++;
        if (!*shape && !*p)
            return NULL;
    }
    return "is not a MAC address; write it like 00:1c:73:aa:bb:cc";
}

const char *check_port(const char *text)
{
    if (text[0] == '0' && strspn(text, DIGITS) == strlen(text)) /* 07 and 7 would be two names of one port */
        return "begins with a zero; write the port's number without it";
    if (made_of(text, LETTERS DIGITS "._/-", 64) && !strstr(text, ".."))
        return NULL;
    return "is not a console port; write its number or label";
}

const char *check_url(const char *text)
{
    size_t scheme = str_starts(text, "http://") ? 7 : str_starts(text, "https://") ? 8 : 0;
    size_t host = scheme ? strcspn(text + scheme, "/") : 0;
    if (!host || strpbrk(text, " \"'<>\\^`{|};"))
        return "is not a URL; write it like http://10.0.0.2/images/";
    if (memchr(text + scheme, '@', host))
        return "names a user or password; take it out of the URL";
    return NULL;
}

const char *check_variable(const char *text)
{
    bool ok = strspn(text, LETTERS DIGITS "_") == strlen(text) && *text && !isdigit((unsigned char)*text);
    return ok ? NULL : "is not the name of an environment variable";
}

const char *check_not_empty(const char *text)
{
    return *text ? NULL : "is empty; write something or remove the key";
}

const char *check_version(const char *text)
{
    return made_of(text, LETTERS DIGITS "._()+~-", 64)
               ? NULL
               : "is not a version or image name; no blanks or slashes";
}

const char *check_hex(const char *text)
{
    size_t len = strlen(text);
    return len >= 32 && len <= 128 && strspn(text, HEX) == len
               ? NULL
               : "is not a checksum; write its hexadecimal digits";
}
