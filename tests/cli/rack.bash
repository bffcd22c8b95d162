# A simulated rack for a test: a scenario, a site that includes what the simulator wrote, a store of its own.
load common

# start_sim SCENARIO-FILE: serves it in the background, waits for its "ready" line; $sim_pid, ready.yaml and typed.jsonl here.
start_sim() {
    mkfifo sim.out
    "$TORSTARTER" sim --path "$root" --ready ready.yaml --typed typed.jsonl "$1" >sim.out 2>sim.err 3>&- &
    sim_pid=$!
    read -r line <sim.out
    [[ $line == ready:* ]] || { cat sim.err; return 1; }
}

stop_sim() {
    [ -z "${sim_pid:-}" ] || { kill "$sim_pid" 2>/dev/null; wait "$sim_pid" 2>/dev/null; }
    sim_pid=
}

sql() { sqlite3 -batch "$XDG_STATE_HOME/torstarter/torstarter.db" "$@"; }

# Packed transcripts as files beside the store, plain, so that grep sees what they hold.
unpack_transcripts() {
    local packed=$XDG_STATE_HOME/torstarter/packed
    mkdir -p "$packed"
    sql "SELECT writefile('$packed/' || job || '-' || first_seq || '.zst', frame) FROM transcript_z" >/dev/null
    zstd -q -f -d "$packed"/*.zst
}

# many_switches N [LINES…]: scenario.yaml and site.yaml of N healthy switches behind one console server; LINES go into the scenario.
many_switches() {
    local count=$1 i
    shift
    {
        echo "name: many"
        echo "platform: arista_eos"
        echo "console_server: {name: oob, kind: opengear, user: net, password: oob-Secret-1, credential: oob}"
        echo "credentials: {user: admin, password: sw-Secret-2}"
        printf '%s\n' "$@"
        echo "switches:"
        echo "  - {name: 'sw-{n:03}', port: 1, serial: 'JPE{n:05}', mac: '001c.7300.{n:04}', count: $count, values: {slot: '1'}}"
    } >scenario.yaml
    {
        echo "include: ready.yaml"
        echo "credentials:"
        echo "  oob: {user: net, password: {env: OOB_PASSWORD}}"
        echo "  switch: {user: admin, password: {env: SWITCH_PASSWORD}}"
        echo "roles:"
        echo "  tor: {power_supplies: 2, airflow: front-to-back, uplinks: 4}"
        echo "assets: {file: assets.csv}"
        echo "switches:"
        for ((i = 1; i <= count; i++)); do
            printf '  sw-%03d: {platform: arista_eos, role: tor, rack: r1, serial: JPE%05d, credentials: [switch],\n' $i $i
            printf '    console: {server: oob, port: %d}, uplinks: *uplinks}\n' $i
        done
    } >site.yaml
    sed -i "0,/uplinks: \*uplinks/s//uplinks: \&uplinks [$(uplinks)]/" site.yaml
    { echo "serial,name,status"; for ((i = 1; i <= count; i++)); do printf 'JPE%05d,sw-%03d,planned\n' $i $i; done; } >assets.csv
    export OOB_PASSWORD=oob-Secret-1 SWITCH_PASSWORD=sw-Secret-2
}

uplinks() {
    local i text=
    for i in 1 2 3 4; do
        text+="{interface: Ethernet$((48 + i))\/1, peer: spine-$i, peer_interface: Ethernet1\/1, address: 10.1.$i.1\/31, gateway: 10.1.$i.0}"
        [ $i = 4 ] || text+=", "
    done
    echo "$text"
}
