#!/usr/bin/env bats
# torstarter lint and platforms: what a platform file is, and what it lacks.
load common
bats_require_minimum_version 1.5.0

setup() {
    setup_home
    mkdir p
    cp -r "$root/tests/data/model/platforms" "$root/tests/data/model/parsers" p/
}

@test "queries that a platform lacks are noted by plugin, and are no mistake" {
    run -0 --separate-stderr "$TORSTARTER" lint p/platforms/example.yaml
    [ "$output" = "1 file, no mistakes" ]
    [[ $stderr == *"p/platforms/example.yaml: note: no query "*"fans"*", which the plugin fan asks"* ]]
    [[ $stderr != *"plugin light"* ]]
}

@test "a mistake in another way to ask is told at its place" {
    sed -i 's/template: show_cdp_neighbors/template: show_cdp/' p/platforms/example.yaml
    run -65 --separate-stderr "$TORSTARTER" lint p/platforms/example.yaml
    [[ $stderr == *"p/platforms/example.yaml:"*"there is no parsers/example/show_cdp.textfsm"* ]]
}

@test "platforms lists each way to ask with its command and what reads it" {
    run -0 "$TORSTARTER" --path p platforms example
    [[ $output == *"neighbors "*"show lldp neighbors | json | no-more"*"json, p/platforms/example.yaml:"* ]]
    [[ $output == *"neighbors#2 "*"vtysh -c 'show cdp neighbors'"*"show_cdp_neighbors.textfsm"* ]]
    [[ $output == *"running_config "*"text, p/platforms/example.yaml:"* ]]
    run -0 "$TORSTARTER" --path p platforms --json example
    [[ $output == *'"neighbors#2":"vtysh -c '* ]]
}
