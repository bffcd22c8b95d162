/* Restarts in virtual time: a scripted switch that says one thing before and another after, and what reboot_verify makes of it. */
#include "unit/plugin/world.h"

#include <stdlib.h>

#include "helpers/support_desk.h"
#include "plugin/change.h"
#include "session/permit_self.h"

#define SERIAL "JPE22130709"

enum { VERSION_LINE, UPTIME_LINE, ANSWERS_MAX = 16 };

struct said { /* by the switch, before or after */
    const char *serial, *version, *uptime, *reason, *links, *sessions, *running, *startup, *clock;
};

static const struct said usual = {.serial = SERIAL,
                                  .version = "4.28.3M",
                                  .uptime = "2 hours and 14 minutes",
                                  .reason = "The system rebooted due to a Power Loss",
                                  .links = "connected",
                                  .sessions = "Estab   118    118",
                                  .running = "hostname tor01\r\n!\r\nntp server 192.0.2.1\r\n",
                                  .startup = "hostname tor01\r\n!\r\nntp server 192.0.2.1\r\n",
                                  .clock = "Tue Mar  3 09:12:44 2026"};

struct scene {
    struct world w;
    struct desk d;
    struct peer_rule before[ANSWERS_MAX], after[ANSWERS_MAX];
    struct peer_state states[6];
    struct str texts[2][8];
    struct platform platform;
    struct console console;
    struct str notes;
    unsigned permits;
};

static struct permit *give_permit(void *ctx, struct run *run, const char *procedure)
{
    struct scene *s = ctx;
    s->permits++;
    return permit_make(run->session, s->d.peer.clock.now_ms, SERIAL, procedure, 1);
}

static void hear_note(void *ctx, const char *text)
{
    str_printf(&((struct scene *)ctx)->notes, "%s\n", text);
}

static void answers(struct peer_rule *rules, struct str *t, const struct said *s)
{
    str_printf(&t[0],
               "Arista DCS-7050SX3-48YC8-F\r\nHardware version: 11.03\r\nSerial number: %s\r\n"
               "Hardware MAC address: 2899.3a11.2233\r\nSystem MAC address: 2899.3a11.2233\r\n\r\n"
               "Software image version: %s\r\nArchitecture: i686\r\nInternal build version: "
               "4.28.3M-28837868.4283M\r\n"
               "Internal build ID: 95c8a6e5-2c1b-4f0e-9a4b-6f6d0f2c7a11\r\nImage format version: 3.0\r\n"
               "Image optimization: Default\r\n\r\nUptime: %s\r\nTotal memory: 8099732 kB\r\n"
               "Free memory: 6412564 kB\r\n\r\n",
               s->serial, s->version, s->uptime);
    str_printf(
        &t[1],
        "Reload Cause 1:\r\n-------------------\r\n%s\r\n\r\nReload Time:\r\n------------\r\n"
        "Reload occurred at Tue Mar  3 06:57:02 2026 UTC.\r\n\r\nRecommended "
        "Action:\r\n-------------------\r\n"
        "No action necessary.\r\n\r\nDebugging Information:\r\n----------------------\r\nNone available.\r\n",
        s->reason);
    str_printf(
        &t[2],
        "Port       Name    Status       Vlan     Duplex Speed  Type            Flags Encapsulation\r\n"
        "Et49/1     spine-1 %-12s routed   full   100G   100GBASE-SR4\r\n",
        s->links);
    str_printf(
        &t[3],
        "BGP summary information for VRF default\r\nRouter identifier 10.0.0.9, local AS number 65109\r\n"
        "Neighbor Status Codes: m - Under maintenance\r\n"
        "  Neighbor         V  AS           MsgRcvd   MsgSent  InQ OutQ  Up/Down State   PfxRcd PfxAcc\r\n"
        "  10.1.0.0         4 65000         2204      2198    0    0 01:00:00 %s\r\n",
        s->sessions);
    str_printf(&t[4], "! Command: show running-config\r\n%send\r\n", s->running);
    str_printf(&t[5], "! Command: show startup-config\r\n%send\r\n", s->startup);
    str_printf(&t[6], "%s\r\nTimezone: UTC\r\nClock source: local\r\n", s->clock);
    const char *const typed[] = {"show version",
                                 "show reload cause",
                                 "show interfaces status",
                                 "show ip bgp summary vrf all",
                                 "show running-config",
                                 "show startup-config",
                                 "show clock"};
    size_t n = 0;
    for (; n < sizeof typed / sizeof typed[0]; n++)
        rules[n] = (struct peer_rule){.typed = typed[n], .reply = str_cstr(&t[n])};
    rules[n++] = (struct peer_rule){.typed = "show bgp summary vrf all", .reply = "% Invalid input\r\n"};
    rules[n++] = (struct peer_rule){.typed = "show lldp neighbors", .reply = "% LLDP is not enabled\r\n"};
    rules[n++] =
        (struct peer_rule){.typed = "show lldp neighbors detail", .reply = "% LLDP is not enabled\r\n"};
    rules[n++] = (struct peer_rule){.typed = "exit", .next = "login"};
    rules[n++] = (struct peer_rule){.typed = "reload now", .next = "boot"};
}

/* The boot log takes a minute; afterwards the switch says what `after` holds. */
static void begin(struct scene *s, const struct said *before, const struct said *after)
{
    static const struct peer_rule login[] = {{.typed = "*", .next = "password"}, {0}};
    static const struct peer_rule password[] = {{.typed = "*", .next = "enable"}, {0}};
    static const struct peer_rule login2[] = {{.typed = "*", .next = "password2"}, {0}};
    static const struct peer_rule password2[] = {{.typed = "*", .next = "enable2"}, {0}};
    memset(s, 0, sizeof *s);
    world_init(&s->w);
    answers(s->before, s->texts[0], before);
    answers(s->after, s->texts[1], after);
    const struct peer_state states[] = {
        {.name = "login", .prompt = "\r\ntor01 login: ", .rules = login},
        {.name = "password", .prompt = "Password: ", .hidden = true, .rules = password},
        {.name = "enable", .prompt = "tor01#", .rules = s->before},
        {.name = "boot",
         .enter = PEER_10S "Aboot 6.1.0\r\n" PEER_10S "Booting flash:/EOS.swi\r\n" PEER_10S
                           "Starting new kernel\r\n" PEER_10S PEER_10S PEER_10S,
         .after = "login2",
         .after_ms = 10,
         .mute = true,
         .unsafe = true},
        {.name = "login2", .prompt = "\r\ntor01 login: ", .rules = login2},
        {0}};
    static struct peer_state all[8];
    memcpy(all, states, sizeof states);
    all[5] =
        (struct peer_state){.name = "password2", .prompt = "Password: ", .hidden = true, .rules = password2};
    all[6] = (struct peer_state){.name = "enable2", .prompt = "tor01#", .rules = s->after};
    all[7] = (struct peer_state){0};
    s->platform = *world_platform;
    desk_init(&s->d, all);
    dialect_free(s->d.dialect);
    s->d.dialect = NULL;
    s->d.options.dialect = &s->platform.dialect;
    if (!desk_login(&s->d))
        fail_msg("%s", s->d.e.msg);
    s->console.options.clock = &s->d.peer.clock;
    s->w.run.platform = &s->platform;
    s->w.run.session = s->d.session;
    s->w.run.session_options.console = &s->console;
    s->w.run.hooks = (struct run_hooks){.ctx = s, .note = hear_note};
    s->w.run.guard = (struct run_guard){.ctx = s, .permit = give_permit};
    s->w.switches[0].config.file = "tor01.conf";
    s->w.run.changed = true;
}

static void finish(struct scene *s)
{
    s->d.dialect = dialect_for_tests(); /* the desk frees one */
    desk_clear(&s->d);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 8; k++)
            str_clear(&s->texts[i][k]);
    str_clear(&s->notes);
    world_clear(&s->w);
}

static struct said restarted(void)
{
    struct said s = usual;
    s.uptime = "1 minute";
    s.reason = "Reload requested by the user.";
    return s;
}

static unsigned reloads(const struct scene *s)
{
    return (unsigned)peer_count(&s->d.peer, "enable|reload now");
}

/* What it ends in where the switch says `after` behind its restart. Words that the text must hold. */
static void judge(const struct said *before, const struct said *after, enum failure wanted, const char *words,
                  unsigned restarts)
{
    struct scene *s = calloc(1, sizeof *s);
    begin(s, before, after);
    struct verdict v = world_judge(&s->w, "reboot_verify");
    print_message("# %s\n", v.text);
    assert_int_equal(v.failure, wanted);
    assert_int_equal(v.kind, wanted ? VERDICT_FAIL : VERDICT_PASS);
    assert_non_null(strstr(v.text, words));
    assert_int_equal(reloads(s), restarts);
    finish(s);
    free(s);
}

static void a_restart_that_is_proven_passes_b57(void **state)
{
    (void)state;
    struct said after = restarted();
    judge(&usual, &after, FAILURE_NONE, "restarted (Reload requested by the user.)", 1);
}

static void a_login_prompt_alone_proves_no_restart_b57(void **state)
{
    (void)state;
    struct said after = restarted();
    after.uptime = "2 hours and 16 minutes";
    judge(&usual, &after, FAILURE_REBOOT_NOT_PROVEN, "up for 2 hours and 16 minutes", 1);
}

static void a_crash_or_a_pulled_cord_is_no_reload_b57(void **state)
{
    (void)state;
    struct said after = restarted();
    after.reason = "The system rebooted due to a Power Loss";
    judge(&usual, &after, FAILURE_REBOOT_NOT_PROVEN, "Power Loss", 1);
    after.reason = "The system rebooted due to a kernel crash.";
    judge(&usual, &after, FAILURE_REBOOT_NOT_PROVEN, "kernel crash", 1);
}

static void the_old_version_is_seen_b57(void **state)
{
    (void)state;
    struct said after = restarted();
    after.version = "4.27.0F";
    judge(&usual, &after, FAILURE_FIRMWARE_VERSION, "version 4.27.0F; before it ran 4.28.3M", 1);
}

static void another_serial_number_stops_b77(void **state)
{
    (void)state;
    struct said after = restarted();
    after.serial = "JPE00000099";
    judge(&usual, &after, FAILURE_IDENTITY_MISMATCH, "another switch stands here", 1);
}

static void what_is_not_saved_is_not_restarted_b47(void **state)
{
    (void)state;
    struct said before = usual, after = restarted();
    before.startup = "hostname tor01\r\n";
    judge(&before, &after, FAILURE_CONFIG_NOT_SAVED, "ntp server 192.0.2.1", 0);
}

static void a_configuration_that_was_lost_is_seen_b43(void **state)
{
    (void)state;
    struct said after = restarted();
    after.running = "hostname tor01\r\n";
    judge(&usual, &after, FAILURE_CONFIG_MISMATCH, "ntp server 192.0.2.1", 1);
    after = restarted();
    after.startup = "hostname tor01\r\nntp server 192.0.2.2\r\n";
    judge(&usual, &after, FAILURE_CONFIG_MISMATCH, "startup configuration is another", 1);
}

static void an_uplink_that_stays_down_is_seen_b59(void **state)
{
    (void)state;
    struct said after = restarted();
    after.links = "notconnect";
    judge(&usual, &after, FAILURE_UPLINKS_COUNT, "Ethernet49/1 was up before the restart and is down", 1);
}

static void a_session_that_stays_down_is_seen_b59(void **state)
{
    (void)state;
    struct said after = restarted();
    after.sessions = "Active";
    judge(&usual, &after, FAILURE_ROUTING_FAIL, "the session with 10.1.0.0", 1);
}

/* The first answers come from agents that are not up: they are asked again, in time. */
static void what_comes_up_late_is_waited_for_b59(void **state)
{
    (void)state;
    struct scene *s = calloc(1, sizeof *s);
    struct said after = restarted(), down = restarted();
    struct str late[8] = {0};
    struct peer_rule early[ANSWERS_MAX] = {0};
    begin(s, &usual, &after);
    down.links = "notconnect";
    answers(early, late, &down);
    size_t n = 0;
    while (s->after[n].typed)
        n++;
    memmove(s->after + 2, s->after, n * sizeof s->after[0]);
    s->after[0] =
        (struct peer_rule){.typed = "show interfaces status", .reply = "% Internal error\r\n", .times = 2};
    s->after[1] = early[2];
    s->after[1].times = 5;
    struct verdict v = world_judge(&s->w, "reboot_verify");
    print_message("# %s\n", v.text);
    assert_int_equal(v.kind, VERDICT_PASS);
    assert_true(peer_count(&s->d.peer, "enable2|show interfaces status") >= 8);
    for (size_t i = 0; i < 8; i++)
        str_clear(&late[i]);
    finish(s);
    free(s);
}

static void a_clock_that_was_never_set_is_noted_b74(void **state)
{
    (void)state;
    const char *const clocks[] = {"Thu Jan  1 00:03:12 1970", "Wed Nov  1 10:00:00 2017",
                                  "Tue Mar  3 09:12:44 2026"};
    for (size_t i = 0; i < 3; i++) {
        struct scene *s = calloc(1, sizeof *s);
        struct said after = restarted();
        after.clock = clocks[i];
        begin(s, &usual, &after);
        assert_int_equal(world_judge(&s->w, "reboot_verify").kind, VERDICT_PASS);
        assert_int_equal(strstr(str_cstr(&s->notes), "was never set") != NULL, i < 2);
        finish(s);
        free(s);
    }
}

/* Nothing that could have been lost: no plugin of the job changed anything. */
static void a_switch_that_was_not_changed_is_not_restarted(void **state)
{
    (void)state;
    const char *const says[] = {NULL, "when-changed", "never", "always"};
    for (size_t i = 0; i < 8; i++) {
        struct scene *s = calloc(1, sizeof *s);
        struct said after = restarted();
        begin(s, &usual, &after);
        s->w.run.changed = i >= 4;
        s->w.switches[0].reboot = says[i % 4];
        s->w.role.reboot =
            "never"; /* the switch's own word goes first; where it says nothing, its role's counts */
        bool wanted = i % 4 == 3 || i == 5;
        struct verdict v = world_judge(&s->w, "reboot_verify");
        assert_int_equal(v.kind, wanted ? VERDICT_PASS : VERDICT_SKIP);
        assert_int_equal(v.not_asked, !wanted);
        assert_int_equal(reloads(s), wanted);
        finish(s);
        free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_that_is_proven_passes_b57),
        cmocka_unit_test(a_login_prompt_alone_proves_no_restart_b57),
        cmocka_unit_test(a_crash_or_a_pulled_cord_is_no_reload_b57),
        cmocka_unit_test(the_old_version_is_seen_b57),
        cmocka_unit_test(another_serial_number_stops_b77),
        cmocka_unit_test(what_is_not_saved_is_not_restarted_b47),
        cmocka_unit_test(a_configuration_that_was_lost_is_seen_b43),
        cmocka_unit_test(an_uplink_that_stays_down_is_seen_b59),
        cmocka_unit_test(a_session_that_stays_down_is_seen_b59),
        cmocka_unit_test(what_comes_up_late_is_waited_for_b59),
        cmocka_unit_test(a_clock_that_was_never_set_is_noted_b74),
        cmocka_unit_test(a_switch_that_was_not_changed_is_not_restarted),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
