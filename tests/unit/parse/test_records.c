#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parse/records.h"
#include "parse/textfsm.h"
#include "text/regex.h"

/* A table of power supplies, as a platform file describes it. */
static const char power_template[] = "Value Required SLOT (\\d+)\n"
                                     "Value MODEL (\\S+)\n"
                                     "Value AMPS (\\S+)\n"
                                     "Value STATE (.+?)\n"
                                     "\n"
                                     "Start\n"
                                     "  ^Slot\\s+Model\\s+Amps\\s+State\\s*$$\n"
                                     "  ^${SLOT}\\s+${MODEL}\\s+${AMPS}\\s+${STATE}\\s*$$ -> Record\n"
                                     "  ^\\s*$$\n"
                                     "  ^. -> Error\n";

static const char *const spellings_ok[] = {"Ok", "Ok *"}, *const spellings_no_input[] = {"Power Loss"};
static const struct word_list state_words[] = {{"ok", spellings_ok, 2}, {"no_input", spellings_no_input, 1}};

struct world {
    struct reader reader;
    struct column_map columns[4];
    struct arena arena;
    struct records records;
    struct err e;
};

static struct regex *expression(const char *pattern, unsigned flags)
{
    struct err e = {0};
    struct regex *re = regex_new(pattern, flags, &e);
    if (!re)
        fail_msg("%s", e.msg);
    return re;
}

static int open_world(void **state)
{
    static struct world w;
    memset(&w, 0, sizeof w);
    w.columns[0] = (struct column_map){.column = "slot", .source = "SLOT"};
    w.columns[1] = (struct column_map){.column = "model", .source = "MODEL"};
    w.columns[2] = (struct column_map){.column = "amps", .source = "AMPS"};
    w.columns[3] =
        (struct column_map){.column = "state", .source = "STATE", .words = state_words, .word_count = 2};
    w.columns[2].expect = expression("^(?:\\d+\\.\\d+A)\\z", REGEX_ANCHORED);
    w.reader = (struct reader){.query = "power_supplies",
                               .template = textfsm_new("power", power_template, strlen(power_template), &w.e),
                               .template_file = "power.textfsm",
                               .none = expression("(?m)^% There seem to be no power supplies", 0),
                               .columns = w.columns,
                               .column_count = 4,
                               .min_rows = 1};
    *state = &w;
    return w.reader.template ? 0 : -1;
}

static int close_world(void **state)
{
    struct world *w = *state;
    regex_free(w->columns[2].expect);
    regex_free(w->reader.none);
    textfsm_free(w->reader.template);
    arena_clear(&w->arena);
    return 0;
}

static bool reads(struct world *w, const char *answer)
{
    return reader_read(&w->reader, answer, strlen(answer), &w->arena, &w->records, &w->e);
}

static void unread(struct world *w, const char *answer, const char *text)
{
    if (reads(w, answer))
        fail_msg("was read: %s", answer);
    assert_int_equal(w->e.code, ERR_UNREAD);
    assert_int_equal(w->e.failure, FAILURE_PARSE_FAILURE);
    assert_string_equal(w->e.msg, text);
}

#define TABLE "Slot Model     Amps  State\n"

static void a_table_becomes_records_in_neutral_words(void **state)
{
    struct world *w = *state;
    static const char answer[] = TABLE "1    PWR-500AC 1.05A Ok *\n2    PWR-500AC 0.00A Power Loss\r\n\n";
    assert_true(reads(w, answer));
    const struct records *r = &w->records;
    assert_int_equal(r->count, 2);
    assert_false(r->none);
    assert_string_equal(r->query, "power_supplies");
    assert_string_equal(r->reader, "power.textfsm");
    assert_ptr_equal(r->answer, answer);
    assert_string_equal(record_get(r, 0, "state"), "ok");
    assert_string_equal(record_raw(r, 0, "state"), "Ok *");
    assert_string_equal(record_get(r, 1, "state"), "no_input");
    assert_true(record_is(r, 1, "state", "no_input"));
    assert_false(record_is(r, 1, "state", "ok"));
    assert_string_equal(record_get(r, 1, "model"), "PWR-500AC");
    assert_true(records_has(r, "amps"));
    assert_false(records_has(r, "watts"));
    assert_int_equal(r->rows[1].line, 3);
    assert_int_equal(r->rows[1].rule_line, 8);
}

static void what_is_not_understood_is_unread(void **state)
{
    struct world *w = *state;
    unread(w, TABLE "1    PWR-500AC 1.05A Fine\n",
           "power_supplies: state \"Fine\" is none of the platform's words for it (a new firmware may need "
           "one more under "
           "words:); read from line 2: \"1    PWR-500AC 1.05A Fine\"");
    unread(w, TABLE "1    PWR-500AC 1.05W Ok\n",
           "power_supplies: amps \"1.05W\" has not the shape expected; read from line 2: \"1    PWR-500AC "
           "1.05W Ok\"");
    unread(w, TABLE "one  PWR-500AC 1.05A Ok\n",
           "power_supplies: power:10: input line 2 is not one this template can read: \"one  PWR-500AC 1.05A "
           "Ok\"");
    unread(w, TABLE,
           "power_supplies: 0 row(s) read by power.textfsm, at least 1 expected; the answer begins: \"Slot "
           "Model     "
           "Amps  State\"");
    unread(w, "", "power_supplies: 0 row(s) read by power.textfsm, at least 1 expected; the answer begins");
    unread(w, TABLE "1    PWR-500AC 1.05A Ok\n2    PWR",
           "power_supplies: power:10: input line 3 is not one this template can read: \"2    PWR\"");
    unread(w, TABLE "1    PWR-500AC 1.05A Ok\377\n",
           "power_supplies: state \"Ok\xEF\xBF\xBD\" is none of the platform's words for it (a new firmware "
           "may need one more under "
           "words:); read from line 2: \"1    PWR-500AC 1.05A Ok\\xff\"");
}

static void fewer_rows_than_wanted_are_unread_and_none_may_be_allowed(void **state)
{
    struct world *w = *state;
    w->reader.min_rows = 2;
    assert_false(reads(w, TABLE "1    PWR-500AC 1.05A Ok\n"));
    w->reader.min_rows = 0;
    assert_true(reads(w, TABLE));
    assert_int_equal(w->records.count, 0);
    assert_false(w->records.none);
}

static void none_is_an_answer_only_when_it_stands_alone(void **state)
{
    struct world *w = *state;
    static const char *const nones[] = {"% There seem to be no power supplies connected.\r\n",
                                        "\n\n  \n% There seem to be no power supplies connected.\n\n"};
    for (size_t i = 0; i < 2; i++) {
        assert_true(reads(w, nones[i]));
        assert_true(w->records.none);
        assert_int_equal(w->records.count, 0);
    }
    unread(w, "% There seem to be no power supplies connected.\n" TABLE "1    PWR-500AC 0.00A Power Loss\n",
           "power_supplies: power:10: input line 1 is not one this template can read: \"% There seem to be "
           "no power supplies "
           "connected.\"");
    assert_false(reads(w, TABLE "% There seem to be no power supplies connected.\n"));
    assert_false(reads(w, "x % There seem to be no power supplies connected.\n"));
}

static void use_template(struct world *w, const char *template)
{
    textfsm_free(w->reader.template);
    w->reader.template = textfsm_new("power", template, strlen(template), &w->e);
    assert_non_null(w->reader.template);
}

static void lines_that_a_lax_template_passes_over_are_unread(void **state)
{
    struct world *w = *state;
    use_template(w, "Value SLOT (\\d)\nValue MODEL (\\S+)\nValue AMPS (\\S+)\nValue STATE (\\S+)\n\nStart\n"
                    "  ^${SLOT} ${MODEL} ${AMPS} ${STATE} -> Record\n");
    unread(
        w, "1 P 1.00A Ok \n\n2 P 1.00A\n\n3\n",
        "power_supplies: 2 line(s) that no rule of power.textfsm reads; the first is line 3: \"2 P 1.00A\"");
}

static void a_rule_that_gave_up_makes_the_answer_unread(void **state)
{
    struct world *w = *state;
    use_template(w, "Value SLOT (\\d)\nValue MODEL (\\S+)\nValue AMPS (\\S+)\nValue STATE (\\S+)\n\nStart\n"
                    "  ^(a+)+\\1b$$\n  ^a\n  ^${SLOT} ${MODEL} ${AMPS} ${STATE} -> Record\n");
    unread(w, "1 P 1.00A Ok \naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc\n",
           "power_supplies: the rule at power.textfsm:7 passed its match limit on line 2: "
           "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc\"");
}

static void a_list_is_its_items_each_judged(void **state)
{
    struct world *w = *state;
    use_template(
        w, "Value SLOT (\\d)\nValue MODEL (\\S+)\nValue List AMPS (\\S+)\nValue List STATE (\\w+)\n\nStart\n"
           "  ^${SLOT} ${MODEL}\n  ^-${AMPS} ${STATE}\n");
    assert_true(reads(w, "1 P\n-1.00A Ok\n-2.00A Ok\n"));
    assert_string_equal(record_get(&w->records, 0, "state"), "ok,ok");
    assert_string_equal(record_raw(&w->records, 0, "state"), "Ok,Ok");
    assert_string_equal(record_get(&w->records, 0, "amps"), "1.00A,2.00A");
    assert_false(reads(w, "1 P\n-1.00A Ok\n-2.00A Odd\n"));
    assert_false(reads(w, "1 P\n-1.00A Ok\n-2.00 Ok\n"));
}

static void a_column_of_no_value_is_a_mistake_of_the_platform(void **state)
{
    struct world *w = *state;
    w->columns[0].source = "SLOTT";
    assert_false(reads(w, TABLE "1    PWR-500AC 1.05A Ok\n"));
    assert_int_equal(w->e.code, ERR_SYNTAX);
    assert_string_equal(w->e.msg, "power: the template has no Value 'SLOTT'");
}

static void numbers_as_switches_print_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_number;
        double number;
    } cases[] = {
        {"1.05A", true, 1.05}, {"-2.39", true, -2.39},     {"35%", true, 35},      {"+7 dBm", true, 7},
        {".5", true, 0.5},     {"-40.00", true, -40},      {"1e-05", true, 1e-05}, {"12eV", true, 12},
        {"0", true, 0},        {"9214 bytes", true, 9214}, {"N/A", false, 0},      {"", false, 0},
        {"-", false, 0},       {"--", false, 0},           {"-inf", false, 0},     {"nan", false, 0},
        {"A1", false, 0},      {"10.0.0.1", false, 0},     {"12:30", false, 0},    {"1/2", false, 0},
        {"1,024", false, 0},   {"0x10", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const columns[] = {"n"}, *const values[] = {cases[i].text};
        struct record row = {.values = values, .raw = values};
        struct records r = {.columns = columns, .column_count = 1, .rows = &row, .count = 1};
        double number = 0;
        if (record_number(&r, 0, "n", &number) != cases[i].is_number)
            fail_msg("\"%s\"", cases[i].text);
        double off = number - cases[i].number;
        assert_true(off < 1e-12 && off > -1e-12);
    }
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_table_becomes_records_in_neutral_words),
        IN_WORLD(what_is_not_understood_is_unread),
        IN_WORLD(fewer_rows_than_wanted_are_unread_and_none_may_be_allowed),
        IN_WORLD(none_is_an_answer_only_when_it_stands_alone),
        IN_WORLD(lines_that_a_lax_template_passes_over_are_unread),
        IN_WORLD(a_rule_that_gave_up_makes_the_answer_unread),
        IN_WORLD(a_list_is_its_items_each_judged),
        IN_WORLD(a_column_of_no_value_is_a_mistake_of_the_platform),
        cmocka_unit_test(numbers_as_switches_print_them),
    };
    return cmocka_run_group_tests_name("parse/records", tests, NULL, NULL);
}
