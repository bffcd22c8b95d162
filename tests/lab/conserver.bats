#!/usr/bin/env bats
# A real conserver, reached as sites reach it: OpenSSH whose ForceCommand is console(1). And ConMan's client the same way.
# needs: agetty login conserver console conmand conman sshd ssh-keygen openssl ip sqlite3 socat
load lab
load sshd
load conserver

setup_file() {
    lab_begin
    line tor1 LAB0001
    line tor2 LAB0002
    conserver_start tor1
    conman_start tor2
    sshd_start
    local at="address: 127.0.0.1, port: 13000, credential" keys="host_keys: accept-new, known_hosts: $LAB/known"
    servers "  conserver: {kind: lab_conserver, $at: noc, $keys}" "  conman: {kind: lab_conman, $at: ops, $keys}"
}

setup() { cd "$LAB"; }

@test "conserver behind ssh: attached, told apart from the switch, detached" {
    passes by-conserver LAB0001 '{server: conserver, port: tor1}'
}

@test "conserver: a console that somebody else holds read-write is CONSOLE_BUSY with the holder" {
    background holder socat PTY,raw,echo=0 "EXEC:console -C $LAB/console.cf -M 127.0.0.1 -p 17820 -l alice tor1,pty"
    wait_until 10 eval "console -C $LAB/console.cf -M 127.0.0.1 -p 17820 -w 2>&1 | grep -q alice"
    fails CONSOLE_BUSY held LAB0001 '{server: conserver, port: tor1}'
    end holder
    [[ $(text_of held) == *alice* ]]
}

@test "conserver: a console it does not know: no login is tried" {
    site unknown LAB0001 '{server: conserver, port: tor9}'
    torstarter_run unknown
    [ "$status" = 1 ]
    [[ $(verdict unknown) =~ ^(OOB_CONNECT_FAIL|CONSOLE_LOST)$ ]] || explain unknown
    [ "$(sql "SELECT COUNT(*) FROM log_event JOIN switch_job USING (job) WHERE switch = 'unknown' AND kind = 'password'")" = 0 ]
}

@test "ConMan behind ssh" {
    passes by-conman LAB0002 '{server: conman, port: tor2}'
}

@test "ConMan: a console that somebody else has open is CONSOLE_BUSY" {
    background holder socat PTY,raw,echo=0 "EXEC:conman -d 127.0.0.1\:17890 tor2,pty"
    wait_until 10 eval "ss -Htn state established 'sport = :17890' | grep -q ."
    fails CONSOLE_BUSY open-elsewhere LAB0002 '{server: conman, port: tor2}'
    end holder
}
