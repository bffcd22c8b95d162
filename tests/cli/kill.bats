#!/usr/bin/env bats
# kill -9 at any moment: whatever a switch saw typed is in the store, and the next run starts cleanly.
load rack
bats_require_minimum_version 1.5.0

setup() { setup_home; }
teardown() { stop_sim; }

# switch TAB text, one line for each line typed; a password is a password whichever it was.
typed_lines() { sed -nE 's/.*"switch": *"([^"]*)".*"text": *"([^"]*)".*/\1\t\2/p' typed.jsonl; }
stored_lines() {
    sql -separator "$(printf '\t')" "SELECT switch, CASE WHEN command LIKE '{secret:%}' THEN '{password}' ELSE command END
        FROM log_event JOIN switch_job USING (job) WHERE kind <> 'note'"
}

# Lines typed more often than they are stored.
not_stored() {
    awk -F'\t' 'NR == FNR { stored[$1 FS $2]++; next } { if (++typed[$1 FS $2] > stored[$1 FS $2]) print }' <(stored_lines) <(typed_lines)
}

@test "fifty runs killed at random moments: nothing was typed that is not on disk" {
    seed=${TEST_SEED:-$RANDOM}
    echo "TEST_SEED=$seed"
    RANDOM=$seed
    many_switches 3
    start_sim scenario.yaml
    began=$(date +%s%N)
    run -0 "$TORSTARTER" validate all --path "$root"
    took=$((($(date +%s%N) - began) / 1000000)) # milliseconds of a run that nobody kills: machines differ
    for ((i = 1; i <= 50; i++)); do
        after=$(((RANDOM * 32768 + RANDOM) % took + 20))
        after=$(printf '%d.%03d' $((after / 1000)) $((after % 1000)))
        status=0
        timeout -s KILL "$after" "$TORSTARTER" validate all --path "$root" >run.out 2>run.err || status=$?
        [ "$status" = 137 ] || [ "$status" -le 1 ] || { echo "run $i: status $status"; cat run.err; return 1; }
        [ -e "$XDG_STATE_HOME/torstarter/torstarter.db" ] || continue
        if [ -s typed.jsonl ] && [ -n "$(not_stored)" ]; then
            echo "killed after $after s (run $i): typed, but not in the store:"
            not_stored
            return 1
        fi
    done
    [ "$(typed_lines | wc -l)" -gt 100 ] # the runs did reach the switches
    [ "$(sql "SELECT COUNT(*) > 10 FROM job WHERE state = 'LOST'")" = 1 ]

    # And the next run finds sessions left logged in, gets past them, and passes.
    run -0 "$TORSTARTER" validate all --path "$root"
    [ "$(sql "SELECT COUNT(*) FROM job WHERE state IN ('RUNNING', 'QUEUED')")" = 0 ]
    [ "$(sql "SELECT COUNT(*) FROM console_lock")" = 0 ]
    [ "$(sql "SELECT COUNT(*) FROM phase_run WHERE state = 'RUNNING'")" = 0 ]
    [ "$(sql "PRAGMA integrity_check")" = ok ]
    run ! grep '"unsafe": *true' typed.jsonl
}

@test "Ctrl-C once: the jobs are CANCELLED, the sessions logged out, status 130" {
    many_switches 2 "line: {slow: 2000}"
    start_sim scenario.yaml
    "$TORSTARTER" validate all --path "$root" --json >events.jsonl 2>run.err 3>&- &
    job=$!
    until grep -q '"command":"show version"' events.jsonl; do kill -0 $job; done
    kill -INT $job
    status=0
    wait $job || status=$?
    [ "$status" = 130 ]
    [ "$(sql "SELECT COUNT(*) FROM job WHERE state = 'CANCELLED'")" = 2 ]
    [ "$(sql "SELECT COUNT(DISTINCT job) FROM log_event WHERE kind = 'logout'")" -ge 1 ]
    [ -z "$(not_stored)" ]
}

@test "Ctrl-C twice: it stops at once, and the store is whole" {
    many_switches 2 "line: {slow: 200}"
    start_sim scenario.yaml
    "$TORSTARTER" validate all --path "$root" --json >events.jsonl 2>run.err 3>&- &
    job=$!
    until grep -q '"command":"show version"' events.jsonl; do kill -0 $job; done
    kill -INT $job
    until grep -q stopping run.err; do kill -0 $job; done
    kill -INT $job
    status=0
    wait $job || status=$?
    [ "$status" = 130 ]
    [ "$(sql "SELECT COUNT(*) FROM job WHERE state = 'CANCELLED'")" = 2 ]
    [ -z "$(not_stored)" ]
}

@test "a console that another run holds is CONSOLE_BUSY, and says which job" {
    many_switches 1 "line: {slow: 300}"
    start_sim scenario.yaml
    "$TORSTARTER" validate all --path "$root" --json >events.jsonl 2>run.err 3>&- &
    job=$!
    until grep -q '"command":"show version"' events.jsonl; do kill -0 $job; done
    run -1 "$TORSTARTER" validate all --path "$root"
    [[ $output == *CONSOLE_BUSY* && $output == *"job 1"* ]]
    kill -INT $job
    until grep -q stopping run.err; do kill -0 $job; done
    kill -INT $job
    wait $job || true
}
