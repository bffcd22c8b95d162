#include "plugin/address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { BITS_4 = 32, BITS_6 = 128 };

static const char *netmask(unsigned bits, struct arena *arena)
{
    char text[INET_ADDRSTRLEN] = "";
    struct in_addr mask = {htonl(bits ? UINT32_MAX << (BITS_4 - bits) : 0)};
    inet_ntop(AF_INET, &mask, text, sizeof text);
    return arena_strdup(arena, text);
}

bool address_arguments(const char *prefix, struct arena *arena, struct argument out[ADDRESS_ARGUMENTS])
{
    const char *slash = strchr(prefix, '/');
    unsigned char room[sizeof(struct in6_addr)];
    char *end;
    if (!slash)
        return false;
    const char *ip = arena_strndup(arena, prefix, (size_t)(slash - prefix));
    unsigned long bits = strtoul(slash + 1, &end, 10);
    bool is_4 = inet_pton(AF_INET, ip, room) == 1, is_6 = inet_pton(AF_INET6, ip, room) == 1;
    if (end == slash + 1 || *end || (!is_4 && !is_6) || bits > (is_4 ? BITS_4 : BITS_6))
        return false;
    out[0] = (struct argument){"address", prefix};
    out[1] = (struct argument){"ip", ip};
    out[2] = (struct argument){"netmask", is_4 ? netmask((unsigned)bits, arena) : ""};
    out[3] = (struct argument){"prefix_len", slash + 1};
    return true;
}

static bool is_of_address(char c)
{
    return c && strchr("0123456789abcdefABCDEF.:", c);
}

bool address_stands_in(const char *prefix, const char *text, size_t len)
{
    size_t n = strcspn(prefix, "/");
    for (const char *p = text, *end = text + len; n && (size_t)(end - p) >= n; p++) {
        p = memmem(p, (size_t)(end - p), prefix, n);
        if (!p)
            return false;
        if ((p == text || !is_of_address(p[-1])) && (p + n == end || !is_of_address(p[n])))
            return true;
    }
    return false;
}
