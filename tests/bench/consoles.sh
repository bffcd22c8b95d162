#!/bin/bash
# Many consoles at once in one process: a whole `validate` of 500 switches over telnet, then of 300 over ssh, each line paced at
# 9600 baud so that all sessions live at the same time. The simulator runs on the same cores.
#   bash tests/bench/consoles.sh PROGRAM WORK [TELNET [SSH]]      ends with 1 when a job did not pass or an unsafe byte was typed
set -u
cd "$(dirname "$0")/../.." || exit 2
program=$1 directory=$2 telnet=${3:-500} ssh=${4:-300}
baud=9600
broken=0
export BENCH_PASSWORD=console-side BENCH_SWITCH_PASSWORD=switch-side NO_COLOR=1

# rack.sh's site, with a console of its own for each switch, or with the console server letting many log in at once.
by_telnet() { # WORK
    sed -i 's/listen: ssh/listen: telnet/' "$1/scenario.yaml"
}
consoles_of() { # WORK: once the simulator has said where it listens
    awk 'NR == FNR { if ($1 ~ /^tor-/) uri[$1] = $2; next }
         /^include:/ { next }
         /^  tor-/ { name = $1 }
         /^    console:/ { print "    console: " uri[name]; next }
         { print }' "$1/rack.ready" "$1/site.yaml" >"$1/site.new" && mv "$1/site.new" "$1/site.yaml"
}
many_logins() { # WORK
    sed -i 's/sessions:/logins: 100, sessions:/' "$1/rack.ready"
}

validate() { # validate WHAT WORK COUNT
    local work=$2 count=$3 pid status peak=0 kib cpu
    "$program" validate all -j "$count" --site "$work/site.yaml" --db "$work/jobs.db" >"$work/out" 2>&1 </dev/null &
    pid=$!
    while kill -0 $pid 2>/dev/null; do
        kib=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null)
        [ -n "$kib" ] && [ "$kib" -gt "$peak" ] && peak=$kib
        [ -r "/proc/$pid/stat" ] && cpu=$(awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' "/proc/$pid/stat" 2>/dev/null)
        sleep 0.1
    done
    wait $pid
    status=$?
    sqlite3 "$work/jobs.db" "
        WITH j AS (SELECT state, started_at AS a, finished_at AS b FROM job)
        SELECT printf('  %-8s%4d of %d passed, %d at the same time   %5.1f s   %6.1f s CPU (%.1f ms a session)   %d KiB (%d KiB a session)',
                      '$1', (SELECT count(*) FROM j WHERE state = 'PASSED'), count(*),
                      (SELECT max((SELECT count(*) FROM j AS o WHERE o.a <= j.a AND o.b > j.a)) FROM j),
                      (max(b) - min(a)) / 1e6, ${cpu:-0}, ${cpu:-0} * 1000 / $count, $peak, $peak / $count) FROM j"
    if [ $status != 0 ]; then
        sqlite3 "$work/jobs.db" "SELECT '  ' || failure_code, failure_text, count(*) FROM switch_job WHERE failure_code IS NOT NULL GROUP BY 1 LIMIT 5"
        tail -3 "$work/out"
        broken=1
    fi
}

run() { # run WHAT COUNT BEFORE AFTER
    local work=$directory/consoles-$1
    mkdir -p "$work"
    bash tests/bench/rack.sh "$work" "$2" $baud || exit 1
    $3 "$work"
    SIM_TYPED=$work/typed bash tests/bench/sim.sh start "$program" "$work/scenario.yaml" "$work/rack.ready" || exit 1
    $4 "$work"
    validate "$1" "$work" "$2"
    bash tests/bench/sim.sh stop "$work/rack.ready"
    if grep '"unsafe"' "$work/typed" | head -3 | grep .; then
        echo "  that was typed where the switch's state did not allow it"
        broken=1
    fi
}
trap 'bash tests/bench/sim.sh stop "$directory/consoles-telnet/rack.ready"; bash tests/bench/sim.sh stop "$directory/consoles-ssh/rack.ready"' EXIT

run telnet "$telnet" by_telnet consoles_of
run ssh "$ssh" true many_logins
exit $broken
