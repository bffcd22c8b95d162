#include <string.h>

#include "plugin/all.h"
#include "plugin/shared.h"

static const enum failure codes[] = {FAILURE_PSU_FAILURE, FAILURE_NONE};
static const char *const needs[] = {"power_supplies", "inventory", NULL};

/* "0.00A" → "0.00 A" */
static const char *with_blank(struct run *run, const char *value)
{
    size_t n = strspn(value, "0123456789.-");
    return value[n] ? arena_printf(&run->arena, "%.*s %s", (int)n, value, value + n) : value;
}

/* The switch's word alone is not enough: a supply that says ok but neither takes nor gives anything is dead or not switched on. */
static bool idle(const struct records *r, size_t row)
{
    double in, out;
    return records_has(r, "input_a") && records_has(r, "output_w") && record_number(r, row, "input_a", &in) &&
           record_number(r, row, "output_w", &out) && in == 0 && out == 0;
}

/* An empty slot gives no power: a row that says both has been damaged on its way. */
static bool contradicts(const struct records *r, size_t row)
{
    double in = 0, out = 0;
    if (!record_is(r, row, "state", "absent"))
        return false;
    bool takes = records_has(r, "input_a") && record_number(r, row, "input_a", &in) && in > 0;
    return takes || (records_has(r, "output_w") && record_number(r, row, "output_w", &out) && out > 0);
}

/* What is wrong with it, NULL if nothing. */
static const char *fault(struct run *run, const struct records *r, size_t row)
{
    const char *slot = record_get(r, row, "slot"), *in = record_text(r, row, "input_a");
    if (record_is(r, row, "state", "no_input"))
        return arena_printf(&run->arena, "power supply %s has no input%s%s%s", slot, *in ? " (" : "",
                            with_blank(run, in), *in ? ")" : "");
    if (record_is(r, row, "state", "failed"))
        return arena_printf(&run->arena, "power supply %s has failed (%s)", slot,
                            record_raw(r, row, "state"));
    if (record_is(r, row, "state", "ok") && idle(r, row))
        return arena_printf(&run->arena, "power supply %s says %s but takes and gives nothing", slot,
                            record_raw(r, row, "state"));
    return NULL;
}

static void tell(struct run *run, const struct records *r, size_t row, const char *wrong)
{
    struct fact facts[] = {fact_text("slot", record_get(r, row, "slot")),
                           fact_text("model", record_text(r, row, "model")),
                           fact_number("input_a", r, row, "input_a"),
                           fact_number("output_w", r, row, "output_w"), fact_text("text", wrong)};
    run_component(run, COMPONENT_PSU, record_get(r, row, "state"), wrong != NULL, facts,
                  sizeof facts / sizeof facts[0]);
}

static void tell_missing(struct run *run, const struct records *r, unsigned slot)
{
    const char *name = arena_printf(&run->arena, "%u", slot);
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(record_get(r, i, "slot"), name) == 0)
            return;
    struct fact facts[] = {fact_text("slot", name), fact_text("text", "not listed")};
    run_component(run, COMPONENT_PSU, "absent", true, facts, 2);
}

static struct verdict broken(struct run *run, const struct records *r, size_t row, const char *text,
                             unsigned wanted)
{
    const char *slot = record_get(r, row, "slot");
    struct verdict v = verdict_fail(run, FAILURE_PSU_FAILURE, "%s", text);
    verdict_point(run, &v, r, row, "state", "role %s wants %u with input",
                  run->role->name ? run->role->name : "", wanted);
    if (record_is(r, row, "state", "failed"))
        verdict_remedy(
            run, &v,
            "check the cord and the PDU outlet of power supply %s, then reseat or replace it (label PS%s)",
            slot, slot);
    else
        verdict_remedy(run, &v, "check the cord and the PDU outlet of power supply %s (label PS%s)", slot,
                       slot);
    return v;
}

static struct verdict missing(struct run *run, const struct records *r, size_t ok, unsigned wanted)
{
    struct verdict v = verdict_fail(run, FAILURE_PSU_FAILURE, "%zu of %u power supplies present", ok, wanted);
    for (unsigned slot = 1; slot <= wanted; slot++)
        tell_missing(run, r, slot);
    verdict_point(run, &v, r, ROW_NONE, NULL, "%u power supplies with input", wanted);
    verdict_remedy(run, &v, "insert the missing power supply of %s and connect its cord", run->sw->name);
    return v;
}

static struct verdict psu_run(struct run *run)
{
    struct records r;
    unsigned wanted = run->role->power_supplies;
    size_t bad = ROW_NONE, ok = 0;
    struct str text = {0};
    if (!run_query(run, "power_supplies", &r))
        return verdict_error(run);
    if (records_duplicate(&r, "slot") != ROW_NONE)
        return verdict_unread(run, &r, records_duplicate(&r, "slot"), "a power supply slot is listed twice");
    if (wanted == 0 && !inventory_slots(run, "power_supply", &wanted))
        return verdict_error(run);
    for (size_t i = 0; i < r.count; i++) {
        if (contradicts(&r, i))
            return verdict_unread(run, &r, i, "power supply %s is absent and gives power",
                                  record_get(&r, i, "slot"));
        const char *wrong = fault(run, &r, i);
        tell(run, &r, i, wrong);
        ok += !wrong && record_is(&r, i, "state", "ok");
        if (!wrong)
            continue;
        text_list(&text);
        str_add_cstr(&text, wrong);
        bad = bad == ROW_NONE ? i : bad;
    }
    const char *all = arena_strdup(&run->arena, str_cstr(&text));
    str_clear(&text);
    if (bad != ROW_NONE)
        return broken(run, &r, bad, all, wanted);
    if (ok < wanted)
        return missing(run, &r, ok, wanted);
    return verdict_pass(run, "%zu power supplies, all with input", ok);
}

static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    (void)platform;
    return strcmp(query, "inventory") != 0 || sw->role->power_supplies == 0;
}

const struct plugin plugin_psu = {
    .name = "psu",
    .about = "are all power supplies present with power input?",
    .phase = PHASE_PSU_CHECK,
    .effect = READS,
    .needs = needs,
    .times = times,
    .codes = codes,
    .run = psu_run,
};
