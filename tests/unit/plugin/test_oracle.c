/* No false pass, on one platform and by an oracle of its own; test_mutation.c does the same on all of them. Healthy answers are damaged at random, many thousand ways, and judged by the plugin that reads them. A verdict
   must be PASS only where it is true, else a failure or an error with a code; SKIP is no way out.

   Truth is told by an oracle that shares nothing with the templates or the plugins: it looks at the damaged text as a person would,
   word by word, and asks only whether every part that must be there still stands there, once, with a good word and a good number:
     power supplies   slots with "Ok" and a current above zero: two different ones, and no slot without
     fans             four different system fans and two power supplies with "Ok" and a speed above zero; none without; the
                      lines about airflow and cooling say front-to-back (or port-side intake) and Ok
     uplinks          one line per uplink with the word connected; one neighbour line per uplink, naming its spine and port
     light            one line per lane under "Tx Power" and one under "Rx Power", the number within the role's limits
     serial           a line that is "Serial number:" and exactly the serial number
     pings            the counts of one line: all came back, or all but the first
   So a byte lost in a model's name may still pass (the part is good, the text says so); a byte lost in a state word may not.
   Where the damage alone decides, more is asked for: a log line spliced in anywhere must end in ERROR, since what it hid is not
   known; a state word exchanged for another must never pass; a supply that is missing while its inventory is damaged never passes.
   The seed is printed; TORSTARTER_SEED repeats a run. */
#include <stdlib.h>
#include <strings.h>

#include "unit/plugin/damage.h"
#include "unit/plugin/oracle.h"
#include "unit/plugin/world.h"

enum { ROUNDS = 1000, DAMAGES_MAX = 3 };

static const char log_line[] =
    "Nov 22 09:41:07 tor-r1-09 Ebra: %LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet12, "
    "changed state to up\n";
static const char *const good_words[] = {" Ok", "connected", "front-to-back", " received", NULL};
static const char *const bad_words[] = {
    "Failed", "Power Loss",    "Not Inserted", "notconnect", "errdisabled", "disabled", "Unknown",
    "N/A",    "back-to-front", "Okay",         "ok",         "Ready",       "?",        NULL};
static const struct damage_words words_of_eos = {log_line, good_words, bad_words};

/* ---- cases ---- */

struct mutation_case {
    const char *query, *file, *plugin;
    const char *beside, *beside_file; /* another answer that the plugin wants, undamaged */
    bool (*is_true)(const char *text);
    bool silent_role, once; /* the role names no numbers; one damage at a time */
};

/* The weak lane's row keeps its mark "-": with the mark gone too, a person could not know better either. */
static bool weak_light_true(const char *text)
{
    struct words w;
    if (!light_true(text))
        return false;
    while (*text) {
        text = next_line(text, &w);
        for (size_t i = 2; i < w.count && str_starts(w.word[0], "Et"); i++)
            if (strcmp(w.word[i], "-") == 0)
                return false;
    }
    return true;
}

static const struct mutation_case cases[] = {
    {"power_supplies", "healthy/power_supplies.txt", "psu", NULL, NULL, power_true, false, false},
    {"power_supplies", "older/power_supplies.txt", "psu", NULL, NULL, power_true, false, false},
    {"inventory", "healthy/inventory.txt", "psu", "power_supplies", "faults/power_supplies.absent.txt",
     never_true, true, true},
    {"inventory", "healthy/inventory.txt", "fan", "fans", "faults/fans.psu_absent.txt", never_true, true,
     true},
    {"fans", "healthy/fans.txt", "fan", NULL, NULL, fans_true, false, false},
    {"fans", "older/fans.txt", "fan", NULL, NULL, fans_true, false, false},
    {"version", "healthy/version.txt", "identity", NULL, NULL, serial_true, false, false},
    {"version", "healthy/version.txt", "asset", NULL, NULL, serial_true, false, false},
    {"uplink_interfaces", "healthy/uplink_interfaces.txt", "uplinks", "neighbors", "healthy/neighbors.txt",
     uplinks_true, false, false},
    {"neighbors", "healthy/neighbors.txt", "uplinks", "uplink_interfaces", "healthy/uplink_interfaces.txt",
     neighbors_true, false, false},
    {"transceivers", "healthy/transceivers.txt", "light", "uplink_interfaces",
     "healthy/uplink_interfaces.txt", light_true, false, false},
    {"ping_full", "healthy/ping_full.txt", "connectivity", NULL, NULL, ping_true, false, false},
    /* Answers that are bad to begin with: no damage may heal them. */
    {"power_supplies", "faults/power_supplies.no_input.txt", "psu", NULL, NULL, power_true, false, false},
    {"fans", "faults/fans.fan_failed.txt", "fan", NULL, NULL, fans_true, false, false},
    {"uplink_interfaces", "faults/uplink_interfaces.missing.txt", "uplinks", "neighbors",
     "healthy/neighbors.txt", uplinks_true, false, false},
    {"neighbors", "faults/neighbors.uplinks_swapped.txt", "uplinks", "uplink_interfaces",
     "healthy/uplink_interfaces.txt", neighbors_true, false, false},
    {"transceivers", "faults/transceivers.lane_weak.txt", "light", "uplink_interfaces",
     "healthy/uplink_interfaces.txt", weak_light_true, false, false},
    {"ping_full", "faults/ping_full.lossy.txt", "connectivity", NULL, NULL, ping_true, false, false},
};

struct tally {
    size_t judged, passed, failed, errors;
};

static void lay_answers(struct world *w, const struct mutation_case *c, const char *text)
{
    if (c->silent_role)
        w->role.power_supplies = w->role.fans = 0;
    if (c->beside)
        assert_true(world_says(w, c->beside, c->beside_file));
    bool ping = strcmp(c->query, "ping_full") == 0;
    for (size_t i = 1; ping && i < UPLINKS; i++)
        assert_true(world_pings(w, i, "ping_full", "healthy/ping_full.txt"));
    world_say(w, c->query, text, ping ? &w->uplinks[0] : NULL);
}

/* NULL when the verdict is allowed, else what is wrong with it. */
static const char *wrong(const struct mutation_case *c, const struct verdict *v, const char *text,
                         const enum damage *damages, size_t count, bool changed)
{
    if (v->kind == VERDICT_SKIP) /* an airflow that cannot be told is said to be so */
        return strcmp(c->plugin, "fan") == 0 && strstr(v->text, "does not tell which way") ? NULL : "skipped";
    if (v->kind != VERDICT_PASS && v->failure == FAILURE_NONE)
        return "ended without a code";
    if (v->kind == VERDICT_PASS && !c->is_true(text))
        return "passed over what is not good";
    if (count != 1 || !changed)
        return NULL;
    if (damages[0] == SPLICE_LOG && v->kind != VERDICT_ERROR && !c->silent_role)
        return "judged an answer with a log line in it";
    if (damages[0] == BAD_STATE && v->kind == VERDICT_PASS)
        return "passed over a changed state word";
    return NULL;
}

/* Lines that the healthy text lacks. */
static void show_changes(const char *healthy, const char *damaged)
{
    for (const char *at = damaged; *at;) {
        size_t len = strcspn(at, "\n");
        char *line = mem_strndup(at, len);
        if (*line && !strstr(healthy, line))
            printf("# damaged: %s\n", line);
        mem_free(line);
        at += len + (at[len] == '\n');
    }
}

static void one_round(const struct mutation_case *c, const char *healthy, uint64_t *seed, struct tally *t)
{
    uint64_t started = *seed;
    struct str s = {0};
    enum damage damages[DAMAGES_MAX];
    size_t n = 0, count = c->once || below(seed, 2) == 0 ? 1 : 1 + below(seed, DAMAGES_MAX);
    str_add_cstr(&s, healthy);
    while (n < count && s.len > 0) {
        damages[n] = (enum damage)below(seed, DAMAGE_COUNT);
        n += damage_text(&s, damages[n], &words_of_eos, seed);
    }
    struct world w;
    world_init(&w);
    lay_answers(&w, c, str_cstr(&s));
    struct verdict v = world_judge(&w, c->plugin);
    const char *what = wrong(c, &v, str_cstr(&s), damages, n, strcmp(str_cstr(&s), healthy) != 0);
    if (what) {
        for (size_t i = 0; i < n; i++)
            printf("# %s\n", damage_names[damages[i]]);
        show_changes(healthy, str_cstr(&s));
        fail_msg("seed %llu: %s of %s %s: %s", (unsigned long long)started, c->plugin, c->file, what, v.text);
    }
    t->judged++;
    t->passed += v.kind == VERDICT_PASS;
    t->failed += v.kind == VERDICT_FAIL;
    t->errors += v.kind == VERDICT_ERROR;
    world_clear(&w);
    str_clear(&s);
}

static uint64_t chosen_seed(void)
{
    const char *given = getenv("TORSTARTER_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10)
                          : 1; /* the same damage every time, so that a red run can be repeated */
    printf("# TORSTARTER_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static void a_damaged_answer_never_passes_over_a_bad_part(void **state)
{
    (void)state;
    uint64_t seed = chosen_seed();
    struct tally all = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tally t = {0};
        char *path = file_join(FIXTURES, cases[i].file), *healthy = world_file(path, "10.1.0.0");
        for (size_t k = 0; k < ROUNDS; k++)
            one_round(&cases[i], healthy, &seed, &t);
        printf("# %-17s %-12s %5zu judged: %5zu passed, %5zu failed, %5zu errors\n", cases[i].query,
               cases[i].plugin, t.judged, t.passed, t.failed, t.errors);
        all.judged += t.judged;
        mem_free(path);
        mem_free(healthy);
    }
    printf("# %zu damaged answers\n", all.judged);
    assert_true(all.judged >= 10000);
}

/* The oracle itself must be able to say both. */
static void the_oracle_knows_the_healthy_from_the_faulty(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        bool (*is_true)(const char *text);
        bool expected;
    } known[] = {
        {"healthy/power_supplies.txt", power_true, true},
        {"older/power_supplies.txt", power_true, true},
        {"faults/power_supplies.no_input.txt", power_true, false},
        {"faults/power_supplies.absent.txt", power_true, false},
        {"healthy/fans.txt", fans_true, true},
        {"older/fans.txt", fans_true, true},
        {"faults/fans.fan_absent.txt", fans_true, false},
        {"faults/fans.psu_fan_failed.txt", fans_true, false},
        {"faults/fans.airflow_wrong.txt", fans_true, false},
        {"healthy/uplink_interfaces.txt", uplinks_true, true},
        {"faults/uplink_interfaces.missing.txt", uplinks_true, false},
        {"healthy/neighbors.txt", neighbors_true, true},
        {"faults/neighbors.uplinks_swapped.txt", neighbors_true, false},
        {"faults/neighbors.stale.txt", neighbors_true, false},
        {"healthy/transceivers.txt", light_true, true},
        {"faults/transceivers.lane_weak.txt", light_true, false},
        {"faults/transceivers.lane_missing.txt", light_true, false},
        {"healthy/version.txt", serial_true, true},
        {"healthy/ping_full.txt", ping_true, true},
        {"faults/ping_full.first_lost.txt", ping_true, true},
        {"faults/ping_full.one_lost.txt", ping_true, false},
        {"faults/ping_full.unreachable.txt", ping_true, false},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char *path = file_join(FIXTURES, known[i].file), *text = world_file(path, "10.1.0.0");
        if (known[i].is_true(text) != known[i].expected)
            fail_msg("%s", known[i].file);
        mem_free(path);
        mem_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oracle_knows_the_healthy_from_the_faulty),
        cmocka_unit_test(a_damaged_answer_never_passes_over_a_bad_part),
    };
    return cmocka_run_group_tests_name("plugin/oracle", tests, world_setup, world_teardown);
}
