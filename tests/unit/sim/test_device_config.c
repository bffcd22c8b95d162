#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "helpers/support_play.h"

#define EOS   "fixtures/arista_eos/device.yaml"
#define SETOS "tests/data/sim/candidate.yaml"

static void configure(struct play *p)
{
    play_type(p, "configure session torstarter");
    play_type(p, "hostname new");
    play_type(p, "interface Ethernet49/1");
    play_type(p, "no switchport");
    play_type(p, "ip address 10.9.9.1/31");
    play_type(p, "router bgp 65001");
    play_type(p, "neighbor 10.9.9.0 remote-as 65000");
}

static void prompts_follow_session_and_block(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "{}");
    play_log_in(&p, "pw");
    play_expect(&p, "configure session torstarter", "\r\ntor-1(config-s-torsta)#");
    play_expect(&p, "interface Ethernet49/1", "\r\ntor-1(config-s-torsta-if-Et49/1)#");
    play_expect(&p, "vlan 7", "\r\ntor-1(config-s-torsta-vlan)#");
    play_expect(&p, "ntp server 10.0.0.1", "\r\ntor-1(config-s-torsta)#"); /* of the outermost block */
    play_type(&p, "vlan 7");
    play_expect(&p, "exit", "\r\ntor-1(config-s-torsta)#");
    play_expect(&p, "exit", "\r\ntor-1#");
    play_expect(&p, "configure terminal", "\r\ntor-1(config)#");
    play_expect(&p, "hostname other", "\r\nother(config)#");
    play_close(&p);
}

static void a_line_is_refused_by_itself(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "state: {rejects: 'mtu 9999'}\n");
    play_log_in(&p, "pw");
    play_type(&p, "configure terminal");
    play_expect(&p, "frobnicate", "frobnicate\r\n% Invalid input\r\ntor-1(config)#");
    play_expect(&p, "ip address 10.0.0.1/31", "% Invalid input"); /* in no interface */
    play_type(&p, "interface Ethernet1");
    play_expect(&p, "mtu 9999", "% Invalid input");
    play_expect(&p, "mtu 9214", "mtu 9214\r\ntor-1(config-if-Et1)#");
    play_expect(&p, "no frobnicate", "% Invalid input");
    play_expect(&p, "no mtu", "no mtu\r\ntor-1(config-if-Et1)#");
    assert_string_equal(str_cstr(&p.changes), "interface Ethernet1\nmtu 9214\nno mtu\n");
    play_close(&p);
}

static void nothing_runs_before_the_commit(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "state: {config: factory}\n");
    play_log_in(&p, NULL);
    configure(&p);
    assert_null(strstr(play_ask(&p, "show running-config"), "10.9.9.1"));
    play_expect(&p, "show session-config diffs", "+   ip address 10.9.9.1/31\r\n");
    play_expect(&p, "abort", "\r\nlocalhost#");
    assert_null(strstr(play_ask(&p, "show configuration sessions"), "torstarter"));
    play_close(&p);
}

static void a_timer_brings_the_old_configuration_back(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "state: {config: factory}\n");
    play_log_in(&p, NULL);
    configure(&p);
    play_expect(&p, "commit timer 00:05:00", "\r\nnew#");
    play_expect(&p, "show running-config", "hostname new\r\n");
    play_expect(&p, "show configuration sessions", "torstarter pendingCommitTimer");
    play_wait(&p, 296);
    play_expect(&p, "", "new#");
    play_wait(&p, 4);
    play_expect(&p, "", "localhost#");
    assert_null(strstr(play_ask(&p, "show running-config"), "10.9.9.1"));
    play_close(&p);
}

static void a_confirmed_commit_stays(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "state: {config: factory}\n");
    play_log_in(&p, NULL);
    configure(&p);
    play_type(&p, "commit timer 00:05:00");
    play_type(&p, "configure session torstarter commit");
    play_wait(&p, 600);
    play_expect(&p, "", "new#");
    play_close(&p);
}

static void an_aborted_commit_goes_at_once_unless_it_cannot(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "state: {config: factory}\n");
    play_log_in(&p, NULL);
    configure(&p);
    play_type(&p, "commit timer 00:05:00");
    play_expect(&p, "configure session torstarter abort", "\r\nlocalhost#");
    play_close(&p);
    play_open(&p, EOS, "state: {config: factory, rollback: refused}\n");
    play_log_in(&p, NULL);
    configure(&p);
    play_type(&p, "commit timer 00:05:00");
    play_expect(&p, "configure session torstarter abort", "% Failed to roll back");
    play_close(&p);
}

static void pings_and_neighbours_follow_the_configuration(void **state)
{
    static const char ping[] = "ping 10.9.9.0 source Ethernet49/1 repeat 5 timeout 2",
                      bgp[] = "show bgp summary vrf all";
    (void)state;
    struct play p;
    play_open(&p, EOS, "state: {config: factory}\n");
    play_log_in(&p, NULL);
    play_expect(&p, ping, "does not have an IP address");
    play_expect(&p, bgp, "BGP inactive");
    configure(&p);
    play_type(&p, "commit");
    play_expect(&p, ping, "from 10.9.9.1 : 72(100) bytes of data");
    play_expect(&p, bgp, "10.9.9.0         65000 Active ");
    play_wait(&p, 15);
    play_expect(&p, bgp, "10.9.9.0         65000 Established ");
    play_type(&p, "configure terminal");
    play_type(&p, "interface Ethernet49/1");
    play_type(&p, "no ip address");
    play_type(&p, "end");
    play_expect(&p, ping, "does not have an IP address");
    play_close(&p);
}

static void a_save_can_lie_or_fail(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "state: {save: ignored}\n");
    play_log_in(&p, "pw");
    play_type(&p, "configure terminal");
    play_type(&p, "hostname new");
    play_type(&p, "end");
    play_expect(&p, "write memory", "Copy completed successfully.");
    play_expect(&p, "show startup-config", "hostname tor-1\r\n");
    play_close(&p);
    play_open(&p, EOS, "state: {save: refused}\n");
    play_log_in(&p, "pw");
    play_expect(&p, "write memory", "No space left on device");
    play_close(&p);
}

static void a_factory_switch_wants_no_password_until_it_is_configured(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "state: {config: factory}\n");
    play_expect(&p, "admin", "\r\nlocalhost>");
    play_type(&p, "enable");
    play_type(&p, "configure terminal");
    play_type(&p, "username admin privilege 15 secret sha512 hash");
    play_type(&p, "end");
    play_type(&p, "exit");
    play_expect(&p, "admin", "Password: ");
    play_expect(&p, "pw", "\r\nlocalhost>");
    play_close(&p);
}

/* As on a switch: a port is there whatever is taken off it. */
static void a_port_outlives_its_configuration(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "state: {config: factory}");
    play_log_in(&p, NULL);
    play_type(&p, "configure terminal");
    play_type(&p, "interface Ethernet49/1");
    play_type(&p, "ip address 10.9.9.1/31");
    play_expect(&p, "show running-config", "interface Ethernet49/1\r\n   ip address 10.9.9.1/31\r\n");
    play_type(&p, "default interface Ethernet49/1");
    play_type(&p, "end");
    const char *running = play_ask(&p, "show running-config");
    assert_null(strstr(running, "10.9.9.1"));
    assert_non_null(strstr(running, "interface Ethernet48\r\n"));
    assert_non_null(strstr(running, "interface Ethernet49/1\r\n"));
    assert_non_null(strstr(running, "interface Ethernet50/1\r\n"));
    play_close(&p);
}

static void neighbours_settle_as_fast_as_the_scenario_says(void **state)
{
    (void)state;
    static const struct {
        long speed, after_s;
        const char *says;
    } cases[] = {{1, 10, " Active "}, {1, 20, " Established "}, {60, 1, " Established "}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct play p;
        play_open(&p, EOS, "state: {config: factory}");
        p.setup.speed = cases[i].speed;
        play_log_in(&p, NULL);
        play_type(&p, "configure terminal");
        play_type(&p, "router bgp 65001");
        play_type(&p, "neighbor 10.9.9.0 remote-as 65000");
        play_wait(&p, cases[i].after_s);
        play_expect(&p, "show bgp summary vrf all", cases[i].says);
        play_close(&p);
    }
}

static void sessions_of_others_are_listed(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "state: {sessions: {somebody: factory.cfg}}\n");
    play_log_in(&p, "pw");
    play_expect(&p, "show configuration sessions", "  somebody   pending ");
    play_close(&p);
}

static void a_candidate_waits_for_its_commit(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, SETOS, "{}");
    play_type(&p, "admin");
    play_type(&p, "pw");
    play_expect(&p, "show state", "factory, settled");
    play_type(&p, "configure");
    play_expect(&p, "set system host-name core", "\r\n[edit]\r\nadmin@amnesiac# ");
    play_expect(&p, "delete interfaces ge-0/0/0", "# ");
    play_expect(&p, "set vlans bad", "syntax error.");
    play_expect(&p, "set nonsense", "unknown command.");
    play_expect(&p, "show compare",
                "-set system host-name amnesiac\r\n-set interfaces ge-0/0/0 mtu 1500\r\n+set system "
                "host-name core\r\n");
    play_expect(&p, "commit confirmed 5", "commit complete\r\n[edit]\r\nadmin@core# ");
    play_wait(&p, 300);
    play_expect(&p, "", "admin@amnesiac# ");
    play_expect(&p, "rollback 1", "load complete");
    play_type(&p, "commit confirmed 5");
    play_expect(&p, "commit", "commit complete");
    play_wait(&p, 600);
    play_expect(&p, "", "admin@core# ");
    play_close(&p);
}

static void lines_are_pasted_until_ctrl_d(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, SETOS, "{}");
    play_type(&p, "admin");
    play_type(&p, "pw");
    play_type(&p, "configure");
    play_expect(&p, "load set terminal", "to end input]\r\n");
    assert_string_equal(play_ask(&p, "set system host-name a"), "set system host-name a\r\n");
    play_expect(&p, "nonsense", "unknown command.");
    str_reset(&p.said);
    play_key(&p, 0x04);
    assert_string_equal(str_cstr(&p.said), "load complete\r\n[edit]\r\nadmin@amnesiac# ");
    play_expect(&p, "show compare", "+set system host-name a\r\n");
    assert_string_equal(str_cstr(&p.changes), "load set terminal\nset system host-name a\nnonsense\n");
    play_close(&p);
}

static void a_text_of_many_lines_ends_where_it_says(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, SETOS, "{}");
    play_type(&p, "admin");
    play_type(&p, "pw");
    play_type(&p, "configure");
    play_type(&p, "set system motd END");
    play_expect(&p, "commit", "# "); /* a line of the text, no command */
    play_type(&p, "END");
    play_expect(&p, "nonsense", "unknown command.");
    play_expect(&p, "show compare", "+set system motd END\r\n+commit\r\n+END\r\n");
    play_close(&p);
}

static void shell_commands_edit_slots_by_path(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, SETOS, "{}");
    play_type(&p, "admin");
    play_type(&p, "pw");
    play_type(&p, "ip address add 10.0.0.1/31 dev swp1");
    play_type(&p, "ip address add 2001:db8::1/64 dev swp2");
    assert_string_equal(play_ask(&p, "show kernel"),
                        "show kernel\r\nswp1    |  31|10.0\r\nswp2    |  64|2001\r\nend\r\nadmin@amnesiac> ");
    play_type(&p, "ip address del 10.0.0.1/31 dev swp1");
    play_expect(&p, "ip address del 10.0.0.1/31 dev swp1", "Cannot assign");
    play_expect(&p, "show kernel", "show kernel\r\nswp2    |  64|2001\r\nend");
    play_close(&p);
}

/* Without waiting for the prompt, what does not fit into the buffer while a line is worked on is gone. */
static void a_paste_without_pacing_loses_bytes(void **state)
{
    static const char lines[] = "set interfaces a mtu 1\rset interfaces b mtu 2\rset interfaces c mtu 3\r";
    (void)state;
    struct play p;
    play_open(&p, SETOS, "{}");
    play_type(&p, "admin");
    play_type(&p, "pw");
    play_type(&p, "configure");
    device_type(p.device, lines, sizeof lines - 1, p.now_us, &p.said);
    play_wait(&p, 1);
    assert_int_equal(device_counts(p.device)->lost_bytes, sizeof lines - 1 - 23 - 20);
    play_key(&p, 0x15);
    assert_null(strstr(play_ask(&p, "show compare"), "set interfaces c mtu 3"));
    play_expect(&p, "set interfaces d mtu 4", "# "); /* one by one they all arrive */
    play_expect(&p, "show compare", "+set interfaces d mtu 4\r\n");
    play_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prompts_follow_session_and_block),
        cmocka_unit_test(a_line_is_refused_by_itself),
        cmocka_unit_test(nothing_runs_before_the_commit),
        cmocka_unit_test(a_timer_brings_the_old_configuration_back),
        cmocka_unit_test(a_confirmed_commit_stays),
        cmocka_unit_test(an_aborted_commit_goes_at_once_unless_it_cannot),
        cmocka_unit_test(pings_and_neighbours_follow_the_configuration),
        cmocka_unit_test(a_save_can_lie_or_fail),
        cmocka_unit_test(a_factory_switch_wants_no_password_until_it_is_configured),
        cmocka_unit_test(a_port_outlives_its_configuration),
        cmocka_unit_test(neighbours_settle_as_fast_as_the_scenario_says),
        cmocka_unit_test(sessions_of_others_are_listed),
        cmocka_unit_test(a_candidate_waits_for_its_commit),
        cmocka_unit_test(lines_are_pasted_until_ctrl_d),
        cmocka_unit_test(a_text_of_many_lines_ends_where_it_says),
        cmocka_unit_test(shell_commands_edit_slots_by_path),
        cmocka_unit_test(a_paste_without_pacing_loses_bytes),
    };
    return cmocka_run_group_tests_name("sim: configurations of a switch", tests, NULL, NULL);
}
