/* The line's speed, looked for from evidence only: framing errors that the transport saw, or bytes that are no text. Nothing is
   typed in answer to garbage; a new speed begins with listening, and what had come before is forgotten. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "session/inner.h"

enum {
    GARBLED_MIN_BYTES = 4,
    FRAMING_MIN_ERRORS = 3, /* fewer come from plugging in a cable */
    FLOODED_MIN_BYTES = 64,
    TEXT_MIN_BYTES = 8
};

static const unsigned usual[] = {9600, 115200, 38400, 19200};

static uint64_t bad_bytes(const struct session *s)
{
    const struct terminal_counts *c = terminal_counts(s->line.terminal);
    return c->high + c->control + c->nul;
}

static unsigned framing_errors(const struct session *s)
{
    struct transport_line_state state;
    if (!s->line.transport)
        return 0;
    transport_line_state(s->line.transport, &state);
    unsigned errors = state.framing_errors + state.parity_errors;
    return state.errors_known && errors > s->speed.errors ? errors - s->speed.errors : 0;
}

bool speed_is_garbled(const struct session *s)
{
    const struct terminal_counts *c = terminal_counts(s->line.terminal);
    return (c->bytes >= GARBLED_MIN_BYTES && bad_bytes(s) * 10 >= c->bytes * 3) ||
           framing_errors(s) >= FRAMING_MIN_ERRORS;
}

bool speed_is_flooded(const struct session *s)
{
    const struct terminal_counts *c = terminal_counts(s->line.terminal);
    return c->bytes >= FLOODED_MIN_BYTES && bad_bytes(s) * 2 >= c->bytes;
}

static void begin(struct session *s)
{
    struct speed *speed = &s->speed;
    if (speed->searching)
        return;
    speed->searching = true;
    speed->configured = speed->current = s->options.console ? s->options.console->baud : 0;
    if (speed->current)
        snprintf(speed->tried, sizeof speed->tried, "%u", speed->current);
}

static bool next_candidate(struct session *s, unsigned *baud)
{
    const struct console *c = s->options.console;
    bool own = c && c->baud_candidates;
    const unsigned *list = own ? c->baud_candidates : usual;
    size_t count = own ? c->baud_candidate_count : sizeof usual / sizeof *usual;
    while (s->speed.next < count) {
        *baud = list[s->speed.next++];
        if (*baud != s->speed.configured)
            return true;
    }
    return false;
}

bool speed_next(struct session *s)
{
    struct speed *speed = &s->speed;
    unsigned baud;
    if (speed->settled)
        return false;
    begin(s);
    if (!next_candidate(s, &baud) || !transport_set_baud(s->line.transport, baud, NULL))
        return false;
    struct transport_line_state state;
    transport_line_state(s->line.transport, &state);
    speed->errors = state.framing_errors + state.parity_errors;
    speed->current = baud;
    size_t len = strlen(speed->tried);
    snprintf(speed->tried + len, sizeof speed->tried - len, "%s%u", len ? ", " : "", baud);
    terminal_reset(s->line.terminal);
    s->line.raw_at_send = s->line.raw_bytes;
    s->line.last_byte_ms = line_now_ms(&s->line); /* the silence that a wake-up asks for begins anew */
    session_note(s, "no text came; listening at %u baud", baud);
    return true;
}

bool speed_unproven(struct session *s)
{
    const struct terminal_counts *c = terminal_counts(s->line.terminal);
    if (s->speed.searching && c->printable >= TEXT_MIN_BYTES && !speed_is_garbled(s))
        s->speed.settled = true;
    return s->speed.searching && !s->speed.settled;
}

void speed_proven(struct session *s)
{
    struct speed *speed = &s->speed;
    if (!speed->searching || speed->told)
        return;
    speed->settled = true;
    speed->told = true;
    if (speed->current == speed->configured)
        return;
    struct str text = {0};
    str_printf(&text, "the line runs at %u baud", speed->current);
    if (speed->configured)
        str_printf(&text, ", the site says %u", speed->configured);
    session_note(s, "drift: %s", str_cstr(&text));
    str_printf(&s->finding, "%s%s", s->finding.len ? "; " : "", str_cstr(&text));
    str_clear(&text);
}

bool speed_fail(const struct session *s, struct err *e)
{
    const struct terminal_counts *c = terminal_counts(s->line.terminal);
    const struct console_driver *d = session_driver(s);
    struct str text = {0};
    unsigned errors = framing_errors(s);
    if (errors)
        str_printf(&text, "%u framing errors; ", errors);
    str_printf(&text, "%llu of %llu bytes are no text", (unsigned long long)bad_bytes(s),
               (unsigned long long)c->bytes);
    if (strchr(s->speed.tried, ','))
        str_printf(&text, " at the last of the speeds tried (%s)", s->speed.tried);
    else if (s->options.console && s->options.console->baud)
        str_printf(&text, " at the configured speed");
    err_fail(e, ERR_UNREAD, FAILURE_CONSOLE_GARBLED,
             "%s: %s: the speed of the port and of the switch differ, or the cable is bad%s%s",
             session_name(s), str_cstr(&text), d && d->speed_advice ? "; the port's speed is set so: " : "",
             d && d->speed_advice ? d->speed_advice : "");
    str_clear(&text);
    return false;
}
