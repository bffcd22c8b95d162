# The layout is clang-format's, of the .clang-format here.
command -v clang-format >/dev/null || { echo "clang-format is not installed"; exit 77; }
find torstarter tests -name '*.[ch]' | sort |
    xargs -r -P "$(nproc)" -n 16 clang-format --dry-run 2>&1 |
    sed -nE 's/^([^: ]+):([0-9]+):[0-9]+: warning: .*clang-format-violations.*/\1:\2: layout differs: make format/p' |
    sort -t: -k1,1 -k2,2n | awk -F: '!seen[$1]++' | grep . && exit 1
exit 0
