/* States, time and the tally of what was typed; the line editor is in device_line.c, commands in device_answer.c. */
#include "sim/device.h"

#include <string.h>

#include "base/mem.h"
#include "sim/device_self.h"

static const char *const state_names[DEVICE_STATE_COUNT] = {
    "silent", "booting",         "loader", "login",  "password",
    "exec",   "enable_password", "enable", "config", "pager",
};

enum { KEY_XON = 0x11 };

const char *device_state_name(enum device_state s)
{
    return s < DEVICE_STATE_COUNT ? state_names[s] : "none";
}

bool device_state_by_name(const char *name, enum device_state *out)
{
    for (int i = 0; i < DEVICE_STATE_COUNT; i++)
        if (strcmp(state_names[i], name) == 0) {
            *out = (enum device_state)i;
            return true;
        }
    return false;
}

struct device *device_new(const struct device_model *model, const struct device_setup *setup,
                          void (*typed)(void *ctx, const struct device_typed *what), void *ctx)
{
    struct device *d = MEM_NEW(struct device);
    d->model = model;
    d->setup = setup;
    d->typed = typed;
    d->ctx = ctx;
    d->state = setup->start;
    d->line.max_bytes = DEVICE_LINE_MAX_BYTES;
    d->page_lines = model->pager_lines;
    d->due_us = INT64_MAX;
    return d;
}

void device_free(struct device *d)
{
    if (!d)
        return;
    str_clear(&d->line);
    str_clear(&d->ahead);
    str_clear(&d->said);
    str_clear(&d->page);
    mem_free(d);
}

static void wait_for(struct device *d, enum device_pending what, int64_t due_us)
{
    d->pending = what;
    d->due_us = what == PENDING_NOTHING ? INT64_MAX : due_us;
}

void device_start(struct device *d, int64_t now_us)
{
    if (d->state == DEVICE_LOADER)
        wait_for(d, PENDING_GREETING, now_us);
    if (d->state != DEVICE_BOOTING)
        return;
    for (const char *p = d->model->boot; (p = strchr(p, '\n')); p++)
        d->boot_lines++;
    d->boot_started_us = now_us;
    wait_for(d, PENDING_BOOT, now_us);
}

/* The boot log's lines come evenly over its time; after the last one stands the login prompt. */
static void boot_on(struct device *d, int64_t now_us, struct str *out)
{
    const int64_t span_us = d->model->boot_ms * 1000;
    while (d->due_us <= now_us && d->boot_line < d->boot_lines) {
        const char *from = d->model->boot + d->boot_at, *to = strchr(from, '\n') + 1;
        device_expand(d, from, (size_t)(to - from), out);
        d->boot_at = (size_t)(to - d->model->boot);
        d->boot_line++;
        d->due_us = d->boot_started_us + span_us * (int64_t)d->boot_line / (int64_t)d->boot_lines;
    }
    if (d->due_us > now_us)
        return;
    wait_for(d, PENDING_NOTHING, 0);
    device_show_login(d, out);
}

static void come_due(struct device *d, int64_t now_us, struct str *out)
{
    const char *failed = d->model->texts[DEVICE_TEXT_LOGIN_FAILED];
    enum device_pending what = d->pending;
    if (what == PENDING_BOOT) {
        boot_on(d, now_us, out);
        return;
    }
    wait_for(d, PENDING_NOTHING, 0);
    if (what == PENDING_GREETING)
        device_prompt(d, out);
    if (what == PENDING_ANSWER)
        device_give_answer(d, out);
    if (what == PENDING_LOGIN_FAILED) {
        device_expand(d, failed, strlen(failed), out);
        device_show_login(d, out);
    }
}

void device_tick(struct device *d, int64_t now_us, struct str *out)
{
    while (d->due_us <= now_us) {
        come_due(d, now_us, out);
        if (d->pending != PENDING_NOTHING || d->ahead.len == 0)
            continue;
        struct str ahead = d->ahead;
        d->ahead = (struct str){0};
        for (size_t i = 0; i < ahead.len; i++) {
            if (d->pending == PENDING_NOTHING)
                device_key(d, ahead.data[i], now_us, out);
            else
                str_add_char(&d->ahead, ahead.data[i]);
        }
        str_clear(&ahead);
    }
}

static bool nothing_may_be_typed(enum device_state s)
{
    return s == DEVICE_SILENT || s == DEVICE_BOOTING || s == DEVICE_LOADER;
}

/* A silent line may be woken with CR and XON; in a boot or a loader every byte acts. */
static void count_unsafe(struct device *d, const char *bytes, size_t len)
{
    uint64_t unsafe = 0;
    for (size_t i = 0; i < len; i++)
        if (d->state != DEVICE_SILENT || (bytes[i] != '\r' && bytes[i] != KEY_XON))
            unsafe++;
    d->counts.unsafe_bytes += unsafe;
    d->counts.wake_bytes += len - unsafe;
    d->typed(d->ctx, &(struct device_typed){d->state, bytes, len, unsafe > 0});
}

void device_type(struct device *d, const void *bytes, size_t len, int64_t now_us, struct str *out)
{
    const char *p = bytes;
    device_tick(d, now_us, out);
    d->counts.typed_bytes += len;
    for (size_t i = 0; i < len; i++) {
        if (nothing_may_be_typed(d->state)) {
            count_unsafe(d, p + i, len - i);
            return;
        }
        if (d->pending == PENDING_NOTHING)
            device_key(d, p[i], now_us, out);
        else
            str_add_char(&d->ahead, p[i]);
    }
    device_tick(d, now_us, out);
}

int64_t device_due_us(const struct device *d)
{
    return d->due_us;
}

void device_prompt(struct device *d, struct str *out)
{
    const char *prompt = d->model->prompts[d->state];
    device_expand(d, prompt, strlen(prompt), out);
}

void device_show_login(struct device *d, struct str *out)
{
    const char *issue = d->model->texts[DEVICE_TEXT_ISSUE];
    d->state = DEVICE_LOGIN;
    device_expand(d, issue, strlen(issue), out);
    device_prompt(d, out);
}

void device_log_in(struct device *d, struct str *out)
{
    const char *motd = d->model->texts[DEVICE_TEXT_MOTD];
    d->state = DEVICE_EXEC;
    d->page_lines = d->model->pager_lines;
    d->counts.logins++;
    device_expand(d, motd, strlen(motd), out);
    device_prompt(d, out);
}

void device_log_out(struct device *d)
{
    if (nothing_may_be_typed(d->state))
        return;
    str_reset(&d->line);
    str_reset(&d->ahead);
    str_reset(&d->page);
    wait_for(d, PENDING_NOTHING, 0);
    d->state = DEVICE_LOGIN;
}

enum device_state device_state(const struct device *d)
{
    return d->state;
}

const struct device_counts *device_counts(const struct device *d)
{
    return &d->counts;
}
