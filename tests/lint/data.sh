# The program's own lint over the platforms, templates, job types and sites that are delivered.
[ -n "${TORSTARTER:-}" ] || make -s -j"$(nproc)" BUILD="${BUILD:-build}" program || exit 1
program=${TORSTARTER:-${BUILD:-build}/torstarter/torstarter}
"$program" lint
