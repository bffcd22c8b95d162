/* Does routing work as the site wants it? Every neighbour it names is established, and has been for longer than its hold time
   (behaviour 72): a session that comes and goes is established most of the time. Several rows of one neighbour are its address
   families. After a change of this job the neighbours get that time before they are judged; the switch is asked again meanwhile. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "plugin/all.h"
#include "plugin/shared.h"
#include "plugin/uptime.h"

static const enum failure codes[] = {FAILURE_ROUTING_FAIL, FAILURE_NONE};
static const char *const needs[] = {"routing_neighbors", "bfd_neighbors", "lag_members", NULL};

/* HOLD_S: what Cisco, Arista and FRR in its traditional profile use, and more than RFC 4271 suggests (90). */
enum { HOLD_S = 180, ASK_AGAIN_MS = 3000 };

struct finding {
    struct run *run;
    struct verdict first; /* text NULL: nothing was found */
    struct str texts;
    bool ripens;       /* all that was found is that something is not old enough yet */
    int64_t hold_s;    /* the longest hold time seen */
    struct str untold; /* what the switch does not print and the site wants */
    bool unread;
};

static void found(struct finding *f, const struct records *r, size_t row, const char *column,
                  const char *wanted, const char *remedy, const char *text)
{
    if (!f->first.text) {
        f->first = verdict_fail(f->run, FAILURE_ROUTING_FAIL, "%s", text);
        verdict_point(f->run, &f->first, r, row, column, "%s", wanted);
        verdict_remedy(f->run, &f->first, "%s", remedy);
    }
    text_list(&f->texts);
    str_add_cstr(&f->texts, text);
    f->ripens = false;
}

/* False: the answer cannot be true; the verdict is there. */
static bool unread(struct finding *f, const struct records *r, size_t row, const char *text)
{
    f->first = verdict_unread(f->run, r, row, "%s", text);
    f->unread = true;
    return false;
}

static void untold(struct finding *f, const char *address, const char *what)
{
    text_list(&f->untold);
    str_printf(&f->untold, "%s of %s", what, address);
}

#define TEXT(f, ...) arena_printf(&(f)->run->arena, __VA_ARGS__)

static bool address_same(const char *a, const char *b)
{
    unsigned char left[sizeof(struct in6_addr)], right[sizeof left];
    if (inet_pton(AF_INET6, a, left) == 1 && inet_pton(AF_INET6, b, right) == 1)
        return memcmp(left, right, sizeof left) == 0;
    return text_same(a, b);
}

/* "65001", or RFC 5396's asdot "1.10". */
static bool as_number(const char *text, unsigned long *out)
{
    char *end;
    if (!*text || strspn(text, "0123456789.") != strlen(text))
        return false;
    unsigned long high = strtoul(text, &end, 10), low = 0;
    bool dot = *end == '.';
    if (dot)
        low = strtoul(end + 1, &end, 10);
    *out = dot ? high * 65536 + low : high;
    return *end == '\0' && (!dot || (high < 65536 && low < 65536));
}

static int64_t hold_of(const struct neighbor *n, const struct records *r, size_t row)
{
    double hold;
    if (records_has(r, "hold_time") && record_number(r, row, "hold_time", &hold) && hold > 0)
        return (int64_t)hold;
    return n->hold_time_s ? n->hold_time_s : HOLD_S;
}

static void judge_age(struct finding *f, const struct neighbor *n, const struct records *r, size_t row,
                      const char *who)
{
    const char *since = record_text(r, row, "since");
    int64_t age_s, hold_s = hold_of(n, r, row);
    bool ripens = f->ripens || !f->first.text;
    f->hold_s = f->hold_s > hold_s ? f->hold_s : hold_s;
    if (!uptime_read(since, &age_s) || age_s > hold_s)
        return;
    found(f, r, row, "since", TEXT(f, "longer than the hold time of %lld s", (long long)hold_s),
          TEXT(f, "run it again in a few minutes; if %s is as young again, its session comes and goes", who),
          TEXT(f, "%s is established for %s only", who, since));
    f->ripens = ripens;
}

static bool judge_row(struct finding *f, const struct neighbor *n, const struct records *r, size_t row)
{
    const char *family = record_text(r, row, "family");
    const char *who = *family ? TEXT(f, "%s (%s)", n->address, family) : n->address;
    const char *as_text = record_text(r, row, "as");
    unsigned long as;
    double flaps;
    if (*as_text && !as_number(as_text, &as))
        return unread(f, r, row, TEXT(f, "\"%s\" is no autonomous system", as_text));
    if (*as_text && as != n->as)
        found(
            f, r, row, "as", TEXT(f, "AS %lu", n->as),
            TEXT(f, "correct the AS of %s: in the site file, on the switch or on the neighbour", n->address),
            TEXT(f, "%s is in AS %s, not %lu", who, as_text, n->as));
    if (!record_is(r, row, "state", "established")) {
        found(f, r, row, "state", "established",
              TEXT(f,
                   "check that %s answers, and its side of the session: address, AS number, authentication",
                   n->address),
              TEXT(f, "%s is %s", who, record_get(r, row, "state")));
        return true;
    }
    judge_age(f, n, r, row, who);
    if (n->no_flaps && records_has(r, "flaps") && record_number(r, row, "flaps", &flaps) && flaps > 0)
        found(f, r, row, "flaps", "no flap",
              TEXT(f, "find out why %s went down: light levels, its log", n->address),
              TEXT(f, "%s went down %.0f times", who, flaps));
    return true;
}

/* The address family with most prefixes decides: none of the others is told to carry any. */
static bool most(const struct neighbor *n, const struct records *r, const char *column, double *max,
                 size_t *at)
{
    bool told = false;
    double value;
    *max = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (!address_same(n->address, record_get(r, i, "neighbor")) || !records_has(r, column) ||
            !record_number(r, i, column, &value))
            continue;
        if (!told || value > *max) {
            *max = value;
            *at = i;
        }
        told = true;
    }
    return told;
}

static void judge_prefixes(struct finding *f, const struct neighbor *n, const struct records *r)
{
    double received, sent;
    size_t row = ROW_NONE;
    bool told = most(n, r, "prefixes_received", &received, &row);
    if (told && received < n->min_prefixes)
        found(f, r, row, "prefixes_received", TEXT(f, "at least %u", n->min_prefixes),
              TEXT(f, "check what %s announces, and the filters between", n->address),
              TEXT(f, "%.0f of at least %u prefixes from %s", received, n->min_prefixes, n->address));
    if (!told && n->min_prefixes > 0)
        untold(f, n->address, "the prefixes");
    if (most(n, r, "prefixes_sent", &sent, &row) && sent == 0)
        found(f, r, row, "prefixes_sent", "at least one",
              TEXT(f, "check what the configuration lets out to %s", n->address),
              TEXT(f, "nothing is announced to %s", n->address));
}

static bool judge_neighbor(struct finding *f, const struct neighbor *n, const struct records *r)
{
    size_t rows = 0, established = 0;
    bool as_told = false;
    for (size_t i = 0; i < r->count; i++) {
        if (!address_same(n->address, record_get(r, i, "neighbor")))
            continue;
        rows++;
        established += record_is(r, i, "state", "established");
        as_told = as_told || *record_text(r, i, "as");
        if (!judge_row(f, n, r, i))
            return false;
    }
    if (rows == 0)
        found(f, r, SIZE_MAX, NULL, TEXT(f, "a session with %s", n->address),
              TEXT(f, "configure %s as a neighbour, or correct the site file", n->address),
              TEXT(f, "%s is no neighbour of this switch", n->address));
    else if (!as_told)
        untold(f, n->address, "the AS");
    if (rows > 0 && established == rows)
        judge_prefixes(f, n, r);
    return true;
}

static void judge_bfd(struct finding *f, const struct neighbor *n, const struct records *r)
{
    size_t rows = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (!address_same(n->address, record_get(r, i, "neighbor")))
            continue;
        rows++;
        if (!record_is(r, i, "state", "up"))
            found(f, r, i, "state", "up", TEXT(f, "check BFD of %s at both ends", n->address),
                  TEXT(f, "BFD with %s is %s", n->address, record_get(r, i, "state")));
    }
    if (rows == 0)
        found(f, r, SIZE_MAX, NULL, TEXT(f, "a BFD session with %s", n->address),
              TEXT(f, "turn BFD on for %s at both ends", n->address),
              TEXT(f, "there is no BFD session with %s", n->address));
}

static void judge_lag(struct finding *f, const char *lag, const struct records *r)
{
    struct run *run = f->run;
    const char *wanted = platform_interface(run->platform, lag, &run->arena);
    size_t rows = 0;
    for (size_t i = 0; i < r->count; i++) {
        const char *member = record_get(r, i, "interface");
        if (!text_same(platform_interface(run->platform, record_get(r, i, "group"), &run->arena), wanted))
            continue;
        rows++;
        if (!record_is(r, i, "state", "active"))
            found(f, r, i, "state", "active",
                  TEXT(f, "check the cable of %s, and LACP at its far end", member),
                  TEXT(f, "%s of %s carries no traffic", member, lag));
    }
    if (rows == 0)
        found(f, r, SIZE_MAX, NULL, TEXT(f, "members of %s", lag),
              TEXT(f, "configure %s, or correct the site file", lag), TEXT(f, "%s has no member", lag));
}

static bool wants_bfd(const struct site_switch *sw)
{
    for (size_t i = 0; i < sw->neighbor_count; i++)
        if (sw->neighbors[i].bfd)
            return true;
    return false;
}

/* False: something could not be read; f->first says what. */
static bool look(struct finding *f)
{
    struct run *run = f->run;
    const struct site_switch *sw = run->sw;
    struct records r;
    bool ok = sw->neighbor_count == 0 || run_query(run, "routing_neighbors", &r);
    for (size_t i = 0; ok && i < sw->neighbor_count; i++)
        if (!judge_neighbor(f, &sw->neighbors[i], &r))
            return false;
    ok = ok && (!wants_bfd(sw) || run_query(run, "bfd_neighbors", &r));
    for (size_t i = 0; ok && i < sw->neighbor_count; i++)
        if (sw->neighbors[i].bfd)
            judge_bfd(f, &sw->neighbors[i], &r);
    ok = ok && (!sw->lags || run_query(run, "lag_members", &r));
    for (const char *const *lag = sw->lags; ok && lag && *lag; lag++)
        judge_lag(f, *lag, &r);
    if (!ok) {
        f->first = verdict_error(run);
        f->unread = true;
    }
    return ok;
}

static void start_over(struct finding *f, struct run *run)
{
    str_clear(&f->texts);
    str_clear(&f->untold);
    *f = (struct finding){.run = run, .hold_s = f->hold_s ? f->hold_s : HOLD_S};
}

/* A neighbour has the hold time to come up, and once it is up, as long again to prove that it stays. */
static bool may_wait(const struct finding *f, int64_t begun_ms)
{
    struct run *run = f->run;
    if (f->unread || !f->first.text || !run->changed || !run->session)
        return false;
    int64_t patience_ms = f->hold_s * 1000 * (f->ripens ? 2 : 1) + 2 * ASK_AGAIN_MS;
    return session_now_ms(run->session) - begun_ms < patience_ms;
}

static void ask_again(struct run *run)
{
    const struct console *console = run->session_options.console;
    struct clock *clock = console ? console->options.clock : NULL;
    clock_wait_until(clock, clock_now_ms(clock) + ASK_AGAIN_MS);
    for (const char *const *query = needs; *query; query++)
        run_forget(run, *query);
}

static struct verdict conclude(struct finding *f)
{
    struct run *run = f->run;
    const struct site_switch *sw = run->sw;
    if (f->unread)
        return f->first;
    if (f->first.text) {
        f->first.text = TEXT(f, "%s", str_cstr(&f->texts));
        return f->first;
    }
    if (f->untold.len)
        return verdict_skip(run, "%s does not print %s; all else is as it should be", run->platform->name,
                            str_cstr(&f->untold));
    return verdict_pass(run, "%zu neighbours established%s%s", sw->neighbor_count,
                        wants_bfd(sw) ? ", BFD up" : "", sw->lags ? ", all members of the LAGs active" : "");
}

static struct verdict routing_run(struct run *run)
{
    struct finding f = {.run = run};
    if (run->sw->neighbor_count == 0 && !run->sw->lags)
        return verdict_not_asked(run, "the site names no routing neighbours of %s", run->sw->name);
    int64_t begun_ms = run->session ? session_now_ms(run->session) : 0;
    for (;;) {
        start_over(&f, run);
        look(&f);
        if (!may_wait(&f, begun_ms))
            break;
        ask_again(run);
    }
    struct verdict v = conclude(&f);
    str_clear(&f.texts);
    str_clear(&f.untold);
    return v;
}

static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    (void)platform;
    if (strcmp(query, "bfd_neighbors") == 0)
        return wants_bfd(sw);
    return strcmp(query, "lag_members") == 0 ? sw->lags != NULL : sw->neighbor_count > 0;
}

const struct plugin plugin_routing = {
    .name = "routing",
    .about = "are the routing neighbours established as the site wants them?",
    .phase = PHASE_ROUTING_CHECK,
    .effect = READS,
    .needs = needs,
    .times = times,
    .codes = codes,
    .run = routing_run,
};
