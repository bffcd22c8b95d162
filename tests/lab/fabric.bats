#!/usr/bin/env bats
# The platform cumulus_linux on real Linux, FRR and lldpd: a TOR with four uplinks to four spines, its login behind agetty on a paced
# line. LLDP tells the order, pings are packets as long as the MTU that may not be cut up, BGP is sessions. Cables are really swapped
# and cut.
# needs: agetty login openssl ip sqlite3 xxd /usr/lib/frr/zebra vtysh lldpd lldpcli ping sudo ethtool
load lab
load fabric

setup_file() {
    lab_begin
    fabric_accounts
    fabric_up
    cable tor -r 115200
    background tor.getty nsenter -t "$(node_pid tor)" -m -n -u -- bash "$root/tests/lab/switch.sh" "$LAB/tor.switch" tor LAB0101
    wait_until 60 routed 4
}

setup() {
    cd "$LAB"
    fabric_heal
}

@test "all checks pass over the console; psu, fan and light are skipped by name and not called passed" {
    mark tor
    fabric_passes cumulus
    local plugin
    for plugin in psu fan light; do
        [[ "$(step $plugin)" == SKIPPED* ]] || explain_steps
    done
    for plugin in identity asset uplinks connectivity; do
        [[ "$(step $plugin)" == PASSED* ]] || explain_steps
    done
    # What went over the wire was real: LLDP's own names, the reply to a packet of 9216 bytes, none of them cut up.
    heard tor | grep -q '"value": "spine-4"'
    heard tor | grep -q '9196 bytes from 10.1.0.6: icmp_seq=5'
    typed tor | xxd -r -p | grep -q 'ping -n -c 5 -i 0.2 -W 2 -M do -s 9188 -I swp52 10.1.0.6'
    # What the account may not do itself was asked by sudo.
    heard tor | grep -q 'lldpcli: .*not found\|lldpcli: Permission denied'
    typed tor | xxd -r -p | grep -q 'sudo -n lldpcli -f json0 show neighbors'
}

@test "root needs no sudo" {
    mark tor
    fabric_passes root
    ! typed tor | xxd -r -p | grep -q 'sudo -n lldpcli'
}

@test "an account without sudo is refused what it asks, and no password is ever asked for" {
    mark tor
    fabric_site guest
    run_fabric fabric
    [ "$status" = 1 ] && [ "$(verdict tor)" = COMMAND_REJECTED ] || explain tor
    heard tor | grep -q 'sudo: a password is required'
    ! heard tor | grep -q '\[sudo\] password'
}

@test "the factory's account, whose password must be changed first: LOGIN_POLICY, and it keeps its password" {
    fabric_site factory
    run_fabric cables
    [ "$status" = 1 ] && [ "$(verdict tor)" = LOGIN_POLICY ] || explain tor
    grep -q '^factory:[^:]*:0:' /etc/shadow
}

@test "another machine behind the console: IDENTITY_MISMATCH" {
    SERIAL=LAB0102 fabric_site cumulus
    run_fabric cables
    [ "$status" = 1 ] && [ "$(verdict tor)" = IDENTITY_MISMATCH ] || explain tor
}

@test "BGP's sessions are read: three numbered, one by its interface's name, each with a prefix" {
    run bgp
    echo "$output"
    [ "$status" = 0 ] && [ "$(grep -c '"state":"established"' <<<"$output")" = 4 ]
    local n
    for n in 1 2 3; do
        grep -q "\"neighbor\":\"10.1.0.$((2 * n - 2))\",\"as\":\"6500$n\",.*\"prefixes_received\":\"1\"" <<<"$output"
    done
    grep -q '"neighbor":"swp52","as":"65004",.*"prefixes_received":"1"' <<<"$output"
}

@test "two cables swapped: UPLINKS_ORDER names the swap, and BGP's sessions are down; swapped back, all is well" {
    cabled 1 2
    cabled 2 1
    wait_until 30 sees 2 1 3 4
    fabric_fails UPLINKS_ORDER cables 'swap the cables of swp49 and swp50'
    wait_until 30 down 10.1.0.0
    cabled 1 1
    cabled 2 2
    wait_until 30 sees 1 2 3 4
    wait_until 60 routed 4
    fabric_passes cumulus cables
}

@test "a cable cut: UPLINKS_COUNT" {
    in_node spine-4 ip link set swp3 down
    wait_until 10 carrier 4 DOWN
    fabric_fails UPLINKS_COUNT cables '3 of 4 uplinks are up; swp52 is'
    in_node spine-4 ip link set swp3 up
}

@test "a port that somebody shut: UPLINKS_COUNT" {
    in_node tor ip link set swp50 down
    fabric_fails UPLINKS_COUNT cables '3 of 4 uplinks are up; swp50 is'
    in_node tor ip link set swp50 up
}

@test "one spine is silent: NEIGHBORS_UNAVAILABLE names the uplink" {
    lldp_stop spine-3
    wait_until 30 sees 1 2 - 4
    fabric_fails NEIGHBORS_UNAVAILABLE cables 'swp51 is up but shows no neighbour'
}

@test "LLDP stopped on the TOR: NEIGHBORS_UNAVAILABLE, not UPLINKS_COUNT" {
    lldp_stop tor
    fabric_fails NEIGHBORS_UNAVAILABLE cables 'unable to connect to socket'
}

@test "lldpd killed, its socket left behind: NEIGHBORS_UNAVAILABLE" {
    lldp_stop tor KILL
    fabric_fails NEIGHBORS_UNAVAILABLE cables 'Connection refused'
}

@test "a spine with a smaller MTU: only long packets are lost, and the verdict says so" {
    cabled 2 2 1500
    wait_until 30 sees 1 2 3 4
    fabric_fails CONNECTIVITY_FAIL fabric 'packets of 9216 bytes; short ones pass'
    cabled 2 2
}

@test "a gateway without its address: CONNECTIVITY_FAIL names the uplink" {
    in_node spine-1 ip addr del 10.1.0.0/31 dev swp3
    fabric_fails CONNECTIVITY_FAIL fabric 'swp49: 0 of 5 answers from gateway 10.1.0.0'
    in_node spine-1 ip addr add 10.1.0.0/31 dev swp3
}

@test "every way of asking is read: the real answers of this machine, through the platform's readers" {
    local query
    for query in interfaces:'ip -j link show' last_boot:uptime running_config:"vtysh -c 'show running-config'" version#2:'cat /etc/os-release'; do
        in_node tor sh -c "${query#*:}" | read_as "${query%%:*}" || { echo "${query%%:*} is not read"; return 1; }
    done
}
