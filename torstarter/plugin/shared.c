#include "plugin/shared.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *record_text(const struct records *r, size_t row, const char *column)
{
    return records_has(r, column) ? record_get(r, row, column) : "";
}

size_t records_duplicate(const struct records *r, const char *column)
{
    for (size_t i = 1; i < r->count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(record_get(r, i, column), record_get(r, j, column)) == 0)
                return i;
    return ROW_NONE;
}

bool platform_maps(const struct platform *p, const char *query, const char *column)
{
    const struct dialect *d = &p->dialect;
    for (const struct query *q = dialect_query(d, query); q; q = dialect_query_otherwise(d, q)) {
        const struct reader *reader = platform_reader_of(p, q);
        for (size_t i = 0; i < reader->column_count; i++)
            if (strcmp(reader->columns[i].column, column) == 0)
                return true;
    }
    return false;
}

static bool role_must_say(struct run *run, const char *kind)
{
    bool fans = strcmp(kind, "fan") == 0;
    run->err = (struct err){0};
    run->err_evidence = (struct evidence){.query = "inventory"};
    return err_set(
        &run->err, ERR_STATE,
        "role %s does not say how many %s there must be, and the inventory of %s does not tell: add "
        "`%s: N` to the role",
        run->role->name ? run->role->name : "", fans ? "fans" : "power supplies", run->platform->name,
        fans ? "fans" : "power_supplies");
}

bool inventory_slots(struct run *run, const char *kind, unsigned *slots)
{
    struct records r;
    double declared = 0, fans;
    unsigned rows = 0;
    size_t last = ROW_NONE;
    *slots = 0;
    if (!platform_maps(run->platform, "inventory", "declared"))
        return role_must_say(run, kind);
    if (!run_query(run, "inventory", &r))
        return false;
    for (size_t i = 0; i < r.count; i++) {
        if (!record_is(&r, i, "kind", kind))
            continue;
        rows++;
        last = i;
        /* An empty fan module counts as one fan: so much is missing at least. */
        bool has_fans = records_has(&r, "fans") && record_number(&r, i, "fans", &fans) && fans >= 1;
        *slots += has_fans ? (unsigned)fans : 1;
        if (!records_has(&r, "declared") || !record_number(&r, i, "declared", &declared))
            declared = -1;
    }
    if (rows > 0 && (double)rows == declared)
        return true;
    return run_unread(run, &r, last, "the inventory does not list each %s that it counts", kind);
}

bool text_same(const char *a, const char *b)
{
    while (isspace((unsigned char)*a))
        a++;
    while (isspace((unsigned char)*b))
        b++;
    size_t la = strlen(a), lb = strlen(b);
    while (la && isspace((unsigned char)a[la - 1]))
        la--;
    while (lb && isspace((unsigned char)b[lb - 1]))
        lb--;
    return la == lb && strncasecmp(a, b, la) == 0;
}

void text_list(struct str *s)
{
    if (s->len)
        str_add_cstr(s, "; ");
}

struct fact fact_text(const char *column, const char *text)
{
    return (struct fact){.column = column, .text = text && *text ? text : NULL};
}

struct fact fact_number(const char *column, const struct records *r, size_t row, const char *from)
{
    struct fact f = {.column = column};
    f.is_number = records_has(r, from) && record_number(r, row, from, &f.number);
    return f;
}

/* Length of the letters in front: "Ethernet" of "Ethernet49/1". */
static size_t prefix_len(const char *name)
{
    size_t n = 0;
    while (name[n] && !isdigit((unsigned char)name[n]))
        n++;
    return n;
}

const char *uplinks_argument(struct run *run, bool in_full)
{
    const struct site_switch *sw = run->sw;
    struct str s = {0};
    size_t prefix = sw->uplink_count ? prefix_len(sw->uplinks[0].interface) : 0;
    bool one_prefix = !in_full;
    for (size_t i = 1; i < sw->uplink_count; i++)
        one_prefix = one_prefix && prefix_len(sw->uplinks[i].interface) == prefix &&
                     strncmp(sw->uplinks[i].interface, sw->uplinks[0].interface, prefix) == 0;
    for (size_t i = 0; i < sw->uplink_count; i++) {
        const char *name = sw->uplinks[i].interface;
        str_printf(&s, "%s%s", i ? "," : "", i && one_prefix ? name + prefix : name);
    }
    const char *kept = arena_strdup(&run->arena, str_cstr(&s));
    str_clear(&s);
    return kept;
}

bool query_takes(const struct query *q, const char *argument)
{
    size_t len = strlen(argument);
    for (const char *p = q->command; (p = strchr(p, '{')); p++)
        if (strncmp(p + 1, argument, len) == 0 && p[1 + len] == '}')
            return true;
    return false;
}

size_t uplink_row(struct run *run, const struct records *r, const char *interface, size_t *count)
{
    const char *wanted = platform_interface(run->platform, interface, &run->arena);
    size_t found = ROW_NONE, n = 0;
    for (size_t i = 0; i < r->count; i++) {
        const char *name = platform_interface(run->platform, record_get(r, i, "interface"), &run->arena);
        if (strcmp(name, wanted) != 0)
            continue;
        found = found == ROW_NONE ? i : found;
        n++;
    }
    if (count)
        *count = n;
    return found;
}

/* "spine-1.example.net" → "spine-1": what follows the first dot must look like a domain, or 10.1.1.51 would lose its end. */
static size_t host_len(const char *name)
{
    size_t host = strcspn(name, "."), rest = host;
    bool domain = name[host] && isalpha((unsigned char)name[host + 1]);
    while (isalnum((unsigned char)name[rest]) || (name[rest] && strchr(".-_", name[rest])))
        rest++;
    return domain && !name[rest] ? host : strlen(name);
}

bool neighbor_name_same(const char *wanted, const char *found)
{
    size_t w = host_len(wanted), f = host_len(found);
    if (wanted[w] && found[f])
        return text_same(wanted, found);
    return w > 0 && w == f && strncasecmp(wanted, found, w) == 0;
}
