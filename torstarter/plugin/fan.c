#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "plugin/all.h"
#include "plugin/shared.h"

static const enum failure codes[] = {FAILURE_SYSTEM_FAN_FAILURE, FAILURE_PSU_FAN_FAILURE,
                                     FAILURE_AIRFLOW_MISMATCH, FAILURE_NONE};
static const char *const needs[] = {"fans", "inventory", NULL};

struct tally {
    size_t system_ok, psu_ok;   /* fans that turn; power supplies with such a fan */
    size_t system_bad, psu_bad; /* rows, ROW_NONE */
    const char *system_text, *psu_text;
};

static bool of_psu(const struct records *r, size_t row)
{
    const char *slot = record_get(r, row, "slot");
    if (records_has(r, "kind") && *record_get(r, row, "kind"))
        return record_is(r, row, "kind", "psu");
    return strncasecmp(slot, "PowerSupply", 11) == 0 || strncasecmp(slot, "PSU", 3) == 0 ||
           strncasecmp(slot, "PS-", 3) == 0;
}

/* How much of a fan's name is its supply's. "PowerSupply1/2": a number right behind letters, then the fan. "PSU-1/2/1": member,
   supply, fan; "PSU-1/2" has no fan in it. "PSU1Fan2", "PS1 FAN2": what follows the word fan. */
static size_t supply_len(const char *slot)
{
    size_t digit = strcspn(slot, "0123456789");
    const char *slash = strrchr(slot, '/'), *first = strchr(slot + digit, '/');
    bool member = digit > 0 && !isalpha((unsigned char)slot[digit - 1]);
    if (slash && (!member || slash != first))
        return (size_t)(slash - slot);
    for (const char *p = slot + digit; *p; p++)
        if (strncasecmp(p, "fan", 3) == 0) {
            while (p > slot && strchr(" _.-", p[-1]))
                p--;
            return (size_t)(p - slot);
        }
    return strlen(slot);
}

static bool same_supply(const struct records *r, size_t row, size_t other)
{
    const char *a = record_get(r, row, "slot"), *b = record_get(r, other, "slot");
    size_t len = supply_len(a);
    return of_psu(r, other) && supply_len(b) == len && strncmp(a, b, len) == 0;
}

/* An empty bay has no fan; how many power supplies there must be is counted apart. But a supply with one fan wants its other too. */
static bool bay_is_empty(const struct records *r, size_t row)
{
    for (size_t i = 0; i < r->count; i++)
        if (same_supply(r, row, i) && !record_is(r, i, "state", "absent"))
            return false;
    return true;
}

/* A system fan must be there. */
static const char *fault(struct run *run, const struct records *r, size_t row)
{
    const char *slot = record_get(r, row, "slot");
    double speed;
    if (record_is(r, row, "state", "absent"))
        return of_psu(r, row) && bay_is_empty(r, row) ? NULL
                                                      : arena_printf(&run->arena, "fan %s is missing", slot);
    if (!record_is(r, row, "state", "ok"))
        return arena_printf(&run->arena, "fan %s: %s", slot, record_raw(r, row, "state"));
    if (records_has(r, "speed") && record_number(r, row, "speed", &speed) && speed == 0)
        return arena_printf(&run->arena, "fan %s says %s but stands still", slot,
                            record_raw(r, row, "state"));
    return NULL;
}

/* Some switches print revolutions per minute instead. */
static struct fact percent_fact(const struct records *r, size_t row)
{
    if (strchr(record_text(r, row, "speed"), '%'))
        return fact_number("speed_percent", r, row, "speed");
    return (struct fact){.column = "speed_percent"};
}

static void tell(struct run *run, const struct records *r, size_t row, const char *wrong)
{
    struct fact facts[] = {fact_text("slot", record_get(r, row, "slot")),
                           fact_text("kind", of_psu(r, row) ? "psu" : "system"), percent_fact(r, row),
                           fact_text("airflow", record_text(r, row, "airflow")), fact_text("text", wrong)};
    run_component(run, COMPONENT_FAN, record_get(r, row, "state"), wrong != NULL, facts,
                  sizeof facts / sizeof facts[0]);
}

/* "PowerSupply1/2" and "PowerSupply1/1" cool the same supply: it counts once. */
static bool first_of_supply(const struct records *r, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (same_supply(r, row, i) && !record_is(r, i, "state", "absent"))
            return false;
    return true;
}

static const char *add_text(struct run *run, const char *list, const char *text)
{
    return list ? arena_printf(&run->arena, "%s; %s", list, text) : text;
}

static void count(struct run *run, const struct records *r, struct tally *t)
{
    *t = (struct tally){.system_bad = ROW_NONE, .psu_bad = ROW_NONE};
    for (size_t i = 0; i < r->count; i++) {
        const char *wrong = fault(run, r, i);
        bool psu = of_psu(r, i), ok = !wrong && record_is(r, i, "state", "ok");
        tell(run, r, i, wrong);
        t->system_ok += ok && !psu;
        t->psu_ok += ok && psu && first_of_supply(r, i);
        if (wrong && psu) {
            t->psu_bad = t->psu_bad == ROW_NONE ? i : t->psu_bad;
            t->psu_text = add_text(run, t->psu_text, wrong);
        } else if (wrong) {
            t->system_bad = t->system_bad == ROW_NONE ? i : t->system_bad;
            t->system_text = add_text(run, t->system_text, wrong);
        }
    }
}

static struct verdict system_failed(struct run *run, const struct records *r, size_t row, const char *text)
{
    struct verdict v = verdict_fail(run, FAILURE_SYSTEM_FAN_FAILURE, "%s", text);
    verdict_point(run, &v, r, row, row == ROW_NONE ? NULL : "state", "every system fan present and turning");
    if (row == ROW_NONE)
        verdict_remedy(run, &v, "look for the empty fan bay of %s, reseat the fan modules", run->sw->name);
    else
        verdict_remedy(run, &v, "reseat or replace fan module %s", record_get(r, row, "slot"));
    return v;
}

static struct verdict psu_failed(struct run *run, const struct records *r, size_t row, const char *text)
{
    struct verdict v = verdict_fail(run, FAILURE_PSU_FAN_FAILURE, "%s", text);
    verdict_point(run, &v, r, row, row == ROW_NONE ? NULL : "state", "a turning fan in every power supply");
    if (row == ROW_NONE)
        verdict_remedy(run, &v, "check that every power supply of %s is in place", run->sw->name);
    else
        verdict_remedy(run, &v, "reseat or replace the power supply of fan %s", record_get(r, row, "slot"));
    return v;
}

static struct verdict wrong_way(struct run *run, const struct records *r, size_t row)
{
    bool one_of_many = row > 0; /* the first would be wrong too if all were */
    struct verdict v =
        verdict_fail(run, FAILURE_AIRFLOW_MISMATCH, "the air flows %s (%s%s%s), the rack wants %s",
                     record_get(r, row, "airflow"), one_of_many ? record_get(r, row, "slot") : "",
                     one_of_many ? ": " : "", record_raw(r, row, "airflow"), run->role->airflow);
    verdict_point(run, &v, r, row, "airflow", "role %s wants %s", run->role->name ? run->role->name : "",
                  run->role->airflow);
    verdict_remedy(run, &v,
                   "replace fans and power supplies with those for %s (look at the colour of the handles)",
                   run->role->airflow);
    return v;
}

/* Rows that know which way the air flows: of fans and supplies that are there. ROW_NONE in *wrong: all flow as wanted. */
static size_t count_airflow(struct run *run, const struct records *r, size_t *wrong)
{
    size_t told = 0;
    *wrong = ROW_NONE;
    for (size_t i = 0; records_has(r, "airflow") && i < r->count; i++) {
        if (!*record_get(r, i, "airflow") || record_is(r, i, "airflow", "unknown") ||
            (records_has(r, "state") && record_is(r, i, "state", "absent")))
            continue;
        told++;
        if (*wrong == ROW_NONE && !record_is(r, i, "airflow", run->role->airflow))
            *wrong = i;
    }
    return told;
}

static struct verdict judge_airflow(struct run *run, const struct records *r, const struct verdict *good)
{
    struct records inventory;
    size_t wrong;
    if (count_airflow(run, r, &wrong) > 0)
        return wrong == ROW_NONE ? *good : wrong_way(run, r, wrong);
    if (platform_maps(run->platform, "inventory", "airflow")) {
        if (!run_query(run, "inventory", &inventory))
            return verdict_error(run);
        if (count_airflow(run, &inventory, &wrong) > 0)
            return wrong == ROW_NONE ? *good : wrong_way(run, &inventory, wrong);
    }
    return verdict_skip(
        run,
        "the fans turn, but the switch does not tell which way the air flows: role %s wants the "
        "airflow %s, look at the colour of the handles",
        run->role->name ? run->role->name : "", run->role->airflow);
}

/* A platform whose words for `kind` know no psu lists the system's fans only. */
static bool lists_psu_fans(const struct run *run, const struct records *r)
{
    const struct cached_answer *c = run_answer_of(run, r, 0, NULL);
    const struct reader *reader = c ? platform_reader_of(run->platform, c->query) : NULL;
    for (size_t i = 0; reader && i < reader->column_count; i++) {
        const struct column_map *column = &reader->columns[i];
        if (strcmp(column->column, "kind") != 0)
            continue;
        for (size_t k = 0; k < column->word_count; k++)
            if (strcmp(column->words[k].word, "psu") == 0 && column->words[k].spelling_count > 0)
                return true;
        return false;
    }
    return true;
}

static struct verdict all_turn(struct run *run, const struct records *r, const struct tally *t)
{
    const char *airflow = run->role->airflow ? run->role->airflow
                          : r->count > 0     ? record_text(r, 0, "airflow")
                                             : "";
    const char *stop = *airflow ? ", " : "";
    if (!lists_psu_fans(run, r))
        return verdict_pass(run, "%zu system fans turn%s%s; the switch lists no fans of power supplies",
                            t->system_ok, stop, airflow);
    return verdict_pass(run, "%zu system fans and the fans of %zu power supplies turn%s%s", t->system_ok,
                        t->psu_ok, stop, airflow);
}

static struct verdict judge(struct run *run, const struct records *r, const struct tally *t, unsigned fans,
                            unsigned supplies)
{
    if (t->system_bad != ROW_NONE)
        return system_failed(run, r, t->system_bad, t->system_text);
    if (t->system_ok < fans || t->system_ok == 0)
        return system_failed(run, r, ROW_NONE,
                             arena_printf(&run->arena, "%zu of %u system fans present", t->system_ok, fans));
    if (t->psu_bad != ROW_NONE)
        return psu_failed(run, r, t->psu_bad, t->psu_text);
    if (t->psu_ok < supplies && lists_psu_fans(run, r))
        return psu_failed(
            run, r, ROW_NONE,
            arena_printf(&run->arena, "%zu of %u power supplies have a turning fan", t->psu_ok, supplies));
    for (size_t i = 0; i < r->count; i++)
        if (*record_text(r, i, "cooling") && !record_is(r, i, "cooling", "ok"))
            return system_failed(run, r, i,
                                 arena_printf(&run->arena, "the switch says its cooling is \"%s\"",
                                              record_raw(r, i, "cooling")));
    struct verdict good = all_turn(run, r, t);
    return run->role->airflow ? judge_airflow(run, r, &good) : good;
}

static struct verdict fan_run(struct run *run)
{
    struct records r;
    struct tally t;
    unsigned fans = run->role->fans, supplies = run->role->power_supplies;
    if (!run_query(run, "fans", &r))
        return verdict_error(run);
    if (records_duplicate(&r, "slot") != ROW_NONE)
        return verdict_unread(run, &r, records_duplicate(&r, "slot"), "a fan is listed twice");
    if (fans == 0 && !inventory_slots(run, "fan", &fans))
        return verdict_error(run);
    if (supplies == 0 && lists_psu_fans(run, &r) && !inventory_slots(run, "power_supply", &supplies))
        return verdict_error(run);
    count(run, &r, &t);
    return judge(run, &r, &t, fans, supplies);
}

static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    bool for_airflow = sw->role->airflow && !platform_maps(platform, "fans", "airflow") &&
                       platform_maps(platform, "inventory", "airflow");
    return for_airflow || strcmp(query, "inventory") != 0 || sw->role->fans == 0 ||
           sw->role->power_supplies == 0;
}

const struct plugin plugin_fan = {
    .name = "fan",
    .about = "are all system and PSU fans present and turning, airflow as wanted?",
    .phase = PHASE_FAN_CHECK,
    .effect = READS,
    .needs = needs,
    .times = times,
    .codes = codes,
    .run = fan_run,
};
