/* What several plugins need and nobody else: contradictions, counting, the site's uplinks as queries want them. */
#ifndef PLUGIN_SHARED_H
#define PLUGIN_SHARED_H

#include "base/str.h"
#include "plugin/run.h"

#define ROW_NONE ((size_t)-1)

/* The answer was read but cannot be true (a slot twice, a lane without its row): ERROR, PARSE_FAILURE. */
struct verdict verdict_unread(struct run *run, const struct records *r, size_t row, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The same where run->err is to say it. Always false. */
bool run_unread(struct run *run, const struct records *r, size_t row, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The console could not be reached or logged in to: run->err says why, `otherwise` is the code where it has none. */
struct verdict connect_failed(struct run *run, enum failure otherwise);
/* A row whose `column` has the same text as an earlier row's; ROW_NONE if there is none. */
size_t records_duplicate(const struct records *r, const char *column);
/* "" where the platform maps no such column. */
const char *record_text(const struct records *r, size_t row, const char *column);

/* Some way of asking the query fills this column. */
bool platform_maps(const struct platform *p, const char *query, const char *column);

/* Who the switch says it is: what `version` does not tell, the one chassis of the inventory tells. Texts may be "". */
struct chassis {
    const char *serial, *mac, *model, *version;
    struct records from; /* where the serial number stands, or would */
    size_t row;
};
bool chassis_read(struct run *run, struct chassis *out); /* false: run->err */
/* The inventory must be asked for the serial number, so it must be declared. */
bool chassis_needs_inventory(const struct platform *p);

/* How many power supply slots or fans the inventory says there are, for roles that name no number. False: run->err. */
bool inventory_slots(struct run *run, const char *kind, unsigned *slots);

/* Serial numbers and names: blanks around and case do not count. */
bool text_same(const char *a, const char *b);
/* Separates the parts of a list: "; " before every part but the first. */
void text_list(struct str *s);

struct fact fact_text(const char *column, const char *text);
struct fact fact_number(const char *column, const struct records *r, size_t row, const char *from);

/* The site's uplinks in one argument: "Ethernet49/1,50/1" (one prefix, unless each is wanted in full), else full names with
   commas; "" where the site names none. */
const char *uplinks_argument(struct run *run, bool in_full);
/* The command has a place for this argument. */
bool query_takes(const struct query *q, const char *argument);
/* Row of an uplink in an answer that names interfaces; ROW_NONE. The count of such rows through *count (may be NULL). */
size_t uplink_row(struct run *run, const struct records *r, const char *interface, size_t *count);

/* The cables of n uplinks: cable_of[i] is the uplink to whose port the cable now in port i should lead, or CABLE_FOREIGN.
   Appends "swap the cables of A and B; …", the shortest list that puts every cable right that can be. */
#define CABLE_FOREIGN ((size_t)-1)
void cables_swaps(const char *const *ports, size_t *cable_of, size_t n, struct str *out);

/* Is it this neighbour? The domain does not count where one side has none. */
bool neighbor_name_same(const char *wanted, const char *found);

#endif
