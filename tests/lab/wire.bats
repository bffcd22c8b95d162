#!/usr/bin/env bats
# conserver and ConMan spoken to in their own protocols, by the drivers that torstarter brings: no client of theirs in between.
# needs: agetty login conserver console conmand conman /usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1 openssl ip sqlite3 socat
load lab
load conserver

setup_file() {
    lab_begin
    line tor1 LAB0001
    line tor2 LAB0002
    conserver_start tor1 allowed
    conman_start tor2
    local at="address: 127.0.0.1, port"
    servers "  conserver: {kind: conserver, $at: 17820, credential: oob}" \
        "  refused: {kind: conserver, $at: 17820, credential: wrong-oob}" \
        "  conman: {kind: conman, $at: 17890, credential: oob}"
}

# ask PORT COMMAND: logs in on a new connection (descriptor 7) and leaves the last $answer.
ask() {
    exec 7<>"/dev/tcp/127.0.0.1/$1"
    read -r -t 5 answer <&7
    printf 'login net\r\n' >&7
    read -r -t 5 answer <&7
    printf '%s\r\n' "$OOB_PASSWORD" >&7
    read -r -t 5 answer <&7
    printf '%s\r\n' "$2" >&7
    read -r -t 5 answer <&7
    answer=${answer%$'\r'}
}

setup() { cd "$LAB"; }

@test "conserver's own protocol: login, redirected to the port of its process, connected" {
    passes wire LAB0001 '{server: conserver, port: tor1}'
}

@test "conserver: a second job right behind the first" {
    passes wire LAB0001 '{server: conserver, port: tor1}'
}

@test "conserver refuses the password: OOB_AUTH_FAIL, and nothing reaches the line" {
    mark tor1
    fails OOB_AUTH_FAIL refused LAB0001 '{server: refused, port: tor1}'
    [ -z "$(typed tor1)" ]
}

@test "conserver knows no such console: OOB_CONNECT_FAIL with its words" {
    fails OOB_CONNECT_FAIL unknown LAB0001 '{server: conserver, port: tor9}'
    [[ $(text_of unknown) == *"not found"* ]]
}

@test "conserver: somebody else has the console read-write: CONSOLE_BUSY, and not a byte is typed" {
    ask 17820 "call tor1"
    port=$answer
    exec 7>&-
    ask "$port" "call tor1"
    [[ $answer == *attached* ]]
    mark tor1
    fails CONSOLE_BUSY held LAB0001 '{server: conserver, port: tor1}'
    exec 7>&-
    [ -z "$(typed tor1)" ]
}

@test "ConMan's own protocol" {
    passes by-conman LAB0002 '{server: conman, port: tor2}'
}

@test "ConMan: somebody else has the console open: CONSOLE_BUSY with the holder, and not a byte is typed" {
    background holder socat PTY,raw,echo=0 "EXEC:conman -d 127.0.0.1\:17890 tor2,pty"
    wait_until 10 eval "ss -Htn state established 'sport = :17890' | grep -q ."
    mark tor2
    fails CONSOLE_BUSY held LAB0002 '{server: conman, port: tor2}'
    end holder
    [[ $(text_of held) == *root* ]]
    [ -z "$(typed tor2)" ]
}

# The daemon's clock is ours: an hour passes when the file says so. conmand moves its environment, so the file is the one of last resort.
@test "ConMan: a holder who has not typed for an hour is sent away where the site allows it, one who typed lately never" {
    end conmand
    wait_until 10 eval "! listens 17890"
    echo +0 >/etc/faketimerc
    conman_start tor2 env LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1 FAKETIME_NO_CACHE=1
    servers "  conman: {kind: conman, address: 127.0.0.1, port: 17890, credential: oob, clear_busy: {idle: 30m}}" \
        "  always: {kind: conman, address: 127.0.0.1, port: 17890, credential: oob, clear_busy: always}"
    background holder socat PTY,raw,echo=0 "EXEC:conman -d 127.0.0.1\:17890 tor2,pty"
    wait_until 10 eval "ss -Htn state established 'sport = :17890' | grep -q ."
    mark tor2
    fails CONSOLE_BUSY lately LAB0002 '{server: always, port: tor2}'
    [ -z "$(typed tor2)" ]
    echo +1h >/etc/faketimerc
    passes cleared LAB0002 '{server: conman, port: tor2}'
    end holder
}

@test "ConMan knows no such console: OOB_CONNECT_FAIL" {
    fails OOB_CONNECT_FAIL unknown LAB0002 '{server: conman, port: tor9}'
}
