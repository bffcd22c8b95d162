/* The inside of a paste: the lines as they will be typed. For session/paste*.c only. */
#ifndef SESSION_PASTE_H
#define SESSION_PASTE_H

#include "session/change.h"
#include "session/inner.h"

enum { PASTE_STALL_MS = 30 * 1000, PASTE_ECHO_STALL_MS = 2000, PASTE_TRIES = 3 };

struct paste_line {
    const char *text; /* not terminated */
    size_t len;
    unsigned number; /* in what was given, from 1; 0: the step's own command */
    bool alone;      /* its end brings no prompt: a banner's text is going on */
    bool cutting;    /* may change prompt or login */
    uint64_t event;  /* its row's, where it was typed ahead */
};

struct paste_lines {
    struct paste_line *items;
    size_t count, total_bytes;
};

/* Blank lines and bare comments bring nothing and are left out, except where lines have no prompt. */
bool paste_split(const struct session *s, const struct procedure_step *step, const struct paste *what,
                 struct paste_lines *out, struct err *e);
/* What is logged for the line; its secrets are masked from here on wherever they come, by their hash. */
void paste_show(struct session *s, const struct paste_line *line, struct str *shown);

/* A paste that is under way. */
struct pasting {
    struct session *s;
    const struct procedure_step *step;
    const struct change_watch *watch;
    struct paste_result *out;
    struct paste_lines lines;
    size_t window, done_bytes;
    enum state mode;
    size_t at;           /* the line being typed */
    size_t typed, acked; /* of it */
    bool rowed;          /* its row is on disk */
    bool ready;          /* its prompt is there */
    bool returning;      /* the end of the line before was typed and has not come back */
    bool
        fresh; /* nothing has come back of the first line without a prompt: the switch may still explain itself */
    bool in_row; /* the row began with the prompt */
    size_t from; /* characters that stood in rows before, which a log line ended */
    size_t
        broken_at; /* characters of it in a row that ended before its time; 0: none did; SIZE_MAX: nothing explains it */
    bool noise_since;     /* a log line may explain it */
    struct str prompt;    /* of the line being typed, or while returning of the one before */
    size_t prompt_blanks; /* that the first prompt, seen in silence, ends in */
    size_t lead;          /* bytes before it in its row: what was typed ahead was echoed twice */
    struct str shown, output, answer_shown;
    uint64_t answer_event;    /* of the line before */
    bool counted, cut_prompt; /* clearing erased the end of the prompt on the screen */
    bool
        noise_after; /* a log line came since the line before came back whole: it may have ended that row, and not we */
    unsigned tries, looks; /* of this line */
    unsigned heard;        /* rows of output of the line before */
    bool drawing, drawn;   /* the key that shows the line anew was pressed; a row has ended since */
    bool end_typed;        /* the bytes that close the paste */
    enum failure refusal;
    uint64_t raw_at_return, event, received_from;
    int64_t began_ms, told_ms, returned_us;
    /* Lines typed ahead with their returns: `at` is the one whose echo is awaited, these say how far the typing is. */
    bool going_ahead;
    size_t next, next_typed; /* the line being typed, and how much of it */
    size_t pending;          /* bytes typed whose row has not come back whole */
    bool broke,
        explained; /* the row was ended before its time, `from` characters of it are there; and by a log line */
    const char *damage; /* of the line `at`: what came back otherwise */
};

/* paste.c */
bool paste_type(struct pasting *p, const char *bytes, size_t len, const char *shown, struct err *e);
bool paste_prompt_and_more(const struct pasting *p, const char *text, size_t len); /* of the mode */
bool paste_fail_asked(struct pasting *p, struct err *e);
bool paste_fail_logged_out(struct pasting *p, struct err *e);

bool paste_read(struct pasting *p, int64_t until_ms, struct err *e);

/* paste_clear.c */
bool paste_clear(struct pasting *p, struct err *e); /* what was typed of a line is gone, for sure */
bool paste_look_again(struct pasting *p,
                      struct err *e); /* has the line shown anew; its prompt is to be found then */

/* paste_ahead.c */
bool paste_goes_ahead(struct pasting *p); /* from here on, or still */
bool paste_ahead(struct pasting *p, struct err *e);
int64_t paste_ahead_wait_ms(const struct pasting *p);
void paste_ahead_settle(struct pasting *p); /* it failed: waits until what was typed is over */

/* paste_echo.c */
void paste_hear_output(struct pasting *p, const char *text, size_t len);
void paste_count_line(struct pasting *p);
/* Where a prompt ends and what was typed ahead begins; SIZE_MAX: no prompt yet. */
size_t paste_find_prompt(const struct pasting *p, const char *text, size_t len, size_t *lead);
const struct paste_line *paste_line_at(const struct pasting *p, size_t at);
unsigned paste_line_number(const struct pasting *p, size_t at);
bool paste_fail(struct pasting *p, enum err_code code, size_t at, const char *why, struct err *e);
/* The row is the prompt (or goes on from the one before) and `rest` behind it. */
bool paste_row_shows(const struct str *prompt, bool in_row, const char *text, size_t len, const char **rest,
                     size_t *rest_len);
size_t paste_common(const char *a, size_t a_len, const char *b, size_t b_len);
void paste_see_redraw(struct pasting *p, const char *text, size_t len);
bool paste_shows_line_before(const struct pasting *p, const char *text, size_t len);
line_sink paste_hear;
void paste_take_prompt(struct pasting *p, const char *text, size_t len, size_t lead);
void paste_arrive(struct pasting *p, const char *text, size_t len, size_t lead); /* the line before is done */
bool paste_look_for_prompt(struct pasting *p, const char *text, size_t len);
bool paste_quiet(const struct pasting *p);
enum state paste_prompt_state(const struct pasting *p);
/* How much of the line being typed the row shows; false: something else stands there. */
bool paste_judge_echo(struct pasting *p, const char *text, size_t len);
/* Echo that was lost made the screen shorter than the line: clearing it went on into the prompt, which proves that it was cleared. */
bool paste_erased_too_much(const struct pasting *p);
bool paste_stands_at_prompt(const struct pasting *p); /* and nothing behind it */

#endif
