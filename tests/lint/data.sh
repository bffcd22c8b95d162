# The program's own lint over the platforms, templates, job types and sites that are delivered.
program=${TORSTARTER:-${BUILD:-build}/torstarter/torstarter}
[ -x "$program" ] || { echo "$program is not there: make"; exit 1; }
"$program" lint
