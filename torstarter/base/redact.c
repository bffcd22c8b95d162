/* One state machine, one byte a step, so that no cut of the stream can show. What cannot be judged yet lies in `held`; once judged
   it is dropped, or goes through the machine again with that judgement off (`again`). */
#include "base/redact_self.h"

#include <string.h>

#include "base/mem.h"

enum { ESC = 0x1B, HASH_ID_MAX = 5, QUOTE_MAX_BYTES = 512 };
static const char SECRET_DATA[] = "; ## SECRET-DATA";

static void step(struct redact *r, unsigned char c);
static void feed(struct redact *r, const unsigned char *p, size_t len);

struct redact *redact_new(void)
{
    return MEM_NEW(struct redact);
}

void redact_free(struct redact *r)
{
    if (!r)
        return;
    if (r->held.data)
        mem_wipe(r->held.data, r->held.cap);
    str_clear(&r->held);
    mem_free(r);
}

void redact_emit(struct redact *r, unsigned char c)
{
    struct str *out = r->out;
    if (out->len + 1 < out->cap && !out->max_bytes) {
        out->data[out->len++] = (char)c;
        out->data[out->len] = '\0';
    } else {
        str_add_char(out, (char)c);
    }
}

static bool is_blank(unsigned char c)
{
    return c <= ' ' || c == 0x7F;
}

static bool is_hash_byte(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("./$+=,-_@", c));
}

static void new_line(struct redact *r)
{
    r->line = (struct redact_line){0};
    r->before_space = r->line;
    r->value_goes_on = false;
}

static void begin_drop(struct redact *r, char quote)
{
    r->mode = REDACT_DROP;
    r->drop_quote = quote;
    r->drop_hash = false;
    r->drop_line = quote == 0 && r->line.whole_line;
    r->held.len = 0;
    r->spaces = 0;
    r->bare_cr = false;
}

static void mask_value(struct redact *r, char quote)
{
    if (quote)
        redact_emit(r, (unsigned char)quote);
    str_add_cstr(r->out, REDACT_TOKEN);
    begin_drop(r, quote);
}

static void close_value(struct redact *r)
{
    r->mode = REDACT_PLAIN;
    r->line.want = r->value_goes_on ? REDACT_VALUE : REDACT_NOTHING;
    r->line.private_word = false;
    r->line.word_len = 0;
    r->line.word[0] = '\0';
    r->line.words++;
    r->value_goes_on = false;
}

/* The value is over, c comes after it. */
static void end_drop(struct redact *r, unsigned char c)
{
    bool space = r->spaces > 0;
    close_value(r);
    r->spaces = 0;
    if (space)
        step(r, ' ');
    if (r->bare_cr && c == '\n')
        redact_emit(r, '\r');
    r->bare_cr = false;
    step(r, c);
}

static void step_drop(struct redact *r, unsigned char c)
{
    bool ends_at_blank = !r->drop_quote && !r->drop_line;
    if (c == '\n') {
        r->spaces = 0;
        end_drop(r, c);
    } else if (c == '\r') {
        r->bare_cr = true;
    } else if (r->drop_quote && c == (unsigned char)r->drop_quote) {
        redact_emit(r, c);
        close_value(r);
    } else if (ends_at_blank && (c == ' ' || c == '\t') && !r->bare_cr && !r->spaces) {
        r->spaces = 1;
    } else if (ends_at_blank && r->spaces && !r->bare_cr && c != '\b') {
        end_drop(r, c);
    } else if (r->drop_hash && c > ' ' && !is_hash_byte(c)) {
        r->spaces = 0;
        end_drop(r, c);
    } else {
        r->spaces = 0; /* " \r" and " \b" were a wrap, CR alone too */
        r->bare_cr = false;
    }
}

void redact_again(struct redact *r, bool *off)
{
    size_t len = r->held.len;
    char *bytes = str_take(&r->held);
    r->mode = REDACT_PLAIN;
    *off = true;
    feed(r, (const unsigned char *)bytes, len);
    *off = false;
    mem_wipe(bytes, len);
    mem_free(bytes);
}

static void count_in_word(struct redact *r, unsigned char c)
{
    struct redact_line *l = &r->line;
    if (l->word_len + 1 < sizeof l->word) {
        l->word[l->word_len] = (char)c;
        l->word[l->word_len + 1] = '\0';
    }
    l->word_len++;
}

static bool is_masked_already(const struct redact *r)
{
    return str_starts(str_cstr(&r->held), "{secret:");
}

/* The held word is complete, c follows. */
static void judge_word(struct redact *r, unsigned char c)
{
    bool last = (c == '\r' || c == '\n') && !r->line.ids; /* then it was the value, whatever it looks like */
    bool type = redact_is_type(&r->line) && !last;
    if (type || redact_is_prose(&r->line)) {
        str_add(r->out, r->held.data, r->held.len);
        r->held.len = 0;
        r->mode = REDACT_PLAIN;
        r->line.want = type ? REDACT_VALUE : REDACT_NOTHING;
    } else {
        mask_value(r, 0);
    }
    step(r, c);
}

static void step_word(struct redact *r, unsigned char c)
{
    if (is_blank(c)) {
        judge_word(r, c);
        return;
    }
    str_add_char(&r->held, (char)c);
    count_in_word(r, c);
    bool masked = is_masked_already(r);
    if (masked && c == '}') {
        str_add(r->out, r->held.data, r->held.len);
        begin_drop(r, 0);
    } else if (r->line.word_len > (masked ? sizeof r->line.word : REDACT_WORD_MAX)) {
        mask_value(r, 0);
    }
}

static void release_hash(struct redact *r)
{
    if (r->dollar_shown) {
        count_in_word(r, '$');
        str_drop(&r->held, 1);
    }
    redact_again(r, &r->no_hash);
}

static void step_hash(struct redact *r, unsigned char c)
{
    const char *id = r->held.data + 1;
    size_t id_len = r->held.len - 1;
    bool closed = id_len > 0 && id[id_len - 1] == '$';
    if (closed && is_hash_byte(c) && c != '$') {
        mask_value(r, 0);
        r->drop_hash = true;
        r->drop_line = false;
        return;
    }
    bool goes_on =
        !closed && (c == '$' ? redact_is_hash_id(id, id_len) : is_hash_byte(c) && id_len < HASH_ID_MAX);
    if (goes_on) {
        str_add_char(&r->held, (char)c);
        return;
    }
    release_hash(r);
    step(r, c);
}

static void step_quote(struct redact *r, unsigned char c)
{
    if (c == '\n' || c == '\r' || r->held.len >= QUOTE_MAX_BYTES) {
        redact_again(r, &r->no_quote);
        step(r, c);
        return;
    }
    str_add_char(&r->held, (char)c);
    if (!r->quote_end) {
        r->quote_end = c == '"' ? r->held.len : 0;
        return;
    }
    size_t seen = r->held.len - r->quote_end;
    if (SECRET_DATA[seen - 1] != (char)c) {
        redact_again(r, &r->no_quote);
    } else if (seen + 1 == sizeof SECRET_DATA) {
        str_add_cstr(r->out, "\"" REDACT_TOKEN "\"");
        str_add_cstr(r->out, SECRET_DATA);
        r->held.len = 0;
        r->mode = REDACT_PLAIN;
    }
}

/* The first byte of a word decides whether the word is held; false: it is not. */
static bool begin_word(struct redact *r, unsigned char c)
{
    bool value = r->line.want == REDACT_VALUE && !r->line.skip;
    bool quote = c == '"' && !r->no_quote;
    if (value && c == '"') {
        mask_value(r, '"');
        return true;
    }
    if (!value && !quote)
        return false;
    r->mode = value ? REDACT_WORD : REDACT_QUOTE;
    r->held.len = 0;
    r->quote_end = 0;
    if (value)
        count_in_word(r, c);
    return str_add_char(&r->held, (char)c);
}

/* A key as one text, as in JSON: KEY-----\nMII… */
static bool is_inline_key(const struct redact *r)
{
    static const char end[] = "KEY-----";
    return r->line.private_word && r->line.word_len == sizeof end - 1 && str_starts(r->line.word, end);
}

static void step_word_byte(struct redact *r, unsigned char c)
{
    if (r->line.word_len == 0 && begin_word(r, c))
        return;
    if (c == '$' && !r->no_hash) {
        r->mode = REDACT_HASH;
        r->dollar_shown = false;
        r->held.len = 0;
        str_add_char(&r->held, '$');
    } else if (is_inline_key(r)) {
        mask_value(r, '\0');
        r->drop_quote = '"';
    } else {
        count_in_word(r, c);
        redact_emit(r, c);
    }
}

static void resume_word(struct redact *r)
{
    r->line = r->before_space;
    if (r->line.want == REDACT_VALUE && r->line.word_len > 0) {
        r->mode = REDACT_WORD; /* what looked like a type is the beginning of something longer */
        r->held.len = 0;
    }
}

/* Blanks and controls between words. A single space or a step back may be a wrap: then the word goes on after it. */
static void step_blank(struct redact *r, unsigned char c)
{
    if (c == ' ' && r->spaces == 0)
        r->before_space = r->line;
    if (c == '\b' && r->spaces == 1)
        resume_word(r);
    else if (c == '\b')
        new_line(r);
    else
        redact_end_word(&r->line);
    redact_emit(r, c);
    if (c == '\n') {
        if (r->line.pem) {
            r->in_pem = true;
            r->pem_shown = r->pem_plain = false;
            r->pem_lines = r->pem_foreign = 0;
        }
        new_line(r);
    }
}

/* The CR before this byte was none of a line's end: a wrap, after which the word goes on, or the line is written anew. */
static void after_bare_cr(struct redact *r)
{
    if (r->spaces == 1)
        resume_word(r);
    else
        new_line(r);
    r->spaces = 0;
    r->bare_cr = false;
}

static void step_plain(struct redact *r, unsigned char c)
{
    if (r->bare_cr && c != '\n' && c != '\r') {
        after_bare_cr(r);
        step(r, c);
        return;
    }
    r->bare_cr = c == '\r';
    if (is_blank(c))
        step_blank(r, c);
    else
        step_word_byte(r, c);
    if (c != '\r')
        r->spaces = c == ' ' ? r->spaces + (r->spaces < 2) : 0;
}

/* Escape sequences are no part of a word; one that erases starts the line anew. They are shown where nothing is held or dropped. */
static bool step_escape(struct redact *r, unsigned char c)
{
    if (c != ESC && r->escape == REDACT_NO_ESCAPE)
        return false;
    if (c == ESC)
        r->escape = REDACT_AFTER_ESC;
    else if (r->escape == REDACT_AFTER_ESC)
        r->escape = c == '[' ? REDACT_IN_CSI : REDACT_NO_ESCAPE;
    else if (c < 0x20 || c >= 0x40)
        r->escape = REDACT_NO_ESCAPE;
    if (c == '\r' || c == '\n') /* the sequence was cut */
        return false;
    if (r->mode == REDACT_PLAIN)
        redact_emit(r, c);
    if (r->mode == REDACT_PLAIN && r->escape == REDACT_NO_ESCAPE && (c == 'K' || c == 'J'))
        new_line(r);
    return true;
}

static void (*const steps[])(struct redact *r, unsigned char c) = {
    [REDACT_PLAIN] = step_plain, [REDACT_WORD] = step_word, [REDACT_HASH] = step_hash,
    [REDACT_QUOTE] = step_quote, [REDACT_DROP] = step_drop, [REDACT_PEM_LINE] = redact_step_pem,
};

static void step(struct redact *r, unsigned char c)
{
    if (r->bare_cr && c != '\n' && c != '\r')
        r->pem_plain = false;
    if (r->mode == REDACT_PLAIN && r->in_pem && !r->pem_plain)
        r->mode = REDACT_PEM_LINE;
    if (r->mode != REDACT_HASH && r->mode != REDACT_QUOTE && step_escape(r, c))
        return;
    if (c != 0 && c != 0x07)
        steps[r->mode](r, c);
    else if (r->mode == REDACT_PLAIN)
        redact_emit(r, c);
    if (c == '\n' || c == '\b')
        r->pem_plain = false;
}

static bool is_idle(const struct redact *r)
{
    return r->mode == REDACT_PLAIN && r->escape == REDACT_NO_ESCAPE && !r->in_pem && !r->bare_cr &&
           !r->line.key_word && r->line.want == REDACT_NOTHING;
}

/* The length of the word at p that step() would only count, with the space behind it; 0: it has to look closer. The byte after that
   must be there and be text: the space is no wrap then. */
static size_t dull_word(const unsigned char *p, size_t len)
{
    size_t n = 0;
    while (n < len && !is_blank(p[n]) && p[n] != '$')
        n++;
    if (n == 0 || n + 1 >= len || p[n] != ' ' || p[n + 1] < ' ' || p[n + 1] == 0x7F)
        return 0;
    return redact_may_be_keyword((const char *)p, n) ? 0 : n + 1;
}

/* Whole words and gaps between them: the bulk of all text. */
static size_t show_words(struct redact *r, const unsigned char *p, size_t len)
{
    size_t n = 0;
    if (!is_idle(r) || r->line.words == 0 || r->line.word_len > 0)
        return 0;
    while (n < len) {
        size_t word = dull_word(p + n, len - n);
        if (word) {
            n += word;
            r->line.words++;
            r->spaces = 1;
        } else if (p[n] == ' ' && r->spaces > 0) {
            n++;
            r->spaces = 2;
        } else {
            break;
        }
    }
    if (n)
        str_add(r->out, p, n);
    return n;
}

/* Bytes of a word that is under way. */
static size_t plain_run(const struct redact *r, const unsigned char *p, size_t len)
{
    size_t n = 0;
    if (is_idle(r) && r->line.word_len > 0)
        while (n < len && !is_blank(p[n]) && p[n] != '$')
            n++;
    return n;
}

static void show_run(struct redact *r, const unsigned char *p, size_t len)
{
    struct redact_line *l = &r->line;
    str_add(r->out, p, len);
    size_t room = l->word_len + 1 < sizeof l->word ? sizeof l->word - 1 - l->word_len : 0;
    size_t kept = len < room ? len : room;
    if (kept) {
        memcpy(l->word + l->word_len, p, kept);
        l->word[l->word_len + kept] = '\0';
    }
    l->word_len += len;
}

/* What step() would add to a quoted text without looking at it. */
static size_t quoted_run(struct redact *r, const unsigned char *p, size_t len)
{
    size_t n = 0, room = r->held.len < QUOTE_MAX_BYTES ? QUOTE_MAX_BYTES - r->held.len : 0;
    if (r->quote_end)
        return 0;
    while (n < len && n < room && p[n] >= ' ' && p[n] != '"')
        n++;
    if (n)
        str_add(&r->held, p, n);
    return n;
}

static void feed(struct redact *r, const unsigned char *p, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t run = plain_run(r, p + i, len - i);
        if (run)
            show_run(r, p + i, run);
        else
            run = r->mode == REDACT_QUOTE ? quoted_run(r, p + i, len - i) : show_words(r, p + i, len - i);
        if (run == 0)
            step(r, p[i++]);
        i += run;
    }
}

void redact_feed(struct redact *r, const void *bytes, size_t len, struct str *out)
{
    r->out = out;
    feed(r, bytes, len);
    r->out = NULL;
}

static void flush_word(struct redact *r)
{
    if (redact_is_type(&r->line)) {
        str_add(r->out, r->held.data, r->held.len);
        r->held.len = 0;
        return;
    }
    mask_value(r, 0);
    r->value_goes_on = true;
}

void redact_flush(struct redact *r, struct str *out)
{
    r->out = out;
    if (r->mode == REDACT_WORD) {
        flush_word(r);
    } else if (r->mode == REDACT_HASH && r->held.len == 1 && !r->dollar_shown) {
        redact_emit(r, '$');
        r->dollar_shown = true;
    } else if (r->mode == REDACT_QUOTE) {
        redact_again(r, &r->no_quote);
    } else if (r->mode == REDACT_PEM_LINE) {
        redact_flush_pem(r);
    }
    r->out = NULL;
}
