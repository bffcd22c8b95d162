#!/usr/bin/env bats
# A real OpenSSH as a console server: ForceCommand leads to a line; one TCP port a line, a name, or a menu. And dropbear, which
# passes "user:port" on as Opengear and Avocent do.
# needs: agetty login sshd ssh-keygen dropbear dropbearkey socat openssl ip sqlite3
load lab
load sshd

setup_file() {
    lab_begin
    line tor1 LAB0001
    line tor2 LAB0002
    line silent LAB0003
    end silent.getty
    sshd_start
    dropbear_start
    local at="address: 127.0.0.1" keys="host_keys: accept-new, known_hosts: $LAB/known"
    servers "  menu: {kind: lab_menu, $at, port: 13000, credential: oob, $keys}" \
        "  ports: {kind: lab_ports, $at, credential: key, $keys}" \
        "  names: {kind: lab_plus, $at, port: 13000, credential: key, $keys}" \
        "  colon: {kind: generic, $at, port: 13100, credential: oob, $keys}" \
        "  colon-key: {kind: generic, $at, port: 13100, credential: key, $keys}" \
        "  cut: {kind: generic, $at, port: 13000, credential: key, $keys}" \
        "  refused: {kind: lab_plus, $at, port: 13000, credential: wrong, $keys}"
}

setup() { cd "$LAB"; }

@test "OpenSSH, password, a menu before the line" {
    passes by-menu LAB0002 '{server: menu, port: 3}'
}

@test "OpenSSH, public key, one TCP port a line" {
    passes by-port LAB0001 '{server: ports, port: 1}'
}

@test "OpenSSH, public key, the line in the user name" {
    passes by-name LAB0002 '{server: names, port: tor2}'
}

@test "dropbear, password, user:port" {
    passes by-colon LAB0001 '{server: colon, port: tor1}'
}

@test "dropbear, public key, user:port" {
    passes by-colon-key LAB0002 '{server: colon-key, port: tor2}'
}

@test "a port that another session holds is CONSOLE_BUSY, and says who holds it" {
    exec 9<"$(readlink -f "$LAB/lines/tor1")"
    flock 9
    fails CONSOLE_BUSY busy LAB0001 '{server: names, port: tor1}'
    exec 9<&-
    [[ $(text_of busy) == *"held by operator"* ]]
}

@test "a wrong password for the console server is OOB_AUTH_FAIL, and nothing reaches the line" {
    before=$(typed tor1)
    fails OOB_AUTH_FAIL refused LAB0001 '{server: refused, port: tor1}'
    [ "$(typed tor1)" = "$before" ]
}

@test "the other switch answers: IDENTITY_MISMATCH" {
    fails IDENTITY_MISMATCH crossed LAB0001 '{server: ports, port: 2}'
}

@test "a line without a switch is CONSOLE_SILENT after a handful of carriage returns and one XON" {
    fails CONSOLE_SILENT silent LAB0003 '{server: names, port: silent}'
    [[ $(typed silent) =~ ^(0d){1,6}11(0d)*$ ]]
}

@test "OpenSSH cuts the name at the colon: the menu that stands there instead is left alone" {
    site cut LAB0001 '{server: cut, port: tor1}'
    torstarter_run cut
    [ "$status" = 1 ]
    [[ $(verdict cut) =~ ^(QUESTION_UNKNOWN|CONSOLE_SILENT)$ ]] || explain cut
}
