#include "sim/kind.h"

#include <stdlib.h>
#include <string.h>

static const struct kind kinds[] = {
    {"opengear", "port", 2, "Port %u is in use by "},
    {"generic", "", 1, "Port %u already in use by "},
};

const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

bool kind_parse_login(const struct kind *k, const char *user, const char *login, unsigned *port)
{
    size_t user_len = strlen(user), prefix_len = strlen(k->port_prefix);
    if (strncmp(login, user, user_len) != 0 || login[user_len] != ':')
        return false;
    const char *p = login + user_len + 1;
    if (strncmp(p, k->port_prefix, prefix_len) != 0)
        return false;
    p += prefix_len;
    size_t digits = strspn(p, "0123456789");
    if (digits == 0 || digits > 5 || p[digits] != '\0')
        return false;
    *port = (unsigned)strtoul(p, NULL, 10);
    return true;
}

void kind_add_login(const struct kind *k, const char *user, unsigned port, struct str *out)
{
    str_printf(out, "%s:%s%0*u", user, k->port_prefix, (int)k->port_width, port);
}

void kind_add_busy(const struct kind *k, unsigned port, const char *holder, struct str *out)
{
    const char *number = strstr(k->busy, "%u");
    str_add_cstr(out, "\r\n");
    str_add(out, k->busy, (size_t)(number - k->busy));
    str_printf(out, "%u%s%s\r\n", port, number + 2, holder);
}
