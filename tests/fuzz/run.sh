#!/bin/bash
# Each fuzz target (tests/fuzz/fuzz_NAME.c) for SECONDS (60), one a core, from tests/fuzz/corpus/NAME and what earlier runs found.
#   bash tests/fuzz/run.sh [NAME…]      Ends with 1 on any finding; its input lies in $BUILD/findings, and is told.
set -u
cd "$(dirname "$0")/../.." || exit 2
unset MAKEFLAGS MAKELEVEL MFLAGS
# In bash SECONDS counts by itself from the value it was given: note it before anything takes time.
seconds=$(printenv SECONDS) || seconds=60
build=${BUILD:-build/fuzz}
jobs=${JOBS:-$(nproc)}
targets=()
for source in tests/fuzz/fuzz_*.c; do
    [ -e "$source" ] || continue
    name=$(basename "$source" .c)
    name=${name#fuzz_}
    if [ $# -eq 0 ] || [[ " $* " == *" $name "* ]]; then
        targets+=("$name")
    fi
done
if [ ${#targets[@]} -eq 0 ]; then
    echo "no fuzz target is called so: see tests/fuzz/fuzz_*.c"
    exit 1
fi

echo "building ${#targets[@]} fuzz targets (in $build) …"
make -s -j"$jobs" BUILD="$build" CC=clang OPTIMIZE='-O1 -g' \
    SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' \
    "${targets[@]/#/$build/fuzz/fuzz_}" || exit 1

fuzz_one() {
    name=$1
    mkdir -p "$build/corpus/$name" "$build/findings" "$build/logs"
    seeds=("$build/corpus/$name")
    [ -d "tests/fuzz/corpus/$name" ] && seeds+=("tests/fuzz/corpus/$name")
    dictionary=()
    [ -e "tests/fuzz/$name.dict" ] && dictionary=("-dict=tests/fuzz/$name.dict")
    "$build/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len="${MAX_LEN:-8192}" \
        -print_final_stats=1 -artifact_prefix="$build/findings/$name-" "${dictionary[@]}" "${seeds[@]}" \
        >"$build/logs/$name" 2>&1 </dev/null
    status=$?
    runs=$(awk '/^stat::number_of_executed_units:/ { print $2 }' "$build/logs/$name")
    cover=$(awk '/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") c = $(i + 1) } END { print c + 0 }' "$build/logs/$name")
    peak=$(awk '/^stat::peak_rss_mb:/ { print $2 }' "$build/logs/$name")
    if [ $status = 0 ] && [ "${runs:-0}" -gt 0 ]; then
        printf '%-20s %10d executions  %6d edges  %4d MB  no finding\n' "$name" "$runs" "$cover" "$peak"
    else
        printf '%-20s FINDING (exit status %d)\n' "$name" "$status"
        grep -vE '^#[0-9]+' "$build/logs/$name" | tail -60
        return 1
    fi
}
export -f fuzz_one
export build seconds
echo "fuzzing, $seconds s each, $jobs at once …"
printf '%s\n' "${targets[@]}" | xargs -P "$jobs" -I{} bash -c 'fuzz_one {}' || {
    echo "there are findings: the inputs lie in $build/findings; run  $build/fuzz/fuzz_NAME FILE"
    exit 1
}
