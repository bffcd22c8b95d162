#!/usr/bin/env bats
# The firmware of simulated switches: installed, left alone, refused; what stays behind after each way in which it can go wrong.
load rack
bats_require_minimum_version 1.5.0

setup() { setup_home; }
teardown() { stop_sim; }

OLD=4.28.3M NEW=4.30.1F IMAGE=EOS-4.30.1F.swi
# Nobody listens there: the size of the image is then not known beforehand.
NOBODY=http://127.0.0.1:9/images/

# factory_switch [SWITCH-KEYS [IMAGE-KEYS]]: one switch as from the factory that runs $OLD, wants $NEW, and can fetch it.
factory_switch() {
    many_switches 1 "speed: 200" "state: {config: factory}" "images: {$IMAGE: {version: $NEW, size: 981MB, content: the image${2:+, $2}}}"
    sed -i "s/count: 1,/count: 1${1:+, $1},/" scenario.yaml
    sum=$(printf 'the image' | sha512sum | cut -d' ' -f1)
    wants "version: $NEW, image: $IMAGE, checksums: {sha512: $sum}"
    printf 'images: {url: "%s"}\n' "${server:-$NOBODY}" >>site.yaml
    sed -i 's/credentials: \[switch\]/credentials: [switch, factory]/; s/^credentials:/&\n  factory: {user: admin, password: ""}/' site.yaml
}
wants() { sed -i "s/credentials: \[switch/firmware: {$1}, &/" site.yaml; }

firmware() { # firmware STATUS: runs the job; its output in $output
    start_sim scenario.yaml
    run "-$1" "$TORSTARTER" run firmware all --path "$root"
    echo "$output"
    sql "SELECT kind, command, output FROM log_event WHERE kind IN ('change', 'note')"
    if grep '"unsafe": *true' typed.jsonl; then return 1; fi
}
verdict() { sql "SELECT COALESCE(failure_code, state) FROM job JOIN switch_job ON job = id ORDER BY id DESC LIMIT 1"; }
text() { sql "SELECT COALESCE(failure_text, '') FROM switch_job ORDER BY job DESC LIMIT 1"; }
tainted() { sql "SELECT COUNT(*) FROM taint WHERE cleared_at IS NULL"; }
changes() { grep '"changes": *true' typed.jsonl | sed -E 's/.*"text": *"([^"]*)".*/\1/'; }

@test "an upgrade: copied, its checksum compared, set to boot, restarted, proven" {
    factory_switch
    firmware 0
    [ "$(verdict)" = PASSED ]
    [ "$(changes)" = "copy $NOBODY$IMAGE flash:$IMAGE
boot system flash:$IMAGE
reload now" ]
    [ "$(sql "SELECT firmware_found FROM switch_job")" = $NEW ]
    [ "$(sql "SELECT group_concat(procedure || ' ' || outcome, ', ') FROM (SELECT * FROM permit WHERE procedure <> '' ORDER BY id)")" = "image_fetch done, image_activate done, reload done" ]
    [ "$(tainted)" = 0 ]

    # And again: nothing is left to do, so nobody asks for a permit.
    run -0 "$TORSTARTER" run firmware all --path "$root"
    echo "$output"
    [ "$(verdict)" = PASSED ]
    [ "$(changes | wc -l)" = 3 ]
    [ "$(sql "SELECT COUNT(*) FROM permit WHERE procedure <> ''")" = 3 ]
}

@test "a downgrade is the same, and told" {
    factory_switch "state: {version: 4.31.0F}"
    firmware 0
    [ "$(verdict)" = PASSED ]
    [[ $output == *"it ran 4.31.0F"* ]]
}

@test "nothing in the site file: not asked for, and no part of the job" {
    many_switches 1 "state: {config: factory}"
    sed -i 's/credentials: \[switch\]/credentials: [switch, factory]/; s/^credentials:/&\n  factory: {user: admin, password: ""}/' site.yaml
    firmware 0
    [[ $output == *"not asked for: the site names no firmware of sw-001"* && $output == *"3 of 3"* ]]
    [ -z "$(changes)" ]
}

@test "an image that is in the flash already, whole, is not copied" {
    factory_switch "state: {files: {$IMAGE: {size: 981MB, version: $NEW, image: $IMAGE}}}"
    firmware 0
    [ "$(verdict)" = PASSED ]
    [ "$(changes)" = "boot system flash:$IMAGE
reload now" ]
}

@test "half a file is deleted and fetched again" {
    factory_switch "state: {files: {$IMAGE: 400MB}}"
    firmware 0
    [ "$(verdict)" = PASSED ]
    [ "$(changes)" = "delete flash:$IMAGE
copy $NOBODY$IMAGE flash:$IMAGE
boot system flash:$IMAGE
reload now" ]
}

@test "a wrong checksum: deleted again, nothing is set, the old image boots" {
    factory_switch "faults: [image_damaged]"
    firmware 1
    [ "$(verdict)" = FIRMWARE_CHECKSUM ]
    [[ $(text) == *sha512* && $(text) == *"boots next EOS-$OLD.swi"* ]]
    [ "$(changes)" = "copy $NOBODY$IMAGE flash:$IMAGE
delete flash:$IMAGE" ]
    [ "$(tainted)" = 0 ]
}

@test "the image server has another image than the site's checksum says" {
    factory_switch "" "content: something else"
    sed -i 's/content: the image, //' scenario.yaml
    firmware 1
    [ "$(verdict)" = FIRMWARE_CHECKSUM ]
    [ "$(tainted)" = 0 ]
}

@test "no room, seen by the switch itself in the midst of the copy" {
    factory_switch "faults: [flash_full]"
    firmware 1
    [ "$(verdict)" = FIRMWARE_NO_SPACE ]
    [[ $(text) == *"not in the flash"* ]]
    [ "$(tainted)" = 0 ]
}

@test "a copy that breaks off: the rest is deleted, and the next run goes on" {
    factory_switch "faults: [fetch_breaks]"
    firmware 1
    [ "$(verdict)" = FIRMWARE_FETCH_FAIL ]
    [ "$(changes)" = "copy $NOBODY$IMAGE flash:$IMAGE
delete flash:$IMAGE" ]
    [ "$(tainted)" = 0 ]
}

@test "a file that the image server does not have, as the switch says" {
    factory_switch "" "missing: true"
    firmware 1
    [ "$(verdict)" = FIRMWARE_FETCH_FAIL ]
    [[ $(text) == *"not in the flash"* ]]
    [ "$(tainted)" = 0 ]
}

@test "the boot variable is refused: the old one stands, nothing restarts" {
    cp -R "$root/fixtures/arista_eos" eos
    refused="  - {type: 'boot system flash:$IMAGE', in: [config], does: ['boot none.swi'], fails: {no_file: \"% Software image is not supported on this hardware\\\\n\"}}"
    sed -i "s/^commands:/&\n$refused/" eos/device.yaml
    factory_switch
    sed -i 's/^platform: arista_eos/device: eos\/device.yaml/' scenario.yaml
    firmware 1
    [ "$(verdict)" = FIRMWARE_INSTALL_FAIL ]
    [[ $(text) == *"not supported on this hardware"* && $(text) == *"taken back"* && $(text) == *"is in the flash, whole"* ]]
    run ! grep "reload" typed.jsonl
    [ "$(tainted)" = 0 ]
}

@test "it comes back with the old version" {
    factory_switch "faults: [comes_back_old]"
    firmware 1
    [ "$(verdict)" = FIRMWARE_VERSION ]
    [[ $(text) == *"runs $OLD instead of $NEW"* ]]
}

@test "another switch comes back" {
    factory_switch "faults: [switch_swapped]"
    firmware 1
    [ "$(verdict)" = IDENTITY_MISMATCH ]
    [[ $(text) == *JPE99999999* ]]
}

@test "it stays in its loader: told, and nothing is typed there" {
    factory_switch "faults: [stays_in_loader]"
    firmware 1
    [ "$(verdict)" = BOOT_LOADER ]
    [ "$(tainted)" = 1 ]
    [ "$(changes | tail -1)" = "reload now" ]
}

@test "a switch in production is refused with its evidence, untouched" {
    factory_switch "faults: [in_production]"
    firmware 1
    [ "$(verdict)" = IN_PRODUCTION ]
    [ -z "$(changes)" ]
}

@test "the management address is there for the copy only" {
    factory_switch
    sed -i "s/credentials: \[switch/management: {interface: Management1, address: 10.0.9.3\/24, gateway: 10.0.9.1}, &/" site.yaml
    firmware 0
    [ "$(verdict)" = PASSED ]
    [ "$(changes)" = "interface Management1
ip address 10.0.9.3/24
no shutdown
ip route 0.0.0.0/0 10.0.9.1
copy $NOBODY$IMAGE flash:$IMAGE
no ip route 0.0.0.0/0 10.0.9.1
interface Management1
no ip address
boot system flash:$IMAGE
reload now" ]
}

@test "the management address is taken back after a copy that failed" {
    factory_switch "faults: [fetch_breaks]"
    sed -i "s/credentials: \[switch/management: {interface: Management1, address: 10.0.9.3\/24, gateway: 10.0.9.1}, &/" site.yaml
    firmware 1
    [ "$(verdict)" = FIRMWARE_FETCH_FAIL ]
    [ "$(changes | tail -1)" = "no ip address" ]
    [ "$(tainted)" = 0 ]
}
