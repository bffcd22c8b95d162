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
    local wanted=$1
    start_sim scenario.yaml
    run "$TORSTARTER" run firmware all --path "$root"
    echo "$output"
    [ "$status" = "$wanted" ]
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
    run -0 "$TORSTARTER" why 1 --path "$root"
    echo "$output"
    [[ $output =~ "procedure image_fetch, step "[0-9]+" of "[0-9]+": "[^$'\n']+" ("[^$'\n']*platforms/arista_eos.yaml:[0-9]+")" ]]
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
    run -0 "$TORSTARTER" why 1 --path "$root"
    echo "$output"
    [[ $output == *"procedure image_activate, step "*" (/"*"/platforms/arista_eos.yaml:"*"% Software image is not supported on this hardware"* ]]
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

# An image server of our own: the size of the image is known before anything is typed.
start_images() {
    mkdir -p images
    printf 'the image' >images/$IMAGE
    mkfifo images.out
    "$TORSTARTER" images images --listen 127.0.0.1:0 >images.out 3>&- &
    images_pid=$!
    read -r server <images.out
    server=$(sed -E 's/.*"(.*)".*/\1/' <<<"$server")
}

@test "no room: known from the image server, with numbers and what could go; nothing was typed" {
    start_images
    truncate -s 981000000 images/$IMAGE
    factory_switch "faults: [flash_full]"
    firmware 1
    kill "$images_pid"
    [ "$(verdict)" = FIRMWARE_NO_SPACE ]
    [[ $(text) == *"$IMAGE needs 981.0 MB, the flash has 100.0 MB left"* ]]
    [ -z "$(changes)" ]
    [ "$(sql "SELECT COUNT(*) FROM permit WHERE procedure <> ''")" = 0 ]
}

@test "a file that the image server does not have is known before anything is typed" {
    start_images
    rm images/$IMAGE
    factory_switch
    firmware 1
    kill "$images_pid"
    [ "$(verdict)" = FIRMWARE_FETCH_FAIL ]
    [[ $(text) == *"$IMAGE is not on the server: it answers 404"* ]]
    [ -z "$(changes)" ]
}

# another_platform PLATFORM VERSION IMAGE KIND DIGEST
another_platform() {
    sed -i "s/001c.7300.{n:04}/00:1c:73:00:00:01/; s/arista_eos/$1/g; s/EOS-4.30.1F.swi/$3/g; s/$NEW/$2/g" scenario.yaml site.yaml
    sed -i "s/checksums: {[^}]*}/checksums: {$4: $5}/; s/, airflow: front-to-back//" site.yaml
    sed -i -E "s/interface: Ethernet(49|5[0-2])\/1/interface: Ethernet1\/\1/g" site.yaml
}

@test "NX-OS: the same, with its own words; an image without a checksum is one whose signature the switch verifies" {
    factory_switch
    another_platform cisco_nxos '10.3(4a)' nxos64-cs.10.3.4a.M.bin sha256 "$(printf 'the image' | sha256sum | cut -d' ' -f1)"
    firmware 0
    [ "$(verdict)" = PASSED ]
    [ "$(changes)" = "copy ${NOBODY}nxos64-cs.10.3.4a.M.bin bootflash:nxos64-cs.10.3.4a.M.bin vrf management
boot nxos bootflash:nxos64-cs.10.3.4a.M.bin
copy running-config startup-config
reload" ]
    stop_sim
    rm sim.out typed.jsonl
    sed -i 's/checksums: {[^}]*}/checksums: {}/' site.yaml
    firmware 0
    [ "$(verdict)" = PASSED ]
    [[ $(sql "SELECT output FROM log_event WHERE kind = 'note'") == *"the switch verifies its signature"* ]]
}

@test "IOS-XE: the same, with its own words, and versions written in two ways" {
    factory_switch
    another_platform cisco_iosxe 17.12.04 cat9k_iosxe.17.12.04.SPA.bin md5 "$(printf 'the image' | md5sum | cut -d' ' -f1)"
    sed -i 's/version: 17.12.04/version: 17.12.4/' scenario.yaml
    firmware 0
    [ "$(verdict)" = PASSED ]
    [ "$(changes)" = "copy ${NOBODY}cat9k_iosxe.17.12.04.SPA.bin flash:cat9k_iosxe.17.12.04.SPA.bin
no boot system
boot system flash:cat9k_iosxe.17.12.04.SPA.bin
write memory
reload" ]
}

@test "IOS-XE without an md5: no way to prove the image, so nothing is touched" {
    factory_switch
    another_platform cisco_iosxe 17.12.04 cat9k_iosxe.17.12.04.SPA.bin sha512 "$sum"
    firmware 1
    [ "$(verdict)" = FIRMWARE_CHECKSUM ]
    [ -z "$(changes)" ]
    [[ $(sql "SELECT remedy FROM switch_job") == *"one of md5"* ]]
}

@test "a copy that stalls: one Ctrl-C ends it, what came is deleted, and the switch is as before" {
    cp -R "$root/platforms" "$root/parsers" .
    sed -i '/^  image_fetch:/,/^  image_delete:/s/stall: 90s/stall: 3s/' platforms/arista_eos.yaml
    factory_switch "faults: [fetch_stalls]"
    start_sim scenario.yaml
    run -1 "$TORSTARTER" run firmware all --path "$home" --path "$root"
    echo "$output"
    text
    [ "$(verdict)" = FIRMWARE_FETCH_FAIL ]
    [[ $(text) == *"taken back"* ]]
    [ "$(sql "SELECT outcome FROM permit WHERE procedure = 'image_fetch'")" = undone ]
    [ "$(sql "SELECT command FROM log_event WHERE kind = 'interrupt'")" = "{ctrl-c}" ]
    [ "$(changes | tail -1)" = "delete flash:$IMAGE" ]
    [ "$(tainted)" = 0 ]
    run ! grep '"unsafe": *true' typed.jsonl
}

@test "a copy that stalls and cannot be interrupted leaves the switch TAINTED, and says so" {
    cp -R "$root/platforms" "$root/parsers" .
    sed -i '/^  image_fetch:/,/^  image_delete:/{s/stall: 90s/stall: 3s/;/interrupt:/d}' platforms/arista_eos.yaml
    factory_switch "faults: [fetch_stalls]"
    start_sim scenario.yaml
    run -1 "$TORSTARTER" run firmware all --path "$home" --path "$root"
    echo "$output"
    [ "$(verdict)" = FIRMWARE_FETCH_FAIL ]
    [ "$(sql "SELECT outcome FROM permit WHERE procedure = 'image_fetch'")" = half ]
    [ "$(tainted)" = 1 ]
}

@test "killed in the midst of the copy: TAINTED with the truth, and retry brings it to PASSED" {
    factory_switch
    sed -i 's/^speed: 200/speed: 30/' scenario.yaml
    start_sim scenario.yaml
    "$TORSTARTER" run firmware all --path "$root" >run.out 2>&1 3>&- &
    job=$!
    until grep -q '"text": *"copy ' typed.jsonl; do kill -0 "$job"; done
    kill -KILL "$job"
    wait "$job" || true
    run "$TORSTARTER" retry 1 --path "$root"
    echo "$output"
    [ "$status" = 0 ]
    [ "$(verdict)" = PASSED ]
    [ "$(sql "SELECT firmware_found FROM switch_job ORDER BY job DESC LIMIT 1")" = $NEW ]
    [ "$(sql "SELECT outcome FROM permit WHERE procedure = 'image_fetch' ORDER BY id LIMIT 1")" = lost ]
}
