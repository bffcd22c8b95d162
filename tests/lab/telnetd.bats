#!/usr/bin/env bats
# inetutils' telnetd: it sends not one byte of its login before every option it asked about is answered. The strict extreme;
# ser2net, which serves whoever never answers, is the other.
# needs: agetty login socat /usr/sbin/telnetd openssl ip sqlite3
load lab

setup_file() {
    lab_begin
    # telnetd runs login(1) itself; what the switch says of itself lies in this namespace's own /etc.
    printf 'Model: lab\nSerial: LAB0001\nVersion: %s\nend\n' "$(uname -r)" >/etc/switch
    background telnetd socat TCP-LISTEN:14230,bind=127.0.0.1,reuseaddr,fork "EXEC:$(command -v telnetd || echo /usr/sbin/telnetd),nofork"
    wait_until 10 listens 14230
}

setup() { cd "$LAB"; }

@test "a telnetd that says nothing until every option is answered" {
    passes strict LAB0001 telnet://127.0.0.1:14230
}

@test "the same server, raw TCP: it stays silent, and no telnet option is mistaken for a prompt" {
    site raw LAB0001 tcp://127.0.0.1:14230
    torstarter_run raw
    [ "$status" = 1 ]
    [[ $(verdict raw) =~ ^CONSOLE_(SILENT|GARBLED)$ ]] || explain raw
}

# The shell of a terminal without a size scrolls a long line sideways ("\r<erial …"): its echo could not be proven.
@test "a command longer than 80 columns: the server is told that our terminal is wide" {
    PLATFORM=lab_wide passes wide LAB0001 telnet://127.0.0.1:14230
}
