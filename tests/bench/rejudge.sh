#!/bin/bash
# How long `torstarter rejudge` takes over 10,000 jobs, which are those of the demo's rack many times over.
#   rejudge.sh PROGRAM WORK-FOLDER BUILD
set -u
program=$(realpath "$1") build=$(realpath "$3") root=$PWD jobs=10000
mkdir -p "$2/rejudge" && cd "$2/rejudge" || exit 2
cp "$root"/configs/demo/*.yaml "$root"/configs/demo/*.csv .
# shellcheck source=configs/demo/credentials.sh
. "$root/configs/demo/credentials.sh"
mkfifo sim.out
"$program" sim scenario.yaml --path "$root" --ready ready.yaml >sim.out 2>sim.err &
sim=$!
exec 3<sim.out
read -r -t 60 _ <&3 || { cat sim.err; exit 1; }
"$program" validate all --site site.yaml --path "$root" --db past.db >validate.out 2>&1
status=$?
kill $sim
wait $sim 2>/dev/null
[ $status -le 1 ] || { tail -5 validate.out; exit 1; }
"$build/bench/bench_rejudge" past.db many.db $jobs || exit 1
begun=$(date +%s.%N)
"$program" rejudge --site site.yaml --path "$root" --db many.db -j 2 >rejudge.out || { tail -5 rejudge.out; exit 1; }
ended=$(date +%s.%N)
tail -1 rejudge.out | sed 's/^/  /'
awk -v from="$begun" -v to="$ended" -v jobs=$jobs 'BEGIN {
    s = to - from
    printf "  %.1f s with two threads, %.0f jobs a second; goal 60 s: %.2f of it, %s\n", s, jobs / s, s / 60, s <= 60 ? "reached" : "MISSED"
}'
rm -f many.db*
