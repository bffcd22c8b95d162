#!/bin/bash
# Many switches for a long time: SWITCHES (200) simulated switches, all at once, validated again and again for SECONDS (600).
# Ends with 1 when a job does not pass, a byte was typed that a switch's state did not allow, or memory grows from round to round.
set -u
cd "$(dirname "$0")/../.." || exit 2
unset MAKEFLAGS MAKELEVEL MFLAGS
# In bash SECONDS counts by itself from the value it was given: note it before anything takes time.
seconds=$(printenv SECONDS) || seconds=600
switches=${SWITCHES:-200}
build=${BUILD:-build}
program=$build/torstarter/torstarter
make -s -j"$(nproc)" BUILD="$build" program "$build/unit/cli/test_dropped" || exit 1
echo 'the link broken, and half open, after every byte of a session …'
DROPS=every "$build/unit/cli/test_dropped" || exit 1

work=$(mktemp -d) || exit 2
trap 'bash tests/bench/sim.sh stop "$work/rack.ready"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export BENCH_PASSWORD=console-side BENCH_SWITCH_PASSWORD=switch-side XDG_STATE_HOME=$work/state NO_COLOR=1
bash tests/bench/rack.sh "$work" "$switches" || exit 1
SIM_TYPED=$work/typed bash tests/bench/sim.sh start "$program" "$work/scenario.yaml" "$work/rack.ready" || exit 1

until=$(($(date +%s) + seconds))
round=0 first_kib=0 worst=0
while [ "$(date +%s)" -lt $until ]; do
    round=$((round + 1))
    begun=$(date +%s%N)
    # The resident set of the one process that runs all the sessions, at its highest.
    "$program" validate all -j "$switches" --site "$work/site.yaml" --db "$work/soak.db" >"$work/out" 2>&1 </dev/null &
    pid=$! peak_kib=0
    while kill -0 $pid 2>/dev/null; do
        kib=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null)
        [ -n "$kib" ] && [ "$kib" -gt "$peak_kib" ] && peak_kib=$kib
        sleep 0.05
    done
    wait $pid
    status=$?
    passed=$(sqlite3 "$work/soak.db" "SELECT count(*) FROM (SELECT state FROM job ORDER BY id DESC LIMIT $switches) WHERE state = 'PASSED'")
    [ "$first_kib" = 0 ] && first_kib=$peak_kib
    printf 'round %3d  %d of %d passed  exit %d  %6d ms  %6d KiB, %d KiB a session\n' "$round" "$passed" "$switches" "$status" \
        $((($(date +%s%N) - begun) / 1000000)) "$peak_kib" $((peak_kib / switches))
    if [ $status != 0 ] || [ "$passed" != "$switches" ]; then
        sqlite3 "$work/soak.db" "SELECT failure_code, failure_text, count(*) FROM switch_job WHERE failure_code IS NOT NULL GROUP BY 1, 2 LIMIT 5"
        tail -3 "$work/out"
        worst=1
    fi
    if [ "$peak_kib" -gt $((first_kib * 3 / 2)) ]; then
        echo "memory of a round grew from $first_kib to $peak_kib KiB"
        worst=1
    fi
done
if grep '"unsafe"' "$work/typed" | head -3 | grep .; then
    echo "that was typed where the switch's state did not allow it"
    worst=1
fi
sqlite3 "$work/soak.db" 'PRAGMA integrity_check' | grep -qx ok || { echo "the store is damaged"; worst=1; }
printf '%d rounds, %d jobs, %s\n' "$round" $((round * switches)) "$([ $worst = 0 ] && echo 'no failure' || echo 'FAILURES: see above')"
exit $worst
