#!/bin/bash
# The lints, as tests: TAP on stdout, each finding as "file:line: what: what to do".
#   bash tests/lint/all.sh [--list] [--root DIR] [NAME…]     NAME: tests/lint/NAME.sh; each also runs by itself in a source tree
# A lint prints its findings and ends with 0 (none), 77 (cannot be done here; says why) or anything else.
set -u
export LC_ALL=C.UTF-8
LINT=$(cd "$(dirname "$0")" && pwd)
export LINT
root=$LINT/../..
names=()
list=no
while [ $# -gt 0 ]; do
    case $1 in
    --list) list=yes ;;
    --root) root=$2; shift ;;
    *) names+=("$1") ;;
    esac
    shift
done
if [ ${#names[@]} -eq 0 ]; then
    for file in "$LINT"/*.sh; do
        name=$(basename "$file" .sh)
        [ "$name" = all ] || names+=("$name")
    done
fi
if [ $list = yes ]; then
    printf '%s\n' "${names[@]}"
    exit 0
fi

cd "$root" || exit 2
echo "1..${#names[@]}"
number=0 failed=0
for name in "${names[@]}"; do
    number=$((number + 1))
    findings=$(bash "$LINT/$name.sh" 2>&1 </dev/null)
    case $? in
    0) echo "ok $number - lint $name" ;;
    77) echo "ok $number - lint $name # SKIP $findings" ;;
    *)
        echo "not ok $number - lint $name"
        [ -z "$findings" ] || printf '%s\n' "$findings" | sed 's/^/# /'
        failed=1
        ;;
    esac
done
exit $failed
