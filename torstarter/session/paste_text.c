/* What is to be pasted, before anything is typed: refused where a byte of it would act on a terminal, cut into lines, its secrets made
   known to the masks. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "session/inner.h"
#include "session/matcher.h"
#include "session/paste.h"

enum { GROUPS = 4, NAME_HEX = 12, SHORT_SECRET = 4, CUTTING_MAX = 64 };

static bool refuse(size_t line, size_t column, const char *what, struct err *e)
{
    return err_fail(e, ERR_SYNTAX, FAILURE_CONFIG_REJECTED,
                    "line %zu, column %zu: %s; nothing was typed: correct the configuration", line, column,
                    what);
}

static bool check_line(const struct session *s, size_t number, const char *text, size_t len, struct err *e)
{
    size_t max = s->dialect->line_max_bytes;
    for (size_t i = 0, n; i < len; i += n) {
        const unsigned char *p = (const unsigned char *)text + i;
        n = str_utf8_len(p, len - i);
        if (*p < 0x20 || *p == 0x7F)
            return refuse(number, i + 1,
                          *p == '\t' ? "a tabulator, which a command line takes as a wish to be completed"
                                     : "a control byte, which would act on the console",
                          e);
        if (n == 0 || (*p == 0xC2 && p[1] < 0xA0))
            return refuse(number, i + 1, n ? "a control character" : "bytes that are no UTF-8", e);
    }
    if (max && len > max)
        return refuse(number, max + 1, "longer than the switch's line buffer", e);
    if (session_holds_escape(s, text, len))
        return refuse(number, 1, "holds the escape sequence of the console server", e);
    return true;
}

bool paste_check(const struct session *s, const char *text, size_t len, struct err *e)
{
    size_t number = 1;
    for (size_t at = 0, n; at < len; at += n + 1, number++) {
        const char *lf = memchr(text + at, '\n', len - at);
        n = lf ? (size_t)(lf - (text + at)) : len - at;
        if (!check_line(s, number, text + at, n, e))
            return false;
    }
    return true;
}

/* A part without prompts that begins in this line: what ends it. Empty: none begins, or it ends in the same line. */
static bool begins_part(const struct session *s, const struct paste_line *line, struct str *end, bool *whole)
{
    struct regex_span spans[GROUPS];
    for (size_t i = 0; i < s->dialect->multiline_count; i++) {
        const struct multiline *m = &s->dialect->multiline[i];
        if (regex_match(m->begin, line->text, line->len, 0, spans, GROUPS) != REGEX_MATCH)
            continue;
        str_reset(end);
        *whole = m->end != NULL;
        if (m->end)
            return str_add_cstr(end, m->end);
        if (spans[1].start == REGEX_UNSET || spans[1].end == spans[1].start)
            continue;
        str_add(end, line->text + spans[1].start, spans[1].end - spans[1].start);
        return !memmem(line->text + spans[1].end, line->len - spans[1].end, end->data, end->len);
    }
    return false;
}

static bool ends_part(const struct paste_line *line, const struct str *end, bool whole)
{
    if (whole)
        return match_trim(line->text, line->len) == end->len && memcmp(line->text, end->data, end->len) == 0;
    return memmem(line->text, line->len, end->data, end->len) != NULL;
}

static bool brings_nothing(const struct session *s, const struct paste_line *line)
{
    const char *comment = s->dialect->comment;
    return line->len == 0 || (comment && *comment && line->len == strlen(comment) &&
                              memcmp(line->text, comment, line->len) == 0);
}

struct patterns {
    struct regex *items[CUTTING_MAX];
    size_t count;
};

static bool compile(const struct paste *what, struct patterns *p, struct err *e)
{
    for (const char *const *at = what->cutting; at && *at; at++) {
        if (p->count == CUTTING_MAX)
            return err_set(e, ERR_LIMIT, "more than %d patterns of cutting lines", CUTTING_MAX);
        if (!(p->items[p->count] = regex_new(*at, REGEX_BYTES, e)))
            return false;
        p->count++;
    }
    return true;
}

static bool is_cutting(const struct patterns *p, const struct paste_line *line)
{
    for (size_t i = 0; i < p->count; i++)
        if (regex_match(p->items[i], line->text, line->len, 0, NULL, 0) == REGEX_MATCH)
            return true;
    return false;
}

static void add(struct paste_lines *out, struct paste_line line)
{
    if ((out->count & (out->count - 1)) == 0)
        out->items = mem_resize_array(out->items, out->count ? out->count * 2 : 1, sizeof *out->items);
    out->items[out->count++] = line;
    out->total_bytes += line.len + 1;
}

static void split(const struct session *s, const struct paste *what, bool no_prompts,
                  const struct patterns *cutting, struct paste_lines *out)
{
    struct str end = {0};
    bool inside = false, whole = false;
    unsigned number = 1;
    for (size_t at = 0, n; at < what->len; at += n + 1, number++) {
        const char *text = what->text + at, *lf = memchr(text, '\n', what->len - at);
        n = lf ? (size_t)(lf - text) : what->len - at;
        struct paste_line line = {.text = text, .len = inside ? n : match_trim(text, n), .number = number};
        if (inside)
            inside = !ends_part(&line, &end, whole);
        else if (brings_nothing(s, &line))
            continue;
        else
            inside = begins_part(s, &line, &end, &whole);
        line.alone = no_prompts || inside;
        line.cutting = is_cutting(cutting, &line);
        add(out, line);
    }
    str_clear(&end);
}

bool paste_split(const struct session *s, const struct procedure_step *step, const struct paste *what,
                 struct paste_lines *out, struct err *e)
{
    struct patterns cutting = {0};
    bool ok = compile(what, &cutting, e);
    if (ok && step->paste_begin)
        add(out, (struct paste_line){.text = step->paste_begin,
                                     .len = strlen(step->paste_begin),
                                     .alone = step->paste_end != NULL});
    if (ok)
        split(s, what, step->paste_end != NULL, &cutting, out);
    for (size_t i = 0; i < cutting.count; i++)
        regex_free(cutting.items[i]);
    return ok;
}

void paste_show(struct session *s, const struct paste_line *line, struct str *shown)
{
    struct regex_span spans[GROUPS];
    char name[48] = "", hex[65];
    spans[1].start = REGEX_UNSET;
    for (size_t i = 0; i < s->dialect->config_secrets.count && !*name; i++) {
        const struct regex *re = s->dialect->config_secrets.items[i].regex;
        if (regex_match(re, line->text, line->len, 0, spans, GROUPS) != REGEX_MATCH ||
            spans[1].start == REGEX_UNSET || spans[1].end == spans[1].start)
            continue;
        size_t len = spans[1].end - spans[1].start;
        snprintf(name, sizeof name, "sha256:%.*s", NAME_HEX,
                 sha256_hex(line->text + spans[1].start, len, hex));
        struct secret *secret = secret_new(name, line->text + spans[1].start, len);
        mask_add(s->line.mask_in, secret);
        mask_add(s->line.mask_out, secret);
        secret_free(secret);
        if (len < SHORT_SECRET)
            mask_expect(s->line.mask_in);
    }
    struct str clear = {0};
    if (*name) {
        str_add(&clear, line->text, spans[1].start);
        str_printf(&clear, "{secret:%s}", name);
        str_add(&clear, line->text + spans[1].end, line->len - spans[1].end);
    } else {
        str_add(&clear, line->text, line->len);
    }
    mask_text(s->line.mask_out, str_cstr(&clear), clear.len, shown);
    str_clear(&clear);
}
