/* Log lines that cut into output. A pattern anchored to the line's start is also looked for inside a row, without its anchor. */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"

enum { NOISE_LOOK_BYTES = 4096 };

void noise_init(struct session *s)
{
    const struct sign_list *noise = &s->dialect->noise;
    s->cuts = mem_alloc_array(noise->count ? noise->count : 1, sizeof *s->cuts);
    for (size_t i = 0; i < noise->count; i++) {
        const char *text = noise->items[i].text;
        if (text && text[0] == '^' && !strchr(text, '|') && !strstr(text, "{hostname"))
            s->cuts[i] = regex_new(text + 1, REGEX_BYTES | REGEX_JIT, NULL);
    }
}

void noise_clear(struct session *s)
{
    for (size_t i = 0; s->cuts && i < s->dialect->noise.count; i++)
        regex_free(s->cuts[i]);
    mem_free(s->cuts);
    s->cuts = NULL;
}

static size_t bounded(size_t len)
{
    return len < NOISE_LOOK_BYTES ? len : NOISE_LOOK_BYTES;
}

bool noise_is(const struct session *s, const char *text, size_t len)
{
    struct regex_span where;
    const struct sign *sign = match_any(&s->dialect->noise, text, bounded(len), &where);
    return sign && match_trim(text, where.start) == 0;
}

size_t noise_cut(const struct session *s, const char *text, size_t len)
{
    size_t first = SIZE_MAX;
    struct regex_span where[1];
    for (size_t i = 0; i < s->dialect->noise.count; i++) {
        const struct regex *re = s->cuts[i] ? s->cuts[i] : s->dialect->noise.items[i].regex;
        if (regex_match(re, text, bounded(len), 0, where, 1) == REGEX_MATCH && where[0].start > 0 &&
            where[0].start < first)
            first = where[0].start;
    }
    return first;
}
