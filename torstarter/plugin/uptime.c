/* Forms seen: FRR and EOS 01:02:03, 3d04h05m, 02w3d04h, 01y02w03d; IOS and NX-OS 1w2d, "1 year, 2 weeks, 3 days, 4 hours, 5 minutes",
   "0 day(s), 2 hour(s), 14 minute(s), 9 second(s)"; EOS "2 hours and 14 minutes"; Junos 1w0d 3:24:17, 2:11:40, 40:10; AOS-CX
   02h:10m:07s; Linux "10:22:33 up 3 days,  4:05,  1 user, …", "up 13 min", and /proc/uptime. */
#include "plugin/uptime.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 24 * HOUR_S, WEEK_S = 7 * DAY_S, YEAR_S = 365 * DAY_S };
enum { DIGITS_MAX = 9 };

static const struct unit {
    const char *name;
    int64_t seconds;
} units[] = {
    {"y", YEAR_S},    {"yr", YEAR_S},  {"year", YEAR_S},  {"w", WEEK_S},        {"wk", WEEK_S},
    {"week", WEEK_S}, {"d", DAY_S},    {"day", DAY_S},    {"h", HOUR_S},        {"hr", HOUR_S},
    {"hour", HOUR_S}, {"m", MINUTE_S}, {"min", MINUTE_S}, {"minute", MINUTE_S}, {"s", 1},
    {"sec", 1},       {"second", 1},
};

struct reading {
    const char *at;
    int64_t total;
    int64_t last; /* the unit read last: they come in falling order, or it is no duration */
    bool any, after_up;
};

static bool number(struct reading *r, int64_t *out)
{
    size_t n = strspn(r->at, "0123456789");
    if (n == 0 || n > DIGITS_MAX)
        return false;
    *out = 0;
    for (size_t i = 0; i < n; i++)
        *out = *out * 10 + (r->at[i] - '0');
    r->at += n;
    return true;
}

static bool add(struct reading *r, int64_t count, int64_t unit)
{
    if (r->any && unit >= r->last)
        return false;
    r->total += count * unit;
    r->last = unit;
    r->any = true;
    return true;
}

/* h:mm:ss; of two parts h:mm behind days or "up", else m:ss. */
static bool clock_part(struct reading *r, int64_t first)
{
    int64_t part[3] = {first};
    size_t n = 1;
    while (n < 3 && r->at[0] == ':' && isdigit((unsigned char)r->at[1])) {
        r->at++;
        size_t digits = strspn(r->at, "0123456789");
        if (digits > 2 || !number(r, &part[n]) || part[n] >= 60)
            return false;
        n++;
    }
    if (n == 3 || r->any || r->after_up)
        return add(r, part[0], HOUR_S) && add(r, part[1], MINUTE_S) && (n == 2 || add(r, part[2], 1));
    return add(r, part[0], MINUTE_S) && add(r, part[1], 1);
}

static const struct unit *unit_of(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t n = strlen(units[i].name);
        if (strncasecmp(word, units[i].name, n) == 0 &&
            (len == n || (len == n + 1 && n > 1 && tolower((unsigned char)word[n]) == 's')))
            return &units[i];
    }
    return NULL;
}

static size_t word_len(const char *p)
{
    size_t n = 0;
    while (isalpha((unsigned char)p[n]))
        n++;
    return n;
}

/* " 1 user, load average: …" is what Linux puts behind. */
static bool is_users(const char *p)
{
    size_t n = word_len(p);
    return (n == 4 || n == 5) && strncasecmp(p, "users", n) == 0;
}

/* /proc/uptime: "351735.47 234388.90", the second number is of something else. */
static bool plain_seconds(struct reading *r, int64_t count)
{
    if (r->any)
        return false;
    if (*r->at == '.') {
        r->at += 1 + strspn(r->at + 1, "0123456789");
        if (*r->at == ' ')
            r->at += 1 + strspn(r->at + 1, "0123456789.");
    }
    return add(r, count, 1) && *r->at == '\0';
}

static bool item(struct reading *r)
{
    int64_t count;
    if (!number(r, &count))
        return false;
    if (r->at[0] == ':' && isdigit((unsigned char)r->at[1]))
        return clock_part(r, count);
    const char *word = r->at + strspn(r->at, " \t");
    size_t len = word_len(word);
    if (r->any && is_users(word)) {
        r->at = "";
        return true;
    }
    if (len == 0)
        return plain_seconds(r, count);
    const struct unit *unit = unit_of(word, len);
    r->at = word + len;
    if (strncmp(r->at, "(s)", 3) == 0)
        r->at += 3;
    return unit && add(r, count, unit->seconds);
}

static void pass_over(struct reading *r)
{
    static const char *const words[] = {"and", "ago", "is", "uptime", "up"};
    bool more = true;
    while (more) {
        more = false;
        r->at += strspn(r->at, " \t\r\n,:()");
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            size_t n = strlen(words[i]);
            if (word_len(r->at) != n || strncasecmp(r->at, words[i], n) != 0)
                continue;
            r->after_up = r->after_up || strcmp(words[i], "up") == 0;
            r->at += n;
            more = true;
        }
    }
}

bool uptime_read(const char *text, int64_t *seconds)
{
    const char *up = strstr(text, " up ");
    struct reading r = {.at = up ? up + 1 : text};
    pass_over(&r);
    if (strncasecmp(r.at, "never", 5) == 0) {
        r.at += 5;
        r.any = true;
    }
    for (pass_over(&r); *r.at; pass_over(&r))
        if (!item(&r))
            return false;
    if (r.any)
        *seconds = r.total;
    return r.any;
}
