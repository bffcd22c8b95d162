/* A four-lane port Ethernet49/1 shows its lanes as Ethernet49/1 to /4 (EOS); where levels stand in tables of their own, a lane
   has a row in each. Joining goes by the lane's name, so a lane that misses a row is seen, and so is a row that comes twice. */
#include "plugin/lanes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static size_t stem_len(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? (size_t)(slash - name) : 0;
}

/* The number of the lane in that port, 0 when it is none of its lanes. */
static unsigned lane_number(const char *port, const char *lane)
{
    size_t stem = stem_len(port);
    if (stem == 0 || strcmp(port + stem, "/1") != 0)
        return strcmp(port, lane) == 0;
    if (stem_len(lane) != stem || strncmp(port, lane, stem) != 0)
        return 0;
    return (unsigned)strtoul(lane + stem + 1, NULL, 10);
}

static bool lane_find(struct run *run, const char *printed, struct lane *out)
{
    const struct site_switch *sw = run->sw;
    const char *name = platform_interface(run->platform, printed, &run->arena);
    *out = (struct lane){.name = name, .rx_row = ROW_NONE, .tx_row = ROW_NONE};
    bool found = false;
    for (size_t i = 0; i < sw->uplink_count; i++) {
        const char *port = platform_interface(run->platform, sw->uplinks[i].interface, &run->arena);
        unsigned number = lane_number(port, name);
        bool whole = strcmp(port, name) == 0; /* a port of its own is no lane of its neighbour */
        if (number == 0 || (found && !whole))
            continue;
        out->uplink = i;
        out->number = whole ? 1 : number;
        found = true;
    }
    return found;
}

static bool place_row(size_t *place, const struct records *r, size_t row, const char *column)
{
    if (!*record_get(r, row, column))
        return true;
    if (*place != ROW_NONE)
        return false;
    *place = row;
    return true;
}

static bool twice(struct run *run, const struct records *r, size_t row)
{
    struct verdict v = verdict_unread(run, r, row, "the level of %s stands twice in the answer",
                                      record_get(r, row, "interface"));
    run->err = (struct err){0};
    run->err_evidence = v.evidence;
    return err_fail(&run->err, ERR_UNREAD, FAILURE_PARSE_FAILURE, "%s", v.text);
}

bool lanes_read(struct run *run, struct records *r, struct lanes *out)
{
    if (!run_query_uplinks(run, "transceivers", r))
        return false;
    *out = (struct lanes){.items = arena_alloc_array(&run->arena, r->count + 1, sizeof *out->items)};
    for (size_t row = 0; row < r->count; row++) {
        struct lane found, *l = NULL;
        if (!lane_find(run, record_get(r, row, "interface"), &found))
            continue;
        for (size_t i = 0; i < out->count && !l; i++)
            if (strcmp(out->items[i].name, found.name) == 0)
                l = &out->items[i];
        if (!l) {
            l = &out->items[out->count++];
            *l = found;
        }
        if (!place_row(&l->rx_row, r, row, "rx_dbm") || !place_row(&l->tx_row, r, row, "tx_dbm"))
            return twice(run, r, row);
    }
    return true;
}

unsigned lanes_of_type(const char *type)
{
    static const char *const media[] = {"SR",  "LR",  "ER",  "ZR",   "FR",   "DR", "XSR",
                                        "PLR", "LRL", "PSM", "CWDM", "SWDM", "ESR"};
    const char *base = strstr(type, "BASE-");
    if (!base)
        return 0;
    base += 5;
    size_t letters = 0;
    while (isalpha((unsigned char)base[letters]))
        letters++;
    for (size_t i = 0; i < sizeof media / sizeof media[0]; i++) {
        if (strlen(media[i]) != letters || strncmp(media[i], base, letters) != 0)
            continue;
        unsigned long n = strtoul(base + letters, NULL, 10);
        return n >= 1 && n <= 16 ? (unsigned)n : 1;
    }
    return 0;
}

/* IEEE 802.3: CR is twinax, T is twisted pair, CX is twinax of old. */
bool type_is_copper(const char *type)
{
    const char *base = strstr(type, "BASE-");
    if (!base)
        return false;
    base += 5;
    size_t letters = 0;
    while (isalpha((unsigned char)base[letters]))
        letters++;
    return (letters == 2 && (strncmp(base, "CR", 2) == 0 || strncmp(base, "CX", 2) == 0)) ||
           (letters == 1 && *base == 'T');
}
