#include "job/guard_text.h"

#include <string.h>

#include "base/mem.h"
#include "text/json.h"

const char *safety_name(enum safety s)
{
    static const char *const names[] = {[SAFE] = "safe", [UNSAFE] = "unsafe", [UNKNOWN] = "unknown"};
    return names[s];
}

static void put(struct json_writer *w, const char *key, const char *text, const struct mask *mask)
{
    struct str room = {0};
    if (text && mask) {
        mask_text(mask, text, strlen(text), &room);
        text = str_cstr(&room);
    }
    json_put_text(w, key, text);
    str_clear(&room);
}

static void put_item(struct json_writer *w, const struct evidence_found *f, const struct mask *mask)
{
    const struct evidence *e = &f->evidence;
    json_open_object(w);
    json_put_text(w, "name", f->name);
    json_put_text(w, "safety", safety_name(f->safety));
    put(w, "text", f->text, mask);
    json_put_text(w, "query", e->query);
    put(w, "command", e->command, mask);
    json_put_int(w, "event", (int64_t)e->event);
    json_put_int(w, "line", e->line);
    /* A configuration holds secrets that nobody named to the mask: its bytes stay in the log. */
    bool config = e->query && strcmp(e->query, "running_config") == 0;
    put(w, "raw", config ? NULL : e->raw, mask);
    json_close_object(w);
}

char *guard_evidence_text(const struct evidence_report *r, const struct mask *mask)
{
    struct str out = {0};
    struct json_writer w = {.out = &out};
    json_open_list(&w);
    for (size_t i = 0; i < r->count; i++)
        put_item(&w, &r->items[i], mask);
    json_close_list(&w);
    return str_take(&out);
}
