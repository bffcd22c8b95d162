#!/usr/bin/env bats
# The words of the command line: usage, mistakes, exit statuses.
load common
bats_require_minimum_version 1.5.0

setup() { setup_home; }

@test "no command: the list of commands on stderr, status 64" {
    run -64 --separate-stderr "$TORSTARTER"
    [ -z "$output" ]
    [[ $stderr == *"provision SELECTOR"* ]]
}

@test "--help prints every command with one line, status 0" {
    run -0 "$TORSTARTER" --help
    for command in provision validate run console jobs show log why report console parse lint platforms plugins codes sim; do
        [[ $output == *"  $command "* ]]
    done
    [[ $output == *"exit status"* ]]
}

@test "COMMAND --help prints its usage for each command" {
    for command in provision validate run console jobs show log why report console parse lint platforms plugins codes sim; do
        run -0 "$TORSTARTER" "$command" --help
        [[ $output == "usage: torstarter $command"* ]]
    done
}

@test "--version" {
    run -0 "$TORSTARTER" --version
    [[ $output =~ ^torstarter\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "an unknown command names the nearest one, status 64" {
    run -64 "$TORSTARTER" provison all
    [[ $output == *'did you mean `provision`'* ]]
}

@test "an unknown option is refused, status 64" {
    run -64 "$TORSTARTER" jobs --colour
    [[ $output == *"--colour is no option here"* ]]
}

@test "an option without its value is refused, status 64" {
    run -64 "$TORSTARTER" jobs --db
    [[ $output == *"wants a value"* ]]
}

@test "a number out of range is refused, status 64" {
    run -64 "$TORSTARTER" provision all -j 0
    [[ $output == *"whole number from 1 to 1000"* ]]
}

@test "an argument too many is refused, status 64" {
    run -64 "$TORSTARTER" show 1 2
    [[ $output == *'"2" is one argument too many'* ]]
}

@test "no site file: says where it looked, status 64" {
    run -64 "$TORSTARTER" provision all
    [[ $output == *"site.yaml"* && $output == *"--console"* ]]
}

@test "--console without --platform is refused, status 64" {
    run -64 "$TORSTARTER" provision --console ssh://a@127.0.0.1:1/1
    [[ $output == *"--platform"* ]]
}

@test "no jobs yet: jobs says so and where it looked" {
    run -2 "$TORSTARTER" jobs
    [[ $output == *"torstarter.db"* ]]
}

@test "--log with a room that there is not is refused, status 64" {
    run -64 "$TORSTARTER" jobs --log kitchen=debug
    [[ $output == *"no such room"* ]]
}

@test "output that cannot be written is trouble: status 2" {
    [ -e /dev/full ] || skip "there is no /dev/full"
    run -2 bash -c "'$TORSTARTER' codes >/dev/full"
    [[ $output == *"cannot write to standard output"* ]]
}
