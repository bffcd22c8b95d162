#include "session/row.h"

#include <string.h>

#include "base/mem.h"

enum { TAB_COLUMNS = 8 };

void row_clear(struct row *r)
{
    str_clear(&r->narrow);
    str_clear(&r->text);
    mem_free(r->wide);
    *r = (struct row){0};
}

void row_reset(struct row *r)
{
    r->narrow.len = r->text.len = 0;
    r->is_wide = r->has_blanks = false;
    r->width = r->bytes = r->pen = r->kept = r->shown = 0;
}

bool row_is_empty(const struct row *r)
{
    return r->width == 0;
}

static size_t cell_bytes(uint32_t cell)
{
    return cell < 0x80 || cell & ROW_BYTE ? 1 : cell < 0x800 ? 2 : cell < 0x10000 ? 3 : 4;
}

static void make_room(struct row *r, size_t cells)
{
    if (cells <= r->wide_cap)
        return;
    r->wide_cap = cells * 2 < 256 ? 256 : cells * 2;
    r->wide = mem_resize_array(r->wide, r->wide_cap, sizeof *r->wide);
}

static void widen(struct row *r)
{
    make_room(r, r->width);
    for (size_t i = 0; i < r->width; i++)
        r->wide[i] = (unsigned char)r->narrow.data[i];
    r->narrow.len = 0;
    r->is_wide = true;
    r->shown = 0;
}

/* Fills up with blanks to `width` cells. */
static void pad(struct row *r, size_t width)
{
    if (width <= r->width)
        return;
    size_t more = width - r->width;
    if (r->is_wide) {
        make_room(r, width);
        memset(r->wide + r->width, 0, more * sizeof *r->wide);
    } else {
        static const char blanks[64];
        for (size_t left = more; left > 0;) {
            size_t n = left < sizeof blanks ? left : sizeof blanks;
            str_add(&r->narrow, blanks, n);
            left -= n;
        }
    }
    r->has_blanks = true;
    r->width = width;
    r->bytes += more;
}

static void changed_from(struct row *r, size_t column)
{
    if (column < r->shown)
        r->shown = 0;
}

/* A space over something written wipes it out: pagers and spinners erase themselves so. */
static void overwrite_ascii(struct row *r, const char *text, size_t len)
{
    changed_from(r, r->pen);
    char *to = r->narrow.data + r->pen;
    for (size_t i = 0; i < len; i++) {
        to[i] = text[i] == ' ' ? '\0' : text[i];
        r->has_blanks |= text[i] == ' ';
    }
}

void row_put_ascii(struct row *r, const char *text, size_t len)
{
    if (r->is_wide) {
        for (size_t i = 0; i < len; i++)
            row_put(r, (unsigned char)text[i]);
        return;
    }
    pad(r, r->pen);
    size_t over = r->width - r->pen < len ? r->width - r->pen : len;
    if (over)
        overwrite_ascii(r, text, over);
    if (len > over) {
        str_add(&r->narrow, text + over, len - over);
        r->width += len - over;
        r->bytes += len - over;
    }
    r->pen += len;
    r->kept = r->pen;
}

void row_put(struct row *r, uint32_t cell)
{
    pad(r, r->pen);
    if (!r->is_wide)
        widen(r);
    if (r->pen < r->width) {
        changed_from(r, r->pen);
        if (cell == ' ')
            cell = 0;
        r->has_blanks |= cell == 0;
        r->bytes -= cell_bytes(r->wide[r->pen]);
    } else {
        make_room(r, r->width + 1);
        r->width++;
    }
    r->wide[r->pen++] = cell;
    r->bytes += cell_bytes(cell);
    r->kept = r->pen;
}

size_t row_tab(struct row *r)
{
    size_t next = (r->pen / TAB_COLUMNS + 1) * TAB_COLUMNS;
    if (r->pen < r->width)
        r->pen = next < r->width ? next : r->width;
    return next - r->pen;
}

size_t row_growth(const struct row *r, uint32_t cell)
{
    if (r->pen >= r->width)
        return r->pen - r->width + cell_bytes(cell);
    size_t before = r->is_wide ? cell_bytes(r->wide[r->pen]) : 1;
    size_t after = cell_bytes(cell);
    return after > before ? after - before : 0;
}

void row_move(struct row *r, size_t column)
{
    size_t most = r->width > ROW_MOVE_COLUMNS ? r->width : ROW_MOVE_COLUMNS;
    r->pen = column < most ? column : most;
    r->kept = r->pen < r->kept ? r->pen : r->kept;
}

static void cut(struct row *r, size_t width)
{
    if (r->is_wide)
        for (size_t i = width; i < r->width; i++)
            r->bytes -= cell_bytes(r->wide[i]);
    else
        r->bytes = r->narrow.len = width;
    r->width = width;
    r->kept = r->kept < width ? r->kept : width;
    changed_from(r, width);
    row_move(r, r->pen);
}

void row_erase(struct row *r, size_t from, size_t to)
{
    if (from >= r->width)
        return;
    if (to >= r->width) {
        cut(r, from);
        return;
    }
    if (r->width > ROW_EDIT_COLUMNS)
        return;
    changed_from(r, from);
    for (size_t i = from; i < to; i++)
        if (r->is_wide) {
            r->bytes -= cell_bytes(r->wide[i]) - 1;
            r->wide[i] = 0;
        } else {
            r->narrow.data[i] = '\0';
        }
    r->has_blanks = true;
}

static void shift(struct row *r, size_t to, size_t from)
{
    if (r->is_wide)
        memmove(r->wide + to, r->wide + from, (r->width - from) * sizeof *r->wide);
    else
        memmove(r->narrow.data + to, r->narrow.data + from, r->width - from);
}

void row_delete(struct row *r, size_t count)
{
    if (r->pen >= r->width || r->width > ROW_EDIT_COLUMNS)
        return;
    if (count > r->width - r->pen)
        count = r->width - r->pen;
    changed_from(r, r->pen);
    if (r->is_wide)
        for (size_t i = 0; i < count; i++)
            r->bytes -= cell_bytes(r->wide[r->pen + i]);
    else
        r->bytes -= count;
    shift(r, r->pen, r->pen + count);
    r->width -= count;
    if (!r->is_wide)
        r->narrow.len = r->width;
    r->kept = r->kept < r->pen ? r->kept : r->pen;
}

void row_insert(struct row *r, size_t count)
{
    if (r->pen >= r->width || r->width > ROW_EDIT_COLUMNS)
        return;
    if (count > ROW_MOVE_COLUMNS)
        count = ROW_MOVE_COLUMNS;
    size_t width = r->width;
    changed_from(r, r->pen);
    pad(r, width + count);
    r->width = width;
    shift(r, r->pen + count, r->pen);
    if (r->is_wide)
        memset(r->wide + r->pen, 0, count * sizeof *r->wide);
    else
        memset(r->narrow.data + r->pen, 0, count);
    r->width = width + count;
}

static bool is_blank(const struct row *r, size_t i)
{
    return r->is_wide ? r->wide[i] == 0 : r->narrow.data[i] == '\0';
}

/* Without the blanks at the end that nobody wrote; a row of nothing but blanks is empty. */
static size_t seen_width(const struct row *r)
{
    size_t width = r->width;
    while (width > 0 && is_blank(r, width - 1))
        width--;
    if (width == 0)
        return 0;
    return width < r->kept ? r->kept : width;
}

static void add_cell(struct str *out, uint32_t cell)
{
    size_t n = cell_bytes(cell);
    char b[4];
    if (n == 1) {
        b[0] = cell == 0 ? ' ' : (char)(cell & 0xFF);
    } else {
        static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
        for (size_t i = n - 1; i > 0; i--, cell >>= 6)
            b[i] = (char)(0x80 | (cell & 0x3F));
        b[0] = (char)(lead[n] | cell);
    }
    str_add(out, b, n);
}

const char *row_text(struct row *r, size_t *len)
{
    if (!r->is_wide && !r->has_blanks) {
        *len = r->narrow.len;
        return str_cstr(&r->narrow);
    }
    size_t width = r->has_blanks ? seen_width(r) : r->width;
    if (r->has_blanks || r->shown == 0 || r->shown > width)
        r->text.len = r->shown = 0;
    for (; r->shown < width; r->shown++)
        add_cell(&r->text, r->is_wide ? r->wide[r->shown] : (unsigned char)r->narrow.data[r->shown]);
    *len = r->text.len;
    return str_cstr(&r->text);
}
