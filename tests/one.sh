#!/bin/bash
# Runs one test program with a time limit, reads its TAP, prints what failed whole, and leaves "passed failed skipped" in RESULTS.
#   bash tests/one.sh NAME RESULTS TOOK        NAME: a program, a .bats file, or lint:NAME; called by tests/run.sh
set -u
name=$1 results=$2 took=$3
flat=${name//[\/:]/_}
out=$results/$flat.out err=$results/$flat.err

case $name in
lint:*) command=(bash tests/lint/all.sh "${name#lint:}") ;;
tests/lab/*.bats) command=(bash tests/lab/enter.sh "$name") ;;
*.bats) command=(bats --tap "$name") ;;
*) command=("./$name") ;;
esac
# ThreadSanitizer of this age cannot place its shadow where the kernel spreads addresses widely.
case ${TORSTARTER_SANITIZE:-} in
*thread*) setarch -R true 2>/dev/null && command=(setarch -R "${command[@]}") ;;
esac
if [ -n "${TORSTARTER_SANITIZE:-}" ]; then
    for tool in ASAN UBSAN TSAN LSAN; do
        variable=${tool}_OPTIONS
        export "$variable=${!variable}:log_path=$results/$flat.sanitizer"
    done
fi

# Job control: a process group of its own, and signals as a shell's foreground has them (without it SIGINT would be ignored).
set -m
begun=$(date +%s%N)
timeout --kill-after=10 "${TEST_SECONDS:-300}" "${command[@]}" >"$out" 2>"$err" </dev/null &
group=$!
trap 'kill -KILL -- "-$group" 2>/dev/null; exit 130' INT TERM
wait "$group" 2>/dev/null
status=$?
milliseconds=$((($(date +%s%N) - begun) / 1000000))
printf '%s\n' "$milliseconds" >"$took/$flat"

extra=()
if [ $status = 124 ] || [ $status = 137 ]; then
    extra+=("ran longer than ${TEST_SECONDS:-300} s and was stopped")
fi
# A moment for what is just ending; then a process that outlives its test is a fault of the test, or of the program.
for _ in {1..20}; do
    left=$(pgrep -a -g "$group") || break
    sleep 0.1
done
if [ -n "$left" ]; then
    extra+=("left processes running: $left")
    kill -KILL -- "-$group" 2>/dev/null
fi
for report in "$results/$flat".sanitizer.*; do
    [ -e "$report" ] || continue
    extra+=("a sanitizer reported: $(cat "$report")")
done

counts=$(awk -v status="$status" -v extra="${#extra[@]}" -f tests/tap.awk "$out")
read -r passed failed skipped why <<<"$counts"
if [ "$failed" -gt 0 ]; then
    {
        echo "--- FAILED $name: $failed of $((passed + failed + skipped)) (exit status $status, $milliseconds ms) ${why:-}"
        [ ${#extra[@]} -eq 0 ] || printf '%s\n' "${extra[@]}"
        cat "$out" "$err"
        echo "---"
    } >"$results/$flat.report"
    cat "$results/$flat.report" # one write, so that two programs do not mix
elif [ -n "${TEST_VERBOSE:-}" ]; then
    echo "ok $name: $passed passed, $skipped skipped, $milliseconds ms"
elif [ "$skipped" -gt 0 ]; then
    grep -iE '^(not )?ok .*# *skip' "$out" | sed "s|^|skipped in $name: |"
fi
echo "$passed $failed $skipped" >"$results/$flat.count"
