#!/usr/bin/env bats
# Many switches at once: no failure of our own making, and what a session costs.
load rack
bats_require_minimum_version 1.5.0

setup() { setup_home; }
teardown() { stop_sim; }

@test "200 simulated switches with -j 200: all PASSED; memory per session printed" {
    many_switches 200
    sed -i 's/^include: .*/&/' site.yaml
    start_sim scenario.yaml
    printf 'console_servers:\n  oob: {sessions: 200, logins: 8}\n' >>site.yaml
    status=0
    /usr/bin/time -v "$TORSTARTER" validate all -j 200 --path "$root" >run.out 2>run.err || status=$?
    tail -5 run.out
    sql "SELECT COALESCE(failure_code, state), COUNT(*), MIN(failure_text) FROM job JOIN switch_job ON job = id GROUP BY 1"
    [ "$status" = 0 ]
    [ "$(sql "SELECT COUNT(*) FROM job WHERE state = 'PASSED'")" = 200 ]
    peak=$(sed -n 's/.*Maximum resident set size (kbytes): //p' run.err)
    echo "# memory: $peak KB in all, $((peak / 200)) KB a session" >&3
    run ! grep '"unsafe": *true' typed.jsonl
}
