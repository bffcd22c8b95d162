/* The suite of faults: each switch of tests/data/sim/faults.yaml, a whole `validate` with engine and store, on a virtual clock. A
   switch is a test: it ends in what its line expects, in time, and no byte was typed that its state did not allow. */
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
#include "unit/store/place.h"

/* Login may take two minutes, each of a dozen commands its stall and the way back to a prompt. */
enum { JOB_MAX_MS = 30 * 60 * 1000, FAULTS_MIN = 60, JOBS = 2 };

struct ending {
    const char *code;
    char *text;
};

static struct rack *rack;
static struct place *place;
static struct ending *endings;

static void note_end(const struct job_event *e)
{
    if (e->kind != EVENT_JOB_FINISHED)
        return;
    endings[e->index].code = e->failure ? failure_name(e->failure) : job_state_name(e->state);
    endings[e->index].text = mem_strdup(e->text ? e->text : "");
}

static int run_all(void **state)
{
    struct err e = {0};
    struct engine_tally tally;
    (void)state;
    struct queue *events = queue_new();
    struct store *store = store_open(place->db, STORE_SYNC_OFF, &e);
    const struct engine_options o = {.site = rack->site,
                                     .type = rack->type,
                                     .store = store,
                                     .locks_dir = place->dir,
                                     .jobs = JOBS,
                                     .events = events,
                                     .open = rack_console,
                                     .open_ctx = rack};
    bool ok = store && engine_run(&o, rack->specs, rack->scenario->switch_count, &tally, &e);
    for (struct job_event *event; (event = queue_try_pop(events));) {
        note_end(event);
        job_event_free(event);
    }
    store_close(store);
    queue_free(events);
    if (!ok)
        print_error("%s\n", e.msg);
    return ok ? 0 : -1;
}

/* "PASSED or CONSOLE_LOST" */
static bool is_expected(const char *expect, const char *code)
{
    size_t len = strlen(code);
    for (const char *p = expect; p; p = strstr(p, " or ") ? strstr(p, " or ") + 4 : NULL)
        if (strncmp(p, code, len) == 0 && (p[len] == '\0' || p[len] == ' '))
            return true;
    return false;
}

static void ends_safely(void **state)
{
    const struct scenario_switch *sw = *state;
    size_t i = (size_t)(sw - rack->scenario->switches);
    struct line_counts counts;
    const char *code = endings[i].code ? endings[i].code : "nothing";
    line_read_counts(rack->lines[i].line, &counts);
    if (getenv("FAULTS_SHOW"))
        print_message("# %-28s %-20s %7.1f s  %s\n", sw->name, code,
                      (double)rack->lines[i].clock.now_ms / 1000, endings[i].text ? endings[i].text : "");
    if (counts.device.unsafe_bytes > 0)
        fail_msg("%llu bytes were typed that its state did not allow (it ended in %s: %s)",
                 (unsigned long long)counts.device.unsafe_bytes, code, endings[i].text);
    if (!is_expected(sw->expect, code))
        fail_msg("expected %s, ended in %s: %s", sw->expect, code, endings[i].text);
    if (rack->lines[i].clock.now_ms > JOB_MAX_MS)
        fail_msg("took %lld s", (long long)rack->lines[i].clock.now_ms / 1000);
}

static bool prepare(void)
{
    struct err e = {0};
    if (place_make((void **)&place) != 0)
        return false;
    rack = rack_open("tests/data/sim/faults.yaml", "validate", &e);
    if (!rack) {
        print_error("%s\n", e.msg);
        return false;
    }
    endings = mem_alloc_array(rack->scenario->switch_count, sizeof *endings);
    return rack->scenario->switch_count >= FAULTS_MIN;
}

static int clear_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < rack->scenario->switch_count; i++)
        mem_free(endings[i].text);
    mem_free(endings);
    rack_close(rack);
    place_remove((void **)&place);
    return 0;
}

int main(void)
{
    if (!prepare())
        return 1;
    size_t count = rack->scenario->switch_count;
    struct CMUnitTest *tests = mem_alloc_array(count, sizeof *tests);
    for (size_t i = 0; i < count; i++) {
        struct scenario_switch *sw = &rack->scenario->switches[i];
        tests[i] = (struct CMUnitTest){.name = sw->name, .test_func = ends_safely, .initial_state = sw};
    }
    int failed = _cmocka_run_group_tests("faults", tests, count, run_all, clear_all);
    mem_free(tests);
    return failed;
}
