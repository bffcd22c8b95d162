#include "cli/replay_report.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static void print_lines(const char *text, const char *indent)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        printf("%s%.*s\n", indent, (int)len, text);
        text += len + (text[len] == '\n');
    }
}

/* TAP: https://testanything.org/tap-version-13-specification.html; a # in a description begins a directive, so it is escaped. */
static void tap_put(const char *text)
{
    for (; *text; text++) {
        if (*text == '#')
            putchar('\\');
        putchar(*text == '\n' ? ' ' : *text);
    }
}

static void tap_begin(size_t files)
{
    printf("1..%zu\n", files);
}

static void tap_file(size_t number, const char *path, const struct replay_result *r)
{
    bool ok = r->end == REPLAY_OK || r->end == REPLAY_SKIPPED;
    printf("%sok %zu - ", ok ? "" : "not ", number);
    tap_put(path);
    if (r->end == REPLAY_SKIPPED) {
        printf(" # SKIP %s\n", str_cstr(&r->text));
        return;
    }
    printf(": ");
    tap_put(str_cstr(&r->text));
    putchar('\n');
    if (!ok && r->details.len) {
        puts("  ---");
        print_lines(str_cstr(&r->details), "  ");
        puts("  ...");
    }
}

static void tap_end(const struct replay_count *c)
{
    printf("# %zu passed, %zu failed, %zu skipped\n", c->by_end[REPLAY_OK],
           c->by_end[REPLAY_NOT_OK] + c->by_end[REPLAY_REFUSED], c->by_end[REPLAY_SKIPPED]);
}

/* docs.github.com: workflow commands; %, CR and LF are escaped, in a property also : and , . */
static void github_put(const char *text, const char *also)
{
    for (; *text; text++)
        if (strchr("%\r\n", *text) || strchr(also, *text))
            printf("%%%02X", (unsigned char)*text);
        else
            putchar(*text);
}

static unsigned line_of(const char *path, const struct replay_result *r)
{
    unsigned line = 1;
    const char *at = strstr(str_cstr(r->end == REPLAY_REFUSED ? &r->text : &r->details), path);
    if (at)
        sscanf(at + strlen(path), ":%u", &line);
    return line;
}

static void github_begin(size_t files)
{
    (void)files;
}

static void github_file(size_t number, const char *path, const struct replay_result *r)
{
    (void)number;
    if (r->end == REPLAY_OK || r->end == REPLAY_SKIPPED)
        return;
    printf("::error file=");
    github_put(path, ":,");
    printf(",line=%u,title=torstarter replay::", line_of(path, r));
    github_put(str_cstr(&r->text), "");
    github_put(r->details.len ? "\n" : "", "");
    github_put(str_cstr(&r->details), "");
    putchar('\n');
}

static void xml_put(const char *text)
{
    for (; *text; text++) {
        if (*text == '&')
            fputs("&amp;", stdout);
        else if (*text == '<')
            fputs("&lt;", stdout);
        else if (*text == '>')
            fputs("&gt;", stdout);
        else if (*text == '"')
            fputs("&quot;", stdout);
        else if ((unsigned char)*text < ' ' && *text != '\n')
            putchar('?');
        else
            putchar(*text);
    }
}

static void junit_begin(size_t files)
{
    printf(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"torstarter replay\" tests=\"%zu\">\n",
        files);
}

static void junit_file(size_t number, const char *path, const struct replay_result *r)
{
    (void)number;
    printf("  <testcase classname=\"replay\" name=\"");
    xml_put(path);
    printf("\" time=\"%lld.%03d\"", (long long)(r->virtual_ms / 1000), (int)(r->virtual_ms % 1000));
    if (r->end == REPLAY_OK) {
        puts("/>");
        return;
    }
    const char *what = r->end == REPLAY_SKIPPED ? "skipped" : r->end == REPLAY_REFUSED ? "error" : "failure";
    printf(">\n    <%s message=\"", what);
    xml_put(str_cstr(&r->text));
    printf("\">");
    xml_put(str_cstr(&r->details));
    printf("</%s>\n  </testcase>\n", what);
}

static void junit_end(const struct replay_count *c)
{
    (void)c;
    puts("</testsuite>");
}

const struct replay_format *replay_format_by_name(const char *name)
{
    static const struct replay_format formats[] = {{"tap", tap_begin, tap_file, tap_end},
                                                   {"github", github_begin, github_file, tap_end},
                                                   {"junit", junit_begin, junit_file, junit_end}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
