#!/bin/bash
# A whole `validate` of a healthy switch with four uplinks over a line paced at 9600 baud: its bytes, the seconds that the wire
# needs for them, the seconds it took, and what --plan had said.      bash tests/bench/wire.sh PROGRAM WORK
set -u
cd "$(dirname "$0")/../.." || exit 2
program=$1 work=$2/wire
baud=9600
export BENCH_PASSWORD=console-side BENCH_SWITCH_PASSWORD=switch-side NO_COLOR=1
mkdir -p "$work"
bash tests/bench/rack.sh "$work" 1 $baud || exit 1
bash tests/bench/sim.sh start "$program" "$work/scenario.yaml" "$work/rack.ready" || exit 1
trap 'bash tests/bench/sim.sh stop "$work/rack.ready"' EXIT

echo "  said before:"
"$program" validate all --plan --site "$work/site.yaml" | tail -3 | sed 's/^/    /'
"$program" validate all --site "$work/site.yaml" --db "$work/wire.db" >"$work/out" 2>&1 </dev/null
status=$?
if [ $status != 0 ]; then
    cat "$work/out"
    echo "  validate ended with $status"
    exit 1
fi
sqlite3 "$work/wire.db" "
    SELECT printf('  %s: %d bytes, %.1f s of wire at %d baud, %.1f s in all (%.3f of the wire); must and aim: under 30 s of wire: %s',
                  state, bytes, bytes * 10.0 / $baud, $baud, took, took / (bytes * 10.0 / $baud),
                  CASE WHEN bytes * 10.0 / $baud < 30 THEN 'aim reached' ELSE 'MISSED' END)
    FROM (SELECT state, (finished_at - started_at) / 1e6 AS took,
                 (SELECT sum(received_to) FROM (SELECT max(received_to) AS received_to FROM transcript_z GROUP BY job)) AS bytes FROM job);
    SELECT printf('  its recording: %d bytes, %d packed: %.1f times smaller', plain, packed, plain * 1.0 / packed)
    FROM (SELECT sum(plain_bytes) AS plain, sum(length(frame)) AS packed FROM transcript_z);
    SELECT printf('    %-60s %6d bytes %7.1f s', command, length(output), duration_us / 1e6)
    FROM log_event WHERE kind = 'query' ORDER BY seq;"
