/* Two texts of one configuration differ in comments, in the order of lines, in defaults that one of them leaves out, in how far a
   block is indented. What is left here is a set of lines, each under the path of its block, with a number where its order counts.
   Nothing is believed to be equal that is not: a line too long is named by its hash, a secret as well, and where a pattern gave up
   on a line, the whole line is. */
#include "plugin/normal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/sha256.h"
#include "base/vec.h"

/* Longer lines and deeper paths are named by their hash, so that the work grows with the text and not with its square. */
enum { LINE_MAX_BYTES = 1024, PATH_MAX_BYTES = 2048, LINE_DIGITS = 32, SECRET_DIGITS = 12, SPANS = 10 };

/* Joins what stands within each other in a key, and the lines of a multi-line part: bytes that no line keeps. */
#define WITHIN    "\x1f"
#define NEXT_LINE '\x1e'

struct frame { /* a line that others may stand under */
    unsigned indent;
    const char *path, *key;
    bool ordered;
};

struct reading {
    const struct platform *platform;
    struct arena *arena;
    const char *at, *end; /* of the text: what is left */
    unsigned line;
    VEC(struct frame) open;
    VEC(struct normal_line) lines;
    struct map places; /* of each ordered block: how many lines it has so far */
};

struct raw_line { /* without the blanks around it */
    const char *text;
    size_t len;
    unsigned indent, line;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool next_line(struct reading *r, struct raw_line *out)
{
    if (r->at == r->end)
        return false;
    const char *end = memchr(r->at, '\n', (size_t)(r->end - r->at)), *p = r->at;
    r->at = end ? end + 1 : r->end;
    end = end ? end : r->end;
    *out = (struct raw_line){.line = ++r->line};
    for (; p < end && is_blank(*p); p++)
        out->indent = *p == '\t' ? (out->indent / 8 + 1) * 8 : out->indent + 1;
    while (end > p && (is_blank(end[-1]) || end[-1] == '\r'))
        end--;
    out->text = p;
    out->len = (size_t)(end - p);
    return true;
}

static bool matches(const struct sign_list *list, const char *text, size_t len)
{
    for (size_t i = 0; i < list->count; i++)
        if (regex_match(list->items[i].regex, text, len, 0, NULL, 0) == REGEX_MATCH)
            return true;
    return false;
}

/* The name of a secret, as the log of what is typed has it, and of what is too long. */
static void add_hash(struct str *out, const char *bytes, size_t len, int digits)
{
    char hex[65];
    str_printf(out, "sha256:%.*s", digits, sha256_hex(bytes, len, hex));
}

/* Group 1, or the one that took part where the pattern has several ways to be read. */
static const struct regex_span *secret_span(const struct regex_span *spans)
{
    for (size_t i = 1; i < SPANS; i++)
        if (spans[i].start != REGEX_UNSET && spans[i].end > spans[i].start)
            return &spans[i];
    return NULL;
}

/* Every secret that the pattern finds, by its hash. */
static void hide(const struct regex *re, struct str *text)
{
    size_t from = 0;
    for (;;) {
        struct regex_span spans[SPANS];
        for (size_t i = 0; i < SPANS; i++)
            spans[i] = (struct regex_span){REGEX_UNSET, REGEX_UNSET};
        enum regex_result found = regex_match(re, str_cstr(text), text->len, from, spans, SPANS);
        const struct regex_span *secret = found == REGEX_MATCH ? secret_span(spans) : NULL;
        struct str out = {0};
        if (found == REGEX_GAVE_UP) {
            add_hash(&out, str_cstr(text), text->len, LINE_DIGITS);
        } else if (secret) {
            str_add(&out, text->data, secret->start);
            add_hash(&out, text->data + secret->start, secret->end - secret->start, SECRET_DIGITS);
            from = out.len;
            str_add(&out, text->data + secret->end, text->len - secret->end);
        }
        if (!out.len)
            return;
        str_clear(text);
        *text = out;
        if (!secret)
            return;
    }
}

static bool has_control(const struct str *s, bool is_part)
{
    for (size_t i = 0; i < s->len; i++) {
        unsigned char c = (unsigned char)s->data[i];
        if ((c < 0x20 && c != '\t' && !(is_part && c == NEXT_LINE)) || c == 0x7F)
            return true;
    }
    return false;
}

/* A line as it is kept: printable, short, without its secrets. */
static const char *clean(struct reading *r, struct str *text, bool is_part)
{
    const struct sign_list *secrets = &r->platform->dialect.config_secrets;
    struct str out = {0};
    for (size_t i = 0; i < secrets->count; i++)
        hide(secrets->items[i].regex, text);
    if (has_control(text, is_part)) {
        str_add_cstr(&out, "(bytes) ");
        str_add_escaped(&out, text->data, text->len);
    } else {
        str_add(&out, text->data, text->len);
    }
    if (out.len > LINE_MAX_BYTES) {
        struct str cut = {0};
        str_add(&cut, out.data, LINE_MAX_BYTES / 2);
        add_hash(&cut, out.data, out.len, LINE_DIGITS);
        str_clear(&out);
        out = cut;
    }
    const char *kept = arena_strndup(r->arena, str_cstr(&out), out.len);
    str_clear(&out);
    return kept;
}

/* Where the part ends in these bytes of it, or NULL. The delimiter itself is anybody's choice. */
static const char *part_end(const char *body, size_t len, const char *mark, bool whole_line)
{
    if (whole_line)
        return strlen(mark) == len && memcmp(body, mark, len) == 0 ? body : NULL;
    return memmem(body, len, mark, strlen(mark));
}

static void add_part_line(struct str *text, const struct raw_line *line, const char *end)
{
    str_add_char(text, NEXT_LINE);
    str_add(text, line->text, end ? (size_t)(end - line->text) : line->len);
}

/* A part without a prompt per line: what follows, to its end, belongs to this line. */
static bool take_part(struct reading *r, const struct multiline *m, const struct raw_line *first,
                      struct str *text)
{
    struct regex_span spans[2] = {{REGEX_UNSET, REGEX_UNSET}, {REGEX_UNSET, REGEX_UNSET}};
    if (regex_match(m->begin, first->text, first->len, 0, spans, 2) != REGEX_MATCH ||
        (!m->end && (spans[1].start == REGEX_UNSET || spans[1].start == spans[1].end)))
        return false;
    char *mark = m->end ? mem_strdup(m->end)
                        : mem_strndup(first->text + spans[1].start, spans[1].end - spans[1].start);
    struct raw_line line = *first;
    const char *end = NULL;
    str_reset(text);
    str_add(text, first->text, m->end ? first->len : spans[1].start);
    if (!m->end) { /* it may end on the line that it begins on */
        line.text += spans[1].end;
        line.len -= spans[1].end;
        end = part_end(line.text, line.len, mark, false);
        add_part_line(text, &line, end);
    }
    while (!end && next_line(r, &line)) {
        end = part_end(line.text, line.len, mark, m->end != NULL);
        add_part_line(text, &line, end);
    }
    mem_free(mark);
    return true;
}

/* For a person: the lines of a part after each other. */
static const char *printable(struct reading *r, const char *text)
{
    if (!strchr(text, NEXT_LINE))
        return text;
    struct str out = {0};
    for (const char *p = text; *p; p++)
        if (*p == NEXT_LINE)
            str_add_cstr(&out, "\\n");
        else
            str_add_char(&out, *p);
    const char *kept = arena_strdup(r->arena, str_cstr(&out));
    str_clear(&out);
    return kept;
}

static const char *shorten(struct reading *r, const char *path)
{
    size_t len = strlen(path);
    struct str out = {0};
    if (len <= PATH_MAX_BYTES)
        return path;
    add_hash(&out, path, len, LINE_DIGITS);
    const char *kept = arena_strdup(r->arena, str_cstr(&out));
    str_clear(&out);
    return kept;
}

/* The number of the next line of an ordered block, from 1. */
static size_t next_place(struct reading *r, const char *block)
{
    size_t *place = map_get(&r->places, block);
    if (!place) {
        place = ARENA_NEW(r->arena, size_t);
        map_put(&r->places, block, place);
    }
    return ++*place;
}

/* The block among whose lines this one's place counts, or NULL. */
static const char *ordered_block(struct reading *r, const char *text, const struct frame *above)
{
    const struct config_form *form = &r->platform->config;
    if (form->blocks == BLOCKS_INDENT)
        return above && above->ordered ? above->key : NULL;
    for (size_t i = 0; i < form->ordered.count; i++) {
        struct regex_span span;
        if (regex_match(form->ordered.items[i].regex, text, strlen(text), 0, &span, 1) == REGEX_MATCH)
            return arena_strndup(r->arena, text + span.start, span.end - span.start);
    }
    return NULL;
}

static void add_line(struct reading *r, const char *text, const struct raw_line *raw)
{
    const struct config_form *form = &r->platform->config;
    while (r->open.count &&
           (form->blocks != BLOCKS_INDENT || r->open.items[r->open.count - 1].indent >= raw->indent))
        r->open.count--;
    const struct frame *above = r->open.count ? &r->open.items[r->open.count - 1] : NULL;
    struct normal_line line = {.line = raw->line, .is_default = matches(&form->defaults, text, strlen(text))};
    line.block = line.is_default ? NULL : ordered_block(r, text, above);
    const char *shown = printable(r, text), *key = text;
    if (line.block)
        key = arena_printf(r->arena, "%08zu %s", next_place(r, line.block), text);
    line.path = above ? arena_printf(r->arena, "%s / %s", above->path, shown) : shown;
    line.text = line.path + strlen(line.path) - strlen(shown);
    line.key = above ? arena_printf(r->arena, "%s" WITHIN "%s", above->key, key) : key;
    VEC_ADD(&r->lines, line);
    if (form->blocks == BLOCKS_INDENT) {
        const struct frame frame = {.indent = raw->indent,
                                    .path = shorten(r, line.path),
                                    .key = shorten(r, line.key),
                                    .ordered = matches(&form->ordered, text, strlen(text))};
        VEC_ADD(&r->open, frame);
    }
}

static void read_line(struct reading *r, const struct raw_line *raw)
{
    const struct dialect *d = &r->platform->dialect;
    struct str text = {0};
    bool is_part = false;
    str_add(&text, raw->text, raw->len);
    for (size_t i = 0; !is_part && i < d->multiline_count; i++)
        is_part = take_part(r, &d->multiline[i], raw, &text);
    if (is_part || !matches(&r->platform->config.ignore, str_cstr(&text), text.len))
        add_line(r, clean(r, &text, is_part), raw);
    str_clear(&text);
}

static int by_key(const void *a, const void *b)
{
    const struct normal_line *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static void finish(struct reading *r, struct normal *out)
{
    struct sha256 hash;
    unsigned char digest[32];
    out->lines = arena_alloc_array(r->arena, r->lines.count, sizeof *out->lines);
    out->count = 0;
    sha256_init(&hash);
    if (r->lines.count)
        qsort(r->lines.items, r->lines.count, sizeof *r->lines.items, by_key);
    for (size_t i = 0; i < r->lines.count; i++) {
        const struct normal_line *line = &r->lines.items[i];
        if (out->count && strcmp(out->lines[out->count - 1].key, line->key) == 0)
            continue;
        out->lines[out->count++] = *line;
        if (line->is_default)
            continue;
        sha256_add(&hash, line->key, strlen(line->key));
        sha256_add(&hash, "\n", 1);
    }
    sha256_end(&hash, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(out->sha256 + 2 * i, 3, "%02x", digest[i]);
}

void normal_read(const struct platform *p, const char *text, size_t len, struct arena *arena,
                 struct normal *out)
{
    struct reading r = {.platform = p, .arena = arena, .at = text, .end = text + len};
    struct raw_line raw;
    while (next_line(&r, &raw))
        if (raw.len)
            read_line(&r, &raw);
    finish(&r, out);
    VEC_CLEAR(&r.open);
    VEC_CLEAR(&r.lines);
    map_clear(&r.places);
}

bool normal_is_factory(const struct platform *p, const struct normal *n, const char **stranger)
{
    *stranger = "no line at all";
    for (size_t i = 0; i < n->count; i++)
        if (!n->lines[i].is_default &&
            !matches(&p->config.factory, n->lines[i].text, strlen(n->lines[i].text))) {
            *stranger = n->lines[i].path;
            return false;
        }
    return n->count > 0;
}
