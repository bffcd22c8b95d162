# Migrations are numbered without a gap, and a released one never changes its number: NNNN_words.sql from 0001.
number=0 found=0
for file in torstarter/store/migrations/*; do
    number=$((number + 1))
    wanted=$(printf '%04d' $number)
    case ${file##*/} in
    "$wanted"_[a-z]*.sql) ;;
    *) echo "$file:1: the next migration is number $wanted: call it ${wanted}_words.sql"; found=1 ;;
    esac
done
exit $found
