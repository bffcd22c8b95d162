#!/usr/bin/env bats
# Restarts of a simulated switch after a change: proven, and each way in which they are not (behaviours 31, 45 to 47, 57 to 60, 77).
load rack
bats_require_minimum_version 1.5.0

setup() {
    setup_home
    mkdir -p configs/job-types
    printf 'about: a configuration that survives\nchanges: true\nplugins: [oob_connect, identity, guard, config, reboot_verify]\n' >configs/job-types/restart.yaml
}
teardown() { stop_sim; }

# factory_scenario SPEED [STATE…]: a switch from the factory that wants a configuration, with more of its state.
factory_scenario() {
    many_switches 1 "speed: $1" "state: {config: factory${2:+, $2}}"
    # The account of the configuration and that of the factory.
    sed -i 's/^  switch: .*/&\n  factory: {user: admin, password: ""}/; s/credentials: \[switch\]/credentials: [switch, factory], config: {file: sw-001.conf}/' site.yaml
    sed 's/{hostname}/sw-001/; /^router bgp/,/^!/d; /^ip routing/d' "$root/fixtures/arista_eos/healthy/running_config.txt" >sw-001.conf
}
factory_switch() {
    factory_scenario "$@"
    start_sim scenario.yaml
}

# The platform's own times would let the tests wait for minutes.
hurried_platform() {
    mkdir -p platforms
    sed -E '/^boot:/,/^procedures:/ s/(within|silence|total): [0-9]+m/\1: 6s/' "$root/platforms/arista_eos.yaml" >platforms/arista_eos.yaml
    sed -i 's/  total: 6s/  total: 12s/' platforms/arista_eos.yaml
}

restart() { "$TORSTARTER" run restart all --path "$home" --path "$root" "$@"; }
state_of_job() { sql "SELECT state || coalesce(' ' || failure_code, '') FROM job JOIN switch_job ON job = id WHERE id = ${1:-1}"; }
verdict_of() { sql "SELECT text FROM phase_run WHERE plugin = 'reboot_verify' AND job = ${1:-1}"; }

@test "a configuration is loaded, saved and proven by a restart: up time, reason, version, configuration, links (b57)" {
    factory_switch 60
    run restart
    echo "$output"
    [ "$(state_of_job)" = PASSED ]
    run verdict_of
    echo "$output"
    [[ $output == *"restarted (Reload requested by the user.)"* && $output == *"version 4.28.3M, configuration as saved"* ]]
    [ "$(grep -c '"reload now"' typed.jsonl)" = 1 ]
    [ "$(sql "SELECT count(*) FROM permit WHERE procedure = 'reload' AND outcome = 'done'")" = 1 ]
    # A second job finds everything as it should be: nothing is changed, so nothing is restarted.
    run restart
    echo "$output"
    [ "$(state_of_job 2)" = PASSED ]
    [[ $(verdict_of 2) == *"not asked for: this job changed nothing"* ]]
    [ "$(grep -c '"reload now"' typed.jsonl)" = 1 ]
}

@test "a retry of a job that died between its change and its restart restarts the switch, though it finds nothing to change" {
    factory_switch 60
    run -0 restart --skip reboot_verify
    run -0 restart
    [[ $(verdict_of 2) == *"not asked for: this job changed nothing"* ]]
    sql "UPDATE job SET state = 'LOST' WHERE id = 1;
INSERT INTO taint (switch, job, at, procedure, text) VALUES ('sw-001', 1, 1, 'config_save', 'config_save was under way')"
    run -0 "$TORSTARTER" retry 1 --path "$home" --path "$root"
    echo "$output"
    [ "$(state_of_job 3)" = PASSED ]
    [[ $(verdict_of 3) == restarted* ]]
    [ "$(grep -c '"reload now"' typed.jsonl)" = 1 ]
    [ "$(sql "SELECT count(*) FROM permit WHERE job = 3 AND procedure LIKE 'config%'")" = 0 ]
    [ "$(sql "SELECT count(*) FROM taint WHERE cleared_at IS NULL")" = 0 ]
}

@test "a switch that boots again and again is BOOT_LOOP, and receives no byte (b60)" {
    factory_switch 4 'boot: loop'
    run restart
    echo "$output"
    [ "$(state_of_job)" = "FAILED BOOT_LOOP" ]
    [ "$(grep -c '"unsafe": *true' typed.jsonl)" = 0 ]
    [ "$(tail -1 typed.jsonl | grep -c 'reload now')" = 1 ]
    [ "$(sql "SELECT count(*) FROM taint WHERE cleared_at IS NULL AND procedure = 'reload'")" = 1 ]
}

@test "a switch that stays in its loader is BOOT_LOADER, and receives no byte (b37)" {
    factory_switch 60 'boot: loader'
    run restart
    echo "$output"
    [ "$(state_of_job)" = "FAILED BOOT_LOADER" ]
    [ "$(tail -1 typed.jsonl | grep -c 'reload now')" = 1 ]
}

@test "a switch that never comes back is REBOOT_TIMEOUT, which names the milestone that is late (b58)" {
    hurried_platform
    factory_switch 60 'boot: silent'
    run restart
    echo "$output"
    [ "$(state_of_job)" = "FAILED REBOOT_TIMEOUT" ]
    [[ $(verdict_of) == *'reached "kernel", then init was to come'* ]]
    [ "$(tail -1 typed.jsonl | grep -c 'reload now')" = 1 ]
}

@test "a switch that comes back without its configuration is CONFIG_MISMATCH, with the difference (b31, b47)" {
    mkdir fixtures && cp -r "$root/fixtures/arista_eos" fixtures/
    sed -i "s/^  negation: 'no '/&\n  at_boot: ['config_copy previous running']/" fixtures/arista_eos/device.yaml
    hurried_platform
    factory_switch 60
    run restart
    echo "$output"
    [ "$(state_of_job)" = "FAILED CONFIG_MISMATCH" ]
    [[ $(verdict_of) == *"another configuration runs"*"hostname sw-001"* ]]
}

@test "another switch that stands there after the restart stops the job: IDENTITY_MISMATCH (b77)" {
    factory_switch 60 'serial: JPE99999'
    run restart
    echo "$output"
    [ "$(state_of_job)" = "FAILED IDENTITY_MISMATCH" ]
    [[ $(verdict_of) == *JPE99999*JPE00001* ]]
}

@test "a crash is no restart that was asked for: REBOOT_NOT_PROVEN (b57)" {
    factory_switch 60 'boot: crash'
    run restart
    echo "$output"
    [ "$(state_of_job)" = "FAILED REBOOT_NOT_PROVEN" ]
    [[ $(verdict_of) == *"kernel crash"* ]]
}

@test "a save that saves nothing is seen before anything is restarted: CONFIG_NOT_SAVED (b47)" {
    factory_switch 60 'save: ignored'
    run restart
    echo "$output"
    [ "$(state_of_job)" = "FAILED CONFIG_NOT_SAVED" ]
    [ "$(grep -c '"reload now"' typed.jsonl)" = 0 ]
}

@test "reboot: never leaves a changed switch running, reboot: always restarts one that was not changed" {
    factory_switch 60
    sed -i 's/serial: JPE00001/reboot: never, &/' site.yaml
    run restart
    echo "$output"
    [ "$(state_of_job)" = PASSED ]
    [ "$(grep -c '"reload now"' typed.jsonl)" = 0 ]
    sed -i 's/reboot: never/reboot: always/' site.yaml
    run restart
    echo "$output"
    [ "$(state_of_job 2)" = PASSED ]
    [ "$(grep -c '"reload now"' typed.jsonl)" = 1 ]
    sed -i 's/reboot: always/reboot: allways/' site.yaml
    run -65 restart
    [[ $output == *"always"* ]]
}

# A scenario's switch speaks of provisioning at each login, until it restarts.
ztp() { sed -i 's/values: {slot/line: {motd: "The device is in Zero Touch Provisioning mode\\n"}, &/' scenario.yaml; }

@test "a switch in zero-touch mode is logged in to, and left it under a permit with one restart (b62)" {
    sed -i 's/identity, guard/identity, first_boot, guard/' configs/job-types/restart.yaml
    factory_scenario 60
    ztp && start_sim scenario.yaml
    run restart
    echo "$output"
    [ "$(state_of_job)" = PASSED ]
    [ "$(grep -c '"zerotouch cancel"' typed.jsonl)" = 1 ]
    [ "$(sql "SELECT count(*) FROM permit WHERE procedure = 'first_boot_end' AND outcome = 'done'")" = 1 ]
    [ "$(grep -c '"reload now"' typed.jsonl)" = 1 ]
}

@test "validate says FIRST_BOOT and types nothing that leaves it (b62)" {
    factory_scenario 60
    ztp && start_sim scenario.yaml
    "$TORSTARTER" validate all --path "$home" --path "$root" || [ $? = 1 ]
    [ "$(state_of_job)" = "FAILED FIRST_BOOT" ]
    [ "$(grep -c zerotouch typed.jsonl)" = 0 ]
}

@test "a switch in zero-touch mode that shows signs of production is not touched (b75)" {
    sed -i 's/identity, guard/identity, first_boot, guard/' configs/job-types/restart.yaml
    factory_scenario 60
    ztp && sed -i 's/config: factory/config: production/' scenario.yaml && start_sim scenario.yaml
    run restart
    echo "$output"
    [ "$(state_of_job)" = "FAILED IN_PRODUCTION" ]
    [ "$(grep -c '"changes": *true' typed.jsonl)" = 0 ]
}

@test "a password that the switch's policy refuses is AUTH_POLICY, no hang, and nothing stays of it (b49)" {
    mkdir fixtures && cp -r "$root/fixtures/arista_eos" fixtures/
    sed -i "s/^  lines:/&\n    - {line: '^username admin .+', error: \"% Password is too weak: minimum length is 12\\\\n\"}/" fixtures/arista_eos/device.yaml
    factory_switch 60
    run restart
    echo "$output"
    [ "$(state_of_job)" = "FAILED AUTH_POLICY" ]
    [ "$(grep -c '"reload now"' typed.jsonl)" = 0 ]
    [ "$(sql "SELECT count(*) FROM taint")" = 0 ]
}
