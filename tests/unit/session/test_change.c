/* Changing a switch: what a permit covers and what voids it, what a step answers, how it ends; without a permit no byte leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "helpers/support_desk.h"
#include "session/change.h"
#include "session/inner.h"
#include "session/permit_self.h"

#define SERIAL "JPE00000001"

static struct step_answer copy_answers[] = {
    {.text = "Destination filename", .send = "{image_file}", .times = 1}};
static struct step_failure copy_failures[] = {
    {.text = "No space left", .failure = FAILURE_FIRMWARE_NO_SPACE}};
static struct step_answer reload_answers[] = {{.text = "Proceed with reload", .send = "", .times = 1}};

static struct procedure_step fetch_steps[] = {{.kind = STEP_RUN,
                                               .about = "copy the image",
                                               .command = "copy {image_url} flash:{image_file}",
                                               .mode = STATE_ENABLE,
                                               .answers = copy_answers,
                                               .answer_count = 1,
                                               .failures = copy_failures,
                                               .failure_count = 1,
                                               .code = FAILURE_FIRMWARE_FETCH_FAIL,
                                               .stall_ms = 60000}};
static struct procedure_step delete_steps[] = {
    {.kind = STEP_RUN, .command = "delete flash:{image_file}", .mode = STATE_ENABLE, .stall_ms = 5000}};
static struct procedure_step load_steps[] = {
    {.kind = STEP_RUN,
     .command = "configure session torstarter",
     .mode = STATE_ENABLE,
     .then = STATE_CONFIG,
     .code = FAILURE_CONFIG_REJECTED,
     .stall_ms = 5000},
    {.kind = STEP_RUN,
     .command = "hostname new",
     .mode = STATE_CONFIG,
     .code = FAILURE_CONFIG_REJECTED,
     .stall_ms = 5000},
    {.kind = STEP_PASTE, .mode = STATE_CONFIG, .code = FAILURE_CONFIG_REJECTED}};
static struct procedure_step reload_steps[] = {{.kind = STEP_RUN,
                                                .command = "reload now",
                                                .mode = STATE_ENABLE,
                                                .answers = reload_answers,
                                                .answer_count = 1,
                                                .reloads = true,
                                                .code = FAILURE_REBOOT_TIMEOUT,
                                                .stall_ms = 30000}};
static const struct procedure procedures[] = {
    {.name = "image_fetch", .undo = "image_delete", .steps = fetch_steps, .step_count = 1},
    {.name = "image_delete", .steps = delete_steps, .step_count = 1},
    {.name = "config_load", .steps = load_steps, .step_count = 3},
    {.name = "reload", .steps = reload_steps, .step_count = 1},
};
enum { FETCH, DELETE, LOAD, RELOAD };

static const struct argument arguments[] = {{"image_url", "http://10.0.0.1/EOS.swi"},
                                            {"image_file", "EOS.swi"}};

#define COPY "copy http://10.0.0.1/EOS.swi flash:EOS.swi"

/* `reply` follows the copy command. */
static const struct peer_state *switch_that(const struct peer_rule *copying, const struct peer_rule *asked,
                                            const char *question)
{
    static struct peer_rule login[] = {{.typed = "*", .next = "password"}, {0}};
    static struct peer_rule password[] = {{.typed = "*", .next = "enable"}, {0}};
    static struct peer_rule config[] = {{.typed = "end", .next = "enable"}, {0}};
    static struct peer_rule none[] = {{0}};
    static struct peer_state states[10];
    const struct peer_state whole[] = {
        {.name = "login", .prompt = "\r\ntor01 login: ", .rules = login},
        {.name = "password", .prompt = "Password: ", .hidden = true, .rules = password},
        {.name = "enable", .prompt = "tor01#", .rules = copying},
        {.name = "config", .prompt = "tor01(config-s-tor)#", .rules = config},
        {.name = "asked", .prompt = question, .rules = asked ? asked : none},
        {.name = "booting", .enter = PEER_1S "Aboot 6.1.0\r\n", .unsafe = true, .mute = true},
        {.name = "gone", .closes = true},
        {0}};
    memcpy(states, whole, sizeof whole);
    return states;
}

static void compile(void)
{
    copy_answers[0].regex = regex_new(copy_answers[0].text, REGEX_BYTES, NULL);
    copy_failures[0].regex = regex_new(copy_failures[0].text, REGEX_BYTES, NULL);
    reload_answers[0].regex = regex_new(reload_answers[0].text, REGEX_BYTES, NULL);
}

static void begin_at(struct desk *d, const struct peer_state *states)
{
    desk_init(d, states);
    d->dialect->procedures = procedures;
    d->dialect->procedure_count = sizeof procedures / sizeof *procedures;
    if (!desk_login(d))
        fail_msg("%s", d->e.msg);
}

static struct permit *permit_for(struct desk *d, const char *procedure)
{
    return permit_make(d->session, d->peer.clock.now_ms, SERIAL, procedure, 1);
}

static bool step(struct desk *d, struct permit *permit, unsigned which, size_t i, struct answer *a)
{
    return change_step(d->session, permit, &procedures[which], i, arguments, 2, NULL, a, &d->e);
}

static const struct peer_rule copies[] = {
    {.typed = COPY, .next = "asked"}, {.typed = "exit", .next = "login"}, {0}};
static const struct peer_rule copied[] = {
    {.typed = "EOS.swi", .reply = "Copy completed successfully.\r\n", .next = "enable"}, {0}};

static void a_listed_question_is_answered_once(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin_at(&d, switch_that(copies, copied, "Destination filename [x]? "));
    struct permit *permit = permit_for(&d, "image_fetch");
    assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
    assert_false(change_typed(d.session));
    bool ok = step(&d, permit, FETCH, 0, &a);
    if (!ok)
        print_message("# %s\n", d.e.msg);
    assert_true(ok);
    assert_true(change_typed(d.session));
    assert_non_null(strstr(str_cstr(&d.rows), "change enable " COPY "\nchange question EOS.swi\n"));
    assert_non_null(strstr(str_cstr(&a.text), "Copy completed"));
    assert_true(change_end(d.session, permit, &d.e));
    answer_clear(&a);
    permit_free(permit);
    desk_clear(&d);
}

static void a_question_that_is_not_listed_stops_the_step_unanswered(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin_at(&d, switch_that(copies, copied, "Do you want to overwrite? [confirm]"));
    struct permit *permit = permit_for(&d, "image_fetch");
    assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
    size_t typed = d.peer.bytes.len + strlen(COPY) + 1;
    assert_false(step(&d, permit, FETCH, 0, &a));
    assert_int_equal(d.e.failure, FAILURE_QUESTION_UNKNOWN);
    assert_int_equal(d.peer.bytes.len, typed);
    answer_clear(&a);
    permit_free(permit);
    desk_clear(&d);
}

static void a_question_is_answered_no_more_often_than_the_step_says(void **state)
{
    (void)state;
    static const struct peer_rule again[] = {{.typed = "*"}, {0}};
    struct desk d;
    struct answer a;
    begin_at(&d, switch_that(copies, again, "Destination filename [x]? "));
    struct permit *permit = permit_for(&d, "image_fetch");
    assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
    assert_false(step(&d, permit, FETCH, 0, &a));
    assert_int_equal(d.e.failure, FAILURE_QUESTION_UNKNOWN);
    assert_int_equal(peer_count(&d.peer, "asked|EOS.swi"), 1);
    answer_clear(&a);
    permit_free(permit);
    desk_clear(&d);
}

/* What the dialect would answer by itself is not answered within a change. */
static void the_dialects_own_answers_do_not_count_in_a_change(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin_at(&d, switch_that(copies, copied, "Press RETURN to get started"));
    struct permit *permit = permit_for(&d, "image_fetch");
    assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
    assert_false(step(&d, permit, FETCH, 0, &a));
    assert_int_equal(d.e.failure, FAILURE_QUESTION_UNKNOWN);
    assert_int_equal(peer_count(&d.peer, "asked|"), 0);
    answer_clear(&a);
    permit_free(permit);
    desk_clear(&d);
}

static void what_a_step_fails_with(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        enum failure failure;
    } cases[] = {
        {"45%\r\ncp: No space left on device\r\n", FAILURE_FIRMWARE_NO_SPACE},
        {"1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n9\r\n% Invalid input\r\n", FAILURE_FIRMWARE_FETCH_FAIL},
        {PEER_10S PEER_10S PEER_10S PEER_10S PEER_10S PEER_10S PEER_10S, FAILURE_FIRMWARE_FETCH_FAIL},
        {"Linux version 4.19\r\n", FAILURE_CONSOLE_LOST},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct peer_rule rules[] = {
            {.typed = COPY, .reply = cases[i].reply}, {.typed = "exit", .next = "login"}, {0}};
        struct desk d;
        struct answer a;
        begin_at(&d, switch_that(rules, NULL, "?"));
        struct permit *permit = permit_for(&d, "image_fetch");
        assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
        assert_false(step(&d, permit, FETCH, 0, &a));
        if (d.e.failure != cases[i].failure)
            fail_msg("%zu: %s %s", i, failure_name(d.e.failure), d.e.msg);
        answer_clear(&a);
        permit_free(permit);
        desk_clear(&d);
    }
}

static void a_step_leads_to_another_mode_and_the_end_leads_back(void **state)
{
    (void)state;
    static const struct peer_rule rules[] = {
        {.typed = "configure session torstarter", .next = "config"}, {.typed = "exit", .next = "login"}, {0}};
    struct desk d;
    struct answer a;
    begin_at(&d, switch_that(rules, NULL, "?"));
    struct permit *permit = permit_for(&d, "config_load");
    assert_true(change_begin(d.session, permit, &procedures[LOAD], &d.e));
    assert_true(step(&d, permit, LOAD, 0, &a));
    assert_int_equal(session_state(d.session), STATE_CONFIG);
    answer_clear(&a);
    assert_true(step(&d, permit, LOAD, 1, &a));
    assert_int_equal(peer_count(&d.peer, "config|hostname new"), 1);
    answer_clear(&a);
    assert_true(change_end(d.session, permit, &d.e));
    assert_int_equal(session_state(d.session), STATE_ENABLE);
    permit_free(permit);
    desk_clear(&d);
}

static void a_mode_that_was_not_reached_fails_the_step(void **state)
{
    (void)state;
    static const struct peer_rule rules[] = {{.typed = "exit", .next = "login"}, {0}};
    struct desk d;
    struct answer a;
    begin_at(&d, switch_that(rules, NULL, "?"));
    struct permit *permit = permit_for(&d, "config_load");
    assert_true(change_begin(d.session, permit, &procedures[LOAD], &d.e));
    assert_false(step(&d, permit, LOAD, 0, &a));
    assert_int_equal(d.e.failure, FAILURE_CONFIG_REJECTED);
    answer_clear(&a);
    permit_free(permit);
    desk_clear(&d);
}

static void a_reload_ends_when_the_switch_has_left(void **state)
{
    (void)state;
    static const char *const ways[] = {"booting", "gone", "login"};
    for (size_t i = 0; i < 3; i++) {
        struct peer_rule rules[] = {
            {.typed = "reload now", .next = "asked"}, {.typed = "exit", .next = "login"}, {0}};
        struct peer_rule asked[] = {{.typed = "", .next = ways[i]}, {0}};
        struct desk d;
        struct answer a;
        begin_at(&d, switch_that(rules, asked, "Proceed with reload? [confirm]"));
        struct permit *permit = permit_for(&d, "reload");
        uint64_t epoch = session_epoch(d.session);
        assert_true(change_begin(d.session, permit, &procedures[RELOAD], &d.e));
        bool ok = step(&d, permit, RELOAD, 0, &a);
        if (!ok)
            fail_msg("%s: %s", ways[i], d.e.msg);
        if (i == 0)
            assert_true(session_epoch(d.session) > epoch);
        answer_clear(&a);
        permit_free(permit);
        desk_clear(&d);
    }
}

static void a_reload_whose_prompt_comes_back_failed(void **state)
{
    (void)state;
    struct peer_rule rules[] = {{.typed = "reload now"}, {.typed = "exit", .next = "login"}, {0}};
    struct desk d;
    struct answer a;
    begin_at(&d, switch_that(rules, NULL, "?"));
    struct permit *permit = permit_for(&d, "reload");
    assert_true(change_begin(d.session, permit, &procedures[RELOAD], &d.e));
    assert_false(step(&d, permit, RELOAD, 0, &a));
    assert_int_equal(d.e.failure, FAILURE_REBOOT_TIMEOUT);
    answer_clear(&a);
    permit_free(permit);
    desk_clear(&d);
}

/* Each way a permit is void; nothing is typed then. */
enum void_way {
    SPENT,
    OLD,
    FROM_THE_FUTURE,
    OTHER_SESSION,
    OTHER_EPOCH,
    OTHER_PROCEDURE,
    NO_SERIAL,
    NO_PERMIT,
    WAYS
};

static void spoil(struct permit *p, enum void_way way, struct desk *d)
{
    switch (way) {
    case SPENT:
        p->spent = true;
        break;
    case OLD:
        d->peer.clock.now_ms += PERMIT_VALID_MS + 1;
        break;
    case FROM_THE_FUTURE:
        p->oldest_ms += 1;
        break;
    case OTHER_SESSION:
        p->session = (const struct session *)d;
        break;
    case OTHER_EPOCH:
        d->session->epoch++;
        break;
    case OTHER_PROCEDURE:
        strcpy(p->procedure, "reload");
        break;
    case NO_SERIAL:
        p->serial[0] = '\0';
        break;
    default:
        break;
    }
}

static void each_way_that_a_permit_is_void(void **state)
{
    (void)state;
    for (enum void_way way = 0; way < WAYS; way++) {
        struct desk d;
        struct answer a;
        begin_at(&d, switch_that(copies, copied, "Destination filename [x]? "));
        struct permit *permit = permit_for(&d, "image_fetch");
        size_t typed = d.peer.bytes.len;
        spoil(permit, way, &d);
        if (change_begin(d.session, way == NO_PERMIT ? NULL : permit, &procedures[FETCH], &d.e))
            fail_msg("way %d was accepted", (int)way);
        assert_int_equal(d.e.failure, FAILURE_GUARD_UNPROVEN);
        assert_false(step(&d, permit, FETCH, 0, &a));
        assert_int_equal(d.e.failure, FAILURE_GUARD_UNPROVEN);
        assert_int_equal(d.peer.bytes.len, typed);
        permit_free(permit);
        desk_clear(&d);
    }
}

static void a_permit_is_spent_by_one_procedure(void **state)
{
    (void)state;
    struct desk d;
    begin_at(&d, switch_that(copies, copied, "Destination filename [x]? "));
    struct permit *permit = permit_for(&d, "image_fetch");
    assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
    assert_true(change_end(d.session, permit, &d.e));
    assert_false(change_begin(d.session, permit, &procedures[FETCH], &d.e));
    assert_int_equal(d.e.failure, FAILURE_GUARD_UNPROVEN);
    permit_free(permit);
    desk_clear(&d);
}

static void a_permit_for_another_serial_number_is_void_b77(void **state)
{
    (void)state;
    struct desk d;
    begin_at(&d, switch_that(copies, copied, "Destination filename [x]? "));
    struct permit *first = permit_for(&d, "image_fetch");
    struct permit *second = permit_make(d.session, d.peer.clock.now_ms, "JPE00000002", "image_fetch", 2);
    assert_true(change_begin(d.session, first, &procedures[FETCH], &d.e));
    assert_true(change_end(d.session, first, &d.e));
    assert_false(change_begin(d.session, second, &procedures[FETCH], &d.e));
    assert_int_equal(d.e.failure, FAILURE_GUARD_UNPROVEN);
    assert_non_null(strstr(d.e.msg, "serial"));
    permit_free(first);
    permit_free(second);
    desk_clear(&d);
}

static void a_login_voids_what_was_begun(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin_at(&d, switch_that(copies, copied, "Destination filename [x]? "));
    struct permit *permit = permit_for(&d, "image_fetch");
    uint64_t epoch = session_epoch(d.session);
    assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
    assert_true(desk_login(&d));
    assert_true(session_epoch(d.session) > epoch);
    assert_false(step(&d, permit, FETCH, 0, &a));
    assert_int_equal(d.e.failure, FAILURE_GUARD_UNPROVEN);
    assert_int_equal(peer_count(&d.peer, "enable|" COPY), 0);
    permit_free(permit);
    desk_clear(&d);
}

static void the_undo_is_covered_and_nothing_else(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin_at(&d, switch_that(copies, copied, "Destination filename [x]? "));
    struct permit *permit = permit_for(&d, "image_fetch");
    assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
    assert_true(step(&d, permit, DELETE, 0, &a));
    assert_int_equal(peer_count(&d.peer, "enable|delete flash:EOS.swi"), 1);
    answer_clear(&a);
    assert_false(step(&d, permit, RELOAD, 0, &a));
    assert_int_equal(d.e.failure, FAILURE_GUARD_UNPROVEN);
    struct procedure made_up = procedures[FETCH];
    assert_false(change_step(d.session, permit, &made_up, 0, arguments, 2, NULL, &a, &d.e));
    permit_free(permit);
    desk_clear(&d);
}

static void arguments_that_act_on_a_command_line_are_refused(void **state)
{
    (void)state;
    static const char *const values[] = {"a;reload", "a|b", "a b", "a?", "-rf", "a`b`", "a\rb", ""};
    struct desk d;
    struct answer a;
    begin_at(&d, switch_that(copies, copied, "Destination filename [x]? "));
    struct permit *permit = permit_for(&d, "image_fetch");
    assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
    size_t typed = d.peer.bytes.len;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const struct argument args[] = {{"image_url", "http://10.0.0.1/x"}, {"image_file", values[i]}};
        assert_false(change_step(d.session, permit, &procedures[FETCH], 0, args, 2, NULL, &a, &d.e));
        assert_int_equal(d.peer.bytes.len, typed);
        answer_clear(&a);
    }
    permit_free(permit);
    desk_clear(&d);
}

/* The proof table for the kinds of a change: in no state, for no step, do they leave unless a step of their own kind is being made
   under a permit that holds. */
static void without_a_permit_no_byte_of_a_change_leaves_in_any_state(void **state)
{
    (void)state;
    static const struct peer_state listener[] = {{.name = "listener", .mute = true}, {0}};
    for (unsigned how = 0; how < 5; how++)
        for (unsigned s = 0; s < STATE_COUNT; s++)
            for (enum sent_kind kind = SENT_CHANGE; kind <= SENT_PASTE; kind++) {
                struct desk d;
                desk_init(&d, listener);
                assert_true(desk_open(&d));
                struct permit *permit = permit_for(&d, "config_load");
                /* 0: nothing begun; 1: between steps; 2: made void; 3: a step of the other kind; 4: all is well */
                if (how > 0)
                    d.session->begun = (struct begun){
                        .permit = permit, .procedure = &procedures[LOAD], .epoch = d.session->epoch};
                if (how >= 2)
                    d.session->begun.step = &load_steps[(kind == SENT_PASTE) == (how != 3) ? 2 : 1];
                if (how == 2)
                    d.session->epoch++;
                d.session->state = s;
                struct typing t = {.kind = kind, .text = "hostname x"};
                bool may = session_type(d.session, &t, NULL, &d.e);
                bool prompt = s == STATE_CONFIG || s == STATE_SHELL || s == STATE_ENABLE || s == STATE_EXEC;
                bool wanted =
                    how == 4 &&
                    (prompt || ((s == STATE_QUESTION || s == STATE_FIRST_BOOT) && kind == SENT_CHANGE));
                if (may != wanted || (d.peer.bytes.len > 0) != wanted || (d.rows.len > 0) != wanted)
                    fail_msg("way %u, state %s, kind %s", how, state_name(s), sent_kind_name(kind));
                permit_free(permit);
                desk_clear(&d);
            }
}

static void half_a_line_of_ours_keeps_every_other_byte_back(void **state)
{
    (void)state;
    static const struct peer_state listener[] = {{.name = "listener", .mute = true}, {0}};
    for (enum sent_kind kind = 0; kind <= SENT_CHANGE; kind++) {
        struct desk d;
        desk_init(&d, listener);
        assert_true(desk_open(&d));
        d.session->unfinished_line = true;
        struct typing t = {.kind = kind, .text = kind == SENT_WAKE || kind == SENT_ABORT ? "" : "word"};
        for (unsigned s = 0; s < STATE_COUNT; s++) {
            d.session->state = s;
            assert_false(session_type(d.session, &t, NULL, &d.e));
        }
        assert_int_equal(d.peer.bytes.len, 0);
        desk_clear(&d);
    }
}

static void a_row_that_is_not_durable_keeps_the_change_back(void **state)
{
    (void)state;
    struct desk d;
    struct answer a;
    begin_at(&d, switch_that(copies, copied, "Destination filename [x]? "));
    struct permit *permit = permit_for(&d, "image_fetch");
    assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
    size_t typed = d.peer.bytes.len;
    d.refuse_rows = true;
    assert_false(step(&d, permit, FETCH, 0, &a));
    assert_int_equal(d.peer.bytes.len, typed);
    d.refuse_rows = false;
    assert_false(change_typed(d.session));
    answer_clear(&a);
    permit_free(permit);
    desk_clear(&d);
}

struct told {
    int percent;
    unsigned times;
};

static void hear_progress(void *ctx, const struct change_progress *p)
{
    struct told *t = ctx;
    t->percent = p->percent;
    t->times++;
    assert_string_equal(p->about, "copy the image");
}

static void progress_is_the_switchs_own(void **state)
{
    (void)state;
    struct peer_rule rules[] = {
        {.typed = COPY, .reply = " 10%" PEER_1S "\r 55%" PEER_1S "\r 99%" PEER_1S "\r\nCopy completed\r\n"},
        {.typed = "exit", .next = "login"},
        {0}};
    struct desk d;
    struct answer a;
    struct told told = {0};
    struct change_watch watch = {&told, hear_progress};
    begin_at(&d, switch_that(rules, NULL, "?"));
    fetch_steps[0].progress = regex_new("(\\d{1,3})%", REGEX_BYTES, NULL);
    struct permit *permit = permit_for(&d, "image_fetch");
    assert_true(change_begin(d.session, permit, &procedures[FETCH], &d.e));
    assert_true(change_step(d.session, permit, &procedures[FETCH], 0, arguments, 2, &watch, &a, &d.e));
    assert_int_equal(told.percent, 99);
    assert_true(told.times >= 3);
    regex_free(fetch_steps[0].progress);
    fetch_steps[0].progress = NULL;
    answer_clear(&a);
    permit_free(permit);
    desk_clear(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listed_question_is_answered_once),
        cmocka_unit_test(a_question_that_is_not_listed_stops_the_step_unanswered),
        cmocka_unit_test(a_question_is_answered_no_more_often_than_the_step_says),
        cmocka_unit_test(the_dialects_own_answers_do_not_count_in_a_change),
        cmocka_unit_test(what_a_step_fails_with),
        cmocka_unit_test(a_step_leads_to_another_mode_and_the_end_leads_back),
        cmocka_unit_test(a_mode_that_was_not_reached_fails_the_step),
        cmocka_unit_test(a_reload_ends_when_the_switch_has_left),
        cmocka_unit_test(a_reload_whose_prompt_comes_back_failed),
        cmocka_unit_test(each_way_that_a_permit_is_void),
        cmocka_unit_test(a_permit_is_spent_by_one_procedure),
        cmocka_unit_test(a_permit_for_another_serial_number_is_void_b77),
        cmocka_unit_test(a_login_voids_what_was_begun),
        cmocka_unit_test(the_undo_is_covered_and_nothing_else),
        cmocka_unit_test(arguments_that_act_on_a_command_line_are_refused),
        cmocka_unit_test(without_a_permit_no_byte_of_a_change_leaves_in_any_state),
        cmocka_unit_test(half_a_line_of_ours_keeps_every_other_byte_back),
        cmocka_unit_test(a_row_that_is_not_durable_keeps_the_change_back),
        cmocka_unit_test(progress_is_the_switchs_own),
    };
    compile();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    regex_free(copy_answers[0].regex);
    regex_free(copy_failures[0].regex);
    regex_free(reload_answers[0].regex);
    return failed;
}
