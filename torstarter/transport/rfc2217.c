/* A serial port behind a console server, with its settings in our hands: telnet and its option 44 (RFC 2217).

   Nothing is taken for set until the server's answer was read, and it is the value we asked for. Servers differ: some only acknowledge
   our WILL and never offer theirs, sredird answers every SET-CONTROL with 1 and pads the answer about the speed with four NULs. */
#include <string.h>

#include "transport/nvt.h"

enum { RFC2217_PORT = 2217, ANSWER_MS = 5000, BREAK_MS = 300, SIGNATURE_MAX_BYTES = 40 };
enum { FROM_SERVER = 100 }; /* the server's answer to command n is command n + 100 */
enum command {
    SIGNATURE = 0,
    SET_BAUDRATE = 1,
    SET_DATASIZE = 2,
    SET_PARITY = 3,
    SET_STOPSIZE = 4,
    SET_CONTROL = 5,
    NOTIFY_LINESTATE = 6,
    NOTIFY_MODEMSTATE = 7,
    FLOW_SUSPEND = 8,
    FLOW_RESUME = 9,
    SET_LINESTATE_MASK = 10,
    SET_MODEMSTATE_MASK = 11,
    PURGE_DATA = 12,
    COMMAND_COUNT
};
enum { CONTROL_BREAK_ON = 5, CONTROL_BREAK_OFF = 6, CONTROL_DTR_ON = 8, CONTROL_RTS_ON = 11 };
enum { PURGE_RECEIVED = 1 };
enum { LINE_OVERRUN = 2, LINE_PARITY = 4, LINE_FRAMING = 8, LINE_BREAK = 16, LINE_ERRORS = 30 };
enum { MODEM_CTS = 0x10, MODEM_DSR = 0x20, MODEM_DCD = 0x80, MODEM_ALL = 0xFF };

static const struct setting {
    const char *option, *what;
    enum command command;
    bool any_answer; /* sredird: 1, whatever was asked */
    struct {
        const char *word;
        unsigned value;
    } words[4];
} settings[] = {
    {"data", "data bits", SET_DATASIZE, false, {{"7", 7}, {"8", 8}}},
    {"parity", "parity", SET_PARITY, false, {{"none", 1}, {"odd", 2}, {"even", 3}}},
    {"stop", "stop bits", SET_STOPSIZE, false, {{"1", 1}, {"2", 2}}},
    {"flow", "flow control", SET_CONTROL, true, {{"none", 1}, {"xonxoff", 2}, {"rtscts", 3}}},
};
enum { SETTING_COUNT = sizeof settings / sizeof *settings };

struct rfc2217 {
    struct nvt nvt;
    bool spoke; /* the server has said something in option 44 */
    bool answered[COMMAND_COUNT];
    uint32_t value[COMMAND_COUNT];
    char signature[SIGNATURE_MAX_BYTES + 1];
    struct str early; /* text of the line that came while an answer was awaited */
    bool rtscts, suspended;
    int64_t answer_ms; /* at most, once it is open */
    struct transport_line_state line;
};

static void on_line_state(struct rfc2217 *r, unsigned bits)
{
    r->line.framing_errors += (bits & LINE_FRAMING) != 0;
    r->line.parity_errors += (bits & LINE_PARITY) != 0;
    r->line.overruns += (bits & LINE_OVERRUN) != 0;
    r->line.breaks += (bits & LINE_BREAK) != 0;
}

static void on_modem_state(struct rfc2217 *r, unsigned bits)
{
    r->line.modem_known = true;
    r->line.cts = (bits & MODEM_CTS) != 0;
    r->line.dsr = (bits & MODEM_DSR) != 0;
    r->line.dcd = (bits & MODEM_DCD) != 0;
}

static void on_signature(struct rfc2217 *r, const uint8_t *text, size_t len)
{
    static const char ours[] = "\0torstarter";
    struct str shown = {0};
    if (len == 0) { /* it asks for ours */
        nvt_subnegotiate(&r->nvt, NVT_COM_PORT, ours, sizeof ours - 1);
        return;
    }
    str_add_escaped(&shown, text, len < SIGNATURE_MAX_BYTES ? len : SIGNATURE_MAX_BYTES);
    size_t n = shown.len < SIGNATURE_MAX_BYTES ? shown.len : SIGNATURE_MAX_BYTES;
    memcpy(r->signature, str_cstr(&shown), n);
    r->signature[n] = '\0';
    str_clear(&shown);
}

static uint32_t number_of(unsigned command, const uint8_t *bytes, size_t len)
{
    if (command != SET_BAUDRATE)
        return len > 0 ? bytes[0] : 0;
    return len < 4 ? 0
                   : (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void on_subnegotiation(void *context, const uint8_t *bytes, size_t len)
{
    struct rfc2217 *r = context;
    unsigned command = bytes[0] >= FROM_SERVER ? bytes[0] - (unsigned)FROM_SERVER : COMMAND_COUNT;
    if (command >= COMMAND_COUNT)
        return;
    uint32_t value = number_of(command, bytes + 1, len - 1);
    r->spoke = true;
    r->answered[command] = true;
    r->value[command] = value;
    if (command == SIGNATURE)
        on_signature(r, bytes + 1, len - 1);
    else if (command == NOTIFY_LINESTATE)
        on_line_state(r, value);
    else if (command == NOTIFY_MODEMSTATE)
        on_modem_state(r, value);
    else if (command == FLOW_SUSPEND || command == FLOW_RESUME)
        r->suspended = command == FLOW_SUSPEND;
}

static void send_number(struct rfc2217 *r, enum command command, uint32_t value)
{
    uint8_t bytes[5] = {(uint8_t)command, (uint8_t)value};
    if (command == SET_BAUDRATE)
        for (int i = 0; i < 4; i++)
            bytes[1 + i] = (uint8_t)(value >> (24 - 8 * i));
    r->answered[command] = false;
    nvt_subnegotiate(&r->nvt, NVT_COM_PORT, bytes, command == SET_BAUDRATE ? 5 : 2);
}

/* One more piece of what comes; its text is kept for the next read. */
static bool go_on(struct rfc2217 *r, int64_t until_ms, const char *what, struct err *e)
{
    if (r->early.len >= TRANSPORT_READ_MAX_BYTES)
        return err_set(e, ERR_LIMIT, "the line talks without end, and no answer about the %s comes", what);
    if (stream_now_ms(&r->nvt.stream) >= until_ms)
        return err_set(e, ERR_TIMEOUT, "no answer about the %s", what);
    return nvt_read_some(&r->nvt, &r->early, until_ms, e);
}

static const char *name_of(const struct rfc2217 *r)
{
    return *r->signature ? r->signature : "the console server";
}

static bool await(struct rfc2217 *r, enum command command, const char *what, int64_t until_ms, struct err *e)
{
    while (!r->answered[command])
        if (!go_on(r, until_ms, what, e))
            return false;
    return true;
}

static bool await_baud(struct rfc2217 *r, unsigned baud, int64_t until_ms, struct err *e)
{
    if (!await(r, SET_BAUDRATE, "speed", until_ms, e))
        return false;
    return r->value[SET_BAUDRATE] == baud ||
           err_set(e, ERR_FAILED, "%s keeps the port at %u baud; %u was asked for: set it there", name_of(r),
                   (unsigned)r->value[SET_BAUDRATE], baud);
}

/* The value that a setting's option stands for; 0: not given. */
static bool read_setting(const struct uri *uri, const struct setting *s, unsigned *value, struct err *e)
{
    const char *given = uri_option(uri, s->option, NULL);
    *value = 0;
    for (size_t i = 0; given && i < 4 && s->words[i].word; i++)
        if (strcmp(s->words[i].word, given) == 0)
            *value = s->words[i].value;
    return !given || *value ||
           err_set(e, ERR_USAGE, "console URI: %s=%.20s: one of %s, %s%s%s", s->option, given,
                   s->words[0].word, s->words[1].word, s->words[2].word ? ", " : "",
                   s->words[2].word ? s->words[2].word : "");
}

struct wanted {
    unsigned baud, settings[SETTING_COUNT]; /* 0: as the server has it */
};

static bool read_wanted(const struct uri *uri, const struct transport_options *options, struct wanted *out,
                        struct err *e)
{
    out->baud = options->baud;
    if (!uri_option_number(uri, "baud", TRANSPORT_BAUD_MIN, TRANSPORT_BAUD_MAX, &out->baud, e))
        return false;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (!read_setting(uri, &settings[i], &out->settings[i], e))
            return false;
    return true;
}

static void send_wanted(struct rfc2217 *r, const struct wanted *wanted)
{
    static const char question[] = {SIGNATURE};
    nvt_offer(&r->nvt, NVT_BINARY);
    nvt_request(&r->nvt, NVT_BINARY);
    nvt_request(&r->nvt, NVT_SGA);
    nvt_subnegotiate(&r->nvt, NVT_COM_PORT, question, sizeof question);
    if (wanted->baud)
        send_number(r, SET_BAUDRATE, wanted->baud);
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (wanted->settings[i])
            send_number(r, settings[i].command, wanted->settings[i]);
    send_number(r, SET_LINESTATE_MASK, LINE_ERRORS);
    send_number(r, SET_MODEMSTATE_MASK, MODEM_ALL);
}

static bool await_wanted(struct rfc2217 *r, const struct wanted *wanted, int64_t until_ms, struct err *e)
{
    if (wanted->baud && !await_baud(r, wanted->baud, until_ms, e))
        return false;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        if (!wanted->settings[i])
            continue;
        if (!await(r, s->command, s->what, until_ms, e))
            return false;
        if (!s->any_answer && r->value[s->command] != wanted->settings[i])
            return err_set(e, ERR_FAILED, "%s refuses the %s that the URI asks for (%s=); set them there",
                           name_of(r), s->what, s->option);
    }
    return true;
}

/* DTR and RTS tell the switch that someone is there; only then do some of them speak. Their answers are not awaited: in RFC 2217
   they are answers to SET-CONTROL as any other, and servers without these lines give none. */
static bool raise_lines(struct rfc2217 *r, struct err *e)
{
    send_number(r, SET_CONTROL, CONTROL_DTR_ON);
    if (!r->rtscts)
        send_number(r, SET_CONTROL, CONTROL_RTS_ON);
    return nvt_flush(&r->nvt, e);
}

/* Only the one option is spoken of until the server has shown that it speaks telnet: on a port that is raw after all, the others' codes
   would be typed at the switch, and SGA's is Ctrl-C. */
static bool agree(struct rfc2217 *r, int64_t until_ms, struct err *e)
{
    r->nvt.com_port = true;
    r->nvt.on_subnegotiation = on_subnegotiation;
    r->nvt.context = r;
    nvt_offer(&r->nvt, NVT_COM_PORT);
    if (!nvt_flush(&r->nvt, e))
        return false;
    while (!r->spoke && r->nvt.us[NVT_COM_PORT] != NVT_ON && r->nvt.him[NVT_COM_PORT] != NVT_ON) {
        if (r->nvt.refused_com_port)
            return err_set(
                e, ERR_FAILED,
                "this port does not do RFC 2217 (it refuses telnet's option 44); write telnet:// and leave "
                "the speed to the console server");
        if (!go_on(r, until_ms, "RFC 2217 option; is this a telnet port?", e))
            return false;
    }
    return true;
}

static bool set_up(struct rfc2217 *r, const struct wanted *wanted, int64_t until_ms, struct err *e)
{
    if (!agree(r, until_ms, e))
        return false;
    send_wanted(r, wanted);
    return nvt_flush(&r->nvt, e) && await_wanted(r, wanted, until_ms, e) && raise_lines(r, e);
}

/* A server that says "port already in use" and closes has to be heard: the words say who holds it. */
static bool rfc2217_open(void *self, const struct uri *uri, const struct transport_options *options,
                         struct err *e)
{
    static const char *const names[] = {"baud", "data", "parity", "stop", "flow", "cr", "kind", NULL};
    struct rfc2217 *r = self;
    struct wanted wanted = {0};
    struct err why = {0};
    r->nvt.stream.fd = -1;
    if (!read_wanted(uri, options, &wanted, e) || !nvt_open(&r->nvt, uri, options, names, RFC2217_PORT, e))
        return false;
    r->rtscts = strcmp(uri_option(uri, "flow", ""), "rtscts") == 0;
    int64_t until_ms = stream_now_ms(&r->nvt.stream) + r->nvt.stream.opened_until_ms - clock_now_ms(NULL);
    int64_t left_ms = until_ms - stream_now_ms(&r->nvt.stream);
    r->answer_ms = left_ms < ANSWER_MS ? left_ms : ANSWER_MS;
    if (set_up(r, &wanted, until_ms, &why) || (why.code == ERR_CLOSED && r->early.len > 0))
        return true;
    if (e)
        *e = why;
    return false;
}

static bool rfc2217_read(void *self, struct str *into, int64_t until_ms, struct err *e)
{
    struct rfc2217 *r = self;
    if (r->early.len == 0)
        return nvt_read(&r->nvt, into, until_ms, e);
    str_add(into, r->early.data, r->early.len);
    str_reset(&r->early);
    return true;
}

static bool await_resume(struct rfc2217 *r, struct err *e)
{
    int64_t until_ms = stream_now_ms(&r->nvt.stream) + r->nvt.stream.dead_after_ms;
    struct err why = {0};
    while (r->suspended && go_on(r, until_ms, "flow control", &why))
        ;
    if (!r->suspended)
        return true;
    if (why.code == ERR_TIMEOUT)
        err_fail(&why, ERR_TIMEOUT, FAILURE_CONSOLE_LOST,
                 "%s lets nothing through to the switch: flow control holds the line", name_of(r));
    if (e)
        *e = why;
    return false;
}

static bool rfc2217_write(void *self, const void *bytes, size_t len, struct err *e)
{
    struct rfc2217 *r = self;
    return await_resume(r, e) && nvt_write(&r->nvt, bytes, len, e);
}

static bool rfc2217_break(void *self, struct err *e)
{
    struct rfc2217 *r = self;
    send_number(r, SET_CONTROL, CONTROL_BREAK_ON);
    if (!nvt_flush(&r->nvt, e))
        return false;
    struct err stopped = {0};
    bool waited = stream_pause(&r->nvt.stream, BREAK_MS, &stopped);
    send_number(r, SET_CONTROL, CONTROL_BREAK_OFF); /* in any case: a line left in break is dead */
    if (!nvt_flush(&r->nvt, e))
        return false;
    if (!waited && e)
        *e = stopped;
    return waited;
}

static bool rfc2217_set_baud(void *self, unsigned baud, struct err *e)
{
    struct rfc2217 *r = self;
    send_number(r, SET_BAUDRATE, baud);
    if (!nvt_flush(&r->nvt, e) || !await_baud(r, baud, stream_now_ms(&r->nvt.stream) + r->answer_ms, e))
        return false;
    str_reset(&r->early);
    send_number(r, PURGE_DATA, PURGE_RECEIVED);
    return nvt_flush(&r->nvt, e);
}

static void rfc2217_line_state(void *self, struct transport_line_state *out)
{
    const struct rfc2217 *r = self;
    *out = r->line;
    out->errors_known = r->answered[SET_LINESTATE_MASK] || r->answered[NOTIFY_LINESTATE];
    out->flow_known = true;
    out->flow_stopped = r->suspended || (r->rtscts && r->line.modem_known && !r->line.cts);
}

static void rfc2217_close(void *self)
{
    struct rfc2217 *r = self;
    nvt_clear(&r->nvt);
    str_clear(&r->early);
}

const struct transport_driver transport_rfc2217 = {
    .scheme = "rfc2217",
    .about = "a console server's port with its speed in our hands; baud=, data=, parity=, stop=, flow=",
    .size_bytes = sizeof(struct rfc2217),
    .open = rfc2217_open,
    .read = rfc2217_read,
    .write = rfc2217_write,
    .send_break = rfc2217_break,
    .set_baud = rfc2217_set_baud,
    .line_state = rfc2217_line_state,
    .close = rfc2217_close,
    .port = RFC2217_PORT,
};
