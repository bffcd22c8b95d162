#!/usr/bin/env bats
# torstarter capture: what a switch prints, as files that may be passed on, and whether the templates read it.
load rack
bats_require_minimum_version 1.5.0

setup() { setup_home; }
teardown() { stop_sim; }

# The value of a key in the line of a switch in the demo's files.
of_switch() { sed -nE "s/.*name: $1,.* $2: '?([^,']*)'?,.*/\1/p" scenario.yaml; }

# all_spellings MAC: as anybody might print it
all_spellings() {
    local h
    h=$(tr -dc '[:xdigit:]' <<<"$1" | tr '[:upper:]' '[:lower:]')
    echo "$h" | sed -E 's/(..)(..)(..)(..)(..)(..)/\1:\2:\3:\4:\5:\6\n\1-\2-\3-\4-\5-\6\n\1\2.\3\4.\5\6\n\1\2\3-\4\5\6\n\1\2\3\4\5\6/'
}

@test "on each platform: the files are read again as they are, and nothing in them says which switch it was" {
    cp -R "$root/configs/demo/." .
    . ./credentials.sh
    start_sim scenario.yaml
    for name in tor-r1-01 tor-r1-12 tor-r1-13 tor-r1-14 tor-r1-15 tor-r1-16 tor-r1-17; do
        out=out-$name
        run -0 --separate-stderr "$TORSTARTER" capture $name --path "$root" --out $out --json
        echo "$name: $output" | grep -e '"spoiled":true' -e UNREAD && false
        platform=$(of_switch $name platform)
        platform=${platform:-arista_eos}
        files=0
        while read -r line; do
            query=$(sed -nE 's/.*"query":"([^"]*)".*/\1/p' <<<"$line")
            file=$(sed -nE 's/.*"file":"([^"]*)".*/\1/p' <<<"$line")
            rows=$(sed -nE 's/.*"rows":([0-9]+).*/\1/p' <<<"$line")
            [ -n "$file" ] || continue
            [[ $line != *'"state":"unread"'* ]] || continue # a way behind one that was read, else the status were 1
            files=$((files + 1))
            "$TORSTARTER" parse --path "$root" --platform "$platform" --query "$query" --interface X "$out/$file" >rows 2>err ||
                { echo "$name $file"; cat err; false; }
            [ "$(wc -l <rows)" = "$rows" ]
        done <<<"$output"
        [ "$files" -ge 15 ]
        [ -s $out/version.txt ] && [ -s $out/ping.txt ] && [ -s $out/running_config.txt -o -s $out/running_config.2.txt ]
        serial=$(of_switch $name serial)
        { echo "$name"; echo "$serial"; echo spine-; sed -nE "s/^$serial,.*,//p" assets.csv; all_spellings "$(of_switch $name mac)"; echo "10.1.${name##*-0}." | sed 's/tor-r1-//'; } | grep . >who
        run ! grep -r -i -F -f who $out
    done
    run ! grep '"unsafe": *true' typed.jsonl
    [ "$(sql "SELECT COUNT(*) FROM job WHERE type = 'capture' AND state = 'PASSED'")" = 7 ]
    [ "$(sql "SELECT COUNT(*) FROM phase_run WHERE phase = 'CAPTURE'")" = 7 ]
}

one_switch() {
    many_switches 1
    sed -i 's/user: admin/user: jdoe7/' scenario.yaml site.yaml
    printf 'hostname sw-001\nusername jdoe7 privilege 15 secret sha512 $6$abcdefgh$0123456789abcdefABCDEF0123456789\nsnmp-server community s3cretC0m ro\nlogging host 198.51.100.77\nipv6 address 2001:db8:77::12/64\nend\n' >running.txt
    printf 'A layout that nobody knows yet\n' >odd.txt
    sed -i "s/values: {slot: '1'}}/values: {slot: '1'}, answers: {show running-config: running.txt, show environment cooling: odd.txt}}/" scenario.yaml
    start_sim scenario.yaml
}

@test "secrets, users and addresses of a configuration are replaced; what is not read ends in 1 and is written too" {
    one_switch
    run -1 --separate-stderr "$TORSTARTER" capture sw-001 --path "$root" --out out
    [[ $output == *"show environment cooling "*" UNREAD: "*show_environment_cooling.textfsm*"line 1"* ]]
    [[ $output == *"not asked: "* && $output == *"read, 1 row"* ]]
    [[ $stderr == *PARSE_FAILURE*"fans"* && $stderr == *"written to out"* ]]
    [ "$(cat out/fans.txt)" = "A layout that nobody knows yet" ]
    grep -q '^username .* privilege 15 secret sha512 {secret:config}$' out/running_config.txt
    run ! grep -r -F -e jdoe7 -e s3cretC0m -e abcdefgh -e 198.51.100.77 -e 2001:db8:77 -e sw-001 -e JPE00001 out
    [ "$(sql "SELECT state FROM job")" = ERROR ]
}

@test "a folder that holds something is left alone; a capture is of one switch; a console of its own needs no site" {
    one_switch
    mkdir full && touch full/mine.txt
    run -64 "$TORSTARTER" capture sw-001 --path "$root" --out full
    [[ $output == *"full is not empty"* && $(ls full) == mine.txt ]]
    run -64 "$TORSTARTER" capture --path "$root" --out out
    [ ! -s typed.jsonl ]
    port=$(sed -nE 's/.*port: ([0-9]+).*/\1/p' ready.yaml)
    mkdir -p .ssh && cp ready.yaml.known_hosts .ssh/known_hosts
    export TORSTARTER_USER=jdoe7 TORSTARTER_PASSWORD=$SWITCH_PASSWORD TORSTARTER_OOB_PASSWORD=$OOB_PASSWORD
    run -1 --separate-stderr "$TORSTARTER" capture --path "$root" \
        --console "ssh://net@127.0.0.1:$port/1?kind=opengear" --platform arista_eos
    echo "$output$stderr"
    [[ $output == *"read, 2 rows"* && $output == *"not asked: the site file says no uplink"* ]]
    [ -s capture-arista_eos/power_supplies.txt ]
}
