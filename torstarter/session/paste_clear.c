/* What stands in the switch's line editor, and how it is cleared: proven by the screen, or, where a key shows the line anew, by that. */
#include "session/inner.h"
#include "session/matcher.h"
#include "session/paste.h"

enum {
    CLEAR_MS = 5 * 1000,
    CERTAIN_BYTES = 3 /* so many do not vanish from the screen by themselves */
};

static bool is_clear(struct pasting *p, size_t typed)
{
    size_t len;
    if (!paste_quiet(p))
        return false;
    if (typed <= CERTAIN_BYTES || !paste_erased_too_much(p))
        return paste_stands_at_prompt(p);
    line_unfinished(&p->s->line, &len);
    p->prompt.len = len;
    return p->cut_prompt = true;
}

static bool press(struct pasting *p, char key, const char *shown, struct err *e)
{
    uint64_t event = 0;
    p->s->state = p->mode;
    return session_paste_row(p->s, &key, 1, shown, &event, e) && paste_type(p, &key, 1, shown, e);
}

static bool wait_quiet(struct pasting *p, struct err *e)
{
    int64_t until = line_now_ms(&p->s->line) + CLEAR_MS;
    do
        if (!paste_read(p, line_now_ms(&p->s->line) + SETTLE_MS, e))
            return false;
    while (!paste_quiet(p) && line_now_ms(&p->s->line) < until);
    return true;
}

/* The row ends, not because of a return, and prompt and line stand below as the switch has them. *drawn: they do. */
static bool draw(struct pasting *p, bool *drawn, struct err *e)
{
    char key = p->s->dialect->redraw;
    p->drawing = true;
    p->drawn = false;
    bool ok = press(p, key, key == 0x12 ? "^R" : "^L", e) && wait_quiet(p, e);
    p->drawing = false;
    *drawn = ok && p->drawn;
    return ok;
}

/* The prompt alone, drawn anew; it need not be the one that was taken for it before. */
static bool shows_nothing(struct pasting *p)
{
    size_t len;
    const char *text = line_unfinished(&p->s->line, &len);
    const struct prompt *found = match_prompt(p->s->dialect, text, len);
    bool same = p->ready && len && len == p->prompt.len && paste_stands_at_prompt(p);
    if (!same && (!found || found->state != p->mode))
        return false;
    if (p->ready && !same)
        paste_take_prompt(p, text, len, 0);
    return true;
}

/* Until the prompt alone stands there in silence. */
static bool clears(struct pasting *p, size_t typed, bool *clear, struct err *e)
{
    int64_t until = line_now_ms(&p->s->line) + CLEAR_MS;
    bool drawn;
    *clear = false;
    if (p->s->dialect->redraw) {
        if (!wait_quiet(p, e) || p->broken_at || !draw(p, &drawn, e))
            return p->broken_at != 0;
        *clear = drawn ? shows_nothing(p)
                       : is_clear(p, typed); /* a switch that does not know the key is as good as without */
        return true;
    }
    while (!*clear && line_now_ms(&p->s->line) < until && !p->broken_at) {
        if (!paste_read(p, line_now_ms(&p->s->line) + SETTLE_MS, e))
            return false;
        *clear = is_clear(p, typed);
    }
    return true;
}

bool paste_clear(struct pasting *p, struct err *e)
{
    size_t typed = p->typed;
    bool clear = false;
    for (unsigned i = 0; i < PASTE_TRIES && !p->broken_at; i++) {
        p->in_row = true;
        p->from = p->broken_at = 0;
        if (!press(p, session_line_kill(p->s), "^U", e))
            return false;
        p->typed = p->acked = 0;
        if (!clears(p, typed, &clear, e))
            return false;
        if (clear) {
            p->s->unfinished_line = false;
            return true;
        }
    }
    return paste_fail(p, ERR_UNREAD, p->at,
                      p->broken_at ? "a part of it may have been executed while it was cleared"
                                   : "what was typed of it could not be cleared; half of it stands there",
                      e);
}

bool paste_look_again(struct pasting *p, struct err *e)
{
    bool drawn;
    p->looks++;
    p->ready = p->returning = false;
    str_reset(&p->prompt);
    p->lead = p->from = p->broken_at = 0;
    p->in_row = true;
    return draw(p, &drawn, e);
}
