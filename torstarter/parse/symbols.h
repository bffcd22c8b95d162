/* Sets of what may come next in a line of plain ASCII: one of its characters, or the line's end. */
#ifndef PARSE_SYMBOLS_H
#define PARSE_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

/* Lines hold no NUL (parse/lines replaces it), so that its bit stands for the end of the line. */
enum { SYMBOL_END = 0 };

struct symbols {
    uint64_t bits[2];
};

#define SYMBOLS_NONE       ((struct symbols){{0, 0}})
#define SYMBOLS_END        ((struct symbols){{1, 0}})
#define SYMBOLS_CHARACTERS ((struct symbols){{UINT64_MAX - 1, UINT64_MAX}})
#define SYMBOLS_ALL        ((struct symbols){{UINT64_MAX, UINT64_MAX}})

static inline void symbols_add(struct symbols *s, unsigned c)
{
    s->bits[c >> 6 & 1] |= (uint64_t)1 << (c & 63);
}

static inline void symbols_add_range(struct symbols *s, uint32_t low, uint32_t high)
{
    for (uint32_t c = low; c <= high && c < 128; c++)
        symbols_add(s, c);
}

static inline bool symbols_have(const struct symbols *s, unsigned char c)
{
    return s->bits[c >> 6 & 1] >> (c & 63) & 1;
}

static inline struct symbols symbols_or(struct symbols a, struct symbols b)
{
    return (struct symbols){{a.bits[0] | b.bits[0], a.bits[1] | b.bits[1]}};
}

static inline struct symbols symbols_and(struct symbols a, struct symbols b)
{
    return (struct symbols){{a.bits[0] & b.bits[0], a.bits[1] & b.bits[1]}};
}

/* The characters that are not in s; never the end. */
static inline struct symbols symbols_other(struct symbols s)
{
    return symbols_and((struct symbols){{~s.bits[0], ~s.bits[1]}}, SYMBOLS_CHARACTERS);
}

#endif
