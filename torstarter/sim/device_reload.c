/* A switch restarts: what it boots, how the boot log comes, and how a boot can end. */
#include <stdio.h>
#include <string.h>

#include "sim/device_self.h"

/* What lies in flash as the boot variable says; damaged or missing, the loader is as far as it gets. */
static void load_image(struct device *d)
{
    const char *version = device_boot_version(d);
    if (d->boots == BOOTS_OLD_VERSION || !d->model->flash.declared)
        return;
    if (!version) {
        d->boots = d->boots == BOOTS_WELL ? BOOTS_LOADER : d->boots;
        return;
    }
    char held[DEVICE_NAME_MAX_BYTES];
    snprintf(held, sizeof held, "%s", version);
    memcpy(d->version, held, sizeof held);
    memcpy(d->image, d->boot_image, sizeof d->image);
}

void device_boot_begin(struct device *d)
{
    const struct device_begin *b = &d->setup->begin;
    d->counts.reloads++;
    d->boots = b->boots;
    d->command = NULL;
    d->booted_us = d->changed_us = d->now_us;
    if (b->boots == BOOTS_CRASH)
        d->reload_reason = RELOAD_CRASH;
    d->serial_changed = d->serial_changed || b->serial;
    device_config_booted(d);
    load_image(d);
}

void device_boot_start(struct device *d, int64_t now_us)
{
    d->boot_at = d->boot_line = d->boot_lines = 0;
    for (const char *p = d->model->boot; (p = strchr(p, '\n')); p++)
        d->boot_lines++;
    d->boot_started_us = now_us;
    device_wait(d, PENDING_BOOT, now_us);
}

/* The lines that are said before the boot goes wrong: up to the one that names the image, or half of them. */
static size_t last_line(const struct device *d)
{
    size_t line = 0;
    if (d->boots == BOOTS_WELL || d->boots == BOOTS_OLD_VERSION || d->boots == BOOTS_CRASH)
        return d->boot_lines;
    for (const char *p = d->model->boot, *nl; d->boots == BOOTS_LOADER && (nl = strchr(p, '\n'));
         p = nl + 1) {
        const char *hit = strstr(p, "{boot_image}");
        line++;
        if (hit && hit < nl)
            return line;
    }
    return d->boot_lines / 2;
}

static void boot_ends(struct device *d, int64_t now_us, struct str *out)
{
    device_wait(d, PENDING_NOTHING, 0);
    if (d->boots == BOOTS_LOOP) {
        device_boot_start(d, now_us);
    } else if (d->boots == BOOTS_LOADER) {
        d->state = DEVICE_LOADER;
        device_prompt(d, out);
    } else if (d->boots != BOOTS_SILENT) {
        device_show_login(d, out);
    }
}

/* The boot log's lines come evenly over its time; after the last one stands the login prompt. */
void device_boot_on(struct device *d, int64_t now_us, struct str *out)
{
    const int64_t span_us = d->model->boot_ms * 1000 / (d->setup->speed > 0 ? d->setup->speed : 1);
    size_t last = last_line(d);
    while (d->due_us <= now_us && d->boot_line < last) {
        const char *from = d->model->boot + d->boot_at, *to = strchr(from, '\n') + 1;
        device_expand(d, from, (size_t)(to - from), out);
        d->boot_at = (size_t)(to - d->model->boot);
        d->boot_line++;
        d->due_us = d->boot_started_us + span_us * (int64_t)d->boot_line / (int64_t)d->boot_lines;
    }
    if (d->due_us <= now_us)
        boot_ends(d, now_us, out);
}
