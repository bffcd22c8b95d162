#!/bin/bash
# Builds everything, runs every test program side by side, and ends with one line: N passed, N failed, N skipped.
#   bash tests/run.sh [--with-lint] [--verbose] [WORD…]      WORD…: only test programs whose name holds one of the words
# From the environment: BUILD SANITIZE OPTIMIZE CC ROOMS go to make; TEST_SECONDS is the time limit of one program; JOBS.
set -u
cd "$(dirname "$0")/.." || exit 2
unset MAKEFLAGS MAKELEVEL MFLAGS
export LC_ALL=C.UTF-8
root=$PWD
build=${BUILD:-build}
jobs=${JOBS:-$(nproc)}
with_lint=no
words=()
export TEST_VERBOSE=
for argument; do
    case $argument in
    --with-lint) with_lint=yes ;;
    --verbose) TEST_VERBOSE=yes ;;
    -*) echo "tests/run.sh: unknown option $argument" >&2; exit 64 ;;
    *) words+=("$argument") ;;
    esac
done

started=$(date +%s)
echo "building (in $build) …"
if ! make -s -j"$jobs" BUILD="$build" program unit lab-tools; then
    echo "the build failed: see above"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
mkdir "$scratch/tmp"

# What tests may count on. Nothing of the user's own is read or written.
export TORSTARTER="$root/$build/torstarter/torstarter" HELPERS="$root/$build/helpers" LAB_TOOLS="$root/$build/lab" TORSTARTER_SANITIZE="${SANITIZE:-}"
export CMOCKA_MESSAGE_OUTPUT=TAP TMPDIR="$scratch/tmp" NO_COLOR=1
export XDG_STATE_HOME="$scratch/state" XDG_CONFIG_HOME="$scratch/config" XDG_DATA_HOME="$scratch/data"
unset TORSTARTER_PASSWORD TORSTARTER_USER SSH_AUTH_SOCK
# A report of a sanitizer anywhere, also in a program that a test runs and does not look at, is a failure: tests/one.sh counts.
export TEST_SECONDS=${TEST_SECONDS:-300}
if [ -n "${SANITIZE:-}" ]; then
    export ASAN_OPTIONS="detect_leaks=1:exitcode=99:detect_stack_use_after_return=1:strict_string_checks=1"
    export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
    export TSAN_OPTIONS="exitcode=99:halt_on_error=0:second_deadlock_stack=1"
    export LSAN_OPTIONS="exitcode=99"
    TEST_SECONDS=$((TEST_SECONDS * 4))
fi

list_tests() { # one name a line: a unit test's program, a .bats file, lint:NAME
    local file
    [ "$with_lint" = no ] || bash tests/lint/all.sh --list | sed 's/^/lint:/'
    for file in tests/cli/*.bats tests/lab/*.bats; do
        [ -e "$file" ] && echo "$file"
    done
    # From the sources, not from what lies in build/: a program whose source is gone is no test.
    for file in tests/unit/*/test_*.c; do
        [ -e "$file" ] && echo "$build/unit/${file#tests/unit/}" | sed 's/\.c$//'
    done
}

# The longest of the last run first, the unknown before them: so the cores finish together.
slowest_first() {
    while read -r name; do
        printf '%s\t%s\n' "$(cat "$build/tests-took/${name//[\/:]/_}" 2>/dev/null || echo 9999)" "$name"
    done | sort -rn | cut -f2
}

chosen() {
    [ ${#words[@]} -gt 0 ] || { cat; return; }
    grep -F -f <(printf '%s\n' "${words[@]}")
}

mkdir -p "$build/tests-took" "$scratch/results"
list_tests | chosen | slowest_first >"$scratch/list"
echo "running $(wc -l <"$scratch/list") test programs, $jobs at once …"
side_by_side() { xargs -r -P "$1" -I{} bash tests/one.sh {} "$scratch/results" "$build/tests-took"; }
# The lab waits for lines, logins and boots more than it computes: it goes beside the rest, in a process group that an interrupt ends.
set -m
grep '^tests/lab/' "$scratch/list" | side_by_side $((jobs + 1)) &
lab=$!
set +m
trap 'kill -TERM -- "-$(ps -o pgid= -p $lab | tr -d " ")" 2>/dev/null; exit 130' INT TERM
grep -v '^tests/lab/' "$scratch/list" | side_by_side "$jobs"
wait $lab

# One result file a program, or the program counts as failed: nothing is lost between here and there.
programs=$(wc -l <"$scratch/list")
cat "$scratch"/results/*.count 2>/dev/null | awk -v programs="$programs" -v took=$(($(date +%s) - started)) '
    { passed += $1; failed += $2; skipped += $3; seen++ }
    END {
        if (seen < programs) {
            printf "%d test programs left no result: counted as failed\n", programs - seen
            failed += programs - seen
        }
        if (passed + failed + skipped == 0) {
            print "no test was found: that is a failure"
            failed = 1
        }
        printf "%d test programs in %d s\n", programs, took
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit failed > 0
    }'
