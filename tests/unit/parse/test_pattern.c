#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parse/pattern.h"
#include "text/regex.h"

/* Meaning is compared with Python itself in tests/conformance; here: what is written, and what is refused with which words. */
struct translation {
    const char *python, *ascii, *unicode; /* unicode NULL: the same */
};

static const char *translated(struct arena *arena, const char *python, enum pattern_form form)
{
    struct pattern pattern;
    struct err e = {0};
    if (!pattern_translate(python, strlen(python), form, arena, &pattern, &e))
        fail_msg("%s: %s", python, e.msg);
    struct regex *re =
        regex_new(pattern.text, form == PATTERN_ASCII && pattern.ascii_form ? REGEX_BYTES : 0, &e);
    if (!re)
        fail_msg("%s became %s: %s", python, pattern.text, e.msg);
    regex_free(re);
    return pattern.text;
}

static const struct translation translations[] = {
    {"^foo bar-baz$", "^foo bar\\-baz$", NULL},
    {"(?P<a_name_of_more_than_32_characters_which_is_long>x)(?P=a_name_of_more_than_32_characters_which_"
     "is_long)",
     "(x)\\g{1}", NULL},
    {"(a)\\1\\012", "(a)\\g{1}\\x{a}", NULL},
    {"a{,4}b{2,}c{3}d{1,2}?e{,}f{0,1}+", "a{0,4}b{2,}c{3}d{1,2}?e*f?+", NULL},
    {"a{b}{}{,x}{1", "a\\{b\\}\\{\\}\\{\\,x\\}\\{1", NULL},
    {"\\Z\\v\\a\\x41\\u0042\\103\\t", "\\z\\x{b}\\x{7}ABC\\x{9}", NULL},
    {"\\A\\\\\\.\\[\\_\\ \\é", "\\A\\\\\\.\\[\\_ é", NULL},
    {"\\d\\D", "\\d\\D", "\\p{Nd}\\P{Nd}"},
    {"\\w\\W", "\\w\\W", "[\\p{L}\\p{N}_][^\\p{L}\\p{N}_]"},
    {"[\\w-]", "[\\w\\-]", "[\\p{L}\\p{N}_\\-]"},
    {"[\\Wa][^\\W1][\\W]", "[\\Wa][^\\W1][\\W]",
     "(?:[a]|[^\\p{L}\\p{N}_])(?:(?![1])[\\p{L}\\p{N}_])[^\\p{L}\\p{N}_]"},
    {"[]abc][^]x]", "[\\]abc][^\\]x]", NULL},
    {"[[:alpha:]]", "[\\[\\:alpha\\:]\\]", NULL},
    {"[a&&b][--a][a-][[a]", "[a\\&\\&b][\\--a][a\\-][\\[a]", NULL},
    {"[\\b]", "[\\x{8}]", NULL},
    {"(?#a comment \\) still)x", "x", NULL},
    {"(?x: a b # c\n)d e", "(?:ab)d e", NULL},
    {"(?i)a(?-i:b)", "(?i)a(?-i:b)", NULL},
    {"(?i-s:a)(?u:b)(?m:d)(?s:.)", "(?i-s:a)(?:b)(?m:d)(?s:.)", NULL},
    {"(?i:i[h-j])", "(?i:i[h-j])", "(?i:[iI\\x{130}\\x{131}][h-jiI\\x{130}\\x{131}])"},
    {"(?=a)(?!b)(?<=c)(?<!d)(?>e)(?:f)", "(?=a)(?!b)(?<=c)(?<!d)(?>e)(?:f)", NULL},
    {"(a)?(?(1)b|c)(?P<n>d)?(?(n)e)", "(a)?(?(1)b|c)(d)?(?(2)e)", NULL},
    {"a*b*?c*+d+e+?f++g?h??i?+", "a*b*?c*+d+e+?f++g?h??i?+", NULL},
    {"a||b|", "a||b|", NULL},
    {"~#&\"/:;,%@!<>='`", "\\~\\#\\&\\\"\\/\\:\\;\\,\\%\\@\\!\\<\\>\\=\\'\\`", NULL},
    {"", "", NULL},
};

static void what_python_and_pcre2_read_alike_or_is_rewritten(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof translations / sizeof *translations; i++) {
        assert_string_equal(translated(&arena, translations[i].python, PATTERN_ASCII), translations[i].ascii);
        assert_string_equal(translated(&arena, translations[i].python, PATTERN_UNICODE),
                            translations[i].unicode ? translations[i].unicode : translations[i].ascii);
    }
    arena_clear(&arena);
}

struct refusal {
    const char *python, *reason;
};

static const struct refusal refusals[] = {
    {"ab\\h", "bad escape \\h: it means nothing in Python; write [ \\t] (at character 3 of the pattern)"},
    {"é\\K", "bad escape \\K: it means nothing in Python; put what is wanted into a group (at character "
             "2 of the pattern)"},
    {"\\y", "bad escape \\y: it means nothing in Python (at character 1 of the pattern)"},
    {"\\z", "bad escape \\z: it means nothing in Python; write \\Z (at character 1 of the pattern)"},
    {"[\\A]", "bad escape \\A: it means nothing in Python; it is a place, not a character (at character "
              "2 of the pattern)"},
    {"[\\8]", "bad escape \\8 (at character 2 of the pattern)"},
    {"a\\", "bad escape (end of pattern) (at character 2 of the pattern)"},
    {"\\x4", "incomplete escape \\x4: 2 hexadecimal digits are needed (at character 1 of the pattern)"},
    {"\\U00110000", "bad escape \\U00110000: there is no such character (at character 1 of the pattern)"},
    {"\\ud800", "\\ud800 is half of a surrogate pair: no text can hold it (at character 1 of the pattern)"},
    {"\\N{DASH}", "\\N{name} needs Python's table of names: write \\uhhhh (at character 1 of the pattern)"},
    {"\\777", "octal escape value \\777 outside of range 0-0o377 (at character 1 of the pattern)"},
    {"(a)\\2", "invalid group reference 2 (at character 4 of the pattern)"},
    {"(a\\1)", "cannot refer to an open group (at character 3 of the pattern)"},
    {"(?P=n)", "unknown group name 'n' (at character 5 of the pattern)"},
    {"(?P<n>a)(?P<n>b)",
     "redefinition of group name 'n' as group 2; was group 1 (at character 13 of the pattern)"},
    {"(?P<1n>a)", "bad character in group name '1n' (at character 5 of the pattern)"},
    {"(?P<>a)", "missing group name (at character 5 of the pattern)"},
    {"(?P>n)", "unknown extension ?P>: Python has no recursion; write the pattern out (at character 1 of "
               "the pattern)"},
    {"(?<n>a)", "unknown extension ?<n: write (?P<name>…) for a named group (at character 1 of the pattern)"},
    {"(?'n'a)", "unknown extension ?': write (?P<name>…) (at character 1 of the pattern)"},
    {"(?|a|b)", "unknown extension ?|: Python has no branch reset (at character 1 of the pattern)"},
    {"(?R)", "unknown extension ?R: Python has no recursion (at character 1 of the pattern)"},
    {"a(?1)", "unknown extension ?1: Python has no recursion (at character 2 of the pattern)"},
    {"(?C1)", "unknown extension ?C: Python has no callouts (at character 1 of the pattern)"},
    {"(*FAIL)", "nothing to repeat: \"(*\" begins no group in Python (verbs are Perl's) (at character 2 "
                "of the pattern)"},
    {"a(?i)b",
     "global flags not at the start of the expression; write (?i:…) (at character 2 of the pattern)"},
    {"(?a:b)", "inline flag 'a' is not supported: write the characters out (at character 3 of the pattern)"},
    {"(?i-i:b)", "bad inline flags: flag turned on and off (at character 1 of the pattern)"},
    {"(?k:b)", "unknown extension ?k (at character 1 of the pattern)"},
    {"*a", "nothing to repeat (at character 1 of the pattern)"},
    {"^*", "nothing to repeat (at character 2 of the pattern)"},
    {"a**", "multiple repeat (at character 3 of the pattern)"},
    {"a{3,2}", "min repeat greater than max repeat (at character 2 of the pattern)"},
    {"a{70000}", "a repeat of more than 65535 is more than PCRE2 takes (at character 2 of the pattern)"},
    {"(a", "missing ), unterminated subpattern (at character 1 of the pattern)"},
    {"a)", "unbalanced parenthesis (at character 2 of the pattern)"},
    {"[a", "unterminated character set (at character 1 of the pattern)"},
    {"[z-a]", "bad character range z-a (at character 2 of the pattern)"},
    {"[\\d-a]", "bad character range \\d-a (at character 2 of the pattern)"},
    {"(?<=a|bc)", "look-behind requires fixed-width pattern (at character 1 of the pattern)"},
    {"(?(2)a)(b)", "invalid group reference 2 (at character 11 of the pattern)"},
    {"(?(0)a)", "bad group number (at character 4 of the pattern)"},
    {"(a)(?(1)b|c|d)", "conditional backref with more than two branches (at character 12 of the pattern)"},
    {"(?#a", "missing ), unterminated comment (at character 1 of the pattern)"},
    {"a\xff", "not UTF-8 (at character 2 of the pattern)"},
};

static void what_python_refuses_is_refused_with_the_reason_and_the_place(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct pattern pattern;
        struct err e = {0};
        if (pattern_translate(refusals[i].python, strlen(refusals[i].python), PATTERN_ASCII, &arena, &pattern,
                              &e))
            fail_msg("%s was accepted as %s", refusals[i].python, pattern.text);
        assert_int_equal(e.code, ERR_SYNTAX);
        assert_string_equal(e.msg, refusals[i].reason);
    }
    arena_clear(&arena);
}

static void names_groups_and_forms(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct pattern p;
    const char *python = "(x)(?P<B>y(?P<A>z))";
    assert_true(pattern_translate(python, strlen(python), PATTERN_ASCII, &arena, &p, NULL));
    assert_int_equal(p.group_count, 3);
    assert_int_equal(p.name_count, 2);
    assert_string_equal(p.names[0].name, "B");
    assert_int_equal(p.names[0].group, 2);
    assert_string_equal(p.names[1].name, "A");
    assert_true(p.ascii_form);
    assert_false(p.unsure);
    assert_true(pattern_translate("é", 2, PATTERN_ASCII, &arena, &p, NULL));
    assert_false(p.ascii_form);
    assert_true(pattern_translate("(?<=a)b", 7, PATTERN_ASCII, &arena, &p, NULL));
    assert_true(p.unsure);
    arena_clear(&arena);
}

struct head_case {
    const char *pattern, *line;
    enum head_answer answer;
};

static const struct head_case head_cases[] = {
    {"^Interface\\s+(\\S+)", "Interface Eth1", HEAD_PERHAPS},
    {"^Interface\\s+(\\S+)", "Interfaces", HEAD_PERHAPS},
    {"^Interface\\s+(\\S+)", "Inter", HEAD_NO},
    {"^Interface\\s+(\\S+)", "", HEAD_NO},
    {"^Interface", "Interface Eth1", HEAD_YES},
    {"^Interface$", "Interface Eth1", HEAD_NO},
    {"^Interface\\s*$", "Interface \t ", HEAD_YES},
    {"^Interface\\s+$", "Interface", HEAD_NO},
    {"^Interface.*$", "Interface Eth1", HEAD_YES},
    {"^Interface.{2}$", "Interface E", HEAD_YES},
    {"^Interface.{2}$", "Interface Et", HEAD_NO},
    {"^\\s*$", "", HEAD_YES},
    {"^\\s*$", " \t ", HEAD_YES},
    {"^\\s*$", "  x", HEAD_NO},
    {"^\\s+$", "", HEAD_NO},
    {"^\\s+MTU", " MTU 9214", HEAD_YES},
    {"^\\s+MTU", "MTU 9214", HEAD_NO},
    {"^\\s{2,}MTU", " MTU 9214", HEAD_NO},
    {"^\\s+(\\d+)", "  x", HEAD_NO},
    {"^\\s+(\\d+)", "  7", HEAD_PERHAPS},
    {"^\\s+ x", "   x", HEAD_PERHAPS}, /* the blanks are shared: only a match can tell */
    {"^\\s+.", "  ", HEAD_PERHAPS},
    {"^.", "", HEAD_NO},
    {"^.", " ", HEAD_YES},
    {"^(a|b)c", "dc", HEAD_NO},
    {"^(a|b)?c", "c", HEAD_PERHAPS},
    {"^a|b", "b", HEAD_PERHAPS},
    {"^a|b", "c", HEAD_NO},
    {"^ab*c", "ac", HEAD_PERHAPS},
    {"^ab{0}c", "ac", HEAD_PERHAPS},
    {"^(?i:ab)", "AB", HEAD_PERHAPS},
    {"^(?!a)", "a", HEAD_PERHAPS},
    {"^(?=a).", "b", HEAD_NO},
    {"^[^a-y]", "y", HEAD_NO},
    {"^\\D", "5", HEAD_NO},
    {"^$", "x", HEAD_NO},
    {"^\\Z", "", HEAD_YES},
    {"^\\b", "x", HEAD_PERHAPS},
};

static void heads_rule_out_or_decide(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof head_cases / sizeof *head_cases; i++) {
        struct pattern p;
        struct head_line line = {head_cases[i].line, strlen(head_cases[i].line),
                                 strspn(head_cases[i].line, " \t")};
        assert_true(pattern_translate(head_cases[i].pattern, strlen(head_cases[i].pattern), PATTERN_ASCII,
                                      &arena, &p, NULL));
        enum head_answer answer = head_test(&p.head, &line);
        if (answer != head_cases[i].answer)
            fail_msg("%s on \"%s\": %d instead of %d", head_cases[i].pattern, head_cases[i].line, answer,
                     head_cases[i].answer);
    }
    arena_clear(&arena);
}

static void deep_and_long_patterns_end(void **state)
{
    (void)state;
    static char deep[20001], many[20001];
    memset(deep, '(', 10000);
    memset(deep + 10000, ')', 10000);
    memset(many, 'a', 20000);
    struct arena arena = {0};
    struct pattern p;
    struct err e = {0};
    assert_false(pattern_translate(deep, 20000, PATTERN_ASCII, &arena, &p, &e));
    assert_non_null(strstr(e.msg, "nested deeper than 200"));
    assert_true(pattern_translate(many, 20000, PATTERN_ASCII, &arena, &p, &e));
    assert_true(p.unsure); /* PCRE2 may call it too large */
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_python_and_pcre2_read_alike_or_is_rewritten),
        cmocka_unit_test(what_python_refuses_is_refused_with_the_reason_and_the_place),
        cmocka_unit_test(names_groups_and_forms),
        cmocka_unit_test(heads_rule_out_or_decide),
        cmocka_unit_test(deep_and_long_patterns_end),
    };
    return cmocka_run_group_tests_name("parse/pattern", tests, NULL, NULL);
}
