#!/usr/bin/env bats
# torstarter console: a person at the keyboard, over the same path as a job, recorded like one.
load rack
bats_require_minimum_version 1.5.0

setup() { setup_home; }
teardown() { stop_sim; }

@test "what is typed reaches the switch, what comes is shown, and both are recorded" {
    many_switches 1
    start_sim scenario.yaml
    printf '\nadmin\n' >input
    run -0 --separate-stderr bash -c "'$TORSTARTER' console sw-001 --path '$root' <input"
    [[ $output == *"sw-001 login: admin"* && $output == *Password:* ]]
    [[ $stderr == *"connected to oob port 1"* && $stderr == *"job 1 ended"* ]]
    [ "$(sql "SELECT state FROM job")" = PASSED ]
    [ "$(sql "SELECT COUNT(*) FROM log_event WHERE kind = 'keys'")" -ge 1 ]
    unpack_transcripts
    grep -q -a login: "$XDG_STATE_HOME"/torstarter/packed/1-1
}

@test "what is typed at a password prompt is nowhere" {
    many_switches 1
    start_sim scenario.yaml
    mkfifo keys
    "$TORSTARTER" console sw-001 --path "$root" <keys >shown 2>shown.err 3>&- &
    console=$!
    exec 4>keys
    printf '\n' >&4
    until grep -q login: shown; do kill -0 $console; done
    printf 'admin\n' >&4
    until grep -q Password: shown; do kill -0 $console; done
    printf '%s\n' "$SWITCH_PASSWORD" >&4
    until grep -q 'sw-001>' shown; do kill -0 $console; done
    printf 'show version\n' >&4
    until grep -q 'Serial number' shown; do kill -0 $console; done
    printf '\n~.' >&4
    wait $console
    exec 4>&-
    unpack_transcripts
    run ! grep -r -F -a -l -e "$SWITCH_PASSWORD" state shown shown.err
    [ "$(sql "SELECT COUNT(*) FROM log_event WHERE command = '{secret:typed}'")" -ge 1 ]
    [ "$(sql "SELECT state FROM job")" = PASSED ]
}

@test "a console that a job holds is refused, and --watch follows it" {
    many_switches 1 "line: {slow: 400}"
    start_sim scenario.yaml
    "$TORSTARTER" validate all --path "$root" --json >events.jsonl 2>run.err 3>&- &
    job=$!
    until grep -q '"command":"show version"' events.jsonl; do kill -0 $job; done
    run -1 --separate-stderr bash -c "'$TORSTARTER' console sw-001 --path '$root' </dev/null"
    [[ $stderr == *CONSOLE_BUSY* && $stderr == *"job 1"* && $stderr == *--watch* ]]
    "$TORSTARTER" console sw-001 --watch --path "$root" >watched 2>watched.err 3>&- &
    watch=$!
    until grep -q 'Serial number' watched; do kill -0 $watch; done
    kill -INT $job
    until grep -q stopping run.err; do kill -0 $job; done
    kill -INT $job
    wait $job || true
    wait $watch
    [ "$(sql "SELECT COUNT(*) FROM log_event WHERE kind = 'keys'")" = 0 ]
}

@test "one switch only; no job to watch" {
    many_switches 2
    start_sim scenario.yaml
    run -64 "$TORSTARTER" console all --path "$root"
    [[ $output == *"names 2"* ]]
    run -64 "$TORSTARTER" console sw-001 --watch --path "$root"
    [[ $output == *"no job is on oob port 1"* ]]
}
