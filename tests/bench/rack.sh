#!/bin/bash
# Writes a rack of COUNT healthy simulated switches into DIR: scenario.yaml, site.yaml, assets.csv.
#   bash tests/bench/rack.sh DIR COUNT [BAUD]      BAUD: the pace of each line; without it as fast as the machine
# Passwords come from $BENCH_PASSWORD (console server) and $BENCH_SWITCH_PASSWORD.
set -eu
cd "$(dirname "$0")/../.."
directory=$1 count=$2 baud=${3:-0}
line=''
[ "$baud" = 0 ] || line=", line: {slow: $((baud / 10))}"

cat >"$directory/scenario.yaml" <<END
name: rack
device: $PWD/fixtures/arista_eos/device.yaml
seed: 1
console_server: {name: oob-rack, kind: generic, user: net, password: {env: BENCH_PASSWORD}, listen: ssh}
credentials: {user: admin, password: {env: BENCH_SWITCH_PASSWORD}}
switches:
  - {name: 'tor-{n:03}', port: 1, count: $count, serial: 'RACK{n:04}', mac: 'c0d6.8200.{n:04}', values: {slot: '3'}$line}
END

{
    cat <<END
include: rack.ready
credentials:
  oob: {user: net, password: {env: BENCH_PASSWORD}}
  switch: {user: admin, password: {env: BENCH_SWITCH_PASSWORD}}
roles:
  tor: {power_supplies: 2, airflow: front-to-back, uplinks: 4}
assets: {file: assets.csv}
switches:
END
    for ((i = 1; i <= count; i++)); do
        printf '  tor-%03d:\n    platform: arista_eos\n    role: tor\n    rack: rack\n    serial: RACK%04d\n' "$i" "$i"
        printf '    console: {server: oob-rack, port: %d, baud: %d}\n    credentials: [switch]\n    uplinks:\n' "$i" \
            "$([ "$baud" = 0 ] && echo 115200 || echo "$baud")"
        for uplink in 1 2 3 4; do
            printf '      - {interface: Ethernet%d/1, peer: spine-%d, peer_interface: Ethernet3/1, ' $((48 + uplink)) "$uplink"
            printf 'address: 10.1.%d.1/31, gateway: 10.1.%d.0, mtu: 9214}\n' "$uplink" "$uplink"
        done
    done
} >"$directory/site.yaml"

{
    echo serial,name,status
    for ((i = 1; i <= count; i++)); do
        printf 'RACK%04d,tor-%03d,planned\n' "$i" "$i"
    done
} >"$directory/assets.csv"
