/* The one maker of permits: each rests on evidence of its own moment, is on disk before it is given, and is refused to a switch in
   service, to another switch, to one that is TAINTED; what became of it is on disk too. The switch is a script that answers in JSON. */
#include "unit/job/fake.h"

#include "helpers/support_desk.h"
#include "job/guard.h"
#include "job/journal.h"
#include "job/policy.h"
#include "plugin/normal.h"
#include "session/change.h"
#include "session/permit_self.h"

#define ROWS(x)       "{\"rows\": [" x "]}\r\n"
#define WHO(serial)   ROWS("{\"serial\": \"" serial "\", \"mac\": \"c0d6.8200.0001\", \"version\": \"1\"}")
#define OWN           "{\"line\": \"con\", \"user\": \"admin\", \"own\": \"yes\"}"
#define RATE(port, n) ROWS("{\"interface\": \"" port "\", \"in\": \"" n "\", \"out\": \"0\"}")
#define FACTORY       "hostname switch\r\n"
#define FOREIGN       "hostname switch\r\nvlan 6\r\n"

enum { VERSION, AGAIN, USERS, PENDING, BGP, RATES, MACS, CONFIG, SAVE, LENGTH, EXIT, NOTHING };

struct scene {
    struct fake *f;
    struct platform *platform;
    struct arena arena;
    struct desk desk;
    struct peer_rule rules[NOTHING + 1];
    struct peer_state states[4];
    struct asset asset;
    struct run run;
    struct journal journal;
    struct guard guard;
    struct session_hooks desk_hooks; /* which watch for unsafe bytes */
};

static const struct peer_rule healthy[] = {[VERSION] = {.typed = "show version", .reply = WHO("SER1")},
                                           [AGAIN] = {.typed = "show version", .reply = WHO("SER1")},
                                           [USERS] = {.typed = "show users", .reply = ROWS(OWN)},
                                           [PENDING] = {.typed = "show pending", .reply = ROWS("")},
                                           [BGP] = {.typed = "show bgp", .reply = ROWS("")},
                                           [RATES] = {.typed = "show rates", .reply = RATE("Et1", "0")},
                                           [MACS] = {.typed = "show mac", .reply = ROWS("")},
                                           [CONFIG] = {.typed = "show running-config", .reply = FACTORY},
                                           [SAVE] = {.typed = "write memory", .reply = "saved\r\n"},
                                           [LENGTH] = {.typed = "terminal length 0"},
                                           [EXIT] = {.typed = "exit", .next = "login"},
                                           [NOTHING] = {0}};

static void load_platform(struct scene *s)
{
    struct search_path path;
    struct mistakes m = {0};
    search_path_init(&path, (const char *[]){"tests/data/plugin/guard"}, 1, NULL, &s->arena);
    s->platform = platform_load("guarded", &path, &m);
    if (!s->platform)
        fail_msg("%s", str_cstr(&m.text));
    mistakes_clear(&m);
}

static bool before_send(void *ctx, const struct sent *what, uint64_t *event, struct err *e)
{
    struct scene *s = ctx;
    struct session_hooks journal = journal_session_hooks(&s->journal);
    return s->desk_hooks.before_send(s->desk_hooks.ctx, what, event, e) &&
           journal.before_send(journal.ctx, what, event, e);
}

static void after_answer(void *ctx, uint64_t event, const struct answer *a)
{
    struct scene *s = ctx;
    struct session_hooks journal = journal_session_hooks(&s->journal);
    journal.after_answer(journal.ctx, event, a);
}

static void bytes_seen(void *ctx, bool received, const char *bytes, size_t len, int64_t at_us)
{
    struct scene *s = ctx;
    s->desk_hooks.bytes(s->desk_hooks.ctx, received, bytes, len, at_us);
}

/* A job on a switch that is logged in to, with a guard; whatever the test changed in s->rules before. */
static void begin(struct scene *s, struct fake *f)
{
    static const struct peer_rule login[] = {{.typed = "*", .next = "password"}, {0}};
    static const struct peer_rule password[] = {{.typed = "*", .next = "enable"}, {0}};
    s->f = f;
    load_platform(s);
    s->states[0] = (struct peer_state){.name = "login", .prompt = "\r\ntor01 login: ", .rules = login};
    s->states[1] =
        (struct peer_state){.name = "password", .prompt = "Password: ", .hidden = true, .rules = password};
    s->states[2] = (struct peer_state){.name = "enable", .prompt = "tor01#", .rules = s->rules};
    desk_init(&s->desk, s->states);
    s->desk.options.dialect = &s->platform->dialect;
    s->journal = (struct journal){
        .store = f->store, .job = fake_job(f, "RUNNING", "host:1:2"), .cancel = s->desk.cancel};
    s->journal.transcript = (struct transcript){.store = f->store, .job = s->journal.job};
    s->desk_hooks = s->desk.options.hooks;
    s->desk.options.hooks = (struct session_hooks){
        .ctx = s, .before_send = before_send, .after_answer = after_answer, .bytes = bytes_seen};
    if (!desk_login(&s->desk))
        fail_msg("%s", s->desk.e.msg);
    s->asset = (struct asset){"SER1", "tor-r1-01", "planned", "", 2};
    f->site = (struct site){
        .file = "site.yaml", .assets_file = "assets.csv", .assets = &s->asset, .asset_count = 1};
    s->guard = (struct guard){.store = f->store, .job = s->journal.job, .journal = &s->journal};
    s->run = (struct run){.site = &f->site,
                          .sw = &f->switches[0],
                          .role = &f->role,
                          .platform = s->platform,
                          .session = s->desk.session,
                          .cancel = s->desk.cancel,
                          .guard = guard_of(&s->guard)};
}

static struct scene *scene_new(void)
{
    struct scene *s = calloc(1, sizeof *s);
    memcpy(s->rules, healthy, sizeof healthy);
    return s;
}

static void end(struct scene *s)
{
    session_close(s->desk.session, NULL);
    s->desk.session = NULL;
    journal_clear(&s->journal);
    arena_clear(&s->run.arena);
    desk_clear(&s->desk);
    platform_free(s->platform);
    arena_clear(&s->arena);
    free(s);
}

static struct permit *ask(struct scene *s)
{
    s->run.err = (struct err){0};
    return s->run.guard.permit(s->run.guard.ctx, &s->run, "config_save");
}

static void refused(struct scene *s, enum failure failure, const char *text)
{
    struct permit *p = ask(s);
    if (p)
        fail_msg("a permit was given though: %s", text);
    if (s->run.err.failure != failure || !strstr(s->run.err.msg, text))
        fail_msg("%s: %s", failure_name(s->run.err.failure), s->run.err.msg);
}

static void a_permit_is_on_disk_with_its_evidence_before_it_is_given(void **state)
{
    struct scene *s = scene_new();
    begin(s, *state);
    struct permit *p = ask(s);
    if (!p)
        fail_msg("%s", s->run.err.msg);
    assert_string_equal(p->serial, "SER1");
    assert_string_equal(p->procedure, "config_save");
    assert_ptr_equal(p->session, s->desk.session);
    assert_int_equal(p->epoch, session_epoch(s->desk.session));
    assert_string_equal(fake_rows(s->f,
                                  "SELECT id, job, procedure, serial, json_array_length(evidence), refused, "
                                  "spent_at, outcome FROM permit"),
                        "1 1 config_save SER1 8 - - -\n");
    assert_string_equal(
        fake_rows(s->f, "SELECT e.value ->> 'name', e.value ->> 'safety', l.command FROM permit, "
                        "json_each(evidence) e LEFT JOIN log_event l ON l.seq = e.value ->> 'event' "
                        "ORDER BY e.key"),
        "identity safe show version\nusers safe show users\npending_changes safe show pending\n"
        "routing_sessions safe show bgp\ntraffic safe show rates\nhosts safe show mac\n"
        "configuration safe show running-config\nassets safe -\n");
    permit_free(p);
    end(s);
}

static void each_permit_asks_the_switch_anew(void **state)
{
    struct scene *s = scene_new();
    s->rules[RATES].times = 1; /* then nothing fits, and the prompt alone comes: unread */
    begin(s, *state);
    struct permit *p = ask(s);
    assert_non_null(p);
    permit_free(p);
    assert_null(ask(s));
    assert_int_equal(peer_count(&s->desk.peer, "enable|show rates"), 2);
    assert_int_equal(s->run.err.failure, FAILURE_GUARD_UNPROVEN);
    end(s);
}

static void a_switch_in_service_is_refused_with_the_evidence_on_disk(void **state)
{
    struct scene *s = scene_new();
    s->rules[RATES].reply = RATE("Et7", "3 Gbps");
    begin(s, *state);
    refused(s, FAILURE_IN_PRODUCTION, "traffic: Et7 carries traffic: 3 Gbps");
    assert_string_equal(s->run.err_evidence.raw, "3 Gbps");
    assert_string_equal(fake_rows(s->f, "SELECT refused, spent_at, e.value ->> 'raw' FROM permit, "
                                        "json_each(evidence) e WHERE e.value ->> 'safety' = 'unsafe'"),
                        "IN_PRODUCTION - 3 Gbps\n");
    struct verdict v = s->run.guard.look(s->run.guard.ctx, &s->run);
    assert_int_equal(v.failure, FAILURE_IN_PRODUCTION);
    end(s);
}

static void an_override_passes_signs_of_production_only(void **state)
{
    struct scene *s = scene_new();
    s->rules[RATES].reply = RATE("Et7", "3 Gbps");
    begin(s, *state);
    s->guard.override_reason = "moved to the lab";
    s->guard.override_serial = "SER9";
    refused(s, FAILURE_IN_PRODUCTION, "traffic");
    s->guard.override_serial = "SER1";
    struct permit *p = ask(s);
    assert_non_null(p);
    permit_free(p);
    assert_string_equal(
        fake_rows(s->f, "SELECT override_reason, refused FROM permit ORDER BY id DESC LIMIT 1"),
        "moved to the lab -\n");
    s->rules[MACS].reply = "% Invalid input\r\n"; /* what could not be found out nobody can override */
    refused(s, FAILURE_IN_PRODUCTION, "hosts");
    s->rules[RATES].reply = RATE("Et7", "0");
    refused(s, FAILURE_GUARD_UNPROVEN, "hosts");
    end(s);
}

static void an_override_never_passes_another_identity(void **state)
{
    struct scene *s = scene_new();
    s->rules[VERSION].reply = WHO("SER2");
    begin(s, *state);
    s->guard.override_reason = "it must be";
    s->guard.override_serial = "SER2";
    refused(s, FAILURE_IDENTITY_MISMATCH, "SER2");
    end(s);
    s = scene_new();
    s->rules[VERSION].reply = WHO("");
    begin(s, *state);
    s->guard.override_reason = "it must be";
    s->guard.override_serial = "SER1";
    refused(s, FAILURE_GUARD_UNPROVEN, "shows no serial number");
    end(s);
}

/* Behaviour 77: the serial number is another after the reload. */
static void a_switch_swapped_in_mid_job_stops_every_further_change(void **state)
{
    struct scene *s = scene_new();
    s->rules[VERSION].times = 1;
    s->rules[AGAIN].reply = WHO("SER2");
    begin(s, *state);
    struct permit *p = ask(s);
    assert_non_null(p);
    permit_free(p);
    refused(s, FAILURE_IDENTITY_MISMATCH, "SER2");
    s->rules[AGAIN].reply = WHO("SER1"); /* it is back, or was never away: nobody knows */
    size_t asked = peer_count(&s->desk.peer, "enable|show version");
    refused(s, FAILURE_IDENTITY_MISMATCH, "SER2");
    assert_int_equal(peer_count(&s->desk.peer, "enable|show version"), asked);
    end(s);
}

/* The site may know no MAC address; the job has seen one. */
static void another_mac_address_is_another_switch(void **state)
{
    struct scene *s = scene_new();
    s->rules[VERSION].times = 1;
    s->rules[AGAIN].reply = ROWS("{\"serial\": \"SER1\", \"mac\": \"c0d6.8200.0002\", \"version\": \"1\"}");
    begin(s, *state);
    struct permit *p = ask(s);
    assert_non_null(p);
    permit_free(p);
    refused(s, FAILURE_IDENTITY_MISMATCH, "c0d6.8200.0002");
    end(s);
}

static void another_switch_stops_the_job_wherever_it_is_noticed(void **state)
{
    (void)state;
    static const struct plugin config = {.name = "config", .phase = PHASE_CONFIG_PUSH, .effect = CHANGES};
    const struct step step = {.plugin = &config};
    const struct verdict v = {.kind = VERDICT_FAIL, .failure = FAILURE_IDENTITY_MISMATCH, .text = "SER2"};
    struct outcome o = {.state = JOB_RUNNING};
    outcome_add(&o, &step, &v);
    assert_true(o.stopped);
    assert_int_equal(o.state, JOB_FAILED);
    outcome_clear(&o);
}

static void begin_change(struct scene *s, struct permit *p)
{
    const struct procedure *save = dialect_procedure(&s->platform->dialect, "config_save");
    struct answer a = {0};
    struct err e = {0};
    if (!change_begin(s->desk.session, p, save, &e) ||
        !change_step(s->desk.session, p, save, 0, NULL, 0, NULL, &a, &e))
        fail_msg("%s", e.msg);
    answer_clear(&a);
}

static void a_permit_is_spent_on_disk_with_the_first_byte_under_it(void **state)
{
    struct scene *s = scene_new();
    begin(s, *state);
    struct permit *p = ask(s);
    assert_non_null(p);
    begin_change(s, p);
    assert_string_equal(fake_rows(s->f, "SELECT spent_at > 0, outcome FROM permit"), "1 -\n");
    assert_true(journal_permit_spent(&s->journal));
    s->run.guard.changed(s->run.guard.ctx, &s->run, "config_save", "done", "config_save");
    assert_string_equal(fake_rows(s->f, "SELECT spent_at > 0, outcome FROM permit"), "1 done\n");
    guard_end(&s->guard, "tor-r1-01");
    assert_string_equal(fake_rows(s->f, "SELECT count(*) FROM taint"), "0\n");
    assert_true(change_end(s->desk.session, p, NULL));
    permit_free(p);
    end(s);
}

static void without_a_permit_nothing_is_begun(void **state)
{
    struct scene *s = scene_new();
    begin(s, *state);
    struct err e = {0};
    size_t typed = s->desk.peer.bytes.len;
    const struct procedure *save = dialect_procedure(&s->platform->dialect, "config_save");
    struct answer a = {0};
    assert_false(change_begin(s->desk.session, NULL, save, &e));
    assert_int_equal(e.failure, FAILURE_GUARD_UNPROVEN);
    assert_false(change_step(s->desk.session, NULL, save, 0, NULL, 0, NULL, &a, &e));
    assert_int_equal(s->desk.peer.bytes.len, typed);
    answer_clear(&a);
    end(s);
}

static void a_job_that_ends_within_a_procedure_taints(void **state)
{
    struct scene *s = scene_new();
    begin(s, *state);
    struct permit *p = ask(s);
    begin_change(s, p);
    guard_end(&s->guard, "tor-r1-01");
    assert_true(s->guard.tainted);
    assert_string_equal(fake_rows(s->f, "SELECT outcome FROM permit"), "half\n");
    assert_string_equal(fake_rows(s->f, "SELECT switch, serial, procedure, cleared_at FROM taint"),
                        "tor-r1-01 SER1 config_save -\n");
    assert_true(change_end(s->desk.session, p, NULL));
    permit_free(p);
    end(s);
}

static void a_permit_that_nothing_was_typed_under_taints_nothing(void **state)
{
    struct scene *s = scene_new();
    begin(s, *state);
    struct permit *p = ask(s);
    assert_non_null(p);
    guard_end(&s->guard, "tor-r1-01");
    assert_string_equal(fake_rows(s->f, "SELECT count(*) FROM taint"), "0\n");
    permit_free(p);
    end(s);
}

/* A procedure of this job ended half done, and `config` stands there now. */
static void make_half(struct scene *s, struct fake *f, const char *config)
{
    s->rules[CONFIG].times = 1;
    begin(s, f);
    struct permit *p = ask(s);
    assert_non_null(p);
    permit_free(p);
    s->run.guard.changed(s->run.guard.ctx, &s->run, "config_save", "half", "no answer");
    assert_true(s->guard.tainted);
    s->rules[SAVE] = (struct peer_rule){.typed = "show running-config", .reply = config};
}

static void a_tainted_switch_is_changed_only_from_a_known_configuration(void **state)
{
    struct scene *s = scene_new();
    make_half(s, *state, FOREIGN);
    refused(s, FAILURE_IN_PRODUCTION, "configuration: not as from the factory");
    s->guard.override_reason = "mine";
    s->guard.override_serial = "SER1";
    refused(s, FAILURE_GUARD_UNPROVEN, "TAINTED by job 1: config_save was left half done: no answer");
    struct normal n;
    normal_read(s->platform, FOREIGN, strlen(FOREIGN), &s->run.arena, &n);
    s->guard.override_reason = NULL;
    s->run.guard.stage(s->run.guard.ctx, &s->run, n.sha256);
    struct permit *p = ask(s);
    if (!p)
        fail_msg("%s", s->run.err.msg);
    permit_free(p);
    end(s);
}

static void a_half_paste_of_ours_is_known_when_the_wanted_one_is(void **state)
{
    struct scene *s = scene_new();
    make_half(s, *state, FOREIGN);
    struct normal wanted;
    static const char text[] = "hostname switch\nvlan 6\nvlan 7\n";
    refused(s, FAILURE_IN_PRODUCTION, "configuration");
    normal_read(s->platform, text, strlen(text), &s->run.arena, &wanted);
    s->run.wanted = &wanted;
    struct permit *p = ask(s);
    if (!p)
        fail_msg("%s", s->run.err.msg);
    permit_free(p);
    end(s);
}

static void the_mark_is_cleared_by_what_proved_its_state(void **state)
{
    struct scene *s = scene_new();
    make_half(s, *state, FACTORY);
    struct err e = {0};
    assert_true(guard_clear_taint(&s->guard, "tor-r1-01", false, &e));
    assert_string_equal(fake_rows(s->f, "SELECT count(*) FROM taint WHERE cleared_at IS NULL"), "1\n");
    assert_true(guard_clear_taint(&s->guard, "tor-r1-01", true, &e));
    assert_string_equal(fake_rows(s->f, "SELECT cleared_at > 0, cleared_by FROM taint"), "1 1\n");
    end(s);
}

static void another_switch_under_the_same_name_is_not_tainted(void **state)
{
    struct scene *s = scene_new();
    make_half(s, *state, FACTORY);
    end(s);
    s = scene_new();
    struct fake *f = *state;
    s->rules[VERSION].reply = WHO("SER5");
    f->switches[0].serial = "SER5";
    begin(s, f);
    s->asset.serial = "SER5";
    struct permit *p = ask(s);
    if (!p)
        fail_msg("%s", s->run.err.msg);
    permit_free(p);
    end(s);
}

static void a_stopped_job_is_given_no_permit(void **state)
{
    struct scene *s = scene_new();
    begin(s, *state);
    cancel_raise(s->desk.cancel, CANCEL_ASKED);
    size_t typed = s->desk.peer.bytes.len;
    refused(s, FAILURE_CANCELLED, "stopped by the operator");
    assert_int_equal(s->desk.peer.bytes.len, typed);
    end(s);
}

/* Ctrl-C once: what was begun is finished, with the lines and the questions that it still needs. */
static void a_procedure_that_was_begun_is_finished_after_a_stop(void **state)
{
    struct scene *s = scene_new();
    begin(s, *state);
    struct permit *p = ask(s);
    begin_change(s, p);
    cancel_raise(s->desk.cancel, CANCEL_ASKED);
    struct answer a = {0};
    struct err e = {0};
    if (!session_query(s->desk.session, dialect_query(&s->platform->dialect, "mac_table"), NULL, 0, &a, &e))
        fail_msg("%s", e.msg);
    answer_clear(&a);
    s->run.guard.changed(s->run.guard.ctx, &s->run, "config_save", "done", "config_save");
    assert_true(change_end(s->desk.session, p, NULL));
    assert_false(
        session_query(s->desk.session, dialect_query(&s->platform->dialect, "mac_table"), NULL, 0, &a, &e));
    assert_int_equal(e.failure, FAILURE_CANCELLED);
    answer_clear(&a);
    permit_free(p);
    end(s);
}

/* kill -9 within a procedure: the next start finds the row that was spent and never ended. */
static void a_process_that_died_within_a_procedure_left_a_tainted_switch(void **state)
{
    struct fake *f = *state;
    struct process self;
    char worker[PROCESS_TEXT_MAX];
    unsigned lost = 0;
    struct err e = {0};
    process_self(&self);
    self.start++; /* the number is used again: the process that had it is gone */
    int64_t job = fake_job(f, "RUNNING", process_format(&self, worker));
    const struct cell spent[] = {
        cell_int("job", job),        cell_int("at", 1),           cell_text("procedure", "config_load"),
        cell_text("serial", "SER1"), cell_text("evidence", "[]"), cell_int("spent_at", 2)};
    struct cell done[6], given[6];
    memcpy(done, spent, sizeof done);
    memcpy(given, spent, sizeof given);
    done[5] = cell_text("outcome", "done");
    given[5] = cell_text("outcome", NULL);
    store_insert(f->store, "permit", done, 6);
    store_insert(f->store, "permit", given, 6);
    assert_true(store_wait(f->store, store_insert(f->store, "permit", spent, 6), NULL));
    if (!engine_recover(f->store, &lost, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(lost, 1);
    assert_string_equal(fake_rows(f, "SELECT state FROM job"), "LOST\n");
    assert_string_equal(fake_rows(f, "SELECT id, outcome FROM permit ORDER BY id"), "1 done\n2 -\n3 lost\n");
    assert_string_equal(
        fake_rows(f, "SELECT switch, serial, job, procedure, text FROM taint"),
        "tor-r1-01 SER1 1 config_load config_load was under way when the process that ran it died\n");
    assert_true(engine_recover(f->store, &lost, &e));
    assert_string_equal(fake_rows(f, "SELECT count(*) FROM taint"), "1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(a_permit_is_on_disk_with_its_evidence_before_it_is_given),
        FAKE_TEST(each_permit_asks_the_switch_anew),
        FAKE_TEST(a_switch_in_service_is_refused_with_the_evidence_on_disk),
        FAKE_TEST(an_override_passes_signs_of_production_only),
        FAKE_TEST(an_override_never_passes_another_identity),
        FAKE_TEST(a_switch_swapped_in_mid_job_stops_every_further_change),
        FAKE_TEST(another_mac_address_is_another_switch),
        FAKE_TEST(another_switch_stops_the_job_wherever_it_is_noticed),
        FAKE_TEST(a_permit_is_spent_on_disk_with_the_first_byte_under_it),
        FAKE_TEST(without_a_permit_nothing_is_begun),
        FAKE_TEST(a_job_that_ends_within_a_procedure_taints),
        FAKE_TEST(a_permit_that_nothing_was_typed_under_taints_nothing),
        FAKE_TEST(a_tainted_switch_is_changed_only_from_a_known_configuration),
        FAKE_TEST(a_half_paste_of_ours_is_known_when_the_wanted_one_is),
        FAKE_TEST(the_mark_is_cleared_by_what_proved_its_state),
        FAKE_TEST(another_switch_under_the_same_name_is_not_tainted),
        FAKE_TEST(a_stopped_job_is_given_no_permit),
        FAKE_TEST(a_procedure_that_was_begun_is_finished_after_a_stop),
        FAKE_TEST(a_process_that_died_within_a_procedure_left_a_tainted_switch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
