#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/mem.h"
#include "text/regex.h"

static struct regex *compiled(const char *pattern, unsigned flags)
{
    struct err e = {0};
    struct regex *re = regex_new(pattern, flags, &e);
    if (!re)
        fail_msg("%s: %s", pattern, e.msg);
    return re;
}

static enum regex_result match(const char *pattern, unsigned flags, const char *subject)
{
    struct regex *re = compiled(pattern, flags);
    enum regex_result r = regex_match(re, subject, strlen(subject), 0, NULL, 0);
    regex_free(re);
    return r;
}

static void spans_of_groups_and_of_groups_left_out(void **state)
{
    (void)state;
    for (unsigned jit = 0; jit <= REGEX_JIT; jit += REGEX_JIT) {
        struct regex *re = compiled("(?<a>x)?(y)(z)?(q)?", jit);
        struct regex_span spans[6];
        assert_int_equal(regex_match(re, "..yz", 4, 0, spans, 6), REGEX_MATCH);
        assert_int_equal(spans[0].start, 2);
        assert_int_equal(spans[0].end, 4);
        assert_true(spans[1].start == REGEX_UNSET);
        assert_int_equal(spans[2].start, 2);
        assert_int_equal(spans[3].end, 4);
        assert_true(spans[4].start == REGEX_UNSET);
        assert_true(spans[5].start == REGEX_UNSET); /* there is no such group */
        assert_int_equal(regex_match(re, "..yz", 4, 3, spans, 1), REGEX_NO_MATCH);
        assert_int_equal(regex_group_count(re), 4);
        assert_int_equal(regex_group_number(re, "a"), 1);
        assert_int_equal(regex_group_number(re, "b"), -1);
        assert_string_equal(regex_group_name(re, 1), "a");
        assert_null(regex_group_name(re, 2));
        regex_free(re);
    }
}

static void flags_change_what_matches(void **state)
{
    (void)state;
    assert_int_equal(match("b", 0, "ab"), REGEX_MATCH);
    assert_int_equal(match("b", REGEX_ANCHORED, "ab"), REGEX_NO_MATCH);
    assert_int_equal(match("x|b", REGEX_ANCHORED, "ab"), REGEX_NO_MATCH);
    assert_int_equal(match("B", 0, "ab"), REGEX_NO_MATCH);
    assert_int_equal(match("B", REGEX_CASELESS, "ab"), REGEX_MATCH);
    assert_int_equal(match("^.$", 0, "é"), REGEX_MATCH);
    assert_int_equal(match("^.$", REGEX_BYTES, "é"), REGEX_NO_MATCH);
    assert_int_equal(match("^\\s$", 0, "\xC2\xA0"), REGEX_MATCH);
    assert_int_equal(match("^\\xff\\x00", REGEX_BYTES, "\xff"), REGEX_NO_MATCH);
    assert_int_equal(match("^\\xff", REGEX_BYTES, "\xff"), REGEX_MATCH);
    assert_int_equal(match("^a$", 0, "a\r\n"), REGEX_NO_MATCH);
    assert_int_equal(match("^a$", 0, "a\n"),
                     REGEX_MATCH); /* newline is LF whatever the library was built with */
}

static void mistakes_say_where(void **state)
{
    (void)state;
    struct err e = {0};
    assert_null(regex_new("ab(c", 0, &e));
    assert_int_equal(e.code, ERR_SYNTAX);
    assert_string_equal(e.msg, "missing closing parenthesis (at byte 4 of the pattern)");
    assert_null(regex_new("\\C", 0, &e));
    assert_null(regex_new("(*UTF)a", REGEX_BYTES, &e));
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void catastrophic_patterns_end_quickly_with_the_truth(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *subject;
        enum regex_result result;
    } cases[] = {
        {"^(\\s*-*)*\\s*$", "                                                        x", REGEX_NO_MATCH},
        {"^(-+\\s*)+$", "----------------------------------------------------------+---", REGEX_NO_MATCH},
        {"^(\\S+\\s*)+:", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", REGEX_NO_MATCH},
        {"^(a+)+\\1?$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
         REGEX_GAVE_UP}, /* back-reference */
        {"^(?>x|)(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
         REGEX_GAVE_UP}, /* atomic group */
        {"^(a|aa)+(?<=b)$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", REGEX_NO_MATCH},
        {"^(?:(?:a|b)*(?:a|c)*)*x.{9}z|^(a+)+b$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
         REGEX_GAVE_UP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (unsigned jit = 0; jit <= REGEX_JIT; jit += REGEX_JIT) {
            struct regex *re = compiled(cases[i].pattern, REGEX_BYTES | jit);
            for (int again = 0; again < 2; again++) {
                double start = seconds();
                enum regex_result r = regex_match(re, cases[i].subject, strlen(cases[i].subject), 0, NULL, 0);
                if (r != cases[i].result)
                    fail_msg("%s (jit %u): %d instead of %d", cases[i].pattern, jit, r, cases[i].result);
                assert_true(seconds() - start < 2.0);
            }
            regex_free(re);
        }
}

static void after_a_limit_matches_are_still_found(void **state)
{
    (void)state;
    struct regex *re = compiled("^(\\s*-*)*\\s*$", REGEX_BYTES);
    const char *bad = "                                        x";
    assert_int_equal(regex_match(re, bad, strlen(bad), 0, NULL, 0), REGEX_NO_MATCH);
    assert_int_equal(regex_match(re, " -- ---", 7, 0, NULL, 0), REGEX_MATCH);
    regex_free(re);
}

static void subject_that_is_not_utf8_is_no_answer(void **state)
{
    (void)state;
    assert_int_equal(match("a", 0, "a\xff"), REGEX_GAVE_UP);
    assert_int_equal(match("a", REGEX_JIT, "a\xff"), REGEX_GAVE_UP);
    assert_int_equal(match("a", REGEX_BYTES, "a\xff"), REGEX_MATCH);
}

static void long_subjects_need_a_large_jit_stack(void **state)
{
    (void)state;
    enum { LEN = 5000 };
    char *subject = mem_alloc(LEN + 1);
    memset(subject, 'a', LEN);
    struct regex *re = compiled("^(?:(a)|b)*$", REGEX_JIT | REGEX_BYTES);
    assert_int_equal(regex_match(re, subject, LEN, 0, NULL, 0), REGEX_MATCH);
    regex_free(re);
    mem_free(subject);
}

static void machine_code_copy_is_the_same_expression(void **state)
{
    (void)state;
    struct regex *re = compiled("(?<n>\\d+)", REGEX_BYTES), *copy = regex_copy_jit(re);
    struct regex_span spans[2];
    regex_free(re);
    assert_int_equal(regex_match(copy, "ab12", 4, 0, spans, 2), REGEX_MATCH);
    assert_int_equal(spans[1].start, 2);
    assert_int_equal(regex_group_number(copy, "n"), 1);
    regex_free(copy);
}

static void *many_matches(void *arg)
{
    size_t wrong = 0;
    for (int i = 0; i < 2000; i++) {
        struct regex_span spans[3];
        if (regex_match(arg, "key = value", 11, 0, spans, 3) != REGEX_MATCH || spans[2].start != 6)
            wrong++;
    }
    return (void *)wrong;
}

static void one_expression_in_many_threads(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    struct regex *re = compiled("(\\w+)\\s*=\\s*(\\w+)", REGEX_JIT);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, many_matches, re), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    regex_free(re);
}

static void quoted_text_matches_itself(void **state)
{
    (void)state;
    const char *texts[] = {"a.b*c", "tor-1(config)#", "[x]{2}\\Q^$|+?", "é/ #", ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *quoted = regex_quote(texts[i]);
        struct regex *re = compiled(quoted, REGEX_ANCHORED);
        struct regex_span whole;
        assert_int_equal(regex_match(re, texts[i], strlen(texts[i]), 0, &whole, 1), REGEX_MATCH);
        assert_int_equal(whole.end, strlen(texts[i]));
        regex_free(re);
        mem_free(quoted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_of_groups_and_of_groups_left_out),
        cmocka_unit_test(flags_change_what_matches),
        cmocka_unit_test(mistakes_say_where),
        cmocka_unit_test(catastrophic_patterns_end_quickly_with_the_truth),
        cmocka_unit_test(after_a_limit_matches_are_still_found),
        cmocka_unit_test(subject_that_is_not_utf8_is_no_answer),
        cmocka_unit_test(long_subjects_need_a_large_jit_stack),
        cmocka_unit_test(machine_code_copy_is_the_same_expression),
        cmocka_unit_test(one_expression_in_many_threads),
        cmocka_unit_test(quoted_text_matches_itself),
    };
    return cmocka_run_group_tests_name("text/regex", tests, NULL, NULL);
}
