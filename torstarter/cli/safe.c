#include "cli/safe.h"

#include <string.h>

#include "base/redact.h"

/* N/A, BUILTIN and the like are words of the layout. */
static bool is_serial(const char *text)
{
    return strlen(text) >= 4 && strpbrk(text, "0123456789");
}

void safe_learn_records(struct disguise *d, const struct records *r)
{
    static const char *const telling[] = {"peer", "user", "serial"};
    for (size_t i = 0; i < r->count; i++) {
        for (size_t k = 0; k < sizeof telling / sizeof *telling; k++)
            if (records_has(r, telling[k]) && (k < 2 || is_serial(record_raw(r, i, telling[k]))))
                disguise_add(d, record_raw(r, i, telling[k]));
        if (records_has(r, "version"))
            disguise_keep(d, record_raw(r, i, "version"));
    }
}

void safe_learn_site(struct disguise *d, const struct site_switch *sw)
{
    disguise_add(d, sw->name);
    disguise_add(d, sw->serial);
    for (size_t i = 0; i < sw->credential_count; i++)
        disguise_add(d, sw->credentials[i]->user);
    for (size_t i = 0; i < sw->uplink_count; i++)
        disguise_add(d, sw->uplinks[i].peer);
}

void safe_text(struct disguise *d, const char *text, size_t len, struct str *out)
{
    struct str plain = {0};
    struct redact *r = redact_new();
    redact_feed(r, text, len, &plain);
    redact_flush(r, &plain);
    redact_free(r);
    disguise_text(d, str_cstr(&plain), plain.len, out);
    if (out->len == 0 || out->data[out->len - 1] != '\n')
        str_add_char(out, '\n');
    str_clear(&plain);
}

const char *safe_file(const struct query *q, const char *about, unsigned number, struct arena *arena)
{
    struct str name = {0};
    str_add_cstr(&name, q->name);
    if (q->alternative)
        str_printf(&name, ".%u", q->alternative + 1);
    if (about && number)
        str_printf(&name, ".%s", about);
    for (char *p = name.data; *p; p++)
        *p = strchr("/: ", *p) ? '-' : *p;
    str_add_cstr(&name, ".txt");
    const char *kept = arena_strdup(arena, str_cstr(&name));
    str_clear(&name);
    return kept;
}
