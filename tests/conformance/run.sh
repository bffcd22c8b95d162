#!/bin/sh
# Conformance of the TextFSM engine: run.sh NTC_TEMPLATES_CHECKOUT (commit d0bc5a48 is what the figures in README.md are from).
# Needs python3-textfsm only for the time beside ours and for the comparison of patterns with Python's re.
set -eu
here=$(dirname "$0")
ntc=${1:-}
build=${BUILD:-build}/conformance
if [ -z "$ntc" ] || [ ! -f "$ntc/ntc_templates/templates/index" ]; then
    echo "usage: make conformance NTC=DIR   a checkout of https://github.com/networktocode/ntc-templates" >&2
    exit 64
fi
ntc=${ntc%/}
mkdir -p "$build"
make --no-print-directory -s BUILD="$build" ROOMS="base text parse" "$build/libtorstarter.a"
libraries=$(pkg-config --libs libpcre2-8 yaml-0.1 jansson)
for program in conformance patterns engine; do
    # shellcheck disable=SC2086  # several words
    ${CC:-cc} -std=gnu11 -O2 -g -D_GNU_SOURCE -Wall -Wextra -Itorstarter -Itests -o "$build/$program" "$here/$program.c" \
        "$build/libtorstarter.a" $libraries -lpthread -lm
done

status=0
"$build/conformance" "$ntc" >"$build/out" || status=$?
[ "$status" -le 1 ] || exit "$status"
cat "$build/out"
if /usr/bin/python3 -c 'import textfsm' 2>/dev/null; then
    /usr/bin/python3 "$here/ntc_peer.py" "$ntc"
    /usr/bin/python3 "$here/patterns_peer.py" "$build/patterns" "${SEED:-20}" "${PATTERNS:-20000}"
    /usr/bin/python3 "$here/engine_peer.py" "$build/engine" "$ntc" "${SEED:-20}" "${CASES:-2000}"
else
    echo "python3-textfsm is not installed: no time beside ours, no comparison with Python's re"
fi

unknown=0
sed -n 's/^DIFFERS \([^:]*\):.*/\1/p' "$build/out" >"$build/differs"
while read -r file; do
    if ! grep -qF "\`$file\`" "$here/README.md"; then
        echo "not in the list of differences of $here/README.md: $file" >&2
        unknown=1
    fi
done <"$build/differs"
exit $unknown
