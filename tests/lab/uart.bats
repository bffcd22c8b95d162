#!/usr/bin/env bats
# A line that garbles bits as a UART at the wrong speed does, behind ser2net with RFC 2217 and as a serial port of our own.
# needs: agetty login ser2net openssl ip sqlite3 socat picocom
load lab

setup_file() {
    lab_begin
    local name number=0
    for name in remote probed local own; do
        number=$((number + 1))
        cable $name -m
        switch $name LAB000$number 9600
    done
    {
        echo "%YAML 1.1"
        echo "---"
        port remote 14011
        port probed 14012
    } >"$LAB/ser2net.yaml"
    background ser2net ser2net -n -d -u -c "$LAB/ser2net.yaml"
    wait_until 10 listens 14012
}

port() { # port LINE TCP-PORT: a port configured for 115200 while the switch speaks 9600
    echo "connection: &$1"
    echo "    accepter: telnet(rfc2217),tcp,127.0.0.1,$2"
    echo "    connector: serialdev,$(readlink "$LAB/$1.console"),115200n81,local"
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

@test "a line that picocom has open is CONSOLE_BUSY: it holds flock on the port" {
    background holder socat PTY "EXEC:picocom -q -b 9600 $(readlink "$LAB/local.console"),pty"
    wait_until 10 locked local
    fails CONSOLE_BUSY local LAB0003 "{uri: \"serial:$LAB/local.console?baud=9600\", baud: 9600}"
    end holder
}

locked() { ! flock -n "$(readlink "$LAB/$1.console")" true; }
