#!/usr/bin/env bats
# A factory switch's whole way: rack r2 of configs/demo, whose switches get firmware and configuration, and one is in service.
load rack
bats_require_minimum_version 1.5.0

# One run serves all tests of this file: it is made once, in the file's own folder.
setup_file() {
    export BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
    setup_home
    cp -R "$root/configs/demo/." .
    . ./credentials.sh
    start_sim scenario.yaml
    run_status=0
    "$TORSTARTER" provision rack=r2 --path "$root" >provision.out 2>&1 || run_status=$?
    echo "$run_status" >provision.status
    stop_sim
}

setup() {
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
    setup_home
}

changes() { grep '"changes": *true' typed.jsonl | grep "\"switch\": *\"$1\"" | sed -E 's/.*"text": *"([^"]*)".*/\1/'; }

@test "four platforms: upgraded, configured, restarted, proven, 14 of 14" {
    cat provision.out
    [ "$(cat provision.status)" = 1 ] # one is refused
    [ "$(sql "SELECT COUNT(DISTINCT platform) FROM switch_job JOIN job ON job = id WHERE state = 'PASSED' AND passed = 14 AND plugins = 14")" = 4 ]
    run ! grep '"unsafe": *true' typed.jsonl
}

@test "each change was under a permit of its own, and all of them are done" {
    [ "$(sql "SELECT COUNT(*) FROM permit WHERE procedure <> '' AND refused IS NULL AND outcome IS NOT 'done'")" = 0 ]
    for name in tor-r2-01 tor-r2-02 tor-r2-03 tor-r2-04; do
        sql "SELECT procedure FROM permit JOIN switch_job USING (job) WHERE switch = '$name' AND outcome = 'done' ORDER BY permit.id" >procedures
        cat procedures
        [ "$(grep -c '^reload$' procedures)" = 2 ]
        for procedure in image_fetch image_activate config_load; do
            [ "$(grep -c "^$procedure$" procedures)" = 1 ]
        done
    done
    [ "$(sql "SELECT COUNT(*) FROM taint WHERE cleared_at IS NULL")" = 0 ]
}

@test "an image is copied once, and the wanted version is what was found at the end" {
    for name in tor-r2-01 tor-r2-02 tor-r2-03 tor-r2-04; do
        [ "$(changes $name | grep -c -E '^(file )?copy http')" = 1 ]
    done
    sql "SELECT switch, firmware_found FROM switch_job ORDER BY switch" >found
    cat found
    [ "$(cut -d'|' -f2 found)" = "4.30.1F
10.3(4a)
17.12.4
20.4R3-S9.7
4.28.3M" ]
}

@test "the switch in service is refused with its evidence, and nothing but reads was typed there" {
    [ "$(sql "SELECT failure_code FROM job JOIN switch_job ON job = id WHERE switch = 'tor-r2-05'")" = IN_PRODUCTION ]
    grep -q '"switch": *"tor-r2-05"' typed.jsonl
    changes tor-r2-05
    [ -z "$(changes tor-r2-05)" ]
    run -0 "$TORSTARTER" why "$(sql "SELECT job FROM switch_job WHERE switch = 'tor-r2-05'")"
    echo "$output"
    [[ $output == *routing_sessions* && $output == *configuration* ]]
}

@test "no password anywhere: store, output, typed log" {
    for word in $(cat secrets.txt); do
        run ! grep -r -F -a -l -e "$word" state provision.out typed.jsonl
    done
}
