# A TOR with four uplinks to four spines: routers (node.sh) and cables (veth) between them. Uplink swp$((48 + N)) leads to port swp3
# of spine-N, by 10.1.0.$((2 * N - 2))/31 of the spine and one more of the TOR; the fourth is unnumbered in BGP.
UPLINKS=(1 2 3 4)

# bgp_conf NAME AS ROUTER_ID NEIGHBOR…: FRR's configuration; a neighbour is "ADDRESS remote-as N", or "PORT interface remote-as external".
bgp_conf() {
    local name=$1 as=$2 id=$3 neighbor
    shift 3
    printf '%s\n' 'frr defaults datacenter' "hostname $name" 'interface lo' " ip address $id/32" "router bgp $as" " bgp router-id $id" \
        ' no bgp ebgp-requires-policy' ' timers bgp 1 3'
    for neighbor; do
        printf '%s\n' " neighbor $neighbor" " neighbor ${neighbor%% *} timers connect 1"
    done
    printf '%s\n' ' address-family ipv4 unicast' "  network $id/32" ' exit-address-family'
}
tor_conf() {
    bgp_conf tor 65101 10.0.0.101 '10.1.0.0 remote-as 65001' '10.1.0.2 remote-as 65002' '10.1.0.4 remote-as 65003' \
        'swp52 interface remote-as external'
}
spine_conf() { # spine_conf N
    local neighbor="10.1.0.$((2 * $1 - 1)) remote-as 65101"
    [ "$1" != 4 ] || neighbor='swp3 interface remote-as external'
    bgp_conf "spine-$1" "6500$1" "10.0.0.$1" "$neighbor"
}

# node NAME: and NAME's process id, in this namespace, for those who enter it.
node() {
    background "$1.node" bash "$root/tests/lab/node.sh" "$1" "$LAB/$1.conf"
}
node_pid() { pgrep -P "$(cat "$LAB/$1.node.pid")"; }
in_node() { # in_node NAME COMMAND…
    local pid
    pid=$(node_pid "$1") && shift && nsenter -t "$pid" -m -n -u -p -- "$@"
}

# cabled N SPINE [MTU]: a cable from the TOR's uplink N to port swp3 of a spine, in place of what was in either.
cabled() {
    local port=swp$((48 + $1)) spine=spine-$2 mtu=${3:-9216}
    in_node tor ip link del $port 2>/dev/null || true
    in_node $spine ip link del swp3 2>/dev/null || true
    ip link add tor$1 mtu 9216 type veth peer name spine$2 mtu "$mtu"
    ip link set tor$1 netns "$(node_pid tor)" name $port
    ip link set spine$2 netns "$(node_pid $spine)" name swp3
    in_node tor ip addr add 10.1.0.$((2 * $1 - 1))/31 dev $port
    in_node $spine ip addr add 10.1.0.$((2 * $2 - 2))/31 dev swp3
    in_node tor ip link set $port up alias "to $spine swp3"
    in_node $spine ip link set swp3 up
}

fabric_up() {
    local n
    tor_conf >"$LAB/tor.conf"
    SERIAL=LAB0101 node tor
    for n in "${UPLINKS[@]}"; do
        spine_conf $n >"$LAB/spine-$n.conf"
        node spine-$n
    done
    for n in tor spine-1 spine-2 spine-3 spine-4; do
        wait_until 60 test -e "$LAB/$n.up"
    done
    for n in "${UPLINKS[@]}"; do
        cabled $n $n
    done
    wait_until 60 sees 1 2 3 4
}

seen() { # who is behind swp49 … swp52, by the TOR's lldpd, one word each; - where nobody is, or more than one
    in_node tor lldpcli -f keyvalue show neighbors 2>/dev/null |
        awk -F= '/chassis\.name=/ { split($1, key, "."); n = substr(key[2], 4) - 48; count[n]++; name[n] = substr($2, 7) }
            END { for (n = 1; n <= 4; n++) printf "%s ", count[n] == 1 ? name[n] : "-" }'
}
sees() { [ "$(seen)" = "$* " ]; } # sees 2 1 3 4: these spines, in this order

# bgp: what the TOR's FRR says of its sessions, read as the platform reads it: one record a line.
bgp() { in_node tor vtysh -c 'show bgp summary json' | read_as routing_neighbors; }
routed() { [ "$(in_node tor vtysh -c 'show bgp summary json' | grep -c '"pfxRcd":1,')" = "$1" ]; } # routed N: a prefix from N neighbours

# Logins as the vendor sets them up: bash, whose prompt tells the VRF. `cumulus` may ask what the checks ask by sudo, without a
# password; `guest` may not; `factory` must choose a new password first.
fabric_accounts() {
    local today=$(($(date +%s) / 86400)) account name id changed
    for account in root:0:$today cumulus:4001:$today guest:4002:$today factory:4003:0; do
        IFS=: read -r name id changed <<<"$account"
        sed -i "/^$name:/d" /etc/passwd /etc/shadow
        echo "$name:x:$id:$id::$LAB/home-$name:/bin/bash" >>/etc/passwd
        echo "$name:$(openssl passwd -6 -salt labsalt "$SWITCH_PASSWORD"):$changed:0:99999:7:::" >>/etc/shadow
        mkdir -p "$LAB/home-$name"
        # shellcheck disable=SC2028 # bash's own prompt
        echo 'PS1="\u@\h:mgmt:\w\$ "' | tee "$LAB/home-$name/.bashrc" >"$LAB/home-$name/.bash_profile"
        chown -R $id:$id "$LAB/home-$name"
    done
    echo '127.0.1.1 tor' >>/etc/hosts # sudo wants to know it
    echo 'cumulus ALL = NOPASSWD: /usr/sbin/lldpcli -f json0 show *, /usr/bin/vtysh -c show *, /usr/bin/grep -H . /sys/class/dmi/id/*' \
        >/etc/sudoers.d/torstarter-lab
    chmod 440 /etc/sudoers.d/torstarter-lab
}

# fabric_site USER: tor.yaml with this account.
fabric_site() {
    local n
    {
        echo "credentials: {switch: {user: $1, password: {env: SWITCH_PASSWORD}}}"
        echo "assets: {file: assets.csv}"
        echo "roles: {tor: {power_supplies: 2, fans: 6, uplinks: 4}}"
        echo "switches:"
        echo "  tor:"
        echo "    platform: cumulus_linux"
        echo "    role: tor"
        echo "    rack: lab"
        echo "    serial: ${SERIAL:-LAB0101}"
        echo "    console: {uri: \"serial:$LAB/tor.console?baud=115200\", baud: 115200}"
        echo "    credentials: [switch]"
        echo "    uplinks:"
        for n in "${UPLINKS[@]}"; do
            echo "      - {interface: swp$((48 + n)), peer: spine-$n, peer_interface: swp3, address: 10.1.0.$((2 * n - 1))/31," \
                "gateway: 10.1.0.$((2 * n - 2)), mtu: 9216}"
        done
    } >"$LAB/tor.yaml"
    printf '%s\n' serial,name,status,mac LAB0101,tor,planned, >"$LAB/assets.csv"
}

# run_fabric JOB_TYPE: its words are printed, which bats shows when the test fails.
run_fabric() {
    run "$TORSTARTER" run "$1" tor --path "$root/tests/lab" --path "$root" --site "$LAB/tor.yaml"
    echo "$output"
}
fabric_passes() { # fabric_passes USER [JOB_TYPE]
    fabric_site "$1"
    run_fabric "${2:-fabric}"
    [ "$status" = 0 ] && [ "$(verdict tor)" = PASSED ] || explain tor
}
fabric_fails() { # fabric_fails CODE JOB_TYPE WORDS: with this code, and a text that holds these words
    fabric_site cumulus
    run_fabric "$2"
    [ "$status" = 1 ] && [ "$(verdict tor)" = "$1" ] && [[ "$(text_of tor)" == *"$3"* ]] || explain tor
}

step() { # what the last job's plugin came to: its state, its code, its text
    sql "SELECT state || ' ' || COALESCE(failure_code, '') || ' ' || COALESCE(text, '') FROM phase_run
        WHERE job = (SELECT MAX(job) FROM switch_job) AND plugin = '$1'"
}
explain_steps() {
    sql "SELECT plugin, state, failure_code, text FROM phase_run WHERE job = (SELECT MAX(job) FROM switch_job)"
    return 1
}

read_as() { "$TORSTARTER" parse --platform cumulus_linux --query "$1" --path "$root"; }

lldp_stop() { in_node "$1" sh -c "kill -${2:-TERM} \$(cat /run/lldpd.pid) && while pidof lldpd >/dev/null; do sleep 0.02; done"; }
# What a failed test left behind: cables as they should be, lldpd everywhere.
fabric_heal() {
    local n
    [ "$(seen)" != '1 2 3 4 ' ] || return 0
    for n in tor spine-1 spine-2 spine-3 spine-4; do
        in_node $n pidof lldpd >/dev/null || lldp_start $n
    done
    for n in "${UPLINKS[@]}"; do
        cabled $n $n
    done
    wait_until 30 sees 1 2 3 4
}
lldp_start() { in_node "$1" sh -c "rm -f /run/lldpd.socket; lldpd -S '$1 of the lab' -O /run/lldpd.conf" >/dev/null 2>&1 3>&-; }
carrier() { in_node tor ip -j link show dev swp$((48 + $1)) | grep -q "\"operstate\":\"[A-Z]*$2\""; } # carrier N STATE
down() { bgp | grep "\"neighbor\":\"$1\"" | grep -qv '"state":"established"'; }
