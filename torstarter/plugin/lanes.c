/* Whose lane is a row? The column `lane` tells where the platform maps it. Else, where the platform file says `lanes: name_suffix`, a
   four-lane port Ethernet49/1 shows its lanes as Ethernet49/1 to /4 (EOS); else a row is about the port it names. Where levels stand in
   tables of their own, a lane has a row in each: joining goes by port and number, so a lane that misses a row is seen, and so is a row
   that comes twice. A row without levels says that its lane exists, or holds the limits of the lane or of the whole transceiver. */
#include "plugin/lanes.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DARK_DBM = -40 };

static size_t stem_len(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? (size_t)(slash - name) : 0;
}

/* The number of the lane in that port, 0 when it is none of its lanes. */
static unsigned suffix_number(const char *port, const char *lane)
{
    size_t stem = stem_len(port);
    if (stem == 0 || strcmp(port + stem, "/1") != 0)
        return strcmp(port, lane) == 0;
    if (stem_len(lane) != stem || strncmp(port, lane, stem) != 0)
        return 0;
    return (unsigned)strtoul(lane + stem + 1, NULL, 10);
}

/* The uplink of that port or, where names tell lanes, of that lane; a port of its own is no lane of its neighbour. */
static struct lane_row owner_of(struct run *run, const char *printed)
{
    const struct site_switch *sw = run->sw;
    const char *name = platform_interface(run->platform, printed, &run->arena);
    struct lane_row found = {.uplink = ROW_NONE};
    for (size_t i = 0; i < sw->uplink_count; i++) {
        const char *port = platform_interface(run->platform, sw->uplinks[i].interface, &run->arena);
        if (strcmp(port, name) == 0)
            return (struct lane_row){i, 1};
        unsigned number = run->platform->lanes ? suffix_number(port, name) : 0;
        if (number > 0 && found.uplink == ROW_NONE)
            found = (struct lane_row){i, number};
    }
    return found;
}

static bool has_level(const struct records *r, size_t row)
{
    return *record_get(r, row, "rx_dbm") || *record_get(r, row, "tx_dbm");
}

/* False: the number of the lane is none. */
static bool row_of(struct run *run, const struct records *r, size_t row, struct lane_row *out)
{
    const char *lane = record_text(r, row, "lane"), *name = record_get(r, row, "interface");
    *out = owner_of(run, name);
    if (run->platform->lanes && !records_has(r, "lane"))
        return true;
    if (*lane) {
        out->number = (unsigned)strtoul(lane, NULL, 10);
        return lane[strspn(lane, "0123456789")] == '\0';
    }
    out->number = has_level(r, row) ? 1 : LANE_ALL;
    return true;
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

static struct lane *lane_of(struct lanes *lanes, const struct lane_row *row)
{
    for (size_t i = 0; i < lanes->count; i++)
        if (lanes->items[i].uplink == row->uplink && lanes->items[i].number == row->number)
            return &lanes->items[i];
    struct lane *l = &lanes->items[lanes->count++];
    *l = (struct lane){.uplink = row->uplink, .number = row->number, .rx_row = ROW_NONE, .tx_row = ROW_NONE};
    return l;
}

bool lanes_read(struct run *run, struct records *r, struct lanes *out)
{
    if (!run_query_uplinks(run, "transceivers", r))
        return false;
    *out = (struct lanes){.items = arena_alloc_array(&run->arena, r->count + 1, sizeof *out->items),
                          .rows = arena_alloc_array(&run->arena, r->count + 1, sizeof *out->rows)};
    for (size_t row = 0; row < r->count; row++) {
        struct lane_row *about = &out->rows[row];
        if (!row_of(run, r, row, about))
            return run_unread(run, r, row, "%s: \"%s\" is no number of a lane",
                              record_get(r, row, "interface"), record_text(r, row, "lane"));
        if (about->uplink == ROW_NONE || about->number == LANE_ALL)
            continue;
        struct lane *l = lane_of(out, about);
        if (!place_row(&l->rx_row, r, row, "rx_dbm") || !place_row(&l->tx_row, r, row, "tx_dbm"))
            return run_unread(run, r, row, "the level of %s stands twice in the answer",
                              record_get(r, row, "interface"));
    }
    return true;
}

static bool is_milliwatt(const char *text)
{
    text += strspn(text, "+-.0123456789");
    text += strspn(text, " ");
    return strncasecmp(text, "mW", 2) == 0;
}

bool level_dbm(const struct records *r, size_t row, const char *column, double *dbm)
{
    const char *text = record_text(r, row, column);
    if (strncasecmp(text, "-inf", 4) == 0) {
        *dbm = DARK_DBM;
        return true;
    }
    if (!*text || !record_number(r, row, column, dbm))
        return false;
    if (!is_milliwatt(text))
        return true;
    *dbm = *dbm > 0 ? 10 * log10(*dbm) : DARK_DBM;
    return true;
}

/* A limit of nothing is none. */
static bool limit_dbm(const struct records *r, size_t row, const char *column, double *dbm)
{
    const char *text = record_text(r, row, column);
    double number;
    if (strncasecmp(text, "-inf", 4) == 0 ||
        (is_milliwatt(text) && record_number(r, row, column, &number) && number <= 0))
        return false;
    return level_dbm(r, row, column, dbm);
}

bool lanes_limit(const struct lanes *lanes, const struct records *r, const struct lane *lane,
                 const char *column, double *dbm)
{
    bool found = false, high = strstr(column, "_high_") != NULL;
    for (size_t row = 0; row < r->count; row++) {
        const struct lane_row *about = &lanes->rows[row];
        double value;
        if (about->uplink != lane->uplink || (about->number != lane->number && about->number != LANE_ALL) ||
            !limit_dbm(r, row, column, &value))
            continue;
        if (!found || (high ? value < *dbm : value > *dbm))
            *dbm = value;
        found = true;
    }
    return found;
}
