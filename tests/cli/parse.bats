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
