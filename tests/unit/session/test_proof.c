/* The proof table: in each state only what it names may be typed; everything else never reaches the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "helpers/support_desk.h"
#include "session/inner.h"

static const struct peer_state listener[] = {{.name = "listener", .mute = true}, {0}};

/* What the design says (architecture, "a write needs a proof"), written down a second time. */
static bool wanted(enum state state, enum sent_kind kind)
{
    switch (state) {
    case STATE_UNKNOWN:
        return kind == SENT_WAKE;
    case STATE_FIRST_BOOT:
    case STATE_QUESTION:
    case STATE_PAGER:
        return kind == SENT_ANSWER;
    case STATE_PASSWORD:
        return kind == SENT_PASSWORD || kind == SENT_ABORT;
    case STATE_LOGIN:
        return kind == SENT_USER;
    case STATE_CONFIG:
        return kind == SENT_MODE;
    case STATE_SHELL:
    case STATE_ENABLE:
    case STATE_EXEC:
        return kind == SENT_MODE || kind == SENT_SETTING || kind == SENT_QUERY || kind == SENT_NONCE ||
               kind == SENT_LOGOUT;
    default:
        return false;
    }
}

static struct typing typing_of(struct desk *d, enum sent_kind kind)
{
    struct typing t = {.kind = kind, .text = "word"};
    if (kind == SENT_WAKE || kind == SENT_ABORT)
        t.text = "";
    if (kind == SENT_PASSWORD)
        t = (struct typing){.kind = kind, .secret = d->secrets[0]};
    return t;
}

static void what_a_state_does_not_allow_never_reaches_the_line(void **state)
{
    (void)state;
    for (unsigned s = 0; s < STATE_COUNT; s++)
        for (unsigned k = 0; k <= SENT_LOGOUT; k++) {
            struct desk d;
            desk_init(&d, listener);
            assert_true(desk_open(&d));
            struct typing t = typing_of(&d, k);
            d.session->state = s;
            assert_int_equal(session_type(d.session, &t, NULL, &d.e), wanted(s, k));
            assert_int_equal(d.peer.bytes.len > 0, wanted(s, k));
            assert_int_equal(d.rows.len > 0, wanted(s, k));
            if (!wanted(s, k))
                assert_int_equal(d.e.code, ERR_STATE);
            desk_clear(&d);
        }
}

static void nothing_is_proven_any_more_once_something_was_typed(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, listener);
    assert_true(desk_open(&d));
    struct typing t = {.kind = SENT_QUERY, .text = "show version"};
    d.session->state = STATE_ENABLE;
    assert_true(session_type(d.session, &t, NULL, &d.e));
    assert_int_equal(session_state(d.session), STATE_UNKNOWN);
    assert_false(session_type(d.session, &t, NULL, &d.e));
    assert_string_equal(str_cstr(&d.peer.bytes), "show version\r");
    desk_clear(&d);
}

static void bytes_that_act_on_a_terminal_are_not_typed(void **state)
{
    (void)state;
    static const struct {
        enum state state;
        struct typing typing;
    } cases[] = {
        {STATE_ENABLE, {.kind = SENT_QUERY, .text = "show\rreload"}},
        {STATE_ENABLE, {.kind = SENT_QUERY, .text = "show\x03"}},
        {STATE_ENABLE, {.kind = SENT_QUERY, .text = "show\x13"}},
        {STATE_ENABLE, {.kind = SENT_QUERY, .text = ""}},
        {STATE_ENABLE, {.kind = SENT_MODE, .text = "a\nb"}},
        {STATE_LOGIN, {.kind = SENT_USER, .text = ""}},
        {STATE_LOGIN, {.kind = SENT_USER, .text = "a\x1b"}},
        {STATE_UNKNOWN, {.kind = SENT_WAKE, .text = " "}},
        {STATE_UNKNOWN, {.kind = SENT_WAKE, .text = "\x03", .no_return = true}},
        {STATE_PASSWORD, {.kind = SENT_ABORT, .text = "word"}},
        {STATE_PASSWORD, {.kind = SENT_PASSWORD, .text = "plain"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk d;
        desk_init(&d, listener);
        assert_true(desk_open(&d));
        d.session->state = cases[i].state;
        assert_false(session_type(d.session, &cases[i].typing, NULL, &d.e));
        assert_int_equal(d.peer.bytes.len, 0);
        desk_clear(&d);
    }
}

static void names_of_states_kinds_and_statuses_are_whole(void **state)
{
    (void)state;
    for (unsigned s = 0; s < STATE_COUNT; s++) {
        enum state back;
        assert_true(state_by_name(state_name(s), &back));
        assert_int_equal(back, s);
    }
    for (unsigned k = 0; k <= SENT_LOGOUT; k++)
        assert_string_not_equal(sent_kind_name(k), "unknown");
    for (unsigned a = 0; a <= ANSWER_CUT; a++)
        assert_string_not_equal(answer_status_name(a), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_state_does_not_allow_never_reaches_the_line),
        cmocka_unit_test(nothing_is_proven_any_more_once_something_was_typed),
        cmocka_unit_test(bytes_that_act_on_a_terminal_are_not_typed),
        cmocka_unit_test(names_of_states_kinds_and_statuses_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
