#!/usr/bin/env bats
# torstarter prune: old jobs go with all that hangs on them; what proves or warns stays.
load rack
bats_require_minimum_version 1.5.0

setup() {
    setup_home
    make_jobs
}
teardown() { stop_sim; }

ids() { sql "SELECT group_concat(id) FROM (SELECT id FROM job ORDER BY id)"; }
ended() { date -d "$1 days ago" +%s000000; }

# job ID TYPE SWITCH STATE DAYS-AGO: with 100 KB of transcript that nothing compresses, and a log.
job() {
    local finished
    finished=$(ended "$5")
    [[ $4 != RUNNING && $4 != QUEUED ]] || finished=NULL
    sql "PRAGMA foreign_keys = ON;
        INSERT INTO job (id, type, state, submitted_at, finished_at) VALUES ($1, '$2', '$4', $(ended "$5"), $finished);
        INSERT INTO switch_job (job, switch, platform, console) VALUES ($1, '$3', 'arista_eos', 'c');
        INSERT INTO log_event (job, seq, phase_run, phase, at, kind, output) VALUES ($1, 1, 1, 'PSU_CHECK', 1, 'query', 'x');
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25)
            INSERT INTO transcript SELECT $1, i, i, 'o', (i - 1) * 4096, randomblob(4096) FROM n"
}

make_jobs() {
    mkdir -p "$XDG_STATE_HOME/torstarter"
    "$TORSTARTER" prune --older-than 1d >/dev/null # makes the store
    job 1 validate sw-1 PASSED 400
    job 2 validate sw-1 FAILED 300
    job 3 validate sw-1 PASSED 200
    job 4 validate sw-2 ERROR 150
    job 5 provision sw-2 FAILED 120
    job 6 config sw-3 FAILED 110
    job 7 validate sw-4 QUEUED 500
    job 8 validate sw-2 FAILED 1
    sql "INSERT INTO taint (switch, job, at, text) VALUES ('sw-2', 5, 1, 'half done');
         INSERT INTO config_stage (serial, sha256, job, at) VALUES ('S', 'h', 6, 1);
         UPDATE job SET parent_job = 4 WHERE id = 8"
}

@test "by age: the last PASSED one of a switch, marks, configurations and what is at work stay" {
    run -0 "$TORSTARTER" prune --older-than 90d --dry-run
    [[ $output == *"would remove 3 jobs"* ]]
    [ "$(ids)" = 1,2,3,4,5,6,7,8 ]
    run -0 "$TORSTARTER" prune --older-than 90d
    [[ $output == *"removed 3 jobs"*"given back to the disk"* ]]
    [ "$(ids)" = 3,5,6,7,8 ]
    [ "$(sql "SELECT COUNT(*) FROM log_event WHERE job IN (1, 2, 4)")" = 0 ]
    [ "$(sql "SELECT parent_job IS NULL FROM job WHERE id = 8")" = 1 ]
    [ -z "$(sql "PRAGMA foreign_key_check")" ]
    [ "$(sql "PRAGMA integrity_check")" = ok ]
}

@test "ended jobs that were left plain are packed by it, and show says how large they are" {
    run -0 "$TORSTARTER" prune --older-than 90d
    [ "$(sql "SELECT group_concat(DISTINCT job) FROM transcript")" = 7 ]
    run -0 "$TORSTARTER" show 3
    [[ $output == *"recorded"*"102400 bytes"* ]]
    run -0 "$TORSTARTER" show 3 --json
    [[ $output == *'"transcript_bytes":102400'*'"transcript_stored_bytes":'* ]]
    run -0 "$TORSTARTER" jobs --json
    [[ $output == *'"transcript_bytes":102400'* ]]
}

@test "by size: the oldest go first, no more than it takes, and the file shrinks" {
    before=$(stat -c %s "$XDG_STATE_HOME/torstarter/torstarter.db")
    run -0 "$TORSTARTER" prune --keep-bytes 850KB
    [ "$(ids)" = 2,3,4,5,6,7,8 ] || [ "$(ids)" = 3,4,5,6,7,8 ]
    after=$(stat -c %s "$XDG_STATE_HOME/torstarter/torstarter.db")
    echo "$before -> $after"
    [ "$after" -lt "$before" ]
    run -0 "$TORSTARTER" prune --keep-bytes 0
    [ "$(ids)" = 3,5,6,7 ]
}

@test "--all: nothing is kept but what is at work, and the marks that the guard reads" {
    run -0 "$TORSTARTER" prune --keep-bytes 0 --all --json
    [ "$(ids)" = 5,6,7 ]
    [[ $output == *'"table":"prune"'*'"jobs":7'* ]]
    [ "$(sql "SELECT COUNT(*) FROM taint WHERE cleared_at IS NULL")" = 1 ]
    [ "$(sql "SELECT COUNT(*) FROM config_stage")" = 1 ]
    [ "$(sql "SELECT group_concat(DISTINCT job) FROM transcript")" = 7 ]
    [ -z "$(sql "PRAGMA foreign_key_check")" ]
    run -0 "$TORSTARTER" prune --keep-bytes 0 --all
    [[ $output == *"removed 0 jobs"* ]]
}

@test "the file is written anew only while nothing runs; till then its free room serves jobs to come" {
    sql "UPDATE job SET state = 'RUNNING', worker = 'elsewhere:1:1' WHERE id = 7"
    run -0 "$TORSTARTER" prune --older-than 250d
    [[ $output == *"stays in the file"*"jobs are running"* ]]
    [ "$(sql "PRAGMA freelist_count")" -gt 0 ]
    sql "UPDATE job SET state = 'CANCELLED', finished_at = 1 WHERE id = 7"
    run -0 "$TORSTARTER" prune --older-than 90d
    [[ $output != *"stays in the file"* ]]
    [ "$(sql "PRAGMA integrity_check")" = ok ]
}

@test "a damaged recording is told, and the job's log is still read" {
    "$TORSTARTER" prune --older-than 9999d
    sql "UPDATE job SET state = 'ERROR' WHERE id = 8; UPDATE transcript_z SET frame = substr(frame, 1, 50);
         INSERT INTO phase_run (job, seq, plugin, phase, state, started_at, failure_code) VALUES (8, 1, 'psu', 'PSU_CHECK', 'ERROR', 1, 'LOST')"
    run -2 "$TORSTARTER" why 8
    [[ $output == *"transcript of job 8 is damaged"* ]]
    run -0 "$TORSTARTER" log 8
}

@test "jobs that run meanwhile go on and pass" {
    many_switches 3 "line: {slow: 3000}"
    start_sim scenario.yaml
    "$TORSTARTER" validate all --path "$root" >run.out 2>run.err 3>&- &
    job=$!
    until [ "$(sql "SELECT COUNT(*) FROM log_event WHERE job > 8")" -gt 5 ]; do kill -0 $job; done
    run -0 "$TORSTARTER" prune --keep-bytes 0 --all
    kill -0 $job
    wait $job
    [ "$(sql "SELECT group_concat(state) FROM job WHERE id > 8")" = PASSED,PASSED,PASSED ]
    [ "$(sql "SELECT COUNT(*) FROM transcript WHERE job > 8")" = 0 ]
}

@test "what may go has to be said, and said right" {
    run -64 "$TORSTARTER" prune
    run -64 "$TORSTARTER" prune --older-than soon
    run -64 "$TORSTARTER" prune --keep-bytes lots
    run -64 "$TORSTARTER" prune --keep-bytes -1
    [ "$(ids)" = 1,2,3,4,5,6,7,8 ]
}
