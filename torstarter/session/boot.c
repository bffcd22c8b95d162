/* What is known of the switch booting. After a sign of it no byte is sent until a login prompt stands there. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "session/inner.h"
#include "session/matcher.h"

static void count(struct boot *boot, const char *text, int64_t now_ms)
{
    struct milestone *m = boot->milestones;
    for (size_t i = 0; i < boot->count; i++, m++)
        if (strcmp(m->text, text) == 0) {
            if (now_ms - m->last_ms >= BOOT_APART_MS && ++m->count >= BOOT_LOOP_COUNT)
                boot->loop = m->text;
            m->last_ms = now_ms;
            return;
        }
    if (boot->count == BOOT_MILESTONES)
        return;
    snprintf(m->text, sizeof m->text, "%s", text);
    m->count = 1;
    m->last_ms = now_ms;
    boot->count++;
}

void boot_note(struct session *s, const char *text, size_t len)
{
    if (!s->boot.seen)
        s->epoch++;
    s->boot.seen = true;
    s->boot.last_ms = line_now_ms(&s->line);
    s->present = false;
    s->state = STATE_BOOTING;
    char *words = session_quote(s, text, len, BOOT_TEXT_BYTES - 4);
    snprintf(s->boot.last, sizeof s->boot.last, "%s", words);
    mem_free(words);
}

bool boot_is_ready(const struct session *s, const char *text, size_t len)
{
    return match_any(&s->dialect->ready, text, len, NULL) != NULL;
}

void boot_hear(struct session *s, const char *text, size_t len)
{
    struct regex_span where;
    const struct sign *sign = match_any(&s->dialect->booting, text, len, &where);
    if (!sign) {
        if (s->boot.seen && (match_login_line(s->dialect, text, len) || boot_is_ready(s, text, len)))
            boot_over(s);
        return;
    }
    boot_note(s, text, len);
    if (sign->failure != FAILURE_NONE)
        return;
    char *words = session_quote(s, text + where.start, where.end - where.start, BOOT_TEXT_BYTES - 4);
    count(&s->boot, words, line_now_ms(&s->line));
    mem_free(words);
}

void boot_over(struct session *s)
{
    memset(&s->boot, 0, sizeof s->boot);
    s->persona = NULL; /* the loader's */
    login_forget(&s->login);
    if (s->state == STATE_BOOTING || s->state == STATE_LOADER)
        s->state = STATE_UNKNOWN;
}

bool boot_fail(struct session *s, struct err *e)
{
    return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST,
                    "%s: the switch is booting (\"%s\"): nothing more was typed; wait until it is up, then "
                    "run the job again",
                    session_name(s), s->boot.last);
}
