#include "cli/evidence.h"

#include <string.h>

#include "cli/screen.h"

enum { CONTEXT_LINES = 2, FIRST_LINES = 12 };

static bool word_at(const char *line, size_t len, const char *at, size_t n)
{
    const char *end = at + n;
    bool starts = at == line || at[-1] == ' ',
         ends = end == line + len || *end == ' ' || *end == ',' || *end == '\r';
    return starts && ends;
}

/* The last place where it stands as a word of its own (a status stands at the end of its row), else the last place at all. */
static const char *place_of(const char *line, size_t len, const char *raw)
{
    size_t n = strlen(raw);
    const char *last = NULL, *word = NULL;
    for (const char *p = line; n && (p = memmem(p, (size_t)(line + len - p), raw, n)); p++) {
        last = p;
        word = word_at(line, len, p, n) ? p : word;
    }
    return word ? word : last;
}

static void print_underlined(const char *line, size_t len, const char *raw, const char *at)
{
    struct str before = {0};
    screen_print_block(stdout, line, len, "    ");
    str_add_escaped(&before, line, (size_t)(at - line));
    printf("    %*s", (int)screen_columns(str_cstr(&before)), "");
    for (size_t n = screen_columns(raw); n > 0; n--)
        putchar('^');
    putchar('\n');
    str_clear(&before);
}

static void print_coloured(const char *line, size_t len, const char *raw, const char *at)
{
    struct str out = {0}, word = {0};
    size_t n = strlen(raw), before = (size_t)(at - line);
    str_add_cstr(&out, "    ");
    str_add_escaped(&out, line, before);
    str_add_escaped(&word, at, n);
    screen_colour(&out, true, COLOUR_RED, str_cstr(&word));
    str_add_escaped(&out, at + n, len - before - n);
    puts(str_cstr(&out));
    str_clear(&out);
    str_clear(&word);
}

static void print_line(const char *line, size_t len, const char *raw)
{
    const char *at = place_of(line, len, raw);
    if (!at)
        screen_print_block(stdout, line, len, "    ");
    else if (screen_has_colours(stdout))
        print_coloured(line, len, raw, at);
    else
        print_underlined(line, len, raw, at);
}

/* A row of an answer may begin lines before its cell: the line of the cell is the one to show. */
static long long line_of(const char *answer, long long line, const char *raw)
{
    long long number = 1;
    for (const char *p = answer; line && *raw && *p; number++) {
        const char *end = strchrnul(p, '\n');
        if (number >= line && place_of(p, (size_t)(end - p), raw))
            return number;
        p = *end ? end + 1 : end;
    }
    return line;
}

void evidence_print(const char *answer, long long line, const char *raw)
{
    long long number = 1, wanted = line_of(answer, line, raw);
    for (const char *p = answer; *p; number++) {
        const char *end = strchrnul(p, '\n');
        bool near = wanted == 0 ? number <= FIRST_LINES
                                : number >= wanted - CONTEXT_LINES && number <= wanted + CONTEXT_LINES;
        if (number == wanted)
            print_line(p, (size_t)(end - p), raw);
        else if (near)
            screen_print_block(stdout, p, (size_t)(end - p), "    ");
        p = *end ? end + 1 : end;
    }
}
