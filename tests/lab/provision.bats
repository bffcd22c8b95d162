#!/usr/bin/env bats
# A real machine is provisioned: Linux with FRR and lldpd in qemu, a TOR with uplinks to two real spines, over its serial console. It is
# configured by a paste into vtysh, saved, and really rebooted. All tests are one machine's story.
# needs: qemu-system-x86_64 kernel modules /bin/busybox cpio mke2fs agetty login sudo openssl ip sqlite3 xxd socat fuser /usr/lib/frr/zebra vtysh lldpd lldpcli ping ethtool
load lab
load qemu
load fabric
load provision

setup_file() {
    lab_begin
    cable tor -r 115200
    bash "$root/tests/lab/tor.sh" "$LAB/tor" "$SWITCH_PASSWORD" >"$LAB/tor.sh.log" 2>&1 || { cat "$LAB/tor.sh.log"; return 1; }
    spines_up
    tor_power_on
    wait_until 180 login_prompts 1
    wait_until 60 spines_seen
    tor_site
}

setup() { cd "$LAB"; }

@test "from the factory to ready: configured, BGP with both spines, saved, rebooted, proven" {
    mark tor
    tor_passes
    nothing_typed_after_reboot
    heard tor | grep -aq 'reboot: Restarting system'
    established 2
    local plugin
    for plugin in psu fan light; do
        [[ "$(step $plugin)" == SKIPPED* ]] || explain_steps
    done
    for plugin in guard uplink_address connectivity config routing reboot_verify; do
        [[ "$(step $plugin)" == PASSED* ]] || explain_steps
    done
}

@test "a second time: nothing is changed, and no changing command is typed" {
    mark tor
    tor_passes
    ! lines_typed | grep -E 'configure terminal|write memory|reboot|sudo -n vtysh$|ip (address|link) (replace|del|set)'
    [[ "$(step config)" == *'runs already, and is saved'* ]] || explain_steps
}
