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

@test "platforms lists the procedures with their steps, lint those that a platform lacks" {
    run -0 "$TORSTARTER" --path p platforms example
    [[ $output == *"image_fetch "*"copy {image_url} flash:{image_file}"*"p/platforms/example.yaml:"* ]]
    [[ $output == *"(asks boot_image)"* && $output == *"(types the configuration)"* ]]
    [[ $output == *"(taken back by image_delete)"* ]]
    run -0 "$TORSTARTER" --path p --json platforms example
    [[ $output == *'"config_load":{"steps":["configure session torstarter","(types the configuration)",'*'"undo":"config_rollback"}'* ]]
    run -0 --separate-stderr "$TORSTARTER" lint p/platforms/example.yaml
    [[ $stderr == *"example.yaml: note: no procedure config_save, which config needs"* ]]
    [[ $stderr == *"example.yaml: note: no procedure uplink_address_set, uplink_address_clear, which uplink_address needs"* ]]
    [[ $stderr != *"which reboot_verify needs"* && $stderr != *"no boot:"* ]]
    sed -i '/^boot:/,/^  total/d' p/platforms/example.yaml
    run -0 --separate-stderr "$TORSTARTER" lint p/platforms/example.yaml
    [[ $stderr == *"example.yaml: note: no boot:, which says when a reload is over"* ]]
}
