#include "cli/screen.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "text/json.h"

bool screen_is_terminal(FILE *f)
{
    return isatty(fileno(f)) == 1;
}

bool screen_has_colours(FILE *f)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return screen_is_terminal(f) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

static struct winsize window(FILE *f)
{
    struct winsize w = {0};
    if (ioctl(fileno(f), TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
        w = (struct winsize){.ws_col = 100, .ws_row = 24};
    return w;
}

unsigned screen_width(FILE *f)
{
    return window(f).ws_col;
}

unsigned screen_height(FILE *f)
{
    return window(f).ws_row ? window(f).ws_row : 24;
}

size_t screen_columns(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

void screen_put(struct str *out, const char *text, unsigned columns)
{
    struct str safe = {0};
    str_add_printable(&safe, text);
    size_t have = screen_columns(str_cstr(&safe));
    const char *p = str_cstr(&safe);
    if (have <= columns) {
        str_add_cstr(out, p);
        for (; have < columns; have++)
            str_add_char(out, ' ');
    } else if (columns > 0) {
        const char *end = p;
        for (unsigned n = 0; n < columns - 1; n++) {
            end++;
            while (((unsigned char)*end & 0xC0) == 0x80)
                end++;
        }
        str_add(out, p, (size_t)(end - p));
        str_add_cstr(out, "…");
    }
    str_clear(&safe);
}

void screen_colour(struct str *out, bool on, enum colour colour, const char *text)
{
    static const char *const codes[] = {"", "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[1m"};
    if (on && colour != COLOUR_NONE)
        str_printf(out, "%s%s\x1b[0m", codes[colour], text);
    else
        str_add_cstr(out, text);
}

enum colour screen_state_colour(const char *state)
{
    if (strcmp(state, "PASSED") == 0)
        return COLOUR_GREEN;
    if (strcmp(state, "FAILED") == 0)
        return COLOUR_RED;
    if (strcmp(state, "ERROR") == 0 || strcmp(state, "LOST") == 0 || strcmp(state, "CANCELLED") == 0 ||
        strcmp(state, "SKIPPED") == 0)
        return COLOUR_YELLOW;
    return COLOUR_NONE;
}

void screen_print_block(FILE *to, const char *text, size_t len, const char *indent)
{
    struct str safe = {0};
    while (len > 0) {
        const char *end = memchr(text, '\n', len);
        size_t line = end ? (size_t)(end - text) : len;
        str_reset(&safe);
        str_add_escaped(&safe, text, line);
        fprintf(to, "%s%s\n", indent, str_cstr(&safe));
        size_t used = line + (end != NULL);
        text += used;
        len -= used;
    }
    str_clear(&safe);
}

void screen_print_json_row(const char *table, const struct cell *cells, size_t count)
{
    struct str line = {0};
    struct json_writer w = {.out = &line};
    json_open_object(&w);
    if (table)
        json_put_text(&w, "table", table);
    for (size_t i = 0; i < count; i++) {
        json_key(&w, cells[i].column);
        if (cells[i].kind == CELL_INT)
            json_int(&w, cells[i].number);
        else if (cells[i].kind == CELL_REAL)
            json_number(&w, cells[i].real);
        else if (cells[i].kind == CELL_NULL)
            json_null(&w);
        else
            json_text_len(&w, cells[i].bytes, cells[i].len);
    }
    json_close_object(&w);
    fwrite(str_cstr(&line), 1, line.len, stdout);
    fputc('\n', stdout);
    str_clear(&line);
}

static const struct cell *find(const struct cell *cells, size_t count, const char *column)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(cells[i].column, column) == 0)
            return &cells[i];
    return NULL;
}

const char *cell_as_text(const struct cell *cells, size_t count, const char *column, char buffer[32])
{
    const struct cell *c = find(cells, count, column);
    if (!c || c->kind == CELL_NULL)
        return "";
    if (c->kind == CELL_INT)
        snprintf(buffer, 32, "%" PRId64, c->number);
    else if (c->kind == CELL_REAL)
        snprintf(buffer, 32, "%.2f", c->real);
    else
        return c->bytes ? c->bytes : "";
    return buffer;
}

long long cell_as_int(const struct cell *cells, size_t count, const char *column)
{
    const struct cell *c = find(cells, count, column);
    return c && c->kind == CELL_INT ? c->number : 0;
}
