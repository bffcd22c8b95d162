#!/usr/bin/env bats
# The main job: torstarter provision against the simulated rack of configs/demo, and everything that can be asked about it after.
load rack
bats_require_minimum_version 1.5.0

# One run of the demo's rack serves all tests of this file: it is made once, in the file's own folder.
setup_file() {
    export BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
    setup_home
    cp -R "$root/configs/demo/." .
    . ./credentials.sh
    start_sim scenario.yaml
    run_status=0
    "$TORSTARTER" provision rack=r1 --path "$root" --json >events.jsonl 2>provision.err || run_status=$?
    echo "$run_status" >provision.status
    stop_sim
}

setup() {
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
    setup_home
}

verdict() { sql "SELECT COALESCE(failure_code, state) FROM job JOIN switch_job ON job = id WHERE switch = '$1'"; }
text_of() { sql "SELECT failure_text FROM switch_job WHERE switch = '$1'"; }
job_of() { sql "SELECT job FROM switch_job WHERE switch = '$1'"; }

@test "23 switches of seven platforms, exit status 1: some are not ready" {
    [ "$(cat provision.status)" = 1 ]
    [ "$(sql 'SELECT COUNT(*) FROM switch_job')" = 23 ]
    [ "$(sql 'SELECT COUNT(DISTINCT platform) FROM switch_job')" = 7 ]
    cat provision.err
    [ ! -s provision.err ]
}

@test "a healthy one of each platform is PASSED, 9 of 9" {
    [ "$(sql "SELECT COUNT(DISTINCT platform) FROM switch_job JOIN job ON job = id WHERE state = 'PASSED' AND passed = 9 AND plugins = 9")" = 7 ]
}

@test "each injected fault is found, with its code" {
    while read -r name code; do
        echo "$name: wanted $code, found $(verdict "$name"): $(text_of "$name")"
        [ "$(verdict "$name")" = "$code" ]
    done < <(awk -F'[:,] *' '/tor-r1-.*expect:/ { for (i = 1; i <= NF; i++) { if ($i ~ /name$/) n = $(i + 1); if ($i ~ /expect$/) e = $(i + 1) } gsub(/[}" ]/, "", e); print n, e }' scenario.yaml)
}

@test "after a failed check the others still run: 7 of 8" {
    [ "$(sql "SELECT DISTINCT passed FROM switch_job WHERE failure_code = 'PSU_FAILURE'")" = 7 ]
}

@test "crossed consoles: each names the other and the ports to swap" {
    crossed=$(sql "SELECT COUNT(*) FROM switch_job WHERE failure_code = 'CONSOLE_SWAPPED'")
    [ "$crossed" = 2 ]
    [[ $(sql "SELECT failure_text || remedy FROM switch_job WHERE failure_code = 'CONSOLE_SWAPPED' ORDER BY switch LIMIT 1") == *tor-r1-11* ]]
    [[ $(sql "SELECT failure_text || remedy FROM switch_job WHERE failure_code = 'CONSOLE_SWAPPED' ORDER BY switch DESC LIMIT 1") == *tor-r1-10* ]]
}

@test "each command is in SQLite with its output, phase and time" {
    job=$(job_of tor-r1-01)
    [ "$(sql "SELECT COUNT(*) FROM log_event WHERE job = $job AND kind = 'query' AND (output IS NULL OR phase = '' OR at = 0 OR duration_us IS NULL)")" = 0 ]
    [[ $(sql "SELECT output FROM log_event WHERE job = $job AND command = 'show environment power'") == *PWR* ]]
    [ "$(sql "SELECT phase FROM log_event WHERE job = $job AND command = 'show environment power'")" = PSU_CHECK ]
}

@test "an answer is asked once a job, whichever plugins need it" {
    job=$(job_of tor-r1-01)
    [ "$(sql "SELECT COUNT(*) FROM (SELECT command FROM log_event WHERE job = $job AND kind = 'query' GROUP BY command HAVING COUNT(*) > 1)")" = 0 ]
}

@test "everything the simulator saw typed is in the store, and nothing unsafe was typed" {
    run ! grep '"unsafe": *true' typed.jsonl
    sql "SELECT switch || char(9) || command FROM log_event JOIN switch_job USING (job)" | sort -u >stored
    jq_lines typed.jsonl | sort -u >typed
    comm -23 typed stored >missing
    cat missing
    [ ! -s missing ]
}

# switch TAB text of each typed line (passwords stand as {password} there and as {secret:NAME} in the store)
jq_lines() {
    sed -nE 's/.*"switch": *"([^"]*)".*"text": *"([^"]*)".*/\1\t\2/p' "$1" | grep -v '{password}' | awk -F'\t' '$2 != ""' |
        awk -F'\t' 'NR == FNR { on[$1] = $2; next } { print $1 "\t" $2 }' /dev/null -
}

@test "--json: one object a line, keys are the store's columns" {
    [ "$(grep -c '"table":"job"' events.jsonl)" -ge 46 ]
    run ! grep -v '^{.*}$' events.jsonl
    grep '"table":"job"' events.jsonl | grep '"failure_code":"PSU_FAILURE"' | grep -q '"failure_text":'
}

@test "components are stored, failed ones marked" {
    [ "$(sql "SELECT slot FROM power_supply JOIN switch_job USING (job) WHERE switch = 'tor-r1-02' AND failed = 1")" = 2 ]
    [ "$(sql "SELECT COUNT(*) FROM uplink JOIN switch_job USING (job) WHERE switch = 'tor-r1-01' AND failed = 0")" = 4 ]
    [ "$(sql "SELECT COUNT(*) FROM transceiver WHERE failed = 1")" -ge 1 ]
    [ "$(sql "SELECT COUNT(*) FROM fan JOIN switch_job USING (job) WHERE switch = 'tor-r1-03' AND failed = 1")" = 1 ]
}

@test "show: phases, components, the failed one marked, the next step" {
    run -0 "$TORSTARTER" show "$(job_of tor-r1-02)"
    [[ $output == *PSU_CHECK* && $output == *"! 2"* && $output == *"do this:"* ]]
}

@test "why: the verdict, the template, the bytes underlined, what to do" {
    run -0 "$TORSTARTER" why "$(job_of tor-r1-02)"
    [[ $output == *PSU_FAILURE* && $output == *"show environment power"* && $output == *.textfsm* && $output == *"Power Loss"* ]]
    [[ $output == *"^^^^^^^^^^"* && $output == *"do this:"* && $output == *arista_eos.yaml:* ]]
}

@test "why of a silent console: what was typed and that nothing came" {
    silent=$(sql "SELECT job FROM switch_job WHERE failure_code = 'CONSOLE_SILENT'")
    run -0 "$TORSTARTER" why "$silent"
    [[ $output == *CONSOLE_SILENT* && $output == *"do this:"* ]]
}

@test "why of a check that passed shows the answer it rests on" {
    run -0 "$TORSTARTER" why "$(job_of tor-r1-01)" psu
    [[ $output == *"show environment power"* && $output == *"PWR-501AC-F"* ]]
}

@test "why and show of a job that there is not: status 64" {
    run -64 "$TORSTARTER" why 9999
    [[ $output == *"no job 9999"* ]]
    run -64 "$TORSTARTER" show 9999
}

@test "log: every command with its output; --plugin filters" {
    run -0 "$TORSTARTER" log "$(job_of tor-r1-01)"
    [[ $output == *"show version"* && $output == *"Serial number"* ]]
    run -0 "$TORSTARTER" log "$(job_of tor-r1-01)" --plugin psu
    [[ $output == *"show environment power"* && $output != *"show version"* ]]
}

@test "jobs and report count them" {
    run -0 "$TORSTARTER" jobs
    [ "${#lines[@]}" = 23 ]
    run -0 "$TORSTARTER" report --since 1d
    [[ $output == *PSU_FAILURE* && $output == *"23 jobs"*"7 passed"* ]]
}

@test "no password anywhere: store, output, error text, typed log" {
    . ./credentials.sh
    unpack_transcripts
    for word in $(cat secrets.txt); do
        run ! grep -r -F -a -l -e "$word" state events.jsonl provision.err typed.jsonl
        for job in $(sql "SELECT id FROM job"); do
            run ! grep -F -e "$word" <("$TORSTARTER" log "$job"; "$TORSTARTER" show "$job"; "$TORSTARTER" why "$job")
        done
    done
}

@test "the wire's plan: --plan touches nothing and names each command" {
    before=$(sql "SELECT COUNT(*) FROM job")
    run -0 "$TORSTARTER" provision --plan tor-r1-01 --path "$root"
    [[ $output == *"show environment power"* && $output == *"in all"* ]]
    [ "$(sql "SELECT COUNT(*) FROM job")" = "$before" ]
}
