#!/usr/bin/env bats
# A real ser2net: raw TCP, telnet with a banner, RFC 2217, contention, kickolduser.
# needs: agetty login ser2net openssl ip sqlite3 socat
load lab
load ser2net

setup_file() {
    lab_begin
    line tor1 LAB0001
    line tor2 LAB0002
    line kicked LAB0003
    line slow LAB0004
    ser2net_port raw tcp,127.0.0.1,14001 tor1
    ser2net_port telnet telnet,tcp,127.0.0.1,14002 tor1 'banner: "\r\nser2net port \\p device \\d [\\B]\r\n"' "telnet-brk-on-sync: true"
    ser2net_port rfc2217 'telnet(rfc2217),tcp,127.0.0.1,14003' tor2 "signature: lab"
    ser2net_port kick telnet,tcp,127.0.0.1,14005 kicked "kickolduser: true"
    ser2net_port alone telnet,tcp,127.0.0.1,14006 slow
    ser2net_start 14006
}

setup() { cd "$LAB"; }

@test "raw TCP: no protocol at all" {
    passes raw LAB0001 tcp://127.0.0.1:14001
}

@test "telnet: a banner, options, and a carriage return that counts as one key" {
    passes telnet LAB0001 telnet://127.0.0.1:14002
    # A second key would be an empty user name: agetty would ask again.
    [ "$(heard tor1 | grep -c 'Login incorrect')" = 0 ]
    run ! grep -q 0d0a <<<"$(typed tor1)"
    run ! grep -q 00 <<<"$(typed tor1 | sed 's/../&\n/g')"
}

@test "RFC 2217: the port's speed is set for the session, and confirmed" {
    passes rfc2217 LAB0002 'rfc2217://127.0.0.1:14003?baud=115200'
}

@test "RFC 2217: the same line through plain telnet" {
    passes rfc2217-as-telnet LAB0002 telnet://127.0.0.1:14003
}

@test "one holds the port: the second is told so, CONSOLE_BUSY" {
    background holder socat -u TCP:127.0.0.1:14006 OPEN:/dev/null
    wait_until 10 connected 14006
    fails CONSOLE_BUSY busy LAB0004 'telnet://127.0.0.1:14006?kind=ser2net'
    end holder
}

@test "another port of the same line: CONSOLE_BUSY" {
    background holder socat -u TCP:127.0.0.1:14002 OPEN:/dev/null
    wait_until 10 connected 14002
    fails CONSOLE_BUSY busy-device LAB0001 'tcp://127.0.0.1:14001?kind=ser2net'
    end holder
}

@test "kickolduser: who is thrown out in mid-session ends in CONSOLE_LOST, never PASSED" {
    site kicked LAB0003 telnet://127.0.0.1:14005
    "$TORSTARTER" run lab kicked --path "$root/tests/lab" --site kicked.yaml >kicked.out 2>&1 3>&- &
    job=$!
    wait_until 20 typed_something kicked
    socat -u TCP:127.0.0.1:14005,shut-none OPEN:/dev/null 3>&- &
    intruder=$!
    status=0
    wait $job || status=$?
    kill $intruder
    cat kicked.out
    [ $status = 1 ]
    [ "$(verdict kicked)" = CONSOLE_LOST ] || explain kicked
}

connected() { ss -Htn state established "sport = :$1" | grep -q .; }
typed_something() { [ -n "$(typed "$1")" ]; }
