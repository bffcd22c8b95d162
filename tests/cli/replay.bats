#!/usr/bin/env bats
# torstarter export and replay: a job is a recording, a recording is a test; what is damaged or cut is never PASSED.
load rack
bats_require_minimum_version 1.5.0

setup() {
    setup_home
    sessions=$root/fixtures/arista_eos/sessions
}

replay() { "$TORSTARTER" replay --path "$root" "$@"; }

@test "every recording of fixtures/ ends as it says, at least 100 of seven platforms" {
    run -0 replay "$root/fixtures"
    [[ ${lines[0]} =~ ^1\.\.([0-9]+)$ ]]
    [ "${BASH_REMATCH[1]}" -ge 100 ]
    [ "$(ls -d "$root"/fixtures/*/sessions | wc -l)" = 7 ]
    [[ $output != *"not ok"* && $output == *" 0 failed, 0 skipped"* ]]
}

@test "by command, in whatever order: --loose agrees on what a switch said of itself" {
    run -0 replay --loose "$sessions"/{healthy,psu_no_input,fan_failed,uplinks_swapped,lane_dark}.cast
    [[ $output == *"5 passed, 0 failed"* ]]
}

@test "--expect stands in for what the recording says" {
    run -0 replay --expect PSU_FAILURE "$sessions/psu_no_input.cast"
    run -1 replay --expect PASSED "$sessions/psu_no_input.cast"
    [[ $output == *"not ok 1"*"expected PASSED, ended in PSU_FAILURE"* ]]
    run -64 replay --expect PSU_FALIURE "$sessions/psu_no_input.cast"
}

@test "what is typed otherwise is shown beside what was typed, with line and time" {
    sed 's/show environment power\\r/show environment all\\r/' "$sessions/healthy.cast" >other.cast
    run -1 replay other.cast
    echo "$output"
    line=$(grep -n 'environment all' other.cast | head -1 | cut -d: -f1)
    [[ $output == *"at: other.cast:$line, "* ]]
    [[ $output == *"- show environment all\\r"*"+ show environment power\\r"* ]]
}

@test "a recording that goes on where the job ends is not ok" {
    { sed '$d' "$sessions/healthy.cast"; echo '[9000,"i","show clock\r"]'; echo '[9000,"m","END PASSED"]'; } >more.cast
    run -1 replay more.cast
    [[ $output == *"the recording goes on"* ]]
}

@test "cut at any line end: not ok, and where it ends; never PASSED" {
    for n in 1 2 5 20 "$(($(wc -l <"$sessions/healthy.cast") - 1))"; do
        head -n "$n" "$sessions/healthy.cast" >cut.cast
        run -1 replay cut.cast
        [[ $output == *"not ok 1"*"recording ends at "* ]]
    done
}

@test "damaged: refused with file and line, status 65" {
    local cast=$sessions/healthy.cast
    head -c 5000 "$cast" >inside.cast
    sed '7s/^\[/{/' "$cast" >json.cast
    said=$(grep -n '^\[[0-9.]*,"o"' "$cast" | head -1 | cut -d: -f1)
    sed "${said}s/\"o\",\"/&\\\\q/" "$cast" >escape.cast
    awk 'NR == 9 { held = $0; next } { print } NR == 30 { print held }' "$cast" >order.cast
    sed '1s/"site":/"sight":/' "$cast" >header.cast
    sed '1s/"platform":"arista_eos","rack"/"platform":"arista_oes","rack"/' "$cast" >site.cast
    : >empty.cast
    for file in inside.cast:9 json.cast:7 escape.cast:$said order.cast:30 header.cast:1 site.cast:1 empty.cast:1; do
        run -65 replay "${file%:*}"
        echo "$file: $output"
        [[ $output == *"not ok 1"* ]]
        [[ $file == inside* || $output == *"${file%:*}:${file#*:}:"* ]]
        [[ $output =~ ${file%:*}:[0-9]+: ]]
    done
}

@test "bytes that are no UTF-8 stand in b events, and the verdict is theirs" {
    grep -q '^\[[0-9.]*,"b","' "$sessions/eighth_bit.cast"
    run -0 replay "$sessions/eighth_bit.cast"
    grep -v '^\[[0-9.]*,"b","' "$sessions/eighth_bit.cast" >lost.cast
    run replay lost.cast
    [ "$status" != 139 ]
}

@test "a captured log: commands by their echo, the platform by the folder, the rest said in words" {
    mkdir -p logs/arista_eos
    python3 - "$sessions/psu_no_input.cast" >logs/arista_eos/session.log <<'PY'
import json, sys
print("Script started on 2026-03-02 08:00:00+00:00")
for line in list(open(sys.argv[1]))[1:]:
    _, code, data = json.loads(line)
    if code == "o":
        sys.stdout.write(data)
PY
    run -0 replay logs --only psu --skip identity --expect PSU_FAILURE
    run -1 replay logs --only psu --skip identity
    sed 's/show environment power/show environment pow/' logs/arista_eos/session.log >lack.log
    run -1 replay --platform arista_eos --only psu --skip identity lack.log
    [[ $output == *'the log has no answer to "show environment power"'* ]]
    run -65 replay lack.log
    [[ $output == *"--platform"* ]]
}

@test "JUnit and GitHub forms" {
    sed 's/show environment power\\r/show environment all\\r/' "$sessions/healthy.cast" >other.cast
    run -1 replay --format junit other.cast "$sessions/healthy.cast"
    python3 -c 'import sys, xml.dom.minidom as m; d = m.parseString(sys.stdin.buffer.read()); assert len(d.getElementsByTagName("testcase")) == 2 and len(d.getElementsByTagName("failure")) == 1' <<<"$output"
    run -1 replay --format github other.cast
    [[ ${lines[0]} == "::error file=other.cast,line="*",title=torstarter replay::"* ]]
    run -64 replay --format tapp other.cast
}

@test "a job exports, without a secret, plays in asciinema and ends in the same verdict" {
    many_switches 2 "line: {slow: 0}"
    sed -i '/slow: 0/d' scenario.yaml
    start_sim scenario.yaml
    "$TORSTARTER" validate all --path "$root" >/dev/null || true
    stop_sim
    for job in 1 2; do
        "$TORSTARTER" export $job >$job.cast
        ! grep -q 'Secret-' $job.cast
    done
    run -0 replay --expect "$(sql 'SELECT COALESCE(failure_code, state) FROM job JOIN switch_job ON job = id WHERE id = 1')" 1.cast
    run -0 replay 2.cast
    run -64 "$TORSTARTER" export 99
    command -v asciinema >/dev/null || skip "asciinema is not installed"
    TERM=xterm script -qec "asciinema play -s 1000 1.cast" /dev/null >played
    grep -q 'show version' played
}
