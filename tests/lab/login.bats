#!/usr/bin/env bats
# A real login: agetty, login(1), PAM and bash on a paced line. What they do that a made-up switch would not.
# needs: agetty login ser2net openssl ip sqlite3
load lab
load ser2net

setup_file() {
    lab_begin
    local name number=0
    for name in fast slow deaf wrong expired open kept motd; do
        number=$((number + 1))
        case $name in
        slow) cable $name && switch $name LAB000$number 9600 ;;
        kept) cable $name -k ;;
        *) line $name LAB000$number ;;
        esac
        BAUD=$([ $name = slow ] && echo 9600 || echo 115200) ser2net_port $name tcp,127.0.0.1,$((14100 + number)) $name
    done
    ser2net_start $((14100 + number))
}

setup() { cd "$LAB"; }

@test "agetty, login, PAM, bash: logged in, identified, logged out again" {
    passes fast LAB0001 tcp://127.0.0.1:14101
    wait_until 10 eval 'heard fast | tail -c 40 | grep -q "login: $"'
}

@test "the echo that bash wraps at 80 columns is understood" {
    export PLATFORM=lab_wide
    passes fast LAB0001 tcp://127.0.0.1:14101
    heard fast | grep -q $' \r'
}

@test "bracketed paste marks around every prompt are no text" {
    passes fast LAB0001 tcp://127.0.0.1:14101
    heard fast | grep -q $'\e\\[?2004h'
}

@test "a MOTD of rules, signs and prompt look-alikes is no prompt" {
    passes motd LAB0008 tcp://127.0.0.1:14108
    heard motd | grep -q '## SECRET'
    heard motd | grep -q 'Last login:' || { passes motd LAB0008 tcp://127.0.0.1:14108; heard motd | grep -q 'Last login:'; }
}

@test "agetty is deaf for its first second: what was lost is typed again" {
    end deaf.getty
    switch deaf LAB0003
    passes deaf LAB0003 tcp://127.0.0.1:14103
}

@test "the second job right after the first meets the getty's deaf second again" {
    passes deaf LAB0003 tcp://127.0.0.1:14103
    passes deaf LAB0003 tcp://127.0.0.1:14103
}

@test "9600 baud, paced" {
    passes slow LAB0002 '{uri: "tcp://127.0.0.1:14102", baud: 9600}'
}

@test "a wrong password first: PAM's seconds of silence are waited out, the next credential logs in" {
    passes wrong LAB0004 tcp://127.0.0.1:14104 wrong switch
    heard wrong | grep -q 'Login incorrect'
}

@test "only a wrong password: LOGIN_FAIL, one attempt a credential" {
    fails LOGIN_FAIL wrong LAB0004 tcp://127.0.0.1:14104 wrong
}

@test "a forced password change is LOGIN_POLICY: nothing is typed into it" {
    fails LOGIN_POLICY expired LAB0005 tcp://127.0.0.1:14105 expired
    heard expired | grep -q 'Current password: $' || heard expired | grep -qE 'required to change your password'
    # The password went to the password prompt, and the account still has it.
    [ "$(typed expired | grep -o "$(printf %s "$SWITCH_PASSWORD" | xxd -p)" | wc -l)" = 1 ]
    grep -q '^expired:[^:]*:0:' /etc/shadow
}

@test "a session that the last user left open is logged out, and ours begins at a clean login" {
    left_open open
    passes open LAB0006 tcp://127.0.0.1:14106
    [ "$(heard open | grep -c 'Last login\|Password:')" -ge 2 ]
}

@test "a console server that keeps what nobody read: the old login prompt is not mistaken for the present" {
    switch kept LAB0007
    wait_until 10 eval 'heard kept | grep -q "login: $"'
    end kept.getty
    mark kept
    switch kept LAB0007
    passes kept LAB0007 tcp://127.0.0.1:14107
}

@test "a machine whose only address is 127.0.0.1 (AI_ADDRCONFIG): consoles by name and by number" {
    ip addr del 10.255.255.254/32 dev lo
    passes fast LAB0001 tcp://127.0.0.1:14101
    passes fast LAB0001 tcp://localhost:14101
    ip addr add 10.255.255.254/32 dev lo
}

left_open() { # left_open NAME: logs in by hand and goes away
    local tty=$LAB/$1.console
    exec 8<>"$(readlink "$tty")"
    stty -F "$(readlink "$tty")" raw -echo
    wait_until 10 press_until "$1" 'login: $' '\r'
    printf 'admin\r' >&8
    wait_until 10 eval "heard $1 | tail -c 20 | grep -q 'Password: $'"
    printf '%s\r' "$SWITCH_PASSWORD" >&8
    wait_until 10 eval "heard $1 | tail -c 40 | grep -q 'admin@$1:.*[$] '"
    exec 8>&-
}

# press_until NAME PATTERN KEY: has the pattern come? If not, the key once more, each time after a while.
press_until() {
    heard "$1" | tail -c 40 | grep -q "$2" && return
    printf '%b' "$3" >&8
    wait_until 1 eval "heard $1 | tail -c 40 | grep -q '$2'" >/dev/null
}
