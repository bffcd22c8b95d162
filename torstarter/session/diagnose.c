/* Why a line is silent, as far as it shows: the reasons want different hands, so "time-out" is never all that is said. */
#include "base/str.h"
#include "session/inner.h"

static void add_line_state(const struct transport_line_state *state, struct str *out)
{
    if (state->flow_known && state->flow_stopped)
        str_add_cstr(
            out, ": what we type is held back by flow control (XOFF, or CTS is low), though an XON was sent: "
                 "check the flow control of the port, and who typed Ctrl-S");
    else if (state->modem_known && !state->dcd && !state->dsr && !state->cts)
        str_add_cstr(out, ": DCD, DSR and CTS are all low: nothing that is switched on is at the other end "
                          "of the cable, or "
                          "the port has no modem lines: check cable, power and speed");
    else if (state->modem_known)
        str_printf(
            out,
            ": the cable shows a device that is on (DCD %s, DSR %s, CTS %s): check the speed, and whether "
            "it is the switch's console",
            state->dcd ? "high" : "low", state->dsr ? "high" : "low", state->cts ? "high" : "low");
    else if (state->errors_known && state->breaks)
        str_printf(out, ": %u BREAKs came: the other end lost its power, or its speed is far below ours",
                   state->breaks);
    else
        str_add_cstr(out, ": check power, cable, port number and speed");
}

bool diagnose_silence(const struct session *s, bool nothing_came, int64_t waited_ms, unsigned returns,
                      struct err *e)
{
    const struct console_driver *d = session_driver(s);
    struct transport_line_state state = {0};
    struct str why = {0};
    if (s->line.transport)
        transport_line_state(s->line.transport, &state);
    if (s->limit[0])
        str_printf(
            &why,
            ": the switch's login service stopped (\"%s\"): wait until it starts again (usually 1 to 5 "
            "minutes), then run the job again",
            s->limit);
    else
        add_line_state(&state, &why);
    if (d && (d->busy_when & BUSY_SILENT) && nothing_came && !s->limit[0])
        str_add_cstr(&why, "; or somebody holds the port: this kind of console server does not say so");
    err_fail(e, ERR_TIMEOUT, FAILURE_CONSOLE_SILENT,
             "%s: %s within %lld s, after %u carriage returns and an XON%s", session_name(s),
             nothing_came ? "nothing came" : "no prompt came", (long long)(waited_ms / 1000), returns,
             str_cstr(&why));
    str_clear(&why);
    return false;
}
