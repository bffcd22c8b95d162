/* What {names} in texts stand for: the scenario's values, words of the command, and the switch's state. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/device_self.h"

enum { VALUE_NAME_MAX_BYTES = 120, BAR_WIDTH = 50, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };
static const int64_t second_us = 1000000;
static const time_t first_day = 1772529164; /* 2026-03-03 09:12:44 UTC: when every simulation begins */

static const char *value_in(const struct device_value *values, size_t count, const char *name, size_t len)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(values[i].name) == len && memcmp(values[i].name, name, len) == 0)
            return values[i].text;
    return NULL;
}

static bool is(const char *name, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(name, word, len) == 0;
}

const char *device_setup_value(const struct device *d, const char *name, size_t len)
{
    if (d->serial_changed && is(name, len, "serial"))
        return d->setup->begin.serial;
    const char *value = value_in(d->setup->values, d->setup->value_count, name, len);
    if (value || !is(name, len, "hostname"))
        return value;
    return *d->hostname ? d->hostname : d->setup->name;
}

static long long seconds(int64_t from_us, int64_t to_us)
{
    return to_us > from_us ? (long long)((to_us - from_us) / second_us) : 0;
}

/* The format is the model file's. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void add_time(const struct device *d, int64_t at_us, struct str *out)
{
    time_t at = first_day + (time_t)((at_us - d->began_us) / second_us);
    struct tm tm;
    char text[128];
    gmtime_r(&at, &tm);
    if (strftime(text, sizeof text, d->model->clock.format, &tm) > 0)
        str_add_cstr(out, text);
}
#pragma GCC diagnostic pop

static void add_unit(long long n, const char *unit, const char *between, struct str *parts)
{
    if (n > 0)
        str_printf(parts, "%s%lld %s%s", parts->len > 0 ? between : "", n, unit, n == 1 ? "" : "s");
}

/* "1 week, 2 days, 3 hours, 4 minutes"; with `and`: "1 week, 2 days, 3 hours and 4 minutes". */
static void add_words(long long s, bool with_and, struct str *out)
{
    struct str parts = {0};
    add_unit(s / (7 * DAY_S), "week", ", ", &parts);
    add_unit(s / DAY_S % 7, "day", ", ", &parts);
    add_unit(s / HOUR_S % 24, "hour", ", ", &parts);
    if (s < MINUTE_S && with_and)
        str_printf(&parts, "%lld second%s", s, s == 1 ? "" : "s");
    else if (s % HOUR_S / MINUTE_S == 0 && parts.len == 0)
        str_add_cstr(&parts, "0 minutes");
    else
        add_unit(s % HOUR_S / MINUTE_S, "minute", with_and ? " and " : ", ", &parts);
    str_add(out, str_cstr(&parts), parts.len);
    str_clear(&parts);
}

static void add_colon(long long s, struct str *out)
{
    if (s >= DAY_S)
        str_printf(out, "%lldd%02lldh", s / DAY_S, s / HOUR_S % 24);
    else
        str_printf(out, "%02lld:%02lld:%02lld", s / HOUR_S, s / MINUTE_S % 60, s % 60);
}

static void add_linux(long long s, struct str *out)
{
    if (s >= DAY_S)
        str_printf(out, "%lld day%s, ", s / DAY_S, s / DAY_S == 1 ? "" : "s");
    if (s % DAY_S >= HOUR_S)
        str_printf(out, "%2lld:%02lld", s / HOUR_S % 24, s / MINUTE_S % 60);
    else
        str_printf(out, "%lld min", s / MINUTE_S % 60);
}

static void add_uptime(const struct device *d, struct str *out)
{
    long long s = seconds(d->booted_us, d->now_us);
    if (d->model->clock.style == UPTIME_LINUX)
        add_linux(s, out);
    else if (d->model->clock.style == UPTIME_COLON)
        add_colon(s, out);
    else if (d->model->clock.style == UPTIME_NXOS)
        str_printf(out, "%lld day(s), %lld hour(s), %lld minute(s), %lld second(s)", s / DAY_S,
                   s / HOUR_S % 24, s / MINUTE_S % 60, s % 60);
    else
        add_words(s, d->model->clock.style == UPTIME_AND, out);
}

static bool add_time_value(const struct device *d, const char *name, size_t len, struct str *out)
{
    long long up = seconds(d->booted_us, d->now_us);
    if (is(name, len, "clock"))
        add_time(d, d->now_us, out);
    else if (is(name, len, "booted_at"))
        add_time(d, d->booted_us, out);
    else if (is(name, len, "uptime"))
        add_uptime(d, out);
    else if (is(name, len, "uptime_days"))
        str_printf(out, "%lld", up / DAY_S);
    else if (is(name, len, "uptime_hours"))
        str_printf(out, "%lld", up / HOUR_S % 24);
    else if (is(name, len, "uptime_minutes"))
        str_printf(out, "%lld", up / MINUTE_S % 60);
    else if (is(name, len, "uptime_seconds"))
        str_printf(out, "%lld", up % 60);
    else if (is(name, len, "config_age"))
        add_colon(device_settled_us(d) / 1000000, out);
    else if (is(name, len, "timer_left"))
        add_colon(d->timer_due_us == INT64_MAX ? 0 : seconds(d->now_us, d->timer_due_us), out);
    else
        return false;
    return true;
}

static uint64_t copied(const struct device *d)
{
    unsigned steps = d->model->flash.progress_steps;
    return steps > 0 ? d->copy.size * d->copy.step / steps : d->copy.size;
}

static bool add_copy_value(const struct device *d, const char *name, size_t len, struct str *out)
{
    unsigned steps = d->model->flash.progress_steps, percent = steps > 0 ? d->copy.step * 100 / steps : 100;
    unsigned long long done = copied(d), all = d->copy.size;
    if (is(name, len, "percent"))
        str_printf(out, "%u", percent);
    else if (is(name, len, "done_bytes"))
        str_printf(out, "%llu", done);
    else if (is(name, len, "size_bytes"))
        str_printf(out, "%llu", all);
    else if (is(name, len, "left_bytes"))
        str_printf(out, "%llu", all - done);
    else if (is(name, len, "bar"))
        for (unsigned i = 0; i < BAR_WIDTH; i++)
            str_add_char(out, i < percent * BAR_WIDTH / 100 ? '#' : ' ');
    else
        return false;
    return true;
}

/* "free_bytes", "free_kb", "free_mb". */
static bool add_bytes(const char *name, size_t len, const char *word, uint64_t bytes, struct str *out)
{
    size_t known = strlen(word);
    if (len <= known || memcmp(name, word, known) != 0)
        return false;
    if (is(name + known, len - known, "_bytes"))
        str_printf(out, "%llu", (unsigned long long)bytes);
    else if (is(name + known, len - known, "_kb"))
        str_printf(out, "%llu", (unsigned long long)(bytes / 1024));
    else if (is(name + known, len - known, "_mb"))
        str_printf(out, "%llu", (unsigned long long)(bytes / 1024 / 1024));
    else
        return false;
    return true;
}

static bool add_flash_value(const struct device *d, const char *name, size_t len, struct str *out)
{
    uint64_t all = device_flash_bytes(d), used = device_used_bytes(d);
    for (int k = 0; k < DIGEST_COUNT; k++)
        if (d->digests[k].len > 0 && is(name, len, digest_name((enum digest_kind)k)))
            return str_add(out, d->digests[k].data, d->digests[k].len);
    if (is(name, len, "size") && d->digests[0].len > 0)
        return str_printf(out, "%llu", (unsigned long long)d->digested_bytes);
    return add_bytes(name, len, "flash", all, out) || add_bytes(name, len, "used", used, out) ||
           add_bytes(name, len, "free", all - used, out);
}

static bool add_config(const struct device *d, const char *slot, size_t len, struct str *out)
{
    char name[DEVICE_NAME_MAX_BYTES] = "";
    if (len < sizeof name)
        memcpy(name, slot, len);
    const struct config *c = device_slot(d, name);
    if (c)
        config_show(c, d->model->config.indent, d->model->config.separator, out);
    return c != NULL;
}

static bool add_diff(const struct device *d, const char *names, size_t len, struct str *out)
{
    char from[DEVICE_NAME_MAX_BYTES] = "", *to;
    if (len < sizeof from)
        memcpy(from, names, len);
    to = strchr(from, ':');
    if (!to)
        return false;
    *to++ = '\0';
    const struct config *a = device_slot(d, from), *b = device_slot(d, to);
    if (a && b)
        config_diff(a, b, d->model->config.indent, out);
    return a && b;
}

static bool add_config_value(const struct device *d, const char *name, size_t len, struct str *out)
{
    static const char shown[] = "_config";
    enum { SHOWN = sizeof shown - 1 };
    const struct config *running = device_slot(d, "running"), *target = device_slot(d, d->target);
    if (is(name, len, "session_diff") && running && target) {
        config_diff(running, target, d->model->config.indent, out);
        return true;
    }
    if (len > 7 && memcmp(name, "config@", 7) == 0)
        return add_config(d, name + 7, len - 7, out);
    if (len > 5 && memcmp(name, "diff@", 5) == 0)
        return add_diff(d, name + 5, len - 5, out);
    return len > SHOWN && memcmp(name + len - SHOWN, shown, SHOWN) == 0 &&
           add_config(d, name, len - SHOWN, out);
}

static bool add_text_value(const struct device *d, const char *name, size_t len, struct str *out)
{
    const char *text = device_setup_value(d, name, len);
    if (!text)
        text = device_bound(d, name, len);
    if (!text && is(name, len, "version") && *d->version)
        text = d->version;
    if (!text && is(name, len, "image"))
        text = d->image;
    if (!text && is(name, len, "boot_image"))
        text = device_boot_image(d);
    if (!text && is(name, len, "boot_version"))
        text = device_boot_version(d);
    if (!text && is(name, len, "reload_reason"))
        text = d->model->reload_reasons[d->reload_reason];
    if (!text && is(name, len, "user"))
        text = d->user;
    if (!text && is(name, len, "target"))
        text = d->target;
    if (!text && is(name, len, "timer_name"))
        text = d->timer_name;
    if (!text)
        text = value_in(d->model->values, d->model->value_count, name, len);
    if (text)
        str_add_cstr(out, text);
    return text != NULL;
}

bool device_add_value(const struct device *d, const char *name, size_t len, struct str *out)
{
    if (is(name, len, "label")) {
        str_add_cstr(out, d->label);
        str_add_cstr(out, d->path.depth > 0 ? d->labels[d->path.depth - 1] : "");
        return true;
    }
    return add_text_value(d, name, len, out) || add_time_value(d, name, len, out) ||
           add_copy_value(d, name, len, out) || add_flash_value(d, name, len, out) ||
           add_config_value(d, name, len, out);
}

struct format { /* {name:-18}, {name:.6} */
    long width, max;
    bool left;
};

static bool read_format(const char *p, const char *end, struct format *f)
{
    char text[16] = "", *rest = text;
    size_t len = (size_t)(end - p);
    *f = (struct format){0, -1, false};
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, p, len);
    f->left = *rest == '-';
    rest += f->left;
    if (isdigit((unsigned char)*rest))
        f->width = strtol(rest, &rest, 10);
    if (rest[0] == '.' && isdigit((unsigned char)rest[1]))
        f->max = strtol(rest + 1, &rest, 10);
    return *rest == '\0' && f->width < 200;
}

static void add_formatted(const struct format *f, const struct str *value, struct str *out)
{
    int len = (int)(f->max >= 0 && (size_t)f->max < value->len ? (size_t)f->max : value->len);
    str_printf(out, f->left ? "%-*.*s" : "%*.*s", (int)f->width, len, str_cstr(value));
}

/* Adds what stands at "{name}"; 0 when it is no place of ours (JSON is full of braces), else the length of "{name}". */
static size_t add_place(const struct device *d, const char *at, size_t left, struct str *out)
{
    const char *close = memchr(at, '}', left < VALUE_NAME_MAX_BYTES ? left : VALUE_NAME_MAX_BYTES);
    size_t len = close ? (size_t)(close - at - 1) : 0;
    const char *colon = len > 0 ? memrchr(at + 1, ':', len) : NULL;
    struct format f;
    struct str value = {0};
    if (len == 0 || !isalnum((unsigned char)at[1]))
        return 0;
    if (!colon || !read_format(colon + 1, close, &f))
        return device_add_value(d, at + 1, len, out) ? len + 2 : 0;
    bool known = device_add_value(d, at + 1, (size_t)(colon - at - 1), &value);
    if (known)
        add_formatted(&f, &value, out);
    str_clear(&value);
    return known ? len + 2 : 0;
}

void device_expand(const struct device *d, const char *text, size_t len, struct str *out)
{
    for (size_t i = 0; i < len;) {
        const char *brace = memchr(text + i, '{', len - i);
        size_t plain = brace ? (size_t)(brace - text) - i : len - i;
        str_add(out, text + i, plain);
        i += plain;
        if (!brace)
            break;
        size_t taken = add_place(d, brace, len - i, out);
        if (taken == 0) {
            str_add_char(out, '{');
            taken = 1;
        }
        i += taken;
    }
}
