/* Optical levels per lane. Limits are the role's and the module's own, the tighter wins. A lane that gives no reading fails,
   unless the inventory says that there is no light in it (behaviour 69: DACs have no levels). */
#include <math.h>
#include <string.h>

#include "plugin/all.h"
#include "plugin/lanes.h"

static const enum failure codes[] = {FAILURE_LIGHT_LEVEL_FAIL, FAILURE_NONE};
static const char *const needs[] = {"uplink_interfaces", "transceivers", NULL};

struct limits {
    bool has_min, has_max;
    double min_dbm, max_dbm;
};

struct finding {
    struct str text;
    size_t row;
    const char *column, *where;
    struct limits limits;
    bool unlimited; /* somewhere no limit is known: nothing is proven */
};

static void tighten_min(struct limits *l, double value)
{
    l->min_dbm = l->has_min && l->min_dbm > value ? l->min_dbm : value;
    l->has_min = true;
}

static void tighten_max(struct limits *l, double value)
{
    l->max_dbm = l->has_max && l->max_dbm < value ? l->max_dbm : value;
    l->has_max = true;
}

static struct limits limits_of(const struct run *run, const struct records *r, const struct lanes *lanes,
                               const struct lane *lane, bool rx)
{
    const struct light_limits *role = &run->role->light;
    const char *low = rx ? "rx_low_alarm" : "tx_low_alarm", *high = rx ? "rx_high_alarm" : "tx_high_alarm";
    struct limits l = {0};
    double value;
    if (rx ? role->has_rx_min : role->has_tx_min)
        tighten_min(&l, rx ? role->rx_min_dbm : role->tx_min_dbm);
    if (rx ? role->has_rx_max : role->has_tx_max)
        tighten_max(&l, rx ? role->rx_max_dbm : role->tx_max_dbm);
    if (lanes_limit(lanes, r, lane, low, &value))
        tighten_min(&l, value);
    if (lanes_limit(lanes, r, lane, high, &value))
        tighten_max(&l, value);
    return l;
}

/* The switch's own mark: -2 is a low alarm, 2 a high one. False: a mark that nobody knows. */
static bool mark_of(const char *text, int *mark)
{
    static const struct {
        const char *text;
        int mark;
    } known[] = {{"", 0},           {"--", -2},          {"-", -1},           {"+", 1},         {"++", 2},
                 {"low alarm", -2}, {"low warning", -1}, {"high warning", 1}, {"high alarm", 2}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (text_same(text, known[i].text)) {
            *mark = known[i].mark;
            return true;
        }
    return false;
}

/* Half of the last digit that is printed, at both sides: two decimals of a dBm, or of a milliwatt. */
static double rounding_db(const struct records *r, size_t row, const char *column, double dbm)
{
    const double step_mw = 0.005;
    return strcasestr(record_get(r, row, column), "mW") ? 10 * log10(1 + step_mw / pow(10, dbm / 10)) : 0.011;
}

/* The switch marks each level by the module's limits. A mark that does not fit the number means that a byte of the number was lost
   or changed on its way (-13.20 become -3.20 keeps its mark). Where a limit is not printed nothing can be said. */
static bool mark_contradicts(const struct records *r, const struct lanes *lanes, const struct lane *lane,
                             bool rx)
{
    static const char *const columns[2][4] = {
        {"tx_low_alarm", "tx_low_warn", "tx_high_warn", "tx_high_alarm"},
        {"rx_low_alarm", "rx_low_warn", "rx_high_warn", "rx_high_alarm"}};
    const char *level = rx ? "rx_dbm" : "tx_dbm";
    size_t row = rx ? lane->rx_row : lane->tx_row;
    double limit[4], dbm;
    int mark;
    if (!mark_of(record_text(r, row, "mark"), &mark))
        return true;
    if (!records_has(r, "mark") || !level_dbm(r, row, level, &dbm))
        return false;
    for (size_t i = 0; i < 4; i++)
        if (!lanes_limit(lanes, r, lane, columns[rx][i], &limit[i]))
            return false;
    double slack = rounding_db(r, row, level, dbm);
    bool above = mark == -2 || dbm > limit[mark + 1] - slack;
    bool below = mark == 2 || dbm < limit[mark + 2] + slack;
    return !above || !below;
}

/* What is wrong with one level, NULL if nothing. */
static const char *fault(struct run *run, const struct records *r, size_t row, bool rx,
                         const struct limits *l)
{
    const char *does = rx ? "receives" : "sends";
    double dbm;
    int mark = 0;
    if (!level_dbm(r, row, rx ? "rx_dbm" : "tx_dbm", &dbm))
        return arena_printf(&run->arena, "gives no reading of what it %s", does);
    if (l->has_min && dbm < l->min_dbm)
        return arena_printf(&run->arena, "%s %.2f dBm, at least %.2f wanted", does, dbm, l->min_dbm);
    if (l->has_max && dbm > l->max_dbm)
        return arena_printf(&run->arena, "%s %.2f dBm, at most %.2f wanted", does, dbm, l->max_dbm);
    if (!mark_of(record_text(r, row, "mark"), &mark) || mark == -2 || mark == 2)
        return arena_printf(&run->arena, "%s %.2f dBm, which the switch marks %s", does, dbm,
                            record_text(r, row, "mark"));
    return NULL;
}

static const char *lane_text(struct run *run, const struct lane *l, unsigned lanes)
{
    const char *port = run->sw->uplinks[l->uplink].interface;
    return lanes > 1 ? arena_printf(&run->arena, "%s lane %u", port, l->number) : port;
}

static void add_finding(struct finding *f, const char *where, const char *wrong, size_t row,
                        const char *column, const struct limits *l)
{
    if (f->row == ROW_NONE) {
        f->row = row;
        f->column = column;
        f->where = where;
        f->limits = *l;
    }
    text_list(&f->text);
    str_printf(&f->text, "%s %s", where, wrong);
}

static struct fact level_fact(const char *column, const struct records *r, size_t row, const char *from)
{
    struct fact f = {.column = column};
    f.is_number = level_dbm(r, row, from, &f.number);
    return f;
}

static struct fact limit_fact(const char *column, bool has, double value)
{
    return (struct fact){.column = column, .is_number = has, .number = value};
}

static void judge_lane(struct run *run, const struct records *r, const struct lanes *all,
                       const struct lane *l, unsigned lanes, struct finding *f)
{
    const char *where = lane_text(run, l, lanes);
    struct limits rx = limits_of(run, r, all, l, true), tx = limits_of(run, r, all, l, false);
    const char *wrong_rx = fault(run, r, l->rx_row, true, &rx),
               *wrong_tx = fault(run, r, l->tx_row, false, &tx);
    if (wrong_rx)
        add_finding(f, where, wrong_rx, l->rx_row, "rx_dbm", &rx);
    if (wrong_tx)
        add_finding(f, where, wrong_tx, l->tx_row, "tx_dbm", &tx);
    f->unlimited = f->unlimited || !rx.has_min || !tx.has_min;
    struct fact facts[] = {
        fact_text("interface", run->sw->uplinks[l->uplink].interface),
        fact_text("lane", arena_printf(&run->arena, "%u", l->number)),
        level_fact("rx_dbm", r, l->rx_row, "rx_dbm"),
        level_fact("tx_dbm", r, l->tx_row, "tx_dbm"),
        limit_fact("rx_min_dbm", rx.has_min, rx.min_dbm),
        limit_fact("rx_max_dbm", rx.has_max, rx.max_dbm),
        limit_fact("tx_min_dbm", tx.has_min, tx.min_dbm),
        limit_fact("tx_max_dbm", tx.has_max, tx.max_dbm),
        fact_text("text", wrong_rx ? wrong_rx : wrong_tx),
    };
    run_component(run, COMPONENT_TRANSCEIVER, wrong_rx || wrong_tx ? "failed" : "ok", wrong_rx || wrong_tx,
                  facts, sizeof facts / sizeof facts[0]);
}

/* 1, 2, 4, 8 … lanes, or ten, without a gap: what is left of a transceiver that lost a lane has one, or has an odd number. */
static bool numbers_whole(const struct lanes *lanes, size_t uplink, unsigned count)
{
    unsigned lowest = LANE_ALL, highest = 0;
    for (size_t i = 0; i < lanes->count; i++) {
        const struct lane *l = &lanes->items[i];
        if (l->uplink != uplink)
            continue;
        lowest = l->number < lowest ? l->number : lowest;
        highest = l->number > highest ? l->number : highest;
    }
    return lowest <= 1 && highest - lowest + 1 == count && ((count & (count - 1)) == 0 || count == 10);
}

/* Lanes of one uplink: all there, each with both levels. False with *v set. */
static bool lanes_whole(struct run *run, const struct records *r, const struct lanes *lanes, size_t uplink,
                        const char *type, const char *speed, unsigned *count, struct verdict *v)
{
    const char *port = run->sw->uplinks[uplink].interface;
    unsigned wanted = lanes_of_type(type) ? lanes_of_type(type) : lanes_of_speed(type, speed);
    *count = 0;
    for (size_t i = 0; i < lanes->count; i++) {
        const struct lane *l = &lanes->items[i];
        if (l->uplink != uplink)
            continue;
        ++*count;
        if (l->rx_row == ROW_NONE || l->tx_row == ROW_NONE) {
            *v = verdict_unread(run, r, ROW_NONE, "%s lane %u has no row for what it %s", port, l->number,
                                l->rx_row == ROW_NONE ? "receives" : "sends");
            return false;
        }
        for (int rx = 0; rx < 2; rx++) {
            size_t row = rx ? l->rx_row : l->tx_row;
            if (!mark_contradicts(r, lanes, l, rx))
                continue;
            *v =
                verdict_unread(run, r, row, "%s lane %u: the level does not fit the switch's own mark \"%s\"",
                               port, l->number, record_text(r, row, "mark"));
            return false;
        }
    }
    if (*count > 0 && *count >= wanted && numbers_whole(lanes, uplink, *count))
        return true;
    *v = verdict_unread(run, r, ROW_NONE, "%s is %s%s with %u lane%s, the answer shows %u", port,
                        strchr("AEFHILMNORSX8", *type) && *type ? "an " : "a ", *type ? type : "transceiver",
                        wanted ? wanted : 1, wanted > 1 ? "s" : "", *count);
    return false;
}

static struct verdict out_of_limits(struct run *run, const struct records *r, struct finding *f)
{
    struct verdict v = verdict_fail(run, FAILURE_LIGHT_LEVEL_FAIL, "%s", str_cstr(&f->text));
    verdict_point(run, &v, r, f->row, f->column, "%.2f to %.2f dBm (role %s and the module's own limits)",
                  f->limits.min_dbm, f->limits.max_dbm, run->role->name ? run->role->name : "");
    verdict_remedy(run, &v, "clean the connector and the fibre of %s, then exchange the transceiver",
                   f->where);
    return v;
}

static struct verdict no_module(struct run *run, const struct records *states, size_t row, const char *port)
{
    struct verdict v = verdict_fail(run, FAILURE_LIGHT_LEVEL_FAIL, "%s has no transceiver", port);
    verdict_point(run, &v, states, row, records_has(states, "type") ? "type" : "state", "a transceiver in %s",
                  port);
    verdict_remedy(run, &v, "insert the transceiver of %s", port);
    return v;
}

/* What was counted on the way through the uplinks. */
struct counts {
    size_t copper, judged;
    size_t empty, unknown; /* the first uplink without a transceiver, with one that nobody knows; ROW_NONE */
};

static size_t lanes_in(const struct lanes *lanes, size_t uplink)
{
    size_t n = 0;
    for (size_t i = 0; i < lanes->count; i++)
        n += lanes->items[i].uplink == uplink;
    return n;
}

/* False with *v set: the answers cannot be true. */
static bool judge_uplink(struct run *run, const struct records *states, const struct records *r,
                         const struct lanes *lanes, size_t i, struct finding *f, struct counts *c,
                         struct verdict *v)
{
    const char *port = run->sw->uplinks[i].interface;
    size_t rows, row = uplink_row(run, states, port, &rows);
    unsigned count;
    if (rows != 1) {
        *v = verdict_unread(run, states, row, "the answer has %zu rows for %s", rows, port);
        return false;
    }
    switch (media_of(run, states, row, r, port)) {
    case MEDIA_COPPER:
        c->copper++;
        return true;
    case MEDIA_NONE:
        c->empty = c->empty == ROW_NONE ? i : c->empty;
        return true;
    case MEDIA_CONTRADICTION:
        *v = verdict_unread(run, states, row, "%s is called copper (%s) and shows light", port,
                            record_text(states, row, "type"));
        return false;
    case MEDIA_UNKNOWN:
        if (lanes_in(lanes, i) > 0)
            break;
        c->unknown = c->unknown == ROW_NONE ? i : c->unknown;
        return true;
    default:
        break;
    }
    if (!lanes_whole(run, r, lanes, i, record_text(states, row, "type"), record_text(states, row, "speed"),
                     &count, v))
        return false;
    for (size_t k = 0; k < lanes->count; k++)
        if (lanes->items[k].uplink == i)
            judge_lane(run, r, lanes, &lanes->items[k], count, f);
    c->judged += count;
    return true;
}

static struct verdict judge(struct run *run, const struct records *states, const struct records *r,
                            const struct lanes *lanes, struct finding *f)
{
    const struct uplink *uplinks = run->sw->uplinks;
    struct counts c = {.empty = ROW_NONE, .unknown = ROW_NONE};
    struct verdict v;
    for (size_t i = 0; i < run->sw->uplink_count; i++)
        if (!judge_uplink(run, states, r, lanes, i, f, &c, &v))
            return v;
    if (c.empty != ROW_NONE)
        return no_module(run, states, uplink_row(run, states, uplinks[c.empty].interface, NULL),
                         uplinks[c.empty].interface);
    if (f->row != ROW_NONE)
        return out_of_limits(run, r, f);
    if (c.unknown != ROW_NONE)
        return verdict_skip(run, "%s tells no optical levels, and nothing says that it is copper",
                            uplinks[c.unknown].interface);
    if (f->unlimited)
        return verdict_skip(run, "no lower limit is known for some lane: add `light:` to role %s",
                            run->role->name ? run->role->name : "");
    return verdict_pass(run, "%zu lanes within limits%s", c.judged,
                        c.copper ? arena_printf(&run->arena, ", %zu uplinks are copper", c.copper) : "");
}

static struct verdict light_run(struct run *run)
{
    struct records states, r;
    struct lanes lanes;
    if (run->sw->uplink_count == 0)
        return verdict_skip(run, "the site names no uplinks of %s: add `uplinks:`", run->sw->name);
    if (!run_query_uplinks(run, "uplink_interfaces", &states) || !lanes_read(run, &r, &lanes))
        return verdict_error(run);
    struct finding f = {.row = ROW_NONE};
    struct verdict v = judge(run, &states, &r, &lanes, &f);
    str_clear(&f.text);
    return v;
}

static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    (void)platform, (void)query;
    return sw->uplink_count > 0;
}

const struct plugin plugin_light = {
    .name = "light",
    .about = "are receive and transmit levels within limits, per lane?",
    .phase = PHASE_LIGHT_CHECK,
    .effect = READS,
    .needs = needs,
    .times = times,
    .codes = codes,
    .run = light_run,
};
