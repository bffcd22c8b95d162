#include <stdarg.h>
#include <string.h>

#include "plugin/shared.h"

static const char *say(struct run *run, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
static const char *say(struct run *run, const char *fmt, va_list ap)
{
    struct str s = {0};
    str_vprintf(&s, fmt, ap);
    char *text = arena_strdup(&run->arena, str_cstr(&s));
    str_clear(&s);
    for (char *p = text; *p; p++)
        if (*p == '\n')
            *p = ' ';
    return text;
}

/* `fmt` is the caller's last parameter before the dots. */
#define SAY(run, text, fmt)                                                                                  \
    do {                                                                                                     \
        va_list ap_;                                                                                         \
        va_start(ap_, fmt);                                                                                  \
        (text) = say((run), (fmt), ap_);                                                                     \
        va_end(ap_);                                                                                         \
    } while (0)

struct verdict verdict_pass(struct run *run, const char *fmt, ...)
{
    struct verdict v = {.kind = VERDICT_PASS};
    const struct cached_answer *c = run->first_read;
    if (c)
        v.evidence = (struct evidence){.query = c->records.query,
                                       .command = c->command,
                                       .event = c->event,
                                       .template_file = c->records.reader};
    SAY(run, v.text, fmt);
    return v;
}

struct verdict verdict_fail(struct run *run, enum failure failure, const char *fmt, ...)
{
    struct verdict v = {.kind = VERDICT_FAIL, .failure = failure};
    SAY(run, v.text, fmt);
    return v;
}

struct verdict verdict_skip(struct run *run, const char *fmt, ...)
{
    struct verdict v = {.kind = VERDICT_SKIP};
    SAY(run, v.text, fmt);
    return v;
}

struct verdict verdict_not_asked(struct run *run, const char *fmt, ...)
{
    struct verdict v = {.kind = VERDICT_SKIP, .not_asked = true};
    SAY(run, v.text, fmt);
    v.text = arena_printf(&run->arena, "not asked for: %s", v.text);
    return v;
}

static enum failure error_failure(const struct err *e)
{
    if (e->failure != FAILURE_NONE)
        return e->failure;
    switch (e->code) {
    case ERR_CANCELLED:
        return FAILURE_CANCELLED;
    case ERR_REJECTED:
        return FAILURE_COMMAND_REJECTED;
    case ERR_TIMEOUT:
        return FAILURE_COMMAND_TIMEOUT;
    case ERR_CLOSED:
        return FAILURE_CONSOLE_LOST;
    default:
        return FAILURE_PARSE_FAILURE;
    }
}

struct verdict verdict_error(struct run *run)
{
    struct verdict v = {
        .kind = VERDICT_ERROR, .failure = error_failure(&run->err), .evidence = run->err_evidence};
    char *text = arena_strdup(&run->arena, run->err.msg);
    for (char *p = text; *p; p++)
        if (*p == '\n')
            *p = ' ';
    v.text = text;
    return v;
}

struct verdict verdict_unread(struct run *run, const struct records *r, size_t row, const char *fmt, ...)
{
    struct verdict v = {.kind = VERDICT_ERROR, .failure = FAILURE_PARSE_FAILURE};
    SAY(run, v.text, fmt);
    verdict_point(run, &v, r, row, NULL, "an answer without contradictions");
    return v;
}

bool run_unread(struct run *run, const struct records *r, size_t row, const char *fmt, ...)
{
    const char *text;
    SAY(run, text, fmt);
    struct verdict v = verdict_unread(run, r, row, "%s", text);
    run->err = (struct err){0};
    run->err_evidence = v.evidence;
    return err_fail(&run->err, ERR_UNREAD, FAILURE_PARSE_FAILURE, "%s", text);
}

void verdict_remedy(struct run *run, struct verdict *v, const char *fmt, ...)
{
    SAY(run, v->remedy, fmt);
}

/* Line `number` (from 1) of an answer. */
static const char *answer_line(struct run *run, const struct records *r, unsigned number)
{
    const char *p = r->answer, *end = r->answer ? r->answer + r->answer_len : NULL;
    for (unsigned i = 1; p && i < number; i++) {
        p = memchr(p, '\n', (size_t)(end - p));
        p = p ? p + 1 : NULL;
    }
    if (!p || number == 0)
        return NULL;
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    return arena_strndup(&run->arena, p, (size_t)((stop ? stop : end) - p));
}

static const char *word_place(struct run *run, const struct query *q, const char *column)
{
    const struct platform *p = run->platform;
    const struct reader *reader = platform_reader_of(p, q);
    for (size_t i = 0; p->word_lines && i < reader->column_count; i++)
        if (strcmp(reader->columns[i].column, column) == 0 && reader->columns[i].word_count > 0 &&
            p->word_lines[reader - p->readers] > 0)
            return arena_printf(&run->arena, "%s:%u", p->query_files[reader - p->readers],
                                p->word_lines[reader - p->readers]);
    return NULL;
}

void verdict_point(struct run *run, struct verdict *v, const struct records *r, size_t row,
                   const char *column, const char *wanted_fmt, ...)
{
    struct evidence *e = &v->evidence;
    size_t there = row;
    const struct cached_answer *c = run_answer_of(run, r, row, &there);
    *e = (struct evidence){
        .query = r->query, .template_file = c ? c->records.reader : r->reader, .column = column};
    if (c) {
        e->command = c->command;
        e->event = c->event;
    }
    if (row < r->count) {
        e->template_line = r->rows[row].rule_line;
        e->row = (unsigned)there + 1;
        e->line = r->rows[row].line;
        e->raw = column ? record_raw(r, row, column) : answer_line(run, c ? &c->records : r, e->line);
        e->word = column ? record_get(r, row, column) : NULL;
    }
    if (column && c)
        e->word_place = word_place(run, c->query, column);
    if (wanted_fmt)
        SAY(run, e->wanted, wanted_fmt);
}
