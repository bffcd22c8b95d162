/* Each evidence with its reading of "safe": what is safe, what is a sign of production, what proves nothing; and all of them together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "plugin/evidence.h"
#include "plugin/normal.h"

static struct platform *guarded, *unguarded;
static struct arena shared;

enum { SIGNS = 8 };

struct scene {
    struct site site;
    struct role role;
    struct site_switch sw;
    struct uplink uplink;
    struct neighbor neighbor;
    struct asset assets[2];
    struct run run;
    const char *lags[2];
};

static int load(void **state)
{
    (void)state;
    struct search_path path;
    struct mistakes m = {0};
    search_path_init(&path, (const char *[]){"tests/data/plugin/guard"}, 1, NULL, &shared);
    guarded = platform_load("guarded", &path, &m);
    unguarded = platform_load("unguarded", &path, &m);
    if (m.count)
        fprintf(stderr, "%s", str_cstr(&m.text));
    mistakes_clear(&m);
    return guarded && unguarded ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    platform_free(guarded);
    platform_free(unguarded);
    arena_clear(&shared);
    return 0;
}

static void init(struct scene *s, const struct platform *platform)
{
    memset(s, 0, sizeof *s);
    s->uplink = (struct uplink){.interface = "Et49/1", .gateway = "10.1.0.0"};
    s->neighbor = (struct neighbor){.address = "10.9.9.9"};
    s->lags[0] = "Port-Channel1";
    s->sw = (struct site_switch){.name = "tor-r1-01",
                                 .serial = "SER1",
                                 .mac = "c0:d6:82:00:00:01",
                                 .role = &s->role,
                                 .uplinks = &s->uplink,
                                 .uplink_count = 1,
                                 .neighbors = &s->neighbor,
                                 .neighbor_count = 1,
                                 .lags = s->lags};
    s->assets[0] = (struct asset){"SER1", "tor-r1-01", "planned", "", 2};
    s->assets[1] = (struct asset){"SER2", "tor-r1-02", "planned", "", 3};
    s->site = (struct site){.file = "site.yaml",
                            .assets_file = "assets.csv",
                            .assets = s->assets,
                            .asset_count = 2,
                            .switches = &s->sw,
                            .switch_count = 1};
    s->run = (struct run){.site = &s->site, .sw = &s->sw, .role = &s->role, .platform = platform};
}

static void say(struct scene *s, const char *query, const char *answer)
{
    run_remember(&s->run, query, NULL, 0, answer, strlen(answer), query, 1);
}

struct variant {
    enum safety safety;
    const char *answer; /* NULL: the switch was not asked */
};

#define ROWS(x)       "{\"rows\": [" x "]}"
#define WHO           "{\"serial\": \"SER1\", \"mac\": \"c0d6.8200.0001\", \"version\": \"1\"}"
#define OWN           "{\"line\": \"con\", \"user\": \"admin\", \"own\": \"yes\"}"
#define OTHER         "{\"line\": \"vty 0\", \"user\": \"eve\", \"own\": \"no\"}"
#define RATE(i, a, b) "{\"interface\": \"" i "\", \"in\": \"" a "\", \"out\": \"" b "\"}"
#define MAC(i, k)     "{\"interface\": \"" i "\", \"mac\": \"0000.0000.0001\", \"kind\": \"" k "\"}"
#define BGP(n, st)    "{\"neighbor\": \"" n "\", \"state\": \"" st "\"}"

enum { VARIANTS = 12 };
static const struct {
    const char *name, *query;
    struct variant variants[VARIANTS]; /* the first is what init() and the rest of a scene use */
} signs[] = {
    {"identity",
     "version",
     {{SAFE, ROWS(WHO)},
      {UNSAFE, ROWS("{\"serial\": \"SER2\", \"mac\": \"c0d6.8200.0001\", \"version\": \"1\"}")},
      {UNSAFE, ROWS("{\"serial\": \"SER1\", \"mac\": \"c0d6.8200.0002\", \"version\": \"1\"}")},
      {UNKNOWN, ROWS("{\"serial\": \"\", \"mac\": \"c0d6.8200.0001\", \"version\": \"1\"}")},
      {UNKNOWN, ROWS("{\"serial\": \"SER1\", \"mac\": \"\", \"version\": \"1\"}")},
      {UNKNOWN, ROWS(WHO ", " WHO)},
      {UNKNOWN, ROWS("")},
      {UNKNOWN, "{\"rows\": [" WHO},
      {UNKNOWN, NULL}}},
    {"users",
     "users",
     {{SAFE, ROWS(OWN)},
      {UNSAFE, ROWS(OWN ", " OTHER)},
      {UNSAFE, ROWS(OTHER)},
      {UNKNOWN, ROWS("")},
      {UNKNOWN, ROWS(OWN ", " OWN)},
      {UNKNOWN, "who?"},
      {UNKNOWN, NULL}}},
    {"pending_changes",
     "pending_changes",
     {{SAFE, ROWS("")},
      {SAFE, ROWS("{\"what\": \"session torstarter pending\"}")},
      {UNSAFE, ROWS("{\"what\": \"session eve pending\"}")},
      {UNSAFE, ROWS("{\"what\": \"torstarter\"}, {\"what\": \"candidate\"}")},
      {UNKNOWN, "[session pending"},
      {UNKNOWN, NULL}}},
    {"routing_sessions",
     "routing_neighbors",
     {{SAFE, ROWS("")},
      {SAFE, ROWS(BGP("10.1.0.0", "Estab") ", " BGP("10.9.9.9", "Estab"))},
      {SAFE, ROWS(BGP("spine-1(Ethernet49/1)", "Estab") ", " BGP("10.0.0.9", "Idle"))},
      {UNSAFE, ROWS(BGP("10.1.0.0", "Estab") ", " BGP("10.0.0.9", "Estab"))},
      {UNSAFE, ROWS(BGP("host(Ethernet3)", "Estab"))},
      {UNKNOWN, ROWS(BGP("10.1.0.0", "Sleeping"))},
      {UNKNOWN, NULL}}},
    {"traffic",
     "interface_rates",
     {{SAFE, ROWS(RATE("Et1", "0", "0.0 Mbps") ", " RATE("Ethernet49/1", "5 Gbps", "9"))},
      {SAFE, ROWS(RATE("Ma1", "12", "0") ", " RATE("Port-Channel1", "0", "77"))},
      {UNSAFE, ROWS(RATE("Et1", "0.1 Mbps", "0"))},
      {UNSAFE, ROWS(RATE("Et1", "0", "3"))},
      {UNSAFE, ROWS(RATE("Et1", "-", "0") ", " RATE("Et2", "3", "0"))},
      {UNSAFE, ROWS(RATE("Ethernet49", "3", "0"))},
      {UNKNOWN, ROWS(RATE("Et1", "0", "n/a"))},
      {UNKNOWN, ROWS(RATE("Et1", "-1", "0"))},
      {UNKNOWN, ROWS("")},
      {UNKNOWN, "{}"},
      {UNKNOWN, NULL}}},
    {"hosts",
     "mac_table",
     {{SAFE, ROWS("")},
      {SAFE, ROWS(MAC("Et49/1", "learned") ", " MAC("CPU", "self") ", " MAC("Et2", "static"))},
      {UNSAFE, ROWS(MAC("Et49/1", "learned") ", " MAC("Et2", "learned"))},
      {UNKNOWN, ROWS(MAC("Et2", "guessed"))},
      {UNKNOWN, NULL}}},
    {"configuration",
     "running_config",
     {{SAFE, "! made by somebody\nhostname switch\ninterface Ethernet1\nend\n"},
      {UNKNOWN, "!\nend\n"},
      {UNSAFE, "hostname switch\nrouter bgp 65001\n"},
      {UNSAFE, "hostname tor-r1-01\n"},
      {UNKNOWN, " \n\n"},
      {UNKNOWN, NULL}}},
};
enum { ASKED = sizeof signs / sizeof *signs };

static size_t variants_of(size_t sign)
{
    size_t n = 0;
    while (n < VARIANTS && (signs[sign].variants[n].answer || signs[sign].variants[n].safety != SAFE))
        n++;
    return n;
}

/* All but one at their first variant. */
static void lay(struct scene *s, size_t but, size_t variant)
{
    for (size_t i = 0; i < ASKED; i++) {
        const char *answer = signs[i].variants[i == but ? variant : 0].answer;
        if (answer)
            say(s, signs[i].query, answer);
    }
}

static const char *const words[] = {[SAFE] = "safe", [UNSAFE] = "unsafe", [UNKNOWN] = "unknown"};

static void each_evidence_has_its_reading(void **state)
{
    (void)state;
    for (size_t i = 0; i < ASKED; i++)
        for (size_t v = 0; v < variants_of(i); v++) {
            const struct variant *wanted = &signs[i].variants[v];
            struct scene s;
            struct evidence_report r;
            init(&s, guarded);
            lay(&s, i, v);
            evidence_read(&s.run, NULL, &r);
            const struct evidence_found *f = evidence_named(&r, signs[i].name);
            assert_non_null(f);
            if (f->safety != wanted->safety)
                fail_msg("%s of %s is %s (%s), not %s", f->name, wanted->answer ? wanted->answer : "nothing",
                         words[f->safety], f->text, words[wanted->safety]);
            struct verdict verdict = evidence_verdict(&s.run, &r);
            enum failure expected = wanted->safety == SAFE             ? FAILURE_NONE
                                    : wanted->safety == UNKNOWN        ? FAILURE_GUARD_UNPROVEN
                                    : strcmp(f->name, "identity") == 0 ? FAILURE_IDENTITY_MISMATCH
                                                                       : FAILURE_IN_PRODUCTION;
            assert_int_equal(verdict.failure, expected);
            assert_int_equal(verdict.kind, expected ? VERDICT_FAIL : VERDICT_PASS);
            if (expected)
                assert_non_null(strstr(verdict.text, signs[i].name));
            arena_clear(&s.run.arena);
        }
}

struct asset_case {
    enum safety safety;
    const char *name, *status;
    bool no_file, not_asked;
};
static const struct asset_case asset_cases[] = {
    {SAFE, "tor-r1-01", "planned", false, false},
    {SAFE, "tor-r1-01", "Staged", false, false},
    {SAFE, NULL, NULL, true, true},
    {UNSAFE, "tor-r1-01", "active", false, false},
    {UNSAFE, "tor-r9-09", "planned", false, false},
    {UNKNOWN, "tor-r1-01", "inventory", false, false},
    {UNKNOWN, "tor-r1-01", "", false, false},
    {UNKNOWN, NULL, NULL, true, false},
    {UNKNOWN, NULL, NULL, false, false},
};
enum { ASSET_CASES = sizeof asset_cases / sizeof *asset_cases };

static void set_asset(struct scene *s, const struct asset_case *c)
{
    s->site.assets_not_asked = c->not_asked;
    s->site.assets_file = c->no_file ? NULL : "assets.csv";
    s->assets[0].name = c->name ? c->name : "";
    s->assets[0].status = c->status ? c->status : "";
    if (!c->name)
        s->site.asset_count = 0;
}

static void the_asset_must_be_planned_or_staged_under_this_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < ASSET_CASES; i++) {
        struct scene s;
        struct evidence_report r;
        init(&s, guarded);
        set_asset(&s, &asset_cases[i]);
        lay(&s, SIZE_MAX, 0);
        evidence_read(&s.run, NULL, &r);
        const struct evidence_found *f = evidence_named(&r, "assets");
        if (f->safety != asset_cases[i].safety)
            fail_msg("case %zu is %s (%s), not %s", i, words[f->safety], f->text,
                     words[asset_cases[i].safety]);
        arena_clear(&s.run.arena);
    }
}

static unsigned next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*seed >> 33);
}

/* Whatever stands beside it: one evidence that is not positively safe refuses. */
static void of_a_hundred_combinations_only_the_safe_ones_pass(void **state)
{
    (void)state;
    const char *given = getenv("TORSTARTER_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    unsigned passed = 0, refused = 0;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (unsigned round = 0; round < 100; round++) {
        struct scene s;
        struct evidence_report r;
        bool safe = true, identity_safe = true;
        init(&s, guarded);
        for (size_t i = 0; i < ASKED; i++) {
            /* Half of them as from the factory, or eight signs would hardly ever be safe together. */
            size_t v = next_random(&seed) % 8 ? 0 : next_random(&seed) % variants_of(i);
            if (signs[i].variants[v].answer)
                say(&s, signs[i].query, signs[i].variants[v].answer);
            safe = safe && signs[i].variants[v].safety == SAFE;
            identity_safe = identity_safe && (i > 0 || signs[i].variants[v].safety == SAFE);
        }
        const struct asset_case *asset =
            &asset_cases[next_random(&seed) % 8 ? 0 : next_random(&seed) % ASSET_CASES];
        set_asset(&s, asset);
        safe = safe && asset->safety == SAFE;
        evidence_read(&s.run, NULL, &r);
        struct verdict v = evidence_verdict(&s.run, &r);
        if ((v.kind == VERDICT_PASS) != safe)
            fail_msg("round %u: %s", round, v.text);
        if (!identity_safe)
            assert_int_not_equal(v.failure, FAILURE_IN_PRODUCTION);
        passed += safe;
        refused += !safe;
        arena_clear(&s.run.arena);
    }
    print_message("# %u passed, %u refused\n", passed, refused);
    assert_true(refused > 0);
}

static void what_the_platform_does_not_declare_is_unproven_unless_it_cannot_be(void **state)
{
    (void)state;
    struct scene s;
    struct evidence_report r;
    init(&s, unguarded);
    for (size_t i = 0; i < ASKED; i++)
        if (dialect_query(&unguarded->dialect, signs[i].query))
            say(&s, signs[i].query, signs[i].variants[0].answer);
    evidence_read(&s.run, NULL, &r);
    assert_int_equal(evidence_named(&r, "pending_changes")->safety, UNKNOWN);
    assert_non_null(strstr(evidence_named(&r, "pending_changes")->text, "declares no query pending_changes"));
    assert_int_equal(evidence_named(&r, "hosts")->safety, SAFE);
    assert_non_null(strstr(evidence_named(&r, "hosts")->text, "a router learns no addresses"));
    assert_int_equal(evidence_verdict(&s.run, &r).failure, FAILURE_GUARD_UNPROVEN);
    arena_clear(&s.run.arena);
}

static void nobody_said_which_serial_it_has_is_unproven(void **state)
{
    (void)state;
    struct scene s;
    struct evidence_report r;
    init(&s, guarded);
    s.sw.serial = NULL;
    s.site.assets_file = NULL;
    s.site.asset_count = 0;
    lay(&s, SIZE_MAX, 0);
    evidence_read(&s.run, NULL, &r);
    assert_int_equal(evidence_named(&r, "identity")->safety, UNKNOWN);
    assert_int_equal(evidence_verdict(&s.run, &r).failure, FAILURE_GUARD_UNPROVEN);
    arena_clear(&s.run.arena);
}

static struct normal normal_of(struct scene *s, const char *text)
{
    struct normal n;
    normal_read(guarded, text, strlen(text), &s->run.arena, &n);
    return n;
}

static enum safety configuration(struct scene *s, const char *text, const struct evidence_known *known)
{
    struct evidence_report r;
    s->run.cache = NULL;
    lay(s, SIZE_MAX, 0);
    say(s, "running_config", text);
    evidence_read(&s->run, known, &r);
    return evidence_named(&r, "configuration")->safety;
}

static void a_stage_of_ours_and_the_wanted_one_are_known_configurations(void **state)
{
    (void)state;
    static const char stage[] = "hostname tor-r1-01\nrouter bgp 65001\n",
                      wanted[] = "hostname tor-r1-01\nvlan 5\n",
                      half[] = "hostname tor-r1-01\ninterface Et1\n",
                      foreign[] = "hostname tor-r1-01\nvlan 6\n";
    struct scene s;
    init(&s, guarded);
    struct normal n = normal_of(&s, stage), w = normal_of(&s, wanted);
    const char *const stages[] = {n.sha256};
    struct evidence_known known = {.stages = stages, .stage_count = 1}, cut = {.half_ours = true};
    assert_int_equal(configuration(&s, stage, NULL), UNSAFE);
    assert_int_equal(configuration(&s, stage, &known), SAFE);
    assert_int_equal(configuration(&s, wanted, &known), UNSAFE);
    s.run.wanted = &w;
    assert_int_equal(configuration(&s, wanted, NULL), SAFE);
    assert_int_equal(configuration(&s, half, NULL), UNSAFE); /* nobody was cut off: it is somebody else's */
    assert_int_equal(configuration(&s, half, &cut), SAFE);
    assert_int_equal(configuration(&s, foreign, &cut), UNSAFE);
    s.run.wanted = NULL;
    assert_int_equal(configuration(&s, half, &cut), UNSAFE);
    arena_clear(&s.run.arena);
}

static void a_report_that_lacks_an_evidence_passes_nothing(void **state)
{
    (void)state;
    struct scene s;
    struct evidence_report whole, r;
    init(&s, guarded);
    lay(&s, SIZE_MAX, 0);
    evidence_read(&s.run, NULL, &whole);
    assert_int_equal(whole.count, SIGNS);
    assert_int_equal(evidence_verdict(&s.run, &whole).kind, VERDICT_PASS);
    for (size_t i = 0; i < SIGNS; i++) {
        r = whole;
        r.items[i] = r.items[--r.count];
        assert_int_equal(evidence_verdict(&s.run, &r).kind, VERDICT_FAIL);
    }
    r = (struct evidence_report){0};
    assert_int_equal(evidence_verdict(&s.run, &r).failure, FAILURE_GUARD_UNPROVEN);
    arena_clear(&s.run.arena);
}

static void a_stranger_is_not_asked_further(void **state)
{
    (void)state;
    struct scene s;
    struct evidence_report r;
    init(&s, guarded);
    lay(&s, 0, 1);
    evidence_read(&s.run, NULL, &r);
    for (size_t i = 1; i < r.count; i++)
        assert_int_equal(r.items[i].safety, UNKNOWN);
    struct verdict v = evidence_verdict(&s.run, &r);
    assert_int_equal(v.failure, FAILURE_IDENTITY_MISMATCH);
    assert_string_equal(v.text, "identity: its serial number is SER2, not SER1");
    assert_string_equal(v.evidence.raw, "SER2");
    arena_clear(&s.run.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_evidence_has_its_reading),
        cmocka_unit_test(the_asset_must_be_planned_or_staged_under_this_name),
        cmocka_unit_test(of_a_hundred_combinations_only_the_safe_ones_pass),
        cmocka_unit_test(what_the_platform_does_not_declare_is_unproven_unless_it_cannot_be),
        cmocka_unit_test(nobody_said_which_serial_it_has_is_unproven),
        cmocka_unit_test(a_stage_of_ours_and_the_wanted_one_are_known_configurations),
        cmocka_unit_test(a_report_that_lacks_an_evidence_passes_nothing),
        cmocka_unit_test(a_stranger_is_not_asked_further),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
