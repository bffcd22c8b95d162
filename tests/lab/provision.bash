# A TOR that is a machine of its own, in qemu (tor.sh), with two uplinks to spines that are routers in namespaces (node.sh).
UPLINKS=(1 2)

# tor_power_on: with uplink N of the machine on port swp3 of spine-N. A tap goes to the spine once the machine has its end open.
tor_power_on() {
    local n nics=()
    for n in "${UPLINKS[@]}"; do
        ip tuntap add tor$n mode tap
        nics+=(-netdev "tap,id=n$n,ifname=tor$n,script=no,downscript=no" -device "virtio-net-pci,netdev=n$n,mac=52:54:00:00:01:0$n,romfile=")
    done
    machine tor -M pc,graphics=off -m 384 -kernel "$LAB_KERNEL" -initrd "$LAB/tor.initrd" -append 'console=ttyS0,115200 panic=1' \
        -chardev "socket,id=hand,path=$LAB/tor.hand,server=on,wait=off" -serial chardev:hand \
        -smbios type=1,product=lab-qemu,serial=LAB0101 -drive "file=$LAB/tor.disk,format=raw,if=virtio" "${nics[@]}"
    wait_until 10 test -S "$LAB/tor.hand"
    for n in "${UPLINKS[@]}"; do
        ip link set tor$n netns "$(node_pid spine-$n)" name swp3
        in_node spine-$n ip link set swp3 mtu 9216 up
        in_node spine-$n ip addr add 10.1.0.$((2 * n - 2))/31 dev swp3
    done
}
spines_up() {
    local n
    for n in "${UPLINKS[@]}"; do
        spine_conf $n >"$LAB/spine-$n.conf"
        node spine-$n
    done
    for n in "${UPLINKS[@]}"; do wait_until 60 test -e "$LAB/spine-$n.up"; done
}

# hand COMMAND: run by a root shell inside the machine, of which no login and no console knows.
hand() (
    coproc line { exec socat - "UNIX-CONNECT:$LAB/tor.hand" 2>/dev/null; }
    # shellcheck disable=SC2154 # what coproc sets
    printf '%s\n' "{ $1" '} </dev/null 2>&1; echo "=end=$?"' >&"${line[1]}"
    while read -r -t 60 -u "${line[0]}" text; do
        text=${text%$'\r'}
        case $text in
        *=end=*) kill "$line_PID"; exit "${text##*=end=}" ;;
        esac
        echo "$text"
    done
    exit 1
)

login_prompts() { [ "$(heard tor | grep -ac 'tor login: ')" -ge "$1" ]; }
spines_seen() { [ "$(hand "lldpcli -f keyvalue show neighbors" | grep -c 'chassis\.name=spine-')" = 2 ]; }
established() { [ "$(hand "vtysh -c 'show bgp summary json'" | grep -c '"state":"Established"')" = "$1" ]; }

# What the site wants of this TOR, as FRR shows it.
wanted_conf() {
    printf '%s\n' 'frr defaults datacenter' 'hostname tor' 'log syslog informational' 'service integrated-vtysh-config' '!' \
        'interface lo' ' ip address 10.0.0.101/32' 'exit' '!' \
        'interface swp49' ' description to spine-1' ' ip address 10.1.0.1/31' 'exit' '!' \
        'interface swp50' ' description to spine-2' ' ip address 10.1.0.3/31' 'exit' '!' \
        'router bgp 65101' ' bgp router-id 10.0.0.101' ' timers bgp 1 3' \
        ' neighbor 10.1.0.0 remote-as 65001' ' neighbor 10.1.0.0 timers connect 1' \
        ' neighbor 10.1.0.2 remote-as 65002' ' neighbor 10.1.0.2 timers connect 1' ' !' \
        ' address-family ipv4 unicast' '  network 10.0.0.101/32' ' exit-address-family' 'exit'
}

# tor_site [CONSOLE]: tor.yaml
tor_site() {
    local n
    {
        echo "credentials: {switch: {user: cumulus, password: {env: SWITCH_PASSWORD}}}"
        echo "assets: {file: assets.csv}"
        echo "roles: {tor: {power_supplies: 2, fans: 6, uplinks: 2}}"
        echo "switches:"
        echo "  tor:"
        echo "    platform: cumulus_linux"
        echo "    role: tor"
        echo "    rack: lab"
        echo "    serial: LAB0101"
        echo "    console: {uri: \"${1:-serial:$LAB/tor.console?baud=115200}\", baud: 115200}"
        echo "    credentials: [switch]"
        echo "    config: {file: wanted.conf}"
        echo "    uplinks:"
        for n in "${UPLINKS[@]}"; do
            echo "      - {interface: swp$((48 + n)), peer: spine-$n, peer_interface: swp3, address: 10.1.0.$((2 * n - 1))/31," \
                "gateway: 10.1.0.$((2 * n - 2)), mtu: 9216}"
        done
        echo "    routing:"
        echo "      neighbors:"
        for n in "${UPLINKS[@]}"; do
            echo "        - {address: 10.1.0.$((2 * n - 2)), as: 6500$n, min_prefixes: 1, hold_time: 3}"
        done
    } >"$LAB/tor.yaml"
    printf '%s\n' serial,name,status,mac LAB0101,tor,planned, >"$LAB/assets.csv"
    wanted_conf >"$LAB/wanted.conf"
}

# torstarter_tor WORD…: "provision tor" or "retry 3"
torstarter_tor() {
    run "$TORSTARTER" "$@" --path "$root/tests/lab" --path "$root" --site "$LAB/tor.yaml"
    echo "$output"
}
tor_passes() { # tor_passes [WORD…]
    [ $# -gt 0 ] || set -- provision tor
    torstarter_tor "$@"
    [ "$status" = 0 ] && [ "$(verdict tor)" = PASSED ] || explain tor
}
lines_typed() { typed tor | xxd -r -p | tr '\r' '\n'; }

# nothing_typed_after_reboot: from the word to restart until the next login prompt the cable carried not one byte to the machine.
nothing_typed_after_reboot() {
    wire tor | awk '
        $2 == "console>" && told { print "typed: " $0 ", when its last bytes were " last; bad = 1 }
        $2 == "console>" { for (i = 3; i <= NF; i++) { line = substr(line $i, length(line) - 60); if (line ~ /736c65657020363030$/) ready = 1 } }
        $2 == "switch>" {
            for (i = 3; i <= NF; i++) {
                last = substr(last $i, length(last) - 80)
                if (ready && last ~ /52657374617274696e672073797374656d$/) { told = 1; restarts++; ready = 0 }
                if (told && last ~ /6c6f67696e3a$/) told = 0
            }
        }
        END { if (restarts != 1) print restarts + 0 " restarts were seen"; exit bad || restarts != 1 }'
}

