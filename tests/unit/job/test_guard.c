/* The one maker of permits: each rests on evidence of its own moment, is on disk before it is given, and is refused to a switch in
   service, to another switch, to one that is TAINTED. */
#include "unit/job/guarded.h"

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

static void must_be_given(struct scene *s)
{
    struct permit *p = ask(s);
    if (!p)
        fail_msg("%s", s->run.err.msg);
    permit_free(p);
}

static void a_tainted_switch_is_changed_from_a_known_configuration_or_by_who_names_it(void **state)
{
    struct scene *s = scene_new();
    make_half(s, *state, FOREIGN);
    refused(s, FAILURE_IN_PRODUCTION, "configuration: not as from the factory");
    s->guard.override_reason = "mine";
    s->guard.override_serial = "SER2";
    refused(s, FAILURE_IN_PRODUCTION, "configuration: not as from the factory");
    s->guard.override_serial = "SER1";
    must_be_given(s);
    struct normal n;
    normal_read(s->platform, FOREIGN, strlen(FOREIGN), &s->run.arena, &n);
    s->guard.override_reason = NULL;
    s->run.guard.stage(s->run.guard.ctx, &s->run, n.sha256);
    must_be_given(s);
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
        FAKE_TEST(a_tainted_switch_is_changed_from_a_known_configuration_or_by_who_names_it),
        FAKE_TEST(a_half_paste_of_ours_is_known_when_the_wanted_one_is),
        FAKE_TEST(the_mark_is_cleared_by_what_proved_its_state),
        FAKE_TEST(another_switch_under_the_same_name_is_not_tainted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
