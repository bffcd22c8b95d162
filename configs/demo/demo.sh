#!/bin/bash
# Two simulated racks behind a simulated console server over real SSH. Rack r1 is checked, rack r2 is provisioned: firmware, configuration,
# restart. What was found is compared with what was injected, and what was typed with what may be typed.
#   demo.sh PROGRAM        exit 0: all agree; 1: some do not; nothing outside a temporary folder is read or written
set -u
if [ $# != 1 ] || [ ! -x "$1" ]; then
    echo "usage: demo.sh PROGRAM    (make demo builds it and calls this)" >&2
    exit 64
fi
program=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/torstarter-demo-XXXXXX") || exit 2
sim=

# shellcheck disable=SC2317 # called by the trap
clean_up() {
    if [ -n "$sim" ]; then
        kill "$sim" 2>/dev/null
        wait "$sim" 2>/dev/null
    fi
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cp "$here"/*.yaml "$here"/*.csv "$here"/*.conf "$work/"
# shellcheck source=configs/demo/credentials.sh
. "$here/credentials.sh"
cd "$work" || exit 2
export HOME=$work XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data
unset SSH_AUTH_SOCK

# In a session of its own: Ctrl-C is for the jobs, which log out through the consoles that the simulator serves.
mkfifo sim.out
setsid "$program" sim scenario.yaml --path "$root" --ready ready.yaml --typed typed.jsonl >sim.out 2>sim.err &
sim=$!
exec 3<sim.out
if ! read -r -t 60 ready <&3; then
    echo "the simulator did not start:" >&2
    cat sim.err >&2
    exit 2
fi
echo "$ready"
echo

run() {
    "$program" "$@" --site site.yaml --path "$root"
    status=$?
    if [ "$status" -gt 1 ]; then
        echo "torstarter $* ended with status $status" >&2
        exit "$status"
    fi
    echo
}
run validate rack=r1
run provision rack=r2

# name TAB platform TAB what it was given TAB what is to be found: each switch of the scenario stands on one line.
injected() {
    awk -F'platform: ' '/^platform:/ { all = $2 }
        /^ *- \{name:/ { own = /platform: / ? $2 : all; sub(/,.*/, "", own); print own "\t" $0 }' scenario.yaml |
        sed -nE 's/^([^\t]*)\t *- \{name: ([^,]*),.* injected: (.*), expect: ([A-Z_]*)\}$/\2\t\1\t\3\t\4/p'
}

# name TAB what was found: the failure code, or the state where there is none.
found() {
    "$program" jobs --all --json | while read -r job; do
        switch=$(sed -nE 's/.*"switch": ?"([^"]*)".*/\1/p' <<<"$job")
        code=$(sed -nE 's/.*"failure_code": ?"([^"]*)".*/\1/p' <<<"$job")
        state=$(sed -nE 's/.*"state": ?"([^"]*)".*/\1/p' <<<"$job")
        printf '%s\t%s\n' "$switch" "${code:-$state}"
    done
}

injected >injected.tsv
found >found.tsv
awk -F'\t' '
    NR == FNR { found[$1] = $2; next }
    FNR == 1 { printf "%-11s %-14s %-46s %-22s %s\n", "switch", "platform", "injected", "to be found", "found" }
    {
        good = found[$1] == $4
        agree += good
        kinds += !platforms[$2]++
        printf "%-11s %-14s %-46s %-22s %s%s\n", $1, $2, $3, $4, $1 in found ? found[$1] : "nothing", good ? "" : "   <- differs"
    }
    END {
        printf "\n%d of %d agree, on %d platforms\n", agree, FNR, kinds
        exit !(FNR == 28 && kinds == 7 && agree == FNR)
    }' found.tsv injected.tsv
verdict=$?

# What the simulator itself wrote down: `changes` are the lines that changed a switch.
changes() { grep '"changes":true' typed.jsonl | grep -c "\"switch\":\"$1"; }
changed=0
for name in tor-r2-01 tor-r2-02 tor-r2-03 tor-r2-04; do
    lines=$(changes $name)
    echo "$name was changed by $lines lines"
    [ "$lines" -gt 0 ] && changed=$((changed + 1))
done
echo "tor-r2-05, in service, was changed by $(changes tor-r2-05) lines; the switches of rack r1, only looked at, by $(changes tor-r1-)"
if [ "$changed" != 4 ] || [ "$(changes tor-r2-05)" != 0 ] || [ "$(changes tor-r1-)" != 0 ]; then
    echo "lines that change were typed where they may not be, or not where they must:" >&2
    grep '"changes":true' typed.jsonl >&2
    verdict=1
fi
if grep -q '"unsafe":true' typed.jsonl; then
    echo "bytes were typed where nothing may be typed:" >&2
    grep '"unsafe":true' typed.jsonl >&2
    verdict=1
fi
exit "$verdict"
