#!/usr/bin/env bats
# torstarter fixture: a job of the past as files that may be passed on. Nothing tells whose they were; they are judged alike.
load rack
bats_require_minimum_version 1.5.0

setup() { setup_home; }
teardown() { stop_sim; }

# all_spellings MAC: as anybody might print it
all_spellings() {
    local h
    h=$(tr -dc '[:xdigit:]' <<<"$1" | tr '[:upper:]' '[:lower:]')
    echo "$h" | sed -E 's/(..)(..)(..)(..)(..)(..)/\1:\2:\3:\4:\5:\6\n\1-\2-\3-\4-\5-\6\n\1\2.\3\4.\5\6\n\1\2-\3\4-\5\6\n\1\2\3-\4\5\6\n\1\2\3\4\5\6/'
}

@test "every job of the demo: the same verdicts without the names, and no name, number or address of the switch left" {
    cp -R "$root/configs/demo/." .
    . ./credentials.sh
    start_sim scenario.yaml
    run "$TORSTARTER" validate all --path "$root"
    [ "$status" -le 1 ]
    stop_sim
    made=0
    while IFS='|' read -r job name serial mac; do
        run -0 "$TORSTARTER" fixture "$job" --path "$root" --out "out/$job"
        echo "$job $name: $output"
        [[ $output == *" 0 differ, 0 not judged"* && $output == *"session.cast: replayed, it ends as the job did: "* ]]
        {
            echo "$name"
            echo "$serial"
            echo spine-
            all_spellings "$mac"
            all_spellings "$(sed -nE "s/^ *- \{name: $name,.* mac: '?([^,']*)'?,.*/\1/p" scenario.yaml)"
            sed -nE "/^ *$name:/,/^  [a-z]/s/.*(address|gateway): ([0-9.]+).*/\2/p" site.yaml
        } | grep . | sort -u >who
        python3 -c 'import json, sys; sys.stdout.write("".join(e[2] for e in map(json.loads, list(open(sys.argv[1]))[1:]) if e[1] == "o"))' "out/$job/session.cast" >"out/$job/session.txt"
        run ! grep -r -i -F -f who "out/$job"
        made=$((made + 1))
    done <<<"$(sql "SELECT job, switch, COALESCE(serial_found, 'none-was-found'), COALESCE(mac, '') FROM switch_job JOIN phase_run p USING (job) WHERE p.plugin = 'identity'")"
    [ $made -ge 20 ]
    run -0 "$TORSTARTER" replay --path "$root" out
    [[ $output == *"# $made passed, 0 failed, 0 skipped"* ]]
}

@test "what stands in a configuration: users, hashes, communities, addresses of both kinds, the same name everywhere" {
    many_switches 1
    sed -i 's/user: admin/user: jdoe7/' scenario.yaml site.yaml
    printf 'hostname sw-001\nusername jdoe7 privilege 15 secret sha512 $6$abcdefgh$0123456789abcdefABCDEF0123456789\nsnmp-server community s3cretC0m ro\nlogging host 198.51.100.77\nntp server 198.51.100.77\nipv6 address 2001:db8:77::12/64\nmac 001c.7300.0001 is 00:1C:73:00:00:01\nend\n' >running.txt
    sed -i "s/values: {slot: '1'}}/values: {slot: '1'}, answers: {show running-config: running.txt}}/" scenario.yaml
    start_sim scenario.yaml
    "$TORSTARTER" capture sw-001 --path "$root" --out captured || [ $? -le 1 ]
    stop_sim
    run -0 "$TORSTARTER" fixture 1 --path "$root" --out out
    cat out/running_config.txt
    run ! grep -r -i -F -e jdoe7 -e sw-001 -e s3cretC0m -e 0123456789abcdef -e 198.51.100.77 -e 2001:db8:77 -e JPE00001 -e 001c.7300.0001 -e 00:1c:73:00:00:01 out
    [ "$(grep -cE "^(logging host|ntp server) $(sed -nE 's/^logging host //p' out/running_config.txt)\$" out/running_config.txt)" = 2 ]
    read -r _ dotted _ colons <<<"$(grep '^mac ' out/running_config.txt)"
    [ "$(tr -d .: <<<"$dotted")" = "$(tr -d .: <<<"$colons" | tr '[:upper:]' '[:lower:]')" ]
    # One redactor for both: what was captured then and what is made of the job now are the same files.
    run -0 diff <(sed -E 's/[0-9a-z]+/x/g' captured/version.txt) <(sed -E 's/[0-9a-z]+/x/g' out/version.txt)
}

@test "a job that is not there, and a folder that is" {
    many_switches 1
    start_sim scenario.yaml
    run "$TORSTARTER" validate all --path "$root"
    stop_sim
    run -64 "$TORSTARTER" fixture 9 --path "$root"
    mkdir fixture-1
    run -64 "$TORSTARTER" fixture 1 --path "$root"
    [[ $output == *"is there already"* ]]
}
