/* run_procedure: guard, begin, steps, the undo under the same permit, end; what became of it is told before another line is typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "helpers/support_desk.h"
#include "plugin/change.h"
#include "plugin/plugin.h"
#include "session/permit_self.h"

#define SERIAL  "JPE22130709"
#define WANTED  "4.30.5M"
#define VERSION "show version"

static struct step_requirement requirements[] = {{"version", "{version}"}};
static struct procedure_step activate_steps[] = {{.kind = STEP_RUN,
                                                  .command = "boot system flash:{image_file}",
                                                  .mode = STATE_ENABLE,
                                                  .stall_ms = 5000,
                                                  .code = FAILURE_FIRMWARE_INSTALL_FAIL},
                                                 {.kind = STEP_QUERY,
                                                  .query = "version",
                                                  .requirements = requirements,
                                                  .requirement_count = 1,
                                                  .code = FAILURE_FIRMWARE_VERSION},
                                                 {.kind = STEP_RUN,
                                                  .command = "write memory",
                                                  .mode = STATE_ENABLE,
                                                  .unless = "dry",
                                                  .stall_ms = 5000,
                                                  .code = FAILURE_CONFIG_NOT_SAVED}};
static struct procedure_step forget_steps[] = {
    {.kind = STEP_RUN, .command = "no boot system", .mode = STATE_ENABLE, .stall_ms = 5000}};
static struct procedure_step reload_steps[] = {{.kind = STEP_RUN,
                                                .command = "reload now",
                                                .mode = STATE_ENABLE,
                                                .stall_ms = 30000,
                                                .reloads = true,
                                                .code = FAILURE_REBOOT_TIMEOUT}};
static const struct procedure procedures[] = {
    {.name = "image_activate", .undo = "image_forget", .steps = activate_steps, .step_count = 3},
    {.name = "image_forget", .steps = forget_steps, .step_count = 1},
    {.name = "config_save", .steps = activate_steps + 2, .step_count = 1},
    {.name = "reload", .steps = reload_steps, .step_count = 1},
};
static struct boot_milestone milestones[] = {{.name = "loader", .within_ms = 60000},
                                             {.name = "login", .within_ms = 60000}};

enum { RULES = 12 };

struct world {
    struct desk d;
    struct peer_state states[6];
    struct peer_rule rules[RULES];
    size_t rule_count;
    struct platform platform;
    struct run run;
    struct str told;    /* "procedure state|what was typed last\n" */
    struct str version; /* the answer to it */
    unsigned permits;
    bool refuse, stale;
    struct change change;
};

static struct platform *shipped;
static struct arena arena;

static int load(void **state)
{
    (void)state;
    struct search_path path;
    struct mistakes m = {0};
    search_path_init(&path, (const char *[]){"."}, 1, NULL, &arena);
    shipped = platform_load("arista_eos", &path, &m);
    if (!shipped)
        fprintf(stderr, "%s", str_cstr(&m.text));
    mistakes_clear(&m);
    milestones[0].regex = regex_new("^Aboot", REGEX_BYTES, NULL);
    milestones[1].regex = regex_new("login: *$", REGEX_BYTES, NULL);
    return shipped ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    regex_free(milestones[0].regex);
    regex_free(milestones[1].regex);
    platform_free(shipped);
    arena_clear(&arena);
    return 0;
}

static struct permit *give_permit(void *ctx, struct run *run, const char *procedure)
{
    struct world *w = ctx;
    w->permits++;
    if (w->refuse) {
        err_fail(&run->err, ERR_STATE, FAILURE_IN_PRODUCTION, "10.9.0.1 is established");
        return NULL;
    }
    return permit_make(run->session, w->d.peer.clock.now_ms - (w->stale ? PERMIT_VALID_MS + 1 : 0), SERIAL,
                       procedure, 1);
}

static void hear_changed(void *ctx, struct run *run, const char *procedure, const char *state,
                         const char *text)
{
    struct world *w = ctx;
    const char *log = str_cstr(&w->d.peer.log);
    size_t len = w->d.peer.log.len, from = len ? len - 1 : 0;
    (void)run;
    (void)text;
    while (from && log[from - 1] != '\n')
        from--;
    str_printf(&w->told, "%s %s|%.*s", procedure, state, (int)(len - from), log + from);
}

static void rule(struct world *w, struct peer_rule r)
{
    assert_true(w->rule_count + 1 < RULES);
    w->rules[w->rule_count++] = r;
}

/* A switch of the shipped platform with this version, and rules of the test in front. */
static void begin(struct world *w, const char *version, const struct peer_rule *own)
{
    static const struct peer_rule login[] = {{.typed = "*", .next = "password"}, {0}};
    static const struct peer_rule password[] = {{.typed = "*", .next = "enable"}, {0}};
    memset(w, 0, sizeof *w);
    str_printf(&w->version,
               "Arista DCS-7050SX3-48YC8-F\r\n"
               "Hardware version: 11.03\r\n"
               "Serial number: JPE22130709\r\n"
               "Hardware MAC address: 2899.3a11.2233\r\n"
               "System MAC address: 2899.3a11.2233\r\n"
               "\r\n"
               "Software image version: %s\r\n"
               "Architecture: i686\r\n"
               "Internal build version: 4.28.3M-28837868.4283M\r\n"
               "Internal build ID: 95c8a6e5-2c1b-4f0e-9a4b-6f6d0f2c7a11\r\n"
               "Image format version: 3.0\r\n"
               "Image optimization: Default\r\n"
               "\r\n"
               "Uptime: 2 hours and 14 minutes\r\n"
               "Total memory: 8099732 kB\r\n"
               "Free memory: 6412564 kB\r\n"
               "\r\n",
               version);
    for (; own && own->typed; own++)
        rule(w, *own);
    rule(w, (struct peer_rule){.typed = VERSION, .reply = str_cstr(&w->version)});
    rule(w, (struct peer_rule){.typed = "exit", .next = "login"});
    rule(w, (struct peer_rule){.typed = "reload now", .next = "boot"});
    const struct peer_state states[] = {
        {.name = "login", .prompt = "\r\ntor01 login: ", .rules = login},
        {.name = "password", .prompt = "Password: ", .hidden = true, .rules = password},
        {.name = "enable", .prompt = "tor01#", .rules = w->rules},
        {.name = "boot",
         .enter = PEER_10S "Aboot 6.1.0\r\n" PEER_10S,
         .after = "login",
         .after_ms = 10,
         .mute = true,
         .unsafe = true},
        {0}};
    memcpy(w->states, states, sizeof states);
    w->platform = *shipped;
    w->platform.dialect.procedures = procedures;
    w->platform.dialect.procedure_count = sizeof procedures / sizeof *procedures;
    w->platform.boot = (struct boot_plan){milestones, 2, 60000, 300000};
    desk_init(&w->d, w->states);
    dialect_free(w->d.dialect);
    w->d.dialect = NULL;
    w->d.options.dialect = &w->platform.dialect;
    if (!desk_login(&w->d))
        fail_msg("%s", w->d.e.msg);
    w->run = (struct run){.platform = &w->platform,
                          .session = w->d.session,
                          .guard = {.ctx = w, .permit = give_permit, .changed = hear_changed}};
}

static void finish(struct world *w)
{
    change_clear(&w->change);
    w->d.dialect = dialect_for_tests(); /* the desk frees one */
    desk_clear(&w->d);
    arena_clear(&w->run.arena);
    str_clear(&w->told);
    str_clear(&w->version);
}

static bool activate(struct world *w)
{
    static const struct argument args[] = {{"image_file", "EOS.swi"}, {"version", WANTED}};
    return run_procedure(&w->run, "image_activate", args, 2, NULL, &w->change);
}

static void steps_are_made_in_order_and_proven_by_their_queries(void **state)
{
    (void)state;
    struct world w;
    begin(&w, WANTED, NULL);
    bool ok = activate(&w);
    if (!ok)
        print_message("# %s\n", w.run.err.msg);
    assert_true(ok);
    assert_int_equal(w.change.state, CHANGE_DONE);
    assert_int_equal(w.permits, 1);
    assert_non_null(strstr(str_cstr(&w.d.peer.log),
                           "enable|boot system flash:EOS.swi\nenable|show version\nenable|write memory\n"));
    assert_string_equal(str_cstr(&w.told), "image_activate done|enable|write memory\n");
    finish(&w);
}

static void a_step_is_left_out_where_its_argument_says_so(void **state)
{
    (void)state;
    static const struct argument args[] = {{"image_file", "EOS.swi"}, {"version", WANTED}, {"dry", "yes"}};
    struct world w;
    begin(&w, WANTED, NULL);
    assert_true(run_procedure(&w.run, "image_activate", args, 3, NULL, &w.change));
    assert_int_equal(peer_count(&w.d.peer, "enable|write memory"), 0);
    finish(&w);
}

static void what_was_read_before_a_change_is_asked_for_again_after_it(void **state)
{
    (void)state;
    struct world w;
    struct records r;
    begin(&w, WANTED, NULL);
    assert_true(run_query(&w.run, "version", &r));
    assert_true(run_query(&w.run, "version", &r));
    assert_int_equal(peer_count(&w.d.peer, "enable|" VERSION), 1);
    assert_true(activate(&w)); /* its own query is a fresh one */
    assert_int_equal(peer_count(&w.d.peer, "enable|" VERSION), 2);
    assert_true(run_query(&w.run, "version", &r));
    assert_int_equal(peer_count(&w.d.peer, "enable|" VERSION), 3);
    finish(&w);
}

static void what_cannot_be_proven_is_taken_back(void **state)
{
    (void)state;
    struct world w;
    begin(&w, "4.29.0F", NULL);
    assert_false(activate(&w));
    assert_int_equal(w.run.err.failure, FAILURE_FIRMWARE_VERSION);
    assert_non_null(strstr(w.run.err.msg, "4.29.0F"));
    assert_string_equal(w.run.err_evidence.query, "version");
    assert_int_equal(w.change.state, CHANGE_UNDONE);
    assert_int_equal(w.permits, 1); /* the undo needs none of its own */
    assert_int_equal(peer_count(&w.d.peer, "enable|write memory"), 0);
    assert_string_equal(str_cstr(&w.told), "image_activate undone|enable|no boot system\n");
    struct verdict v = verdict_changed(&w.run, &w.change);
    assert_int_equal(v.kind, VERDICT_FAIL);
    assert_non_null(strstr(v.text, "as it was before"));
    finish(&w);
}

static void a_refused_step_is_taken_back(void **state)
{
    (void)state;
    static const struct peer_rule refuses[] = {
        {.typed = "boot system flash:EOS.swi", .reply = "% Invalid input\r\n"}, {0}};
    struct world w;
    begin(&w, WANTED, refuses);
    assert_false(activate(&w));
    assert_int_equal(w.run.err.failure, FAILURE_FIRMWARE_INSTALL_FAIL);
    assert_string_equal(w.run.err_evidence.command, "boot system flash:EOS.swi");
    assert_non_null(strstr(w.run.err_evidence.raw, "% Invalid input"));
    assert_int_equal(w.change.state, CHANGE_UNDONE);
    finish(&w);
}

static void an_undo_that_fails_leaves_it_half_done_b50(void **state)
{
    (void)state;
    static const struct peer_rule refuses[] = {{.typed = "no boot system", .reply = "% Invalid input\r\n"},
                                               {0}};
    struct world w;
    begin(&w, "4.29.0F", refuses);
    assert_false(activate(&w));
    assert_int_equal(w.run.err.failure, FAILURE_FIRMWARE_VERSION); /* what began it, not what failed last */
    assert_int_equal(w.change.state, CHANGE_HALF);
    assert_string_equal(str_cstr(&w.told), "image_activate half|enable|no boot system\n");
    assert_non_null(strstr(verdict_changed(&w.run, &w.change).text, "neither as it was"));
    finish(&w);
}

static void without_an_undo_a_failure_is_half_done(void **state)
{
    (void)state;
    static const struct peer_rule refuses[] = {{.typed = "write memory", .reply = "% Invalid input\r\n"},
                                               {0}};
    struct world w;
    begin(&w, WANTED, refuses);
    assert_false(run_procedure(&w.run, "config_save", NULL, 0, NULL, &w.change));
    assert_int_equal(w.run.err.failure, FAILURE_CONFIG_NOT_SAVED);
    assert_int_equal(w.change.state, CHANGE_HALF);
    finish(&w);
}

static void a_line_that_breaks_in_the_middle_is_half_done(void **state)
{
    (void)state;
    struct world w;
    static const struct peer_rule breaks[] = {{.typed = "boot system flash:EOS.swi", .next = "gone"}, {0}};
    begin(&w, WANTED, breaks);
    w.states[4] = (struct peer_state){.name = "gone", .closes = true};
    assert_false(activate(&w));
    assert_int_equal(w.run.err.failure, FAILURE_CONSOLE_LOST);
    assert_int_equal(w.change.state, CHANGE_HALF);
    assert_non_null(strstr(str_cstr(&w.told), "image_activate half|"));
    finish(&w);
}

static void what_the_guard_refuses_is_not_begun(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 5; how++) {
        struct world w;
        begin(&w, WANTED, NULL);
        size_t typed = w.d.peer.bytes.len;
        w.refuse = how == 0;
        w.stale = how == 1;
        if (how == 2)
            w.run.guard.permit = NULL;
        if (how == 3)
            w.run.session = NULL;
        const char *name = how == 4 ? "image_fetch" : "image_activate";
        assert_int_equal(run_can(&w.run, name), how != 4);
        assert_false(run_procedure(&w.run, name, NULL, 0, NULL, &w.change));
        assert_int_equal(w.run.err.failure, how == 0  ? FAILURE_IN_PRODUCTION
                                            : how < 3 ? FAILURE_GUARD_UNPROVEN
                                                      : 0);
        assert_int_equal(w.change.state, CHANGE_NOT_BEGUN);
        assert_int_equal(w.d.peer.bytes.len, typed);
        assert_int_equal(w.told.len, 0);
        assert_non_null(strstr(verdict_changed(&w.run, &w.change).text, "nothing was changed"));
        finish(&w);
    }
}

static void what_typed_nothing_has_changed_nothing(void **state)
{
    (void)state;
    struct world w;
    begin(&w, WANTED, NULL);
    assert_false(run_procedure(&w.run, "image_activate", NULL, 0, NULL, &w.change)); /* no image_file */
    assert_int_equal(w.change.state, CHANGE_NOT_BEGUN);
    assert_int_equal(w.told.len, 0);
    finish(&w);
}

static void a_reload_is_waited_for_and_logged_in_again(void **state)
{
    (void)state;
    struct world w;
    begin(&w, WANTED, NULL);
    uint64_t epoch = session_epoch(w.run.session);
    bool ok = run_procedure(&w.run, "reload", NULL, 0, NULL, &w.change);
    if (!ok)
        print_message("# %s\n", w.run.err.msg);
    assert_true(ok);
    assert_int_equal(w.change.state, CHANGE_DONE);
    assert_true(w.change.boot.login);
    assert_int_equal(w.change.boot.starts, 1);
    assert_int_equal(session_state(w.run.session), STATE_ENABLE);
    assert_true(session_epoch(w.run.session) > epoch);
    assert_non_null(strstr(str_cstr(&w.told), "reload done|"));
    /* What was permitted before is void: the next change asks the guard again. */
    change_clear(&w.change);
    assert_true(run_procedure(&w.run, "config_save", NULL, 0, NULL, &w.change));
    assert_int_equal(w.permits, 2);
    finish(&w);
}

static void a_switch_that_does_not_come_back_is_half_done(void **state)
{
    (void)state;
    struct world w;
    begin(&w, WANTED, NULL);
    w.states[3].after = NULL;
    assert_false(run_procedure(&w.run, "reload", NULL, 0, NULL, &w.change));
    assert_int_equal(w.run.err.failure, FAILURE_REBOOT_TIMEOUT);
    assert_int_equal(w.change.state, CHANGE_HALF);
    assert_string_equal(w.change.boot.reached, "loader");
    finish(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_made_in_order_and_proven_by_their_queries),
        cmocka_unit_test(a_step_is_left_out_where_its_argument_says_so),
        cmocka_unit_test(what_was_read_before_a_change_is_asked_for_again_after_it),
        cmocka_unit_test(what_cannot_be_proven_is_taken_back),
        cmocka_unit_test(a_refused_step_is_taken_back),
        cmocka_unit_test(an_undo_that_fails_leaves_it_half_done_b50),
        cmocka_unit_test(without_an_undo_a_failure_is_half_done),
        cmocka_unit_test(a_line_that_breaks_in_the_middle_is_half_done),
        cmocka_unit_test(what_the_guard_refuses_is_not_begun),
        cmocka_unit_test(what_typed_nothing_has_changed_nothing),
        cmocka_unit_test(a_reload_is_waited_for_and_logged_in_again),
        cmocka_unit_test(a_switch_that_does_not_come_back_is_half_done),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
