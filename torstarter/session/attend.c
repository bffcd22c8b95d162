/* A person at the keyboard: keys go to the line as they are typed, what comes is shown, and both are recorded like a job's. The
   proof table is for what torstarter types by itself; a person may type what a person wants, but every key has its row first, and
   what is typed at a password prompt is never written down. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "session/inner.h"

enum { KEYS_AT_ONCE = 512, ATTEND_SLICE_MS = 20 };

/* Any line that ends so asks for something that is not for the log, whatever the platform's own prompt is. */
static bool asks_secret(struct session *s)
{
    static const char *const ends[] = {"assword:", "assphrase:", "asscode:", "ecret:"};
    size_t len;
    const char *line = line_unfinished(&s->line, &len);
    while (len && line[len - 1] == ' ')
        len--;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (len >= strlen(ends[i]) && memcmp(line + len - strlen(ends[i]), ends[i], strlen(ends[i])) == 0)
            return true;
    return session_sight(s).state == STATE_PASSWORD;
}

static bool pass_on(struct session *s, const char *keys, size_t len, bool *secret, struct err *e)
{
    *secret = *secret || asks_secret(s);
    bool ok = session_type_keys(s, keys, len, *secret, e);
    if (memchr(keys, '\r', len) || memchr(keys, '\n', len))
        *secret = false; /* the line is given; what follows is judged anew */
    return ok;
}

bool session_attend(struct session *s, const struct attendant *a, struct err *e)
{
    char keys[KEYS_AT_ONCE];
    bool secret = false, ok = true;
    s->line.attendant = a;
    while (ok) {
        size_t got = 0, len = 0;
        ok = line_read(&s->line, line_now_ms(&s->line) + ATTEND_SLICE_MS, false, &got, e);
        if (ok && got == 0)
            line_show_held(&s->line);
        enum attend_wish wish = ok ? a->keys(a->ctx, keys, sizeof keys, &len) : ATTEND_LEAVE;
        if (wish == ATTEND_LEAVE)
            break;
        if (wish == ATTEND_BREAK)
            ok = session_type_break(s, e);
        else if (len)
            ok = pass_on(s, keys, len, &secret, e);
    }
    mem_wipe(keys, sizeof keys);
    s->line.attendant = NULL;
    return ok;
}
