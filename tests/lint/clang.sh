# A second compiler reads everything with the same warnings.
command -v clang >/dev/null || { echo "clang is not installed"; exit 77; }
make -s --no-print-directory BUILD="${BUILD:-build}/lint" CC=clang SANITIZE= syntax
