#include "model/netbox.h"

#include <string.h>
#include <strings.h>

#include "base/vec.h"
#include "model/http.h"
#include "text/json.h"

enum { PAGE = 200, PAGES_MAX = 1000, PAGE_MAX_BYTES = 16 * 1024 * 1024 };

struct reading {
    const struct netbox *netbox;
    struct arena *arena;
    const char *url; /* of the page */
    VEC(struct asset) assets;
};

static int shown(const char *url)
{
    return (int)strcspn(url, "?#");
}

static bool not_netbox(const struct reading *r, const char *what, struct err *e)
{
    return err_set(e, ERR_UNREAD,
                   "%.*s: %s: this is no list of NetBox devices, so nothing of it is believed; check the "
                   "address and the version of NetBox",
                   shown(r->url), r->url, what);
}

/* NULL where there is none: null, or absent. */
static const char *text_at(struct reading *r, const struct json *object, const char *key)
{
    const struct json *j = json_member(object, key);
    size_t len;
    const char *text = j ? json_text_of(j, &len) : NULL;
    return text && *text && strlen(text) == len ? arena_strdup(r->arena, text) : NULL;
}

/* {"value": "planned", "label": "Planned"} since NetBox 2.7; a bare word where a proxy or plugin flattens it. */
static const char *status_of(struct reading *r, const struct json *device)
{
    const struct json *status = json_member(device, "status");
    if (status && json_kind(status) == JSON_OBJECT)
        return text_at(r, status, "value");
    return text_at(r, device, "status");
}

static bool is_there(const struct reading *r, const struct asset *a)
{
    for (size_t i = 0; i < r->assets.count; i++)
        if (strcasecmp(r->assets.items[i].serial, a->serial) == 0 ||
            strcasecmp(r->assets.items[i].name, a->name) == 0)
            return true;
    return false;
}

/* Patch panels and the like have neither name nor serial number. One that stands twice would let a check pass by chance. */
static bool add_device(struct reading *r, const struct json *device, struct err *e)
{
    if (json_kind(device) != JSON_OBJECT || !json_member(device, "id"))
        return not_netbox(r, "an entry is no device", e);
    struct asset a = {.serial = text_at(r, device, "serial"),
                      .name = text_at(r, device, "name"),
                      .status = status_of(r, device),
                      .mac = "",
                      .line = (unsigned)json_number_of(json_member(device, "id"))};
    if (!a.serial || !a.name)
        return true;
    if (!a.status)
        return not_netbox(r, "a device has no status", e);
    if (is_there(r, &a))
        return err_set(e, ERR_UNREAD,
                       "%.*s: serial %s or name %s stands there twice (device %u): correct it in NetBox",
                       shown(r->url), r->url, a.serial, a.name, a.line);
    VEC_ADD(&r->assets, a);
    return true;
}

/* Scheme, host and port as written: the token goes nowhere else. */
static bool same_origin(const char *a, const char *b)
{
    const char *host = strstr(a, "://");
    size_t len = host ? (size_t)(host + 3 - a) + strcspn(host + 3, "/?#") : 0;
    return len > 0 && strncasecmp(a, b, len) == 0 && (b[len] == '/' || b[len] == '?');
}

/* *next: NULL after the last page. */
static bool read_page(struct reading *r, const struct json *page, const char **next, struct err *e)
{
    const struct json *results = json_member(page, "results");
    bool ok = true;
    if (json_kind(page) != JSON_OBJECT || !results || json_kind(results) != JSON_LIST ||
        !json_member(page, "count") || !json_member(page, "next"))
        return not_netbox(r, "there is no page of results", e);
    for (size_t i = 0; ok && i < json_count(results); i++)
        ok = add_device(r, json_item(results, i), e);
    *next = text_at(r, page, "next");
    if (!ok || !*next || same_origin(r->netbox->url, *next))
        return ok;
    return err_set(
        e, ERR_FAILED,
        "%.*s: the next page is said to be at %.*s, another server: correct the address in the site "
        "file, or what NetBox believes its own to be",
        shown(r->url), r->url, shown(*next), *next);
}

static bool fetch_page(struct reading *r, const char **next, struct err *e)
{
    struct http_request request = {.url = r->url,
                                   .accept = "application/json",
                                   .token = r->netbox->token,
                                   .token_scheme = "Token",
                                   .max_bytes = PAGE_MAX_BYTES,
                                   .cancel = r->netbox->cancel};
    struct str body = STR_MAX(PAGE_MAX_BYTES);
    struct json *page = NULL;
    struct err why = {0};
    bool ok = http_get(&request, &body, e);
    if (ok && !(page = json_parse(str_cstr(&body), body.len, &why)))
        ok = not_netbox(r, why.msg, e);
    ok = ok && read_page(r, page, next, e);
    json_free(page);
    str_clear(&body);
    return ok;
}

bool netbox_read(const struct netbox *n, struct arena *arena, struct asset **out, size_t *count,
                 struct err *e)
{
    struct reading r = {.netbox = n, .arena = arena};
    int base = (int)strlen(n->url);
    while (base > 0 && n->url[base - 1] == '/')
        base--;
    const char *next = arena_printf(arena, "%.*s/api/dcim/devices/?limit=%d%s%s", base, n->url, PAGE,
                                    n->site ? "&site=" : "", n->site ? n->site : "");
    bool ok = true;
    for (unsigned pages = 0; ok && next; pages++) {
        r.url = next;
        ok = pages < PAGES_MAX
                 ? fetch_page(&r, &next, e)
                 : err_set(e, ERR_LIMIT, "%.*s: more than %d pages", shown(r.url), r.url, PAGES_MAX);
    }
    if (ok) {
        *count = r.assets.count;
        *out = arena_alloc_array(arena, r.assets.count + 1, sizeof **out);
        if (r.assets.count)
            memcpy(*out, r.assets.items, r.assets.count * sizeof **out);
    }
    VEC_CLEAR(&r.assets);
    return ok;
}
