#!/bin/bash
# Makes the recordings of fixtures/PLATFORM/sessions anew, by our own simulator through the real engine: the same bytes each time.
#   bash tests/helpers/record.sh [--into FOLDER] [NAME…]     FOLDER: instead of fixtures; NAME: only those whose name holds a word
# After a change of what is typed, or of a job type: `make recordings`, look at the difference, commit it with the change.
set -u
cd "$(dirname "$0")/../.." || exit 2
unset MAKEFLAGS MAKELEVEL MFLAGS
build=${BUILD:-build}
into=fixtures
if [ "${1:-}" = --into ]; then
    into=$2
    shift 2
fi
make -s -j"${JOBS:-$(nproc)}" BUILD="$build" "$build/helpers/record" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cp configs/demo/site.yaml configs/demo/assets.csv "$work/"
printf 'console_servers:\n  oob-r1: {kind: opengear, address: 192.0.2.5, credential: oob}\n' >"$work/ready.yaml"
# shellcheck source=configs/demo/credentials.sh
. configs/demo/credentials.sh
cp tests/data/recordings/changes.site.yaml tests/data/recordings/*.conf "$work/"
status=0
"$build/helpers/record" tests/data/recordings/scenario.yaml "$work/site.yaml" "$into" "$@" || status=$?
"$build/helpers/record" tests/data/recordings/changes.yaml "$work/changes.site.yaml" "$into" "$@" || status=$?
exit $status
