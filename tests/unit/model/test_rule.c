/* model/rule: what a rule may say, every mistake at its place, its own query as strictly read as a platform's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "folder.h"
#include "model/job_type.h"
#include "model/rule.h"

#define OWN                                                                                                  \
    "about: mine\ncolumns: {state: [good, bad], load: text}\nplatforms:\n  example:\n    command: show "     \
    "load\n"                                                                                                 \
    "    template: show_load\n    columns: {state: STATE, load: LOAD}\n"                                     \
    "    words: {state: {good: [Ok], bad: [Bad]}}\n"

static struct folder folder;
static struct search_path path;
static struct mistakes m;

static int open_folder(void **state)
{
    (void)state;
    static const char *const parsers[] = {"show_environment_power", "ping", "ethtool", "show_cdp_neighbors"};
    folder_open(&folder);
    folder_copy(&folder, "tests/data/model/platforms/example.yaml", "platforms/example.yaml");
    for (size_t i = 0; i < sizeof parsers / sizeof *parsers; i++) {
        char from[120], to[120];
        snprintf(from, sizeof from, "tests/data/model/parsers/example/%s.textfsm", parsers[i]);
        snprintf(to, sizeof to, "parsers/example/%s.textfsm", parsers[i]);
        folder_copy(&folder, from, to);
    }
    folder_put(
        &folder, "parsers/example/show_load.textfsm",
        "Value STATE (\\w+)\nValue LOAD (\\S+)\n\nStart\n  ^${STATE} ${LOAD}$$ -> Record\n  ^. -> Error\n");
    path = (struct search_path){.dirs = {folder.path}, .count = 1};
    return 0;
}

static int close_folder(void **state)
{
    (void)state;
    folder_close(&folder);
    mistakes_clear(&m);
    return 0;
}

static struct rule *load(const char *text)
{
    folder_put(&folder, "configs/rules/mine.yaml", text);
    mistakes_clear(&m);
    return rule_load("mine", &path, &m);
}

static void refused(const char *text, const char *wanted)
{
    struct rule *r = load(text);
    if (r || !strstr(str_cstr(&m.text), wanted))
        fail_msg("wanted \"%s\", got:\n%s", wanted, str_cstr(&m.text));
}

static void a_rule_of_the_vocabulary_loads_whole(void **state)
{
    (void)state;
    struct rule *r =
        load("about: cold\nquery: fans\nchecks:\n"
             "  - every: [{column: state, is: [ok, absent]}, {column: speed, at_least: 20, at_most: 90}]\n"
             "    where: {column: slot, matches: 'PSU.*'}\n    text: 'fan {slot} is {state}'\n"
             "    failure: SYSTEM_FAN_FAILURE\n    remedy: look at {slot}\n"
             "  - count: {at_least: '{role.fans}'}\n    text: '{rows} fans on {switch.name}'\n");
    assert_string_equal(str_cstr(&m.text), "");
    assert_false(r->own);
    assert_string_equal(r->query, "fans");
    assert_int_equal(r->check_count, 2);
    assert_int_equal(r->checks[0].scope, RULE_EVERY);
    assert_int_equal(r->checks[0].conditions.count, 3);
    assert_int_equal(r->checks[0].where.items[0].op, RULE_MATCHES);
    assert_int_equal(r->checks[0].failure, FAILURE_SYSTEM_FAN_FAILURE);
    assert_int_equal(r->checks[1].failure, FAILURE_RULE_FAILURE);
    assert_string_equal(r->checks[1].at_least, "{role.fans}");
    rule_free(r);
}

static void mistakes_of_a_rule_have_their_place(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"about: x\nquery: fanz\nchecks: []\n",
         "mine.yaml:2:8: the query \"fanz\" is not known; did you mean \"fans\"?"},
        {"about: x\nchecks: []\n", "mine.yaml:1:1: what does the rule ask?"},
        {"about: x\nquery: fans\ncolumns: {a: text}\nplatforms: {}\nchecks: []\n",
         "mine.yaml:2:8: a rule asks a query"},
        {"about: x\nquery: ping\nchecks: []\n", "mine.yaml:2:8: the query ping wants an address"},
        {"about: x\nquery: image_md5\nchecks: []\n", "mine.yaml:2:8: the query image_md5 wants arguments"},
        {"about: x\nquery: fans\nchecks: []\n", "mine.yaml:3:9: no check stands here"},
        {"about: x\nquery: fans\nchecks: [{text: y}]\n",
         "mine.yaml:3:10: a check is one of every:, some: and count:"},
        {"about: x\nquery: fans\nchecks: [{every: {column: stat, is: ok}, text: y}]\n",
         "mine.yaml:3:27: the column \"stat\" is not known; did you mean \"state\"?"},
        {"about: x\nquery: fans\nchecks: [{every: {column: state, is: okay}, text: y}]\n",
         "the word \"okay\" is not known"},
        {"about: x\nquery: fans\nchecks: [{every: {column: state}, text: y}]\n",
         "mine.yaml:3:18: what of state?"},
        {"about: x\nquery: fans\nchecks: [{every: {column: slot, matches: '('}, text: y}]\n",
         "missing closing parenthesis"},
        {"about: x\nquery: fans\nchecks: [{every: {column: slot, matches: 'a)|(b'}, text: y}]\n",
         "mine.yaml:3:42: "},
        {"about: x\nquery: fans\nchecks: [{every: {column: speed, at_least: fast}, text: y}]\n",
         "\"fast\" is no number"},
        {"about: x\nquery: fans\nchecks: [{every: {column: speed, at_least: '{role.airflow}'}, text: y}]\n",
         "{role.airflow} is no number"},
        {"about: x\nquery: fans\nchecks: [{count: {at_least: '{role.fan}'}, text: y}]\n",
         "did you mean \"role.fans\"?"},
        {"about: x\nquery: fans\nchecks: [{count: {}, text: y}]\n", "how many?"},
        {"about: x\nquery: fans\nchecks: [{count: {at_most: 2}}]\n", "text: is missing"},
        {"about: x\nquery: fans\nchecks: [{count: {at_most: 2}, text: '{slot}'}]\n", "{slot} is of one row"},
        {"about: x\nquery: fans\nchecks: [{every: {column: state, is: ok}, text: '{slto}'}]\n",
         "did you mean \"slot\"?"},
        {"about: x\nquery: fans\nchecks: [{every: {column: state, is: ok}, text: y, failure: PSU_FAIL}]\n",
         "is no failure code"},
        {"about: x\nquery: fans\nchecks: [{every: {column: state, is: ok}, text: y, failure: "
         "CONSOLE_LOST}]\n",
         "CONSOLE_LOST tells of the job"},
        {"about: x\ncolumns: {a: [], b: number}\nplatforms: {}\nchecks: []\n",
         "a column with words needs at least one"},
        {"about: x\ncolumns: {b: number}\nplatforms: {}\nchecks: []\n",
         "a column is text, or a list of its words"},
        {"about: x\nquery: fans\nchekcs: []\n",
         "mine.yaml:3:1: the key \"chekcs\" is not known here; did you mean \"checks\"?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(cases[i][0], cases[i][1]);
}

static void an_own_query_joins_the_platforms_under_a_name_of_its_own(void **state)
{
    (void)state;
    struct rule *r = load(OWN "checks: [{every: {column: state, is: good}, text: 'load {load}'}]\n");
    assert_string_equal(str_cstr(&m.text), "");
    assert_true(r->own);
    struct platform *p = platform_load("example", &path, &m);
    assert_non_null(p);
    size_t before = p->dialect.query_count;
    assert_true(platform_add_rule(p, r, &path, &m));
    assert_true(platform_add_rule(p, r, &path, &m)); /* once is enough */
    assert_int_equal(p->dialect.query_count, before + 1);
    const struct query *q = dialect_query(&p->dialect, "rule:mine");
    assert_non_null(q);
    assert_true(q->line == 4 && str_ends(p->query_files[q - p->dialect.queries], "mine.yaml"));
    rule_free(r); /* the platform lives on */
    struct arena arena = {0};
    struct records records;
    struct err e = {0};
    assert_true(reader_read(platform_reader_of(p, q), "Ok 12%\n", 7, &arena, &records, &e));
    assert_string_equal(record_get(&records, 0, "state"), "good");
    assert_false(reader_read(platform_reader_of(p, q), "Odd 12%\n", 8, &arena, &records, &e));
    assert_true(dialect_query(&p->dialect, "version") == NULL || platform_reader(p, "version") != NULL);
    arena_clear(&arena);
    platform_free(p);
}

static void an_own_query_is_refused_as_a_platforms_would_be(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"command: show load", "command: reload now", "begins with none of read_only"},
        {"command: show load", "command: show load | tee x", "none of pipes:"},
        {"command: show load", "command: show load {address}", "has no argument {address}"},
        {"template: show_load", "template: show_laod",
         "mine.yaml:6:15: there is no parsers/example/show_laod.textfsm"},
        {"LOAD}", "LAOD}", "the template's Value \"LAOD\" is not known"},
        {"state: STATE, ", "", "the column state is missing"},
        {"bad: [Bad]", "wrong: [Bad]", "the word \"wrong\" is not known"},
    };
    struct platform *p = platform_load("example", &path, &m);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const char text[] = OWN "checks: [{every: {column: state, is: good}, text: y}]\n";
        const char *at = strstr(text, cases[i][0]);
        struct str changed = {0};
        str_printf(&changed, "%.*s%s%s", (int)(at - text), text, cases[i][1], at + strlen(cases[i][0]));
        struct rule *r = load(str_cstr(&changed));
        assert_non_null(r);
        platform_free(p);
        p = platform_load("example", &path, &m);
        if (platform_add_rule(p, r, &path, &m) || !strstr(str_cstr(&m.text), cases[i][2]))
            fail_msg("wanted \"%s\", got:\n%s", cases[i][2], str_cstr(&m.text));
        rule_free(r);
        str_clear(&changed);
    }
    platform_free(p);
}

static void a_job_type_takes_a_rule_by_its_name(void **state)
{
    (void)state;
    static const char *const plugins[] = {"psu"};
    rule_free(load("about: x\nquery: fans\nchecks: [{count: {at_least: 1}, text: y}]\n"));
    folder_put(&folder, "configs/job-types/t.yaml",
               "about: x\nplugins: [psu, {plugin: mine, optional: true}]\n");
    struct job_type *t = job_type_load("t", &path, plugins, 1, &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_null(t->steps[0].rule);
    assert_string_equal(t->steps[1].rule->name, "mine");
    assert_true(t->steps[1].optional);
    job_type_free(t);
    folder_put(&folder, "configs/job-types/t.yaml", "about: x\nplugins: [mien]\n");
    assert_null(job_type_load("t", &path, plugins, 1, &m));
    assert_non_null(
        strstr(str_cstr(&m.text), "t.yaml:2:11: plugin \"mien\" is not known; did you mean \"mine\"?"));
    mistakes_clear(&m);
    rule_free(load("about: x\nquery: fanz\nchecks: []\n"));
    folder_put(&folder, "configs/job-types/t.yaml", "about: x\nplugins: [mine]\n");
    assert_null(job_type_load("t", &path, plugins, 1, &m));
    assert_non_null(strstr(str_cstr(&m.text), "mine.yaml:2:8: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_of_the_vocabulary_loads_whole),
        cmocka_unit_test(mistakes_of_a_rule_have_their_place),
        cmocka_unit_test(an_own_query_joins_the_platforms_under_a_name_of_its_own),
        cmocka_unit_test(an_own_query_is_refused_as_a_platforms_would_be),
        cmocka_unit_test(a_job_type_takes_a_rule_by_its_name),
    };
    return cmocka_run_group_tests_name("model/rule", tests, open_folder, close_folder);
}
