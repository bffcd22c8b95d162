/* libtelnet finds the commands in the stream, and doubles the IACs; it is run as a proxy, so that negotiation is ours. We need to
   hear of refusals, which its own negotiation keeps to itself. Options are agreed on by RFC 1143, shortened: we never take one back.

   What we answer: BINARY and SGA in both directions, ECHO on the far side, COM-PORT where RFC 2217 was asked for, and of us a terminal
   (TTYPE, RFC 1091, and NAWS, RFC 1073): without its size a line editor behind a telnetd scrolls long commands sideways. Everything
   else is refused, each time. A telnetd may say nothing at all until all its questions are answered.

   Carriage return: RFC 854 has no bare CR in NVT text, so CR is sent as CR NUL, and CR NUL that comes is a CR. Where BINARY is agreed
   (RFC 856), bytes stand for themselves, each direction on its own. */
#include "transport/nvt.h"

#include <libtelnet.h>
#include <string.h>
#include <sys/socket.h>

enum { PIECE_BYTES = 4 * 1024 };
enum { COLUMNS = 500, ROWS = 24 }; /* so wide that no line editor wraps; no byte of it is an IAC */
enum { TTYPE_SEND = 1 };

static bool both_may(const struct nvt *n, unsigned option)
{
    return option == NVT_BINARY || option == NVT_SGA || (option == NVT_COM_PORT && n->com_port);
}

static bool may_be_ours(const struct nvt *n, unsigned option)
{
    return option == NVT_TTYPE || option == NVT_NAWS || both_may(n, option);
}

static bool may_be_his(const struct nvt *n, unsigned option)
{
    return option == NVT_ECHO || both_may(n, option);
}

static void answer(struct nvt *n, unsigned command, unsigned option)
{
    telnet_negotiate(n->framer, (unsigned char)command, (unsigned char)option);
}

static void on_wish(struct nvt *n, uint8_t *state, bool allowed, unsigned yes, unsigned no, unsigned option)
{
    if (*state == NVT_OFF)
        answer(n, allowed ? yes : no, option);
    if (*state == NVT_ASKED || allowed)
        *state = NVT_ON;
}

static void on_refusal(struct nvt *n, uint8_t *state, unsigned no, unsigned option)
{
    if (*state == NVT_ON)
        answer(n, no, option);
    if (*state == NVT_ASKED && option == NVT_COM_PORT)
        n->refused_com_port = true;
    *state = NVT_OFF;
}

static void tell_size(struct nvt *n)
{
    static const uint8_t size[] = {COLUMNS >> 8, COLUMNS & 0xFF, ROWS >> 8, ROWS & 0xFF};
    nvt_subnegotiate(n, NVT_NAWS, size, sizeof size);
}

static void on_subnegotiation(struct nvt *n, unsigned option, const uint8_t *bytes, size_t len)
{
    static const char type[] = "\0VT100"; /* 0 is IS */
    if (option == NVT_COM_PORT && n->on_subnegotiation && len > 0)
        n->on_subnegotiation(n->context, bytes, len);
    if (option == NVT_TTYPE && n->us[NVT_TTYPE] == NVT_ON && len == 1 && bytes[0] == TTYPE_SEND)
        nvt_subnegotiate(n, NVT_TTYPE, type, sizeof type - 1);
}

static void add_text(struct nvt *n, const char *bytes, size_t len)
{
    if (n->him[NVT_BINARY] == NVT_ON) {
        n->after_cr = false;
        str_add(n->into, bytes, len);
        return;
    }
    while (len > 0) {
        if (n->after_cr && *bytes == '\0') {
            bytes++;
            len--;
        }
        const char *cr = memchr(bytes, '\r', len);
        size_t part = cr ? (size_t)(cr - bytes) + 1 : len;
        str_add(n->into, bytes, part);
        n->after_cr = cr != NULL;
        bytes += part;
        len -= part;
    }
}

/* The library's own reading of what is in a subnegotiation is not asked for; that it begins to inflate (MCCP), or drops one that
   has no end and takes the rest of it for text, ends the connection. errcode is not set by version 0.21. */
static void on_trouble(struct nvt *n, const telnet_event_t *event)
{
    if (event->type == TELNET_EV_COMPRESS)
        n->broken = "it compresses what it sends, though nobody agreed to that";
    else if (event->type == TELNET_EV_ERROR || strstr(event->error.msg, "limit reached"))
        n->broken = "it began a telnet subnegotiation that has no end";
}

static void on_event(telnet_t *framer, telnet_event_t *event, void *context)
{
    struct nvt *n = context;
    (void)framer;
    if (event->type == TELNET_EV_SEND) {
        str_add(&n->answers, event->data.buffer, event->data.size);
        return;
    }
    unsigned option = event->type >= TELNET_EV_WILL && event->type <= TELNET_EV_DONT ? event->neg.telopt : 0;
    bool had_it = n->us[option] == NVT_ON;
    if (n->broken)
        return;
    switch (event->type) {
    case TELNET_EV_DATA:
        add_text(n, event->data.buffer, event->data.size);
        break;
    case TELNET_EV_WILL:
        on_wish(n, &n->him[option], may_be_his(n, option), TELNET_DO, TELNET_DONT, option);
        break;
    case TELNET_EV_DO:
        on_wish(n, &n->us[option], may_be_ours(n, option), TELNET_WILL, TELNET_WONT, option);
        if (option == NVT_NAWS && !had_it)
            tell_size(n);
        break;
    case TELNET_EV_WONT:
        on_refusal(n, &n->him[option], TELNET_DONT, option);
        break;
    case TELNET_EV_DONT:
        on_refusal(n, &n->us[option], TELNET_WONT, option);
        break;
    case TELNET_EV_SUBNEGOTIATION:
        on_subnegotiation(n, event->sub.telopt, (const uint8_t *)event->sub.buffer, event->sub.size);
        break;
    case TELNET_EV_COMPRESS:
    case TELNET_EV_WARNING:
    case TELNET_EV_ERROR:
        on_trouble(n, event);
        break;
    default: /* AYT, GA, NOP, a break of the far side: nothing for a client to do */
        break;
    }
}

static bool choose_cr(struct nvt *n, const struct uri *uri, struct err *e)
{
    static const char *const words[] = {[NVT_CR_NUL] = "crnul", [NVT_CR_LF] = "crlf", [NVT_CR_BARE] = "cr"};
    const char *usual = n->stream.options->telnet_cr;
    const char *word = uri_option(uri, "cr", usual ? usual : words[NVT_CR_NUL]);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0) {
            n->cr = (enum nvt_cr)i;
            return true;
        }
    return err_set(e, ERR_USAGE, "console URI: cr=%.40s: one of crnul, crlf, cr", word);
}

bool nvt_open(struct nvt *n, const struct uri *uri, const struct transport_options *options,
              const char *const *names, unsigned port, struct err *e)
{
    stream_init(&n->stream, options);
    if (!uri_check_options(uri, names, e) || !choose_cr(n, uri, e))
        return false;
    n->framer = telnet_init(NULL, on_event, TELNET_FLAG_PROXY, n);
    if (!n->framer)
        return err_set(e, ERR_FAILED, "no memory for the telnet connection");
    return stream_connect(&n->stream, uri, port, e);
}

void nvt_offer(struct nvt *n, enum nvt_option option)
{
    if (n->us[option] != NVT_OFF)
        return;
    n->us[option] = NVT_ASKED;
    answer(n, TELNET_WILL, option);
}

void nvt_request(struct nvt *n, enum nvt_option option)
{
    if (n->him[option] != NVT_OFF)
        return;
    n->him[option] = NVT_ASKED;
    answer(n, TELNET_DO, option);
}

void nvt_subnegotiate(struct nvt *n, enum nvt_option option, const void *bytes, size_t len)
{
    telnet_subnegotiation(n->framer, (unsigned char)option, bytes, len);
}

bool nvt_flush(struct nvt *n, struct err *e)
{
    bool ok = stream_write(&n->stream, n->answers.data, n->answers.len, e);
    str_reset(&n->answers);
    return ok;
}

bool nvt_read_some(struct nvt *n, struct str *into, int64_t until_ms, struct err *e)
{
    struct str raw = {0};
    bool ok = stream_read(&n->stream, &raw, until_ms, e);
    n->into = into;
    if (ok && raw.len && !n->broken)
        telnet_recv(n->framer, raw.data, raw.len);
    n->into = NULL;
    str_clear(&raw);
    if (ok && n->broken)
        return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "given up: %s; is this a telnet port?",
                        n->broken);
    return ok && nvt_flush(n, e);
}

bool nvt_read(struct nvt *n, struct str *into, int64_t until_ms, struct err *e)
{
    size_t before = into->len;
    struct err why = {0};
    do {
        if (!nvt_read_some(n, into, until_ms, &why) && into->len == before) {
            if (e)
                *e = why;
            return false;
        }
    } while (into->len == before && stream_now_ms(&n->stream) < until_ms);
    return true; /* what was wrong behind these bytes is said again by the next call */
}

/* CRs as the far side wants them; telnet_send doubles the IACs. */
static void encode(struct nvt *n, const char *bytes, size_t len)
{
    bool as_is = n->us[NVT_BINARY] == NVT_ON || n->cr == NVT_CR_BARE;
    while (len > 0) {
        const char *cr = as_is ? NULL : memchr(bytes, '\r', len);
        size_t part = cr ? (size_t)(cr - bytes) + 1 : len;
        telnet_send(n->framer, bytes, part);
        if (cr)
            telnet_send(n->framer, n->cr == NVT_CR_LF ? "\n" : "\0", 1);
        bytes += part;
        len -= part;
    }
}

bool nvt_write(struct nvt *n, const void *bytes, size_t len, struct err *e)
{
    const char *p = bytes;
    while (len > 0) {
        size_t part = len < PIECE_BYTES ? len : PIECE_BYTES;
        encode(n, p, part);
        if (!nvt_flush(n, e))
            return false;
        p += part;
        len -= part;
    }
    return true;
}

bool nvt_send_break(struct nvt *n, struct err *e)
{
    telnet_iac(n->framer, TELNET_BREAK);
    return nvt_flush(n, e);
}

bool nvt_send_sync(struct nvt *n, struct err *e)
{
    static const unsigned char sync[] = {TELNET_IAC, TELNET_DM};
    if (send(n->stream.fd, sync, sizeof sync, MSG_OOB | MSG_NOSIGNAL) == (ssize_t)sizeof sync)
        return true;
    return err_errno(e, "cannot send a telnet sync");
}

void nvt_clear(struct nvt *n)
{
    if (n->framer)
        telnet_free(n->framer);
    n->framer = NULL;
    stream_clear(&n->stream);
    str_clear(&n->answers);
}
