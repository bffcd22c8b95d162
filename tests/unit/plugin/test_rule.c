/* plugin/rule: what a rule says of an answer, and that it never passes on what was not read or is not there. */
#include <stdlib.h>
#include <unistd.h>

#include "plugin/rule.h"
#include "world.h"

static char dir[] = "/tmp/test_rule.XXXXXX";
static struct search_path path;

static int setup(void **state)
{
    assert_non_null(mkdtemp(dir));
    char *rules = file_join(dir, "configs/rules");
    assert_true(file_make_dirs(rules, 0700, NULL));
    mem_free(rules);
    search_path_init(&path, (const char *[]){dir, "."}, 2, NULL, &world_arena);
    return world_setup(state);
}

static int teardown(void **state)
{
    static const char *const parts[] = {"configs/rules/mine.yaml", "configs/rules", "configs", ""};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *at = file_join(dir, parts[i]);
        if (i ? rmdir(at) : unlink(at))
            fprintf(stderr, "%s stays\n", at);
        mem_free(at);
    }
    return world_teardown(state);
}

static struct rule *rule_of(const char *text)
{
    struct mistakes m = {0};
    char *file = file_join(dir, "configs/rules/mine.yaml");
    assert_true(file_write(file, text, strlen(text), 0600, NULL));
    struct rule *r = rule_load("mine", &path, &m);
    if (!r)
        fail_msg("%s", str_cstr(&m.text));
    mem_free(file);
    mistakes_clear(&m);
    return r;
}

/* The verdict of `checks` on the healthy power supplies (two, both Ok), or on another file of that query. */
static struct verdict judged(struct world *w, const char *checks, const char *file)
{
    char text[2000];
    snprintf(text, sizeof text, "about: mine\nquery: power_supplies\nchecks:\n%s", checks);
    struct rule *r = rule_of(text);
    world_init(w);
    bool read = world_says(w, "power_supplies", file);
    assert_true(read || strstr(file, "log_in_row"));
    w->run.rule = r;
    struct verdict v = rule_plugin(r, &w->run.arena)->run(&w->run);
    v.text = arena_strdup(&world_arena, v.text);
    v.remedy = arena_strdup(&world_arena, v.remedy);
    v.evidence.wanted = arena_strdup(&world_arena, v.evidence.wanted);
    v.evidence.raw = arena_strdup(&world_arena, v.evidence.raw);
    rule_free(r);
    world_clear(w);
    return v;
}

#define HEALTHY "healthy/power_supplies.txt"
#define DEAD    "faults/power_supplies.no_input.txt"
#define EVERY   "  - {every: {column: state, is: ok}, text: 'PSU {slot} is {state}', remedy: 'see {slot}'}\n"

static void every_row_or_the_first_bad_cell_is_pointed_at(void **state)
{
    (void)state;
    struct world w;
    assert_int_equal(judged(&w, EVERY, HEALTHY).kind, VERDICT_PASS);
    struct verdict v = judged(&w, EVERY, DEAD);
    assert_int_equal(v.kind, VERDICT_FAIL);
    assert_int_equal(v.failure, FAILURE_RULE_FAILURE);
    assert_string_equal(v.text, "PSU 2 is no_input");
    assert_string_equal(v.remedy, "see 2");
    assert_string_equal(v.evidence.raw, "Power Loss");
    assert_int_equal(v.evidence.row, 2);
    assert_non_null(strstr(v.evidence.wanted, "wants that state is ok"));
}

struct judged_case {
    const char *checks, *file;
    enum verdict_kind kind;
    const char *says;
};

static void conditions_scopes_and_counts(void **state)
{
    (void)state;
    static const struct judged_case cases[] = {
        {"  - {some: {column: state, is: ok}, text: none is ok}\n", DEAD, VERDICT_PASS, ""},
        {"  - {some: {column: state, is: failed}, text: none has failed}\n", DEAD, VERDICT_FAIL,
         "none has failed"},
        {"  - {every: {column: state, is_not: [failed, absent]}, text: '{slot}'}\n", DEAD, VERDICT_PASS, ""},
        {"  - {every: {column: state, is_not: [failed, no_input]}, text: 'slot {slot}'}\n", DEAD,
         VERDICT_FAIL, "slot 2"},
        {"  - {every: {column: model, matches: 'PWR-.*'}, text: '{model}'}\n", HEALTHY, VERDICT_PASS, ""},
        {"  - {every: {column: model, matches: 'PWR'}, text: 'odd {model}'}\n", HEALTHY, VERDICT_FAIL,
         "odd PWR-"},
        {"  - {every: {column: output_w, at_least: 1}, text: '{slot} gives {output_w}'}\n", HEALTHY,
         VERDICT_PASS, ""},
        {"  - {every: {column: output_w, at_least: 1}, text: '{slot} gives {output_w}'}\n", DEAD,
         VERDICT_FAIL, "2 gives"},
        {"  - {every: {column: output_w, at_most: 2000}, text: '{slot}'}\n", HEALTHY, VERDICT_PASS, ""},
        {"  - {every: {column: model, at_most: 2000}, text: '{slot}'}\n", HEALTHY, VERDICT_ERROR,
         "wants a number"},
        {"  - {count: {at_least: '{role.power_supplies}'}, where: {column: state, is: ok}, text: '{rows} of "
         "{role.power_supplies}'}\n",
         HEALTHY, VERDICT_PASS, ""},
        {"  - {count: {at_least: '{role.power_supplies}'}, where: {column: state, is: ok}, text: '{rows} of "
         "{role.power_supplies}'}\n",
         DEAD, VERDICT_FAIL, "1 of 2"},
        {"  - {count: {at_most: 1}, text: '{rows} rows'}\n", HEALTHY, VERDICT_FAIL, "2 rows"},
        {"  - {every: {column: state, is: ok}, where: {column: slot, is: '7'}, text: x}\n", HEALTHY,
         VERDICT_FAIL, "no row is one where slot is 7"},
        {"  - {every: {column: state, is: ok}, where: {column: slot, is: '1'}, text: x}\n", DEAD,
         VERDICT_PASS, ""},
        {"  - {count: {at_least: 1}, text: x}\n" EVERY, DEAD, VERDICT_FAIL, "PSU 2"},
        {"  - {every: {column: model, is: '{switch.firmware}'}, text: x}\n", HEALTHY, VERDICT_SKIP,
         "does not say switch.firmware"},
        {"  - {every: {column: model, is: '{switch.firmware}'}, text: x}\n" EVERY, DEAD, VERDICT_FAIL,
         "PSU 2"},
        {EVERY, "faults/power_supplies.log_in_row.txt", VERDICT_ERROR, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w;
        struct verdict v = judged(&w, cases[i].checks, cases[i].file);
        if (v.kind != cases[i].kind || !strstr(v.text, cases[i].says))
            fail_msg("case %zu: kind %d \"%s\", wanted %d \"%s\"", i, v.kind, v.text, cases[i].kind,
                     cases[i].says);
    }
}

static void no_row_passes_no_condition_on_rows(void **state)
{
    (void)state;
    static const char none[] = "% There seem to be no power supplies connected\n";
    static const struct {
        const char *check;
        enum verdict_kind kind;
    } cases[] = {{EVERY, VERDICT_ERROR},
                 {"  - {some: {column: state, is: ok}, text: x}\n", VERDICT_ERROR},
                 {"  - {count: {at_least: 1}, text: x}\n", VERDICT_FAIL},
                 {"  - {count: {at_most: 0}, text: x}\n", VERDICT_PASS}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w;
        char text[400];
        snprintf(text, sizeof text, "about: mine\nquery: power_supplies\nchecks:\n%s", cases[i].check);
        struct rule *r = rule_of(text);
        world_init(&w);
        assert_true(world_say(&w, "power_supplies", none, NULL));
        assert_true(world_say(&w, "power_supplies#2", none, NULL));
        w.run.rule = r;
        assert_int_equal(rule_plugin(r, &w.run.arena)->run(&w.run).kind, cases[i].kind);
        rule_free(r);
        world_clear(&w);
    }
}

static void what_the_platform_does_not_tell_is_skipped(void **state)
{
    (void)state;
    struct rule *r = rule_of("about: x\nquery: fans\nchecks: [{every: {column: kind, is: psu}, text: x}]\n");
    struct world w;
    world_init(&w);
    w.run.rule = r;
    assert_string_equal(rule_missing_column(r, world_platform), "kind");
    struct verdict v = rule_plugin(r, &w.run.arena)->run(&w.run);
    assert_int_equal(v.kind, VERDICT_SKIP);
    assert_non_null(strstr(v.text, "does not tell the column kind"));
    rule_free(r);
    world_clear(&w);
}

/* The shipped rule, on the fixtures of each platform that it knows. */
static void the_clock_follows_a_server_or_not_on_each_platform(void **state)
{
    (void)state;
    struct mistakes m = {0};
    struct rule *r = rule_load("clock", &path, &m);
    assert_non_null(r);
    size_t seen = 0;
    for (const char *const *name = r->platforms; *name; name++, seen++) {
        struct platform *p = platform_load(*name, &path, &m);
        assert_non_null(p);
        assert_true(platform_add_rule(p, r, &path, &m));
        for (int good = 0; good < 2; good++) {
            struct world w;
            char file[200];
            snprintf(file, sizeof file, "fixtures/%s/rules/clock%s.txt", *name,
                     good ? "" : ".unsynchronised");
            char *text = world_file(file, "");
            world_init(&w);
            w.run.platform = p;
            w.run.rule = r;
            if (!world_say(&w, r->query, text, NULL))
                fail_msg("%s: %s", file, w.run.cache->err.msg);
            struct verdict v = rule_plugin(r, &w.run.arena)->run(&w.run);
            if (v.kind != (good ? VERDICT_PASS : VERDICT_FAIL))
                fail_msg("%s: %s", file, v.text);
            mem_free(text);
            world_clear(&w);
        }
        platform_free(p);
    }
    assert_true(seen >= 5);
    rule_free(r);
    mistakes_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_or_the_first_bad_cell_is_pointed_at),
        cmocka_unit_test(conditions_scopes_and_counts),
        cmocka_unit_test(no_row_passes_no_condition_on_rows),
        cmocka_unit_test(what_the_platform_does_not_tell_is_skipped),
        cmocka_unit_test(the_clock_follows_a_server_or_not_on_each_platform),
    };
    return cmocka_run_group_tests_name("plugin/rule", tests, setup, teardown);
}
