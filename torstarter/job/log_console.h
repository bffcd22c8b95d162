/* A captured log as a console: commands are found by their echo behind a prompt, and answered with what stands below them. */
#ifndef JOB_LOG_CONSOLE_H
#define JOB_LOG_CONSOLE_H

#include "session/dialect.h"
#include "transport/transport.h"

struct log_console;

/* A bad line between the console and whoever reads it. */
struct log_line_fault {
    void (*opened)(void *ctx);
    /* Appends what arrives of the bytes; len 0: nothing was said. False: the connection breaks behind that. */
    bool (*pass)(void *ctx, int64_t now_ms, const char *bytes, size_t len, struct str *out);
    void *ctx;
};

/* The dialect is borrowed, the log is copied. What a log has not, and every session types, is made up: a login, the answer to an
   empty line, to a comment and to the settings of on_login. */
struct log_console *log_console_new(const struct dialect *d, const char *log, size_t len);
void log_console_free(struct log_console *c); /* NULL is fine */
void log_console_set_fault(struct log_console *c,
                           const struct log_line_fault *fault); /* borrowed; NULL: none */
int64_t log_console_now_ms(const struct log_console *c);
bool log_console_has_any(const struct log_console *c);
/* The first command that was typed and is not in the log; "" when all are. */
const char *log_console_lack(const struct log_console *c);
/* On a virtual clock of its own, whatever the options say. */
struct transport *log_console_open(struct log_console *c, const struct transport_options *options,
                                   struct err *e);

#endif
