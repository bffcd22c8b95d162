#!/usr/bin/env bats
# torstarter rejudge: today's templates and plugins over jobs of the past.
load rack
bats_require_minimum_version 1.5.0

setup() { setup_home; }
teardown() { stop_sim; }

# Jobs of the demo's rack: every platform, healthy and with faults.
past_of_the_demo() { # JOB-TYPE
    cp -R "$root/configs/demo/." .
    . ./credentials.sh
    start_sim scenario.yaml
    run "$TORSTARTER" "$1" all --path "$root"
    [ "$status" -le 1 ]
    stop_sim
}

one_past_job() {
    many_switches 1 "$@"
    start_sim scenario.yaml
    run "$TORSTARTER" validate all --path "$root"
    [ "$status" -le 1 ]
    stop_sim
}

@test "nothing changed since: no verdict flips on any platform, none is said otherwise, none is left unjudged" {
    past_of_the_demo validate
    run "$TORSTARTER" rejudge --path "$root" --all
    echo "$output"
    [ "$status" = 0 ]
    [[ $output == *" 0 flipped, 0 in other words, 0 not judged"* ]]
    [ "$(sql "SELECT COUNT(*) FROM phase_run WHERE plugin IN ('identity', 'psu', 'fan', 'asset', 'uplinks', 'light', 'connectivity', 'guard', 'routing')")" = "$(sed -nE 's/.* jobs, ([0-9]+) verdicts.*/\1/p' <<<"$output")" ]
    run -0 "$TORSTARTER" rejudge --path "$root" --code PSU_FAILURE
    [[ $output == "$(sql "SELECT COUNT(*) FROM switch_job WHERE failure_code = 'PSU_FAILURE'") jobs, "* ]]
    run -0 "$TORSTARTER" rejudge --path "$root" --plugin fan --platform cisco_nxos -j 1
    [[ $output == "$(sql "SELECT COUNT(*) FROM switch_job s JOIN phase_run p USING (job) WHERE platform = 'cisco_nxos' AND plugin = 'fan'") jobs, "* ]]
}

@test "jobs that may change the switch: what they checked is judged again, the guard where it was asked and knew no more" {
    past_of_the_demo provision
    run "$TORSTARTER" rejudge --path "$root"
    echo "$output"
    [ "$status" = 0 ]
    [[ $output == *"not judged: the guard was not asked"* ]]
}

@test "a template that was broken shows its flips with the bytes and both readings, and only those" {
    one_past_job
    mkdir -p changed/parsers/arista_eos
    sed 's/\${STATUS}/&BROKEN/' "$root/parsers/arista_eos/show_environment_power.textfsm" >changed/parsers/arista_eos/show_environment_power.textfsm
    run ! cmp "$root/parsers/arista_eos/show_environment_power.textfsm" changed/parsers/arista_eos/show_environment_power.textfsm
    run -1 "$TORSTARTER" rejudge --path changed --path "$root"
    echo "$output"
    [[ $output == *"plugin psu: PASSED → PARSE_FAILURE"* ]]
    [[ $output == *'"show environment power"'* && $output == *show_environment_power.textfsm* && $output == *"now  PARSE_FAILURE"* ]]
    [[ $output == *" 1 flipped, "* ]]
    run -0 "$TORSTARTER" rejudge --path changed --path "$root" --plugin fan
    run -1 "$TORSTARTER" rejudge --path changed --path "$root" --json 1
    [[ $output == *'"result":"flipped","job":1'*'"then_state":"PASSED"'*'"now_failure_code":"PARSE_FAILURE"'* ]]
}

@test "a word that means something else now flips the verdict the other way" {
    one_past_job
    mkdir -p changed/platforms
    sed -E '/no_input: \[Power Loss\]/s/ok: \[Ok\], no_input: \[Power Loss\]/ok: [Ok, Power Loss], no_input: [Nothing]/' "$root/platforms/arista_eos.yaml" >changed/platforms/arista_eos.yaml
    sqlite3 "$XDG_STATE_HOME/torstarter/torstarter.db" "UPDATE log_event SET output = replace(output, ' Ok', ' Power Loss') WHERE query = 'power_supplies'; UPDATE phase_run SET state = 'FAILED', failure_code = 'PSU_FAILURE' WHERE plugin = 'psu'"
    [[ $(sql "SELECT output FROM log_event WHERE query = 'power_supplies'") == *"Power Loss"* ]]
    run -0 "$TORSTARTER" rejudge --path "$root" --plugin psu
    run ! cmp "$root/platforms/arista_eos.yaml" changed/platforms/arista_eos.yaml
    run -1 "$TORSTARTER" rejudge --path changed --path "$root" --plugin psu
    echo "$output"
    [[ $output == *"plugin psu: PSU_FAILURE → PASSED"* ]]
}

@test "a command that is asked otherwise today is not judged, and counted; nor is an answer that is not kept" {
    one_past_job
    mkdir -p changed/platforms
    sed -E 's/command: show environment power$/command: show environment power detail/' "$root/platforms/arista_eos.yaml" >changed/platforms/arista_eos.yaml
    run ! cmp "$root/platforms/arista_eos.yaml" changed/platforms/arista_eos.yaml
    run -0 "$TORSTARTER" rejudge --path changed --path "$root"
    echo "$output"
    [[ $output == *" 0 flipped"* && $output == *"1 not judged: the store has no answer to what power_supplies asks today"* ]]
    sqlite3 "$XDG_STATE_HOME/torstarter/torstarter.db" "UPDATE log_event SET output = NULL WHERE query = 'fans'"
    run -0 "$TORSTARTER" rejudge --path "$root" --plugin fan
    [[ $output == *" 1 not judged"* ]]
}

@test "without the site file, or where it does not name the switch: what the job was judged by is taken, as a whole" {
    one_past_job
    mv site.yaml gone.yaml
    run -0 "$TORSTARTER" rejudge --path "$root" --all
    echo "$output"
    [[ $output == *"no site file: judged with the values that were kept"* && $output == *" 0 flipped, 0 in other words, 0 not judged"* ]]
    printf 'switches: {}\n' >site.yaml
    sed -n '/^credentials:/,/^[a-z]/p' gone.yaml | sed '$d' >>site.yaml
    run -0 "$TORSTARTER" rejudge --path "$root"
    echo "$output"
    [[ $output == *" 0 flipped, 0 in other words, 0 not judged"*"1 jobs of switches that "*" does not name: judged with the values kept with them"* ]]
    sqlite3 "$XDG_STATE_HOME/torstarter/torstarter.db" "UPDATE job_site SET site = replace(site, 'JPE00001', 'JPE99999')"
    run -1 "$TORSTARTER" rejudge --path "$root" --plugin identity
    [[ $output == *"PASSED → IDENTITY_MISMATCH"* && $output == *"kept with the job"* ]]
}

@test "an older job with which no site was kept: its columns are taken, what they do not say is not judged" {
    one_past_job
    mv site.yaml gone.yaml
    sqlite3 "$XDG_STATE_HOME/torstarter/torstarter.db" "DELETE FROM job_site; UPDATE switch_job SET serial_expected = 'JPE99999'"
    run -1 "$TORSTARTER" rejudge --path "$root"
    echo "$output"
    [[ $output == *"PASSED → IDENTITY_MISMATCH"* && $output == *"neither the site file nor the store says what was wanted"* ]]
}

@test "mistakes of the command line: no such job, jobs and a filter, a broken file" {
    one_past_job
    run -64 "$TORSTARTER" rejudge --path "$root" 77
    [[ $output == *"there is no job 77"* ]]
    run -64 "$TORSTARTER" rejudge --path "$root" --since 3d 1
    run -64 "$TORSTARTER" rejudge --path "$root" --since never
    mkdir -p changed/platforms
    sed 's/reader: textfsm/reader: texfsm/' "$root/platforms/arista_eos.yaml" >changed/platforms/arista_eos.yaml
    echo "nonsense: 1" >>changed/platforms/arista_eos.yaml
    run -65 "$TORSTARTER" rejudge --path changed --path "$root"
    [[ $output == *"changed/platforms/arista_eos.yaml:"* ]]
}
