#!/bin/bash
# A configuration of 100 lines pasted into a simulated EOS switch on a pty, whose line is paced and whose console buffer holds 115
# bytes; side by side with Tcl expect.      bash tests/bench/paste.sh PROGRAM BENCH_PASTE WORK
set -u
cd "$(dirname "$0")/../.." || exit 2
program=$1 ours=$2 work=$3/paste
export BENCH_PASSWORD=console-side
mkdir -p "$work"
rm -f "$work/ready"
# Its lines take no time to run: the wire is what is measured.
cp -r fixtures/arista_eos "$work/" && sed -i '/^line_takes:/d' "$work/arista_eos/device.yaml"
for ((i = 1; i <= 25; i++)); do
    printf 'interface Ethernet%d\n   description server %d\n   switchport access vlan %d\n   no shutdown\n' $i $i $((100 + i))
done >"$work/config"
{
    cat <<END
name: bench-paste
device: $work/arista_eos/device.yaml
console_server: {name: bench-paste, kind: generic, user: net, password: {env: BENCH_PASSWORD}, listen: pty}
credentials: {user: admin, password: {env: BENCH_PASSWORD}}
switches:
END
    number=0
    for who in ours expect; do
        for line in '9600 0' '115200 0' '115200 40'; do
            read -r baud trip <<<"$line"
            printf '  - {name: %s-%d-%d, port: %d, serial: BENCH%04d, line: {config_mode_left: true, slow: %d, latency: %dms}}\n' \
                $who "$baud" "$trip" $((++number)) $number $((baud / 10)) $((trip / 2))
        done
    done
} >"$work/scenario.yaml"
sed -i 's/, latency: 0ms//' "$work/scenario.yaml"
bash tests/bench/sim.sh start "$program" "$work/scenario.yaml" "$work/ready" || exit 1
trap 'bash tests/bench/sim.sh stop "$work/ready"' EXIT

device() { sed -n "s/^ *$1: serial:\([^ ?]*\).*/\1/p" "$work/ready"; }
value() { sed -n "s/^$2 //p" "$work/$1.out"; } # WHO-LINE NAME
goal() { # TEXT MEASURED lower|higher MUST AIM
    awk -v text="$1" -v x="$2" -v way="$3" -v must="$4" -v aim="$5" 'BEGIN {
        met = way == "lower" ? x <= must : x >= must
        aimed = way == "lower" ? x <= aim : x >= aim
        printf "  goal  %-62s %8.3f  %s %s, aim %s: %s\n", text, x, way == "lower" ? "at most" : "at least", must, aim,
            aimed ? "aim reached" : met ? "must reached" : "MISSED"
    }'
}
broken=0 over=() faster=()
for line in 9600-0 115200-0 115200-40; do
    stty -F "$(device "ours-$line")" raw -echo
    stty -F "$(device "expect-$line")" raw -echo
    timeout 120 "$ours" "serial:$(device "ours-$line")" "$work/config" >"$work/ours-$line.out" || broken=1
    if command -v expect >/dev/null; then
        timeout 120 expect -f tests/bench/peer_paste.tcl "$(device "expect-$line")" "$work/config" >"$work/expect-$line.out"
    else
        : >"$work/expect-$line.out"
    fi
    a=$(value "ours-$line" paste_ms) b=$(value "expect-$line" paste_ms) bytes=$(value "ours-$line" paste_bytes)
    over[${#over[@]}]=$(awk -v a="${a:-0}" -v n="${bytes:-0}" -v baud="${line%-*}" 'BEGIN { if (n) printf "%.3f", a * baud / n / 10000 }')
    faster[${#faster[@]}]=$(awk -v a="${a:-0}" -v b="${b:-0}" 'BEGIN { if (a > 0 && b > 0) printf "%.3f", b / a }')
    printf '  %6d baud, %2d ms round trip   torstarter %8.1f ms, %s of the wire   Tcl expect %8s ms\n' "${line%-*}" "${line#*-}" \
        "${a:-0}" "${over[-1]:-?}" "${b:-none}"
done
[ -n "${over[0]:-}" ] && goal 'paste over the wire at 9600 baud, buffer of 115 bytes' "${over[0]}" lower 1.15 1.02
[ -n "${over[1]:-}" ] && goal 'paste over the wire at 115200 baud' "${over[1]}" lower 1.15 1.02
[ -n "${faster[2]:-}" ] && goal 'paste with 40 ms round trip at 115200 baud, against expect' "${faster[2]}" higher 3 7
exit $broken
