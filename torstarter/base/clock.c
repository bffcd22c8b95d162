#include "base/clock.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t machine_us(clockid_t which)
{
    struct timespec ts;
    clock_gettime(which, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_now_us(const struct clock *c)
{
    return c ? c->now_ms * 1000 : machine_us(CLOCK_MONOTONIC);
}

int64_t clock_now_ms(const struct clock *c)
{
    return c ? c->now_ms : machine_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_utc_us(const struct clock *c)
{
    return c ? c->utc_us + c->now_ms * 1000 : machine_us(CLOCK_REALTIME);
}

void clock_wait_until(struct clock *c, int64_t until_ms)
{
    if (c) {
        if (until_ms > c->now_ms)
            c->now_ms = until_ms;
        return;
    }
    struct timespec ts = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) != 0)
        ;
}

const char *clock_format_utc(int64_t utc_us, char out[CLOCK_TEXT_MAX])
{
    time_t seconds = (time_t)(utc_us / 1000000);
    int ms = (int)(utc_us % 1000000 / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    char day[24];
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out, CLOCK_TEXT_MAX, "%s.%03dZ", day, ms);
    return out;
}

const char *clock_format_span(int64_t span_ms, char out[CLOCK_TEXT_MAX])
{
    int64_t s = span_ms / 1000;
    if (s < 3600)
        snprintf(out, CLOCK_TEXT_MAX, "%" PRId64 ":%02d", s / 60, (int)(s % 60));
    else
        snprintf(out, CLOCK_TEXT_MAX, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60), (int)(s % 60));
    return out;
}

bool clock_parse_span(const char *text, int64_t *span_ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    if (!isdigit((unsigned char)*text))
        return false;
    char *end;
    long long n = strtoll(text, &end, 10);
    if (n < 0 || n > 100000000)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].unit) == 0) {
            *span_ms = n * units[i].ms;
            return true;
        }
    return false;
}
