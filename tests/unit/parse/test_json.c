/* parse/reader_json: pointers find the rows, and whatever stands elsewhere is unread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "parse/json_path.h"
#include "parse/records.h"
#include "text/regex.h"

static const char *const spell_ok[] = {"ok", "true"}, *const spell_failed[] = {"fail"},
                         *const spell_absent[] = {""};
static const struct word_list state_words[] = {
    {"ok", spell_ok, 2}, {"failed", spell_failed, 1}, {"absent", spell_absent, 1}};

struct world {
    struct reader reader;
    struct json_path rows;
    struct column_map columns[4];
    struct arena arena;
    struct records records;
    struct err e;
};

static int open_world(void **state)
{
    static struct world w;
    memset(&w, 0, sizeof w);
    w.reader = (struct reader){.query = "fans",
                               .kind = READER_JSON,
                               .rows = &w.rows,
                               .template_file = "platforms/x.yaml",
                               .line = 7,
                               .columns = w.columns,
                               .min_rows = 1};
    *state = &w;
    return 0;
}

static int close_world(void **state)
{
    arena_clear(&((struct world *)*state)->arena);
    return 0;
}

static void rows_at(struct world *w, const char *rows)
{
    if (!json_path_rows(rows, &w->arena, &w->rows, &w->e))
        fail_msg("%s", w->e.msg);
    w->reader.column_count = 0;
}

/* One more column; `first` and `second` are its pointers. */
static struct column_map *column(struct world *w, const char *name, const char *first, const char *second)
{
    size_t i = w->reader.column_count++, n = second ? 2 : 1;
    struct json_path *paths = arena_alloc_array(&w->arena, n, sizeof *paths);
    const char *const texts[] = {first, second};
    for (size_t k = 0; k < n; k++)
        if (!json_path_column(texts[k], w->rows.wildcards, &w->arena, &paths[k], &w->e))
            fail_msg("%s", w->e.msg);
    w->columns[i] = (struct column_map){.column = name, .source = first, .paths = paths, .path_count = n};
    return &w->columns[i];
}

static bool reads(struct world *w, const char *answer)
{
    w->e = (struct err){0};
    return reader_read(&w->reader, answer, strlen(answer), &w->arena, &w->records, &w->e);
}

/* All cells, a row a line, columns parted by blanks. */
static void gives(struct world *w, const char *answer, const char *wanted)
{
    struct str cells = {0};
    if (!reads(w, answer))
        fail_msg("%s", w->e.msg);
    for (size_t i = 0; i < w->records.count; i++)
        for (size_t k = 0; k < w->records.column_count; k++)
            str_printf(&cells, "%s%c", w->records.rows[i].values[k],
                       k + 1 == w->records.column_count ? '\n' : '|');
    assert_string_equal(str_cstr(&cells), wanted);
    str_clear(&cells);
}

static void unread(struct world *w, const char *answer, const char *text)
{
    if (reads(w, answer))
        fail_msg("was read: %s", answer);
    assert_int_equal(w->e.code, ERR_UNREAD);
    assert_int_equal(w->e.failure, FAILURE_PARSE_FAILURE);
    assert_int_equal(w->records.count, 0);
    if (!strstr(w->e.msg, text))
        fail_msg("wanted \"%s\" in: %s", text, w->e.msg);
}

static void rows_are_found_by_every_kind_of_step(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *rows, *value, *answer, *wanted;
    } cases[] = {
        {"/a/b/*", "/v", "{\"a\":{\"b\":[{\"v\":\"1\"},{\"v\":\"2\"}]}}", "1\n2\n"},
        {"/a/*", "{1}", "{\"a\":{\"y\":{},\"x\":{}}}", "y\nx\n"},
        {"/a/*", "{1}", "{\"a\":[{},{}]}", "0\n1\n"},
        {"/a/+", "/v", "{\"a\":{\"v\":\"1\"}}", "1\n"},
        {"/a/+", "/v", "{\"a\":[{\"v\":\"1\"},{\"v\":\"2\"}]}", "1\n2\n"},
        {"/a/+", "{1}", "{\"a\":{\"v\":\"1\"}}", "\n"},
        {"/a/*/b/*", "{2}", "{\"a\":{\"x\":{\"b\":{\"p\":1,\"q\":2}},\"y\":{\"b\":{\"r\":3}}}}", "p\nq\nr\n"},
        {"/a/*/b?/*", "{1}", "{\"a\":{\"x\":{\"b\":[1]},\"y\":{},\"z\":{\"b\":null}}}", "x\n"},
        {"/a/*", "", "{\"a\":[\"x\",\"y\"]}", "x\ny\n"},
        {"/a/*", "//names/{1}", "{\"a\":{\"x\":{},\"y\":{}},\"names\":{\"x\":\"X\"}}", "X\n\n"},
        {"/a/+/*", "//a/{1}/{2}/v", "{\"a\":{\"e0\":{\"v\":\"1\"}}}", "1\n"},
        {"/a/+/*", "//a/{1}/{2}/v", "{\"a\":[{\"e0\":{\"v\":\"1\"}},{\"e1\":{\"v\":\"2\"}}]}", "1\n2\n"},
        {"", "/v", "{\"v\":\"1\"}", "1\n"},
        {"/*", "/v", "[{\"v\":\"1\"}]", "1\n"},
        {"/0/*", "/v", "[[{\"v\":\"1\"}],[{\"v\":\"2\"}]]", "1\n"},
        {"/a~1b/c~0d/*", "/x~1y", "{\"a/b\":{\"c~d\":[{\"x/y\":\"1\"}]}}", "1\n"},
        {"/a/*", "/n/0/data", "{\"a\":[{\"n\":[{\"data\":\" v \"}]}]}", "v\n"},
        {"/a/*", "/\xC3\xA4", "{\"a\":[{\"\\u00e4\":\"\\u00b5\"}]}", "\xC2\xB5\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rows_at(w, cases[i].rows);
        column(w, "v", cases[i].value, NULL);
        gives(w, cases[i].answer, cases[i].wanted);
    }
}

static void values_are_text_as_json_writes_them(void **state)
{
    struct world *w = *state;
    rows_at(w, "/*");
    column(w, "v", "", NULL);
    gives(w, "[1, -2.39, 0.1, 100000000000, true, false, \" x  y \", \"\", 1e3, -40.00]",
          "1\n-2.39\n0.1\n100000000000\ntrue\nfalse\nx  y\n\n1000.0\n-40.0\n");
}

static void the_first_pointer_that_leads_somewhere_counts(void **state)
{
    struct world *w = *state;
    rows_at(w, "/*");
    column(w, "v", "/a", "/b");
    gives(w, "[{\"a\":\"1\",\"b\":\"2\"},{\"b\":\"2\"},{\"a\":null,\"b\":\"2\"},{\"a\":\"\",\"b\":\"2\"},{}]",
          "1\n2\n2\n\n\n");
}

static void a_required_column_is_there_or_the_answer_is_unread(void **state)
{
    struct world *w = *state;
    rows_at(w, "/fans/*");
    column(w, "speed", "/rpm", NULL)->required = true;
    gives(w, "{\"fans\":[{\"rpm\":1},{\"rpm\":\"\"}]}", "1\n\n");
    unread(w, "{\"fans\":[{\"rpm\":1},{}]}", "fans: row 2: speed: there is nothing at \"/rpm\"");
    unread(w, "{\"fans\":[{\"rpm\":null}]}", "fans: row 1: speed: there is nothing at \"/rpm\"");
    unread(w, "{\"fans\":[\n{\"rpm\":1},\n{\"rpms\":1}]}", "\"/rpm\": \"{\"rpms\":1}]}\"");
    rows_at(w, "/fans/*");
    column(w, "speed", "/rpm", "{empty}")->required = true;
    gives(w, "{\"fans\":[{\"rpm\":1},{}]}", "1\n\n");
}

static void words_and_shapes_are_judged(void **state)
{
    struct world *w = *state;
    rows_at(w, "/*");
    struct column_map *speed = column(w, "speed", "/rpm", NULL);
    speed->expect = regex_new("^(?:\\d+)\\z", REGEX_ANCHORED, &w->e);
    struct column_map *status = column(w, "state", "/status", "{empty}");
    status->words = state_words;
    status->word_count = 3;
    status->required = true;
    gives(w, "[{\"status\":\"ok\",\"rpm\":5},{\"status\":true},{\"status\":\"fail\"},{}]",
          "5|ok\n|ok\n|failed\n|absent\n");
    assert_string_equal(w->records.rows[1].raw[1], "true");
    unread(w, "[{\"status\":\"Ok\"}]", "state \"Ok\" is none of the platform's words");
    unread(w, "[{\"status\":\"ok\",\"rpm\":\"5 rpm\"}]", "speed \"5 rpm\" has not the shape expected");
    status->word_count = 2;
    unread(w, "[{}]", "state \"\" is none of the platform's words");
    regex_free(speed->expect);
}

static void what_is_built_otherwise_is_unread(void **state)
{
    struct world *w = *state;
    rows_at(w, "/t/*/r/*");
    column(w, "v", "/v", NULL);
    gives(w, "{\"t\":[{\"r\":[{\"v\":1}]}]}", "1\n");
    unread(
        w, "{\"t\":[{\"r\":[{\"v\":1}]},{\"R\":[{\"v\":2}]}]}",
        "at \"/t/1/r\" there is nothing; where it may be missing, write KEY? in its place (rows: /t/*/r/*)");
    unread(w, "{\"t\":[{\"r\":[{\"v\":1}]},5]}",
           "at \"/t/1\" stands a plain value where an object is wanted");
    unread(w, "{\"t\":[{\"r\":7}]}",
           "at \"/t/0/r\" stands a plain value where a list or an object is wanted");
    unread(w, "{\"t\":\"x\"}", "at \"/t\" stands a plain value");
    unread(w, "{\"t\":[{\"r\":[{\"v\":[1]}]}]}",
           "row 1: v: at \"/v\" stands a list where one value is wanted");
    unread(w, "{\"t\":[{\"r\":[{\"v\":{}}]}]}",
           "row 1: v: at \"/v\" stands an object where one value is wanted");
    unread(w, "{\"T\":[{\"r\":[{\"v\":1}]}]}", "at \"/t\" there is nothing");
    unread(w, "{\"t\":[]}", "0 row(s) read");
    unread(w, "null", "at \"/t\" there is nothing");
    unread(w, "5", "stands a plain value");
    w->reader.min_rows = 0;
    gives(w, "{\"t\":[]}", "");
}

/* A table that may be empty: "nothing pending", "no host seen" must have been said, not only left unsaid. */
static void an_answer_without_the_key_is_no_empty_table(void **state)
{
    struct world *w = *state;
    static const char *const others[] = {
        "{}", "[]", "null", "{\"t\":null}", "{\"T\":[]}", "{\"error\":\"x\"}", "[1]", "{\"t\":{}}"};
    w->reader.min_rows = 0;
    rows_at(w, "/t/rows/*");
    column(w, "v", "/v", NULL);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        unread(w, others[i], "there is nothing; where it may be missing, write KEY? in its place");
    gives(w, "{\"t\":{\"rows\":[]}}", "");
    rows_at(w, "/t?/rows?/*");
    column(w, "v", "/v", NULL);
    gives(w, "{}", "");
    gives(w, "{\"t\":{}}", "");
    gives(w, "{\"t\":{\"rows\":[{\"v\":1}]}}", "1\n");
    unread(w, "{\"t\":7}", "at \"/t\" stands a plain value");
}

static void what_is_no_single_json_value_is_unread_at_its_line(void **state)
{
    struct world *w = *state;
    rows_at(w, "/*");
    column(w, "v", "/v", NULL);
    unread(w, "[{\"v\":1}] x", "fans: not JSON: line 1, column 11");
    unread(w, "x [{\"v\":1}]", "fans: not JSON: line 1, column 1");
    unread(w, "[{\"v\":1}]\n[{\"v\":1}]", "fans: not JSON: line 2, column 1");
    unread(w, "[{\"v\":1,\"v\":2}]", "duplicate");
    unread(w, "[{\"v\":1}\n{\"v\":2}]", "fans: not JSON: line 2");
    unread(w, "[{\"v\":\"a\nb\"}]", "unexpected newline");
    unread(w, "[{\"v\":\"a\\u0000\"}]", "not JSON");
    unread(w, "[{\"v\":\"\377\"}]", "not JSON");
    unread(w, "[{\"v\":01}]", "not JSON");
    unread(w, "", "not JSON");
    gives(w, "\r\n [{\"v\":1}] \r\n", "1\n");
}

static const char pretty[] = "{\n  \"fans\": {\n    \"F1\": {\"status\": \"ok\",\n      \"rpm\": 5},\n"
                             "    \"F2\": {\n      \"status\": \"fail\"\n    }\n  }\n}\n";

static void no_piece_of_an_answer_gives_rows(void **state)
{
    struct world *w = *state;
    rows_at(w, "/fans/*");
    column(w, "slot", "{1}", NULL);
    column(w, "state", "/status", NULL)->required = true;
    gives(w, pretty, "F1|ok\nF2|fail\n");
    for (size_t len = 0; len + 2 < sizeof pretty; len++) {
        char piece[sizeof pretty];
        memcpy(piece, pretty, len);
        piece[len] = '\0';
        assert_false(reads(w, piece));
        assert_int_equal(w->records.count, 0);
    }
    for (size_t from = 1; from + 1 < sizeof pretty; from++)
        assert_false(reads(w, pretty + from) && w->records.count > 0);
}

static void rows_know_their_lines(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *rows, *answer;
        unsigned lines[3];
    } cases[] = {
        {"/fans/*", pretty, {3, 5}},
        {"/a/*/b/*", "{\"a\":\n[{\"b\":[\n1,\n2]},{\"c\":[9],\"b\":\n{\"x\":3}}]}", {3, 4, 5}},
        {"/a/+", "{\"x\":\"\\\"a\\\\\",\n\"a\":\n{\"v\":1}}", {3}},
        {"/a/+/+", "{\"a\":[[1,\n2],\n3]}", {1, 2, 3}},
        {"/a/1/*", "{\"a\":[[9],\n[\n1]]}", {3}},
        {"/a/*/b?/+", "{\"a\":[{\"b\":null},\n{},\n{\"b\":\n1}]}", {4}},
        {"", "\n\n{}", {3}},
        {"/\xC3\xA4/*", "{\"\\u00e4\":[1]}", {0}}, /* an escaped name: not known */
        {"/a/*", "{\"a\":{},\"b\":[[],{}],\n\"c\":-1.5e3}", {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rows_at(w, cases[i].rows);
        column(w, "v", "/v", NULL);
        w->reader.min_rows = 0;
        assert_true(reads(w, cases[i].answer));
        for (size_t k = 0; k < w->records.count; k++)
            if (w->records.rows[k].line != cases[i].lines[k] || w->records.rows[k].rule_line != 7)
                fail_msg("%s: row %zu is said to begin on line %u", cases[i].rows, k + 1,
                         w->records.rows[k].line);
    }
}

static void the_interface_asked_about_may_be_a_column(void **state)
{
    struct world *w = *state;
    rows_at(w, "/*");
    column(w, "interface", "{1}", NULL)->is_interface = true;
    column(w, "v", "/v", NULL);
    assert_true(reader_read_for(&w->reader, "swp51", "[{\"v\":1}]", 9, &w->arena, &w->records, &w->e));
    assert_string_equal(record_get(&w->records, 0, "interface"), "swp51");
    assert_false(reads(w, "[{\"v\":1}]"));
    assert_int_equal(w->e.code, ERR_USAGE);
}

static void numbers_from_zero_count_from_one(void **state)
{
    struct world *w = *state;
    rows_at(w, "/*");
    column(w, "lane", "/lane", NULL)->from_zero = true;
    gives(w, "[{\"lane\":0},{\"lane\":\"3\"},{\"lane\":9},{},{\"lane\":\"\"}]", "1\n4\n10\n\n\n");
    unread(w, "[{\"lane\":\"a\"}]", "lane \"a\" is no whole number to count from");
    unread(w, "[{\"lane\":-1}]", "lane \"-1\" is no whole number to count from");
    unread(w, "[{\"lane\":1.5}]", "lane \"1.5\" is no whole number");
    unread(w, "[{\"lane\":99999999999}]", "is no whole number");
}

static void none_is_looked_for_before_anything_is_parsed(void **state)
{
    struct world *w = *state;
    rows_at(w, "/*");
    column(w, "v", "/v", NULL);
    w->reader.none = regex_new("(?m)^\\{\\}$|^% LLDP is off", 0, &w->e);
    assert_true(reads(w, "\n% LLDP is off\n"));
    assert_true(w->records.none && w->records.count == 0);
    assert_true(reads(w, "{}\r\n"));
    assert_true(w->records.none);
    assert_false(reads(w, "% LLDP is off\n{\"a\":{\"v\":1}}"));
    gives(w, "{\"a\":{\"v\":1}}", "1\n");
    assert_false(w->records.none);
    regex_free(w->reader.none);
}

static void the_whole_answer_may_be_the_row(void **state)
{
    struct world *w = *state;
    w->columns[0] = (struct column_map){.column = "text", .source = "text"};
    w->reader = (struct reader){.query = "running_config",
                                .kind = READER_TEXT,
                                .template_file = "x.yaml",
                                .columns = w->columns,
                                .column_count = 1,
                                .min_rows = 1};
    assert_true(reads(w, " hostname a\n!\n"));
    assert_int_equal(w->records.count, 1);
    assert_string_equal(record_get(&w->records, 0, "text"), " hostname a\n!\n");
    assert_true(reads(w, "banner \377\n"));
    assert_string_equal(record_get(&w->records, 0, "text"), "banner \xEF\xBF\xBD\n");
    assert_false(reads(w, " \n\n"));
    assert_int_equal(w->e.code, ERR_UNREAD);
}

static void a_path_that_means_nothing_is_refused(void **state)
{
    struct world *w = *state;
    static const char *const rows[] = {"a",
                                       "/~",
                                       "/a~2b",
                                       "/{1}/*",
                                       "/*/*/*/*/*/*/*/*/*/*",
                                       "/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a"};
    static const char *const columns[] = {"a", "/*", "/+", "/a?", "{3}", "/{3}", "//{3}/x", "{0}x", "/~"};
    struct json_path path;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (json_path_rows(rows[i], &w->arena, &path, &w->e))
            fail_msg("%s", rows[i]);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (json_path_column(columns[i], 2, &w->arena, &path, &w->e))
            fail_msg("%s", columns[i]);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(rows_are_found_by_every_kind_of_step),
        IN_WORLD(values_are_text_as_json_writes_them),
        IN_WORLD(the_first_pointer_that_leads_somewhere_counts),
        IN_WORLD(a_required_column_is_there_or_the_answer_is_unread),
        IN_WORLD(words_and_shapes_are_judged),
        IN_WORLD(what_is_built_otherwise_is_unread),
        IN_WORLD(an_answer_without_the_key_is_no_empty_table),
        IN_WORLD(what_is_no_single_json_value_is_unread_at_its_line),
        IN_WORLD(no_piece_of_an_answer_gives_rows),
        IN_WORLD(rows_know_their_lines),
        IN_WORLD(the_interface_asked_about_may_be_a_column),
        IN_WORLD(numbers_from_zero_count_from_one),
        IN_WORLD(none_is_looked_for_before_anything_is_parsed),
        IN_WORLD(the_whole_answer_may_be_the_row),
        IN_WORLD(a_path_that_means_nothing_is_refused),
    };
    return cmocka_run_group_tests_name("parse/json", tests, NULL, NULL);
}
