#!/bin/bash
# Provisions a simulated rack through a simulated console server over real SSH, and compares what was found with what was injected.
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

cp "$here"/*.yaml "$here"/*.csv "$work/"
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

"$program" provision rack=r1 --site site.yaml --path "$root"
status=$?
if [ "$status" -gt 1 ]; then
    echo "torstarter provision ended with status $status" >&2
    exit "$status"
fi

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

echo
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
        exit !(FNR == 23 && kinds == 7 && agree == FNR)
    }' found.tsv injected.tsv
verdict=$?
if grep -q '"unsafe":true' typed.jsonl; then
    echo "bytes were typed where nothing may be typed:" >&2
    grep '"unsafe":true' typed.jsonl >&2
    verdict=1
fi
exit "$verdict"
