/* Escape sequences after ECMA-48 and what xterm and the Linux console make of them. The parser is a state machine of one byte a
   step, so that no cut of the stream can show; only runs of printable ASCII are taken as a whole. */
#include "session/terminal.h"

#include <string.h>

#include "base/mem.h"
#include "session/row.h"

enum { ESC = 0x1B, CAN = 0x18, SUB = 0x1A, DEL = 0x7F };
enum { CSI_MAX_BYTES = 256, STRING_MAX_BYTES = 64 * 1024, PARAM_COUNT = 4, PARAM_MOST = 9999 };

enum place { GROUND, IN_ESC, IN_CHARSET, IN_CSI, IN_STRING, IN_STRING_ESC };

struct cursor {
    long row;   /* counted from the first line; absolute once a cursor address was seen */
    bool known; /* row is absolute */
    size_t column;
};

struct terminal {
    terminal_line *line;
    void *ctx;
    struct row *row;
    enum place place;
    size_t escape_bytes;
    unsigned params[PARAM_COUNT], param_count;
    bool private_csi, plain_csi; /* CSI ? … ; CSI without intermediates */
    unsigned char partial[4];    /* of a UTF-8 sequence */
    size_t partial_len;
    struct cursor here;  /* row of the line that is being written */
    struct cursor away;  /* where the cursor was sent instead */
    struct cursor saved; /* ESC 7 */
    bool is_away;
    bool overlong;
    struct terminal_counts counts;
};

struct terminal *terminal_new(terminal_line *line, void *ctx)
{
    struct terminal *t = MEM_NEW(struct terminal);
    t->line = line;
    t->ctx = ctx;
    t->row = MEM_NEW(struct row);
    return t;
}

void terminal_free(struct terminal *t)
{
    if (!t)
        return;
    row_clear(t->row);
    mem_free(t->row);
    mem_free(t);
}

void terminal_reset(struct terminal *t)
{
    struct row *row = t->row;
    row_reset(row);
    *t = (struct terminal){.line = t->line, .ctx = t->ctx, .row = row};
}

const char *terminal_unfinished(const struct terminal *t, size_t *len)
{
    return row_text(t->row, len);
}

bool terminal_in_escape(const struct terminal *t)
{
    return t->place != GROUND;
}

static struct cursor cursor_now(const struct terminal *t)
{
    if (t->is_away)
        return t->away;
    return (struct cursor){.row = t->here.row, .known = t->here.known, .column = t->row->pen};
}

bool terminal_returned(const struct terminal *t)
{
    size_t len;
    terminal_unfinished(t, &len);
    return len > 0 && cursor_now(t).column == 0;
}

bool terminal_overlong(const struct terminal *t)
{
    return t->overlong;
}

const struct terminal_counts *terminal_counts(const struct terminal *t)
{
    return &t->counts;
}

static void finish_line(struct terminal *t)
{
    size_t len;
    const char *text = row_text(t->row, &len);
    t->counts.lines++;
    if (t->line)
        t->line(t->ctx, text, len);
    row_reset(t->row);
}

static void finish_line_if_any(struct terminal *t)
{
    if (!row_is_empty(t->row))
        finish_line(t);
    row_reset(t->row);
}

/* Something is about to be written: if the cursor was sent to another row, this is the moment the old line is over. */
static void settle(struct terminal *t)
{
    if (!t->is_away)
        return;
    finish_line_if_any(t);
    t->here = t->away;
    t->is_away = false;
    row_move(t->row, t->away.column);
}

static void cut_line(struct terminal *t)
{
    t->overlong = true;
    finish_line(t);
}

static void put_run(struct terminal *t, const char *text, size_t len)
{
    struct row *r = t->row;
    settle(t);
    while (len > 0) {
        size_t over = r->width > r->pen ? r->width - r->pen : 0;
        size_t gap = r->pen > r->width ? r->pen - r->width : 0;
        size_t room = over;
        if (over == 0)
            room = r->bytes + gap < TERMINAL_LINE_MAX_BYTES ? TERMINAL_LINE_MAX_BYTES - r->bytes - gap : 0;
        if (room == 0) {
            cut_line(t);
            continue;
        }
        size_t n = len < room ? len : room;
        row_put_ascii(r, text, n);
        text += n;
        len -= n;
    }
}

static void put_cell(struct terminal *t, uint32_t cell)
{
    settle(t);
    if (t->row->bytes + row_growth(t->row, cell) > TERMINAL_LINE_MAX_BYTES)
        cut_line(t);
    row_put(t->row, cell);
}

static void line_feed(struct terminal *t)
{
    if (t->is_away)
        settle(t);
    finish_line(t);
    t->here.row++;
    t->here.known = false; /* the screen may have scrolled */
}

static void move_to(struct terminal *t, struct cursor to)
{
    bool same = to.row == t->here.row && to.known == t->here.known;
    if (same) {
        t->is_away = false;
        row_move(t->row, to.column);
        return;
    }
    t->counts.screen_moves++;
    t->is_away = true;
    t->away = to;
}

static void move_rows(struct terminal *t, long rows, bool to_start)
{
    struct cursor to = cursor_now(t);
    to.row += rows;
    if (to.known && to.row < 1)
        to.row = 1;
    if (to_start)
        to.column = 0;
    move_to(t, to);
}

static void move_to_column(struct terminal *t, size_t column)
{
    if (t->is_away)
        t->away.column = column;
    else
        row_move(t->row, column);
}

static void erase_line(struct terminal *t, unsigned what)
{
    struct row *r = t->row;
    if (t->is_away)
        return;
    if (what == 0)
        row_erase(r, r->pen, r->width);
    else if (what == 1)
        row_erase(r, 0, r->pen + 1);
    else if (what == 2)
        row_erase(r, 0, r->width);
}

static void erase_screen(struct terminal *t, unsigned what)
{
    if (what < 2) {
        erase_line(t, what);
        return;
    }
    struct cursor now = cursor_now(t);
    t->counts.screen_moves++;
    finish_line_if_any(t);
    t->here = now;
    t->is_away = false;
    row_move(t->row, now.column);
}

static size_t param(const struct terminal *t, unsigned i, size_t otherwise)
{
    return i < t->param_count && t->params[i] ? t->params[i] : otherwise;
}

static void edit_line(struct terminal *t, char what)
{
    struct row *r = t->row;
    size_t n = param(t, 0, 1);
    if (t->is_away)
        return;
    if (what == 'P')
        row_delete(r, n);
    else if (what == '@')
        row_insert(r, n);
    else
        row_erase(r, r->pen, r->pen + n);
}

static void obey_csi(struct terminal *t, char final)
{
    struct cursor now = cursor_now(t);
    long n = (long)param(t, 0, 1);
    if (t->private_csi && final != 'K' && final != 'J')
        return;
    switch (final) {
    case 'A':
    case 'F':
        move_rows(t, -n, final == 'F');
        break;
    case 'B':
    case 'e':
    case 'E':
        move_rows(t, n, final == 'E');
        break;
    case 'C':
    case 'a':
        move_to_column(t, now.column + (size_t)n);
        break;
    case 'D':
        move_to_column(t, now.column > (size_t)n ? now.column - (size_t)n : 0);
        break;
    case 'G':
    case '`':
        move_to_column(t, (size_t)n - 1);
        break;
    case 'H':
    case 'f':
        move_to(t, (struct cursor){.row = n, .known = true, .column = param(t, 1, 1) - 1});
        break;
    case 'd':
        move_to(t, (struct cursor){.row = n, .known = true, .column = now.column});
        break;
    case 'J':
        erase_screen(t, (unsigned)param(t, 0, 0));
        break;
    case 'K':
        erase_line(t, (unsigned)param(t, 0, 0));
        break;
    case 'P':
    case '@':
    case 'X':
        edit_line(t, final);
        break;
    case 's':
        t->saved = now;
        break;
    case 'u':
        move_to(t, t->saved);
        break;
    default: /* SGR, modes, reports: nothing a person would read */
        break;
    }
}

static void begin(struct terminal *t, enum place place)
{
    t->place = place;
    t->escape_bytes = 0;
}

static void begin_csi(struct terminal *t)
{
    begin(t, IN_CSI);
    memset(t->params, 0, sizeof t->params);
    t->param_count = 0;
    t->private_csi = false;
    t->plain_csi = true;
}

static void step_esc(struct terminal *t, unsigned char c)
{
    t->place = GROUND;
    if (c == '[')
        begin_csi(t);
    else if (c == ']' || c == 'P' || c == '_' || c == '^' || c == 'X')
        begin(t, IN_STRING);
    else if (c >= 0x20 && c <= 0x2F)
        begin(t, IN_CHARSET);
    else if (c == '7')
        t->saved = cursor_now(t);
    else if (c == '8')
        move_to(t, t->saved);
    else if (c == 'D' || c == 'E')
        move_rows(t, 1, c == 'E');
    else if (c == 'M')
        move_rows(t, -1, false);
    else if (c == 'c')
        erase_screen(t, 2);
}

static void step_csi(struct terminal *t, unsigned char c)
{
    if (++t->escape_bytes > CSI_MAX_BYTES) {
        t->place = GROUND;
    } else if (c >= '0' && c <= '9') {
        t->param_count += t->param_count == 0;
        if (t->param_count <= PARAM_COUNT) {
            unsigned *p = &t->params[t->param_count - 1];
            *p = *p * 10 + (c - '0') > PARAM_MOST ? PARAM_MOST : *p * 10 + (c - '0');
        }
    } else if (c == ';' || c == ':') {
        t->param_count += t->param_count == 0 ? 2 : t->param_count <= PARAM_COUNT;
    } else if (c >= '<' && c <= '?') {
        t->private_csi = true;
    } else if (c >= 0x20 && c <= 0x2F) {
        t->plain_csi = false;
    } else if (c >= 0x40 && c <= 0x7E) {
        t->place = GROUND;
        t->param_count = t->param_count > PARAM_COUNT ? PARAM_COUNT : t->param_count;
        if (t->plain_csi)
            obey_csi(t, (char)c);
    }
}

static void step_string(struct terminal *t, unsigned char c)
{
    if (t->place == IN_STRING_ESC) {
        t->place = GROUND; /* ESC \ ends it; any other ESC starts something new */
        if (c != '\\')
            step_esc(t, c);
    } else if (c == 0x07 || ++t->escape_bytes > STRING_MAX_BYTES) {
        t->place = GROUND;
    } else if (c == ESC) {
        t->place = IN_STRING_ESC;
    }
}

static void step_control(struct terminal *t, unsigned char c)
{
    if (c == '\n') {
        line_feed(t);
    } else if (c == '\r') {
        if (t->is_away)
            t->away.column = 0;
        else
            t->row->pen = 0; /* what was written up to here stays written */
    } else if (c == '\b') {
        size_t column = cursor_now(t).column;
        move_to_column(t, column ? column - 1 : 0);
    } else if (c == '\t') {
        settle(t);
        put_run(t, "        ", row_tab(t->row));
    } else if (c == ESC) {
        begin(t, IN_ESC);
    } else if (c == 0) {
        t->counts.nul++;
    } else if (c != 0x07) {
        t->counts.control++;
    }
}

/* Also counts as text whatever a device sends in an old 8-bit character set. */
static void drop_partial(struct terminal *t)
{
    for (size_t i = 0; i < t->partial_len; i++) {
        t->counts.high++;
        put_cell(t, ROW_BYTE | t->partial[i]);
    }
    t->partial_len = 0;
}

static size_t sequence_len(unsigned char lead)
{
    return lead >= 0xC2 && lead <= 0xDF   ? 2
           : lead >= 0xE0 && lead <= 0xEF ? 3
           : lead >= 0xF0 && lead <= 0xF4 ? 4
                                          : 1;
}

static void step_high(struct terminal *t, unsigned char c)
{
    static const unsigned char lead_bits[] = {0, 0, 0x1F, 0x0F, 0x07};
    if (t->partial_len && (c & 0xC0) != 0x80)
        drop_partial(t);
    t->partial[t->partial_len++] = c;
    size_t want = sequence_len(t->partial[0]);
    if (t->partial_len < want)
        return;
    if (want == 1 || str_utf8_len(t->partial, want) != want) {
        drop_partial(t);
        return;
    }
    uint32_t cell = t->partial[0] & lead_bits[want];
    for (size_t i = 1; i < want; i++)
        cell = cell << 6 | (t->partial[i] & 0x3F);
    t->partial_len = 0;
    t->counts.printable += want;
    put_cell(t, cell);
}

static void step(struct terminal *t, unsigned char c)
{
    bool gives_up = c == '\r' || c == '\n' || c == CAN || c == SUB || (c == ESC && t->place != IN_STRING);
    if (t->place != GROUND && gives_up)
        t->place = GROUND;
    if (t->place == GROUND && c >= 0x80)
        step_high(t, c);
    else if (t->place == GROUND)
        step_control(t, c);
    else if (t->place == IN_ESC)
        step_esc(t, c);
    else if (t->place == IN_CSI)
        step_csi(t, c);
    else if (t->place == IN_CHARSET)
        t->place = c >= 0x20 && c <= 0x2F && ++t->escape_bytes < CSI_MAX_BYTES ? IN_CHARSET : GROUND;
    else
        step_string(t, c);
}

/* How many bytes from p on are printable ASCII; eight at a time. A false "no" cannot come: a borrow or carry starts only in a byte
   that is a hit itself, so a word without hits has no mark. */
static size_t printable_run(const unsigned char *p, size_t len)
{
    size_t i = 0;
    for (uint64_t w; i + sizeof w <= len; i += sizeof w) {
        memcpy(&w, p + i, sizeof w);
        uint64_t hits = (w | (w - 0x2020202020202020u) | (w + 0x0101010101010101u)) & 0x8080808080808080u;
        if (hits)
            break;
    }
    while (i < len && p[i] >= 0x20 && p[i] < DEL)
        i++;
    return i;
}

void terminal_feed(struct terminal *t, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    t->counts.bytes += len;
    for (size_t i = 0; i < len;) {
        if (t->partial_len && p[i] < 0x80)
            drop_partial(t);
        if (t->place == GROUND && t->partial_len == 0) {
            size_t run = printable_run(p + i, len - i);
            if (run) {
                t->counts.printable += run;
                put_run(t, (const char *)p + i, run);
                i += run;
                continue;
            }
        }
        step(t, p[i++]);
    }
}
