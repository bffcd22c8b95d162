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
