#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "model/site.h"

struct selection {
    const char *key, *value; /* key NULL: a name or a glob */
};

static const char *const keys[] = {"rack", "role", "platform"};

static const char *attribute(const struct site_switch *sw, const char *key)
{
    if (!key)
        return sw->name;
    return strcmp(key, "rack") == 0 ? sw->rack : strcmp(key, "role") == 0 ? sw->role->name : sw->platform;
}

static bool matches(const struct site_switch *sw, const struct selection *want)
{
    if (!want->key && strcmp(want->value, "all") == 0)
        return true;
    const char *is = attribute(sw, want->key);
    return strcmp(is, want->value) == 0 || (strpbrk(want->value, "*?[") && str_glob(want->value, is));
}

static void add(struct switch_list *out, struct site_switch *sw)
{
    for (size_t i = 0; i < out->count; i++)
        if (out->items[i] == sw)
            return;
    VEC_ADD(out, sw);
}

/* What there is, each once, for the error text. */
static bool say_nothing_matched(const struct site *s, const struct selection *want, struct err *e)
{
    VEC(const char *) names = {0};
    struct str list = STR_MAX(200);
    for (size_t i = 0; i < s->switch_count; i++) {
        const char *is = attribute(&s->switches[i], want->key);
        bool known = !*is;
        for (size_t k = 0; !known && k < names.count; k++)
            known = strcmp(names.items[k], is) == 0;
        if (known)
            continue;
        str_printf(&list, "%s%s", names.count ? ", " : "", is);
        VEC_ADD(&names, is);
    }
    const char *near =
        strpbrk(want->value, "*?[") ? NULL : str_nearest(want->value, names.items, names.count);
    const char *what = want->key ? want->key : "switch";
    if (s->switch_count == 0)
        err_set(e, ERR_USAGE, "the site has no switches");
    else if (near)
        err_set(e, ERR_USAGE, "no %s \"%.60s\" in the site; did you mean \"%s\"?", what, want->value, near);
    else
        err_set(e, ERR_USAGE, "no %s \"%.60s\" in the site; there are: %s%s", what, want->value,
                names.count ? str_cstr(&list) : "none", list.overflowed ? "…" : "");
    VEC_CLEAR(&names);
    str_clear(&list);
    return false;
}

static bool split(const char *selector, struct selection *out, struct err *e)
{
    const char *equals = strchr(selector, '=');
    *out = (struct selection){.value = selector};
    if (!equals)
        return *selector
                   ? true
                   : err_set(e, ERR_USAGE, "an empty selector; write a name, a glob, rack=…, role=… or all");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strlen(keys[i]) == (size_t)(equals - selector) && str_starts(selector, keys[i])) {
            *out = (struct selection){.key = keys[i], .value = equals + 1};
            return true;
        }
    return err_set(e, ERR_USAGE, "\"%.60s\": select by rack=, role= or platform=", selector);
}

bool site_select(struct site *s, const char *selector, struct switch_list *out, struct err *e)
{
    struct selection want;
    bool any = false;
    if (!split(selector, &want, e))
        return false;
    for (size_t i = 0; i < s->switch_count; i++)
        if (matches(&s->switches[i], &want)) {
            add(out, &s->switches[i]);
            any = true;
        }
    return any || say_nothing_matched(s, &want, e);
}
