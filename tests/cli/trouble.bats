#!/usr/bin/env bats
# What goes wrong outside the switch, and what the operator leaves out: said as it is, never as a finding about the switch.
load rack
bats_require_minimum_version 1.5.0

setup() { setup_home; }
teardown() {
    stop_sim
    [ -z "${small:-}" ] || umount "$small"
}

@test "a line that garbles bytes: no check passes on an answer with bytes that are no text" {
    many_switches 2 "line: {garble: 97}"
    start_sim scenario.yaml
    run -1 "$TORSTARTER" validate all --path "$root"
    [ "$(sql "SELECT COUNT(*) FROM job WHERE state = 'PASSED'")" = 0 ]
    run ! grep '"unsafe": *true' typed.jsonl
}

@test "--skip leaves a check out and says so: SKIPPED, 7 of 8, not ready but passed in part" {
    many_switches 1
    start_sim scenario.yaml
    run -0 "$TORSTARTER" validate all --skip light --path "$root"
    [[ $output == *"0 ready, 0 not ready, 1 passed with checks left out"* ]]
    [ "$(sql "SELECT state FROM phase_run WHERE plugin = 'light'")" = SKIPPED ]
    [ "$(sql "SELECT passed || ' of ' || plugins FROM switch_job")" = "7 of 8" ]
}

@test "a password that is nowhere: said before anything is typed, with the credential's place" {
    many_switches 2
    start_sim scenario.yaml
    unset SWITCH_PASSWORD
    run -2 "$TORSTARTER" validate all --path "$root"
    [[ $output == *SWITCH_PASSWORD* && $output == *site.yaml:* ]]
    [ ! -s typed.jsonl ]
}

@test "a full disk: no code of the switch, what to do, and that the console was left" {
    [ "$(id -u)" = 0 ] || skip "mounting a small disk needs root"
    many_switches 1
    start_sim scenario.yaml
    small=$home/small
    mkdir "$small"
    mount -t tmpfs -o size=300k torstarter-test "$small" 2>/dev/null || { small=; skip "no tmpfs can be mounted here"; }
    run -2 "$TORSTARTER" validate all --path "$root" --db "$small/jobs.db"
    [[ $output == *"make room for the store"* && $output == *"cannot write the store"* ]]
    [[ $output != *LOGIN_FAIL* && $output != *PSU_FAILURE* && $output == *"1 not ready"* ]]
    umount "$small"
    small=
}

# The console server is a telnet one, whose port refuses whoever comes while somebody holds it, and a link that dies without a word.
@test "a port that refuses is busy, a link that goes half-open ends with a code: nothing unsafe, nothing passed" {
    cat >scenario.yaml <<S
name: sockets
platform: arista_eos
console_server: {name: oob, kind: generic, listen: telnet}
credentials: {user: admin, password: sw-Secret-2}
switches:
  - {name: held, port: 1, serial: JPE00001, mac: c0d6.8200.0a01, values: {slot: '1'}, line: {busy: {kind: refused, by: somebody}}}
  - {name: dies, port: 2, serial: JPE00002, mac: c0d6.8200.0a02, values: {slot: '1'}, line: {half_open_after: 500}}
S
    start_sim scenario.yaml
    uri() { sed -n "s/^  $1: //p" ready.yaml; }
    cat >site.yaml <<S
credentials: {switch: {user: admin, password: {env: SWITCH_PASSWORD}}}
switches:
  held: {platform: arista_eos, serial: JPE00001, credentials: [switch], console: '$(uri held)?kind=port_number'}
  dies: {platform: arista_eos, serial: JPE00002, credentials: [switch], console: '$(uri dies)?kind=port_number'}
S
    SWITCH_PASSWORD=sw-Secret-2 run -1 "$TORSTARTER" validate all --only oob_connect --only identity --path "$root"
    [ "$(sql "SELECT failure_code FROM switch_job WHERE switch = 'held'")" = CONSOLE_BUSY ]
    [[ $(sql "SELECT failure_code FROM switch_job WHERE switch = 'dies'") =~ ^(COMMAND_TIMEOUT|CONSOLE_LOST|CONSOLE_SILENT)$ ]]
    run ! grep '"unsafe": *true' typed.jsonl
}
