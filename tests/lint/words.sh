# Nothing unfinished, and no path of one person's machine, in anything that is kept.
# The words are put together here, so that this file does not hold them.
files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files -co --exclude-standard
    else
        find . -type f -not -path './build/*' | sed 's|^\./||'
    fi | grep -vE '^(tests/lint/(words|selftest)\.sh|build/.*)$|\.(raw|cast|png|gz)$'
}
found=0
report() { # report PATTERN WHAT [EXCEPT]
    hits=$(files | sort | tr '\n' '\0' | xargs -0 -r grep -nIE -e "$1" /dev/null 2>/dev/null | grep -vE -e "${3:-^$}")
    [ -z "$hits" ] && return
    printf '%s\n' "$hits" | sed -E "s#^([^:]*:[0-9]+):.*#\1: $2#"
    found=1
}
report '\<(TO''DO|FIX''ME|XX''X|HA''CK)\>' 'unfinished work: finish it, or write an issue'
report '(^|[^A-Za-z0-9_.])/(wo''rk|ro''ot|ho''me/[a-z]+)/' "a path of one machine: make it relative, or ask the environment"
# The lab's machines have a root of their own.
report '(^|[^A-Za-z0-9_.}])/tm''p/' 'a fixed temporary path: use mktemp' 'TMPDIR:-|mktemp|XXX''XXX|^tests/lab/'
exit $found
