#!/usr/bin/env bats
# A line that garbles bits as a UART at the wrong speed does, behind ser2net with RFC 2217 and as a serial port of our own.
# needs: agetty login ser2net openssl ip sqlite3 socat picocom fuser
load lab
load ser2net

setup_file() {
    lab_begin
    local name number=0
    for name in remote probed local own; do
        number=$((number + 1))
        cable $name -m
        switch $name LAB000$number 9600
    done
    # The ports are set to 115200 while the switches speak 9600.
    ser2net_port remote 'telnet(rfc2217),tcp,127.0.0.1,14011' remote
    ser2net_port probed 'telnet(rfc2217),tcp,127.0.0.1,14012' probed
    ser2net_start 14012
}

setup() { cd "$LAB"; }

@test "RFC 2217 with the right speed: the port's own wrong one does not matter" {
    passes remote LAB0001 '{uri: "rfc2217://127.0.0.1:14011?baud=9600", baud: 9600}'
}

@test "RFC 2217 with the wrong speed: never PASSED, no user name and no password is typed" {
    mark remote
    site remote LAB0001 '{uri: "rfc2217://127.0.0.1:14011?baud=115200", baud: 115200}'
    torstarter_run remote
    [ "$status" = 1 ]
    [[ $(verdict remote) =~ ^CONSOLE_(GARBLED|SILENT)$ ]] || explain remote
    [[ $(typed remote) =~ ^(0d)*(11)?(0d)*$ ]]
}

@test "serial, 9600 baud" {
    passes local LAB0003 "{uri: \"serial:$LAB/local.console?baud=9600\", baud: 9600}"
}

@test "serial at the wrong speed: never PASSED, and nothing but the wake-up is typed" {
    site own LAB0004 "{uri: \"serial:$LAB/own.console?baud=115200\", baud: 115200}"
    torstarter_run own
    [ "$status" = 1 ]
    [[ $(verdict own) =~ ^CONSOLE_(GARBLED|SILENT)$ ]] || explain own
    # A carriage return at the wrong speed arrives as garbage, and agetty may take it for a user name: so there must be few.
    [[ $(typed own) =~ ^(0d){0,6}(11)?(0d)*$ ]]
}

@test "RFC 2217, the wrong speed and a switch that speaks: found by listening, told as drift, nothing typed at the wrong one" {
    site probed LAB0002 '{uri: "rfc2217://127.0.0.1:14012?baud=115200", baud: 115200}'
    mark probed
    "$TORSTARTER" run lab probed --path "$root/tests/lab" --site probed.yaml >probed.out 2>&1 3>&- &
    job=$!
    wait_until 10 fuser -s "$(readlink probed.console)"
    # The switch prints its prompt while somebody listens at the wrong speed.
    end probed.getty
    switch probed LAB0002 9600
    wait $job || true
    cat probed.out
    [ "$(verdict probed)" = PASSED ] || explain probed
    grep -q '9600 baud' probed.out
}

@test "a line that picocom has open is CONSOLE_BUSY: it holds flock on the port" {
    background holder socat PTY,raw,echo=0 "EXEC:picocom -q -b 9600 $(readlink "$LAB/local.console"),pty"
    wait_until 10 locked local
    fails CONSOLE_BUSY local LAB0003 "{uri: \"serial:$LAB/local.console?baud=9600\", baud: 9600}"
    end holder
}

locked() { ! flock -n "$(readlink "$LAB/$1.console")" true; }
