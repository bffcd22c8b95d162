/* Pasting ahead, where nothing takes effect before a commit and an undo stands ready: lines are typed with their returns, as many as
   the window of bytes without echo takes, so that a round trip costs no more than the window does. Each line must come back in a row
   of its own, behind a prompt, exactly as it was typed. The first that does not ends the paste: nothing is repaired in place, since
   what was typed behind it has run. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"
#include "session/paste.h"

enum { SETTLE_FOR_MS = 1000, SETTLE_MOST_MS = 10 * 1000, CRUMBS = 8, POLL_MS = 50 };

static bool alone(const struct pasting *p, size_t at)
{
    return at > 0 && at <= p->lines.count && paste_line_at(p, at - 1)->alone;
}

/* What may change the prompt or the way lines are taken is typed by itself, its end waited for. */
static bool may_go_ahead(const struct pasting *p, size_t at)
{
    const struct paste_line *line = paste_line_at(p, at);
    return at < p->lines.count && !line->cutting && line->alone == alone(p, at);
}

static size_t indent(const struct paste_line *line)
{
    size_t n = 0;
    while (n < line->len && line->text[n] == ' ')
        n++;
    return n;
}

static bool is_prompt(const struct pasting *p, const struct paste_line *line, const char *text, size_t len)
{
    if (len && len == p->prompt.len && memcmp(text, p->prompt.data, len) == 0)
        return true;
    const struct prompt *found = match_prompt(p->s->dialect, text, len);
    return found && found->state == p->mode &&
           (indent(line) == 0 || len - match_trim(text, len) == p->prompt_blanks);
}

/* The finished row is the awaited line as it was typed: behind a prompt, or going on below a log line. */
static bool is_line(const struct pasting *p, const char *text, size_t len, size_t *prompt_len)
{
    const struct paste_line *line = paste_line_at(p, p->at);
    *prompt_len = SIZE_MAX;
    if (p->broke && p->explained && len == line->len - p->from &&
        memcmp(text, line->text + p->from, len) == 0)
        return true;
    if (len < line->len || memcmp(text + len - line->len, line->text, line->len) != 0)
        return false;
    size_t at = len - line->len, lead = paste_common(text, at, line->text, line->len);
    *prompt_len = at;
    if (alone(p, p->at))
        return at == 0;
    if (is_prompt(p, line, text, at))
        return true;
    *prompt_len = SIZE_MAX; /* the terminal's own echo stands before the prompt */
    return lead && is_prompt(p, line, text + lead, at - lead);
}

static void take_line(struct pasting *p, const char *text, size_t prompt_len)
{
    struct paste_line *line = &p->lines.items[p->at];
    if (p->at)
        paste_count_line(p);
    if (prompt_len != SIZE_MAX)
        paste_take_prompt(p, text, prompt_len, 0);
    p->pending -= line->len + 1;
    p->answer_event = line->event;
    p->returned_us = clock_now_us(p->s->line.clock);
    p->received_from = p->s->line.received;
    str_reset(&p->answer_shown);
    paste_show(p->s, line, &p->answer_shown);
    str_reset(&p->output);
    p->counted = p->broke = p->explained = p->fresh = p->noise_after = false;
    p->from = 0;
    p->at++;
}

static void damage(struct pasting *p, const char *what)
{
    p->damage = p->damage ? p->damage : what;
}

/* How much of the awaited line may be there by now. */
static void see_typed(struct pasting *p)
{
    p->typed = p->next > p->at ? paste_line_at(p, p->at)->len : p->next_typed;
}

/* The line before changed it, and no whole row has shown that yet. */
static void learn_prompt(struct pasting *p, const char *text, size_t len)
{
    size_t lead, at;
    see_typed(p);
    at = paste_find_prompt(p, text, len, &lead);
    if (at != SIZE_MAX && lead == 0 && at > 0 && is_prompt(p, paste_line_at(p, p->at), text, at))
        paste_take_prompt(p, text, at, 0);
}

/* The row ended within the awaited line, as it does where a log line comes. It may go on below, and end there again. */
static bool breaks_off(struct pasting *p, const char *text, size_t len)
{
    const struct paste_line *line = paste_line_at(p, p->at);
    const char *rest = text;
    size_t rest_len = len, from = 0;
    if (alone(p, p->at))
        return false;
    learn_prompt(p, text, len);
    if (!paste_row_shows(&p->prompt, true, text, len, &rest, &rest_len)) {
        if (!p->broke)
            return false;
        from = p->from;
    }
    size_t n = paste_common(rest, rest_len, line->text + from, line->len - from);
    bool noise = n < rest_len && noise_is(p->s, rest + n, rest_len - n);
    if (n < rest_len && !noise)
        return false;
    p->broke = true;
    p->explained = noise;
    p->from = from + n;
    return true;
}

/* What a terminal echoes by itself while the switch is busy, before the CLI echoes it again. */
static bool is_raw_echo(const struct pasting *p, const char *text, size_t len)
{
    for (size_t i = p->at; i <= p->next && i < p->lines.count; i++)
        if (paste_line_at(p, i)->len == len && memcmp(paste_line_at(p, i)->text, text, len) == 0)
            return true;
    return false;
}

static void hear(struct session *s, void *ctx, const char *text, size_t len)
{
    struct pasting *p = ctx;
    size_t prompt_len;
    if (p->damage || p->refusal || (len == 0 && !alone(p, p->at)))
        return;
    if (p->noise_after && p->at && len == p->prompt.len + paste_line_at(p, p->at - 1)->len &&
        paste_shows_line_before(p, text, len)) {
        p->noise_after = false; /* a log line came with its end, and it was drawn anew */
    } else if (p->next > p->at && is_line(p, text, len, &prompt_len)) {
        take_line(p, text, prompt_len);
    } else if (noise_is(s, text, len)) {
        p->explained = p->explained || p->broke;
        p->noise_after = true;
    } else if (p->broke && !p->explained) {
        damage(p, "it broke off before its end; half of it may have been executed");
    } else if (breaks_off(p, text, len) || (!alone(p, p->at) && is_raw_echo(p, text, len))) {
        return;
    } else if (paste_prompt_and_more(p, text, len)) {
        damage(p, "it came back otherwise than it was typed");
    } else {
        paste_hear_output(p, text, len);
        if (alone(p, p->at) && !p->fresh && !p->refusal)
            damage(p, "something else came in its place");
    }
}

bool paste_goes_ahead(struct pasting *p)
{
    if (p->going_ahead || !p->step->ahead || !p->ready || p->returning || p->typed || p->refusal ||
        p->broken_at || !may_go_ahead(p, p->at) ||
        paste_prompt_state(p) != (alone(p, p->at) ? STATE_UNKNOWN : p->mode))
        return p->going_ahead;
    p->going_ahead = true;
    p->next = p->at;
    p->next_typed = p->pending = p->acked = 0;
    p->broke = p->explained = false;
    p->from = 0;
    p->rowed = false;
    p->s->sink = hear;
    return true;
}

/* All that was typed has come back, or has been refused: what follows is done line by line. */
static void come_back(struct pasting *p)
{
    if (p->refusal && p->at)
        paste_count_line(p);
    p->counted = p->counted || p->refusal;
    p->at = p->next;
    p->typed = p->next_typed;
    p->acked = p->from = p->broken_at = 0;
    p->returning = p->rowed = p->noise_since = p->noise_after = false;
    p->ready = alone(p, p->at);
    p->in_row = true;
    p->going_ahead = false;
    p->s->sink = paste_hear;
    p->s->unfinished_line = p->typed > 0;
    if (p->ready) {
        str_reset(&p->prompt);
        p->lead = 0;
        paste_count_line(p);
    }
}

static bool make_row(struct pasting *p, struct err *e)
{
    struct paste_line *line = &p->lines.items[p->next];
    str_reset(&p->shown);
    paste_show(p->s, line, &p->shown);
    p->s->state = p->mode;
    bool ok = session_paste_row(p->s, line->text, line->len, str_cstr(&p->shown), &line->event, e);
    p->out->event = line->event;
    return ok;
}

/* *more: the line was typed whole, and there may be room for the next. */
static bool type_some(struct pasting *p, bool *more, struct err *e)
{
    const struct paste_line *line = paste_line_at(p, p->next);
    size_t waiting = p->pending - (p->acked < p->pending ? p->acked : p->pending);
    size_t room = waiting < p->window ? p->window - waiting : 0, rest = line->len - p->next_typed;
    size_t n = rest < room ? rest : room;
    *more = false;
    if (!may_go_ahead(p, p->next) || room == 0 || (n < rest && n < p->window / CRUMBS))
        return true;
    if (p->next_typed == 0 && !make_row(p, e))
        return false;
    p->s->unfinished_line = true;
    if (n && !paste_type(p, line->text + p->next_typed, n, p->next_typed ? "" : str_cstr(&p->shown), e))
        return false;
    p->next_typed += n;
    p->pending += n;
    if (p->next_typed < line->len || n == room)
        return true;
    p->pending++;
    p->next++;
    p->next_typed = 0;
    *more = true;
    return paste_type(p, "\r", 1, "\r", e);
}

static void see_echo(struct pasting *p, const char *text, size_t len)
{
    const struct paste_line *line = paste_line_at(p, p->at);
    size_t lead, at;
    see_typed(p);
    at = alone(p, p->at) ? 0 : paste_find_prompt(p, text, len, &lead);
    size_t from = p->broke && at == SIZE_MAX ? p->from : 0;
    at = at == SIZE_MAX ? 0 : at;
    p->acked =
        from + paste_common(text + at, len - at, line->text + from, p->typed > from ? p->typed - from : 0);
}

static bool judge_silence(struct pasting *p, const char *text, size_t len, struct err *e)
{
    int64_t quiet_ms = line_quiet_ms(&p->s->line);
    if (!paste_quiet(p) || p->pending == 0)
        return true;
    struct sight sight = session_sight(p->s);
    if (sight.state == STATE_LOGIN)
        return paste_fail_logged_out(p, e);
    if (sight.state == STATE_PAGER || sight.state == STATE_FIRST_BOOT ||
        (sight.state == STATE_QUESTION && (!sight.unknown || quiet_ms >= QUESTION_QUIET_MS)))
        return paste_fail_asked(p, e);
    if (quiet_ms >= PASTE_ECHO_STALL_MS && (alone(p, p->at) || paste_prompt_and_more(p, text, len)))
        return paste_fail(p, ERR_UNREAD, p->at, "not all of it came back", e);
    return quiet_ms < or_else(p->step->stall_ms, PASTE_STALL_MS) ||
           paste_fail(p, ERR_TIMEOUT, p->at, "the switch fell silent", e);
}

bool paste_ahead(struct pasting *p, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&p->s->line, &len);
    bool more = true;
    if (p->damage)
        return paste_fail(p, ERR_UNREAD, p->at, p->damage, e);
    see_echo(p, text, len);
    if (p->refusal ? line_quiet_ms(&p->s->line) >= SETTLE_FOR_MS
                   : p->pending == 0 && !may_go_ahead(p, p->next)) {
        come_back(p);
        return true;
    }
    while (more && !p->refusal)
        if (!type_some(p, &more, e))
            return false;
    return judge_silence(p, text, len, e);
}

int64_t paste_ahead_wait_ms(const struct pasting *p)
{
    return p->going_ahead ? POLL_MS : 0; /* whoever came back looks at once */
}

/* What is on its way runs: only then can be cleared what is left. */
void paste_ahead_settle(struct pasting *p)
{
    struct session *s = p->s;
    int64_t until = line_now_ms(&s->line) + SETTLE_MOST_MS;
    size_t got;
    damage(p, ""); /* what comes now is not judged */
    while (line_quiet_ms(&s->line) < SETTLE_FOR_MS && line_now_ms(&s->line) < until && !s->boot.seen)
        if (!line_read(&s->line, line_now_ms(&s->line) + POLL_MS, true, &got, NULL))
            return;
    p->at = p->next;
    p->typed = p->next_typed;
    p->ready = p->returning = false;
    p->counted = true;
    p->going_ahead = false;
    s->sink = paste_hear;
    str_reset(&p->prompt);
}
