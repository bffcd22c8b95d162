/* Translates patterns and matches them, for patterns_peer.py, which compares with Python's re. A line of input is
   PATTERN <tab> SUBJECT <tab> SUBJECT … in hexadecimal; a line of output has one answer a subject: R refused, N no match,
   G gave up, or start,end of all groups; byte offsets, "-" for a group left out. Lines go the way the engine sends them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/str.h"
#include "parse/pattern.h"
#include "text/regex.h"

enum { SPANS_MAX = 100 };

static size_t unhex(char *hex)
{
    size_t n = 0;
    for (char *p = hex; p[0] && p[1]; p += 2) {
        char pair[3] = {p[0], p[1], '\0'};
        hex[n++] = (char)strtoul(pair, NULL, 16);
    }
    hex[n] = '\0';
    return n;
}

static bool is_plain(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] >= 0x7F || (s[i] >= 0x1C && s[i] <= 0x1F))
            return false;
    return true;
}

static void print_spans(const struct regex_span *spans, unsigned count)
{
    for (unsigned i = 0; i <= count; i++)
        if (spans[i].start == REGEX_UNSET)
            printf("%s-", i ? ";" : "");
        else
            printf("%s%zu,%zu", i ? ";" : "", spans[i].start, spans[i].end);
}

static struct regex *compiled(const struct pattern *pattern, unsigned flags, const char **why)
{
    static struct err e;
    struct regex *re = regex_new(pattern->text, REGEX_ANCHORED | flags, &e);
    *why = e.msg;
    return re;
}

struct pair {
    struct pattern pattern;
    struct regex *re;
};

static void answer(struct pair *ascii, struct pair *unicode, const char *subject, size_t len)
{
    bool plain = is_plain(subject, len);
    struct pair *use = plain && ascii->pattern.ascii_form ? ascii : unicode;
    struct head_line line = {subject, len, 0};
    while (plain && line.blanks < len && (subject[line.blanks] == ' ' || subject[line.blanks] == '\t'))
        line.blanks++;
    enum head_answer head = plain ? head_test(&ascii->pattern.head, &line) : HEAD_PERHAPS;
    struct regex_span spans[SPANS_MAX];
    enum regex_result r = regex_match(use->re, subject, len, 0, spans, SPANS_MAX);
    if ((head == HEAD_NO && r == REGEX_MATCH) || (head == HEAD_YES && r == REGEX_NO_MATCH))
        printf("\tHEAD");
    else if (r == REGEX_MATCH)
        putchar('\t'), print_spans(spans, use->pattern.group_count);
    else
        printf("\t%c", r == REGEX_NO_MATCH ? 'N' : 'G');
}

static void judge(char *line)
{
    struct arena arena = {0};
    struct err e = {0};
    struct pair ascii = {0}, unicode = {0};
    char *subjects = strchr(line, '\t');
    *subjects++ = '\0';
    size_t len = unhex(line);
    const char *why = e.msg;
    bool good = pattern_translate(line, len, PATTERN_ASCII, &arena, &ascii.pattern, &e) &&
                pattern_translate(line, len, PATTERN_UNICODE, &arena, &unicode.pattern, &e);
    if (good) {
        unicode.re = compiled(&unicode.pattern, 0, &why);
        ascii.re = ascii.pattern.ascii_form ? compiled(&ascii.pattern, REGEX_BYTES, &why) : NULL;
        good = unicode.re && (ascii.re || !ascii.pattern.ascii_form);
    }
    printf("%s", good ? "ok" : ascii.pattern.unsure || !ascii.pattern.text ? why : "LATE ");
    if (!good && ascii.pattern.text)
        printf("%s", why);
    for (char *subject = strtok(subjects, "\t\n"); good && subject; subject = strtok(NULL, "\t\n")) {
        size_t subject_len = unhex(subject);
        answer(&ascii, &unicode, subject, subject_len);
    }
    putchar('\n');
    regex_free(ascii.re);
    regex_free(unicode.re);
    arena_clear(&arena);
}

int main(void)
{
    static char line[1 << 20];
    while (fgets(line, sizeof line, stdin))
        judge(line);
    return 0;
}
