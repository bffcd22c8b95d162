/* Private keys in PEM (RFC 7468): what stands between BEGIN and END is judged line by line. */
#include "base/redact_self.h"

#include <string.h>

enum { PEM_LINE_MAX_BYTES = 256, PEM_MAX_LINES = 400, PEM_MAX_FOREIGN = 3 };

static bool is_base64(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("+/=", c));
}

/* Among foreign lines a short word is no longer taken for a line of the key. */
static bool is_key_line(const struct redact *r)
{
    const char *line = str_cstr(&r->held) + strspn(str_cstr(&r->held), " \t\r\n");
    size_t len = 0;
    if (str_starts(line, "Proc-Type:") || str_starts(line, "DEK-Info:") || str_starts(line, "Comment:"))
        return true;
    while (is_base64(line[len]))
        len++;
    if (line[len + strspn(line + len, " \t\r\n")])
        return false;
    return r->pem_foreign == 0 || len >= 16 || (len > 0 && line[len - 1] == '=');
}

static void drop_key_line(struct redact *r)
{
    if (!r->pem_shown)
        str_add_cstr(r->out, REDACT_TOKEN "\r\n");
    r->pem_shown = true;
    r->pem_foreign = 0;
    r->held.len = 0;
}

static void show_foreign_line(struct redact *r)
{
    bool nothing;
    bool ends = strstr(str_cstr(&r->held), "-----END") != NULL;
    r->in_pem = false;
    redact_again(r, &nothing);
    r->in_pem = !ends;
}

static void judge_key_line(struct redact *r)
{
    if (is_key_line(r))
        drop_key_line(r);
    else
        show_foreign_line(r);
}

/* Lines of a key are dropped; a pager or a log line among them is shown. Too many of those, or END, and the key is over. */
void redact_step_pem(struct redact *r, unsigned char c)
{
    bool anew = c == '\b' || (r->bare_cr && c != '\n' && c != '\r');
    if (anew && r->held.len > 0)
        judge_key_line(r);
    r->bare_cr = c == '\r';
    if (anew && c == '\b') {
        redact_emit(r, c);
        r->mode = REDACT_PLAIN;
        return;
    }
    r->mode = REDACT_PEM_LINE;
    str_add_char(&r->held, (char)c);
    if (c != '\n' && r->held.len < PEM_LINE_MAX_BYTES)
        return;
    r->pem_foreign += c == '\n' && !is_key_line(r) && strcspn(r->held.data, "\r\n") > 0;
    judge_key_line(r);
    r->mode = REDACT_PLAIN;
    r->bare_cr = false;
    if (c == '\n' && (++r->pem_lines > PEM_MAX_LINES || r->pem_foreign >= PEM_MAX_FOREIGN))
        r->in_pem = false;
}

void redact_flush_pem(struct redact *r)
{
    static const char dashes[] = "-----";
    if (r->held.len == 0 || is_key_line(r) || strstr(r->held.data, dashes) ||
        str_starts(dashes, r->held.data))
        return;
    r->pem_foreign++;
    show_foreign_line(r);
    r->mode = REDACT_PLAIN;
    r->pem_plain = true;
}
