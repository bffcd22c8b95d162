#!/usr/bin/env bats
# The guard at the command line: what it refuses and shows, what an override must name, going on with a job, the TAINTED mark.
load rack
bats_require_minimum_version 1.5.0

setup() {
    setup_home
    mkdir -p configs/job-types
    printf 'about: would a change be safe\nchanges: true\nplugins: [oob_connect, identity, guard]\n' >configs/job-types/guarded.yaml
}
teardown() { stop_sim; }

@test "a switch with somebody's configuration: IN_PRODUCTION, each evidence with its bytes, nothing but reads typed" {
    many_switches 1
    start_sim scenario.yaml
    run -1 "$TORSTARTER" run guarded all --path "$home" --path "$root"
    echo "$output"
    [[ $output == *IN_PRODUCTION* ]]
    [ "$(sql "SELECT refused, spent_at IS NULL, json_array_length(evidence) FROM permit")" = "IN_PRODUCTION|1|8" ]
    run -0 "$TORSTARTER" show 1
    echo "$output"
    [[ $output == *permits* && $output == *"(look)"* && $output == *IN_PRODUCTION* ]]
    run -0 "$TORSTARTER" why 1
    echo "$output"
    for name in identity users pending_changes routing_sessions traffic hosts configuration assets; do
        [[ $output == *"  $name "* ]]
    done
    [[ $output == *'"show version"'* ]]
    [ "$(sql "SELECT count(*) FROM log_event WHERE kind IN ('change', 'paste')")" = 0 ]
}

@test "an override names a chosen switch, its serial number and a reason, or nothing is begun" {
    many_switches 2
    start_sim scenario.yaml
    run -64 "$TORSTARTER" run guarded all --path "$home" --path "$root" --override sw-001=JPE00001
    [[ $output == *--reason* ]]
    run -64 "$TORSTARTER" run guarded all --path "$home" --path "$root" --override sw-001=JPE00002 --reason "moved"
    [[ $output == *"the serial number of sw-001 is JPE00001"* ]]
    run -64 "$TORSTARTER" run guarded sw-001 --path "$home" --path "$root" --override sw-002=JPE00002 --reason "moved"
    [[ $output == *"no such switch among those chosen"* ]]
    run -64 "$TORSTARTER" run guarded all --path "$home" --path "$root" --override 'sw-*=JPE00001' --reason "moved"
    run -64 "$TORSTARTER" run guarded all --path "$home" --path "$root" --reason "moved"
    run -64 "$TORSTARTER" validate all --path "$root" --override sw-001=JPE00001 --reason "moved"
    [[ $output == *"changes nothing"* ]]
    [ ! -s typed.jsonl ]
    "$TORSTARTER" run guarded all --path "$home" --path "$root" --override sw-001=JPE00001 --reason "moved to the lab" || [ $? = 1 ]
    [ "$(sql "SELECT count(*) FROM permit JOIN switch_job USING (job) WHERE switch = 'sw-002' AND override_reason IS NOT NULL")" = 0 ]
}

@test "retry goes on with a job: the same type and switch, a new attempt that names the one before" {
    many_switches 2
    start_sim scenario.yaml
    run -1 "$TORSTARTER" run guarded sw-002 --path "$home" --path "$root"
    run -1 "$TORSTARTER" retry 1 --path "$home" --path "$root"
    [ "$(sql "SELECT type, switch, attempt, parent_job FROM job JOIN switch_job ON job = id WHERE id = 2")" = "guarded|sw-002|2|1" ]
    run -0 "$TORSTARTER" show 2
    [[ $output == *"goes on with job   1"* ]]
    run -64 "$TORSTARTER" retry 99 --path "$home" --path "$root"
    [[ $output == *"there is no job 99"* ]]
    run -64 "$TORSTARTER" retry
    sql "UPDATE job SET state = 'PASSED' WHERE id = 2"
    run -64 "$TORSTARTER" retry 2 --path "$home" --path "$root"
    [[ $output == *"PASSED: there is nothing left to do"* ]]
}

@test "a process that died within a procedure: LOST, and the switch is TAINTED wherever it is shown" {
    many_switches 1
    start_sim scenario.yaml
    run -0 "$TORSTARTER" validate all --path "$root"
    sql "UPDATE job SET state = 'RUNNING', finished_at = NULL, worker = '$(hostname):1:1' WHERE id = 1;
         INSERT INTO permit (job, at, procedure, serial, evidence, spent_at) VALUES (1, 1, 'config_load', 'JPE00001', '[]', 2)"
    "$TORSTARTER" run guarded all --path "$home" --path "$root" || [ $? = 1 ]
    [ "$(sql "SELECT state FROM job WHERE id = 1")" = LOST ]
    [ "$(sql "SELECT switch, serial, procedure FROM taint WHERE cleared_at IS NULL")" = "sw-001|JPE00001|config_load" ]
    run -0 "$TORSTARTER" jobs
    [ "$(grep -c TAINTED <<<"$output")" = 2 ]
    run -0 "$TORSTARTER" show 2
    [[ $output == *"TAINTED  sw-001: config_load was under way"* && $output == *"torstarter retry 1"* ]]
    run -0 "$TORSTARTER" report
    [[ $output == *TAINTED* && $output == *sw-001* ]]
    run -0 "$TORSTARTER" report --json
    [[ $output == *'"table":"taint"'* ]]
    sql "UPDATE taint SET cleared_at = 3000000, cleared_by = 2"
    run -0 "$TORSTARTER" jobs
    [[ $output != *TAINTED* ]]
    run -0 "$TORSTARTER" show 1
    [[ $output == *"cleared "*"by job 2"* ]]
}
