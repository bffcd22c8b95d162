/* The link ends after every byte of a whole `validate` in turn, in virtual time: the plugins of the job, the policy that ends it, a
   simulated switch. Broken or half open, the job ends with a code, in time, never PASSED, and nothing unsafe was typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "helpers/support_rack.h"
#include "job/policy.h"
#include "job/steps.h"
#include "plugin/run.h"

enum {
    DROP_MAX_MS = 5 * 60 * 1000,       /* a broken link is seen at once: nothing is left to wait for */
    HALF_OPEN_MAX_MS = 30 * 60 * 1000, /* each command has its stall, login its two minutes */
    HALF_OPEN_STEP = 41
};

static struct rack *rack;
static struct steps steps;
static struct arena arena;
static uint64_t whole_bytes;

struct ending {
    struct outcome outcome;
    int64_t took_ms;
    uint64_t unsafe, delivered;
    char text[200], left[200]; /* copies: the run's arena is gone */
};

static const struct credential *credentials(const struct site_switch *sw, struct arena *a)
{
    struct credential *list = arena_alloc_array(a, sw->credential_count, sizeof *list);
    for (size_t i = 0; i < sw->credential_count; i++)
        list[i] = (struct credential){.name = sw->credentials[i]->name,
                                      .user = sw->credentials[i]->user,
                                      .password = sw->credentials[i]->password};
    return list;
}

static void fill(struct run *run)
{
    const struct site_switch *sw = rack->specs[0].sw;
    *run = (struct run){.site = rack->site, .sw = sw, .role = sw->role, .platform = rack->platform};
    run->session_options = (struct session_options){.console = &sw->console,
                                                    .open = rack_console,
                                                    .open_ctx = rack,
                                                    .dialect = &rack->platform->dialect,
                                                    .credentials = credentials(sw, &run->arena),
                                                    .credential_count = sw->credential_count,
                                                    .nonce_seed = 1};
}

/* What job.c does with a step, without store and lock. */
static void run_steps(struct run *run, struct outcome *outcome)
{
    for (size_t i = 0; i < steps.count && !outcome->stopped; i++) {
        run->first_read = NULL;
        struct verdict v = steps.items[i].plugin->run(run);
        if (v.kind != VERDICT_ERROR && run->session && session_late_bytes(run->session))
            v = (struct verdict){
                .kind = VERDICT_ERROR, .failure = FAILURE_PARSE_FAILURE, .text = "late bytes"};
        outcome_add(outcome, &steps.items[i], &v);
    }
}

static void job(uint64_t end_after, enum simline_end how, struct ending *out)
{
    struct run run;
    struct str left = {0};
    struct line_counts counts;
    struct simline *line = &rack->lines[0];
    line->end_after = end_after;
    line->end = how;
    rack_rewind(rack, 0);
    *out = (struct ending){.outcome.state = JOB_RUNNING};
    fill(&run);
    run_steps(&run, &out->outcome);
    session_close(run.session, &left);
    outcome_end(&out->outcome);
    line_read_counts(line->line, &counts);
    out->took_ms = line->clock.now_ms;
    out->unsafe = counts.device.unsafe_bytes;
    out->delivered = line->delivered;
    snprintf(out->text, sizeof out->text, "%s", out->outcome.text ? out->outcome.text : "");
    out->outcome.text = out->outcome.remedy = NULL;
    snprintf(out->left, sizeof out->left, "%s", str_cstr(&left));
    str_clear(&left);
    arena_clear(&run.arena);
}

static void the_whole_session_passes(void **state)
{
    struct ending end;
    (void)state;
    job(UINT64_MAX, SIMLINE_DROPS, &end);
    if (end.outcome.state != JOB_PASSED)
        fail_msg("%s: %s", failure_name(end.outcome.failure), end.text);
    assert_int_equal(end.unsafe, 0);
    assert_string_equal(end.left, "");
    whole_bytes = end.delivered;
}

static void judge(uint64_t at, enum simline_end how, int64_t max_ms)
{
    struct ending end;
    job(at, how, &end);
    const char *what = how == SIMLINE_DROPS ? "broken" : "half open";
    if (end.outcome.state != JOB_FAILED && end.outcome.state != JOB_ERROR)
        fail_msg("%s after byte %llu: ended in %s", what, (unsigned long long)at,
                 job_state_name(end.outcome.state));
    if (end.outcome.failure == FAILURE_NONE || !*end.text)
        fail_msg("%s after byte %llu: no code or no text", what, (unsigned long long)at);
    if (failure_info(end.outcome.failure)->phase != PHASE_ANY &&
        failure_info(end.outcome.failure)->phase != PHASE_OOB_CONNECT)
        fail_msg("%s after byte %llu: %s is said of the switch: %s", what, (unsigned long long)at,
                 failure_name(end.outcome.failure), end.text);
    if (end.took_ms > max_ms)
        fail_msg("%s after byte %llu: took %lld s", what, (unsigned long long)at,
                 (long long)end.took_ms / 1000);
    if (end.unsafe > 0)
        fail_msg("%s after byte %llu: %llu unsafe bytes", what, (unsigned long long)at,
                 (unsigned long long)end.unsafe);
}

/* After how many bytes the last verdict is given: those that follow belong to the goodbye. */
static uint64_t last_verdict(enum simline_end how)
{
    uint64_t low = 1, high = whole_bytes;
    while (low < high) {
        struct ending end;
        uint64_t middle = low + (high - low) / 2;
        job(middle, how, &end);
        if (end.outcome.state == JOB_PASSED)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* DROPS=every leaves nothing out. */
static void sweep(enum simline_end how, unsigned step, int64_t max_ms)
{
    const char *wish = getenv("DROPS");
    uint64_t until = last_verdict(how);
    unsigned jobs = 0;
    if (wish && strcmp(wish, "every") == 0)
        step = 1;
    for (uint64_t at = 1; at < until; at += step, jobs++)
        judge(at, how, max_ms);
    print_message("# %u jobs on a link that %s; a session has %llu bytes until its last verdict\n", jobs,
                  how == SIMLINE_DROPS ? "breaks" : "goes half open", (unsigned long long)until - 1);
}

static void a_link_that_breaks_ends_the_job_with_a_code_after_every_byte(void **state)
{
    (void)state;
    assert_in_range(whole_bytes - last_verdict(SIMLINE_DROPS), 0, 200);
    sweep(SIMLINE_DROPS, 1, DROP_MAX_MS);
}

static void a_link_that_goes_half_open_ends_the_job_with_a_code_in_time(void **state)
{
    (void)state;
    sweep(SIMLINE_HALF_OPEN, HALF_OPEN_STEP, HALF_OPEN_MAX_MS);
}

static int open_rack(void **state)
{
    struct err e = {0};
    (void)state;
    rack = rack_open("tests/data/sim/one.yaml", "validate", &e);
    const struct engine_options o = {.type = rack ? rack->type : NULL};
    if (rack && steps_make(&o, &arena, &steps, &e))
        return 0;
    print_error("%s\n", e.msg);
    return -1;
}

static int close_rack(void **state)
{
    (void)state;
    arena_clear(&arena);
    rack_close(rack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_session_passes),
        cmocka_unit_test(a_link_that_breaks_ends_the_job_with_a_code_after_every_byte),
        cmocka_unit_test(a_link_that_goes_half_open_ends_the_job_with_a_code_in_time),
    };
    return cmocka_run_group_tests(tests, open_rack, close_rack);
}
