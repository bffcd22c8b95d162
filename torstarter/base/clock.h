/* Time: the machine's, or a virtual one that tests turn by hand; nothing else in the house asks the machine. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* A clock belongs to one session's thread. NULL means the machine's clocks. */
struct clock {
    int64_t now_ms; /* since an arbitrary start */
    int64_t utc_us; /* at now_ms == 0 */
};

int64_t clock_now_ms(const struct clock *c); /* monotonic */
int64_t clock_now_us(const struct clock *c); /* monotonic */
int64_t clock_utc_us(const struct clock *c); /* microseconds since 1970-01-01 UTC */
void clock_wait_until(struct clock *c,
                      int64_t until_ms); /* turns a virtual clock forward; sleeps on a real one */

enum { CLOCK_TEXT_MAX = 40 };
/* "2026-01-31T09:41:07.318Z" */
const char *clock_format_utc(int64_t utc_us, char out[CLOCK_TEXT_MAX]);
/* "0:41", "12:03", "1:02:03" */
const char *clock_format_span(int64_t span_ms, char out[CLOCK_TEXT_MAX]);
/* "30d", "12h", "15m", "45s", "250ms", a bare number means seconds; false if it is none of these */
bool clock_parse_span(const char *text, int64_t *span_ms);

#endif
