/* The line under a session: reads, feeds the terminal model, counts, masks and remembers. Writing is for proof.c alone. */
#ifndef SESSION_LINE_H
#define SESSION_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/mask.h"
#include "base/str.h"
#include "session/session.h"
#include "session/terminal.h"
#include "transport/transport.h"

enum { LINE_TAIL_BYTES = 4096, LINE_RAW_BYTES = 8192, LINE_SLICE_MS = 200 };

struct line {
    struct transport *transport;
    struct terminal *terminal;
    struct clock *clock;
    const struct cancel *cancel;
    const struct session_hooks *hooks;
    struct mask *mask_in, *mask_out;
    struct str chunk, shown;
    struct str tail;        /* the last masked bytes received */
    uint64_t received;      /* masked bytes received, as far as they could be shown */
    uint64_t raw_bytes;     /* bytes received, as they came */
    uint64_t writes;        /* how often something was sent */
    uint64_t raw_at_attach; /* raw_bytes when this connection began */
    uint64_t raw_at_send;   /* raw_bytes when something was last sent */
    int64_t last_byte_ms;   /* when the last byte came; before the first: when the line was opened */
    int64_t last_sent_ms;
    bool watch_raw; /* feed line by line and keep the bytes in `raw`: for the echo */
    struct str raw;
    bool lost;
    const struct attendant *attendant; /* is shown what comes; NULL: nobody */
};

void line_init(struct line *l, struct transport *take_transport, const struct session_options *options,
               terminal_line *finished, void *ctx);
/* Another connection in place of the one there is (closed here): nothing was typed into it yet. */
void line_take_transport(struct line *l, struct transport *take_transport);
void line_clear(struct line *l); /* closes the transport; bytes held back by the mask are shown first */
int64_t line_now_ms(const struct line *l);
int64_t line_quiet_ms(const struct line *l); /* since the last byte, either way */
/* Reads once, waiting until until_ms for the first byte; *got counts what came. `patient`: CANCEL_ASKED does not end it. */
bool line_read(struct line *l, int64_t until_ms, bool patient, size_t *got, struct err *e);
const char *line_unfinished(const struct line *l, size_t *len);
bool line_is(const struct line *l,
             const struct str *text); /* the unfinished line is exactly this, and not empty */
void line_show_held(struct line *l);  /* what the mask held back cannot become a secret any more */
/* Only for proof.c. */
bool line_write(struct line *l, const char *bytes, size_t len, bool is_secret, struct err *e);
/* The same, recorded as `shown`. */
bool line_write_as(struct line *l, const char *bytes, size_t len, const char *shown, struct err *e);
/* A person's keys; `stands_for` is recorded in their place where they are a secret nobody knows, else NULL. */
bool line_pass(struct line *l, const char *bytes, size_t len, const char *stands_for, struct err *e);

#endif
