#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "parse/textfsm.h"

/* Expected values were had from python3-textfsm 1.1.0; tests/conformance compares far more. */
struct feature {
    const char *what, *template, *input, *rows;
};

static struct textfsm *opened(const char *template)
{
    struct err e = {0};
    struct textfsm *t = textfsm_new("t", template, strlen(template), &e);
    if (!t)
        fail_msg("%s", e.msg);
    return t;
}

static struct textfsm_table parsed(struct textfsm *t, const char *input, size_t len)
{
    struct textfsm_table table;
    struct err e = {0};
    if (!textfsm_parse(t, input, len, &table, &e))
        fail_msg("%s", e.msg);
    return table;
}

static void judge(const struct feature *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct textfsm *t = opened(cases[i].template);
        struct textfsm_table table = parsed(t, cases[i].input, strlen(cases[i].input));
        struct str json = {0};
        textfsm_table_to_json(&table, &json, 0);
        if (strcmp(str_cstr(&json), cases[i].rows) != 0)
            fail_msg("%s:\n%s\ninstead of\n%s", cases[i].what, str_cstr(&json), cases[i].rows);
        str_clear(&json);
        textfsm_table_clear(&table);
        textfsm_free(t);
    }
}
#define JUDGE(cases) judge(cases, sizeof(cases) / sizeof *(cases))

static void options_of_values(void **state)
{
    (void)state;
    static const struct feature cases[] = {
        {"no option: empty where nothing matched",
         "Value A (\\w)\nValue B (\\d)\n\nStart\n  ^${A} -> Record\n", "x\n", "[{\"A\":\"x\",\"B\":\"\"}]"},
        {"Required drops the record",
         "Value Required A (x)\nValue B (\\w)\n\nStart\n  ^${A}\n  ^${B} -> Record\n", "y\nx\nz\n",
         "[{\"A\":\"x\",\"B\":\"z\"}]"},
        {"Filldown stays until it is assigned again",
         "Value Filldown A (\\d)\nValue Required B (\\w)\n\nStart\n  ^${A}\n  ^${B} -> Record\n",
         "1\na\nb\n2\nc\n",
         "[{\"A\":\"1\",\"B\":\"a\"},{\"A\":\"1\",\"B\":\"b\"},{\"A\":\"2\",\"B\":\"c\"}]"},
        {"Filldown alone makes a last record at the end of the input",
         "Value Filldown A (\\d)\n\nStart\n  ^${A} -> Record\n", "1\n", "[{\"A\":\"1\"},{\"A\":\"1\"}]"},
        {"Fillup goes up to the first filled",
         "Value Fillup A (\\d)\nValue Required B ([a-z])\n\nStart\n  ^${B}${A} -> Record\n  ^${B} -> "
         "Record\n",
         "a1\nb\nc\nd2\ne\n",
         "[{\"A\":\"1\",\"B\":\"a\"},{\"A\":\"2\",\"B\":\"b\"},{\"A\":\"2\",\"B\":\"c\"},{\"A\":\"2\",\"B\":"
         "\"d\"},{\"A\":\"\",\"B\":"
         "\"e\"}]"},
        {"List collects", "Value List A (\\d)\nValue B (\\w)\n\nStart\n  ^${A}\n  ^${B} -> Record\n",
         "1\n2\na\nb\n", "[{\"A\":[\"1\",\"2\"],\"B\":\"a\"},{\"A\":[],\"B\":\"b\"}]"},
        {"List with named groups gives dictionaries",
         "Value List A ((?P<k>\\w)=(?P<v>\\d)?)\n\nStart\n  ^${A} -> Continue\n  ^x -> Record\n",
         "a=1\nb=\nx\n", "[{\"A\":[{\"k\":\"a\",\"v\":\"1\"},{\"k\":\"b\",\"v\":null}]}]"},
        {"List with unnamed groups gives text", "Value List A ((a)(b))\n\nStart\n  ^${A}\n", "ab\n",
         "[{\"A\":[\"ab\"]}]"},
        {"an unset group in a List is None", "Value List A (\\d)\n\nStart\n  ^(?:x|${A})\n", "x\n1\n",
         "[{\"A\":[null,\"1\"]}]"},
        {"List,Filldown keeps and grows",
         "Value List,Filldown A (\\d)\nValue B ([a-z])\n\nStart\n  ^${A}\n  ^${B} -> Record\n\nEOF\n",
         "1\na\n2\nb\n", "[{\"A\":[\"1\"],\"B\":\"a\"},{\"A\":[\"1\",\"2\"],\"B\":\"b\"}]"},
        {"Required,List looks at the last match",
         "Value Required,List A (\\d?)\n\nStart\n  ^=${A}\n  ^r -> Record\n", "=1\n=\nr\n=\n=1\nr\n",
         "[{\"A\":[\"\",\"1\"]}]"},
        {"List,Required looks at the List",
         "Value List,Required A (\\d?)\n\nStart\n  ^=${A}\n  ^r -> Record\n", "=1\n=\nr\nr\n",
         "[{\"A\":[\"1\",\"\"]}]"},
        {"Key changes nothing in the table", "Value Key A (\\d)\n\nStart\n  ^${A} -> Record\n", "1\n",
         "[{\"A\":\"1\"}]"},
    };
    JUDGE(cases);
}

static void operations_and_states(void **state)
{
    (void)state;
    static const struct feature cases[] = {
        {"the first rule that matches takes the line",
         "Value A (\\w+)\n\nStart\n  ^${A} -> Record\n  ^b -> Error\n", "b\n", "[{\"A\":\"b\"}]"},
        {"Continue goes on with the next rule",
         "Value A (a)\nValue B (b)\n\nStart\n  ^${A} -> Continue\n  ^.${B} -> Record\n", "ab\n",
         "[{\"A\":\"a\",\"B\":\"b\"}]"},
        {"Continue.Record saves what came before",
         "Value A (\\d)\nValue List B ([a-z])\n\nStart\n  ^\\d -> Continue.Record\n  "
         "^${A}\n  ^${B}\n",
         "1\na\nb\n2\nc\n", "[{\"A\":\"1\",\"B\":[\"a\",\"b\"]},{\"A\":\"2\",\"B\":[\"c\"]}]"},
        {"Clear spares Filldown",
         "Value Filldown A (\\d)\nValue B ([a-z])\n\nStart\n  ^-- -> Clear\n  ^${A}\n  ^${B}\n", "1\na\n--\n",
         "[{\"A\":\"1\",\"B\":\"\"}]"},
        {"Clearall does not",
         "Value Filldown A (\\d)\nValue B ([a-z])\n\nStart\n  ^-- -> Clearall\n  ^${A}\n  ^${B}\n",
         "1\na\n--\n", "[]"},
        {"a state has its own rules",
         "Value A (\\d)\n\nStart\n  ^begin -> Body\n\nBody\n  ^end -> Start\n  ^${A} -> Record\n",
         "1\nbegin\n2\nend\n3\n", "[{\"A\":\"2\"}]"},
        {"Record and a new state",
         "Value A (\\w)\n\nStart\n  ^${A} -> Record Two\n\nTwo\n  ^.${A} -> Next.Record Start\n",
         "ab\ncd\nef\n", "[{\"A\":\"a\"},{\"A\":\"d\"},{\"A\":\"e\"}]"},
        {"the end of the input records", "Value A (\\d)\n\nStart\n  ^${A}\n", "1\n2\n", "[{\"A\":\"2\"}]"},
        {"unless EOF is declared", "Value A (\\d)\n\nStart\n  ^${A}\n\nEOF\n", "1\n2\n", "[]"},
        {"-> EOF stops, and records", "Value A (\\d)\n\nStart\n  ^stop -> EOF\n  ^${A}\n", "1\nstop\n2\n",
         "[{\"A\":\"1\"}]"},
        {"-> End stops without", "Value A (\\d)\n\nStart\n  ^stop -> End\n  ^${A}\n", "1\nstop\n2\n", "[]"},
        {"a record of nothing is dropped, one of '' is kept",
         "Value A (x?)\nValue B (y)\n\nStart\n  ^r -> Record\n  ^=${A} -> Record\n", "r\n=\n",
         "[{\"A\":\"\",\"B\":\"\"}]"},
        {"a Value may be a group of the rule itself",
         "Value A (.)\n\nStart\n  ^-(?P<A>\\w+)(?P<other>.) -> Record\n", "-abc\n", "[{\"A\":\"ab\"}]"},
        {"$$ is the end of the line, also before CR LF", "Value A (\\d+)\n\nStart\n  ^${A}$$ -> Record\n",
         "12\r\n34 \r\n56", "[{\"A\":\"12\"},{\"A\":\"56\"}]"},
        {"without Values there are no rows", "\nStart\n  ^a$ -> Record\n", "a\n", "[]"},
        {"the empty input", "Value A (a)\n\nStart\n  ^${A} -> Record\n", "", "[]"},
    };
    JUDGE(cases);
}

static void bytes_that_are_not_ascii(void **state)
{
    (void)state;
    static const struct feature cases[] = {
        {"characters, not bytes", "Value A (.)\nValue B (.*)\n\nStart\n  ^${A}${B} -> Record\n", "éa\n",
         "[{\"A\":\"é\",\"B\":\"a\"}]"},
        {"white space of Unicode", "Value A (\\S+)\nValue B (\\w+)\n\nStart\n  ^${A}\\s${B} -> Record\n",
         "x\xC2\xA0ü\na\x1f"
         "b\n",
         "[{\"A\":\"x\",\"B\":\"ü\"},{\"A\":\"a\",\"B\":\"b\"}]"},
        {"bad bytes are U+FFFD", "Value A (.*)\n\nStart\n  ^${A}X -> Record\n", "a\xff\x98\x10X\n",
         "[{\"A\":\"a\xEF\xBF\xBD\xEF\xBF\xBD\\u0010\"}]"},
        {"characters of the pattern",
         "Value A (\\d)\n\nStart\n  ^[äö]+: ${A} -> Record\n  ^plain: ${A} -> Record\n", "äöä: 1\nplain: 2\n",
         "[{\"A\":\"1\"},{\"A\":\"2\"}]"},
    };
    JUDGE(cases);
}

static void rows_know_their_lines(void **state)
{
    (void)state;
    struct textfsm *t = opened("Value A (\\d)\nValue B ([a-z])\n\nStart\n  ^${A}\n  ^${B} -> Record\n");
    struct textfsm_table table = parsed(t, "x\n1\n\ny\n2\n", 9);
    assert_int_equal(table.row_count, 3);
    assert_int_equal(table.rows[0].line, 1);
    assert_int_equal(table.rows[0].rule_line, 6);
    assert_int_equal(table.rows[0].first_line, 1);
    assert_int_equal(table.rows[1].line, 4);
    assert_int_equal(table.rows[1].first_line, 2);
    assert_int_equal(table.rows[2].line, 6); /* the end of the input */
    assert_int_equal(table.rows[2].rule_line, 0);
    assert_int_equal(table.rows[2].first_line, 5);
    textfsm_table_clear(&table);
    textfsm_free(t);
}

static void lines_that_no_rule_matched_are_counted(void **state)
{
    (void)state;
    struct textfsm *t = opened("Value A (\\d)\n\nStart\n  ^${A} -> Record\n  ^c -> Continue\n");
    const char *input = "1\n\n  \nwhat\nc\nis\n2\n";
    struct textfsm_table table = parsed(t, input, strlen(input));
    assert_int_equal(table.unmatched_lines, 2);
    assert_int_equal(table.first_unmatched_line, 4);
    assert_int_equal(table.gave_up_rules, 0);
    textfsm_table_clear(&table);
    textfsm_free(t);
}

static void error_names_rule_line_and_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *action, *text;
    } cases[] = {
        {"Error", "t:5: input line 2 is not one this template can read: \"Fan \\x1b[1mfailed\""},
        {"Error \"no such fan\"", "t:5: input line 2 is an error, \"no such fan\": \"Fan \\x1b[1mfailed\""},
        {"Error.Record odd", "t:5: input line 2 is an error, odd: \"Fan \\x1b[1mfailed\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char template[200];
        struct err e = {0};
        struct textfsm_table table;
        snprintf(template, sizeof template, "Value A (\\d)\n\nStart\n  ^${A}\n  ^Fan -> %s\n",
                 cases[i].action);
        struct textfsm *t = opened(template);
        assert_false(textfsm_parse(t, "1\nFan \033[1mfailed\n", 18, &table, &e));
        assert_int_equal(e.code, ERR_UNREAD);
        assert_int_equal(e.failure, FAILURE_PARSE_FAILURE);
        assert_string_equal(e.msg, cases[i].text);
        textfsm_table_clear(&table);
        textfsm_free(t);
    }
}

static char logged[2048];

static void keep_log(enum log_room room, enum log_level level, const char *line)
{
    if (room == LOG_PARSE && level == LOG_WARN)
        snprintf(logged, sizeof logged, "%s", line);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void catastrophic_rules_end_quickly_and_are_told(void **state)
{
    (void)state;
    log_set_sink(keep_log);
    log_set_level("parse", "warn");
    /* the back-reference keeps the second algorithm from proving that there is no match */
    struct textfsm *t =
        opened("Value A (\\d)\n\nStart\n  ^(a+)+\\1b$$\n  ^(\\s*-*)*\\s*$$\n  ^a -> Record\n");
    const char *input =
        "1\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc\n                      "
        "                       -x\n";
    double start = seconds();
    struct textfsm_table table = parsed(t, input, strlen(input));
    assert_true(seconds() - start < 2.0);
    assert_int_equal(table.gave_up_rules, 1); /* the other is proven not to match */
    assert_int_equal(table.gave_up_rule_line, 4);
    assert_int_equal(table.gave_up_line, 2);
    assert_string_equal(logged, "t:4: the regex passed its match limit on input line 2; taken as no match");
    log_set_sink(NULL);
    textfsm_table_clear(&table);
    textfsm_free(t);
}

static void too_many_rules_that_gave_up_end_the_parse(void **state)
{
    (void)state;
    struct textfsm *t = opened("Value A (\\d)\n\nStart\n  ^(a+)+\\1b$$\n");
    struct str input = {0};
    for (int i = 0; i < 2 * TEXTFSM_GAVE_UP_MAX; i++)
        str_add_cstr(&input, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc\n");
    struct textfsm_table table;
    struct err e = {0};
    assert_false(textfsm_parse(t, input.data, input.len, &table, &e));
    assert_int_equal(e.code, ERR_LIMIT);
    assert_int_equal(table.gave_up_rules, TEXTFSM_GAVE_UP_MAX);
    textfsm_table_clear(&table);
    str_clear(&input);
    textfsm_free(t);
}

static void ten_megabytes_without_a_line_end_are_unread_at_once(void **state)
{
    (void)state;
    enum { LEN = 10 * 1024 * 1024 };
    char *input = mem_alloc(LEN);
    memset(input, 'a', LEN);
    struct textfsm *t = opened("Value A (.*)\n\nStart\n  ^(a+)+\\1${A}b -> Record\n");
    struct textfsm_table table;
    struct err e = {0};
    double start = seconds();
    assert_false(textfsm_parse(t, input, LEN, &table, &e));
    assert_true(seconds() - start < 2.0);
    assert_int_equal(e.code, ERR_LIMIT);
    assert_non_null(strstr(e.msg, "input line 1 is longer than 1 MiB"));
    textfsm_table_clear(&table);
    mem_free(input);
    textfsm_free(t);
}

static void a_list_that_fills_down_does_not_grow_with_the_square(void **state)
{
    (void)state;
    enum { LINES = 20000 };
    struct str input = {0};
    for (int i = 0; i < LINES; i++)
        str_add_cstr(&input, "x\n");
    struct textfsm *t = opened("Value Filldown,List A (x)\n\nStart\n  ^${A} -> Record\n\nEOF\n");
    struct textfsm_table table = parsed(t, input.data, input.len);
    assert_int_equal(table.row_count, LINES);
    assert_int_equal(table.rows[LINES - 1].values[0].count, LINES);
    assert_int_equal(table.rows[0].values[0].count, 1);
    assert_true(table.arena.used_bytes < 16 * 1024 * 1024);
    textfsm_table_clear(&table);
    str_clear(&input);
    textfsm_free(t);
}

struct shared {
    struct textfsm *t;
    const char *input;
    const char *wanted;
    size_t wrong;
};

static void *parse_often(void *arg)
{
    struct shared *s = arg;
    for (int i = 0; i < 300; i++) {
        struct textfsm_table table;
        struct str json = {0};
        if (!textfsm_parse(s->t, s->input, strlen(s->input), &table, NULL))
            s->wrong++;
        textfsm_table_to_json(&table, &json, 0);
        s->wrong += strcmp(str_cstr(&json), s->wanted) != 0;
        str_clear(&json);
        textfsm_table_clear(&table);
    }
    return NULL;
}

static void one_template_in_many_threads_while_it_gets_compiled(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    struct shared shared[THREADS];
    pthread_t threads[THREADS];
    struct textfsm *t = opened("Value Filldown A (\\w+)\nValue List B ((?P<k>\\w)(?P<v>\\d))\n\nStart\n  "
                               "^name ${A}\n  ^\\s+${B}$$\n  ^-- -> Record\n");
    for (int i = 0; i < THREADS; i++) {
        shared[i] =
            (struct shared){t, "name é\nname x\n a1\n b2\n--\n",
                            "[{\"A\":\"x\",\"B\":[{\"k\":\"a\",\"v\":\"1\"},{\"k\":\"b\",\"v\":\"2\"}]},"
                            "{\"A\":\"x\",\"B\":[]}]",
                            0};
        assert_int_equal(pthread_create(&threads[i], NULL, parse_often, &shared[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(shared[i].wrong, 0);
    }
    textfsm_free(t);
}

static void the_json_is_laid_out_when_asked(void **state)
{
    (void)state;
    struct textfsm *t = opened("Value List A (\\w)\n\nStart\n  ^${A}\n");
    struct textfsm_table table = parsed(t, "a\nb\n", 4);
    struct str json = {0};
    textfsm_table_to_json(&table, &json, 2);
    assert_string_equal(str_cstr(&json), "[\n  {\n    \"A\": [\n      \"a\",\n      \"b\"\n    ]\n  }\n]");
    str_clear(&json);
    textfsm_table_clear(&table);
    textfsm_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_of_values),
        cmocka_unit_test(operations_and_states),
        cmocka_unit_test(bytes_that_are_not_ascii),
        cmocka_unit_test(rows_know_their_lines),
        cmocka_unit_test(lines_that_no_rule_matched_are_counted),
        cmocka_unit_test(error_names_rule_line_and_bytes),
        cmocka_unit_test(catastrophic_rules_end_quickly_and_are_told),
        cmocka_unit_test(too_many_rules_that_gave_up_end_the_parse),
        cmocka_unit_test(ten_megabytes_without_a_line_end_are_unread_at_once),
        cmocka_unit_test(a_list_that_fills_down_does_not_grow_with_the_square),
        cmocka_unit_test(one_template_in_many_threads_while_it_gets_compiled),
        cmocka_unit_test(the_json_is_laid_out_when_asked),
    };
    return cmocka_run_group_tests_name("parse/textfsm", tests, NULL, NULL);
}
