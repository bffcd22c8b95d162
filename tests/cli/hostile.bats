#!/usr/bin/env bats
# torstarter replay --hostile: a recording over a bad line ends in a code or as it was, and what does not is found and made small.
load rack
bats_require_minimum_version 1.5.0

setup() {
    setup_home
    sessions=$root/fixtures/arista_eos/sessions
}

replay() { "$TORSTARTER" replay --path "$root" "$@"; }

# A log of one check, and beside it a template that also takes a damaged row for a supply, if only the word Ok is left of it.
weak_psu() {
    mkdir -p logs/arista_eos weak/parsers/arista_eos
    python3 - "$sessions/healthy.cast" >logs/arista_eos/session.log <<'PY'
import json, sys
for line in list(open(sys.argv[1]))[1:]:
    _, code, data = json.loads(line)
    if code == "o":
        sys.stdout.write(data)
PY
    local template=parsers/arista_eos/show_environment_power.textfsm
    sed -E '/^UptimeRows/,/^Done/s/^  \^Total/  ^${SLOT}\\s+.*(?=Ok)${STATUS}.* -> Record\n&/' "$root/$template" >weak/$template
    run ! cmp "$root/$template" weak/$template
}

@test "seven recordings by twenty seeds: each ends in a code or as recorded, with the same records" {
    local files=("$sessions"/{healthy,psu_no_input,fan_failed}.cast "$root"/fixtures/{cisco_nxos,juniper_junos,sonic,cumulus_linux}/sessions/healthy.cast)
    run replay --hostile 1-20 --shrink "${files[@]}"
    echo "$output"
    [ "$status" = 0 ]
    [[ ${lines[0]} == 1..140 && $output == *"140 passed, 0 failed, 0 skipped"* ]]
    [[ $output == *"seed 20: "* && $output == *CONSOLE_LOST* && $output == *PARSE_FAILURE* && $output == *": PASSED"* ]]
}

@test "the same seed gives the same faults and the same end" {
    replay --hostile 1-5 "$sessions/healthy.cast" >first || true
    replay --hostile 1-5 -j 4 "$sessions/healthy.cast" >second || true
    run -0 cmp first second
}

@test "a weak template: a seed finds it, shrinking leaves one fault, the printed line finds it again, the true template does not" {
    weak_psu
    hostile() { "$TORSTARTER" replay "$@" --path "$root" --only psu --skip identity logs; }
    run -0 hostile --hostile 26
    run -1 hostile --path weak --hostile 1-30 --shrink
    echo "$output"
    faults=$(sed -nE "s/^  again: torstarter replay --faults '(.*)' logs.*/\1/p" <<<"$output")
    [ "$faults" = parity@489 ]
    run -1 hostile --path weak --hostile 26
    [[ $output == *"seed 26: "*,*"PASSED with other records"* ]]
    run -1 hostile --path weak --faults "$faults"
    [[ $output == *"- power_supply: slot=2 status=ok failed=0 model="*"+ power_supply: slot=2 status=ok failed=0"* ]]
    run -0 hostile --faults "$faults"
    [[ $output == *PARSE_FAILURE* ]]
}

@test "a byte that came twice in a version nobody compares is not passed over" {
    run -1 replay --faults twice@332 --shrink "$sessions/booting.cast"
    [[ $output == *"PASSED with other records"*"firmware_found=4.28.3M"*"again: torstarter replay --faults 'twice@332' "* ]]
}

@test "what cannot be answered by command is skipped and said so; mistakes of the command line" {
    run -0 replay --hostile 1 "$sessions/silent.cast"
    [[ $output == *"# SKIP nothing in it can be answered by command"* ]]
    run -64 replay --hostile x "$sessions/healthy.cast"
    run -64 replay --hostile 9-3 "$sessions/healthy.cast"
    run -64 replay --shrink "$sessions/healthy.cast"
    run -64 replay --faults loose@3 "$sessions/healthy.cast"
    run -64 replay --faults lose@3, "$sessions/healthy.cast"
    run -64 replay --faults drop_after@3-9 "$sessions/healthy.cast"
    run -64 replay --faults lose@3 --hostile 1 "$sessions/healthy.cast"
    echo '{' >torn.cast
    run -65 replay --hostile 1 torn.cast
}
