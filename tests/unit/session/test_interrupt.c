/* A step that stands still: one Ctrl-C under its permit, where the platform file says so, and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "helpers/support_desk.h"
#include "session/change.h"
#include "session/inner.h"
#include "session/permit_self.h"

#define COPY "copy http://10.0.0.1/EOS.swi flash:EOS.swi"

static struct procedure_step fetch_steps[] = {{.kind = STEP_RUN,
                                               .command = "copy {image_url} flash:{image_file}",
                                               .mode = STATE_ENABLE,
                                               .code = FAILURE_FIRMWARE_FETCH_FAIL,
                                               .stall_ms = 60000}};
static struct procedure_step delete_steps[] = {
    {.kind = STEP_RUN, .command = "delete flash:{image_file}", .mode = STATE_ENABLE, .stall_ms = 5000}};
static const struct procedure procedures[] = {
    {.name = "image_fetch", .undo = "image_delete", .steps = fetch_steps, .step_count = 1},
    {.name = "image_delete", .steps = delete_steps, .step_count = 1},
};
enum { FETCH, DELETE };

static const struct argument arguments[] = {{"image_url", "http://10.0.0.1/EOS.swi"},
                                            {"image_file", "EOS.swi"}};

/* A switch whose copy stands still; `end` is what Ctrl-C does there, NULL: nothing. */
static void copy_that_stalls(struct desk *d, const char *end, char key)
{
    static struct peer_rule rules[] = {{.typed = COPY, .next = "copying"},
                                       {.typed = "delete flash:EOS.swi"},
                                       {.typed = "exit", .next = "login"},
                                       {0}};
    static struct peer_rule keys[2];
    static const struct peer_rule login[] = {{.typed = "*", .next = "password"}, {0}};
    static const struct peer_rule password[] = {{.typed = "*", .next = "enable"}, {0}};
    static const struct peer_rule none[] = {{0}};
    static const struct peer_state states[] = {
        {.name = "login", .prompt = "\r\ntor01 login: ", .rules = login},
        {.name = "password", .prompt = "Password: ", .hidden = true, .rules = password},
        {.name = "enable", .prompt = "tor01#", .rules = rules},
        {.name = "asked", .prompt = "Abort it? [confirm]", .rules = none},
        {.name = "copying", .prompt = " 45  981M", .rules = keys, .keys = true},
        {0}};
    keys[0] =
        end ? (struct peer_rule){.typed = "\x03", .reply = "^C\r\n", .next = end} : (struct peer_rule){0};
    fetch_steps[0].interrupt = key;
    desk_init(d, states);
    d->dialect->procedures = procedures;
    d->dialect->procedure_count = 2;
    if (!desk_login(d))
        fail_msg("%s", d->e.msg);
}

static struct permit *permit_for(struct desk *d)
{
    return permit_make(d->session, d->peer.clock.now_ms, "JPE00000001", "image_fetch", 1);
}

static bool step(struct desk *d, struct permit *permit, unsigned which, struct answer *a)
{
    return change_step(d->session, permit, &procedures[which], 0, arguments, 2, NULL, a, &d->e);
}

static void a_stalled_step_is_interrupted_once_and_taken_back(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    copy_that_stalls(&d, "enable", 0x03);
    struct permit *permit = permit_for(&d);
    assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
    assert_false(step(&d, permit, FETCH, &a));
    assert_int_equal(d.e.failure, FAILURE_FIRMWARE_FETCH_FAIL);
    assert_non_null(strstr(d.e.msg, "Ctrl-C brought its prompt back"));
    assert_non_null(
        strstr(str_cstr(&d.rows), "change enable " COPY "\ninterrupt unknown {ctrl-c}\nnonce enable"));
    assert_null(memchr(strchr(str_cstr(&d.peer.bytes), 0x03) + 1, 0x03,
                       strlen(strchr(str_cstr(&d.peer.bytes), 0x03) + 1)));
    answer_clear(&a);
    assert_true(step(&d, permit, DELETE, &a)); /* under the same permit */
    assert_int_equal(peer_count(&d.peer, "enable|delete flash:EOS.swi"), 1);
    assert_true(change_end(d.session, permit, &d.e));
    answer_clear(&a);
    permit_free(permit);
    desk_clear(&d);
    fetch_steps[0].interrupt = 0;
}

static void an_interrupt_that_brings_no_prompt_lets_nothing_else_be_typed(void **state)
{
    (void)state;
    static const char *const ends[] = {NULL, "asked"};
    for (size_t i = 0; i < 2; i++) {
        struct desk d;
        struct answer a;
        copy_that_stalls(&d, ends[i], 0x03);
        struct permit *permit = permit_for(&d);
        assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
        assert_false(step(&d, permit, FETCH, &a));
        assert_int_equal(d.e.failure, FAILURE_FIRMWARE_FETCH_FAIL);
        assert_non_null(strstr(d.e.msg, "Ctrl-C did not bring its prompt back"));
        answer_clear(&a);
        assert_false(step(&d, permit, DELETE, &a));
        assert_int_equal(peer_count(&d.peer, "asked|"), 0);
        assert_null(strstr(str_cstr(&d.peer.bytes), "delete"));
        answer_clear(&a);
        permit_free(permit);
        desk_clear(&d);
        fetch_steps[0].interrupt = 0;
    }
}

static void a_stalled_step_is_not_interrupted_where_the_platform_file_does_not_say_so(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    copy_that_stalls(&d, "enable", 0);
    struct permit *permit = permit_for(&d);
    assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
    assert_false(step(&d, permit, FETCH, &a));
    assert_null(strchr(str_cstr(&d.peer.bytes), 0x03));
    answer_clear(&a);
    permit_free(permit);
    desk_clear(&d);
}

/* In no state, and for no step, does a Ctrl-C leave unless that step stands still under a permit that holds. */
static void an_interrupt_leaves_nowhere_else(void **state)
{
    (void)state;
    static const struct peer_state listener[] = {{.name = "listener", .mute = true}, {0}};
    fetch_steps[0].interrupt = 0x03;
    for (unsigned how = 0; how < 7; how++)
        for (unsigned s = 0; s < STATE_COUNT; s++) {
            struct desk d;
            desk_init(&d, listener);
            assert_true(desk_open(&d));
            struct permit *permit = permit_for(&d);
            /* 0: nothing begun; 1: between steps; 2: made void; 3: it does not stall; 4: a step without the key; 5: another byte;
               6: all is well */
            if (how > 0)
                d.session->begun = (struct begun){.permit = permit,
                                                  .procedure = &procedures[FETCH],
                                                  .epoch = d.session->epoch,
                                                  .stalled = how != 3};
            if (how >= 2)
                d.session->begun.step = how == 4 ? delete_steps : fetch_steps;
            if (how == 2)
                d.session->epoch++;
            d.session->state = s;
            struct typing t = {.kind = SENT_INTERRUPT, .text = how == 5 ? "\x1a" : "\x03", .no_return = true};
            bool may = session_type(d.session, &t, NULL, &d.e), wanted = how == 6 && s == STATE_UNKNOWN;
            bool again = may && session_type(d.session, &t, NULL, &d.e);
            if (may != wanted || again || (d.peer.bytes.len == 1) != wanted || (d.rows.len > 0) != wanted)
                fail_msg("way %u, state %s", how, state_name(s));
            permit_free(permit);
            desk_clear(&d);
        }
    fetch_steps[0].interrupt = 0;
}

static void an_interrupt_whose_row_is_not_durable_does_not_leave(void **state)
{
    (void)state;
    static const struct peer_state listener[] = {{.name = "listener", .mute = true}, {0}};
    struct desk d;
    desk_init(&d, listener);
    assert_true(desk_open(&d));
    struct permit *permit = permit_for(&d);
    fetch_steps[0].interrupt = 0x03;
    d.session->begun = (struct begun){.permit = permit,
                                      .procedure = &procedures[FETCH],
                                      .epoch = d.session->epoch,
                                      .step = fetch_steps,
                                      .stalled = true};
    d.session->state = STATE_UNKNOWN;
    d.refuse_rows = true;
    struct typing t = {.kind = SENT_INTERRUPT, .text = "\x03", .no_return = true};
    assert_false(session_type(d.session, &t, NULL, &d.e));
    assert_int_equal(d.peer.bytes.len, 0);
    fetch_steps[0].interrupt = 0;
    permit_free(permit);
    desk_clear(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stalled_step_is_interrupted_once_and_taken_back),
        cmocka_unit_test(an_interrupt_that_brings_no_prompt_lets_nothing_else_be_typed),
        cmocka_unit_test(a_stalled_step_is_not_interrupted_where_the_platform_file_does_not_say_so),
        cmocka_unit_test(an_interrupt_leaves_nowhere_else),
        cmocka_unit_test(an_interrupt_whose_row_is_not_durable_does_not_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
