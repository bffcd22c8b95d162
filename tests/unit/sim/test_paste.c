#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sim/line.h"

enum { LINES = 1000 };

struct bench {
    struct scenario *scenario;
    struct line *line;
    struct str said;
    int64_t now_us;
};

static int begin(void **state)
{
    static struct bench b;
    struct mistakes m = {0};
    const char *holder;
    b = (struct bench){.scenario = scenario_load("tests/data/sim/paste.yaml", NULL, 0, &m)};
    *state = &b;
    if (!b.scenario)
        print_error("%s", str_cstr(&m.text));
    mistakes_clear(&m);
    if (!b.scenario)
        return -1;
    b.line = line_new(b.scenario->switches[0].model, &b.scenario->switches[0], NULL, NULL);
    return line_attach(b.line, 0, &holder) ? 0 : -1;
}

static int end(void **state)
{
    struct bench *b = *state;
    line_free(b->line);
    scenario_free(b->scenario);
    str_clear(&b->said);
    return 0;
}

/* Time passes, event by event, until the text was said or nothing is on its way any more. */
static void wait_for(struct bench *b, const char *text)
{
    size_t from = b->said.len;
    for (;;) {
        int64_t due_us = line_due_us(b->line);
        if (due_us == INT64_MAX)
            return;
        b->now_us = due_us > b->now_us ? due_us : b->now_us;
        line_take(b->line, b->now_us, &b->said);
        if (text && strstr(str_cstr(&b->said) + from, text))
            return;
    }
}

static void type(struct bench *b, const char *line)
{
    line_type(b->line, line, strlen(line), b->now_us);
}

static size_t list_line(struct str *out, unsigned n)
{
    size_t before = out->len;
    str_printf(out, "ip prefix-list P%03u seq 10 permit 10.0.0.0/8\r", n);
    return out->len - before;
}

static void enter(struct bench *b)
{
    type(b, "configure session p\r");
    wait_for(b, "(config-s-p)#");
}

static struct line_counts counts(struct bench *b)
{
    struct line_counts c;
    line_read_counts(b->line, &c);
    return c;
}

static void everything_at_once_overruns_the_buffer(void **state)
{
    struct bench *b = *state;
    struct str all = {0};
    enter(b);
    for (unsigned i = 0; i < LINES; i++)
        list_line(&all, i);
    type(b, str_cstr(&all));
    wait_for(b, NULL);
    assert_in_range(counts(b).device.lost_bytes, all.len / 10, all.len);
    str_clear(&all);
}

/* 46 KB, each line after the prompt of the one before. */
static void with_pacing_not_one_byte_is_lost(void **state)
{
    struct bench *b = *state;
    struct str line = {0};
    enter(b);
    for (unsigned i = 0; i < LINES; i++) {
        str_reset(&line);
        list_line(&line, i);
        type(b, str_cstr(&line));
        wait_for(b, "(config-s-p)#");
    }
    assert_int_equal(counts(b).device.lost_bytes, 0);
    assert_int_equal(counts(b).device.changes, LINES);
    type(b, "show session-config diffs\r");
    b->said.len = 0;
    wait_for(b, "--More--");
    assert_non_null(strstr(str_cstr(&b->said), "+ip prefix-list P000 seq 10"));
    str_clear(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_at_once_overruns_the_buffer, begin, end),
        cmocka_unit_test_setup_teardown(with_pacing_not_one_byte_is_lost, begin, end),
    };
    return cmocka_run_group_tests_name("sim: pasting at 9600 baud", tests, NULL, NULL);
}
