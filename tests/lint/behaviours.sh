# Each test that tests/data/behaviours.tsv names is there, and each behaviour of a change has one.
list=tests/data/behaviours.tsv
status=0
finding() { echo "$1"; status=1; }
[ -e "$list" ] || { echo "there is no $list here"; exit 77; }

n=0
while IFS=$'\t' read -r number file name; do
    n=$((n + 1))
    [[ $number == '#'* || -z $number ]] && continue
    if [ ! -e "tests/$file" ]; then
        finding "$list:$n: tests/$file is not there: correct the line"
    elif [[ $file == *.bats ]]; then
        grep -qF "@test \"$name\"" "tests/$file" || finding "$list:$n: tests/$file has no test \"$name\": correct the line"
    else
        grep -qE "cmocka_unit_test[a-z_]*\($name\b" "tests/$file" || finding "$list:$n: tests/$file has no test $name: correct the line"
    fi
done <$list

for number in 31 $(seq 41 60) 72 74 75 76 77; do
    grep -q "^$number	" $list || finding "$list: behaviour $number has no test: add a line, or write the test"
done
exit $status
