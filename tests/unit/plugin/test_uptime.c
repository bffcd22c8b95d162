/* Durations as seven platforms print them, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plugin/uptime.h"

enum { M = 60, H = 3600, D = 24 * H, W = 7 * D, Y = 365 * D };

static void every_platforms_form_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } known[] = {
        {"01:02:03", H + 2 * M + 3},
        {"3d04h", 3 * D + 4 * H},
        {"3d04h05m", 3 * D + 4 * H + 5 * M},
        {"02w3d04h", 2 * W + 3 * D + 4 * H},
        {"01y02w3d", Y + 2 * W + 3 * D},
        {"1w2d", W + 2 * D},
        {"2 weeks, 1 day", 2 * W + D},
        {"1 year, 2 weeks, 3 days, 4 hours, 1 minute", (int64_t)Y + 2 * W + 3 * D + 4 * H + M},
        {"2 hours and 14 minutes", 2 * H + 14 * M},
        {"0 day(s), 2 hour(s), 14 minute(s), 9 second(s)", 2 * H + 14 * M + 9},
        {"1w0d 3:24:17", W + 3 * H + 24 * M + 17},
        {"2:11:40", 2 * H + 11 * M + 40},
        {"40:10", 40 * M + 10},
        {"1w0d 03:24", W + 3 * H + 24 * M},
        {"(1w0d 03:24 ago)", W + 3 * H + 24 * M},
        {"02h:10m:07s", 2 * H + 10 * M + 7},
        {"10:22:33 up 3 days,  4:05,  1 user,  load average: 0.00, 0.01, 0.05", 3 * D + 4 * H + 5 * M},
        {"up 3 days, 4:05", 3 * D + 4 * H + 5 * M},
        {"up 2:13, 2 users, load average: 0.1, 0.2, 0.3", 2 * H + 13 * M},
        {"up 13 min", 13 * M},
        {" 09:01:02 up 1 day, 13 min, 0 users, load average: 1, 2, 3", D + 13 * M},
        {"7 days, 3 hours, 24 minutes, 17 seconds", 7 * D + 3 * H + 24 * M + 17},
        {"351735.47 234388.90", 351735},
        {"7960", 7960},
        {"0", 0},
        {"never", 0},
        {"Uptime is 5 mins", 5 * M},
        {"tor-r1-09 up 5 hrs 2 secs", 5 * H + 2},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int64_t seconds = -1;
        if (!uptime_read(known[i].text, &seconds) || seconds != known[i].seconds)
            fail_msg("\"%s\": %lld, not %lld", known[i].text, (long long)seconds,
                     (long long)known[i].seconds);
    }
}

static void what_is_no_duration_is_not_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"",       "-",       "a while",     "3 parsecs",  "5m 3h",
                                        "1d 1d",  "1:75:00", "12345678901", "1:2:3:4",    "4 days 17",
                                        "up",     "1w2x",    "3d04",        "2026-03-01", "10:22:33 since",
                                        "Monday", "5 users", "1:000"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t seconds = -7;
        if (uptime_read(texts[i], &seconds) || seconds != -7)
            fail_msg("\"%s\" was read as %lld", texts[i], (long long)seconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_platforms_form_is_read),
        cmocka_unit_test(what_is_no_duration_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
