# Shell scripts are read by shellcheck; those without a first line #! are bash.
command -v shellcheck >/dev/null || { echo "shellcheck is not installed"; exit 77; }
scripts() { find . -path ./build -prune -o \( -name '*.sh' -o -path ./.ci/run \) -print | sed 's|^\./||' | sort; }
# Left out are those that misread what is meant: quoted awk programs, lists with commas, A && B || C.
options=(-S info -e SC1091,SC2015,SC2012,SC2009,SC2016,SC2054,SC2153,SC2317 -f gcc)
found=0
scripts | xargs -r grep -lE '^#!' | xargs -r shellcheck "${options[@]}" || found=1
scripts | xargs -r grep -LE '^#!' | xargs -r shellcheck -s bash "${options[@]}" || found=1
exit $found
