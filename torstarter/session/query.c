/* A declared query: its command with checked arguments, typed where it belongs, and its answer judged. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"

enum { FIRST_LINES = 8 };

static const char *const status_names[] = {
    [ANSWER_OK] = "ok",
    [ANSWER_NONE_ROWS] = "none",
    [ANSWER_REJECTED] = "rejected",
    [ANSWER_TIMED_OUT] = "timed_out",
    [ANSWER_LOST] = "lost",
    [ANSWER_CUT] = "cut",
};

const char *answer_status_name(enum answer_status status)
{
    return (unsigned)status < sizeof status_names / sizeof *status_names ? status_names[status] : "unknown";
}

void answer_clear(struct answer *a)
{
    str_clear(&a->text);
}

/* Interface names, addresses, host names: what they consist of, and nothing a shell or a CLI would act upon. */
static bool argument_ok(const char *value)
{
    static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+,=-";
    return *value && *value != '-' && value[strspn(value, fine)] == '\0';
}

static const char *argument_value(const struct argument *args, size_t count, const char *name, size_t len)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(args[i].name) == len && memcmp(args[i].name, name, len) == 0)
            return args[i].value;
    return NULL;
}

/* Length of the {name} at p including its braces, 0 if it is none. */
static size_t placeholder(const char *p)
{
    size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_0123456789");
    return *p == '{' && n > 0 && p[1 + n] == '}' ? n + 2 : 0;
}

bool session_fill(const char *what, const char *form, const struct argument *args, size_t count,
                  struct str *out, struct err *e)
{
    for (const char *p = form; *p;) {
        size_t n = placeholder(p);
        if (n == 0) {
            str_add_char(out, *p++);
            continue;
        }
        const char *value = argument_value(args, count, p + 1, n - 2);
        if (!value || !argument_ok(value))
            return err_set(e, ERR_STATE, "%s: argument %.*s %s: nothing was sent", what, (int)n - 2, p + 1,
                           value ? "holds characters that are not allowed in a command" : "is missing");
        str_add_cstr(out, value);
        p += n;
    }
    if (out->overflowed)
        return err_set(e, ERR_LIMIT, "%s: its command is longer than %zu bytes: nothing was sent", what,
                       out->max_bytes);
    return true;
}

/* Bytes that came behind an accepted prompt: the answer before it was not whole, and somebody may have judged it. */
static bool refuse_late(struct session *s, struct err *e)
{
    if (!s->late)
        return true;
    s->late = false;
    session_note(s, "bytes came after the answer to %s had ended", s->last_query);
    return err_fail(
        e, ERR_UNREAD, FAILURE_PARSE_FAILURE,
        "%s: bytes came after the answer to %s had ended: that answer is not to be trusted; repeat it",
        session_name(s), s->last_query[0] ? s->last_query : "the last command");
}

static bool get_ready(struct session *s, const struct query *q, struct err *e)
{
    enum state mode = q->mode == STATE_UNKNOWN ? s->dialect->home : q->mode;
    if (s->boot.seen)
        return boot_fail(s, e);
    if (!s->logged_in)
        return err_set(e, ERR_STATE, "%s: not logged in: nothing was sent", session_name(s));
    if (!session_drain(s, e))
        return false;
    if ((s->late || !state_is_prompt(s->state)) && !session_resync(s, e))
        return false;
    if (!refuse_late(s, e))
        return false;
    if (mode == STATE_EXEC && s->state == STATE_ENABLE)
        return true; /* whatever may be asked in exec mode may be asked here */
    return session_mode(s, mode, e);
}

/* A declared "no rows" begins with the answer's first words and may span lines; line ends at the very end do not count. */
static bool means_none(const struct query *q, const struct str *text)
{
    const char *p = str_cstr(text);
    size_t skip = strspn(p, " \n"), len = text->len;
    while (len > skip && strchr(" \n", p[len - 1]))
        len--;
    return q->none && regex_match(q->none, p + skip, len - skip, 0, NULL, 0) == REGEX_MATCH;
}

/* The first of the answer's first lines that says the command was refused. */
static bool find_rejection(const struct str *text, const struct sign_list *rejected, struct regex_span *line)
{
    const char *begin = str_cstr(text), *p = begin, *stop = p + text->len;
    for (unsigned i = 0; i < FIRST_LINES && p < stop; i++) {
        const char *lf = memchr(p, '\n', (size_t)(stop - p));
        size_t len = lf ? (size_t)(lf - p) : (size_t)(stop - p);
        *line = (struct regex_span){(size_t)(p - begin), (size_t)(p - begin) + len};
        if (match_any(rejected, p, len, NULL))
            return true;
        p += len + 1;
    }
    return false;
}

static bool says_authorization(const char *words)
{
    static const char *const hints[] = {"uthoriz", "AAA", "TACACS", "ermission denied"};
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (strstr(words, hints[i]))
            return true;
    return false;
}

static bool judge(struct session *s, const struct query *q, struct answer *a, struct err *e)
{
    struct regex_span line;
    if (means_none(q, &a->text)) {
        a->status = ANSWER_NONE_ROWS;
        return true;
    }
    if (!find_rejection(&a->text, &s->dialect->rejected, &line))
        return true;
    char *words = session_quote(s, a->text.data + line.start, line.end - line.start, 120);
    a->status = ANSWER_REJECTED;
    err_fail(e, ERR_REJECTED, FAILURE_COMMAND_REJECTED, "%s: the switch rejected \"%s\": %s%s",
             session_name(s), a->command, words,
             says_authorization(words)
                 ? "; its AAA server (TACACS+, RADIUS) does not allow this user the command, or "
                   "cannot be reached"
                 : "");
    mem_free(words);
    return false;
}

/* What a UART makes of a framing error, mostly: bytes that no CLI prints. */
static uint64_t bytes_that_are_no_text(const struct session *s)
{
    const struct terminal_counts *c = terminal_counts(s->line.terminal);
    return c->nul + c->control;
}

static bool ask(struct session *s, const struct query *q, const char *command, struct answer *out,
                struct err *e)
{
    struct exchange x = {
        .kind = SENT_QUERY,
        .text = command,
        .query = q->name,
        .stall_ms = q->stall_ms,
        .total_ms = q->total_ms,
        .max_bytes = q->max_bytes,
        .answer = out,
    };
    uint64_t writes = s->line.writes, before = bytes_that_are_no_text(s);
    bool ok = session_exchange(s, &x, e) && judge(s, q, out, e);
    out->damaged = (unsigned)(bytes_that_are_no_text(s) - before);
    s->accepted = ok;
    snprintf(s->last_query, sizeof s->last_query, "%s", q->name);
    if (s->options.hooks.after_answer && s->line.writes != writes)
        s->options.hooks.after_answer(s->options.hooks.ctx, out->event, out);
    return ok;
}

void session_take_back(struct session *s, bool on)
{
    s->taking_back = on;
}

bool session_query(struct session *s, const struct query *q, const struct argument *args, size_t arg_count,
                   struct answer *out, struct err *e)
{
    const struct dialect *d = s->dialect;
    struct str command = STR_MAX(sizeof out->command - 1);
    memset(out, 0, sizeof *out);
    out->status = ANSWER_LOST;
    if (q < d->queries || q >= d->queries + d->query_count)
        return err_set(e, ERR_STATE, "query %s is not declared by platform %s: nothing was sent", q->name,
                       d->platform);
    /* Asked once, a procedure that was begun is still finished or taken back: what it reads belongs to it. */
    if (cancel_level(s->options.cancel) >= (permit_holds(s) || s->taking_back ? CANCEL_NOW : CANCEL_ASKED))
        return err_fail(e, ERR_CANCELLED, FAILURE_CANCELLED, "stopped by the operator before \"%s\"",
                        q->command);
    bool ok = session_fill(q->name, q->command, args, arg_count, &command, e) && get_ready(s, q, e) &&
              ask(s, q, str_cstr(&command), out, e);
    str_clear(&command);
    return ok;
}
