/* Known secrets are found by running all their beginnings along with the stream (a nondeterministic automaton: a beginning says how
   many bytes of which secret were seen). Bytes that a terminal puts between the characters of a wrapped echo leave the beginnings
   as they are. A secret that is complete covers its bytes in `held`; bytes before the oldest living beginning are released, those
   covered as one {secret:NAME}. All of that depends on offsets in the stream, never on the chunks. What is released then passes
   the filter of the words (base/redact.h). */
#include "base/mask.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/redact.h"
#include "base/secret_reveal.h"
#include "base/vec.h"

enum { SHORT_BYTES = 4, ESC = 0x1B, DEL = 0x7F };
enum {
    GAP_BYTES = 256,
    GAP_BYTES_A_CHARACTER = 8
}; /* how far wraps may stretch a secret before a beginning is given up */

enum escape { NO_ESCAPE, AFTER_ESC, IN_CSI, IN_STRING };

struct known {
    struct secret *secret;
    const char *bytes; /* the secret's own */
    size_t len;
};

struct beginning {
    size_t known, seen; /* so many bytes of that secret */
    uint64_t start;     /* offset of the first */
};

struct beginnings {
    struct beginning *items;
    size_t count, cap;
};

struct mask {
    VEC(struct known) known;
    bool starts[256];      /* some secret begins with this byte, or it is ESC */
    bool short_ones;       /* also secrets shorter than SHORT_BYTES, anywhere */
    bool asks, expects;    /* the line holds the word "password"; …and then a colon */
    uint64_t last_letters; /* of the line, lower case */
    enum escape escape;
    struct beginnings now, next;
    struct beginnings
        before;  /* as they were before the last byte, if that was a space: it may belong to a wrap */
    uint64_t at; /* offset of the next byte */
    struct str held;
    uint64_t *cover; /* for each byte of held: 0, or the match it belongs to */
    size_t cover_cap;
    uint64_t match_count;
    uint64_t last_cover; /* of the byte released last */
    char last_byte;      /* released last */
    uint64_t flushed_at, flushed_match;
    struct redact *redact;
    struct str *out;
};

struct mask *mask_new(void)
{
    struct mask *m = MEM_NEW(struct mask);
    m->redact = redact_new();
    m->starts[ESC] = true;
    return m;
}

static void free_stream(struct mask *m)
{
    if (m->held.data)
        mem_wipe(m->held.data, m->held.cap);
    str_clear(&m->held);
    mem_free(m->cover);
    mem_free(m->now.items);
    mem_free(m->next.items);
    mem_free(m->before.items);
    redact_free(m->redact);
}

void mask_free(struct mask *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->known.count; i++)
        secret_free(m->known.items[i].secret);
    VEC_CLEAR(&m->known);
    free_stream(m);
    mem_free(m);
}

void mask_add(struct mask *m, const struct secret *s)
{
    if (secret_is_empty(s))
        return;
    struct known k = {.secret = secret_copy(s)};
    k.bytes = secret_reveal(k.secret, &k.len);
    m->starts[(unsigned char)k.bytes[0]] = true;
    VEC_ADD(&m->known, k);
}

/* Of two ways to have seen as much of the same secret the older one covers more. */
static void add_beginning(struct beginnings *b, struct beginning one)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->items[i].known == one.known && b->items[i].seen == one.seen) {
            if (one.start < b->items[i].start)
                b->items[i].start = one.start;
            return;
        }
    VEC_ADD(b, one);
}

static uint64_t held_from(const struct mask *m)
{
    return m->at - m->held.len;
}

static void cover_from(struct mask *m, uint64_t start, uint64_t match)
{
    for (size_t i = (size_t)(start - held_from(m)); i < m->held.len; i++)
        m->cover[i] = match;
}

static uint64_t new_match(struct mask *m, size_t known)
{
    return ++m->match_count << 16 | (known & 0xFFFF);
}

static bool is_flushed(const struct mask *m, struct beginning b)
{
    return m->flushed_match && b.start == m->flushed_at && (m->flushed_match & 0xFFFF) == (b.known & 0xFFFF);
}

static void advance(struct mask *m, struct beginning b)
{
    b.seen++;
    if (b.seen < m->known.items[b.known].len)
        add_beginning(&m->next, b);
    else
        cover_from(m, b.start, is_flushed(m, b) ? m->flushed_match : new_match(m, b.known));
}

static bool is_too_old(const struct mask *m, struct beginning b)
{
    return m->at - b.start > GAP_BYTES + GAP_BYTES_A_CHARACTER * m->known.items[b.known].len;
}

static void follow(struct mask *m, unsigned char c, bool passes)
{
    for (size_t i = 0; i < m->now.count; i++) {
        struct beginning b = m->now.items[i];
        if (is_too_old(m, b))
            continue;
        if ((unsigned char)m->known.items[b.known].bytes[b.seen] == c)
            advance(m, b);
        if (passes)
            add_beginning(&m->next, b);
        if (c == '\b' && b.seen > 1) { /* the character may come once more */
            b.seen--;
            add_beginning(&m->next, b);
        }
    }
}

static void begin(struct mask *m, unsigned char c)
{
    if (!m->starts[c])
        return;
    for (size_t k = 0; k < m->known.count; k++) {
        bool counts = m->known.items[k].len >= SHORT_BYTES || m->expects || m->short_ones;
        if (counts && (unsigned char)m->known.items[k].bytes[0] == c)
            advance(m, (struct beginning){.known = k, .start = m->at - 1});
    }
}

/* True while c belongs to an escape sequence. */
static bool step_escape(struct mask *m, unsigned char c)
{
    bool was = m->escape != NO_ESCAPE;
    if (c == ESC)
        m->escape = AFTER_ESC;
    else if (c == '\r' || c == '\n')
        m->escape = NO_ESCAPE;
    else if (m->escape == AFTER_ESC)
        m->escape = c == '[' ? IN_CSI : c == ']' || c == 'P' || c == '_' ? IN_STRING : NO_ESCAPE;
    else if ((m->escape == IN_CSI && c >= 0x40) || (m->escape == IN_STRING && c == 0x07))
        m->escape = NO_ESCAPE;
    return was || m->escape != NO_ESCAPE;
}

#define LETTERS(a, b, c, d) ((uint64_t)(a) << 24 | (uint64_t)(b) << 16 | (uint64_t)(c) << 8 | (uint64_t)(d))

/* Password, passphrase, passcode, secret: enough of each to know it. */
static bool is_secret_word(uint64_t last_letters)
{
    uint64_t four = last_letters & 0xFFFFFFFF;
    return four == LETTERS('a', 's', 's', 'w') || four == LETTERS('p', 'h', 'r', 'a') ||
           four == LETTERS('s', 'c', 'o', 'd') || four == LETTERS('c', 'r', 'e', 't');
}

/* Is somebody being asked for a secret on this line? */
static void step_prompt(struct mask *m, unsigned char c)
{
    m->last_letters = m->last_letters << 8 | (c | 0x20);
    if (c == '\n')
        m->asks = m->expects = false;
    else if (c == ':')
        m->expects |= m->asks;
    else
        m->asks |= is_secret_word(m->last_letters);
}

static void swap(struct beginnings *a, struct beginnings *b)
{
    struct beginnings t = *a;
    *a = *b;
    *b = t;
}

static void hold(struct mask *m, unsigned char c)
{
    if (m->held.len == m->cover_cap) {
        m->cover_cap = m->cover_cap ? m->cover_cap * 2 : 256;
        m->cover = mem_resize_array(m->cover, m->cover_cap, sizeof *m->cover);
    }
    m->cover[m->held.len] = 0;
    str_add_char(&m->held, (char)c);
    m->at++;
}

static void step(struct mask *m, unsigned char c)
{
    hold(m, c);
    bool in_escape = step_escape(m, c);
    bool passes = in_escape || (c < ' ' && c != '\t') || c == DEL;
    m->next.count = 0;
    follow(m, c, passes);
    if (c == '\b' || c == '\r')
        for (size_t i = 0; i < m->before.count; i++)
            add_beginning(&m->next, m->before.items[i]);
    begin(m, c);
    step_prompt(m, c);
    swap(&m->now, &m->next);
    swap(&m->next, &m->before);
    if (c != ' ')
        m->before.count = 0;
}

static void show_cover(struct mask *m, size_t i)
{
    uint64_t match = m->cover[i];
    char c = m->held.data[i];
    if (match != m->last_cover) {
        struct str token = {0};
        str_printf(&token, "{secret:%s}", secret_name(m->known.items[match & 0xFFFF].secret));
        redact_feed(m->redact, token.data, token.len, m->out);
        str_clear(&token);
    }
    if (c == '\n' && m->last_byte == '\r')
        redact_feed(m->redact, "\r", 1, m->out);
    if (c == '\n')
        redact_feed(m->redact, "\n", 1, m->out);
}

static void release(struct mask *m, size_t count)
{
    if (count == 0)
        return;
    for (size_t i = 0; i < count;) {
        size_t run = 0;
        while (i + run < count && m->cover[i + run] == 0)
            run++;
        if (run)
            redact_feed(m->redact, m->held.data + i, run, m->out);
        else
            show_cover(m, i);
        i += run ? run : 1;
        m->last_cover = m->cover[i - 1];
        m->last_byte = m->held.data[i - 1];
    }
    str_drop(&m->held, count);
    memmove(m->cover, m->cover + count, m->held.len * sizeof *m->cover);
}

static uint64_t oldest(const struct beginnings *b, uint64_t start)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->items[i].start < start)
            start = b->items[i].start;
    return start;
}

static void release_safe(struct mask *m)
{
    if (m->held.len == 0)
        return;
    uint64_t start = oldest(&m->before, oldest(&m->now, m->at));
    if (start > held_from(m))
        release(m, (size_t)(start - held_from(m)));
}

/* True when no secret can begin with this byte because the next one does not go on with it. The commonest end of a beginning, and
   the same that follow() would find. */
static bool ends_at_once(const struct mask *m, unsigned char c, unsigned char next)
{
    if (next <= ' ' || next == DEL || c == ESC)
        return false;
    for (size_t k = 0; k < m->known.count; k++) {
        const struct known *one = &m->known.items[k];
        if ((unsigned char)one->bytes[0] == c && (one->len == 1 || (unsigned char)one->bytes[1] == next))
            return false;
    }
    return true;
}

/* The bytes step_prompt() has to see at their own time; the others only move the letters along. */
static bool matters_to_prompt(unsigned char c)
{
    static const bool matters[256] = {['\n'] = true, [':'] = true, ['w'] = true, ['a'] = true, ['d'] = true,
                                      ['t'] = true,  ['W'] = true, ['A'] = true, ['D'] = true, ['T'] = true};
    return matters[c];
}

static void catch_up(struct mask *m, const unsigned char *p, size_t len)
{
    for (size_t i = len > 8 ? len - 8 : 0; i < len; i++)
        m->last_letters = m->last_letters << 8 | (p[i] | 0x20);
}

/* Bytes that neither begin nor go on with anything. */
static size_t idle_run(struct mask *m, const unsigned char *p, size_t len)
{
    size_t n = 0, seen = 0;
    if (m->now.count || m->before.count || m->escape != NO_ESCAPE)
        return 0;
    for (; n < len; n++) {
        if (m->starts[p[n]] && (n + 1 == len || !ends_at_once(m, p[n], p[n + 1])))
            break;
        if (matters_to_prompt(p[n])) {
            catch_up(m, p + seen, n - seen);
            step_prompt(m, p[n]);
            seen = n + 1;
        }
    }
    catch_up(m, p + seen, n - seen);
    return n;
}

void mask_feed(struct mask *m, const void *bytes, size_t len, struct str *out)
{
    const unsigned char *p = bytes;
    m->out = out;
    for (size_t i = 0; i < len;) {
        size_t run = idle_run(m, p + i, len - i);
        if (run) {
            release(m, m->held.len);
            redact_feed(m->redact, p + i, run, m->out);
            m->last_cover = 0;
            m->last_byte = (char)p[i + run - 1];
            m->at += run;
            i += run;
        } else {
            step(m, p[i++]);
        }
    }
    release_safe(m);
    m->out = NULL;
}

static bool gives_away(const struct mask *m, struct beginning b)
{
    return m->expects || b.seen >= SHORT_BYTES || b.seen * 2 >= m->known.items[b.known].len;
}

/* The oldest beginning that must not be shown; NULL if there is none. */
static const struct beginning *oldest_to_hide(const struct mask *m)
{
    const struct beginnings *both[] = {&m->now, &m->before};
    const struct beginning *found = NULL;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < both[k]->count; i++) {
            const struct beginning *b = &both[k]->items[i];
            if (gives_away(m, *b) && (!found || b->start < found->start))
                found = b;
        }
    return found;
}

static void restart(struct beginnings *b, uint64_t at)
{
    for (size_t i = 0; i < b->count; i++)
        b->items[i].start = at;
}

void mask_flush(struct mask *m, struct str *out)
{
    m->out = out;
    if (m->held.len > 0) {
        const struct beginning *hidden = oldest_to_hide(m);
        uint64_t match = 0;
        if (hidden) {
            match = is_flushed(m, *hidden) ? m->flushed_match : new_match(m, hidden->known);
            cover_from(m, hidden->start, match);
        }
        release(m, m->held.len);
        restart(&m->now, m->at);
        restart(&m->before, m->at);
        m->flushed_at = m->at;
        m->flushed_match = match;
    }
    redact_flush(m->redact, out);
    m->out = NULL;
}

void mask_expect(struct mask *m)
{
    m->expects = true;
}

static void mask_whole(const struct mask *m, const char *text, size_t len, bool short_ones, struct str *out)
{
    struct mask fresh = {.short_ones = short_ones, .redact = redact_new()};
    fresh.known = m->known; /* borrowed */
    memcpy(fresh.starts, m->starts, sizeof m->starts);
    mask_feed(&fresh, text, len, out);
    mask_flush(&fresh, out);
    free_stream(&fresh);
}

void mask_text(const struct mask *m, const char *text, size_t len, struct str *out)
{
    mask_whole(m, text, len, false, out);
}

void mask_sent(const struct mask *m, const char *text, size_t len, struct str *out)
{
    mask_whole(m, text, len, true, out);
}
