#!/bin/bash
# Speed, side by side with Debian's pexpect, expect, netmiko and textfsm on the same simulated switches, in one run.
#   bash tests/bench/run.sh [SECTION…]      sections: idle big parse many store paced wire consoles replay rejudge; default: all. QUICK=1: shorter
# Machines are noisy: only ratios within one run count. Each goal stands beside what was measured; a missed one is said, and the
# bench still ends with 0; it ends with 1 when something of our own could not be measured at all.
set -u
cd "$(dirname "$0")/../.." || exit 2
unset MAKEFLAGS MAKELEVEL MFLAGS
build=${BUILD:-build}
program=$build/torstarter/torstarter
jobs=$(nproc)
broken=0
sections=" ${*:-idle big parse many store paced wire consoles replay rejudge} "
if [ -n "${QUICK:-}" ]; then
    count=50 sessions=50 commands=5 paced_commands=2
else
    count=200 sessions=500 commands=20 paced_commands=10
fi
wanted() { [[ $sections == *" $1 "* ]]; }

echo "building …"
make -s -j"$jobs" BUILD="$build" program benches || exit 1

work=$(mktemp -d) || exit 2
finish() {
    local ready
    for ready in "$work"/*.ready; do
        bash tests/bench/sim.sh stop "$ready"
    done
    [ -n "${KEEP:-}" ] || rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

export BENCH_HOST=127.0.0.1 BENCH_PASSWORD=console-side BENCH_SWITCH_USER=admin BENCH_SWITCH_PASSWORD=switch-side
export XDG_STATE_HOME=$work/state LC_ALL=C.UTF-8 NO_COLOR=1
unset SSH_AUTH_SOCK

# --- the simulated switches -----------------------------------------------------------------------------------------

ssh_switches=(ours ours-off ours-full pexpect pexpect-delay expect)
paced_peers=(ours pexpect pexpect-delay expect netmiko)
scenario_switch() { # NAME PORT LINE
    printf '  - {name: %s, port: %d, serial: BENCH%04d, answers: *answers, line: {%s}}\n' "$1" "$2" "$2" "$3"
}
scenario_head() { # NAME LISTEN
    cat <<END
name: $1
device: $PWD/fixtures/arista_eos/device.yaml
seed: 1
console_server: {name: $1, kind: generic, user: net, password: {env: BENCH_PASSWORD}, listen: $2}
credentials: {user: $BENCH_SWITCH_USER, password: {env: BENCH_SWITCH_PASSWORD}}
switches:
END
}
line_of_answer='text: "Ethernet49/1  connected  routed  full  100G  100GBASE\n"' # 55 bytes with its CR LF
answers="&answers {show bench small: {$line_of_answer, repeat: 37},
    show bench mb: {$line_of_answer, repeat: 19065}, show bench big: {$line_of_answer, repeat: 76260}}"
declare -A port
anchor_once() { # the first "*answers" becomes the anchor itself
    local text
    text=$(cat)
    printf '%s\n' "${text/\*answers/"$answers"}"
}
write_scenarios() {
    local name baud state number=0
    {
        scenario_head bench-ssh ssh
        for name in "${ssh_switches[@]}"; do
            port[$name]=$((++number))
            scenario_switch "$name" $number 'forgets: true'
        done
        port[netmiko]=$((++number))
        scenario_switch netmiko $number 'already_logged_in: true'
        for name in "${paced_peers[@]}"; do
            for baud in 9600 115200; do
                port[$name-$baud]=$((++number))
                [ "$name" = netmiko ] && state='already_logged_in: true' || state='forgets: true'
                scenario_switch "$name-$baud" $number "$state, slow: $((baud / 10))"
            done
        done
    } >"$work/ssh.raw" # no pipe: the ports have to be remembered
    anchor_once <"$work/ssh.raw" >"$work/ssh.yaml"
    {
        scenario_head bench-many ssh
        for ((number = 1; number <= sessions; number++)); do
            scenario_switch "$(printf 'many-%03d' $number)" $number 'forgets: true'
        done
    } | anchor_once >"$work/many.yaml"
}

start_sim() { # NAME: serves $work/NAME.yaml, waits for $work/NAME.ready
    bash tests/bench/sim.sh start "$program" "$work/$1.yaml" "$work/$1.ready" || exit 1
}

ssh_port() { sed -n 's/.*port: *\([0-9]*\).*/\1/p' "$work/$1.ready" | head -1; } # NAME

site_head() { # READY
    cat <<END
include: $1
credentials:
  oob: {user: net, password: {env: BENCH_PASSWORD}}
  switch: {user: $BENCH_SWITCH_USER, password: {env: BENCH_SWITCH_PASSWORD}}
switches:
END
}
write_sites() {
    local name
    {
        site_head "$work/ssh.ready"
        for name in "${!port[@]}"; do
            echo "  $name: {platform: arista_eos, console: {server: bench-ssh, port: ${port[$name]}}, credentials: [switch]}"
        done
    } >"$work/ssh.site"
    {
        site_head "$work/many.ready"
        for ((i = 1; i <= sessions; i++)); do
            printf '  many-%03d: {platform: arista_eos, console: {server: bench-many, port: %d}, credentials: [switch]}\n' $i $i
        done
    } >"$work/many.site"
}

# --- measuring and printing -----------------------------------------------------------------------------------------

declare -A got # got[WHO NAME]: what a program printed
measure() { # measure WHO SECONDS COMMAND…: remembers its "name value" lines
    local who=$1 limit=$2 out=$work/out.$BASHPID name value # of this shell's own: the paced ones run side by side
    shift 2
    timeout "$limit" "$@" >"$out" 2>"$out.err" </dev/null
    local status=$?
    while read -r name value; do
        got[$who $name]=$value
    done <"$out"
    if [ $status != 0 ]; then
        [ $status = 124 ] && got[$who status]="> $limit s" || got[$who status]="failed: $(grep -v '^ ' "$out.err" | tail -1 | cut -c1-90)"
        if [[ $who == ours* ]]; then
            broken=1
            cat "$out.err"
        fi
    fi
}
has() { # has PEER
    case $1 in
    ours*) true ;;
    expect*) command -v expect >/dev/null ;;
    *) [ -x /usr/bin/python3 ] && [ -d "/usr/lib/python3/dist-packages/${1%%-*}" ] ;;
    esac
}
peer() { # peer WHO LIMIT MODE [COUNT]: the peer's program, its console in the environment
    local who=$1 limit=$2 console=$3
    shift 3
    if ! has "$who"; then
        got[$who status]='not installed'
        return
    fi
    export BENCH_LOGIN=net:${port[$console]}
    case $who in
    pexpect-delay*) measure "$who" "$limit" /usr/bin/python3 tests/bench/peer_pexpect.py --delay "$@" ;;
    pexpect*) measure "$who" "$limit" /usr/bin/python3 tests/bench/peer_pexpect.py "$@" ;;
    netmiko*) measure "$who" "$limit" /usr/bin/python3 tests/bench/peer_netmiko.py "$@" ;;
    expect*) measure "$who" "$limit" expect -f tests/bench/peer_expect.tcl "$@" ;;
    esac
}
label() {
    case $1 in
    ours) echo 'torstarter' ;;
    ours-off) echo 'torstarter, log, sync OFF' ;;
    ours-full) echo 'torstarter, log, sync FULL' ;;
    ours-ssh) echo 'torstarter, ssh' ;;
    pexpect-delay) echo 'pexpect as it comes' ;;
    pexpect) echo 'pexpect without its delay' ;;
    expect) echo 'Tcl expect' ;;
    netmiko) echo "netmiko $(sed -n 's/^Version: //p' /usr/lib/python3/dist-packages/netmiko-*.egg-info/PKG-INFO /usr/lib/python3/dist-packages/netmiko-*.egg-info 2>/dev/null | head -1)" ;;
    *) echo "$1" ;;
    esac
}
row() { # row WHO FORMAT NAME…: one line of a table; a peer that gave nothing says why
    local who=$1 format=$2 name values=()
    shift 2
    for name; do
        values+=("${got[$who $name]:-}")
    done
    if [ -z "${values[-1]}" ]; then
        [[ $who == ours* ]] && broken=1
        printf '  %-28s %s\n' "$(label "${who%%:*}")" "${got[$who status]:-nothing measured}"
    else
        # shellcheck disable=SC2059 # the table's own format
        printf "  %-28s $format\n" "$(label "${who%%:*}")" "${values[@]}"
    fi
}
ratio() { # ratio A B: A / B, or nothing when one is missing
    [ -n "${1:-}" ] && [ -n "${2:-}" ] && awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.3f", a / b }'
}
goal() { # goal TEXT MEASURED lower|higher MUST AIM
    if [ -z "$2" ]; then
        printf '  goal  %-62s not measured  (must %s, aim %s)\n' "$1" "$4" "$5"
        return
    fi
    awk -v text="$1" -v x="$2" -v way="$3" -v must="$4" -v aim="$5" 'BEGIN {
        met = way == "lower" ? x <= must : x >= must
        aimed = way == "lower" ? x <= aim : x >= aim
        printf "  goal  %-62s %8.3f  %s %s, aim %s: %s\n", text, x, way == "lower" ? "at most" : "at least", must, aim,
            aimed ? "aim reached" : met ? "must reached" : "MISSED"
    }'
}
ours() { # ours WHO LIMIT SITE SWITCH MODE…
    local who=$1 limit=$2 log=()
    shift 2
    case $who in
    ours-off) log=(--log off "$work/off.db") ;;
    ours-full) log=(--log full "$work/full.db") ;;
    esac
    measure "$who" "$limit" "$build/bench/bench_session" "${log[@]}" "$@"
}

printf 'torstarter %s, %s cores, %s\n' "$("$program" --version 2>/dev/null | head -1)" "$jobs" "$(uname -srm)"

write_scenarios
if wanted idle || wanted big || wanted paced; then
    start_sim ssh
    BENCH_PORT=$(ssh_port ssh)
    export BENCH_PORT
fi
if wanted many; then
    start_sim many
fi
write_sites

if wanted idle; then
    echo
    echo "One command on an idle session: 2 KB answer over ssh and a console server, median of $count; opening and logging in"
    for who in ours ours-off ours-full; do
        ours $who 120 "$work/ssh.site" $who idle "$count"
    done
    peer expect 120 expect idle "$count"
    peer pexpect 120 pexpect idle "$count"
    peer pexpect-delay 120 pexpect-delay idle 20
    peer netmiko 120 netmiko idle 5
    for who in ours ours-off ours-full expect pexpect pexpect-delay netmiko; do
        row $who '%9.3f ms a command   %8.1f ms to open ssh %8.1f ms with the switch login' command_ms ssh_ms open_ms
    done
    goal 'ms per command, log with synchronous OFF, share of expect' \
        "$(ratio "${got[ours-off command_ms]:-}" "${got[expect command_ms]:-}")" lower 1.0 0.6
    goal 'ssh opened, expect against torstarter' "$(ratio "${got[expect ssh_ms]:-}" "${got[ours ssh_ms]:-}")" higher 3.5 7
fi

if wanted big; then
    echo
    echo 'A 4 MB answer over ssh'
    ours ours 120 "$work/ssh.site" ours big
    for who in expect pexpect netmiko; do
        peer $who 120 $who big
    done
    for who in ours expect pexpect netmiko; do
        row $who '%9.1f ms   %d bytes' big_ms big_bytes
    done
    goal 'linear: 4 MB against four times 1 MB' \
        "$(ratio "${got[ours big_ms]:-}" "$(awk -v x="${got[ours mb_ms]:-0}" 'BEGIN { print 4 * x }')")" lower 1.5 1.1
    goal 'against expect (the goal was set on a pty)' "$(ratio "${got[expect big_ms]:-}" "${got[ours big_ms]:-}")" higher 15 40
    goal 'against pexpect (the goal was set on a pty)' "$(ratio "${got[pexpect big_ms]:-}" "${got[ours big_ms]:-}")" higher 6 12
fi

if wanted parse; then
    echo
    echo 'Parsing with TextFSM templates, one thread'
    if [ -x "$build/bench/bench_parse" ]; then
        "$build/bench/bench_parse" || broken=1
    else
        echo '  there is no tests/bench/bench_parse.c'
        broken=1
    fi
fi

if wanted many; then
    echo
    echo "$sessions sessions over ssh of $commands commands each, all at once (the simulator on the same cores)"
    ours ours 300 "$work/many.site" 'many-*' many "$sessions" "$commands"
    ours ours-full 300 "$work/many.site" 'many-*' many "$sessions" "$commands"
    BENCH_PORT=$(ssh_port many) peer pexpect 300 ours many "$sessions" "$commands"
    for who in ours ours-full pexpect; do
        [ -n "${got[$who many_kib]:-}" ] && got[$who kib]=$(ratio "${got[$who many_kib]}" "$sessions")
        row $who '%9.1f ms   %9.1f ms CPU   %7.1f KiB a session   %d failed' many_ms many_cpu_ms kib many_failed
    done
    echo '  netmiko                      not run: its seconds to log in and for each command are in the table above'
    goal 'CPU against pexpect' "$(ratio "${got[pexpect many_cpu_ms]:-}" "${got[ours many_cpu_ms]:-}")" higher 5 10
    goal 'KiB a session' "${got[ours kib]:-}" lower 64 64
fi

if wanted store; then
    echo
    echo 'Durable log rows'
    "$build/bench/bench_store" ${QUICK:+300} | sed 's/^/  /'
    [ "${PIPESTATUS[0]}" = 0 ] || broken=1
fi

if wanted paced; then
    echo
    echo "A paced line: $paced_commands commands of 2 KB, wall time over the wire's own"
    # The lines are independent and almost idle, so all run at the same time; each remembers its lines in a file.
    for baud in 9600 115200; do
        limit=$((paced_commands * 40 + 60))
        for who in "${paced_peers[@]}"; do
            (
                if [ "$who" = ours ]; then
                    ours ours $limit "$work/ssh.site" ours-$baud paced "$paced_commands"
                else
                    peer "$who" $limit "$who-$baud" paced "$paced_commands"
                fi
                for key in "${!got[@]}"; do
                    [[ $key == "$who "* ]] && printf '%s %s\n' "${key#* }" "${got[$key]}"
                done
                printf 'broken %d\n' $broken
            ) >"$work/paced-$who-$baud" &
        done
    done
    wait
    # The wire's time is that of the bytes that our own session received: the same commands, the same answers.
    for baud in 9600 115200; do
        bytes=$(sed -n 's/^paced_bytes //p' "$work/paced-ours-$baud")
        for who in "${paced_peers[@]}"; do
            while read -r name value; do
                got[$who:$baud $name]=$value
            done <"$work/paced-$who-$baud"
            [ "$who" = ours ] && [ "${got[ours:$baud broken]}" = 1 ] && broken=1
            [ -n "${got[$who:$baud paced_ms]:-}" ] && [ -n "$bytes" ] &&
                got[$who:$baud over]=$(ratio "${got[$who:$baud paced_ms]}" $((bytes * 10000 / baud)))
            row "$who:$baud" "$(printf '%6d baud' $baud)"'   %9.1f ms   %6.3f of the wire' paced_ms over
        done
    done
    goal 'over the wire at 9600 baud' "${got[ours:9600 over]:-}" lower 1.01 1.006
    goal 'over the wire at 115200 baud' "${got[ours:115200 over]:-}" lower 1.03 1.012
fi

if wanted paste; then
    echo
    echo 'A configuration of 100 lines pasted into a switch on a pty with a console buffer of 115 bytes'
    bash tests/bench/paste.sh "$program" "$build/bench/bench_paste" "$work" || broken=1
fi

if wanted wire; then
    echo
    echo 'The wire seconds of a whole validate of a switch with four uplinks'
    bash tests/bench/wire.sh "$program" "$work" || broken=1
fi

if wanted consoles; then
    echo
    echo 'Consoles at the same time, in one process: a whole validate of each, every line at 9600 baud'
    bash tests/bench/consoles.sh "$program" "$work" ${QUICK:+50 30} || broken=1
fi

if wanted replay; then
    echo
    echo "Recordings taken through their jobs again, $jobs at once: fixtures/*/sessions, $([ -n "${QUICK:-}" ] && echo once || echo ten times)"
    recordings=(fixtures/*/sessions/*.cast)
    all=()
    for _ in $([ -n "${QUICK:-}" ] || echo 1 2 3 4 5 6 7 8 9) 10; do all+=("${recordings[@]}"); done
    began=$(date +%s%N)
    "$program" replay --path . -j "$jobs" "${all[@]}" >"$work/replay.tap" || broken=1
    took=$(($(date +%s%N) - began))
    tail -1 "$work/replay.tap"
    goal 'recordings a second' "$(ratio $((${#all[@]} * 1000)) $((took / 1000000)))" higher 200 400
fi

if wanted rejudge; then
    echo
    echo 'A past of 10000 jobs judged again with the templates and plugins of today: the jobs of the demo, many times over'
    bash tests/bench/rejudge.sh "$program" "$work" "$build" || broken=1
fi

exit $broken
