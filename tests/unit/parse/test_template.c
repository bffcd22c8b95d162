#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parse/textfsm.h"

struct refusal {
    const char *template, *text;
};

static void refused(const struct refusal *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct err e = {0};
        struct textfsm *t = textfsm_new("t", cases[i].template, strlen(cases[i].template), &e);
        if (t)
            fail_msg("accepted:\n%s", cases[i].template);
        assert_int_equal(e.code, ERR_SYNTAX);
        assert_string_equal(e.msg, cases[i].text);
    }
}
#define REFUSED(cases) refused(cases, sizeof(cases) / sizeof *(cases))

static void mistakes_in_values_are_named(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"Value A\n", "t:1: expected \"Value [options] name (regex)\""},
        {"# c\nValue Requird A (.*)\n", "t:2: unknown option \"Requird\"; did you mean Required"},
        {"Value List,List A (.*)\n", "t:1: duplicate option \"List\""},
        {"Value  A (.*)\n", "t:1: unknown option \"\"; there are Required, Filldown, Fillup, Key and List"},
        {"Value A (.*\n", "t:1: the Value's regex \"(.*\" must stand within one '()' pair"},
        {"Value A (a)(b\n", "t:1: the Value's regex \"(a)(b\" must stand within one '()' pair"},
        {"Value Required A .*\n", "t:1: the Value's regex \".*\" must stand within one '()' pair"},
        {"Value A (.*)\nValue List A (b)\n", "t:2: the Value 'A' is declared twice; first in line 1"},
        {"Value List A (\\h)\n",
         "t:1: the Value's regex \"(\\h)\" is refused: bad escape \\h: it means nothing in Python; "
         "write [ \\t] (at character 2 of the pattern)"},
        {"Value AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDDEEEEEEEEE (.*)\n",
         "t:1: the Value's name 'AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDDEEEEEEEEE' is longer than 48 "
         "characters"},
        {"Start\n  ^a\n",
         "t:1: no Value definitions found: expected \"Value …\", a # comment or a blank line"},
        {"Value A (.*)\nStart\n", "t:2: expected a blank line after the last Value"},
        {"Value A (\xff)\n", "t:1: not UTF-8: save the template as UTF-8"},
    };
    REFUSED(cases);
}

#define HEAD "Value A (\\S+)\nValue BEE (\\d+)\n\n"

static void mistakes_in_rules_are_named(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {HEAD "Start\n^a\n",
         "t:5: missing white space or carat ('^') before the rule: one or two blanks or a tab, then ^"},
        {HEAD "Start\n   ^a\n",
         "t:5: missing white space or carat ('^') before the rule: one or two blanks or a tab, then ^"},
        {HEAD "Start\n  a\n",
         "t:5: missing white space or carat ('^') before the rule: one or two blanks or a tab, then ^"},
        {HEAD "Start\n  ^${BE}\n", "t:5: there is no Value 'BE'; did you mean BEE"},
        {HEAD "Start\n  ^a$\n",
         "t:5: a single $ in the rule: write $$ for the end of the line, ${NAME} for a Value"},
        {HEAD "Start\n  ^${A\n",
         "t:5: a single $ in the rule: write $$ for the end of the line, ${NAME} for a Value"},
        {HEAD "Start\n  ^${A} ${A}\n",
         "t:5: the regex \"^(?P<A>\\S+) (?P<A>\\S+)\" is refused: redefinition of group name 'A' as "
         "group 2; was group 1 (at character 17 of the pattern)"},
        {HEAD "Start\n  ^(a\n",
         "t:5: the regex \"^(a\" is refused: missing ), unterminated subpattern (at character 2 of the "
         "pattern)"},
        {HEAD "Start\n  ^a -> Continue Start\n",
         "t:5: Continue cannot go to a state (Start): the rules after it would not be tried"},
        {HEAD "Start\n  ^a -> \"so\"\n", "t:5: only Error takes a message: \"so\""},
        {HEAD "Start\n  ^a -> Next.Recrod\n", "t:5: badly formatted action \"-> Next.Recrod\": expected "
                                              "[Next|Continue|Error][.Record|.NoRecord|.Clear|.Clearall] "
                                              "[state or \"message\"]"},
        {HEAD "Start\n  ^a ->Next\n",
         "t:5: badly formatted action \"->Next\": expected [Next|Continue|Error][.Record|.NoRecord|"
         ".Clear|.Clearall] [state or \"message\"]"},
        {HEAD "Start\n  ^a -> Error \"a\n",
         "t:5: badly formatted action \"-> Error \"a\": expected [Next|Continue|Error]"
         "[.Record|.NoRecord|.Clear|.Clearall] [state or \"message\"]"},
        {HEAD "Start\n  ^a -> Record Error Next\n", "t:5: badly formatted action \"-> Record Error Next\": "
                                                    "expected [Next|Continue|Error][.Record|.NoRecord|.Clear|"
                                                    ".Clearall] [state or \"message\"]"},
        {HEAD "Start\n  ^(?<=a\\1(b))c\n",
         "t:5: the regex \"^(?<=a\\1(b))c\" is refused: invalid group reference 1 (at "
         "character 7 of the pattern)"},
    };
    REFUSED(cases);
}

static void mistakes_in_states_are_named(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"", "t:1: missing state 'Start'"},
        {HEAD, "t:3: missing state 'Start'"},
        {HEAD "Begin\n  ^a\n", "t:5: missing state 'Start'"},
        {HEAD "Start\n  ^a -> Strat\n",
         "t:5: state 'Strat' not found, referenced in state 'Start'; did you mean Start?"},
        {HEAD "Start\n\nStart\n", "t:6: duplicate state 'Start'; first in line 4"},
        {HEAD "Start\n\nTwo words\n",
         "t:6: invalid state name 'Two words': letters, digits and _, at most 48"},
        {HEAD "Start\n\nRecord\n", "t:6: invalid state name 'Record': it is the name of an action"},
        {HEAD "Start\n  ^a\n\n  ^b\n", "t:7: expected the name of a state at the start of the line: a blank "
                                       "line ends the rules of a state"},
        {HEAD "Start\n\nEnd\n  ^a\n", "t:7: the state 'End' must have no rules"},
        {HEAD "Start\n\nEOF\n  ^a\n", "t:7: the state 'EOF' must have no rules"},
    };
    REFUSED(cases);
}

static struct textfsm *opened(const char *template)
{
    struct err e = {0};
    struct textfsm *t = textfsm_new("t", template, strlen(template), &e);
    if (!t)
        fail_msg("%s", e.msg);
    return t;
}

static void what_textfsm_accepts_is_accepted(void **state)
{
    (void)state;
    static const char *const templates[] = {
        "# comment\n  # another\nValue A (.*)\r\n\r\nStart\r\n  ^${A} -> Record\r\n",
        HEAD "Start\n ^a\n  ^b\n\t^c\n  # comment\n  ^d -> Start",
        HEAD "Start\n  ^a -> \n  ^b ->\n  ^c -> Next\n  ^d -> Record Start\n  ^e -> Error \"some text\"\n "
             " ^f -> Error text",
        HEAD "Start\n  ^$A x$BEE$$ -> Continue.Record\n",
        HEAD "Start\n  ^a -> End\n\nEnd\n\nEOF\n",
        HEAD "Start\n  ^Zustände -> Zustände\n\nZustände\n  ^a -> Next.Record Start\n",
        "\nStart\n  ^no values$\n",
        "Value not-a-name (.*)\nValue A (x)\n\nStart\n  ^${A}\n",
        "Value B (?:a|b)\nValue A (x)\n\nStart\n  ^${A}\n", /* wrong, but not used: textfsm does not look */
    };
    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++) {
        struct textfsm *t = opened(templates[i]);
        struct err e = {0};
        if (!textfsm_compile(t, &e))
            fail_msg("%s", e.msg);
        textfsm_free(t);
    }
}

static void a_template_tells_about_itself(void **state)
{
    (void)state;
    struct textfsm *t =
        opened("Value Key,Required A (.*)\nValue List B (.*)\n\nStart\n  ^x -> Two\n  ^. -> Error\n\n"
               "Two\n  ^${A}\n  ^.*$$ -> Error \"x\"\n\nEOF\n");
    const char *lax = NULL;
    assert_string_equal(textfsm_name(t), "t");
    assert_int_equal(textfsm_column_count(t), 2);
    assert_string_equal(textfsm_column(t, 1), "B");
    assert_true(textfsm_column_is_key(t, 0));
    assert_false(textfsm_column_is_key(t, 1));
    assert_true(textfsm_column_is_list(t, 1));
    assert_true(textfsm_is_strict(t, &lax));
    assert_null(lax);
    textfsm_free(t);
}

static void a_state_without_a_catch_all_is_lax(void **state)
{
    (void)state;
    static const char *const templates[] = {
        HEAD "Start\n  ^. -> Error\n\nLax\n  ^a\n",
        HEAD "Start\n  ^. -> Error\n\nLax\n",
        HEAD "Start\n  ^. -> Error\n\nLax\n  ^. -> Error\n  ^a\n",
        HEAD "Start\n  ^. -> Error\n\nLax\n  ^.\n",
        HEAD "Start\n  ^. -> Error\n\nLax\n  ^\\S -> Error\n",
    };
    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++) {
        const char *lax = NULL;
        struct textfsm *t = opened(templates[i]);
        assert_false(textfsm_is_strict(t, &lax));
        assert_string_equal(lax, "Lax");
        textfsm_free(t);
    }
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    struct err e = {0};
    assert_null(textfsm_open("tests/data/parse/there_is_none.textfsm", &e));
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.msg, "there_is_none.textfsm"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_in_values_are_named),
        cmocka_unit_test(mistakes_in_rules_are_named),
        cmocka_unit_test(mistakes_in_states_are_named),
        cmocka_unit_test(what_textfsm_accepts_is_accepted),
        cmocka_unit_test(a_template_tells_about_itself),
        cmocka_unit_test(a_state_without_a_catch_all_is_lax),
        cmocka_unit_test(a_file_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests_name("parse/template", tests, NULL, NULL);
}
