/* The switch's terminal line: echo, erase, and what a finished line means in each state. */
#include <stdio.h>
#include <string.h>

#include "sim/device_self.h"

enum {
    KEY_ABORT = 0x03,
    KEY_END = 0x04,
    KEY_BELL = 0x07,
    KEY_BACKSPACE = 0x08,
    KEY_KILL = 0x15,
    KEY_DELETE = 0x7f
};

static bool hidden(const struct device *d)
{
    return d->state == DEVICE_PASSWORD || d->state == DEVICE_ENABLE_PASSWORD;
}

static void echo(const struct device *d, const char *text, struct str *out)
{
    if (!hidden(d) && !d->setup->echo_off)
        str_add_cstr(out, text);
}

static void mask(struct str *text, const char *password)
{
    static const char stands[] = "{password}";
    size_t len = strlen(password);
    struct str out = {0};
    if (len == 0 || !strstr(str_cstr(text), password))
        return;
    for (const char *p = str_cstr(text), *hit; *p; p = hit + len) {
        hit = strstr(p, password);
        if (!hit) {
            str_add_cstr(&out, p);
            break;
        }
        str_add(&out, p, (size_t)(hit - p));
        str_add_cstr(&out, stands);
    }
    str_clear(text);
    *text = out;
}

/* A password is masked wherever it was typed, also at the wrong prompt; a user name that is the same word is not. */
static void tell(struct device *d, const char *line, bool changes)
{
    struct str text = {0};
    if (hidden(d) && *line)
        str_add_cstr(&text, "{password}");
    else
        str_add_cstr(&text, line);
    if (!hidden(d) && strcmp(line, d->setup->user) != 0) {
        mask(&text, d->setup->password);
        mask(&text, d->setup->enable_password);
    }
    bool exposed = !hidden(d) && d->state != DEVICE_CONFIG && d->state != DEVICE_PASTE &&
                   strcmp(str_cstr(&text), line) != 0; /* a password where it shows */
    bool foreign = d->state == DEVICE_SHELL && *line && strcmp(line, "exit") != 0;
    if (exposed || foreign)
        d->counts.unsafe_bytes += strlen(line);
    d->counts.lines++;
    d->typed(d->ctx,
             &(struct device_typed){d->state, str_cstr(&text), text.len, exposed || foreign, changes});
    str_clear(&text);
}

const char *device_password(const struct device *d)
{
    const struct regex *re = d->model->config.password;
    return re && !device_config_has(d, re) ? "" : d->setup->password;
}

const char *device_enable_password(const struct device *d)
{
    const struct regex *re = d->model->config.enable_password;
    return re && d->began_factory && !device_config_has(d, re) ? "" : d->setup->enable_password;
}

static void user_given(struct device *d, const char *line, int64_t now_us, struct str *out)
{
    (void)now_us;
    snprintf(d->user, sizeof d->user, "%s", line);
    if (!*line) {
        device_show_login(d, out);
    } else if (!*device_password(d) && strcmp(line, d->setup->user) == 0) {
        device_log_in(d, out);
    } else {
        d->state = DEVICE_PASSWORD;
        device_prompt(d, out);
    }
}

static void password_given(struct device *d, const char *line, int64_t now_us, struct str *out)
{
    if (!d->setup->refuses_passwords && strcmp(d->user, d->setup->user) == 0 &&
        strcmp(line, device_password(d)) == 0) {
        device_log_in(d, out);
        return;
    }
    d->counts.failed_logins++;
    d->pending = PENDING_LOGIN_FAILED;
    d->due_us = now_us + d->model->login_failed_delay_ms * 1000;
}

static void enable_given(struct device *d, const char *line, int64_t now_us, struct str *out)
{
    const char *failed = d->model->texts[DEVICE_TEXT_ENABLE_FAILED];
    (void)now_us;
    bool good = !d->setup->refuses_passwords && strcmp(line, device_enable_password(d)) == 0;
    d->state = good ? d->asked : d->back;
    if (!good)
        device_expand(d, failed, strlen(failed), out);
    device_prompt(d, out);
}

/* Whatever a shell of ours would answer: what is typed there is either nothing or a mistake. */
static void shell_given(struct device *d, const char *line, int64_t now_us, struct str *out)
{
    (void)now_us;
    if (strcmp(line, "exit") == 0)
        d->state = DEVICE_ENABLE;
    else if (*line)
        str_add_cstr(out, "-bash: command not found\r\n");
    device_prompt(d, out);
}

static void (*const finished[DEVICE_STATE_COUNT])(struct device *, const char *, int64_t, struct str *) = {
    [DEVICE_LOGIN] = user_given,  [DEVICE_PASSWORD] = password_given, [DEVICE_ENABLE_PASSWORD] = enable_given,
    [DEVICE_EXEC] = device_run,   [DEVICE_ENABLE] = device_run,       [DEVICE_CONFIG] = device_run,
    [DEVICE_SHELL] = shell_given, [DEVICE_ASKING] = device_answered,  [DEVICE_PASTE] = device_pasted,
};

static bool would_change(struct device *d, const char *line)
{
    enum device_state s = d->state;
    return s == DEVICE_PASTE ||
           ((s == DEVICE_EXEC || s == DEVICE_ENABLE || s == DEVICE_CONFIG) && device_would_change(d, line));
}

static void finish_line(struct device *d, int64_t now_us, struct str *out)
{
    struct str line = d->line;
    d->line = STR_MAX(DEVICE_LINE_MAX_BYTES);
    bool changes = would_change(d, str_cstr(&line)),
         takes = d->state == DEVICE_CONFIG || d->state == DEVICE_PASTE;
    d->counts.changes += changes;
    tell(d, str_cstr(&line), changes);
    if (!d->setup->echo_off || hidden(d))
        str_add_cstr(out, "\r\n");
    if (takes && d->model->line_takes_ms >
                     0) { /* the CLI is busy with it: what is typed meanwhile waits in its buffer */
        str_clear(&d->taken);
        d->taken = line;
        device_wait(d, PENDING_LINE, now_us + d->model->line_takes_ms * 1000);
        return;
    }
    finished[d->state](d, str_cstr(&line), now_us, out);
    str_clear(&line);
}

void device_line_taken(struct device *d, int64_t now_us, struct str *out)
{
    struct str line = d->taken;
    d->taken = (struct str){0};
    finished[d->state](d, str_cstr(&line), now_us, out);
    str_clear(&line);
}

static void abort_line(struct device *d, struct str *out)
{
    tell(d, "^C", false);
    str_reset(&d->line);
    str_add_cstr(out, "^C\r\n");
    if (d->state == DEVICE_LOGIN || d->state == DEVICE_PASSWORD) {
        device_show_login(d, out);
        return;
    }
    if (d->state == DEVICE_ENABLE_PASSWORD || d->state == DEVICE_ASKING || d->state == DEVICE_PASTE)
        d->state = d->back;
    d->command = NULL;
    device_prompt(d, out);
}

static void erase(struct device *d, struct str *out)
{
    if (d->line.len == 0)
        return;
    d->line.data[--d->line.len] = '\0';
    echo(d, "\b \b", out);
}

void device_key(struct device *d, char key, int64_t now_us, struct str *out)
{
    if (d->state == DEVICE_PAGER) {
        d->typed(d->ctx, &(struct device_typed){d->state, &key, 1, false, false});
        device_page_key(d, key, out);
    } else if (key == '\r' || key == '\n') {
        finish_line(d, now_us, out);
    } else if (key == KEY_BACKSPACE || key == KEY_DELETE) {
        erase(d, out);
    } else if (key == KEY_KILL) {
        while (d->line.len > 0)
            erase(d, out);
    } else if (key == KEY_ABORT) {
        abort_line(d, out);
    } else if (key == KEY_END && d->state == DEVICE_PASTE && !d->command->paste_end) {
        if (d->line.len > 0)
            finish_line(d, now_us, out);
        device_paste_ends(d, now_us, out);
    } else if ((unsigned char)key >= ' ' || key == '\t') {
        echo(d, str_add_char(&d->line, key) ? (char[]){key, '\0'} : (char[]){KEY_BELL, '\0'}, out);
    }
}
