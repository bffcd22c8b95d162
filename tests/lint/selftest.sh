# Can each lint fail? Feeds every one of them a house with one fault in it, and one without.
tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT
found=0

house() { # a small, faultless house
    rm -rf "${tree:?}"/*
    mkdir -p "$tree"/torstarter/{base,text,store/migrations} "$tree"/tests/{cli,unit/base}
    cp "$LINT/../../.clang-format" "$tree/"
    printf '%s\n' 'base' 'text base' 'session base' 'plugin base session' 'job base session plugin' 'cli base session' \
        'header yaml.h text/yaml.c' 'private base/secret_reveal.h text' >"$tree/torstarter/FLOORS"
    # Of permits, the line that is in force: who may make one is what this house has to be judged by.
    grep '^private session/permit_self.h ' "$LINT/../../torstarter/FLOORS" >>"$tree/torstarter/FLOORS"
    printf '%s\n' '/* Bytes that grow, up to a stated maximum. */' '#ifndef BASE_STR_H' '#define BASE_STR_H' '' 'struct str;' \
        'void str_clear(struct str *s);' '' '#endif' >"$tree/torstarter/base/str.h"
    printf '%s\n' '#include "base/str.h"' '' '/* exit(1), TO-DO: no fault here */' 'void str_clear(struct str *s)' '{' \
        '    (void)s;' '}' >"$tree/torstarter/base/str.c"
    printf '%s\n' 'PHASE(PSU_CHECK, "power supplies have input")' \
        'FAILURE(PSU_FAILURE, PSU_CHECK, "a power supply is dead",' '        "check the cord and the outlet")' \
        >"$tree/torstarter/base/failure.def"
    printf '%s\n' '#include "base/str.h"' >"$tree/torstarter/text/yaml.c"
    touch "$tree/torstarter/store/migrations/0001_first.sql"
    printf '%s\n' '#!/bin/sh' 'echo "$1"' >"$tree/tests/cli/x.sh"
    printf '%s\n' 'PACKAGES :=' "syntax:" \
        "	@clang -Wall -Wextra -Werror -Itorstarter -fsyntax-only torstarter/*/*.c" >"$tree/Makefile"
    printf '%s\n' '#!/bin/sh' 'if [ -e bad.yaml ]; then echo bad.yaml:1:1: unknown key; exit 65; fi' >"$tree/program"
    chmod +x "$tree/program"
}

judge() { # judge NAME WANTED_STATUS WANTED_TEXT WHAT
    out=$(cd "$tree" && TORSTARTER=./program bash "$LINT/$1.sh" 2>&1 </dev/null)
    status=$?
    [ $status = 77 ] && { [ "$2" = 0 ] && echo "cannot be tried here: $1: $out" >&2; return; }
    if [ "$2" = 0 ] && [ $status = 0 ] && [ -z "$out" ]; then return; fi
    if [ "$2" != 0 ] && [ $status != 0 ] && grep -qF -- "$3" <<<"$out"; then return; fi
    printf '%s\n' "tests/lint/$1.sh:1: $4: ended with $status and said: ${out:-nothing}"
    found=1
}

for lint in "$LINT"/*.sh; do
    name=$(basename "$lint" .sh)
    case $name in all | selftest) continue ;; esac
    house
    judge "$name" 0 '' 'complains of a faultless house'
done

fault() { # fault NAME TEXT WHAT FILE LINE…: adds the lines to FILE and wants TEXT
    house
    local name=$1 text=$2 what=$3 file=$tree/$4
    shift 4
    mkdir -p "$(dirname "$file")"
    printf '%s\n' "$@" >>"$file"
    judge "$name" 1 "$text" "does not see $what"
}
base=torstarter/base/str.c
fault floors 'may not include room text' 'a forbidden room' $base '#include "text/yaml.h"'
fault floors 'has its home elsewhere' 'a header away from home' $base '#include <yaml.h>'
fault floors "is nobody's" 'an unknown third-party header' $base '#include <curl/curl.h>'
fault floors 'is private' 'a private header' $base '#include "base/secret_reveal.h"'
for file in plugin/firmware.c plugin/change.c plugin/guard.c job/engine.c job/guards.c session/change_more.c session/per.c \
    session/session.c cli/provision.c; do
    fault floors 'is private' "a permit made in $file" torstarter/$file '#include "session/permit_self.h"'
done
fault floors 'is private' 'a permit made by a header' torstarter/session/inner.h '#include "session/permit_self.h"'
fault floors 'names no room' 'an include without a room' $base '#include "str.h"'
fault floors 'has no line' 'a room without a line' torstarter/attic/x.c 'int x_y;'
fault names 'begins with no noun' 'a nameless function' torstarter/base/str.h 'int frobnicate(int x);'
fault names 'typedef' 'a typedef of a struct' torstarter/base/str.h 'typedef struct str str_t;'
fault names 'has no bounds' 'strcpy' $base 'void f(char *a, char *b) { strcpy(a, b); }'
fault names 'runs a shell' 'system' $base 'int g(void) { return system("ls"); }'
fault names 'is not reproducible' 'rand' $base 'int h(void) { return rand(); }'
fault names 'only cli/ ends the program' 'exit' $base 'void i(void) { exit(1); }'
fault names 'only cli/ prints' 'printf' $base 'void j(void) { printf("x"); }'
fault names 'nothing sleeps' 'a sleeping test' tests/unit/base/test_x.c 'void k(void) { sleep(1); }'
fault names 'a test sleeps' 'a sleeping bats test' tests/cli/x.bats '@test "x" {' '    sleep 3' '}'
# shellcheck disable=SC2046 # one word a number
fault sizes 'a function of 61 lines' 'a long function' $base 'void l(void)' '{' $(yes ';' | head -61) '}'
# shellcheck disable=SC2046
fault sizes 'lines: split it (600 at most)' 'a long file' $base $(yes ';' | head -600)
fault headers 'no words on what this is' 'a header without words' torstarter/base/y.h '#ifndef BASE_Y_H' '#endif'
fault headers 'call it BASE_Z_H' 'a wrong guard' torstarter/base/z.h '/* Something that is explained. */' '#ifndef Z'
fault words 'unfinished work' 'unfinished work' $base "/* TO""DO: later */"
fault words 'a path of one machine' 'a path of one machine' tests/cli/y.sh "cat /ho""me/jo/x"
fault words 'a fixed temporary path' 'a fixed temporary path' tests/cli/y.sh "cat /tm""p/x"
fault codes 'is there twice' 'a code twice' torstarter/base/failure.def \
    'FAILURE(PSU_FAILURE, PSU_CHECK, "a power supply is dead", "check the cord and the outlet")'
fault codes 'no remedy' 'a code without a remedy' torstarter/base/failure.def \
    'FAILURE(FAN_FAILURE, PSU_CHECK, "a fan does not turn", "")'
fault codes 'is not declared above' 'an unknown phase' torstarter/base/failure.def \
    'FAILURE(FAN_FAILURE, NO_PHASE, "a fan does not turn", "exchange the fan")'
fault migrations 'the next migration is number 0002' 'a gap' torstarter/store/migrations/0003_more.sql '--'
fault format 'layout differs' 'a wrong layout' $base 'int  m ( void ) ;'
fault clang 'error' 'a warning of clang' torstarter/base/w.c 'static int never_used(void)' '{' '    return 1;' '}'
fault shell 'SC2086' 'an unquoted variable' tests/cli/z.sh '#!/bin/sh' 'rm $1'
fault data 'unknown key' 'a wrong data file' bad.yaml 'x: 1'
exit $found
