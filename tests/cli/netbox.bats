#!/usr/bin/env bats
# Assets from NetBox: a recorded API served on this machine, page by page; what cannot be read completely is not believed.
load rack
bats_require_minimum_version 1.5.0

setup() {
    setup_home
    command -v python3 >/dev/null || skip "there is no python3 to serve the recorded NetBox with"
    many_switches 2
    export NETBOX_TOKEN=nb-Secret-3
}
teardown() {
    stop_sim
    [ -z "${netbox_pid:-}" ] || { kill "$netbox_pid"; wait "$netbox_pid" 2>/dev/null; } || true
}

# netbox VARIANT: serves it, and lets the site name it.
netbox() {
    mkfifo netbox.out
    python3 "$root/tests/data/model/netbox/serve.py" "$root/tests/data/model/netbox" requests.log "$1" >netbox.out 3>&- &
    netbox_pid=$!
    read -r port <netbox.out
    sed -i "s|^assets: .*|assets: {netbox: {url: 'http://127.0.0.1:$port/', token: {env: NETBOX_TOKEN}, site: fra1}}|" site.yaml
}

@test "devices of all pages are assets: name, serial number and status; the token goes as a header" {
    netbox whole
    start_sim scenario.yaml
    "$TORSTARTER" validate all --path "$root" || [ $? = 1 ]
    [ "$(sql "SELECT count(*) FROM phase_run WHERE plugin = 'asset' AND state = 'PASSED'")" -ge 1 ]
    sql "SELECT job, state, text FROM phase_run WHERE plugin = 'asset'"
    [ "$(grep -c '^/api/dcim/devices/?limit=200.* Token nb-Secret-3$' requests.log)" = 2 ]
    grep -q 'offset=2' requests.log
}

@test "a token that is refused, half an answer, something else than a list, a device twice: said with the address, never the token" {
    for variant in cut:"no list of NetBox devices" list:"no list of NetBox devices" twice:"stands there twice" elsewhere:"another server"; do
        rm -f netbox.out
        netbox "${variant%%:*}"
        printf 'console_servers: {}\n' >ready.yaml
        run "$TORSTARTER" validate all --path "$root"
        echo "$output"
        [ "$status" = 65 ]
        [[ $output == *"/api/dcim/devices/"*"${variant#*:}"* ]]
        [[ $output != *nb-Secret* ]]
        kill "$netbox_pid"
    done
    rm -f netbox.out
    netbox whole
    NETBOX_TOKEN=wrong run -65 "$TORSTARTER" validate all --path "$root"
    echo "$output"
    [[ $output == *"the server answers 403"* && $output != *"wrong"* ]]
    unset NETBOX_TOKEN
    run -65 "$TORSTARTER" validate all --path "$root"
    [[ $output == *NETBOX_TOKEN* ]]
}
