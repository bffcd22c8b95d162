/* A telnet connection, RFC 854: bytes framed, options negotiated, carriage returns as the far side wants them. */
#ifndef TRANSPORT_NVT_H
#define TRANSPORT_NVT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/stream.h"

enum nvt_option {
    NVT_BINARY = 0,
    NVT_ECHO = 1,
    NVT_SGA = 3,
    NVT_TTYPE = 24,
    NVT_NAWS = 31,
    NVT_COM_PORT = 44,
    NVT_OPTION_COUNT = 256
};
enum nvt_state { NVT_OFF = 0, NVT_ASKED, NVT_ON };
/* What becomes of a CR while BINARY is not agreed in our direction. */
enum nvt_cr { NVT_CR_NUL, NVT_CR_LF, NVT_CR_BARE };

struct telnet_t;

struct nvt {
    struct stream stream;
    struct telnet_t *framer;
    uint8_t us[NVT_OPTION_COUNT], him[NVT_OPTION_COUNT]; /* enum nvt_state */
    bool com_port;                                       /* option 44 may be agreed on */
    bool refused_com_port;                               /* it was asked for, and the answer was no */
    enum nvt_cr cr;
    bool after_cr;      /* the last byte that came was a CR of NVT text: a NUL behind it is its second half */
    struct str answers; /* to be sent */
    struct str *into;   /* while reading */
    const char *broken; /* why no further byte of the far side can be trusted; NULL */
    void (*on_subnegotiation)(void *context, const uint8_t *bytes,
                              size_t len); /* of option 44; NULL: not wanted */
    void *context;
};

/* Connects. Says nothing by itself: the port may be a raw one, and every byte of ours would go to the switch.
   The URI's option cr (else telnet_cr) is crnul, crlf or cr; `names` are all the options that it may have. */
bool nvt_open(struct nvt *n, const struct uri *uri, const struct transport_options *options,
              const char *const *names, unsigned port, struct err *e);
/* Asks for an option: ours (WILL) or the far side's (DO). */
void nvt_offer(struct nvt *n, enum nvt_option option);
void nvt_request(struct nvt *n, enum nvt_option option);
void nvt_subnegotiate(struct nvt *n, enum nvt_option option, const void *bytes, size_t len);
bool nvt_flush(struct nvt *n, struct err *e); /* sends what the three above left to be sent */
/* As transport_read, but it may return early with nothing when only negotiation came. */
bool nvt_read_some(struct nvt *n, struct str *into, int64_t until_ms, struct err *e);
bool nvt_read(struct nvt *n, struct str *into, int64_t until_ms, struct err *e);
bool nvt_write(struct nvt *n, const void *bytes, size_t len, struct err *e);
bool nvt_send_break(struct nvt *n, struct err *e); /* IAC BRK */
bool nvt_send_sync(struct nvt *n, struct err *e);  /* IAC DM as urgent data: a break for servers told so */
void nvt_clear(struct nvt *n);

#endif
