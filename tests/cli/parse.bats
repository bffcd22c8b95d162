#!/usr/bin/env bats
# torstarter parse: a template over an output.
load common
bats_require_minimum_version 1.5.0

setup() {
    setup_home
    cat >fans.textfsm <<'T'
Value FAN (\S+)
Value STATUS (\w+)

Start
  ^${FAN}\s+${STATUS}$$ -> Record
  ^. -> Error
T
}

@test "rows as JSON, from a file" {
    printf 'Fan1  Ok\nFan2  Failed\n' >out.txt
    run -0 "$TORSTARTER" parse --json fans.textfsm out.txt
    [ "$output" = '[{"FAN":"Fan1","STATUS":"Ok"},{"FAN":"Fan2","STATUS":"Failed"}]' ]
}

@test "standard input, with the line ends of a console" {
    run -0 bash -c "printf 'Fan1  Ok\r\n' | '$TORSTARTER' parse --json fans.textfsm"
    [ "$output" = '[{"FAN":"Fan1","STATUS":"Ok"}]' ]
}

@test "an output that the template refuses: rule, line and bytes; status 1" {
    run -1 --separate-stderr bash -c "printf 'Fan1  Ok\n%% Invalid input\n' | '$TORSTARTER' parse fans.textfsm"
    [ -z "$output" ]
    [[ $stderr == *"fans.textfsm:6"* && $stderr == *"line 2"* && $stderr == *"% Invalid input"* ]]
}

@test "a bad template is refused with file:line and the reason; status 65" {
    printf 'Value A (\\S+\n\nStart\n ^${A} -> Record\n' >bad.textfsm
    run -65 "$TORSTARTER" parse bad.textfsm /dev/null
    [[ $output == *"bad.textfsm:1"* ]]
}

@test "a template that is not there: status 2 and the path" {
    run -2 "$TORSTARTER" parse nothing.textfsm /dev/null
    [[ $output == *"nothing.textfsm"* ]]
}

@test "a catastrophic rule ends quickly, is named, and is no pass; status 1" {
    printf 'Value A (\\d)\n\nStart\n ^(a+)+\\1b${A}\n' >slow.textfsm
    run -1 timeout 20 bash -c "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc | '$TORSTARTER' parse slow.textfsm"
    [[ $output == *"slow.textfsm:4"* && $output == *"match limit"* ]]
}

# The example platform of the tests, which has a query of every kind.
example() {
    "$TORSTARTER" --path "$root/tests/data/model" parse --platform example "$@"
}

@test "a platform's query: neutral records, one a line" {
    printf '{"interfaces": {"Et1": {"link": true}, "Et2": {"link": "notconnect", "speed": "100G"}}}\n' >out.json
    run -0 example --query uplink_interfaces out.json
    [ "${lines[0]}" = '{"interface":"Et1","state":"up","description":"","speed":""}' ]
    [ "${lines[1]}" = '{"interface":"Et2","state":"down","description":"","speed":"100G"}' ]
}

@test "the second way to ask, and the interface that was asked about" {
    run -0 bash -c "printf 'Local Device Port\nEt1 spine-1 Et9\n' | '$TORSTARTER' --path '$root/tests/data/model' parse --platform example --query neighbors#2"
    [ "$output" = '{"interface":"Et1","peer":"spine-1","peer_interface":"Et9"}' ]
    printf '  Laser output power : 1 mW / -1.2 dBm\n  Receiver signal average optical power : 1 mW / -2.5 dBm\n' >ethtool.txt
    run -0 example --query transceivers --interface swp51 ethtool.txt
    [ "$output" = '{"interface":"swp51","rx_dbm":"-2.5","tx_dbm":"-1.2"}' ]
    run -64 example --query transceivers ethtool.txt
}

@test "an answer that is not read: file, place in the platform file, reason; status 1" {
    printf '{"interfaces": {\n"Et1": {"link": "odd"}}}\n' >out.json
    run -1 --separate-stderr example --query uplink_interfaces out.json
    [ -z "$output" ]
    [[ $stderr == *"out.json: not read by "*"platforms/example.yaml:"*"state \"odd\" is none of the platform's words"*"line 2"* ]]
    run -0 --separate-stderr example --query neighbors <<<'{}'
    [ -z "$output" ]
    [[ $stderr == *"says that there are none"* ]]
}

@test "a query that the platform has not, and options without --platform: status 64" {
    run -64 example --query fans /dev/null
    run -64 example --query neighbors#3 /dev/null
    run -64 example /dev/null
    run -64 "$TORSTARTER" parse --query fans /dev/null
    run -64 "$TORSTARTER" parse
}
