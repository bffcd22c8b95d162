/* A console line: one switch at its end, at most one connection on it, and what is wrong with it. Locked inside. */
#ifndef SIM_LINE_H
#define SIM_LINE_H

#include "sim/scenario.h"

struct line;

enum { LINE_ENDING_MS = 300 };

struct line_counts {
    struct device_counts device;
    uint64_t connections, refused; /* refused: the port was held */
    uint64_t sent_bytes;           /* that reached the connection */
    enum device_state state;
    bool held;
};

/* Told for what is typed, on the thread of the connection, with the line locked. */
typedef void line_typed(void *ctx, const struct scenario_switch *sw, const struct device_typed *what);

struct line *line_new(const struct device_model *model, const struct scenario_switch *sw, line_typed *typed,
                      void *ctx);
void line_free(struct line *l);
const struct scenario_switch *line_switch(const struct line *l);
/* Waits, at most so long, for a connection that is just ending: who calls again at once should not find the port held. */
void line_wait_free(struct line *l, long wait_ms);
/* Takes the line for a connection. False when it is held: `holder` then is by whom. */
bool line_attach(struct line *l, int64_t now_us, const char **holder);
void line_detach(struct line *l,
                 int64_t now_us); /* the switch does not notice, unless the scenario says so */
void line_type(struct line *l, const void *bytes, size_t len, int64_t now_us);
/* Appends what has reached the connection by now, at most one chunk; call again until it gives nothing. False when the line
   is cut and the connection has to break. */
bool line_take(struct line *l, int64_t now_us, struct str *out);
int64_t line_due_us(struct line *l); /* when to look again; INT64_MAX: when something is typed */
void line_read_counts(struct line *l, struct line_counts *out);

#endif
